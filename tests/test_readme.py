"""What the README shows works as it stands."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from inspect import unwrap
from pathlib import Path

import pytest
import soundfile as sf

from audiostyle_lib import synthesize_texture, train_generator
from audiostyle_lib.commands.main import main
from audiostyle_lib.quality import QUALITIES
from audiostyle_lib.sounds import rain
from audiostyle_lib.statistics import FRAME_STATISTICS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def with_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the examples' files, as the current one.

    The recording is short, and optimisers take two steps where they would take hundreds: all else
    is as for a reader. Other tests say how good it becomes.
    """
    y, sr = sf.read(ROOT / "audiostyle_lib/data/sounds/glass_rub.flac")
    for name in ("in.wav", "rain.wav", "song.wav"):
        sf.write(tmp_path / name, y[: 3 * sr // 2], sr)
    style, sr = sf.read(ROOT / "audiostyle_lib/data/sounds/choir.flac")
    for name in ("style.wav", "fire.wav"):
        sf.write(tmp_path / name, style, sr)
    monkeypatch.chdir(tmp_path)
    few = {"n_steps": 2, "n_refine": 2}
    monkeypatch.setitem(QUALITIES, "standard", replace(QUALITIES["standard"], **few))
    for name in ("channel_steps", "sound_steps"):
        monkeypatch.setitem(unwrap(train_generator).__kwdefaults__, name, 2)
    return tmp_path


def test_python_examples(with_a_recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(examples) == 2
    for example in examples:
        exec(example, {})
    assert "copy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "out", "seconds"),
    [("texture", "more-rain.wav", 60), ("transfer", "out.wav", 1.5), ("mix", "between.wav", None)],
)
def test_command(with_a_recording: Path, command: str, out: str, seconds: float | None) -> None:
    line = re.findall(rf"^audiostyle {command} .*$", README, re.M)[0]
    assert main(shlex.split(line, comments=True)[1:]) in (None, 0)
    made = sf.info(with_a_recording / out)
    assert seconds is None or made.duration == pytest.approx(seconds, abs=0.01)


def test_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = set(re.findall(r"\bmake (\w+)  |`make (\w+)`", README))
    assert {a or b for a, b in named} <= targets and named


def test_the_recipe_for_a_statistic() -> None:
    """What CONTRIBUTING shows is one class with a name, and it is heard of."""
    (recipe,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.S
    )
    here = {"rain": rain(seconds=1.0)}
    try:
        exec(recipe, here)
        plain = synthesize_texture(here["rain"], 22050, progress=False).y
    finally:
        FRAME_STATISTICS.pop("mean", None)
    assert here["y"].shape == plain.shape and abs(here["y"] - plain).max() > 0.01
