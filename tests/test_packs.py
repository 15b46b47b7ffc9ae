"""The packs of a release: what students get answers nothing, what instructors get marks a class."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from assignments import make_data
from conftest import IN_CI
from copies import ASSIGNMENTS, copy_data, make_copies
from exercises import exercises
from make_course import make_assignments
from packs import write_packs

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build" / "course"
CHAPTERS = sorted((ROOT / "book").glob("[0-9]*.ipynb"))
KEY = make_data.drawn(make_data.PUBLIC)


def inside(path: Path) -> dict[str, bytes]:
    """Files of a pack, by their place in it."""
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert len(set(names)) == len(names)
        assert all(name.startswith(f"{path.stem}/") for name in names)
        return {name.partition("/")[2]: packed.read(name) for name in names}


def text_of(name: str, content: bytes) -> str:
    """The text of a file; a notebook's sources as they are read."""
    if name.endswith(".ipynb"):
        return "\n".join(c.source for c in nbformat.reads(content.decode(), as_version=4).cells)
    return content.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """All packs of a course; slides and handouts stand for themselves."""
    to = tmp_path_factory.mktemp("course")
    make_copies([*CHAPTERS, *ASSIGNMENTS], to)
    for kind in ("student", "instructor"):
        copy_data(to / kind, listeners=kind == "instructor")
    make_assignments(to)
    for name in ("slides/06.html", "handouts/06.pdf", "questions/06.xml"):
        (to / name).parent.mkdir(exist_ok=True)
        (to / name).write_text("made elsewhere", "utf-8")
    write_packs(to)
    return {path.stem: inside(path) for path in to.glob("hearing-style-*.zip")}


def answers_nothing(pack: dict[str, bytes]) -> None:
    """No solution, no rubric, no key and no listener in any file."""
    texts = {name: text_of(name, content) for name, content in pack.items() if ".flac" not in name}
    assert not [name for name in pack if "key" in name or "listeners" in name or "grading" in name]
    secrets = ["simulated-1", "BEGIN SOLUTION", "<summary>Solution</summary>"]
    secrets += [f'"{name}"' for name in KEY if name not in make_data.task(KEY)]
    for path in [*CHAPTERS, *ASSIGNMENTS]:
        for e in exercises(nbformat.read(path, as_version=4)):
            secrets += [e.code, e.solution]
            secrets += [e.solution.partition("**Points**")[2]] if "**Points**" in e.solution else []
    for name, text in texts.items():
        assert not [secret for secret in secrets if secret in text], name


def test_students_get_no_answers(packs: dict) -> None:
    pack = packs["hearing-style-students"]
    answers_nothing(pack)
    assert {"slides/06.html", "handouts/06.pdf", "student/data/task.json"} <= set(pack)
    assert {f"student/{path.name}" for path in [*CHAPTERS, *ASSIGNMENTS]} <= set(pack)


def test_the_check_sees_a_solution(packs: dict) -> None:
    pack = dict(packs["hearing-style-students"])
    for name in ("instructor/1_which_machine.ipynb", "course/assignments/key/key.json"):
        with pytest.raises(AssertionError):
            answers_nothing(
                pack | {Path(name).with_stem("x").name: packs["hearing-style-instructors"][name]}
            )


@pytest.mark.skipif(not BUILT.exists() and not IN_CI, reason="no course: run `make course`")
def test_the_built_pack_answers_nothing() -> None:
    pack = inside(BUILT / "hearing-style-students.zip")
    answers_nothing({name: content for name, content in pack.items() if ".pdf" not in name})
    assert len([name for name in pack if name.startswith("slides/")]) > 12


def test_instructors_get_all_that_marks_a_class(packs: dict, tmp_path: Path) -> None:
    pack = packs["hearing-style-instructors"]
    needed = {"instructor/READ ME.txt", "instructor/listeners/simulated-1.csv", "questions/06.xml"}
    needed |= {"course/assignments/key/key.json", "course/grading/__main__.py"}
    needed |= {"library/pyproject.toml", "library/audiostyle_lib/data/sounds/sauna.flac"}
    assert needed <= set(pack)
    assert not [name for name in pack if "__pycache__" in name or "/." in name]
    for name, content in pack.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(  # alone, with no repository around it
        [sys.executable, "-m", "grading", "--help"],
        cwd=tmp_path / "course",
        env={"PYTHONPATH": str(tmp_path / "library")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--class" in done.stdout


def test_a_release_attaches_every_pack(packs: dict) -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text("utf-8"))
    runs = " ".join(step.get("run", "") for step in workflow["jobs"]["release"]["steps"])
    assert set(packs) == {
        f"hearing-style-{name}" for name in ("students", "instructors", "handouts")
    }
    for name in [*packs, "hearing-style"]:
        assert f" {name}.zip" in runs
    assert json.loads(packs["hearing-style-students"]["student/data/task.json"])["class"]
