"""How far long work is: a bar in a terminal or a notebook, plain lines in a log, or a function."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeAlias

from tqdm import tqdm as plain_bar
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

    def close(self) -> None:
        pass

    def set_postfix(self, **_: object) -> None:
        pass


class _Lines(plain_bar):
    """A bar for logs: a line every few seconds, however short its stages, none overwritten."""

    said = -math.inf  # when any bar wrote the last line: stages follow one another

    @staticmethod
    def status_printer(file: TextIO) -> Callable[[str], None]:
        def write(line: str) -> None:
            if line:  # an empty one would wipe the bar away
                file.write(line + "\n")
                file.flush()

        return write

    def moveto(self, n: int) -> None:
        """Lines follow one another: nowhere to go."""

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Write a line, unless there was one just now."""
        if time.monotonic() - _Lines.said >= LINE_EVERY:
            _Lines.said = time.monotonic()
            super().display(msg, pos)
        return True

    def close(self) -> None:
        """Say how far it came, if it took long."""
        if not self.disable:  # type: ignore[has-type]
            if self._time() - self.start_t >= LINE_EVERY:
                super().display()
            self.disable = True
            self._decr_instances(self)


Bar: TypeAlias = tqdm | _Told
LINE_EVERY = 5.0  # seconds between the lines of a log
_LINE = "{desc}: {percentage:.0f} %, {n_fmt} of {total_fmt}, {elapsed}, {remaining} left"


def progress_bar(
    total: int, description: str, progress: Progress, *, file: TextIO | None = None
) -> Bar:
    """A bar for terminal or notebook, or lines; none if not `progress`, or if TQDM_DISABLE is set.

    It goes to standard error, or to `file`; where that is no terminal, as lines.

    >>> progress_bar(3, "wait", False).disable
    True
    >>> with progress_bar(4, "wait", lambda what, share: print(what, share)) as bar:
    ...     bar.update(3)
    wait 0.75
    """
    if callable(progress):
        return _Told(total, description, progress)
    off = not progress or bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar overlooks it
    if off or _draws(file):
        return tqdm(total=total, desc=description, leave=False, disable=off, file=file)
    every = {"mininterval": LINE_EVERY / 5, "maxinterval": LINE_EVERY}
    return _Lines(total=total, desc=description, bar_format=_LINE, file=file, **every)


@contextmanager
def beside_bars(file: TextIO) -> Iterator[None]:
    """Lines that are printed to `file` in the block stand above the bars that are drawn there.

    >>> with beside_bars(sys.stdout):
    ...     print("by the way")
    by the way
    """
    if _draws(file):
        with tqdm.external_write_mode(file=file):
            yield
    else:
        yield


def _draws(file: TextIO | None) -> bool:
    """Whether a bar can be drawn again and again in one place."""
    if file is None and any(base.__module__ == "tqdm.notebook" for base in tqdm.__mro__):
        return True
    shown_in = sys.stderr if file is None else file
    return shown_in.isatty() or type(shown_in).__module__.startswith("ipykernel")
