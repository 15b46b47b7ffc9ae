"""How loud a sound is: measured, matched, brought to a result's level, kept below full scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

LEVEL = 0.1  # root mean square at which sounds are worked on: results do not depend on the input's
_FADE_SECONDS = 0.004  # long enough to make no click, short enough to leave an attack its edge
_OFFSET = 0.01  # of the sound's deviation: what lies below it, 40 dB, is not heard
_DRIFT_SECONDS = 0.5  # what takes longer than this is no sound; a tone of 20 Hz loses nothing
_DRIFT = 0.5  # of the deviation: wind and breath move a microphone by less
_LOOK_SECONDS = 0.005  # to either side of a peak, over which a limiter's gain falls and rises


def rms(y: np.ndarray) -> float:
    """Root mean square of `y`, its level as a plain number (1 for a square wave of full scale).

    >>> round(rms(np.array([0.5, -0.5])), 3)
    0.5
    """
    return float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))


def without_offset(y: np.ndarray, sr: int) -> np.ndarray:
    """`y` without a constant offset, and without a drift that is slower than any sound.

    A recorder's offset (DC) is not heard, but statistics see it, and a synthesis would make slow
    rumble of it. What is too small to matter stays: then `y` itself comes back.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
    sr : int
        Rate in Hz.

    Examples
    --------
    >>> without_offset(np.array([0.5, 0.3, 0.5, 0.3]), 22050).round(3)
    array([ 0.1, -0.1,  0.1, -0.1])
    """
    mean = y.mean(axis=-1, keepdims=True, dtype=np.float64).astype(y.dtype)
    rest = y - mean
    deviation = rest.std(axis=-1, keepdims=True, dtype=np.float64)
    if (np.abs(mean) <= np.maximum(_OFFSET * deviation, 1e-6)).all():
        rest = y
    slow = uniform_filter1d(rest, max(1, round(_DRIFT_SECONDS * sr)), axis=-1, mode="nearest")
    drifts = slow.std(axis=-1, keepdims=True, dtype=np.float64) > _DRIFT * deviation
    return rest - slow * drifts if drifts.any() and y.shape[-1] > _DRIFT_SECONDS * sr else rest


def fade_ends(y: np.ndarray, sr: int, *, start: bool = True, end: bool = True) -> np.ndarray:
    """`y` (n,), but it begins and ends at zero, within 4 ms: a jump there would be a click.

    >>> fade_ends(np.ones(1000), 22050)[[0, 500, 999]].tolist()
    [0.0, 1.0, 0.0]
    """
    n = min(round(_FADE_SECONDS * sr), len(y) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(n) / max(n, 1))).astype(y.dtype)
    y = y.copy()
    if start:
        y[:n] *= ramp
    if end:
        y[len(y) - n :] *= ramp[::-1]
    return y


def match_levels(
    sounds: Sequence[np.ndarray], *, level_db: float = -20.0, peak: float = 0.95
) -> list[np.ndarray]:
    """Scale sounds to one common level, so that a comparison by ear is about something else.

    All get the same root mean square: `level_db` below full scale, or less where the most peaky
    sound would otherwise exceed `peak`. A silent sound stays silent.

    Parameters
    ----------
    sounds : sequence of arrays of shape (n_i,)
    level_db : number <= 0
        Wanted level in dB relative to full scale.
    peak : number in (0, 1]
        No sample of the result is larger.

    Returns
    -------
    list of float32 arrays, in the order given

    Examples
    --------
    >>> a, b = match_levels([np.array([0.1, -0.1]), np.array([0.4, -0.4])])
    >>> bool(np.allclose(a, b))
    True
    """
    units = [np.asarray(y, dtype=np.float32) / (rms(y) or 1.0) for y in sounds]
    highest = max((float(np.abs(u).max(initial=0.0)) for u in units), default=0.0)
    gain = min(10 ** (level_db / 20), peak / highest if highest else 1.0)
    return [(u * gain).astype(np.float32) for u in units]


def finished(y: np.ndarray, sr: int, level: float) -> np.ndarray:
    """`y` as a result: at root mean square `level`, less where its peak would exceed 1, and with
    ends at zero; float32.

    >>> y = finished(np.tile([2.0, -2.0], 1000), 22050, 0.5)
    >>> round(rms(y), 3), float(y[0])
    (0.5, 0.0)
    """
    y = fade_ends(y, sr)
    y = y * (level / max(rms(y), 1e-9))
    return (y / max(1.0, float(np.abs(y).max()))).astype(np.float32)


def limited(pieces: Iterable[np.ndarray], sr: int, *, peak: float = 1.0) -> Iterator[np.ndarray]:
    """Successive pieces of one sound, turned down for some milliseconds where they exceed `peak`.

    A limiter that looks ahead: the gain falls before a peak and rises after it, smoothly, so that
    nothing is clipped. Samples come 10 ms later than they are given; none is lost. Where nothing
    exceeds `peak`, nothing is changed.

    Parameters
    ----------
    pieces : iterable of arrays of shape (n_i,)
    sr : int
        Rate in Hz.
    peak : number > 0

    Examples
    --------
    >>> y = np.sin(np.arange(4000) / 3)
    >>> z = np.concatenate(list(limited([y[:1000], 4 * y[1000:1010], y[1010:]], 22050)))
    >>> len(z), bool(abs(z).max() <= 1), bool((z[2000:] == y[2000:]).all())
    (4000, True, True)
    """
    look = max(1, round(_LOOK_SECONDS * sr))
    window = np.hanning(2 * look + 3)[1:-1]
    window /= window.sum()
    waiting = np.zeros(2 * look, np.float32)  # the past at the start is silent
    n_in, n_out = 0, 0

    def ready(y: np.ndarray) -> np.ndarray:
        """All of `y` but 2 * look samples at either end, which are context."""
        needed = np.minimum(1.0, peak / np.maximum(np.abs(y), 1e-9))
        inner = y[2 * look : len(y) - 2 * look]
        if needed.min(initial=1.0) == 1.0:
            return inner
        lowest = minimum_filter1d(needed, 2 * look + 1)
        gain = np.convolve(lowest, window, "same")[2 * look : len(y) - 2 * look]
        return (inner * gain).clip(-peak, peak).astype(y.dtype)

    for piece in pieces:
        n_in += len(piece)
        waiting = np.concatenate([waiting, piece])
        if len(waiting) > 4 * look:
            out = ready(waiting)
            n_out += len(out)
            yield out
            waiting = waiting[-4 * look :]
    yield ready(np.concatenate([waiting, np.zeros(4 * look, waiting.dtype)]))[: n_in - n_out]
