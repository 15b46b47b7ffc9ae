"""marks.csv of the grader as a gradebook's import: one row for each student, total and feedback.

    python course/gradebook.py graded/marks.csv --people people.csv > gradebook.csv

Moodle: Grades, Import, CSV file; map `id` to the user's email address, ID number or username,
`total` to the grade item, `feedback` to its feedback. Others ask for the same. `people.csv`, with
the columns `student` and `id`, says who is who; without it a student's folder name is the id. Write
the points that are yours to give into a column `given` of marks.csv first.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

COLUMNS = ("id", "total", "feedback")


def rows(marks: Iterable[Mapping[str, str]], ids: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of the import; whose points are not all given, their feedback says so."""
    found = []
    for row in marks:
        student, given = row["student"], (row.get("given") or "").strip()
        if ids and student not in ids:
            raise ValueError(f"{student} is not among the people")
        total = int(row["computed"]) + (float(given) if given else 0)
        tasks = [f"{name[1]}.{name[-1]}: {row[name]}" for name in row if " task " in name]
        said = [f"{total:g} of {row['of']}. Computed by task: {', '.join(tasks)}."]
        if not given and int(row["to give"]):
            said.append(f"Up to {row['to give']} more are still to be given.")
        elif given:
            said.append(f"Given by the reader: {given}.")
        if row["notes"]:
            said.append(row["notes"])
        values = (ids.get(student, student), f"{total:g}", " ".join(said))
        found.append(dict(zip(COLUMNS, values, strict=True)))
    return found


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file; a spreadsheet's byte order mark is passed over."""
    with path.open(newline="", encoding="utf-8-sig") as opened:
        return list(csv.DictReader(opened))


def main() -> None:
    parser = argparse.ArgumentParser(description="The grader's marks for a gradebook.")
    parser.add_argument("marks", type=Path)
    parser.add_argument("--people", type=Path, default=None)
    given = parser.parse_args()
    ids = {p["student"]: p["id"] for p in read(given.people)} if given.people else {}
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(read(given.marks), ids))


if __name__ == "__main__":
    main()
