"""Students' and instructors' notebooks, and the data that they read beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from exercises import instructor, student

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = sorted((ROOT / "course" / "assignments").glob("*.ipynb"))


def make_copies(sources: list[Path], to: Path) -> None:
    """Students' and instructors' notebooks."""
    for path in sources:
        notebook = nbformat.read(path, as_version=4)
        for kind, made in (("student", student), ("instructor", instructor)):
            (to / kind).mkdir(parents=True, exist_ok=True)
            nbformat.write(made(notebook), to / kind / path.name)


def copy_data(to: Path, *, listeners: bool) -> None:
    """What the assignments read, beside them; simulated listeners are for instructors only."""
    assignments = ROOT / "course" / "assignments"
    for name in ("data", "listeners") if listeners else ("data",):
        shutil.copytree(assignments / name, to / name, dirs_exist_ok=True)
