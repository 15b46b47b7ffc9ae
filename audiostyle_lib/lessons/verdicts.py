"""What the checks of the exercises are made of: an answer is tried, and a verdict says what came.

`check` holds the checks themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np


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
                _refuse_nan(answer)
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
    _refuse_nan(found)
    return found


def _refuse_nan(found: Any) -> None:
    """No check need think of nan, which is never farther from the right answer than is allowed."""
    try:
        numbers = np.asarray(found, dtype=float)
    except Exception:  # no numbers, or curves of different lengths: what is wanted, the check knows
        return
    if np.isnan(numbers).any():
        raise NotYet("the answer is nan, or has nan in it. Is something divided by 0?")
