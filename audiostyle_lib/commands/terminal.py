"""What is said in the terminal, and what is kept from it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


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
    """What shows on a file how far the reading is."""
    from tqdm import tqdm

    off = bool(os.environ.get("TQDM_DISABLE"))
    bar = tqdm(total=100, desc="read", file=terminal, leave=False, disable=off)

    def tell(_: str, share: float) -> None:
        bar.update(round(100 * share) - bar.n)
        if share == 1:
            bar.close()

    return tell
