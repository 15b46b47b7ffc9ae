"""The command: files in and out, exit status, one line for every error, nothing half-written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from audiostyle_lib import __version__, expected_realism, progress
from audiostyle_lib.commands import main as cli
from audiostyle_lib.musical import timbre_distance
from audiostyle_lib.sounds import harmonic_note, rain

SR = 22050
QUICK = ["--filters", "4", "--quiet"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.wav"
    sf.write(path, rain(seconds=1.0), SR)
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    sf.write(source, rain(seconds=1.0), SR)
    assert cli.main(["texture", str(source), str(target), "--seconds", "1.5", *QUICK]) == 0
    info = sf.info(target)
    assert info.frames == round(1.5 * SR) and info.samplerate == SR
    assert sf.read(target)[0].std() > 0.001


def test_length_is_that_of_the_input_by_default(tmp_path: Path, source: Path) -> None:
    assert cli.main(["texture", str(source), str(tmp_path / "out.wav"), *QUICK]) == 0
    assert sf.info(tmp_path / "out.wav").frames == SR


def test_rate_and_channels_are_those_of_the_input(tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("in.wav", "out.wav")]
    wide = np.stack([rain(seconds=1.0, sr=48000, seed=s) for s in range(3)], axis=1)
    sf.write(files[0], wide, 48000)
    assert cli.main(["texture", *files, "--quality", "draft", *QUICK]) == 0
    assert (sf.info(files[1]).channels, sf.info(files[1]).samplerate) == (3, 48000)


def test_a_part_of_a_recording(tmp_path: Path) -> None:
    """The part is all there is: its length, and its sound."""
    y = np.concatenate([rain(seconds=1.0), harmonic_note(220.0, seconds=1.5)])
    files = [str(tmp_path / name) for name in ("in.wav", "out.wav")]
    sf.write(files[0], y, SR)
    part = ["--start", "1.0", "--end", "2.0", "--quality", "draft"]
    assert cli.main(["texture", *files, *part, *QUICK]) == 0
    made = sf.read(files[1], dtype="float32")[0]
    assert len(made) == SR
    note, noise = harmonic_note(220.0, seconds=1.0), rain(seconds=1.0)
    assert timbre_distance(note, made, SR) < 0.3 * timbre_distance(noise, made, SR)


def test_rate(tmp_path: Path, source: Path) -> None:
    assert cli.main(["texture", str(source), str(tmp_path / "o.wav"), "--sr", "16000", *QUICK]) == 0
    assert sf.info(tmp_path / "o.wav").samplerate == 16000


def test_seeds(tmp_path: Path, source: Path) -> None:
    made = []
    for i, seed in enumerate(["0", "0", "1"]):
        target = tmp_path / f"{i}.wav"
        assert cli.main(["texture", str(source), str(target), "--seed", seed, *QUICK]) == 0
        made.append(target.read_bytes())
    assert made[0] == made[1] != made[2]


def test_report_and_bar(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    assert cli.main(["texture", str(source), str(tmp_path / "out.wav"), "--filters", "4"]) == 0
    out, err = capsys.readouterr()
    assert "1.00 s at 22050 Hz, 16 bits, -" in out and "made in" in out and "texture" in err
    assert cli.main(["texture", str(source), str(tmp_path / "out.wav"), *QUICK]) == 0
    assert capsys.readouterr() == ("", "")


def test_expected_realism(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of the report; a note where tones fool it; nothing of less than a second."""
    monkeypatch.setenv("TQDM_DISABLE", "1")
    sf.write(tmp_path / "tones.wav", harmonic_note(220.0, seconds=1.5), SR)
    sf.write(tmp_path / "brief.wav", rain(seconds=0.9), SR)
    said = {}
    for name in ("in.wav", "tones.wav", "brief.wav"):
        files = [str(tmp_path / name), str(tmp_path / "out.wav")]
        assert cli.main(["texture", *files, "--filters", "4", "--quality", "draft"]) == 0
        said[name] = capsys.readouterr()
        assert "made in" in said[name].out.splitlines()[0]
    found = expected_realism(sf.read(source, dtype="float32")[0], SR)
    line = f"expected realism: {found.figures}, as listeners rated another method's results"
    assert said["in.wav"].out.splitlines()[1].startswith(line) and said["in.wav"].err == ""
    assert "expected realism: " in said["tones.wav"].out
    assert said["tones.wav"].err.startswith("audiostyle: note: ")
    assert "tones.wav: most of it is steady tones" in said["tones.wav"].err
    assert said["tones.wav"].err.count("\n") == 1
    assert said["brief.wav"].out.count("\n") == 1 and said["brief.wav"].err == ""


