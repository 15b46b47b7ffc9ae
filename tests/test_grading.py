"""The grader: honest, wrong, empty, crashing, endless, greedy and cheating submissions.

Those that must run do so as in earnest, behind the wall where there is one; marks of sounds are
tried on functions that a submission might hold. Only the endless one depends on a clock.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import psutil
import pytest
from assignments import make_data
from exercises import instructor
from grading import first, inside, sandbox, second
from grading.__main__ import fingerprint, grade, main
from grading.known import HALF, Known
from grading.listening import Answers, answers
from grading.parts import PARTS, judged, total
from grading.public import public_tasks
from grading.report import Graded, page, write_marks, write_reports
from grading.sandbox import Limits, Refused, no_wall, running
from grading.taken import names_in, take
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from audiostyle_lib import synthesize_texture
from audiostyle_lib.page import COLUMNS
from audiostyle_lib.sounds import matched_noise

COURSE = Path(__file__).parents[1] / "course"
CLASS = COURSE / "assignments"
SR = 22050
NO_WALL = no_wall()
WALL = not NO_WALL
needs_wall = pytest.mark.skipif(not WALL, reason=f"THE GRADER'S WALL IS NOT TRIED: {NO_WALL}")
LIMITS = Limits(seconds=600.0, memory=8 << 30)
SOLUTIONS = {
    number: nbformat.read(next(CLASS.glob(f"{number}_*.ipynb")), as_version=4) for number in (1, 2)
}


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(CLASS, "")


def hand_in(folder: Path, number: int, *cells: str) -> Path:
    """A notebook of an assignment in a student's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = new_notebook(cells=[new_markdown_cell(f"# Assignment {number}: mine")])
    notebook.cells += map(new_code_cell, cells)
    path = folder / f"{number}_mine.ipynb"
    nbformat.write(notebook, path)
    return path


def marks_of(graded: Graded) -> dict[str, int | None]:
    """Computed points by what computes them."""
    return {m.part.by: m.points for m in graded.marks if m.part.by}


def whys(graded: Graded) -> str:
    return "\n".join([*graded.notes, *(mark.why for mark in graded.marks)])


class Holding:
    """In place of a submission that runs: what its notebook would hold."""

    errors: Sequence[str] = ()

    def __init__(self, seconds: float = 1.0, **space: Any) -> None:
        self._space, self._seconds = space, seconds

    def _ask(self, question: dict[str, Any], *sounds: np.ndarray) -> tuple[Any, list]:
        try:
            header, found = inside.answer(question, list(sounds), self._space)
        except Exception as error:
            raise Refused(str(error)) from error
        return header["value"], found

    def values(self, *names: str) -> dict[str, Any]:
        return json.loads(json.dumps(self._ask({"values": names})[0]))

    def table(self, name: str) -> dict[str, list[np.ndarray]]:
        found: dict[str, list[np.ndarray]] = {}
        for k, y in zip(*self._ask({"table": name}), strict=True):
            found.setdefault(k, []).append(y)
        return found

    def call(self, name: str, *sounds: np.ndarray, rest: tuple = ()) -> tuple[Any, float]:
        value, made = self._ask({"call": name, "rest": rest}, *sounds)
        return (made[0] if made else value), self._seconds


def points(number: int, known: Known, heard: Answers | None = None, **space: Any) -> dict[str, Any]:
    """Points and reasons of what a notebook holds, by what computes them."""
    run, heard = Holding(**space), heard or Answers()
    judges = first.judges(run, known) if number == 1 else second.judges(run, known, heard)
    return {m.part.by: (m.points, m.why) for m in judged(number, judges, {}) if m.part.by}


# The forty points


def test_forty_points_as_the_notebooks_say() -> None:
    from exercises import exercises

    assert sum(part.points for part in PARTS) == 40
    for number, notebook in SOLUTIONS.items():
        assert sum(part.points for part in PARTS if part.assignment == number) == 20
        for e in exercises(notebook):
            rubric = " ".join(e.solution.partition("**Points**: ")[2].split())
            for part in PARTS:
                if (part.assignment, part.task) == (number, e.number):
                    assert f"{part.points} for {part.what}" in rubric, (part, rubric)


# Honest and wrong

