"""All that a class needs, made from the book: `make course` writes it to `_build/course`.

student/      every chapter and assignment with blanks to fill
instructor/   the same with solutions that run; assignments for nbgrader; an exam with its key
questions/    the chapters' questions for Moodle and, as QTI, for other learning platforms
handouts/     each chapter as A4, where Chromium is
slides/       a deck for each chapter and one for a session of 90 minutes, for any browser
hearing-style.zip   the whole book, to be opened from a folder without network
hearing-style-*.zip   packs to hand out: for students, for instructors, to print
"""

from __future__ import annotations

import secrets
import shutil
import sys
from pathlib import Path

import nbformat
from copies import ASSIGNMENTS, ROOT, copy_data, make_copies
from exam.bank import write_bank
from for_nbgrader import assignment, write_course
from handouts import print_handouts
from packs import write_packs
from quizzes import write_quizzes


def make_slides(sources: list[Path], to: Path) -> None:
    """A deck for each chapter, from the outputs that the book was built with, and one for the
    plan of a single session."""
    from decks import write_decks
    from execute_chapters import cached
    from tqdm import tqdm

    notebooks = {}
    for path in tqdm([ROOT / "book" / "intro.ipynb", *sources], desc="slides"):
        notebooks[path.stem] = cached(path)
        if notebooks[path.stem] is None:
            sys.exit(f"{path.name} has not been executed as it stands: run `make book` first")
    write_decks(notebooks, (ROOT / "book" / "teaching.md").read_text("utf-8"), to)


def make_questions(sources: list[Path], to: Path) -> None:
    """The chapters' questions, and an exam whose numbers nobody else has."""
    write_quizzes({p.stem: nbformat.read(p, as_version=4) for p in sources}, to / "questions")
    write_bank(secrets.randbelow(10**9), to / "instructor" / "exam")


def make_assignments(to: Path) -> None:
    """Assignments as nbgrader knows them: students' copies, and the folder of a course."""
    for path in ASSIGNMENTS:
        notebook = nbformat.read(path, as_version=4)
        given = assignment(notebook, f"a{path.name[0]}", solutions=False)
        nbformat.write(given, to / "student" / path.name)
    write_course(ASSIGNMENTS, ASSIGNMENTS[0].parent / "data", to / "instructor" / "nbgrader")


def make_zip(html: Path, to: Path) -> None:
    """The built book as one file: unpack it, open index.html."""
    shutil.make_archive(str(to / "hearing-style"), "zip", html)


def main() -> None:
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    from execute_chapters import chapters

    to = ROOT / "_build" / "course"
    shutil.rmtree(to, ignore_errors=True)
    taught = [path for path in chapters() if path.name[:2].isdigit()]
    make_copies([*taught, *ASSIGNMENTS], to)
    for kind in ("student", "instructor"):
        copy_data(to / kind, listeners=kind == "instructor")
    make_assignments(to)
    make_questions(taught, to)
    make_slides(taught, to / "slides")
    html = ROOT / "_build" / "html" / "book"
    print_handouts([html / f"{path.stem}.html" for path in taught], to / "handouts")
    make_zip(ROOT / "_build" / "html", to)
    write_packs(to)


if __name__ == "__main__":
    main()
