"""Every verb of the command: what comes out, in which rate, channels and depth; what is said."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from audiostyle_lib import load_audio, load_generator
from audiostyle_lib.commands import main as cli
from audiostyle_lib.musical import timbre_distance
from audiostyle_lib.sounds import crackle, harmonic_note, rain

SR = 22050
DRAFT = ["--quality", "draft", "--filters", "8"]
QUICK = [*DRAFT, "--quiet"]
COMMAND = [sys.executable, "-m", "audiostyle_lib"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Stereo at 44,100 Hz in 24 bits, as a recorder makes it."""
    Y = np.stack([rain(seconds=1.0, sr=44100, seed=s) for s in range(2)])
    sf.write(tmp_path / "in.wav", Y.T, 44100, "PCM_24")
    return tmp_path / "in.wav"


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    sf.write(tmp_path / "rain.wav", rain(seconds=1.0), SR)
    sf.write(tmp_path / "fire.wav", np.stack([crackle(seconds=1.5, sr=16000)] * 2, 1), 16000)
    return [str(tmp_path / name) for name in ("rain.wav", "fire.wav", "out.wav")]


def said(capsys: pytest.CaptureFixture) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("out", "options", "expected", "changed"),
    [
        ("out.wav", [], ("WAV", "PCM_24", 44100, 2), []),
        ("out.flac", [], ("FLAC", "PCM_24", 44100, 2), []),
        ("out.wav", ["--bits", "16"], ("WAV", "PCM_16", 44100, 2), []),
        ("out.aiff", ["--bits", "32f"], ("AIFF", "FLOAT", 44100, 2), []),
        ("out.wav", ["--mono"], ("WAV", "PCM_24", 44100, 1), ["2 channels made one"]),
        ("out.wav", ["--sr", "48000"], ("WAV", "PCM_24", 48000, 2), ["44,100 Hz resampled"]),
        ("out.opus", [], ("OGG", "OPUS", 48000, 2), ["44,100 Hz resampled to 48,000 Hz"]),
        ("out.mp3", [], ("MP3", "MPEG_LAYER_III", 44100, 2), []),
        ("out.ogg", [], ("OGG", "VORBIS", 44100, 2), []),
    ],
)
def test_as_recorded(tmp_path, source, capsys, out, options, expected, changed) -> None:
    """Unless asked otherwise; what the format cannot hold is changed, and said."""
    target = tmp_path / out
    assert cli.main(["texture", str(source), str(target), *DRAFT, "--json", *options]) == 0
    info = sf.info(target)
    assert (info.format, info.subtype, info.samplerate, info.channels) == expected
    (row,) = said(capsys)
    words = " ".join(row["changes"])
    assert all(change in words for change in changed) and bool(changed) == bool(words)
    assert row["sr"] == expected[2] and row["channels"] == expected[3]
    assert row["lufs"] == pytest.approx(row["lufs_of_recording"], abs=1.0)
    assert abs(sf.read(target)[0]).max() > 0.01


def test_floats_that_a_format_has_not_are_said(tmp_path, capsys) -> None:
    sf.write(tmp_path / "in.wav", rain(seconds=1.0), SR, "FLOAT")
    files = [str(tmp_path / name) for name in ("in.wav", "out.flac")]
    assert cli.main(["texture", *files, *DRAFT]) == 0
    assert "(32-bit floats made 24 bits)" in capsys.readouterr().out
    assert sf.info(files[1]).subtype == "PCM_24"


def test_takes(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture) -> None:
    """Numbered, each from a seed of its own, which makes it again; checked before the work."""
    out = str(tmp_path / "out.wav")
    assert cli.main(["texture", str(source), out, *DRAFT, "--json", "--takes", "3"]) == 0
    rows = said(capsys)
    assert [Path(r["output"]).name for r in rows] == [f"out-{k}.wav" for k in (1, 2, 3)]
    sounds = [sf.read(r["output"])[0] for r in rows]
    assert len({s.tobytes() for s in sounds}) == 3
    again = ["--seed", str(rows[1]["seed"])]
    assert cli.main(["texture", str(source), out, *QUICK, *again]) == 0
    assert np.array_equal(sf.read(out)[0], sounds[1])
    (tmp_path / "out-2.wav").unlink()
    (tmp_path / "out-2.wav").mkdir()
    (tmp_path / "out-1.wav").unlink()
    assert cli.main(["texture", str(source), out, *QUICK, "--takes", "3"]) == 2
    assert not (tmp_path / "out-1.wav").exists()
    assert cli.main(["texture", str(source), out, *QUICK, "--takes", "0"]) == 2