HONEST = {
    1: """
import json
from pathlib import Path
import numpy as np
from audiostyle_lib import DRAFT, load_audio, synthesize_texture
from audiostyle_lib import metrics as m
from audiostyle_lib.sounds import load_sound
sr = 22050
told = json.loads(Path("data/task.json").read_text())
names = told["recordings"]
clips = dict(enumerate((load_audio(f"data/clip_{i}.flac")[0] for i in range(1, 7)), 1))
books = dict(zip(names, map(load_sound, names)))
guesses = dict.fromkeys(range(1, 7), [names[0], "noise"])
measure = lambda reference, y: m.spectrum_distance(reference, y, sr)
sources = {}
for i, clip in clips.items():
    sources[i] = sorted(books, key=lambda n: measure(books[n], clip))[0]
def kind_of(reference, y):
    far = m.auditory_distances(reference, y, sr)
    same, like = m.copy_score(reference, y, sr), m.spectrogram_copy_score(reference, y, sr)
    kind = "rephased" if like > 0.9 else "texture"
    kind = "shuffled" if same > 0.95 else kind
    return "noise" if far["band_correlation"] > 0.75 else kind
kinds = {}
for i in clips:
    kinds[i] = kind_of(books[sources[i]], clips[i])
far = {i: m.auditory_distances(books[sources[i]], clips[i], sr) for i in clips}
gaps = {}
for name in set(far[1]) - {"auditory"}:
    hiss = [far[i][name] for i in clips if kinds[i] == "noise"]
    rest = [far[i][name] for i in clips if kinds[i] != "noise"]
    gaps[name] = min(hiss) - max(rest)
ranked = sorted(gaps, key=lambda name: gaps[name])
useless, decides = ranked[0], ranked[-1]
""",
    2: """
import json
from pathlib import Path
import numpy as np
from scipy.stats import sem, t
from audiostyle_lib import load_audio, synthesize_texture
from audiostyle_lib import metrics as m
from audiostyle_lib.sounds import matched_noise
told = json.loads(Path("data/task.json").read_text())
mill, sr = load_audio("data/mill.flac")
a, b = np.split(mill, 2)
def far(y):
    return m.auditory_distances(b, y, sr)["auditory"]
def row(x, likeness):
    return dict(auditory=likeness, copy=m.copy_score(a, x, sr),
                copy_spectrogram=m.spectrogram_copy_score(a, x, sr))
hiss = matched_noise(a, sr)
noise, itself = row(hiss, far(hiss)), row(b, far(a))
def made(quality):
    def texture(y, sr, seed):
        return synthesize_texture(y, sr, seconds=told["take_seconds"], seed=seed,
                                  quality=quality, progress=False).y
    return texture
baseline, make = made("draft"), made("standard")
def spread(x):
    half = t.ppf(0.975, 4) * sem(x)
    return [np.mean(x) - half, np.mean(x) + half]
simple = np.array([far(baseline(a, sr, s)) for s in range(5)])
mine = np.array([far(make(a, sr, s)) for s in range(5)])
difference = mine - simple
simple_interval, difference_interval = spread(simple), spread(difference)
""",
}
ENGINE = """
engine = load_audio("data/engine.flac")[0]
firing, pattern = 1 / {firings}, 4 / {firings}
width, taps = (1 + int(np.ceil(firing * sr / 256 / gap)) for gap in (1, 4))
tried = {{}}
for w in (width // 2, width):
    quality = DRAFT.but(widths=(w,), n_components=8, n_start=0, n_steps=40, n_sharpen=0)
    tried[w] = [synthesize_texture(engine, sr, seed=10 + s, quality=quality, progress=False).y
                for s in range(3)]
"""


def listener(path: Path, session: str, key: Mapping, /, *, seed: int = 0, **changed: str) -> None:
    """A file as the lab writes it, of somebody who hears half of it."""
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        for trial in range(1, 13):
            truth, choice = (f"Sound {n}" for n in rng.integers(1, 3, 2))
            row = {"session": session, "trial": trial, "kind": "which", "choices": 2}
            row["question"] = f"Which is the recording? (mill {key['class']})"
            row |= {"choice": choice, "truth": truth, "correct": int(choice == truth)}
            row |= {"plays": 3, "seconds": f"{rng.uniform(4, 20):.1f}"}
            writer.writerow(row | changed)