def test_expected_realism_costs_no_refusal_and_no_quiet(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "audiostyle_lib.realism.expected_realism", lambda *_: pytest.fail("in vain")
    )
    files = [str(source), str(tmp_path / "out.wav")]
    assert cli.main(["texture", *files, *QUICK]) == 0
    for wrong in ("--filters=0", "--seconds=-1", "--seed=-1"):
        assert cli.main(["texture", *files, wrong]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"in": "absent.wav"}, "no such file"),
        ({"in": "text.wav"}, "cannot be read as sound"),
        ({"in": "silent.wav"}, "silent"),
        ({"in": "short.wav"}, "expected at least"),
        ({"out": "out.xyz"}, "no sound is written with the suffix"),
        ({"out": "in.wav"}, "is an input too"),
        ({"out": "out.mp3", "--sr": "96000"}, "cannot hold 96,000 Hz"),
        ({"in": "constant.wav"}, "silent"),
        ({"out": "absent/out.wav"}, "there is no folder"),
        ({"out": "folder.wav"}, "is a folder"),
        ({"--seconds": "0"}, "seconds is 0"),
        ({"--seconds": "-1"}, "seconds is -1"),
        ({"--seconds": "nan"}, "seconds is nan"),
        ({"--seconds": "1e9"}, "expected at most"),
        ({"--start": "-1"}, "start is -1"),
        ({"--start": "0.5", "--end": "0.5"}, "expected"),
        ({"--start": "1.5"}, "start is 1.5"),
        ({"--filters": "0"}, "filters is 0"),
        ({"--quality": "superb"}, "quality is 'superb'"),
        ({"--sr": "7"}, "sr is 7"),
        ({"--device": "abacus"}, "device is 'abacus'"),
        ({"--device": "meta"}, "device is 'meta'"),
        ({"--seed": str(2**64)}, "seed is 18446744073709551616"),
        ({"--seed": "-1"}, "seed is -1"),
    ],
)
def test_errors(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture, change: dict, message: str
) -> None:
    (tmp_path / "text.wav").write_text("not a sound")
    sf.write(tmp_path / "silent.wav", 0 * rain(seconds=1.0), SR)
    sf.write(tmp_path / "constant.wav", 0 * rain(seconds=1.0) + 0.004, SR)
    sf.write(tmp_path / "short.wav", rain(seconds=0.05), SR)
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "out.wav").write_bytes(b"what was there")
    before = sorted(os.listdir(tmp_path))
    options = {"in": "in.wav", "out": "out.wav", "--filters": "4"} | change
    files = [str(tmp_path / options.pop("in")), str(tmp_path / options.pop("out"))]
    rest = [f"{name}={value}" for name, value in options.items()]

    assert cli.main(["texture", *files, *rest]) == 2
    out, err = capsys.readouterr()
    notes, line = err[: -len(err.splitlines(True)[-1])], err.splitlines()[-1]
    assert out == "" and line.startswith("audiostyle: ") and message in line
    assert all(note.startswith("audiostyle: note: ") for note in notes.splitlines())
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "out.wav").read_bytes() == b"what was there"


