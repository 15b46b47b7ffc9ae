"""What is said in the terminal, and what is kept from it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_ONE_AT_A_TIME = threading.Lock()


def say(line: str, file: TextIO) -> None:
    """Print one line, whatever bytes a file's name is made of."""
    coding = file.encoding or "utf-8"
    print(line.replace("\n", " ").encode(coding, "backslashreplace").decode(coding), file=file)


def note(line: str) -> None:
    """Say what a listener would miss, also where no report is wanted."""
    say(f"audiostyle: note: {line}", sys.stderr)


@contextmanager
def hushed() -> Iterator[TextIO]:
    """Without what C libraries write to standard error: what they mean is said in our words.

    Yields a file that still goes there.
    """
    with _ONE_AT_A_TIME:  # standard error is the process's, and a worker may have several threads
        sys.stderr.flush()
        before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            with open(before, "w", closefd=False) as terminal:
                yield terminal
        finally:
            os.dup2(before, 2)
            os.close(before)
            os.close(nowhere)


def shown_on(terminal: TextIO) -> Callable[[str, float], None]:
    """What shows on a file how far the reading is, once there is something to tell."""
    from ..progress import Bar, progress_bar

    bars: list[Bar] = []

    def tell(what: str, share: float) -> None:
        if not bars:
            bars.append(progress_bar(100, what, True, file=terminal))
        bars[0].update(round(100 * share) - bars[0].n)
        if share == 1:
            bars.pop().close()

    return tell
