"""The teaching guide, the assignments and the class's results: what they name exists, what they
compute is up to date, blanks do not pass, solutions do."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import minutes
import nbformat
import numpy as np
import pytest
import soundfile as sf
from assignments import make_data
from conftest import IN_CI, run_code
from copies import copy_data
from exercises import TITLE, exercises, section, student
from mdit_py_plugins.anchors.index import slugify
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_notebooks import CHAPTERS, NOTEBOOKS, SCREEN, myst

from audiostyle_lib import metrics
from audiostyle_lib.lessons.verdicts import Verdict
from audiostyle_lib.metrics import auditory_distances, spectrogram_copy_score
from audiostyle_lib.sounds import load_sound, matched_noise, rain

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "course"
ASSIGNMENTS = COURSE / "assignments"
PAGE = (ROOT / "book" / "teaching.md").read_text("utf-8")
PLANS = PAGE[PAGE.index("## Plans") : PAGE.index("## Time")]
BOTH = sorted(ASSIGNMENTS.glob("*.ipynb"))
RESULTS = COURSE / "class_results.ipynb"
READ = {path: nbformat.read(path, as_version=4) for path in [*BOTH, RESULTS]}
NUMBERS = {int(name[:2]): name for name in CHAPTERS}
each_assignment = pytest.mark.parametrize("path", BOTH, ids=lambda path: path.stem)


# The guide


def text_of(number: int) -> str:
    """A chapter's words."""
    notebook = nbformat.read(NOTEBOOKS[NUMBERS[number]], as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def absent(plans: str) -> list[str]:
    """Exercises and chapters that a plan names and the book has not got."""
    found = []
    for chapter, exercise in re.findall(r"\b(\d{1,2})\.(\d)\b", plans):
        has = int(chapter) in NUMBERS and exercise in {
            number for number, _ in TITLE.findall(text_of(int(chapter)))
        }
        found += [] if has else [f"{chapter}.{exercise}"]
    for first, last in re.findall(r"\bchapters? (\d+)(?: (?:to|and) (\d+))?", plans):
        found += [n for n in (first, last) if n and int(n) not in NUMBERS]
    return found


def test_plans_name_what_exists() -> None:
    assert len(re.findall(r"\b\d{1,2}\.\d\b", PLANS)) > 30
    assert absent(PLANS) == []
    assert absent("6.1, 6.9, chapter 99") == ["6.9", "99"]


def test_every_session_lasts_90_minutes() -> None:
    once, *weeks = PLANS.split("\n### ")[1:]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", once, re.M))) == 90
    assert len(weeks) == 2
    for plan, n in zip(weeks, (3, 6), strict=True):
        rows = re.findall(r"^\| \d .*$", plan, re.M)
        assert len(rows) == n
        for row in rows:
            assert sum(map(int, re.findall(r"\((\d+)\)", row))) == 90, row


def test_sections_that_are_named_exist() -> None:
    named = re.findall(r"\[chapter (\d+)\]\((\S+)\.ipynb#(\S+)\), \*(.+?)\*", PAGE)
    assert len(named) > 10
    for number, name, anchor, heading in named:
        assert anchor == slugify(heading)
        assert NUMBERS[int(number)] == name
        assert f"\n## {heading}\n" in text_of(int(number)), (number, heading)


def test_plans_link_to_sections() -> None:
    """Whoever follows a plan comes to the place, and not to the top of a page."""
    rows = [line for line in PLANS.splitlines() if re.match(r"\| \d", line)]
    links = [link for row in rows for link in re.findall(r"\]\((\S+?)\)", row)]
    assert len(links) > 40
    for link in set(links) - {"paper_map.md"}:
        path, _, anchor = link.partition("#")
        notebook = nbformat.read(ROOT / "book" / path, as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        headings = re.findall(r"^#+ (.+)$", text, re.M)
        assert anchor in {slugify(heading) for heading in headings}, link
    weeks = "".join(row for row in rows if not re.match(r"\| \d+ \|", row))
    assert not re.search(r"(?<!\[)\b\d{1,2}\.\d\b", re.sub(r"\(\S+?\)", "", weeks))


HTML = ROOT / "_build" / "html" / "book" / "teaching.html"


@pytest.mark.skipif(not HTML.exists() and not IN_CI, reason="no book in _build: run `make book`")
def test_the_built_guide_leads_to_sections() -> None:
    plans = HTML.read_text("utf-8").partition('id="plans"')[2].partition('id="time"')[0]
    links = set(re.findall(r'href="([\w.]+html)#([^"]+)"', plans))
    assert len(links) > 15
    for page, anchor in links:
        assert f'id="{anchor}"' in (HTML.parent / page).read_text("utf-8"), (page, anchor)


def test_every_chapter_has_its_aims() -> None:
    aims = PAGE[PAGE.index("## What students can do") : PAGE.index("## Misconceptions")]
    assert re.findall(r"^\| \[\d+\]\((\S+)\.ipynb\)", aims, re.M) == CHAPTERS


def test_the_page_is_plain_and_short() -> None:
    assert not set(myst(PAGE))
    prose = [line for line in PAGE.splitlines() if not line.startswith("|")]
    assert len(" ".join(prose).split()) < 1600


# Minutes


def test_minutes_are_those_of_the_chapters() -> None:
    """If this fails: python course/minutes.py --write"""
    assert minutes.written(PAGE) == PAGE


def test_minutes_of_a_small_chapter() -> None:
    clip = 'players(Clip(y, sr, "a", "b"), Clip(z, sr, "c", "d"))'
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# 1 Small\n\n" + "word " * 397),
            new_code_cell("\n".join([clip, *["x = 1"] * 14])),
            new_code_cell("import sys\n" * 30, metadata={"tags": ["remove-cell"]}),
            new_code_cell("x = 1\n" * 30, metadata={"tags": ["hide-input"]}),
            new_markdown_cell("## Check yourself\n\n**1. Why?**\n\n**2. How?**"),
            new_markdown_cell("## Exercises"),
            new_markdown_cell("**1. Listen (5 minutes).** " + "word " * 1000),
            new_markdown_cell("**2. Open-ended.** Go on."),
            new_markdown_cell("## Sources\n\n" + "word " * 1000),
        ]
    )
    assert minutes.title(notebook) == "1 Small"
    assert minutes.total(notebook) == minutes.Minutes(3.0, 0.5, 7.0)
    assert minutes.Minutes(7.4, 2.6, 10.0).fives() == (5, 5, 10, 20)


