"""How far long work is: a bar in a terminal or a notebook, or a function that is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

from tqdm.auto import tqdm

# Where a call takes `progress`: show a bar or not, or tell a function what is done and how far it
# is, from 0 to 1. What that function raises stops the work, so that it can be a stop button.
Progress = bool | Callable[[str, float], None]


class _Told:
    """A bar that draws nothing, but tells a function how far it is."""

    def __init__(self, total: int, description: str, tell: Callable[[str, float], None]) -> None:
        self.n, self.total, self.description, self.tell = 0, max(1, total), description, tell

    def __enter__(self) -> _Told:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: int = 1) -> None:
        self.n += n
        self.tell(self.description, min(1.0, self.n / self.total))

    def set_postfix(self, **_: object) -> None:
        pass


Bar: TypeAlias = tqdm | _Told


def progress_bar(total: int, description: str, progress: Progress) -> Bar:
    """A bar for terminal or notebook; none if not `progress`, or if TQDM_DISABLE is set.

    >>> progress_bar(3, "wait", False).disable
    True
    >>> with progress_bar(4, "wait", lambda what, share: print(what, share)) as bar:
    ...     bar.update(3)
    wait 0.75
    """
    if callable(progress):
        return _Told(total, description, progress)
    off = not progress or bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar overlooks it
    return tqdm(total=total, desc=description, leave=False, disable=off)