def test_honest_work_gets_all_that_can_be_computed(tmp_path: Path, known: Known) -> None:
    ann = tmp_path / "ann"
    firings = known.key["firings_per_second"]
    hand_in(ann, 1, HONEST[1], ENGINE.format(firings=firings), "words = 'A reason.'")
    strokes = known.key["strokes_per_second"]
    hand_in(ann, 2, HONEST[2], f"strokes = {1.01 * strokes}", "verdict = 'not shown'")
    for i, session in enumerate(("0badcafe", "12345678")):
        listener(ann / "listeners" / f"{session}.csv", session, known.key, seed=i)
    (graded,) = grade(tmp_path, CLASS, LIMITS, wall=WALL)
    assert graded.notes == [] and "A reason." in page(graded)
    assert {m.part.what: m.why for m in graded.marks if m.points not in (None, m.part.points)} == {}
    assert (total(graded.marks), graded.left) == (21, 19)


def test_wrong_answers_get_nothing(known: Known) -> None:
    swapped = {"sauna": "printer", "printer": "drum_roll", "drum_roll": "sauna"}
    sources = {i: swapped[name] for i, (name, _) in enumerate(known.key["clips"], 1)}
    found = points(
        *(1, known),
        guesses={1: "noise"},
        sources=sources,
        kinds=dict.fromkeys(range(1, 7), "noise"),
        measure=lambda reference, y: float(np.std(y)),
        kind_of=lambda reference, y: "noise",
        gaps=dict.fromkeys(("envelope_mean", "band_correlation"), 0.1),
        firing=0.5,
        pattern="soon",
        width=float("nan"),
        taps=True,
        tried={1: [1.0]},
    )
    assert {name: got for name, (got, _) in found.items() if got} == {}, found
    found = points(2, known, strokes=[3], simple=[1, 2], make=lambda y, sr, seed: 1 / 0)
    assert {name: got for name, (got, _) in found.items() if got} == {}, found
    assert "division by zero" in found["limits"][1]


@pytest.mark.parametrize(("wrong", "got"), [(0, 2), (1, 1), (2, 0)])
def test_kinds_are_counted(known: Known, wrong: int, got: int) -> None:
    kinds = {i: kind for i, (_, kind) in enumerate(known.key["clips"], 1)}
    kinds |= dict.fromkeys(range(1, wrong + 1), "no such kind")
    assert points(1, known, kinds=kinds)["kinds"] == (got, f"{6 - wrong} of 6 right")


# What does not run


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """Submissions that go wrong in a process of their own, in one folder."""
    folder = tmp_path_factory.mktemp("handed-in")
    (folder / "empty").mkdir()
    hand_in(folder / "blank", 1)
    hand_in(
        folder / "crashes",
        1,
        "1 / 0",
        "guesses = 3",
        "firing = 5",
        "import os; os.kill(os.getpid(), 11)",
    )
    hand_in(folder / "fails", 1, "1 / 0", "words = 'still here'", "def f(:")
    hand_in(folder / "greedy", 1, "import numpy\nx = numpy.ones(2**33)", "words = 'still here'")
    hand_in(folder / "talks", 1, TALK)
    (folder / "broken").mkdir()
    (folder / "broken" / "1_which.ipynb").write_text("{[", "utf-8")
    hand_in(folder / "cheats", 2, CHEAT)
    hand_in(folder / "pickles", 1, PICKLE.format(mark=folder / "opened"))
    (folder / "pickles" / "marks.pkl").write_bytes(b"cos\nsystem\n(S'touch x'\ntR.")
    if WALL:  # without one it would write where it should not
        hand_in(
            folder / "spies", 1, SPY.format(paths=[str(CLASS / "key" / "key.json"), str(folder)])
        )
    linked = folder / "links"
    hand_in(linked, 1, "words = open('key.json').read()")
    (linked / "key.json").symlink_to(CLASS / "key" / "key.json")
    (linked / "listeners").symlink_to(CLASS / "listeners")
    (folder / "=link.ipynb").symlink_to(CLASS / "1_which_machine.ipynb")
    before = fingerprint([COURSE])
    found = {one.name: one for one in grade(folder, CLASS, LIMITS, wall=WALL)}
    assert fingerprint([COURSE]) == before and not (folder / "opened").exists()
    assert set(found) == {name.removesuffix(".ipynb") for name in names_in(folder)}
    return found


