"""How long each chapter takes, computed from the notebooks: the table of the teaching guide.

python course/minutes.py             # print the table
python course/minutes.py --sections  # the same for every section, to plan a lesson
python course/minutes.py --write     # put the table into book/teaching.md
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

BOOK = Path(__file__).parents[1] / "book"
PAGE = BOOK / "teaching.md"
BEGIN, END = "<!-- minutes: begin -->", "<!-- minutes: end -->"
WORDS = 200  # read in a minute
LINES = 15  # of code read in a minute
# Minutes at a sound, at a figure or table, at knobs, in the listening lab. How long sounds last is
# known only after a run, so they are counted.
CLIP, FIGURE, EXPLORER, LAB = 0.25, 0.75, 1.5, 5.0
QUESTION = 1.0  # minutes for one under "Check yourself"
EXERCISE = re.compile(r"\*\*\d+\. .*?\((\d+) minutes\)")
LISTENING = {
    r"\b[Cc]lip\(": CLIP,
    r"^(?:display\()?(?:figure|table|show)\(": FIGURE,
    r"\bExplorer\(": EXPLORER,
    r"\blistening_lab\(": LAB,
}


@dataclass(frozen=True)
class Minutes:
    """What a chapter or a section takes; the open-ended exercise is not counted."""

    reading: float = 0.0
    listening: float = 0.0  # and looking at figures
    exercises: float = 0.0

    def __add__(self, other: Minutes) -> Minutes:
        return Minutes(
            self.reading + other.reading,
            self.listening + other.listening,
            self.exercises + other.exercises,
        )

    def fives(self) -> tuple[int, int, int, int]:
        """All in steps of five minutes, and their sum: nobody reads more exactly than that."""
        parts = [5 * round(part / 5) for part in (self.reading, self.listening, self.exercises)]
        return parts[0], parts[1], parts[2], sum(parts)


def chapters() -> dict[str, NotebookNode]:
    """The chapters by file name."""
    return {
        path.name: nbformat.read(path, as_version=4)
        for path in sorted(BOOK.glob("[0-9][0-9]_*.ipynb"))
    }


def title(notebook: NotebookNode) -> str:
    """Number and title."""
    return next(
        cell.source.splitlines()[0].removeprefix("# ")
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.source.startswith("# ")
    )


def sections(notebook: NotebookNode) -> Iterator[tuple[str, Minutes]]:
    """Each part from one heading to the next, and its minutes."""
    name, found = "Opening", Minutes()
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            yield name, found
            name, found = cell.source.splitlines()[0].removeprefix("## "), Minutes()
        if name != "Sources":
            found += _cell(cell, name)
    yield name, found


def total(notebook: NotebookNode) -> Minutes:
    """All sections together."""
    return sum((found for _, found in sections(notebook)), Minutes())


def _cell(cell: NotebookNode, section: str) -> Minutes:
    """One cell; what stands under the exercises is in the time that they state."""
    if section.startswith("Exercises"):
        return Minutes(exercises=sum(map(int, EXERCISE.findall(cell.source))))
    if section.startswith("Check yourself"):
        return Minutes(exercises=QUESTION * len(re.findall(r"^\*\*\d+\. ", cell.source, re.M)))
    if cell.cell_type == "markdown":
        return Minutes(reading=len(cell.source.split()) / WORDS)
    if {"remove-cell", "remove-input", "claim"} & set(cell.metadata.get("tags", [])):
        return Minutes()
    folded = "hide-input" in cell.metadata.get("tags", [])  # heard and seen, but not read
    lines = 0 if folded else sum(bool(line.strip()) for line in cell.source.splitlines())
    heard = sum(t * len(re.findall(call, cell.source, re.M)) for call, t in LISTENING.items())
    return Minutes(reading=lines / LINES, listening=heard)


def table() -> str:
    """A row for each chapter, in Markdown."""
    rows = [
        "| chapter | read | listen and look | exercises | all |",
        "| --- | --: | --: | --: | --: |",
    ]
    sums = [0, 0, 0, 0]
    for name, notebook in chapters().items():
        found = total(notebook).fives()
        sums = [a + b for a, b in zip(sums, found, strict=True)]
        rows.append(f"| [{title(notebook)}]({name}) | " + " | ".join(map(str, found)) + " |")
    hours = " | ".join(f"**{n / 60:.0f} h**" for n in sums)
    return "\n".join([*rows, f"| all chapters | {hours} |"])


def written(page: str) -> str:
    """The page with the table of today."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How long each chapter takes.")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.name}")
    parser.add_argument("--sections", action="store_true", help="print every section")
    given = parser.parse_args()
    if given.write:
        PAGE.write_text(written(PAGE.read_text("utf-8")), encoding="utf-8")
    elif given.sections:
        for chapter in chapters().values():
            print(f"\n{title(chapter)}")
            for name, m in sections(chapter):
                print(f"{m.reading:5.1f} {m.listening:5.1f} {m.exercises:5.1f}  {name}")
    else:
        print(table())