# Notebooks


def run(cells: Iterable[NotebookNode | str], space: dict[str, Any]) -> list[Any]:
    """What notebook cells show, in order; their names are left in `space`."""
    shown: list[Any] = []
    for cell in cells:
        if isinstance(cell, str):
            shown += run_code(cell, space)
        elif "remove-cell" not in cell.metadata.get("tags", []):
            shown += run_code(cell.source, space)
    return shown


def code_cells(notebook: NotebookNode, *, before_exercises: bool = False) -> list[NotebookNode]:
    end = section(notebook)[0] if before_exercises else None
    return [cell for cell in notebook.cells[:end] if cell.cell_type == "code"]


def clock(seconds: float) -> SimpleNamespace:
    """In place of `time`: whatever is timed by it takes so many seconds, on every machine."""
    return SimpleNamespace(process_time=itertools.count(step=seconds).__next__)


def remembering(measure: Callable[..., Any]) -> Callable[..., Any]:
    """A measure of sounds that measures each only once: solutions measure some twenty times."""
    known: dict[tuple[bytes, int], Any] = {}

    def measured(y: np.ndarray, sr: int) -> Any:
        name = y.tobytes(), sr
        if name not in known:
            known[name] = measure(y, sr)
        return known[name]

    return measured


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the instructors' copies read."""
    folder = tmp_path_factory.mktemp("desk")
    copy_data(folder, listeners=True)
    return folder


@pytest.fixture(scope="module")
def begun(desk: Path) -> dict[Path, dict[str, Any]]:
    """What each assignment has given when its tasks begin."""
    spaces: dict[Path, dict[str, Any]] = {path: {} for path in BOTH}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        for path, space in spaces.items():
            run(code_cells(READ[path], before_exercises=True), space)
            space["time"] = clock(1)
    return spaces


