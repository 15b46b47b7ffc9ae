"""Several channels made one, without losing what they hold."""

from __future__ import annotations

import numpy as np

from ..levels import mean_square, rms

_CANCELS = 0.25  # of the power that unrelated channels keep in their mean: less is cancelling
_CANCELS_SOMEWHERE = (0.1, 0.2)  # the same in a second and octave, and the share of these
_BLOCK = 1 << 20  # samples that are looked at in double precision at once


def one_channel(Y: np.ndarray, sr: int) -> tuple[np.ndarray, list[str]]:
    """The mean of all channels; another way if they would cancel in it.

    Then those that swing against the others are turned around; and if that is no better, the
    loudest channel stands for all.

    Parameters
    ----------
    Y : array of shape (channels, n)
    sr : int
        Rate in Hz.

    Returns
    -------
    y : array of shape (n,), float32
    notes : list of str
        What was done, if it was not the mean.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=22050).astype(np.float32)
    >>> one, notes = one_channel(np.stack([y, -y]), 22050)
    >>> bool(np.allclose(abs(one), abs(y))), notes[0][:41]
    (True, 'has channels that cancel in their average')
    """
    mean = Y.mean(axis=0, dtype=np.float64)
    if len(Y) == 1 or not _cancels(mean, Y, sr):
        return mean.astype(np.float32), []
    _, directions = np.linalg.eigh(_products(Y))
    signs = np.where(directions[:, -1] < 0, -1, 1)
    signs *= np.sign(signs.sum()) or signs[0]  # as few as possible are turned
    turned = np.zeros(Y.shape[1])
    for sign, channel in zip(signs, Y, strict=True):
        turned += sign * channel / len(Y)
    lost = f"has channels that cancel in their average ({_decibels(mean, Y)})"
    if not _cancels(turned, Y, sr):
        which = " and ".join(str(k + 1) for k in np.flatnonzero(signs < 0))
        return turned.astype(np.float32), [f"{lost}: turned around before it: {which}"]
    loudest = int(np.argmax([mean_square(channel) for channel in Y]))
    return Y[loudest].copy(), [f"{lost}: channel {loudest + 1} alone was taken"]


def _products(Y: np.ndarray) -> np.ndarray:
    """`Y @ Y.T` in double precision, without a copy of the whole."""
    total = np.zeros((len(Y), len(Y)))
    for first in range(0, Y.shape[1], _BLOCK):
        part = Y[:, first : first + _BLOCK].astype(np.float64)
        total += part @ part.T
    return total


def _decibels(y: np.ndarray, Y: np.ndarray) -> str:
    return f"{20 * np.log10(max(rms(y), 1e-9) / max(rms(Y), 1e-9)):.0f} dB"


def _cancels(mean: np.ndarray, Y: np.ndarray, sr: int) -> bool:
    """Whether a sum of channels loses what unrelated channels would keep, in all or in parts."""
    unrelated = mean_square(Y) / len(Y)
    if mean_square(mean) < _CANCELS * unrelated:
        return bool(unrelated > 0)
    least, share = _CANCELS_SOMEWHERE
    kept = _powers(mean[None], sr)[0]
    whole = _powers(Y, sr).mean(axis=0)
    gone = kept < least * whole / len(Y)
    return bool(whole[gone].sum() > share * whole.sum())


def _powers(Y: np.ndarray, sr: int) -> np.ndarray:
    """Power in every second and octave from 40 Hz up, shape (channels, seconds, octaves)."""
    n = min(sr, Y.shape[1])
    edges = np.minimum(40.0 * 2.0 ** np.arange(0, 10) * n / sr, n // 2).astype(int)
    edges = np.unique(np.concatenate([[0], edges]))
    found = []
    for start in range(0, Y.shape[1] - n + 1, n):
        power = np.abs(np.fft.rfft(Y[:, start : start + n])) ** 2
        found.append(np.add.reduceat(power, edges, axis=1))
    return np.stack(found, axis=1)
