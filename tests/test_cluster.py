"""A cluster of two workers, one of which is killed: all is done, and as on one machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
import soundfile as sf

from audiostyle_lib.audio import AudioError
from audiostyle_lib.commands import main as cli
from audiostyle_lib.parallel import in_parallel
from audiostyle_lib.sounds import crackle, rain

pytest.importorskip("distributed")


def wait_for(ready: Callable[[], object], *processes: subprocess.Popen) -> None:
    """Until something is so; it fails where a process ends before."""
    while not ready():
        assert all(process.poll() is None for process in processes)
        Event().wait(0.05)


def start(module: str, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
    log = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parent)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "scheduler.json"
    process = start("dask_scheduler", "--host=127.0.0.1", "--port=0", f"--scheduler-file={file}")
    try:
        wait_for(file.exists, process)
        wait_for(lambda: file.read_text().rstrip().endswith("}"), process)
        yield json.loads(file.read_text())["address"]
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def workers(scheduler: str) -> Iterator[list[subprocess.Popen]]:
    processes = [start("dask_worker", scheduler, "--nthreads=1", "--no-nanny") for _ in range(2)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def made(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.wav"))}


def test_a_killed_worker_loses_nothing(
    scheduler: str, workers: list[subprocess.Popen], tmp_path: Path
) -> None:
    sounds, here, there = tmp_path / "in", tmp_path / "here", tmp_path / "there"
    sounds.mkdir()
    for k in range(6):
        sf.write(sounds / f"{k}.wav", (rain if k % 2 else crackle)(seconds=1.0, seed=k), 22050)
    (sounds / "bad.wav").write_bytes(b"no sound")  # it ends neither a worker nor the others
    draft = ["--quality=draft", "--takes=2", "--quiet"]
    call = ["batch", str(sounds), str(there), *draft, f"--scheduler={scheduler}"]
    manifest = there / "manifest.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "audiostyle_lib", *call], stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: manifest.exists() and manifest.read_text(), process, *workers)
    workers[0].kill()  # SIGKILL: it cannot say goodbye
    errors = process.communicate()[1]
    assert process.returncode == 1, errors
    assert "1 of 7 files could not be used" in errors.splitlines()[-1]
    assert cli.main(["batch", str(sounds), str(here), *draft, "--jobs=1"]) == 1
    assert len(made(here)) == 12 and made(there) == made(here)
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert len(rows) == 14 and sum("error" in row for row in rows) == 2


def work(item: int) -> int:
    if item == 1:
        raise AudioError("item is 1; expected another")
    if item == 2:
        os._exit(1)
    return item**2


def test_no_workers(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiostyle_lib.cluster._PATIENCE", 1)
    with pytest.raises(AudioError, match=f"{scheduler} has no workers; expected at least one"):
        list(in_parallel(abs, [1], scheduler=scheduler))


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiostyle_lib.cluster._PATIENCE", 1)
    with pytest.raises(AudioError, match=r"127\.0\.0\.1:9 does not answer"):
        list(in_parallel(abs, [1], scheduler="tcp://127.0.0.1:9"))


def test_what_kills_every_worker_fails_alone(scheduler: str) -> None:
    """A nanny starts a new worker for one that died."""
    worker = start("dask_worker", scheduler, "--nthreads=1")
    try:
        found = dict(in_parallel(work, [0, 1, 2, 3], scheduler=scheduler))
    finally:
        worker.terminate()  # kindly, so that the nanny takes its worker along
        worker.wait()
    assert found[0].value == 0 and "item is 1" in str(found[1].error)
    assert isinstance(found[2].error, AudioError) and "died" in str(found[2].error)
    assert found[3].value == 9