def test_a_loop(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture) -> None:
    """Neither fades nor a jump; a sampler finds it marked."""
    out = tmp_path / "out.wav"
    options = ["--loop", "--seconds", "1.3", *DRAFT]
    assert cli.main(["texture", str(source), str(out), *options]) == 0
    assert "a loop" in capsys.readouterr().out
    y, sr = sf.read(out)
    assert len(y) == round(1.3 * sr) and b"smpl" in out.read_bytes()
    assert np.abs(y[[0, -1]]).max() > 1e-3
    assert cli.main(["texture", str(source), str(out), "--loop", "--keep-trend", *QUICK]) == 2


def test_mix(tmp_path: Path, pair: list[str], capsys: pytest.CaptureFixture) -> None:
    """Nearer to the one with the larger share; other rates and channels are converted, and said."""
    far = []
    for weights in (["1", "0"], ["0", "1"]):
        assert cli.main(["mix", *pair, *DRAFT, "--json", "--mono", "--weights", *weights]) == 0
        (row,) = said(capsys)
        assert "fire.wav: 2 channels made one, 16,000 Hz resampled to 22,050 Hz" in str(row)
        far.append(timbre_distance(rain(seconds=1.0), sf.read(pair[2], dtype="float32")[0], SR))
    assert far[0] < 0.5 * far[1]
    assert cli.main(["mix", *pair, *DRAFT, "--json", "--loop", "--seconds", "1"]) == 0
    (row,) = said(capsys)
    assert row["channels"] == 2 and row["loop"]
    for wrong in (["--weights", "1"], ["--weights", "0", "0"], ["--weights", "-1", "1"]):
        assert cli.main(["mix", *pair, *QUICK, *wrong]) == 2
    assert cli.main(["mix", pair[0], pair[2], *QUICK]) == 2


