"""What is still to do of many pieces of work, and what became of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from threadpoolctl import threadpool_limits

from .audio import AudioError

T = TypeVar("T")
R = TypeVar("R")
DIED = "the process that worked on it died; expected it to live: is there enough memory?"


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


class Pieces(Generic[T]):
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


def failed(error: BaseException) -> Outcome[Any]:
    """Whatever ended a piece of work in another process ends nothing here."""
    return Outcome(error=error if isinstance(error, Exception) else AudioError(repr(error)))


def one_thread_for_good() -> None:
    """Numbers depend neither on how many pieces are computed at once nor on how many cores."""
    torch.set_num_threads(1)
    threadpool_limits(1, user_api="blas")