TALK = """
import os
import sys
for number in range(3, 30):
    try:
        os.write(number, b"all right\\n")
    except OSError:
        pass
"""
CHEAT = """
import time
held = {"auditory": 0.0, "copy": 0.0, "copy_spectrogram": 0.0}
scores = lambda y: held
time.process_time = lambda: 0.0
noise, itself = held, held
make = baseline = lambda y, sr, seed: y
simple, mine = [0.5, 0.51, 0.52, 0.53, 0.54], [0.01, 0.02, 0.03, 0.04, 0.05]
difference = [b - a for a, b in zip(simple, mine)]
simple_interval, difference_interval = [0.50, 0.54], [-0.5, -0.48]
verdict = "not shown"
"""
PICKLE = """
class Evil:
    def __reduce__(self):
        return open, ({mark!r}, "w")
guesses = Evil()
kinds = {{i: Evil() for i in range(1, 7)}}
kind_of = lambda reference, y: Evil()
tried = {{1: [Evil(), Evil()]}}
"""
SPY = """
from pathlib import Path
seen = []
for path in map(Path, {paths!r}):
    try:
        seen.append(str(list(path.iterdir()) if path.is_dir() else path.read_text()))
        (path / "mine" if path.is_dir() else path).write_text("mine")
    except OSError:
        seen.append("nothing")
words = " ".join(seen)
"""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty", "not handed in"),
        ("blank", "nothing where a table"),
        ("crashes", "it ended by itself"),
        ("fails", "ZeroDivisionError: division by zero"),
        ("greedy", "MemoryError"),
        ("talks", "what it said is no answer"),
        ("broken", "it is no notebook"),
        ("cheats", "a copy: its samples match by"),
        ("pickles", "where a table of 1"),
        ("links", "key.json: left out, a link"),
        ("=link", "=link.ipynb: left out, a link"),
    ],
)
def test_what_goes_wrong_gets_nothing_and_says_why(
    ran: dict[str, Graded], name: str, says: str
) -> None:
    assert total(ran[name].marks) == 0, marks_of(ran[name])
    assert says in whys(ran[name])
    assert len(ran[name].marks) == len(PARTS)


def test_a_cell_that_fails_does_not_end_the_rest(ran: dict[str, Graded]) -> None:
    for name in ("fails", "greedy"):
        assert "still here" in page(ran[name])
        assert ran[name].left == 8  # a reader may still give what a reader gives


def test_a_link_to_the_key_is_not_followed(ran: dict[str, Graded]) -> None:
    assert "secret" not in page(ran["links"])
    assert "simulated" not in whys(ran["links"])  # its listeners are a link, too


@needs_wall
def test_what_is_handed_in_sees_no_key(ran: dict[str, Graded]) -> None:
    assert "nothing nothing" in page(ran["spies"])


def test_claims_are_computed_again(ran: dict[str, Graded]) -> None:
    said = {m.part.by: m.why for m in ran["cheats"].marks}
    assert "computed again" in said["yardsticks"]
    assert "made again" in said["baseline"] and "made again" in said["paired"]
    assert said["better"] == "the limits are not kept"


def arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended, or is not ours
        return []


@pytest.mark.parametrize("wall", [pytest.param(True, marks=needs_wall), False])
@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "def measure(a, b):\n    while True: pass",
        "import os, time\nfor _ in range(200): os.fork() or time.sleep(1e6)\nwhile True: pass",
    ],
)
def test_endless_work_is_stopped(tmp_path: Path, code: str, wall: bool) -> None:
    """All its processes too; what it held before it was asked the endless question counts."""
    mark = f"left by {tmp_path}"  # its own: other tests run beside this one
    child = [sys.executable, "-c", "import time; time.sleep(1e6)", mark]
    start = f"import subprocess\nsubprocess.Popen({child}, start_new_session=True)"
    hand_in(tmp_path / "endless", 1, start, code)
    (graded,) = grade(tmp_path, CLASS, Limits(seconds=20.0), wall=wall)
    assert "it had not ended after 20 s" in whys(graded) and total(graded.marks) == 0
    assert not [p.pid for p in psutil.process_iter() if mark in arguments(p)]


