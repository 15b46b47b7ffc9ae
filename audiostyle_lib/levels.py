"""How loud a sound is: measured, matched, brought to a result's level, kept below full scale.

All channels of a sound share one level and get one gain, so that what stood left stays left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import minimum_filter1d

LEVEL = 0.1  # root mean square at which sounds are worked on: results do not depend on the input's
_FADE_SECONDS = 0.004  # long enough to make no click, short enough to leave an attack its edge
_OFFSET = 0.01  # of the sound's deviation: what lies below it, 40 dB, is not heard
_DRIFT_SECONDS = 0.5  # what takes longer than this is no sound; a tone of 20 Hz loses nothing
_DRIFT = 0.5  # of the deviation: wind and breath move a microphone by less
_LOOK_SECONDS = 0.005  # to either side of a peak, over which a limiter's gain falls and rises
_LIMITED = 2.0  # peaks up to 6 dB too high are turned down by themselves
_MATCHED_DB, _MATCHED_PEAK = -20.0, 0.95  # of sounds that are compared
_BLOCK = 1 << 20  # samples that are looked at in double precision at once: an hour would need GB


def rms(y: np.ndarray) -> float:
    """Root mean square of `y`, its level as a plain number (1 for a square wave of full scale).

    Of all channels together, if there are several.

    >>> round(rms(np.array([0.5, -0.5])), 3)
    0.5
    """
    return float(np.sqrt(mean_square(y)))


def mean_square(y: np.ndarray) -> float:
    """Mean square of `y`, of any shape: its power.

    >>> mean_square(np.array([[0.5, -0.5], [0.0, 0.0]]))
    0.125
    """
    y = np.asarray(y)
    return float(_squares(y.reshape(-1), 0.0) / y.size)


def _squares(y: np.ndarray, mean: float) -> float:
    """Sum of squares of `y - mean`, halved as numpy halves a sum, so that not a bit differs."""
    if len(y) > _BLOCK:
        half = len(y) // 2
        half -= half % 8
        return _squares(y[:half], mean) + _squares(y[half:], mean)
    return np.square(np.subtract(y, mean, dtype=np.float64)).sum()


def without_offset(y: np.ndarray, sr: int) -> np.ndarray:
    """`y` without a constant offset, and without a drift that is slower than any sound.

    A recorder's offset (DC) is not heard, but statistics see it, and a synthesis would make slow
    rumble of it. What is too small to matter stays: then `y` itself comes back. Each channel has an
    offset of its own.

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
    if y.ndim > 1:
        found = y
        for k, channel in enumerate(y):
            steady = without_offset(channel, sr)
            if steady is not channel:
                found = y.copy() if found is y else found
                found[k] = steady
        return found
    mean = y.mean(dtype=np.float64).astype(y.dtype)
    rest = y - mean
    deviation = _deviation(rest)
    if np.abs(mean) <= max(_OFFSET * deviation, 1e-6):
        rest = y
    if len(y) <= _DRIFT_SECONDS * sr:
        return rest
    size = max(1, round(_DRIFT_SECONDS * sr))
    slow, least = _running_mean(rest, size), _DRIFT * deviation
    drifts = _deviation(slow) > least and _deviation(_of_what_is_there(slow, rest, size)) > least
    return np.subtract(rest, slow, out=slow) if drifts else rest


def _deviation(y: np.ndarray) -> float:
    """As `y.std(dtype=float)`, without a copy of `y`."""
    return float(np.sqrt(_squares(y, y.mean(dtype=np.float64)) / len(y)))


def _running_mean(y: np.ndarray, size: int) -> np.ndarray:
    """The mean of `size` samples around each, those at the ends repeated.

    As `scipy.ndimage.uniform_filter1d`, which takes 16 bytes a sample; bit by bit the same.
    """
    means, before, after = np.empty_like(y), size // 2, (size - 1) // 2
    window = y.take(np.arange(-before, after + 1), mode="clip").astype(np.float64)
    total = np.add.accumulate(window)[-1]  # one by one: not as `sum` adds
    means[0] = total / size
    for first in range(1, len(y), _BLOCK):
        at = np.arange(first, min(first + _BLOCK, len(y)))
        totals = y.take(at + after, mode="clip").astype(np.float64)
        totals -= y.take(at - 1 - before, mode="clip")
        totals[0] += total
        np.add.accumulate(totals, out=totals)
        total = totals[-1]
        means[first : first + len(at)] = totals / size
    return means


