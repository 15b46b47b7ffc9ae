"""What the calls give back: a sound, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .arguments import is_number
from .audio import AudioError

MAX_SECONDS = 1800.0  # of a result that is kept in memory


@dataclass(frozen=True)
class TextureResult:
    """A synthesised sound and how it came about.

    Attributes
    ----------
    y : array of shape (n,) or (channels, n), float32 in [-1, 1]
    sr : int, Hz
    history : list of float
        Loss at every evaluation; 0 would be equal statistics.
    seconds_taken : float
        Wall time of the synthesis.
    n_statistics : int
        How many numbers described the reference: far fewer than the result's samples.
    """

    y: np.ndarray = field(repr=False)
    sr: int
    history: list[float] = field(repr=False)
    seconds_taken: float
    n_statistics: int


def check_length(seconds: float, sr: int, *, most: float = MAX_SECONDS) -> int:
    """Samples of a result of `seconds`, `most` at most, or say what is wrong with it.

    >>> check_length(0.5, 22050)
    11025
    """
    if not (is_number(seconds) and round(seconds * sr) >= 1):
        raise AudioError(f"seconds is {seconds!r}; expected a length above 0")
    if seconds > most:
        raise AudioError(f"seconds is {seconds!r}; expected at most {most:.0f}")
    return round(seconds * sr)