def test_without_a_wall_a_change_of_files_ends_it_all(tmp_path: Path) -> None:
    folder = tmp_path / "handed-in"
    course = tmp_path / "class"
    make_data.write_key(course / "key" / "key.json", make_data.drawn("public"))
    (course / "data").mkdir()
    hand_in(folder / "a", 1, SPY.format(paths=[str(course / "key" / "key.json")]))
    with pytest.raises(SystemExit, match="a has changed files that are not its own"):
        list(grade(folder, course, LIMITS, wall=False))


# Cheating with sounds


def shuffled(y: np.ndarray, seconds: float, seed: int) -> np.ndarray:
    pieces = y[: len(y) // round(seconds * SR) * round(seconds * SR)].reshape(
        -1, round(seconds * SR)
    )
    found = pieces[np.random.default_rng(seed).permutation(len(pieces))].reshape(-1)
    return np.resize(found, HALF)


def held_out(y: np.ndarray, known: Known, seed: int) -> np.ndarray:
    return np.roll(known.mill[HALF:], 999 * seed)


TAKES: dict[str, tuple[Callable, str]] = {
    "the reference": (lambda y, k, s: y, "a copy: its samples"),
    "the reference, turned": (lambda y, k, s: np.roll(y, s % HALF), "a copy: its samples"),
    "what was held out": (held_out, "a copy: its samples"),
    "one for all seeds": (lambda y, k, s: matched_noise(y, SR, seed=1), "two seeds gave one sound"),
    "pieces": (lambda y, k, s: shuffled(y, 0.75, s), "a copy: its samples"),
    "small pieces": (lambda y, k, s: shuffled(k.mill, 0.1, s), "of its grains"),
    "tiny pieces": (lambda y, k, s: shuffled(k.mill, 0.05, s), "of its grains"),
    "pieces backwards": (lambda y, k, s: shuffled(y[::-1], 0.75, s), "a copy backwards"),
    "too short": (lambda y, k, s: matched_noise(y, SR, seconds=3.0, seed=s), "3.00 s where"),
    "another each time": (lambda y, k, s: matched_noise(y, SR, seed=None), "the same seed gave"),
    "silence": (lambda y, k, s: np.zeros(HALF), "a sound that is silent"),
    "no numbers": (lambda y, k, s: np.full(HALF, np.nan), "silent or not finite"),
    "no sound": (lambda y, k, s: "a texture", "'a texture' where a sound"),
}


@pytest.mark.parametrize("name", TAKES)
def test_copies_and_what_is_no_take_get_nothing(known: Known, name: str) -> None:
    how, says = TAKES[name]
    found = points(2, known, make=lambda y, sr, seed: how(y, known, seed))
    assert found["limits"][0] == 0 and says in found["limits"][1]
    assert found["better"] == (0, "the limits are not kept")


def test_a_draft_is_no_better_than_a_draft(known: Known) -> None:
    def make(y: np.ndarray, sr: int, seed: int) -> np.ndarray:
        return synthesize_texture(y, sr, quality="draft", seed=seed, progress=False).y

    found = points(2, known, make=make)
    assert found["limits"][0] == 1 and found["better"][0] == 0
    assert "of a draft's distance" in found["better"][1]


@pytest.mark.parametrize(("seconds", "got"), [(10.0, 1), (10.5, 0)])
def test_work_is_measured_from_outside(known: Known, seconds: float, got: int) -> None:
    def make(y: np.ndarray, sr: int, seed: int) -> np.ndarray:
        return matched_noise(y, sr, seed=seed)

    found = points(2, known, make=make, seconds=seconds)
    assert found["limits"][0] == got and found["better"][0] == 0


