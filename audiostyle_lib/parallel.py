"""Many independent pieces of work: on the cores of this machine, or on the machines of a cluster.

Each piece is computed with one thread, wherever that is, so that its numbers depend neither on how
many others are computed beside it nor on how many cores there are.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from joblib import cpu_count
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from . import __version__
from .arguments import check_whole
from .audio import AudioError
from .optim import cpu_threads

T = TypeVar("T")
R = TypeVar("R")
_DIED = "the process that worked on it died; expected it to live: is there enough memory?"
_PATIENCE = 10  # seconds in which a scheduler answers, and says that it has workers


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What became of one piece of work: a value, or the exception that it ended with.

    >>> Outcome(3).result()
    3
    """

    value: R | None = None
    error: Exception | None = None

    def result(self) -> R:
        """The value; the piece's own exception is raised if it failed."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


def in_parallel(
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    n_jobs: int | None = None,
    scheduler: str | None = None,
) -> Generator[tuple[int, Outcome[R]], None, None]:
    """Call a function on every item, several at once, and give each outcome as soon as it is there.

    Parameters
    ----------
    function : function of one item
        It and the items must be picklable. It gets and gives all data itself: a worker of a
        cluster need not see this machine's files.
    items : iterable
        Taken one by one as they are needed, so that they may be large, and as many as one likes.
    n_jobs : int >= 1, optional
        Processes on this machine, all its cores by default; 1 computes here, in this process.
    scheduler : str, optional
        Address of a Dask scheduler, "tcp://host:port": its workers compute, and `n_jobs` does not
        count. This needs `pip install 'audiostyle[cluster]'`, here and there. Start workers with
        one thread each.

    Yields
    ------
    index : int
        Which item, counted from 0; outcomes come in the order in which they are done.
    outcome : Outcome
        An exception in a piece of work is its outcome, and the others go on. Work of a process or
        worker that dies is done again by another; what kills every process that tries it fails.

    Raises
    ------
    AudioError
        If `n_jobs` is below 1, a scheduler does not answer within 10 s, has no workers or is lost.

    Notes
    -----
    Closing the iterator, as `contextlib.closing` does at the end of a block whatever ends it,
    cancels what waits and leaves no process of this machine behind.

    Examples
    --------
    >>> for index, outcome in in_parallel(abs, [-2, "two", -3], n_jobs=1):
    ...     print(index, outcome.value, outcome.error)
    0 2 None
    1 None bad operand type for abs(): 'str'
    2 3 None
    """
    if scheduler is not None:
        return _on_cluster(function, items, scheduler)
    jobs = cpu_count() if n_jobs is None else check_whole("n_jobs", n_jobs, 1)
    return _here(function, items) if jobs == 1 else _in_processes(function, items, jobs)


def _here(
    function: Callable[[T], R], items: Iterable[T]
) -> Generator[tuple[int, Outcome[R]], None, None]:
    for index, item in enumerate(items):
        outcome: Outcome[R]
        with cpu_threads(1), threadpool_limits(1, user_api="blas"):
            try:
                outcome = Outcome(function(item))
            except Exception as error:
                outcome = Outcome(error=error)
        yield index, outcome


def _one_thread_for_good() -> None:
    torch.set_num_threads(1)
    threadpool_limits(1, user_api="blas")


def _start_process() -> None:
    """In a new process: Ctrl-C in a terminal reaches it too, but is for the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tqdm.set_lock(threading.RLock())  # its own, for several processes, outlives one that is killed
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _one_thread_for_good()


