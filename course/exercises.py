"""The exercises of a chapter, and the notebooks for students and instructors made from them.

A chapter's last part is the one source. Under `## Exercises` each exercise is

- a Markdown cell that begins `**1. Change (10 minutes).**` and holds an unfolding hint,
- at times a code cell tagged `exercise`: the blank, which ends with a check,
- a Markdown cell that begins with an unfolding solution: Python code between words.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

HINT = re.compile(r"<details>\n<summary>Hint</summary>\n\n(.*?)\n\n</details>", re.S)
SOLUTION = re.compile(r"<details>\n<summary>Solution</summary>\n\n(.*)\n\n</details>\s*", re.S)
CODE = re.compile(r"```python\n(.*?)\n```", re.S)
TITLE = re.compile(r"\*\*(\d+)\. (.*?)\.?\*\*")
STUDENT = "Your copy: there is a cell to fill below each task."
INSTRUCTOR = "The instructor's copy: every solution is a cell that runs. Please do not hand it on."


@dataclass(frozen=True)
class Exercise:
    """One exercise: its task and hint, the blank if it has a check, and its solution."""

    number: int
    title: str
    task: str
    hint: str
    blank: str | None
    solution: str

    @property
    def code(self) -> str:
        """The solution's Python code."""
        return "\n\n".join(CODE.findall(self.solution))


def section(notebook: NotebookNode) -> tuple[int, int]:
    """First and last (exclusive) of the cells that hold the exercises."""
    heads = [
        (i, cell.source)
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and cell.source.startswith("## ")
    ]
    for k, (i, source) in enumerate(heads):
        if source.startswith("## Exercises"):
            return i + 1, heads[k + 1][0] if k + 1 < len(heads) else len(notebook.cells)
    raise ValueError("the notebook has no section '## Exercises'")


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """All exercises of a chapter; an error says which cell is out of its form."""
    found: list[Exercise] = []
    task = blank = None
    first, last = section(notebook)
    for cell in notebook.cells[first:last]:
        source = cell.source
        solution = SOLUTION.fullmatch(source)
        if cell.cell_type == "code" and task and "exercise" in cell.metadata.get("tags", []):
            blank = source
        elif cell.cell_type == "markdown" and TITLE.match(source) and task is None:
            task = source
        elif cell.cell_type == "markdown" and solution and task:
            number, title = TITLE.match(task).groups()  # type: ignore[union-attr]
            hint = HINT.search(task)
            hint_text = hint.group(1) if hint else ""
            found.append(Exercise(int(number), title, task, hint_text, blank, solution.group(1)))
            task = blank = None
        else:
            raise ValueError(f"not the form of an exercise: {source[:200]!r}")
    if task:
        raise ValueError(f"no solution follows {task[:80]!r}")
    return found


def student(notebook: NotebookNode) -> NotebookNode:
    """A copy with a cell to fill for each exercise, and without solutions."""
    return made(
        notebook,
        STUDENT,
        lambda e: [new_markdown_cell(e.task), new_code_cell(e.blank or "# Your code")],
    )


def instructor(notebook: NotebookNode) -> NotebookNode:
    """A copy in which solutions are cells that run."""
    return made(notebook, INSTRUCTOR, lambda e: [new_markdown_cell(e.task), *_cells(e.solution)])


def _cells(solution: str) -> list[NotebookNode]:
    """Words and code of a solution, as cells in their order."""
    made = []
    for i, piece in enumerate(CODE.split(solution)):
        if piece.strip():
            make = new_code_cell if i % 2 else new_markdown_cell
            made.append(make(piece.strip()))
    return made


def made(
    notebook: NotebookNode, words: str, cells: Callable[[Exercise], list[NotebookNode]]
) -> NotebookNode:
    """A copy that says what it is, and has `cells` of each exercise in its place."""
    copied = copy.deepcopy(notebook)
    first, last = section(copied)
    copied.cells[first:last] = [cell for e in exercises(copied) for cell in cells(e)]
    copied.cells.insert(1, new_markdown_cell(f"*{words}*"))
    for i, cell in enumerate(copied.cells):  # names that depend on nothing but the place
        cell["id"] = f"cell-{i}"
    return copied