def test_invented_takes_of_the_engine_get_nothing(known: Known) -> None:
    firing = 1 / known.key["firings_per_second"]
    width = 1 + int(np.ceil(firing * SR / 256))
    noises = [matched_noise(known.engine, SR, seed=s) for s in range(3)]
    turned = [np.roll(known.engine, 5000 * s) for s in (1, 2, 3)]
    beats = [y + 0.3 * n for y, n in zip(turned, noises, strict=True)]
    for small, large, says in (
        (noises, turned, "three different sounds"),
        (noises, [noises[0]] * 3, "three different sounds"),
        (noises, noises[:2], "three different sounds"),
        (beats, beats, "where such filters make"),
        (noises, noises, f"width {width}: beat"),
    ):
        got, why = points(1, known, tried={width // 2: small, width: large})["knee"]
        assert got == 0 and says in why, why
    # What passes the notebook's check: any numbers that agree with one another.
    got, why = points(1, known, tried={width // 2: 0.1, width: 0.9})["knee"]
    assert got == 0


# Listeners


def heard(folder: Path, key: Mapping, others: set[str] | None = None) -> Answers:
    return answers(folder, key, set() if others is None else others)


def test_two_honest_listeners_are_enough(tmp_path: Path, known: Known) -> None:
    for i, session in enumerate(("0badcafe", "12345678")):
        listener(tmp_path / f"{i}.csv", session, known.key, seed=i)
    others: set[str] = set()
    found = heard(tmp_path, known.key, others)
    assert found.enough() == (1, "2 listeners, 24 answers to a question")
    assert found.agrees("not shown")[0] == 1 and found.agrees("heard")[0] == 0
    again = heard(tmp_path, known.key, others)
    assert not again.files and "somebody else handed it in" in again.refused[0]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"session": "simulated-3"}, "simulated"),
        ({"session": "me"}, "no such session"),
        ({"question": "Which is the recording? (mill)"}, "not of this class"),
        ({"trial": "1"}, "do not agree"),
        ({"correct": "1"}, "do not agree"),
        ({"truth": "Sound 1", "choice": "Sound 1", "correct": "1"}, "always in one place"),
        ({"plays": "0"}, "nobody listened"),
        ({"seconds": "5.0"}, "nobody listened"),
        ({"seconds": "soon"}, "no such numbers"),
        ({"correct": "yes"}, "no file of the listening lab"),
    ],
)
def test_files_that_the_lab_did_not_write(
    tmp_path: Path, known: Known, changed: dict[str, str], says: str
) -> None:
    listener(tmp_path / "a.csv", "0badcafe", known.key, **changed)
    found = heard(tmp_path, known.key)
    assert not found.files and says in found.refused[0]


def test_simulated_listeners_are_known_by_their_answers(tmp_path: Path, known: Known) -> None:
    for source in (CLASS / "listeners").glob("*.csv"):
        text = source.read_text("utf-8").replace(source.stem, "0badcafe")
        (tmp_path / source.name).write_text(text, "utf-8")
    found = heard(tmp_path, known.key)
    assert not found.files and all("simulated" in why for why in found.refused)


def test_a_file_twice_is_one_listener(tmp_path: Path, known: Known) -> None:
    for name, session in (("a", "0badcafe"), ("b", "12345678")):
        listener(tmp_path / f"{name}.csv", session, known.key, seed=1)
    assert "second copy" in heard(tmp_path, known.key).refused[0]


# Public solutions


@pytest.mark.parametrize("number", [1, 2])
def test_public_solutions_earn_nothing_under_any_name(tmp_path: Path, number: int) -> None:
    copy = instructor(SOLUTIONS[number])
    path = tmp_path / "mine.ipynb"
    for cell in copy.cells:
        if cell.cell_type == "code":
            for name in ("distances", "found", "curve", "rows", "takes", "quality", "noise"):
                cell.source = cell.source.replace(name, f"my_{name}")
    nbformat.write(copy, path)
    least = {2, 3, 4, 5, 6} if number == 1 else {1, 2, 3, 4, 5, 6}
    assert set(public_tasks(number, path)) == least
    marks = judged(number, {}, public_tasks(number, path)) if number == 2 else []
    assert total(marks) == 0


def test_what_is_given_or_short_is_nobody_s(tmp_path: Path) -> None:
    for number, notebook in SOLUTIONS.items():
        path = tmp_path / f"{number}_blank.ipynb"
        nbformat.write(notebook, path)  # its solutions are words, not cells
        assert public_tasks(number, path) == {}
        assert public_tasks(number, hand_in(tmp_path, number, HONEST[number])) == {}


