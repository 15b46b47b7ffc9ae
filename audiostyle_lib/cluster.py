"""Pieces of work on the machines of a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
import re
import warnings
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from . import __version__
from .audio import AudioError
from .pieces import DIED, Outcome, Pieces, failed, one_thread_for_good

T = TypeVar("T")
R = TypeVar("R")
_PATIENCE = 10  # seconds in which a scheduler answers, and says that it has workers


def on_cluster(
    function: Callable[[T], R], items: Iterable[T], address: str
) -> Generator[tuple[int, Outcome[R]], None, None]:
    """As `parallel.in_parallel`, by the workers of the Dask scheduler at an address."""
    try:
        from distributed import Client, as_completed
        from distributed.scheduler import KilledWorker
    except ImportError as missing:
        raise AudioError(
            f"the scheduler {address} needs Dask: pip install 'audiostyle[cluster]'"
        ) from missing
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # our errors say it
    client = _connected(Client, address)
    pieces, done = Pieces(items), as_completed(loop=client.loop)
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
                    yield index, failed(failure)
                elif pieces.alone:  # it was tried again as often as the scheduler allows
                    yield index, failed(AudioError(DIED))
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
    one_thread_for_good()
    return function(item)