def test_other_channels_are_made_one(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for n in (2, 3):
        Y = np.stack([rain(seconds=1.0, seed=s) for s in range(n)], axis=1)
        sf.write(tmp_path / f"{n}.wav", Y, SR)
    files = [str(tmp_path / name) for name in ("2.wav", "3.wav", "out.wav")]
    assert cli.main(["mix", *files, *DRAFT]) == 0
    assert "3 channels made one, since others have 2" in capsys.readouterr().out
    assert sf.info(files[2]).channels == 2


def test_morph(tmp_path: Path, pair: list[str]) -> None:
    """It begins like the first, and ends like the last."""
    assert cli.main(["morph", *pair, *QUICK, "--mono", "--seconds", "4"]) == 0
    y = sf.read(pair[2], dtype="float32")[0]
    first, last = y[:SR], y[3 * SR :]
    like = rain(seconds=1.0)
    assert timbre_distance(like, first, SR) < 0.7 * timbre_distance(like, last, SR)
    with pytest.raises(SystemExit):
        cli.main(["morph", *pair, "--loop"])


def test_stream_to_a_pipe(source: Path) -> None:
    """WAV of unknown length, or raw samples; as long as was asked for, or until nobody reads."""
    stream = [*COMMAND, "stream", str(source), "-", *QUICK]
    done = subprocess.run([*stream, "--seconds", "1.2"], capture_output=True, check=True)
    assert done.stderr == b"" and done.stdout[:4] == b"RIFF"
    y, sr = load_audio(io.BytesIO(done.stdout), sr=None, mono=False)
    assert y.shape == (2, round(1.2 * 44100)) and sr == 44100
    raw = subprocess.run(
        [*stream, "--seconds", "1.2", "--raw", "--bits", "16"], capture_output=True, check=True
    ).stdout
    whole = np.frombuffer(raw, "<i2").reshape(-1, 2).T / 32768
    assert np.abs(whole - y).max() < 2 / 32768
    with subprocess.Popen(stream, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        assert len(running.stdout.read(200_000)) == 200_000
        running.stdout.close()
        assert running.stderr.read() == b"" and running.wait() == 0


def test_stream_refuses(source: Path, capsys: pytest.CaptureFixture) -> None:
    for wrong, words in (
        (["out.wav"], "expects - for standard output"),
        (["-", "--seconds", "0"], "seconds is 0"),
        (["-", "--quality", "superb"], "quality is 'superb'"),
    ):
        assert cli.main(["stream", str(source), *wrong]) == 2
        assert words in capsys.readouterr().err


def test_playing_needs_an_extra(source, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert cli.main(["stream", str(source), "--play"]) == 2
    assert "audiostyle[play]" in capsys.readouterr().err


def test_play(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loudspeaker that only listens."""
    heard = []

    class Out:
        PortAudioError = OSError

        def __init__(self, sr: int, **options: object) -> None:
            heard.append((sr, options))

        def __enter__(self) -> Out:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, block: np.ndarray) -> None:
            heard.append(block)

    out = type(sys)("sounddevice")
    out.OutputStream, out.PortAudioError = Out, OSError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", out)
    assert cli.main(["stream", str(source), "--play", "--seconds", "0.7", *QUICK]) == 0
    assert heard[0] == (44100, {"channels": 2, "dtype": "float32"})
    assert np.concatenate(heard[1:]).shape == (round(0.7 * 44100), 2)


def test_train_and_synthesize(tmp_path, source, capsys, monkeypatch) -> None:
    """What is loaded makes the same sound as what was saved; as long as is wanted, and loops."""
    from audiostyle_lib import training

    usual = training.train_generator
    monkeypatch.setattr(
        "audiostyle_lib.training.train_generator",
        lambda *a, **k: usual(*a, **k, channel_steps=5, sound_steps=1),
    )
    kept, out = str(tmp_path / "rain.safetensors"), str(tmp_path / "out.wav")
    assert cli.main(["train", str(source), kept, *QUICK]) == 0
    assert cli.main(["synthesize", kept, out, "--seconds", "1.5", "--seed", "3", "--quiet"]) == 0
    y, sr = sf.read(out, dtype="float32")
    assert y.shape == (round(1.5 * 44100), 2) and sr == 44100
    made = load_generator(kept).synthesize(1.5, 3)
    assert np.abs(made.T - y).max() < 1 / 30000
    options = ["--loop", "--takes", "2", "--seconds", "1.1", "--json"]
    capsys.readouterr()
    assert cli.main(["synthesize", kept, out, *options]) == 0
    assert [r["loop"] for r in said(capsys)] == [True, True]
    assert cli.main(["train", str(source), kept, *QUICK]) == 0  # a result is replaced, as others
    assert np.array_equal(load_generator(kept).synthesize(1.5, 3), made)
    (tmp_path / "text.safetensors").write_text("no generator")
    for wrong in (str(source), str(tmp_path / "text.safetensors"), str(tmp_path / "absent")):
        assert cli.main(["synthesize", wrong, out]) == 2
    assert cli.main(["train", str(source), str(tmp_path / "rain.wav"), *QUICK]) == 2


def test_report(pair: list[str], capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["report", pair[0], pair[0], "--json"]) == 0
    (scores,) = said(capsys)
    assert scores["auditory"] == pytest.approx(0, abs=1e-6) and scores["copy"] > 0.99
    assert cli.main(["report", pair[0], pair[1], "--mono"]) == 0
    out, err = capsys.readouterr()
    assert any(line.split()[0] == "auditory" for line in out.splitlines())
    assert "fire.wav: 2 channels made one" in err
    assert cli.main(["report", pair[0], pair[1]]) == 2
    assert "--mono" in capsys.readouterr().err


def test_find(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A steady stretch in an unsteady recording; what is printed can be passed on."""
    parts = [harmonic_note(f, am_rate=r, seconds=2.0) for f, r in ((220, 3), (880, 1), (440, 7))]
    y = np.concatenate([*parts, 0.5 * rain(seconds=4.0)])
    sf.write(tmp_path / "long.flac", y, SR)
    find = ["find", str(tmp_path / "long.flac"), "--seconds", "3", "--n", "2"]
    assert cli.main(find) == 0
    line = capsys.readouterr().out.splitlines()[0].split()
    part = line[:4]
    assert part[0] == "--start" and float(part[1]) >= 5.5 and "realism" in line
    files = [str(tmp_path / name) for name in ("long.flac", "out.wav")]
    assert cli.main(["texture", *files, *QUICK, *part]) == 0
    assert sf.info(files[1]).frames == 3 * SR
    assert cli.main([*find, "--json", "--start", "6"]) == 0
    rows = said(capsys)
    assert rows[0]["start"] >= 6 and rows[0]["realism"]["rating"] > 1
    for wrong in (["--seconds", "0.5"], ["--n", "0"]):
        assert cli.main(["find", find[1], *wrong]) == 2


@pytest.mark.parametrize("name", ["with space.wav", "ü — ☂.wav", "-leading.wav"])
def test_names(tmp_path: Path, source: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.rename(source, name)
    assert cli.main(["texture", *QUICK, "--", name, f"{name}.flac"]) == 0
    assert sf.info(f"{name}.flac").frames == 44100


def test_pipes_are_read(tmp_path: Path, source: Path) -> None:
    """Standard input, and a pipe with a name, as the shell's <(...) is."""
    out = tmp_path / "out.wav"
    done = subprocess.run(
        [*COMMAND, "texture", "-", str(out), *QUICK], input=source.read_bytes(), capture_output=True
    )
    assert done.returncode == 0 and sf.info(out).channels == 2
    before = out.read_bytes()
    out.unlink()
    shell = (
        f"{sys.executable} -m audiostyle_lib texture <(cat '{source}') '{out}' {' '.join(QUICK)}"
    )
    subprocess.run(["bash", "-c", shell], check=True)
    assert out.read_bytes() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("verb", ["texture", "mix", "train"])
def test_stopping_leaves_files_as_they_were(tmp_path, source, how, verb) -> None:
    """At any moment: here while it works, which is known by the bar."""
    out = tmp_path / ("out.safetensors" if verb == "train" else "out.wav")
    out.write_bytes(b"what was there")
    inputs = [str(source)] * (2 if verb == "mix" else 1)
    with subprocess.Popen(
        [*COMMAND, verb, *inputs, str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if k != "TQDM_DISABLE"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # also in the background
    ) as running:
        assert running.stderr is not None
        seen = running.stderr.read(1)  # its first word about the work
        running.send_signal(how)
        rest = (seen + running.stderr.read()).decode(errors="replace")
        status = running.wait()
    if status == 0:  # it was faster than the signal
        assert out.read_bytes() != b"what was there"
        return
    assert out.read_bytes() == b"what was there"
    assert status == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
    assert how == signal.SIGKILL or "nothing written" in rest
    assert sorted(os.listdir(tmp_path)) == sorted(["in.wav", out.name])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("verb", ["stream", "report", "find"])
def test_a_full_disk_behind_standard_output(source: Path, verb: str) -> None:
    inputs = {"stream": [source, "-", "--seconds", "1"], "report": [source, source]}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, verb, *map(str, inputs.get(verb, [source])), "--quiet"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    said = "audiostyle: standard output cannot be written: No space left on device"
    assert done.stderr.splitlines()[-1] == said and "Traceback" not in done.stderr


def test_every_verb_shows_an_example(capsys: pytest.CaptureFixture) -> None:
    for verb in ("texture", "transfer", "mix", "morph", "stream", "train", "synthesize", "report",
                 "find", "batch"):  # fmt: skip
        with pytest.raises(SystemExit) as stopped:
            cli.main([verb, "--help"])
        assert stopped.value.code == 0
        assert f"example: audiostyle {verb} " in " ".join(capsys.readouterr().out.split())
