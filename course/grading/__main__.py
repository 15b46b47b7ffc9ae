"""The command: python -m grading FOLDER --class CLASS --to REPORTS"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import first, second
from .known import Known
from .listening import answers
from .parts import Mark, judged, none
from .public import public_tasks
from .report import Graded, to_read, write_marks, write_reports
from .sandbox import Limits, Running, Stopped, no_wall, running
from .taken import Submission, names_in, take

HERE = Path(__file__).parents[1]
NO_WALL = (
    "Nothing is graded: {}. Elsewhere, a container or WSL that allows it will do. With --no-wall a "
    "submission runs as you, and can read your key and files."
)


def fingerprint(folders: Iterable[Path]) -> str:
    """A number that changes if any file in these folders does."""
    digest = hashlib.sha256()
    for path in sorted(p for folder in folders for p in folder.rglob("*") if p.is_file()):
        if "__pycache__" not in path.parts:
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def mark(
    handed: Submission, known: Known, sessions: set[str], limits: Limits, *, wall: bool
) -> Graded:
    """All marks of a student."""
    graded = Graded(handed.name, [], list(handed.notes))
    texts: dict[str, str] = {}
    beside = handed.notebooks.get(2, handed.folder / "none").parent
    listened = answers(beside / "listeners", known.key, sessions)
    for assignment in (1, 2):
        if assignment not in handed.notebooks:
            graded.marks += none(assignment, "not handed in", read=False)
            continue
        notebook = handed.notebooks[assignment]
        inside = str(notebook.relative_to(handed.folder))

        def judge(run: Running, assignment: int = assignment, path: Path = notebook) -> list[Mark]:
            graded.notes.extend(f"assignment {assignment}, {error}" for error in run.errors)
            words = run.values("words")["words"]
            texts[f"The words of assignment {assignment}"] = str(words or "none")
            judges = (
                first.judges(run, known) if assignment == 1 else second.judges(run, known, listened)
            )
            return judged(assignment, judges, public_tasks(assignment, path))

        with tempfile.TemporaryDirectory(prefix="grading-") as work:
            try:
                with running(
                    handed.folder, inside, known.data, Path(work), limits, wall=wall
                ) as run:
                    graded.marks += judge(run)
            except Stopped as error:
                graded.notes.append(f"assignment {assignment}: {error}")
                graded.marks += none(assignment, str(error), read=True)
    graded.answers = texts
    return graded


def grade(folder: Path, course: Path, limits: Limits, *, wall: bool = True) -> Iterable[Graded]:
    """Each student's marks, one after the other.

    Without the wall, an error is raised as soon as a submission has changed a file of the grader's,
    the class's or another student's.
    """
    watched = () if wall else (HERE, course, folder)
    before, sessions = fingerprint(watched), set[str]()
    shared: dict[Path, Known] = {}
    for name in names_in(folder):
        with tempfile.TemporaryDirectory(prefix="grading-") as copy:
            handed = take(folder, name, Path(copy))
            known = Known(course, handed.name)
            known = shared.setdefault(known.data, known)
            graded = mark(handed, known, sessions, limits, wall=wall)
        if not wall and fingerprint(watched) != before:
            raise SystemExit(
                f"{name} has changed files that are not its own. Nothing is marked: restore them, "
                "look at that submission, and grade behind a wall."
            )
        yield graded


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="grade", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder or notebook for each student")
    parser.add_argument("--class", type=Path, dest="course", default=HERE / "assignments")
    parser.add_argument("--to", type=Path, default=Path("graded"), help="marks.csv and reports")
    parser.add_argument("--minutes", type=float, default=15, help="for a notebook with its tries")
    parser.add_argument("--gigabytes", type=float, default=8, help="of memory, for a process")
    parser.add_argument("--no-wall", action="store_true", help="run submissions as yourself")
    given = parser.parse_args(arguments)
    if not given.no_wall and (why := no_wall()):
        sys.exit(NO_WALL.format(why))
    if not given.folder.is_dir() or not (given.course / "key").is_dir():
        sys.exit("Expected a folder of submissions, and of a class: with `key` in it.")
    limits = Limits(60 * given.minutes, int(given.gigabytes * 2**30))
    graded = []
    for one in grade(given.folder, given.course, limits, wall=not given.no_wall):
        graded.append(one)
        print(f"{one.name}: {sum(m.points or 0 for m in one.marks)} computed, {one.left} to give")
    given.to.mkdir(parents=True, exist_ok=True)
    write_marks(given.to / "marks.csv", graded)
    write_reports(given.to, graded)
    print(f"{given.to}/marks.csv, and a report for each. {to_read(graded)}")


if __name__ == "__main__":
    main()
