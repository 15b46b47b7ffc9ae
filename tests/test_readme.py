"""What the README shows works as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import soundfile as sf

from audiostyle_lib.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def with_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the examples' files, as the current one."""
    y, sr = sf.read(ROOT / "audiostyle_lib/data/sounds/glass_rub.flac")
    for name in ("in.wav", "content.wav"):
        sf.write(tmp_path / name, y, sr)
    style, sr = sf.read(ROOT / "audiostyle_lib/data/sounds/choir.flac")
    sf.write(tmp_path / "style.wav", style, sr)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_examples(with_a_recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(examples) == 2
    for example in examples:
        exec(example, {})
    assert "copy" in capsys.readouterr().out


@pytest.mark.parametrize(("command", "seconds"), [("texture", 20), ("transfer", 3.15)])
def test_command(with_a_recording: Path, command: str, seconds: float) -> None:
    (line,) = re.findall(rf"^audiostyle {command} .*$", README, re.M)
    assert main(shlex.split(line)[1:]) in (None, 0)
    info = sf.info(with_a_recording / "out.wav")
    assert info.duration == pytest.approx(seconds, abs=0.01)


def test_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = set(re.findall(r"\bmake (\w+)  |`make (\w+)`", README))
    assert {a or b for a, b in named} <= targets and named
