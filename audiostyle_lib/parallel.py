"""Many independent pieces of work: on the cores of this machine, or on the machines of a cluster.

Each piece is computed with one thread, wherever that is, so that its numbers depend neither on how
many others are computed beside it nor on how many cores there are.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from .arguments import check_whole
from .audio import AudioError
from .cluster import on_cluster
from .optim import cpu_threads
from .pieces import DIED, Outcome, Pieces, failed, one_thread_for_good

T = TypeVar("T")
R = TypeVar("R")
_STOPS = {signal.SIGINT, signal.SIGTERM}


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
        return on_cluster(function, items, scheduler)
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


def _start_process() -> None:
    """In a new process: Ctrl-C in a terminal reaches it too, but is for the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    tqdm.set_lock(threading.RLock())  # its own, for several processes, outlives one that is killed
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    one_thread_for_good()


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
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_processes(
    function: Callable[[T], R], items: Iterable[T], n_jobs: int
) -> Generator[tuple[int, Outcome[R]], None, None]:
    # By joblib's executor and not its Parallel, which ends with the first process that dies.
    from joblib.externals.loky import ProcessPoolExecutor

    # It replaces a process whose memory has grown, and wonders aloud.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
    new_pool = partial(ProcessPoolExecutor, n_jobs, initializer=_start_process)
    pieces, broken = Pieces(items), False
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
                    yield index, Outcome(future.result()) if error is None else failed(error)
                    continue
                broken = True
                if pieces.alone:
                    yield index, failed(AudioError(DIED))
                else:
                    pieces.suspects.append((index, item))
            if broken:
                pieces.suspects.extend(waiting.values())
                waiting.clear()
                pieces.alone = broken = False
                pool.shutdown(kill_workers=True)
                pool = new_pool()
    finally:
        _until_taken(waiting)
        pool.shutdown(kill_workers=True)


def _until_taken(waiting: Iterable[Any]) -> None:
    """loky's thread stumbles over work that is called off before it has seen it: a moment then."""
    for _ in range(100):
        if all(future.running() or future.done() for future in waiting):
            return
        time.sleep(0.01)
