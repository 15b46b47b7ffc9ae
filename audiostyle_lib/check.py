"""Checks of the exercises: `check.NAME(answer)` says whether an answer holds, or what to try.

A check helps and does not give the answer away. Each stands under the chapter that asks for it.

>>> from audiostyle_lib import check
>>> check.receptive_field(...)
Not yet: replace the `...` by your answer, then run the cell again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What a check found: true if the answer holds; a notebook shows the text."""

    ok: bool
    text: str

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"{'Right' if self.ok else 'Not yet'}: {self.text}"


class NotYet(Exception):
    """Raised by a check: what is not right about the answer, and where to look."""


CHECKS: dict[str, int] = {}  # every check by name, and the chapter that asks for it


def exercise(
    chapter: int, right: str
) -> Callable[[Callable[[Any], None]], Callable[[Any], Verdict]]:
    """Make a check of a function that raises `NotYet`; `right` is said of a good answer."""

    def make(test: Callable[[Any], None]) -> Callable[[Any], Verdict]:
        CHECKS[test.__name__] = chapter

        @wraps(test)
        def check(answer: Any) -> Verdict:
            if answer is ... or answer is None:
                return Verdict(False, "replace the `...` by your answer, then run the cell again.")
            try:
                test(answer)
            except NotYet as reason:
                return Verdict(False, str(reason))
            except Exception as error:  # of the reader's own function, or of an odd answer
                what = f"{type(error).__name__}: {error}"
                return Verdict(False, f"your answer could not be tried ({what}).")
            return Verdict(True, right)

        return check

    return make


def result(function: Any, *arguments: Any) -> Any:
    """What the reader's function returns, if it is one and returns something."""
    if not callable(function):
        raise NotYet(f"the answer is {function!r}; a function is wanted, without its brackets.")
    found = function(*arguments)
    if found is None or found is ...:
        raise NotYet("the function returns nothing: does it end with `return`?")
    return found


# Chapter 7


@exercise(7, "a gap for every tap but the last, and each gap is `dilation` frames.")
def receptive_field(span: Any) -> None:
    """Frames seen by a kernel: a function of its width (taps) and its dilation."""
    for width, dilation in ((1, 1), (5, 1), (1, 9), (2, 4), (7, 3)):
        seen = dilation * (width - 1) + 1
        found = result(span, width, dilation)
        if found != seen:
            raise NotYet(
                f"{width} taps with dilation {dilation} do not see {found} frames. Draw the frames "
                "as dots in a row, mark the taps, and count from the first to the last."
            )


@exercise(7, "what counts is time, so frames that come half as often need half as wide a kernel.")
def frames_for_period(width: Any) -> None:
    """Frames as long as a period: a function of the period (s) and the hop, at 22,050 Hz."""
    for period, hop in ((0.2, 256), (0.2, 512), (0.1, 256), (0.5, 100)):
        found = float(result(width, period, hop))
        if abs(found - period * 22050 / hop) > 1.001:
            raise NotYet(
                f"the period is {period} s, but {found:g} frames, one every {hop} samples, last "
                f"{found * hop / 22050:.3g} s. How many of 22,050 samples belong to a period?"
            )