def test_what_is_refused_is_refused_before_the_engine_is_loaded(
    tmp_path: Path, source: Path
) -> None:
    """PyTorch and what stands on it take longer to load than all else of a refusal takes."""
    sf.write(tmp_path / "silent.wav", 0 * rain(seconds=1.0), SR)
    sf.write(tmp_path / "short.wav", rain(seconds=0.05), SR)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.safetensors").write_text("no tensors")
    sound, out = str(source), str(tmp_path / "out.wav")
    absent, short, silent = (str(tmp_path / f"{n}.wav") for n in ("absent", "short", "silent"))
    kept, none = (str(tmp_path / f"{name}.safetensors") for name in ("text", "none"))
    wrong = [
        ["--seconds=-1"],
        ["--seconds=1e9"],
        ["--filters=0"],
        ["--quality=superb"],
        ["--seed=-1"],
    ]
    calls = [
        *(["texture", file, out] for file in (absent, short, silent)),
        *(["texture", sound, out, *word] for word in [*wrong, ["--takes=0"], ["--sr=7"]]),
        *(["texture", sound, str(tmp_path / name)] for name in ("out.xyz", "none/out.wav")),
        *(["stream", sound, *word] for word in wrong if word != ["--seconds=1e9"]),  # it may
        *(["mix", sound, *more] for more in ([out], [absent, out], [sound, out, "--weights=0"])),
        ["mix", sound, sound, out, "--weights", "0", "0"],
        *(["morph", sound, sound, out, *word] for word in wrong),
        *(["transfer", *files, out] for files in ([sound, absent], [silent, sound])),
        *(["transfer", sound, sound, out, w] for w in ("--style-weight=2", "--begin=nowhere")),
        *(["train", sound, kept, *word] for word in [w for w in wrong if "conds" not in w[0]]),
        *(["train", *files] for files in ([absent, none], [sound, out])),
        *(["synthesize", file, out] for file in (kept, none, sound)),
        ["report", sound, absent],
        ["find", absent],
        *(["batch", str(tmp_path / name), out] for name in ("empty", "absent")),
        *(
            ["batch", str(tmp_path), str(tmp_path.parent / "other"), *word]
            for word in wrong
            if "filt" not in word[0]
        ),
    ]
    code = (
        "import json, sys; from audiostyle_lib.commands.main import main\n"
        "for call in json.loads(sys.argv[1]):\n"
        "    assert main(call) == 2, call\n"
        "    assert 'torch' not in sys.modules, call"
    )
    call = [sys.executable, "-c", code, json.dumps(calls)]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("audiostyle: ") == len(calls) and not (tmp_path / "out.wav").exists()


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    """A content and a style, of other length, rate and number of channels."""
    note = harmonic_note(220.0, am_rate=4.0, seconds=1.0)
    sf.write(tmp_path / "content.wav", note, SR)
    sf.write(tmp_path / "style.wav", np.stack([rain(seconds=1.5, sr=16000)] * 2, 1), 16000)
    return [str(tmp_path / name) for name in ("content.wav", "style.wav", "out.wav")]


