"""Where in a long recording a texture is: stretches that are steady, and how well they will do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arguments import check_number, check_whole
from .audio import AudioError, check_audio, check_rate
from .progress import Progress
from .realism import Realism, expected_realism
from .references import octave_levels

_STEPS = 4  # in which one stretch moves on to the next
_QUARTILES = (25, 50, 75)
_SILENT_DB = 60  # what is so far below the loudest moment


@dataclass(frozen=True)
class Stretch:
    """A part of a recording that may become a texture.

    Attributes
    ----------
    start, end : float
        In seconds.
    change : float
        How much it changes, in dB: the mean difference, over octaves, of the quartiles of level
        between its four quarters. Rain has about 1, a street 5.
    realism : Realism or None
        What `expected_realism` says of it; nothing of less than a second.
    """

    start: float
    end: float
    change: float
    realism: Realism | None


def find_stretches(
    y: np.ndarray, sr: int, *, seconds: float = 8.0, n: int = 5, progress: Progress = False
) -> list[Stretch]:
    """The steadiest stretches of a recording, which make the best textures, the steadiest first.

    None overlaps another, and silent ones do not count.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        At least a second.
    sr : int
        Rate in Hz.
    seconds : number >= 1
        Of each stretch; a shorter recording is one.
    n : int >= 1
        How many at most.
    progress : bool or function
        As for `synthesize_texture`.

    Returns
    -------
    list of Stretch

    Raises
    ------
    AudioError
        If it is no sound, silent or too short, or a number is out of range.

    Examples
    --------
    >>> from audiostyle_lib.sounds import crackle, rain
    >>> changing = rain(seconds=6.0) * np.repeat([1.0, 0.1, 0.6], 44100).astype(np.float32)
    >>> found = find_stretches(np.concatenate([changing, rain(seconds=4.0, seed=1)]), 22050,
    ...     seconds=3.0, n=2)
    >>> found[0].start >= 5.5, found[0].change < found[1].change
    (True, True)
    """
    sr = check_rate(sr)
    seconds, n = check_number("seconds", seconds, 1.0), check_whole("n", n, 1)
    Y = np.atleast_2d(check_audio(y, sr, min_seconds=1.0))
    total = Y.shape[1] / sr
    seconds = min(seconds, total)
    levels = octave_levels(Y, sr, progress=progress)  # (looks, bands), evenly in time
    per_second = len(levels) / total
    width = max(4, round(seconds * per_second))
    loud = levels.max(axis=1)
    found = []
    for first in range(0, max(1, len(levels) - width + 1), max(1, width // _STEPS)):
        piece = levels[first : first + width]
        if np.median(loud[first : first + width]) < loud.max() - _SILENT_DB:
            continue
        start = min(first / per_second, total - seconds)
        found.append((_change(piece), start))
    chosen: list[tuple[float, float]] = []
    for change, start in sorted(found):
        if all(abs(start - other) >= seconds - 1e-6 for _, other in chosen):
            chosen.append((change, start))
        if len(chosen) == n:
            break
    if not chosen:
        raise AudioError("y has no stretch that is not silent; expected sound")
    return [
        Stretch(start, start + seconds, change, _realism(Y, sr, start, seconds))
        for change, start in chosen
    ]


def _change(levels: np.ndarray) -> float:
    """How much the quarters of `levels` (looks, bands) differ, in dB."""
    quarters = [np.percentile(part, _QUARTILES, axis=0) for part in np.array_split(levels, 4)]
    middle = np.mean(quarters, axis=0)
    return float(np.mean([np.abs(part - middle).mean() for part in quarters]))


def _realism(Y: np.ndarray, sr: int, start: float, seconds: float) -> Realism | None:
    first = round(start * sr)
    try:
        return expected_realism(Y[:, first : first + round(seconds * sr)], sr)
    except AudioError:  # too short, or silent
        return None
