"""Assignments for nbgrader: its metadata in the cells, its folders, and the grader's marks into it.

    python course/for_nbgrader.py marks graded/marks.csv --db gradebook.db

nbgrader hands out, collects and gives feedback. It does not mark: its tests run where the student's
code runs, which can tell them anything, and as you: so give `autograde` its `--no-execute`. A task
is one cell that somebody marks, with the points of the task; below it the public check as a test
worth nothing, so that `nbgrader validate` says what the check says; and what `python -m grading`
computed comes in by the command above, as the mark of the cell. What is left is given in nbgrader's
formgrader.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
from exercises import Exercise, made
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

CHECK = re.compile(r"\s*^(check_\w+\(.*\))\s*\Z", re.M)
POINTS = re.compile(r"(\d+) points")
RUBRIC = re.compile(r"\*\*Points\*\*: (.+)\Z", re.S)
COLUMN = re.compile(r"a(\d) task (\d)")  # of marks.csv
WORDS = (
    "The folder `data` lies beside this notebook. Answer below each task, then save and hand in."
)
SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
CONFIG = '''"""nbgrader's settings for this course: see its documentation for more."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "hearing-style"
c.ClearSolutions.code_stub = {"python": ""}
c.ExecutePreprocessor.timeout = 900  # seconds for a cell: sounds take time
c.ClearSolutions.enforce_metadata = True
# Whose a file is: "Ada Lovelace_1234_assignsubmission_file/1_which_machine.ipynb", as Moodle zips
# them, with or without a folder or zip of the student's own in between; elsewhere, or by hand,
# "ada/1_which_machine.ipynb". What listeners saved comes along.
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".csv"]
c.FileNameCollectorPlugin.named_regexp = (
    r"(?:.*?/)?(?P<student_id>[^/]+?)(?:_\\d+_assignsubmission_file_?(?:/.*?)?)?/"
    r"(?P<file_id>[^/]+(?=\\.ipynb$)|listeners/[^/]+(?=\\.csv$))"
)
'''


def marked(cell: NotebookNode, grade_id: str, **kinds: Any) -> NotebookNode:
    """A cell with nbgrader's metadata, version 3; by default one that students may only read."""
    meta = {"schema_version": 3, "grade": False, "solution": False, "task": False, "locked": True}
    cell.metadata["nbgrader"] = meta | {"grade_id": grade_id} | kinds
    return cell


def _task(e: Exercise, prefix: str, code: str) -> list[NotebookNode]:
    """Task, answer and check of one exercise, with `code` as the answer."""
    points = POINTS.search(e.title)
    check = CHECK.search(e.blank or "")
    if points is None or check is None:
        raise ValueError(f"task {e.number} has no points, or no check at the end of its blank")
    test = f"checked = {check[1]}\nassert checked, checked.text\nprint(checked.text)"
    answer = {"solution": True, "grade": True, "locked": False, "points": int(points[1])}
    return [
        marked(new_markdown_cell(e.task), f"{prefix}-words-{e.number}"),
        marked(new_code_cell(code), f"{prefix}-task-{e.number}", **answer),
        marked(new_code_cell(test), f"{prefix}-check-{e.number}", grade=True, points=0),
    ]


def blank(e: Exercise) -> str:
    """The cell to fill, less its check."""
    return CHECK.sub("", e.blank or "").rstrip()


def solved(e: Exercise) -> str:
    """The blank, and the solution between nbgrader's marks, with the points as comments."""
    rubric = RUBRIC.search(e.solution)
    points = " ".join(rubric[1].split()) if rubric else ""
    return f"{blank(e)}\n" + SOLUTION.format(f"# Points: {points}\n{CHECK.sub('', e.code)}")


def assignment(notebook: NotebookNode, prefix: str, *, solutions: bool) -> NotebookNode:
    """A student's copy, or with `solutions` the source that `nbgrader generate_assignment` takes.

    Either holds the same cells under the same names, so one may be handed in for the other.
    """
    answer = solved if solutions else blank
    new = made(notebook, WORDS, lambda e: _task(e, prefix, answer(e)))
    for i, cell in enumerate(new.cells):
        if "nbgrader" not in cell.metadata:  # checks are among them
            marked(cell, f"{prefix}-given-{i}")
    return new


def write_course(assignments: list[Path], data: Path, to: Path) -> None:
    """A course's folder for nbgrader: settings, and `source` with notebooks and their data."""
    for path in assignments:
        folder = to / "source" / path.stem
        shutil.copytree(data, folder / "data", dirs_exist_ok=True)
        notebook = nbformat.read(path, as_version=4)
        new = assignment(notebook, f"a{path.name[0]}", solutions=True)
        nbformat.write(new, folder / path.name)
    (to / "nbgrader_config.py").write_text(CONFIG, "utf-8")


def enter_marks(marks: Path, db: str) -> int:
    """Write the points that were computed into nbgrader's gradebook; how many were entered.

    Tasks of which a part is the lecturer's stay marked as to be graded.
    """
    from nbgrader.api import Gradebook, MissingEntry

    entered = 0
    with marks.open(newline="", encoding="utf-8") as opened, Gradebook(db) as book:
        names = {a.name[0]: a.name for a in book.assignments}
        for row in csv.DictReader(opened):
            for column, points in row.items():
                if not (task := COLUMN.fullmatch(column or "")) or task[1] not in names:
                    continue
                name = names[task[1]]
                try:
                    grade = book.find_grade(
                        f"a{task[1]}-task-{task[2]}", name, name, row["student"]
                    )
                except MissingEntry:  # not handed in, or not yet through autograde
                    continue
                grade.manual_score = float(points)
                grade.needs_manual_grade = int(row["to give"]) > 0
                entered += 1
        book.db.commit()
    return entered


def main() -> None:
    parser = argparse.ArgumentParser(description="The grader's marks into nbgrader's gradebook.")
    parser.add_argument("what", choices=["marks"])
    parser.add_argument("marks", type=Path, help="marks.csv, as `python -m grading` writes it")
    parser.add_argument("--db", type=Path, default=Path("gradebook.db"))
    given = parser.parse_args()
    n = enter_marks(given.marks, f"sqlite:///{given.db.resolve()}")
    print(f"{n} marks entered; open the formgrader for what is left")


if __name__ == "__main__":
    main()
