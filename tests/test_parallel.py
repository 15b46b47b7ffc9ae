"""Independent pieces of work: outcomes of all, whatever becomes of one; nothing is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest
import torch
from joblib.externals.loky import ProcessPoolExecutor

from audiostyle_lib.audio import AudioError
from audiostyle_lib.parallel import in_parallel


def work(item: int) -> tuple[int, int, int, bool]:
    """Item 3 fails, and item 5 is the end of its process."""
    if item == 3:
        raise AudioError("item is 3; expected another")
    if item == 5:
        os._exit(1)
    deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    return item, os.getpid(), torch.get_num_threads(), deaf


def test_here() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = []
        for index, outcome in in_parallel(work, (i for i in range(5)), n_jobs=1):
            found.append((index, outcome))
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert [index for index, _ in found] == list(range(5))
    values = [outcome.value for _, outcome in found if outcome.error is None]
    deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN  # as a job of the background is
    assert values == [(i, os.getpid(), 1, deaf) for i in (0, 1, 2, 4)]
    with pytest.raises(AudioError, match="item is 3"):
        found[3][1].result()


def test_items_are_taken_when_their_turn_comes() -> None:
    taken = []

    def items() -> object:
        for item in (0, 1, 2):
            taken.append(item)
            yield item

    with closing(in_parallel(work, items(), n_jobs=1)) as done:
        next(done)
        assert taken == [0]


def test_processes() -> None:
    """What one piece does to itself, or to its process, is its own outcome."""
    found = dict(in_parallel(work, (i for i in range(9)), n_jobs=2))
    assert sorted(found) == list(range(9))
    assert isinstance(found[3].error, AudioError) and "item is 3" in str(found[3].error)
    assert isinstance(found[5].error, AudioError) and "died" in str(found[5].error)
    values = [outcome.result() for index, outcome in found.items() if index not in (3, 5)]
    assert sorted(item for item, *_ in values) == [0, 1, 2, 4, 6, 7, 8]
    assert all(threads == 1 and deaf for *_, threads, deaf in values)
    assert os.getpid() not in {process for _, process, *_ in values}


def forever(item: int) -> int:
    while item:
        time.sleep(0.1)
    return os.getpid()


def test_closing_ends_the_processes() -> None:
    with closing(in_parallel(forever, [0, 1, 1, 1], n_jobs=2)) as done:
        index, outcome = next(done)
        worker = psutil.Process(outcome.result())
        assert index == 0 and worker.is_running()
        workers = [p for p in psutil.Process().children() if "loky" in " ".join(p.cmdline())]
        workers = [p for p in workers if "resource_tracker" not in " ".join(p.cmdline())]
        assert worker in workers
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_interrupted_while_work_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that hands it on would end with a traceback; a warning, here an error, says so."""
    submit = ProcessPoolExecutor.submit

    def interrupted(self: ProcessPoolExecutor, function: object, item: int) -> object:
        future = submit(self, function, item)
        if item == -3:
            signal.raise_signal(signal.SIGINT)
        return future

    def items() -> Iterator[int]:
        yield from (-1, -2)
        time.sleep(0.3)  # by now the thread waits for more
        yield -3

    monkeypatch.setattr(ProcessPoolExecutor, "submit", interrupted)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            list(in_parallel(abs, items(), n_jobs=2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_jobs": 1.5}, "n_jobs is 1.5"),
        ({"scheduler": "localhost"}, "scheduler is 'localhost'; expected an address"),
    ],
)
def test_what_is_refused(arguments: dict, message: str) -> None:
    if "scheduler" in arguments:
        pytest.importorskip("distributed")
    with pytest.raises(AudioError, match=message):
        list(in_parallel(work, [0], **arguments))


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AudioError, match=r"pip install 'audiostyle\[cluster\]'"):
        list(in_parallel(work, [0], scheduler="tcp://localhost:8786"))