@pytest.fixture(scope="module")
def solved(begun: dict, desk: Path) -> dict[Path, tuple[list[Any], dict[str, Any]]]:
    """What the instructor's copies show, and the names they leave."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        patch.setattr(metrics, "erb_envelopes", remembering(metrics.erb_envelopes))
        for path in BOTH:
            space = dict(begun[path])
            found[path] = (run((e.code for e in exercises(READ[path])), space), space)
    return found


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_stored_notebooks(path: Path) -> None:
    notebook = READ[path]
    nbformat.validate(notebook)
    assert path.read_bytes().endswith(b"}\n")
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].id == "setup" and "google.colab" in notebook.cells[0].source
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
            assert len(cell.source.splitlines()) <= SCREEN, cell.source
        else:
            assert not myst(cell.source), cell.source


@each_assignment
def test_assignment_is_in_form(path: Path) -> None:
    found = exercises(READ[path])
    assert [e.number for e in found] == list(range(1, 7))
    stated = [re.search(r"\((\d+) minutes, (\d+) points\)", e.title) for e in found]
    assert all(stated)
    assert sum(int(s.group(2)) for s in stated if s) == 20
    assert 165 <= sum(int(s.group(1)) for s in stated if s) <= 195
    for e, s in zip(found, stated, strict=True):
        assert e.blank and "..." in e.blank and len(e.hint.split()) >= 8
        rubric = e.solution[e.solution.index("**Points**") :]
        assert s and sum(map(int, re.findall(r"\b(\d) for\s", rubric))) == int(s.group(2)), e.title


@each_assignment
def test_students_do_not_get_the_answers(path: Path) -> None:
    copy = "\n".join(cell.source for cell in student(READ[path]).cells)
    assert "grading" not in copy and "key.json" not in copy
    for e in exercises(READ[path]):
        assert e.task in copy and e.blank in copy and e.code not in copy
        assert e.solution.partition("**Points**")[2] not in copy


@each_assignment
def test_blanks_of_assignments_do_not_pass(path: Path, begun: dict) -> None:
    for e in exercises(READ[path]):
        (said,) = run([e.blank], dict(begun[path]))
        assert isinstance(said, Verdict) and not said and len(said.text.split()) >= 5


@each_assignment
def test_solutions_of_assignments_pass(path: Path, solved: dict) -> None:
    said = [shown for shown in solved[path][0] if isinstance(shown, Verdict)]
    assert len(said) == len(exercises(READ[path]))
    assert all(said), said


def test_a_copy_does_not_pass(solved: dict) -> None:
    def copied(y: np.ndarray, sr: int, seed: int) -> np.ndarray:
        return np.roll(y, 1000 * seed)

    assert "mill's other half" in solved[BOTH[1]][1]["check_make"](copied).text


def test_what_takes_too_long_does_not_pass(solved: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    two = solved[BOTH[1]][1]

    def make(y: np.ndarray, sr: int, seed: int) -> np.ndarray:
        return matched_noise(y, sr, seed=seed)

    for seconds, passes in ((10, True), (11, False)):
        monkeypatch.setitem(two["take"].__globals__, "time", clock(seconds))
        assert bool(said := two["check_make"](make)) == passes
        assert f"it took {seconds} s of work" in said.text or passes


def test_checks_see_what_is_wrong(solved: dict) -> None:
    one, two = (solved[path][1] for path in BOTH)
    right = {i: "noise" for i in range(1, 7)}
    assert "taken for noise" in one["check_kinds"](lambda reference, y: "noise", right).text
    level = one["check_recordings"](lambda a, b: abs(float(np.std(a) - np.std(b))), one["sources"])
    assert not level
    twice = 2 * one["firing"]
    for wrong in ({"firing": twice}, {"width": one["width"] + 1}, {"tried": {}}):
        names = ("firing", "pattern", "width", "taps", "tried")
        assert not one["check_engine"](*(wrong.get(n, one[n]) for n in names)), wrong
    assert not two["check_interval"](two["mine"], (min(two["mine"]), max(two["mine"]) + 1))
    other = "heard" if two["verdict"] == "not shown" else "not shown"
    assert not two["check_listeners"](two["report"], other)


# Data

PUBLIC = make_data.drawn(make_data.PUBLIC)


@pytest.fixture(scope="module")
def remade() -> dict[str, np.ndarray]:
    return make_data.sounds(PUBLIC)


def stored(name: str) -> np.ndarray:
    return sf.read(ASSIGNMENTS / "data" / name, dtype="float32")[0]


def test_data_is_small_and_complete(remade: dict) -> None:
    files = [path for path in (ASSIGNMENTS / "data").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {*remade, "task.json"}
    assert sum(path.stat().st_size for path in files) < 1_500_000


def test_the_script_reproduces_the_data(remade: dict) -> None:
    """Sample by sample; what an optimiser or Griffin-Lim made differs from one processor to the
    next, so that must be the same kind of sound by its scores."""
    assert json.loads((ASSIGNMENTS / "key" / "key.json").read_text("utf-8")) == PUBLIC
    task = json.loads((ASSIGNMENTS / "data" / "task.json").read_text("utf-8"))
    assert task == make_data.task(PUBLIC)
    for name, y in remade.items():
        old, new = stored(name), np.asarray(y, np.float32)
        assert len(old) == len(new)
        pair = PUBLIC["clips"][int(name[5]) - 1] if name.startswith("clip") else ["", ""]
        if pair[1] == "texture":
            assert auditory_distances(old, new, 22050)["auditory"] < 0.35
            reference = load_sound(pair[0])
            near = [auditory_distances(reference, z, 22050)["auditory"] for z in (old, new)]
            assert abs(near[0] - near[1]) < 0.1
        elif pair[1] == "rephased":
            assert spectrogram_copy_score(old, new, 22050) > 0.95
        else:
            assert np.abs(old - new).max() < 2 / 32768, name
    for name, rows in make_data.listeners(PUBLIC).items():
        with (ASSIGNMENTS / "listeners" / name).open(newline="") as opened:
            kept = [{k: v for k, v in row.items() if v} for row in csv.DictReader(opened)]
        assert kept == [{k: str(v) for k, v in row.items()} for row in rows]


def test_another_class_is_another_riddle() -> None:
    """Other answers, and at least two kinds that the public solution has never met."""
    keys = [make_data.drawn(secret) for secret in map(str, range(20))]
    assert len({json.dumps(key["clips"]) for key in keys}) == 20
    for name in ("class", "firings_per_second", "strokes_per_second"):
        assert len({key[name] for key in keys}) > 15
    for key in keys:
        assert len(set(map(tuple, key["clips"]))) == 6
        kinds = set(make_data.task(key)["kinds"])
        assert len(kinds) == 4 and len(kinds - set(make_data.task(PUBLIC)["kinds"])) == 2
        assert key["take_seconds"] != PUBLIC["take_seconds"]


def test_what_students_are_told_gives_nothing_away() -> None:
    key = make_data.drawn("a secret")
    told = json.dumps(make_data.task(key))
    assert set(make_data.task(key)) == {"class", "recordings", "kinds", "take_seconds"}
    assert "a secret" not in told and str(key["strokes_per_second"]) not in told


def test_each_student_may_have_a_riddle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_data, "sounds", lambda key: {"mill.flac": rain(seconds=0.5)})
    make_data.write(tmp_path, "a secret", ["ann", "bo"])
    keys = [json.loads((tmp_path / "key" / f"{n}.json").read_text()) for n in ("ann", "bo")]
    assert keys[0]["clips"] != keys[1]["clips"] and keys[0]["class"] == keys[1]["class"]
    for name in ("ann", "bo"):
        files = {path.name for path in (tmp_path / "student" / name / "data").iterdir()}
        assert files == {"mill.flac", "task.json"}


def test_practice_clips_are_made_like_those_of_the_task(begun: dict) -> None:
    y = rain(seconds=4.0)
    for kind in ("noise", *make_data.DISGUISES):
        practised = begun[BOTH[0]]["practise"](y, kind, seed=5)
        made = make_data.made(y, kind, seed=5)
        np.testing.assert_allclose(practised, made / max(1, np.abs(made).max()), atol=1e-4)


# Results of a class


def results(folder: Path | None) -> tuple[str, dict[str, Any]]:
    """All that the notebook shows as HTML, and its names."""
    cells = [cell.source for cell in code_cells(READ[RESULTS])[1:]]
    assert cells[0].startswith("FOLDER = None")
    space: dict[str, Any] = {}
    shown = run([cells[0] if folder is None else f"FOLDER = {str(folder)!r}", *cells[1:]], space)
    html = [x._repr_mimebundle_()["text/html"] for x in shown if hasattr(x, "_repr_mimebundle_")]
    return "\n".join(html), space


def test_results_of_the_made_up_class() -> None:
    html, space = results(None)
    assert space["report"].n_sessions == 11  # the one who hears nothing is left out
    assert len(space["files"]) == 12 and not space["folder"].exists()
    alts = re.findall(r'<img [^>]*alt="(.*?)"', html)
    assert len(alts) == 2 and all(len(alt.split()) >= 10 for alt in alts)
    assert html.count("made-up listeners") == 2
    needed = re.findall(r"right in (\d+)%</th><td[^>]*>(\d+)<", html)
    assert [int(n) for _, n in needed] == sorted(int(n) for _, n in needed)
    stated = {int(share): int(n) for share, n in needed}
    for share, n in ((70, 42), (80, 18), (60, 169)):  # as the guide says
        assert stated[share] == n and re.search(rf"\b{n}\b", PAGE)


def test_results_of_files_without_ratings() -> None:
    html, space = results(ASSIGNMENTS / "listeners")
    assert space["report"].n_sessions == 2 and space["shown"] == []
    assert html.count("<img") == 2 and "made-up" not in html