def _of_what_is_there(means: np.ndarray, y: np.ndarray, size: int) -> np.ndarray:
    """Running means without what was repeated at the ends: one large sample there is no drift."""
    means = means.copy()
    for end, first, n in ((means, y[0], size // 2), (means[::-1], y[-1], (size - 1) // 2)):
        repeated = np.arange(n, 0, -1)
        end[:n] = (size * end[:n] - repeated * first) / (size - repeated)
    return means


def fade_ends(y: np.ndarray, sr: int, *, start: bool = True, end: bool = True) -> np.ndarray:
    """`y`, but it begins and ends at zero, within 4 ms: a jump there would be a click.

    Of shape (n,) or (channels, n), as is the result.

    >>> fade_ends(np.ones(1000), 22050)[[0, 500, 999]].tolist()
    [0.0, 1.0, 0.0]
    """
    n_samples = y.shape[-1]
    n = min(round(_FADE_SECONDS * sr), n_samples // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(n) / max(n, 1))).astype(y.dtype)
    y = y.copy()
    if start:
        y[..., :n] *= ramp
    if end:
        y[..., n_samples - n :] *= ramp[::-1]
    return y


def match_levels(
    sounds: Sequence[np.ndarray], *, level_db: float = _MATCHED_DB, peak: float = _MATCHED_PEAK
) -> list[np.ndarray]:
    """Scale sounds to one common level, so that a comparison by ear is about something else.

    All get the same root mean square: `level_db` below full scale, or less where the most peaky
    sound would otherwise exceed `peak`. A silent sound stays silent. The channels of a sound get
    one gain, and their common root mean square counts.

    Parameters
    ----------
    sounds : sequence of arrays of shape (n_i,) or (channels_i, n_i)
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


def finished(y: np.ndarray, sr: int, level: float, *, loop: bool = False) -> np.ndarray:
    """`y` as a result: at root mean square `level`, peaks of at most 1, and ends at zero; float32.

    A `loop` has no ends: it is left as it is there.

    Peaks up to 6 dB too high are turned down for some milliseconds (`limited`), so that one of them
    does not make the whole sound quieter; where they are higher, all is turned down by the rest. Of
    shape (n,) or (channels, n), with one gain for all channels.

    >>> y = finished(np.tile([2.0, -2.0], 1000), 22050, 0.5)
    >>> round(rms(y), 3), float(y[0])
    (0.5, 0.0)
    """
    y = y if loop else fade_ends(y, sr)
    y = y * (level / max(rms(y), 1e-9))
    y = (y / max(1.0, float(np.abs(y).max()) / _LIMITED)).astype(np.float32)
    if np.abs(y).max(initial=0.0) > 1.0:
        n, around = y.shape[-1], [y, y, y] if loop else [y]
        y = np.concatenate(list(limited(around, sr)), axis=-1)
        y = y[..., n : 2 * n] if loop else y
    return y


def limited(pieces: Iterable[np.ndarray], sr: int, *, peak: float = 1.0) -> Iterator[np.ndarray]:
    """Successive pieces of one sound, turned down for some milliseconds where they exceed `peak`.

    A limiter that looks ahead: the gain falls before a peak and rises after it, smoothly, so that
    nothing is clipped. Samples come 10 ms later than they are given; none is lost. Where nothing
    exceeds `peak`, nothing is changed. All channels are turned down by the same, as their largest
    needs it: what is heard left stays left.

    Parameters
    ----------
    pieces : iterable of arrays of shape (n_i,) or (channels, n_i)
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
    n_in, n_out = 0, 0

    def ready(y: np.ndarray) -> np.ndarray:
        """All of `y` but 2 * look samples at either end, which are context."""
        n = y.shape[-1]
        largest = np.abs(y).reshape(-1, n).max(axis=0)
        needed = np.minimum(1.0, peak / np.maximum(largest, 1e-9))
        inner = y[..., 2 * look : n - 2 * look]
        if needed.min(initial=1.0) == 1.0:
            return inner
        lowest = minimum_filter1d(needed, 2 * look + 1)
        gain = np.convolve(lowest, window, "same")[2 * look : n - 2 * look]
        return (inner * gain).clip(-peak, peak).astype(y.dtype)

    waiting = np.zeros(0, np.float32)
    for piece in pieces:
        if not n_in:
            waiting = _silence(piece, 2 * look, np.float32)  # the past at the start
        n_in += piece.shape[-1]
        waiting = np.concatenate([waiting, piece], axis=-1)
        if waiting.shape[-1] > 4 * look:
            out = ready(waiting)
            n_out += out.shape[-1]
            yield out
            waiting = waiting[..., -4 * look :]
    waiting = np.concatenate([waiting, _silence(waiting, 4 * look, waiting.dtype)], axis=-1)
    yield ready(waiting)[..., : n_in - n_out]


def _silence(like: np.ndarray, n: int, dtype: npt.DTypeLike) -> np.ndarray:
    """`n` zeros in as many channels as another sound has."""
    return np.zeros((*like.shape[:-1], n), dtype)
