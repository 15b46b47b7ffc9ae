"""The packs of a release, each a zip that opens as one folder: for students, instructors, printers.

The students' holds no solution and no key, and no data that answers a task. The instructors' holds
all that marks a class without the repository: `course` with the grader, `library` to install.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
COURSE = (
    "exercises.py",
    "for_nbgrader.py",
    "gradebook.py",
    "class_results.ipynb",
    "grading",
    "assignments",
)
LIBRARY = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT", "audiostyle_lib")
READ_ME = """Hearing Style: the instructors' pack. All of it is public, too: in the repository.

instructor/  chapters and assignments with solutions that run; for nbgrader; an exam with its key
questions/   the chapters' questions for learning platforms
course/      the grader, and what makes data and a key of your own
library/     the library, to install

From here to the marks, on Linux (elsewhere in a container, or in WSL), with Python 3.10 or newer:

    sudo apt install bubblewrap              # the wall that submissions run behind
    python3 -m venv env && . env/bin/activate
    pip install "./library[notebook]" ipython nbformat
    cd course
    python -m assignments.make_data --to ../class
    # give students the assignments of their pack, with ../class/student/data as `data`
    # collect a folder for each student in ../handed-in
    python -m grading ../handed-in --class ../class --to ../graded

graded/marks.csv has a row for each student; the pages beside it say why, and list what is yours to
give. Keep ../class/key to yourself.
"""


def files(path: Path) -> Iterator[Path]:
    """A file, or all in a folder but what Python and editors leave there."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in found:
        hidden = any(part.startswith((".", "__pycache__")) for part in file.relative_to(path).parts)
        if file.is_file() and not hidden:
            yield file


def write_zip(path: Path, parts: Mapping[str, Path]) -> None:
    """A zip of files and folders, by their place in it; what does not exist is left out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, source in parts.items():
            for file in files(source) if source.exists() else ():
                name = Path(path.stem, place, file.relative_to(source))
                packed.write(file, name.as_posix())


def write_packs(to: Path) -> None:
    """The three packs, from what `make course` has written to a folder."""
    students = {name: to / name for name in ("student", "slides", "handouts")}
    write_zip(to / "hearing-style-students.zip", students)
    (to / "instructor" / "READ ME.txt").write_text(READ_ME, "utf-8")
    instructors = {name: to / name for name in ("instructor", "questions")}
    instructors |= {f"course/{name}": ROOT / "course" / name for name in COURSE}
    instructors |= {f"library/{name}": ROOT / name for name in LIBRARY}
    write_zip(to / "hearing-style-instructors.zip", instructors)
    if (to / "handouts").exists():
        write_zip(to / "hearing-style-handouts.zip", {"": to / "handouts"})
