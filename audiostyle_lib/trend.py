"""The slow course of level: whether a recording as a whole dies away, or swells once.

That is how the recording happened to go, and no texture: statistics of a few seconds cannot tell it
from what goes on for ever.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter1d

from .levels import rms

_MOMENTS = 64  # of a sound, whose powers show its slow course
_CYCLES = (1, 2)  # half and whole ones in a sound's length
_OCTAVES = 7  # that keep their power; the last is all that is lower
_STEEPEST = 1.4  # log of the largest gain, 12 dB: more would lift the noise of a silence


def slow_course(y: np.ndarray, n: int | None = None) -> np.ndarray:
    """How loud `y` is over its whole length, as gains around 1: does it die away, or swell once?

    Up to one cycle in the sound's length, and 12 dB to either side. What is faster is texture;
    this is how the recording happened to go.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
    n : int, optional
        Samples of the result; those of `y` by default.

    Returns
    -------
    array of shape (n,), float32

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal(50000)
    >>> fading = slow_course(noise * np.geomspace(1, 0.1, 50000))
    >>> bool(fading[0] > 2 * fading[-1]), round(float(slow_course(noise)[0]), 1)
    (True, 1.0)
    """
    n = y.shape[-1] if n is None else n
    edges = np.linspace(0, y.shape[-1], _MOMENTS + 1).astype(int)
    if edges[1] < 1:
        return np.ones(n, np.float32)
    power = np.add.reduceat(
        np.square(y, dtype=np.float64).reshape(-1, y.shape[-1]).sum(0), edges[:-1]
    )
    power = gaussian_filter1d(power / np.diff(edges), _MOMENTS / 8, mode="reflect")
    level = np.log(np.maximum(power, 1e-6 * power.max() + 1e-30)) / 2

    def waves(n: int) -> np.ndarray:
        return np.cos(np.pi * np.outer(_CYCLES, (np.arange(n) + 0.5) / n))

    found = 2 * waves(_MOMENTS) @ level / _MOMENTS
    return np.exp(np.clip(found @ waves(n), -_STEEPEST, _STEEPEST)).astype(np.float32)


def without_course(y: np.ndarray) -> np.ndarray:
    """`y` (n,) or (channels, n) without its `slow_course`, as loud as before in every octave.

    Else a bell, whose treble dies away first, would lose brightness with its fall.

    >>> noise = np.random.default_rng(0).normal(size=99000)
    >>> even = without_course(noise * np.linspace(1, 0.3, 99000))
    >>> bool(rms(even[:33000]) < 1.2 * rms(even[66000:]))
    True
    """
    n = y.shape[-1]
    before, after = (scipy.fft.rfft(x.astype(np.float64)) for x in (y, y / slow_course(y)))
    powers = [(Y.real**2 + Y.imag**2).reshape(-1, Y.shape[-1]).sum(axis=0) for Y in (before, after)]
    del before
    place = np.arange(after.shape[-1], dtype=np.float32) * (2 / n)
    place = np.log2(np.maximum(place, 1e-9))  # 0: the highest octave
    put_right = np.zeros_like(place)
    for octave in range(_OCTAVES):
        distance = place + octave
        if octave == _OCTAVES - 1:
            distance = np.maximum(distance, 0)
        gains = np.maximum(1 - np.abs(distance), 0)  # of all octaves they add to 1
        was, new = (np.sum(gains**2 * power) for power in powers)  # no BLAS: its threads wait long
        put_right += gains * np.float32(np.sqrt(was / max(new, 1e-60)))
    after *= put_right
    even = scipy.fft.irfft(after, n, overwrite_x=True)
    return (even * (rms(y) / max(rms(even), 1e-30))).astype(y.dtype)
