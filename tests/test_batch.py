"""A folder of textures: the same whatever is interrupted and however many work; nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from threading import Event
from zlib import crc32

import numpy as np
import psutil
import pytest
import soundfile as sf

from audiostyle_lib import texture_report
from audiostyle_lib.audio import AudioError
from audiostyle_lib.batch import Settings, all_takes, output_names, sound_files, take_seed
from audiostyle_lib.commands import main as cli
from audiostyle_lib.files import manifest as manifests
from audiostyle_lib.sounds import crackle, rain

SR = 22050
DRAFT = ["--quality", "draft"]


def make_recordings(folder: Path) -> None:
    """Four, of several rates, formats and numbers of channels; two have one name."""
    (folder / "sea").mkdir(parents=True)
    sf.write(folder / "a.wav", rain(seconds=1.0), SR)
    sf.write(folder / "a.flac", crackle(seconds=1.0), SR)
    wide = np.stack([rain(seconds=1.0, sr=16000, seed=s) for s in (1, 2)], axis=1)
    sf.write(folder / "sea" / "b.wav", wide, 16000)
    sf.write(folder / "sea" / "brief.ogg", rain(seconds=0.8), SR)


OUTPUTS = ["a.flac-1.wav", "a.wav-1.wav", "sea/b-1.wav", "sea/brief-1.wav"]


def lines(out: Path) -> list[dict]:
    """What the manifest says."""
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text("utf-8").splitlines()]


def textures(out: Path) -> dict[str, bytes]:
    """Every file but the manifest."""
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "manifest.jsonl"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(files)}


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    make_recordings(tmp_path / "in")
    return tmp_path / "in"


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without work: a texture is its recording."""
    monkeypatch.setattr("audiostyle_lib.take.synthesize_texture", as_it_is)
    monkeypatch.setattr("audiostyle_lib.take.texture_report", lambda *_: {"copy": 1.0})


class AsItIs:
    def __init__(self, y: np.ndarray, sr: int) -> None:
        self.y, self.sr = y, sr


def as_it_is(y: np.ndarray, sr: int, **_: object) -> AsItIs:
    return AsItIs(y, sr)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Recordings, and what one process makes of them."""
    folder = tmp_path_factory.mktemp("whole")
    make_recordings(folder / "in")
    assert cli.main(["batch", *map(str, (folder / "in", folder / "out")), *DRAFT, "--jobs=1"]) == 0
    return folder / "in", folder / "out"


def test_names_of_which_no_two_are_alike() -> None:
    files = ["a.wav", "A.flac", "b.wav", "sea/b.wav", "c.wav", "c.WAV", "d.wav.flac", "d.wav"]
    names = output_names([*files, "d.flac"])
    assert names["b.wav"] == "b" and names["sea/b.wav"] == "sea/b" and names["a.wav"] == "a.wav"
    assert names["A.flac"] == "A.flac" and names["c.wav"].startswith("c.wav-")
    assert len({name.casefold() for name in names.values()}) == len(files) + 1
    assert output_names(reversed(files))["A.flac"] == "A.flac"


def test_seeds_differ_by_all_that_they_come_from() -> None:
    files = ["plumless", "buckeroo", "sea/b.wav", "sea\udcff"]  # the first two have one CRC-32
    assert crc32(b"plumless") == crc32(b"buckeroo")
    seeds = {take_seed(*which) for which in product((0, 1), files, (1, 2))}
    assert len(seeds) == 16 and max(seeds) < 2**53
    assert take_seed(0, "e\u0301.wav", 1) == take_seed(
        0, "\u00e9.wav", 1
    )  # as other systems write it


def test_what_looks_like_sound(sounds: Path) -> None:
    for name in ("notes.txt", ".hidden.wav", "sea/song.M4A", ".cache/x.wav"):
        (sounds / name).parent.mkdir(exist_ok=True)
        (sounds / name).write_bytes(b"?")
    expected = ["a.flac", "a.wav", "sea/b.wav", "sea/brief.ogg", "sea/song.M4A"]
    assert sound_files(sounds) == expected
    assert len(all_takes(sounds, 3, Settings())) == 15


def test_what_is_made(whole: tuple[Path, Path]) -> None:
    sounds, out = whole
    rows = {line["output"]: line for line in lines(out)}
    assert sorted(rows) == list(textures(out)) == OUTPUTS
    wide = rows["sea/b-1.wav"]
    made, sr = sf.read(out / "sea/b-1.wav", dtype="float32")
    assert made.shape == (16000, 2) and sr == wide["sr"] == 16000 and wide["channels"] == 2
    assert sf.info(out / "sea/b-1.wav").subtype == "PCM_16"
    assert wide["file"] == "sea/b.wav" and wide["seconds"] == 1.0 and wide["work_seconds"] > 0
    assert wide["settings"]["quality"] == "draft" and wide["seed"] == take_seed(0, "sea/b.wav", 1)
    reference = sf.read(sounds / "sea/b.wav", dtype="float32")[0]
    report = texture_report(reference.T, made.T, sr)
    assert wide["scores"] == pytest.approx(report, rel=0.05, abs=0.01)  # the file has 16 bits
    assert rows["sea/brief-1.wav"]["scores"] is None
    assert "no scores" in rows["sea/brief-1.wav"]["notes"][0]


def test_two_processes_make_the_same(whole: tuple[Path, Path], tmp_path: Path) -> None:
    sounds, out = whole
    arguments = [str(sounds), str(tmp_path / "out"), *DRAFT, "--jobs=2", "--quiet"]
    assert cli.main(["batch", *arguments]) == 0
    assert textures(tmp_path / "out") == textures(out)

    def said(folder: Path) -> dict[str, dict]:
        return {
            line["output"]: {**line, "work_seconds": 0, "cpu_seconds": 0} for line in lines(folder)
        }

    assert said(tmp_path / "out") == said(out)


def stopped_at(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is interrupted as it begins a take."""
    begun = []

    def take(y: np.ndarray, sr: int, **_: object) -> AsItIs:
        begun.append(sr)
        if len(begun) == count:
            raise KeyboardInterrupt
        return AsItIs(y, sr)

    monkeypatch.setattr("audiostyle_lib.take.synthesize_texture", take)