def _end_with(parent: int) -> None:
    """A killed parent cannot say that its work is no longer wanted."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What starts in the block never hears Ctrl-C, even before its first line; we do, after it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Pieces(Generic[T]):
    """What is still to do, one after another; what was under way where one died is tried alone."""

    def __init__(self, items: Iterable[T]) -> None:
        self._todo, self.alone = enumerate(items), False
        self.suspects: deque[tuple[int, T]] = deque()  # one of them did it

    def next(self, n_waiting: int, most: int) -> tuple[int, T] | None:
        """The next piece and its number, if there may be more than `n_waiting` under way."""
        if n_waiting >= (1 if self.suspects or self.alone else most):
            return None
        self.alone = bool(self.suspects)
        return self.suspects.popleft() if self.suspects else next(self._todo, None)


def _in_processes(
    function: Callable[[T], R], items: Iterable[T], n_jobs: int
) -> Generator[tuple[int, Outcome[R]], None, None]:
    # By joblib's executor and not its Parallel, which ends with the first process that dies.
    from joblib.externals.loky import ProcessPoolExecutor

    # It replaces a process whose memory has grown, and wonders aloud.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
    new_pool = partial(ProcessPoolExecutor, n_jobs, initializer=_start_process)
    pieces, broken = _Pieces(items), False
    waiting: dict[Any, tuple[int, T]] = {}
    pool = new_pool()
    try:
        while True:
            # One more than there are processes, so that none waits for us.
            while not broken and (piece := pieces.next(len(waiting), n_jobs + 1)):
                try:
                    with _deaf_to_interrupts():
                        waiting[pool.submit(function, piece[1])] = piece
                except BrokenProcessPool:
                    pieces.suspects.append(piece)
                    broken = True
            if not waiting and not broken:
                return pool.shutdown()
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                index, item = waiting.pop(future)
                error = future.exception()
                if not isinstance(error, BrokenProcessPool):
                    yield index, Outcome(future.result()) if error is None else _failed(error)
                    continue
                broken = True
                if pieces.alone:
                    yield index, _failed(AudioError(_DIED))
                else:
                    pieces.suspects.append((index, item))
            if broken:
                pieces.suspects.extend(waiting.values())
                waiting.clear()
                pieces.alone = broken = False
                pool.shutdown(kill_workers=True)
                pool = new_pool()
    finally:
        pool.shutdown(kill_workers=True)


def _failed(error: BaseException) -> Outcome[Any]:
    """Whatever ended a piece of work in another process ends nothing here."""
    return Outcome(error=error if isinstance(error, Exception) else AudioError(repr(error)))


def _on_cluster(
    function: Callable[[T], R], items: Iterable[T], address: str
) -> Generator[tuple[int, Outcome[R]], None, None]:
    try:
        from distributed import Client, as_completed
        from distributed.scheduler import KilledWorker
    except ImportError as missing:
        raise AudioError(
            f"the scheduler {address} needs Dask: pip install 'audiostyle[cluster]'"
        ) from missing
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # our errors say it
    client = _connected(Client, address)
    pieces, done = _Pieces(items), as_completed(loop=client.loop)
    waiting: dict[Any, tuple[int, T]] = {}

    def fill() -> None:
        """Twice as many as can be computed at once: the scheduler has the data of all of them."""
        most = 2 * max(1, sum(client.nthreads().values()))
        while piece := pieces.next(len(waiting), most):
            with warnings.catch_warnings():  # data that are large must be: none is on a shared disk
                warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
                future = client.submit(_on_worker, function, piece[1], __version__, pure=False)
            waiting[future] = piece
            done.add(future)

    try:
        fill()
        for future in done:
            index, item = waiting.pop(future)
            if future.status == "finished":
                yield index, Outcome(future.result())
            elif future.status == "error":
                failure = future.exception()
                if not isinstance(failure, KilledWorker):
                    yield index, _failed(failure)
                elif pieces.alone:  # it was tried again as often as the scheduler allows
                    yield index, _failed(AudioError(_DIED))
                else:
                    pieces.suspects.append((index, item))
            else:
                raise AudioError(f"the scheduler {address} was lost; what it had to do is not done")
            del future  # so that the workers forget it
            fill()
    finally:
        client.cancel(list(waiting), force=True)
        client.close()


def _connected(client: Callable[..., Any], address: str) -> Any:
    """A client of the scheduler, which has workers."""
    if not re.fullmatch(r"\w+://.+:\d+", address):
        raise AudioError(f"scheduler is {address!r}; expected an address, as tcp://host:port")
    try:
        found = client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, asyncio.TimeoutError) as error:
        raise AudioError(
            f"the scheduler {address} does not answer: {' '.join(str(error).split())}; "
            "expected that of Dask, as tcp://host:port"
        ) from error
    try:
        found.wait_for_workers(1, timeout=_PATIENCE)
    except (OSError, asyncio.TimeoutError) as error:
        found.close()
        raise AudioError(
            f"the scheduler {address} has no workers; expected at least one: "
            f"dask worker {address} --nthreads 1"
        ) from error
    return found


def _on_worker(function: Callable[[T], R], item: T, version: str) -> R:
    if version != __version__:
        raise AudioError(f"a worker has audiostyle {__version__}; expected {version}, as here")
    _one_thread_for_good()
    return function(item)