def test_the_public_rule_does_not_know_another_class(known: Known) -> None:
    """Not even retyped: a class has kinds that it has never met."""
    space: dict[str, Any] = {"sr": SR}
    from exercises import exercises

    code = exercises(SOLUTIONS[1])[2].code
    exec(code[: code.index("kinds =")], space)
    other = Known(CLASS, "")
    other.key = make_data.drawn("another class")
    other.task = make_data.task(other.key)
    assert points(1, known, kind_of=space["kind_of"])["rule"][0] == 2
    assert points(1, other, kind_of=space["kind_of"])["rule"][0] == 0


# What is written


def test_all_points_are_in_the_table_and_nothing_runs_there(tmp_path: Path) -> None:
    nobody = Graded("=HYPERLINK(1)", [], ["<script>alert(1)</script>", "@x"])
    judges = {p.by: lambda: (0, "<b>no</b>") for p in PARTS}
    nobody.marks = [m for n in (1, 2) for m in judged(n, judges, {})]
    write_marks(tmp_path / "marks.csv", [nobody])
    (row,) = csv.DictReader((tmp_path / "marks.csv").read_text("utf-8").splitlines())
    assert row["student"] == "'=HYPERLINK(1)"
    assert (row["computed"], row["to give"], row["of"]) == ("0", "19", "40")
    assert sum(name.startswith("a") and "task" in name for name in row) == 12
    write_reports(tmp_path, [nobody, Graded("../../up", [])])
    assert {p.parent for p in tmp_path.rglob("*.html")} == {tmp_path}
    text = page(nobody)
    assert "<script>" not in text and "<b>" not in text
    assert text.count('class="open"') == sum(not part.by for part in PARTS)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in(tmp_path / "in" / "bo", 1, "words = 'none'")
    ways = [] if WALL else ["--no-wall"]
    main([str(tmp_path / "in"), "--to", str(tmp_path / "out"), *ways])
    said = capsys.readouterr().out
    assert "bo: 0 computed, 8 to give" in said
    assert "Left to you: 8 rows and texts of 1 words, at half a minute a row" in said
    assert (tmp_path / "out" / "marks.csv").is_file()
    assert (tmp_path / "out" / "001-bo.html").is_file()
    with pytest.raises(SystemExit, match="Expected a folder"):
        main([str(tmp_path / "nowhere"), *ways])


def test_without_a_wall_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="Nothing is graded: bubblewrap is not installed"):
        main([str(tmp_path)])
    broken = tmp_path / "bwrap"  # as where a system forbids namespaces
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create namespace' >&2; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(SystemExit, match="No permissions to create namespace"):
        main([str(tmp_path)])


def test_too_much_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.taken.MAX_FILE", 1000)
    hand_in(tmp_path / "in" / "bo", 1, "x = 1")
    (tmp_path / "in" / "bo" / "big").write_bytes(b"0" * 1001)
    (tmp_path / "in" / "bo" / "data").mkdir()
    (tmp_path / "in" / "bo" / "data" / "task.json").write_text("{}")
    (tmp_path / "copy").mkdir()
    found = take(tmp_path / "in", "bo", tmp_path / "copy")
    assert found.notes == ["big: left out, too much"]
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["1_mine.ipynb"]


@needs_wall
def test_python_may_lie_in_a_folder_that_the_wall_empties(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as prefix:
        (Path(prefix) / "here").write_text("seen")
        monkeypatch.setattr("sys.prefix", prefix)
        command = [*sandbox._wall({}, 1 << 30), "/bin/cat", f"{prefix}/here"]
        assert subprocess.run(command, capture_output=True, text=True).stdout == "seen"


@needs_wall
def test_the_wall(tmp_path: Path) -> None:
    """No network, no process but its own, and no way to raise its limits."""
    code = """
import os, resource, socket
try:
    socket.create_connection(("1.1.1.1", 53), 2); net = "network"
except OSError:
    net = "none"
try:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); more = "raised"
except (OSError, ValueError):
    more = "none"
alone = sum(name.isdigit() for name in os.listdir("/proc"))
"""
    hand_in(tmp_path / "in", 1, code)
    with running(tmp_path / "in", "1_mine.ipynb", CLASS / "data", tmp_path, LIMITS) as run:
        found = run.values("net", "more", "alone")
        assert found["net"] == found["more"] == "none" and found["alone"] <= 3, found
        with pytest.raises(Refused, match="KeyError"):
            run.call("make")