def test_it_goes_on_where_it_stopped(
    sounds: Path,
    tmp_path: Path,
    quiet: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    out = tmp_path / "out"
    call = ["batch", str(sounds), str(out), "--jobs=1", "--quiet"]
    with monkeypatch.context() as patch:
        stopped_at(3, patch)
        assert cli.main(call) == 130
    assert "what is done is kept" in capsys.readouterr().err
    assert list(textures(out)) == OUTPUTS[:2] and len(lines(out)) == 2
    with (out / "manifest.jsonl").open("a") as file:
        file.write('{"file": "sea/b.wav", "outp')  # as after a loss of power
    before = {name: (out / name).stat().st_mtime_ns for name in OUTPUTS[:2]}
    assert cli.main(call) == 0
    assert list(textures(out)) == OUTPUTS and len(lines(out)) == 4
    assert before == {name: (out / name).stat().st_mtime_ns for name in OUTPUTS[:2]}
    stopped_at(1, monkeypatch)  # nothing is left to do
    assert cli.main([*call[:-1], "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["made"], report["kept"], report["failed"]) == (0, 4, 0)


@pytest.mark.parametrize("change", ["input", "output", "seed", "format", "takes"])
def test_only_what_is_no_longer_so_is_done_again(
    sounds: Path, tmp_path: Path, quiet: None, change: str, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    call = ["batch", str(sounds), str(out), "--jobs=1", "--json"]
    assert cli.main(call) == 0
    capsys.readouterr()
    if change == "input":
        sf.write(sounds / "a.wav", rain(seconds=1.1), SR)
    elif change == "output":
        (out / "sea" / "b-1.wav").unlink()
    more = {"seed": ["--seed=1"], "format": ["--format=flac"], "takes": ["--takes=2"]}
    assert cli.main([*call, *more.get(change, [])]) == 0
    report = json.loads(capsys.readouterr().out)
    kept = {"input": 3, "output": 3, "seed": 0, "format": 0, "takes": 4}[change]
    assert report["kept"] == kept and report["made"] == (4 if change == "takes" else 4 - kept)


def test_a_bad_file_costs_its_own_line(
    sounds: Path, tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture
) -> None:
    (sounds / "bad.mp3").write_bytes(b"no sound")
    (sounds / "empty.wav").write_bytes(b"")
    sf.write(sounds / "silent.wav", np.zeros(SR), SR)
    out = tmp_path / "out"
    call = ["batch", str(sounds), str(out), "--takes=2", "--jobs=1"]
    for made in (10, 0):  # what failed is tried again
        assert cli.main(call) == 1
        said = capsys.readouterr()
        notes = [line for line in said.err.splitlines() if line.startswith("audiostyle: ")]
        assert f"{made} made" in said.out and len(notes) == 3
        assert notes[0].startswith("audiostyle: bad.mp3 cannot be read as sound")
        assert notes[1].startswith("audiostyle: empty.wav ")
        assert "2 of 7 files could not be used" in notes[2]
    wrong = [line for line in lines(out) if "error" in line]
    assert {line["file"] for line in wrong} == {"bad.mp3", "empty.wav"} and len(wrong) == 8
    assert len(textures(out)) == 10


def test_what_is_refused(
    sounds: Path, tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a-1.wav").write_bytes(b"mine")
    (tmp_path / "none").mkdir()
    out = tmp_path / "out"
    for arguments, message in [
        ([sounds, sounds], "expected a folder outside"),
        ([sounds, sounds / "sea" / "out"], "expected a folder outside"),
        ([sounds, tmp_path / "full"], "holds files and no manifest.jsonl"),
        ([tmp_path / "none", out], "has no recordings"),
        ([tmp_path / "absent", out], "is no folder"),
        ([sounds, out, "--takes=0"], "takes is 0"),
        ([sounds, out, "--seed=-1"], "seed is -1"),
        ([sounds, out, "--seconds=0"], "seconds is 0"),
        ([sounds, out, "--quality=superb"], "quality is 'superb'"),
        ([sounds, out, "--sr=7"], "sr is 7"),
        ([sounds, out, "--format=txt"], "no sound is written with the suffix '.txt'"),
        ([sounds, out, "--format=mp3", "--bits=24"], ".mp3 expects none"),
        ([sounds, out, "--jobs=0"], "n_jobs is 0"),
    ]:
        assert cli.main(["batch", *map(str, arguments)]) == 2, arguments
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("audiostyle: ") and message in error
    assert textures(tmp_path / "full") == {"a-1.wav": b"mine"} and sound_files(sounds)
    assert not list((tmp_path / "none").iterdir())


def test_a_format_that_cannot_hold_a_recording(
    sounds: Path, tmp_path: Path, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails before the work, and the others are made."""
    six = np.stack([rain(seconds=0.5, seed=s) for s in range(6)], axis=1)
    sf.write(sounds / "six.wav", six, SR)
    out = tmp_path / "out"
    assert cli.main(["batch", str(sounds), str(out), "--format=mp3", "--jobs=1", "--quiet"]) == 1
    (wrong,) = [line for line in lines(out) if "error" in line]
    assert wrong["file"] == "six.wav" and "cannot hold 6 channels" in wrong["error"]
    assert len(textures(out)) == 4


def test_one_at_a_time(tmp_path: Path) -> None:
    with manifests.Manifest(tmp_path), pytest.raises(AudioError, match="another process"):
        manifests.Manifest(tmp_path)
    manifests.Manifest(tmp_path).__exit__()


def test_a_full_disk_ends_it(
    sounds: Path, tmp_path: Path, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        raise AudioError(f"{path} cannot be written: No space left on device")

    monkeypatch.setattr("audiostyle_lib.files.writing.save_audio", full)
    assert cli.main(["batch", str(sounds), str(tmp_path / "out"), "--jobs=1"]) == 2
    assert lines(tmp_path / "out") == []


def hears() -> None:
    """Ctrl-C is heard, also where the tests themselves are a job of the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_until_first_line(call: list[str], out: Path) -> subprocess.Popen:
    """The command in a session of its own, once its manifest has a line."""
    process = subprocess.Popen(
        call,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears,
    )
    wait_for(lambda: (out / "manifest.jsonl").exists() and lines(out), process)
    return process


def wait_for(ready: object, *processes: subprocess.Popen) -> None:
    """Until something is so; it fails where a process ends before."""
    while not ready():  # type: ignore[operator]
        assert all(process.poll() is None for process in processes)
        Event().wait(0.05)


def session(number: int) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == number:
                yield process
        except ProcessLookupError:
            pass


@pytest.mark.parametrize(("stop", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_it_leaves_whole_files_and_no_processes(
    sounds: Path, tmp_path: Path, stop: signal.Signals, status: int
) -> None:
    out = tmp_path / "out"
    call = ["batch", str(sounds), str(out), *DRAFT, "--takes=100", "--jobs=2", "--quiet"]
    process = run_until_first_line([sys.executable, "-m", "audiostyle_lib", *call], out)
    if stop == signal.SIGINT:  # as Ctrl-C in a terminal: to all
        os.killpg(process.pid, stop)
    else:
        process.send_signal(stop)
    said = process.communicate()[1]
    assert process.returncode == status and said.count("\n") == 1, said
    assert "what is done is kept" in said
    left = list(session(process.pid))
    assert psutil.wait_procs(left, timeout=60)[1] == []
    assert all(sf.info(out / name).frames for name in textures(out))
    assert {line["output"] for line in lines(out)} <= set(textures(out))
