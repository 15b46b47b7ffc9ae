"""Is an answer the book's own? Its solutions can be read by everybody, and earn nothing."""

from __future__ import annotations

import io
import keyword
import tokenize
from pathlib import Path

import nbformat
from exercises import exercises, section

from .taken import Wrong, cells

ASSIGNMENTS = Path(__file__).parents[1] / "assignments"
RUN = 12  # tokens in a row: less is found in any two programs
LEAST = 70  # tokens of a solution: a shorter one, a table of guesses, looks like any other
SAME = 0.85  # share of a solution's runs that are found


def tokens(code: str) -> list[str]:
    """What a program is made of, without names, comments and layout: renaming hides nothing."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NAME:
                found.append(token.string if keyword.iskeyword(token.string) else "name")
            elif token.type == tokenize.NUMBER:
                found.append("number")
            elif token.type == tokenize.STRING:
                found.append("text")
            elif token.type == tokenize.OP:
                found.append(token.string)
    except (tokenize.TokenError, SyntaxError):  # a cell that does not run; what came before counts
        pass
    return found


def runs(code: str) -> set[tuple[str, ...]]:
    """All runs of tokens."""
    found = tokens(code)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def words(text: str) -> set[tuple[str, ...]]:
    """All runs of five words."""
    found = text.lower().split()
    return {tuple(found[i : i + 5]) for i in range(len(found) - 4)}


def public_tasks(assignment: int, notebook: Path) -> dict[int, str]:
    """Tasks whose answer is the public solution, and what says so."""
    (path,) = ASSIGNMENTS.glob(f"{assignment}_*.ipynb")
    original = nbformat.read(path, as_version=4)
    given = original.cells[: section(original)[0]]
    everybody = set().union(*(runs(cell.source) for cell in given if cell.cell_type == "code"))
    try:
        sources = cells(notebook)
    except Wrong:
        return {}
    handed = set().union(*map(runs, sources)) - everybody
    said = words("\n".join(sources))
    found = {}
    for e in exercises(original):
        solution = runs(e.code) - everybody
        same = len(solution & handed) / max(1, len(solution))
        if len(tokens(e.code)) >= LEAST and same >= SAME:
            found[e.number] = f"the book's public solution ({same:.0%} of its code)"
        prose = words(e.code) if "words = " in e.code else set()
        if prose and len(prose & said) >= SAME * len(prose):
            found[e.number] = "the book's public answer, word for word"
    return found