def test_transfer(tmp_path: Path, pair: list[str], capsys: pytest.CaptureFixture) -> None:
    colours = []
    for weight in ("0", "1"):
        assert cli.main(["transfer", *pair, "--style-weight", weight]) == 0
        out = capsys.readouterr().out
        assert "1.00 s at 22050 Hz, 2 channels, 16 bits, -" in out
        assert re.search(r"^expected realism of the style: [45]\.\d of 7", out, re.M)  # note: 2.5
        made, sr = sf.read(pair[-1], dtype="float32")
        assert made.shape == (SR, 2) and sr == SR and np.array_equal(*made.T)
        colours.append(timbre_distance(made[:, 0], harmonic_note(220.0), SR))
    assert colours[0] < 0.3 * colours[1]
    assert cli.main(["transfer", *pair, "--begin", "noise", "--quiet", "--seed", "3"]) == 0
    assert capsys.readouterr().out == ""
    assert cli.main(["transfer", *pair, "--mono", "--quiet"]) == 0
    assert sf.info(pair[-1]).channels == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: "absent.wav"}, "no such file"),
        ({1: "absent.wav"}, "no such file"),
        ({1: "silent.wav"}, "silent.wav is silent"),
        ({0: "short.wav"}, "short.wav lasts 0.050 s"),
        ({2: "out.xyz"}, "no sound is written with the suffix"),
        ({2: "style.wav"}, "is an input too"),
        ({"--style-weight": "-0.1"}, "style_weight is -0.1"),
        ({"--style-weight": "nan"}, "style_weight is nan"),
        ({"--begin": "middle"}, "begin is 'middle'"),
        ({"--seed": "-1"}, "seed is -1"),
    ],
)
def test_transfer_errors(
    tmp_path: Path, pair: list[str], capsys: pytest.CaptureFixture, change: dict, message: str
) -> None:
    sf.write(tmp_path / "silent.wav", 0 * rain(seconds=1.0), SR)
    sf.write(tmp_path / "short.wav", rain(seconds=0.05), SR)
    before = sorted(os.listdir(tmp_path))
    files = [str(tmp_path / change[i]) if i in change else pair[i] for i in range(3)]
    rest = [f"{name}={value}" for name, value in change.items() if isinstance(name, str)]
    assert cli.main(["transfer", *files, *rest]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("audiostyle: ") and err.count("\n") == 1
    assert message in err and sorted(os.listdir(tmp_path)) == before


def test_a_bad_target_fails_before_the_work(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "audiostyle_lib.texture.synthesize_texture", lambda *_, **__: pytest.fail("in vain")
    )
    for target in ("out.xyz", "in.wav"):
        assert cli.main(["texture", str(source), str(tmp_path / target)]) == 2


def test_an_input_may_be_replaced_where_that_is_said(source: Path) -> None:
    before = source.read_bytes()
    assert cli.main(["texture", str(source), str(source), *QUICK]) == 2
    assert source.read_bytes() == before
    assert cli.main(["texture", str(source), str(source), "--overwrite", *QUICK]) == 0
    assert source.read_bytes() != before and sf.info(source).frames == SR


def test_what_was_changed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """What was asked for in the report; what was not, even where no report is wanted."""
    y = rain(seconds=1.0, sr=44100)
    sf.write(tmp_path / "in.wav", np.stack([y, -y], axis=1) / 2 + 0.2, 44100)
    files = [str(tmp_path / name) for name in ("in.wav", "out.wav")]
    for more in (["--filters", "4"], QUICK):
        assert cli.main(["texture", *files, "--mono", "--sr", "22050", *more]) == 0
        out, err = capsys.readouterr()
        notes = [line for line in err.splitlines() if line.startswith("audiostyle: note: ")]
        assert len(notes) == 2 and "offset of 0.2" in notes[0] and "cancel" in notes[1]
        said = "in.wav: 2 channels made one, 44,100 Hz resampled to 22,050 Hz)"
        assert (said in out) == (more is not QUICK)
    assert sf.read(files[1])[0].std() > 0.01


def test_names_that_are_no_text(tmp_path: Path, source: Path) -> None:
    """In a process of its own, as a terminal has them: one line, no trace of Python."""
    strange = os.fsencode(tmp_path) + b"/\xff.wav"
    command = [sys.executable, "-m", "audiostyle_lib", "texture"]
    quick = ["--filters", "4", "--quality", "draft"]
    absent = subprocess.run([*command, strange, "out.wav"], capture_output=True)
    assert absent.returncode == 2 and absent.stderr.count(b"\n") == 1
    assert b"no such file" in absent.stderr
    done = subprocess.run([*command, str(source), strange, *quick], capture_output=True)
    assert done.returncode == 0 and b"1.00 s at 22050 Hz" in done.stdout
    assert os.path.exists(strange)
    long = subprocess.run([*command, "n" * 256 + ".wav", "out.wav"], capture_output=True)
    assert long.returncode == 2 and long.stderr.count(b"\n") == 1


def test_interruption(
    tmp_path: Path,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("audiostyle_lib.texture.synthesize_texture", interrupt)
    assert cli.main(["texture", str(source), str(tmp_path / "out.wav")]) == 130
    assert "nothing written" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["in.wav"]


def test_interruption_while_importing(tmp_path: Path, source: Path) -> None:
    """What takes a second is imported where Ctrl-C is waited for: one line, status 130."""
    code = """
import builtins, sys
from audiostyle_lib.commands import main as cli
usual = builtins.__import__
def imported(name, *rest, **more):
    if name.split(".")[0] in ("torch", "librosa", "numpy", "scipy", "soundfile"):
        raise KeyboardInterrupt
    return usual(name, *rest, **more)
builtins.__import__ = imported
sys.exit(cli.main(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "texture", str(source), str(tmp_path / "out.wav")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 130
    assert done.stderr == "audiostyle: interrupted, nothing written\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["texture"], ["texture", "a.wav", "b.wav", "--huh"], ["transfer", "a.wav", "b.wav"]],
)
def test_usage_errors(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2


def test_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "audiostyle_lib", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"audiostyle {__version__}" and done.stderr == ""
