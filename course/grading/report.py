"""marks.csv, and a page for each student: every one of the forty points, and why."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from .parts import PARTS, Mark, total

STYLE = """body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left}
.open{background:#ffd}"""


ROW, WORDS = 0.5, 200  # minutes for a row, words in a minute: estimates, nobody has timed them


@dataclass
class Graded:
    """A student's marks, and what the lecturer should know."""

    name: str
    marks: list[Mark]
    notes: list[str] = field(default_factory=list)
    answers: Mapping[str, str] = field(default_factory=dict)  # texts to read, by name

    @property
    def left(self) -> int:
        """Points that are the lecturer's to give."""
        return sum(mark.part.points for mark in self.marks if mark.points is None)


def to_read(graded: Sequence[Graded]) -> str:
    """How much is left to the lecturer, and about how long that takes."""
    rows = sum(mark.points is None for one in graded for mark in one.marks)
    words = sum(len(text.split()) for one in graded for text in one.answers.values())
    return (
        f"Left to you: {rows} rows and texts of {words:,} words, at half a minute a row and "
        f"{WORDS} words a minute some {rows * ROW + words / WORDS:.0f} minutes."
    )


def cell(text: object) -> str:
    """Text that no spreadsheet takes for a formula."""
    found = " ".join(str(text).split())
    return f"'{found}" if found[:1] in "=+-@" and not isinstance(text, int) else found


def write_marks(path: Path, graded: Sequence[Graded]) -> None:
    """A row for each student: points of each task, sums, and how many are still to be given."""
    tasks = list(dict.fromkeys((part.assignment, part.task) for part in PARTS))
    columns = [
        "student",
        *(f"a{a} task {t}" for a, t in tasks),
        "computed",
        "to give",
        "of",
        "notes",
    ]
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(columns)
        for one in graded:
            points = [
                total(m for m in one.marks if (m.part.assignment, m.part.task) == task)
                for task in tasks
            ]
            of = sum(part.points for part in PARTS)
            row = [cell(one.name), *points, total(one.marks), one.left, of]
            writer.writerow([*row, cell("; ".join(one.notes))])


def page(one: Graded) -> str:
    """A student's report as HTML; whatever came from the student is escaped."""
    rows = "".join(map(_row, one.marks))
    notes = "".join(f"<li>{escape(note)}</li>" for note in one.notes)
    texts = "".join(
        f"<h2>{escape(name)}</h2><p>{escape(text)}</p>" for name, text in one.answers.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(one.name)}</title>'
        f"<style>{STYLE}</style><h1>{escape(one.name)}</h1>"
        f"<p>{total(one.marks)} points computed; {one.left} are for a reader to give, by what "
        f"their lines say; 40 in all.</p><ul>{notes}</ul>"
        "<table><tr><th>task<th>for<th>points<th>why</tr>"
        f"{rows}</table>{texts}</html>\n"
    )


def _row(mark: Mark) -> str:
    part = mark.part
    task, what = f"{part.assignment}.{part.task}", escape(part.what)
    if mark.points is None:
        points, kind = f"__ of {part.points}", ' class="open"'
    else:
        points, kind = f"{mark.points} of {part.points}", ""
    return f"<tr{kind}><td>{task}<td>{what}<td>{points}<td>{escape(mark.why)}</tr>"


def write_reports(folder: Path, graded: Iterable[Graded]) -> None:
    """A page for each student; their names make no paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, one in enumerate(graded, 1):
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in one.name)[:60]
        (folder / f"{i:03}-{safe}.html").write_text(page(one), "utf-8")
