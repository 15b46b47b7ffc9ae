"""Arguments that are refused before any work, each in one clear line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from .audio import AudioError

MAX_FILTERS = 1024  # per width: Gram matrices grow with their square, and 64 are enough
MAX_WIDTH = 4096  # frames of a kernel
PRESETS = ("draft", "standard", "best")  # words for a `Quality`, which takes a second to load
STARTS = ("content", "noise")  # of a transfer
SHORTEST = 0.1  # s: no preset measures less


def check_number(name: str, value: float, least: float = 0.0, most: float = np.inf) -> float:
    """Return a finite real number within bounds, or raise `AudioError`.

    >>> check_number("rhythm", "much")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: rhythm is 'much'; expected a number of at least 0
    """
    if not (is_number(value) and least <= value <= most):
        raise AudioError(f"{name} is {value!r}; expected a number {_bounds(least, most)}")
    return float(value)


def check_whole(name: str, value: int, least: int = 0, most: int | None = None) -> int:
    """Return a whole number within bounds, or raise `AudioError`.

    >>> check_whole("n_steps", 2.5, least=1)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: n_steps is 2.5; expected a whole number of at least 1
    """
    limit = np.inf if most is None else most
    if not (is_number(value) and least <= value <= limit and value == int(value)):
        raise AudioError(f"{name} is {value!r}; expected a whole number {_bounds(least, limit)}")
    return int(value)


def check_choice(name: str, value: str, choices: Iterable[str]) -> str:
    """Return one of the words that can be chosen, or raise `AudioError`.

    >>> check_choice("start", "middle", ("content", "noise"))
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: start is 'middle'; expected one of content, noise
    """
    choices = list(choices)
    if not (isinstance(value, str) and value in choices):
        raise AudioError(f"{name} is {value!r}; expected one of {', '.join(choices)}")
    return value


def check_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return kernel widths in frames, each once, or raise `AudioError`.

    >>> check_widths(np.array([2, 8]))
    (2, 8)
    """
    try:
        found = tuple(check_whole("a width", width, 1, MAX_WIDTH) for width in widths)
    except TypeError as error:
        raise AudioError(f"widths is {widths!r}; expected whole numbers, as (2, 8)") from error
    if not found or len(set(found)) < len(found):
        raise AudioError(f"widths is {widths!r}; expected each width once, and at least one")
    return found


def check_seed(seed: int) -> int:
    """Return a seed that torch can use, or raise `AudioError`.

    >>> check_seed(-1)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: seed is -1; expected a whole number from 0 to 2**62 - 1
    """
    if not (is_number(seed) and seed == int(seed) and 0 <= seed < 2**62):
        raise AudioError(f"seed is {seed!r}; expected a whole number from 0 to 2**62 - 1")
    return int(seed)


def check_weights(weights: ArrayLike, k: int) -> np.ndarray:
    """Shares of `k` sounds as an array (m, k) whose rows add to 1, or say what is wrong.

    >>> check_weights([3, 1], 2)
    array([[0.75, 0.25]])
    >>> check_weights([0, 0], 2)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: weights are all 0 in row 0; expected at least one above 0
    """
    if k < 1:
        raise AudioError("no sounds came; expected at least one")
    try:
        shares = np.atleast_2d(np.asarray(weights, dtype=float))
    except (TypeError, ValueError) as error:
        raise AudioError(f"weights are {weights!r}; expected numbers, {k} in each row") from error
    if shares.ndim != 2 or shares.shape[1] != k or not len(shares):
        raise AudioError(
            f"weights have shape {np.shape(weights)}; expected ({k},) or (rows, {k}), "
            f"one for each of the {k} sounds"
        )
    if not np.isfinite(shares).all() or (shares < 0).any():
        raise AudioError(f"weights are {weights!r}; expected numbers of at least 0")
    largest = shares.max(axis=1, keepdims=True)
    if (largest == 0).any():
        raise AudioError(
            f"weights are all 0 in row {int(largest[:, 0].argmin())}; expected at least one above 0"
        )
    shares = shares / largest  # first, since the sum of huge weights is infinite
    return shares / shares.sum(axis=1, keepdims=True)


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a finite number: no word, and not True, which Python would count as 1.

    >>> is_number(0.5), is_number("0.5"), is_number(True), is_number(float("nan"))
    (True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(-np.inf < value < np.inf)


def _bounds(least: float, most: float) -> str:
    upper = "" if most == np.inf else f" and at most {most:,.6g}"
    return f"of at least {least:,.6g}{upper}"
