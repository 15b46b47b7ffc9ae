"""What a sound is; the library's one error class, and its one warning.

A sound is `y`, an array of shape (n,) or (channels, n), float32 in [-1, 1], with its sampling rate
`sr` in Hz.
Everything that enters the library passes `check_audio`. Levels are in `levels`; files are read by
`files.reading` and written by `files.writing`.
"""

from __future__ import annotations

import numpy as np

MAX_CHANNELS = 8
SILENCE = 2e-5  # samples that are no further apart: a constant is no sound, however large
SR = 22050  # Hz, the book's rate: enough for what most textures hold, half the work of 44,100

_LOWEST_RATE, _HIGHEST_RATE = 1000, 384_000
_HIGHEST_PEAK = 1.0 + 1e-4  # what rounding may make of 1


class AudioError(ValueError):
    """Input that cannot be used; the message says what came and what was expected."""


class AudioWarning(UserWarning):
    """Something of a sound was lost or changed that its owner may want to know of."""


def check_audio(
    y: np.ndarray, sr: float, *, min_seconds: float = 0.0, name: str = "y", mono: bool = False
) -> np.ndarray:
    """Return `y` as a float32 array of shape (n,) or (channels, n), or say why it is no sound.

    Integer samples are scaled by their type's range (16-bit 32767 becomes nearly 1). The argument
    is never changed; the returned array may share its memory.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n), 1 to 8 channels
        Samples, float in [-1, 1] or any integer type.
    sr : number > 0
        Sampling rate in Hz.
    min_seconds : number >= 0
        The shortest sound that will do.
    name : str
        What to call the sound in a message.
    mono : bool
        Only one channel will do.

    Raises
    ------
    AudioError
        For a wrong type or shape, an empty or too short sound, NaN, infinite values, samples
        beyond +-1, or silence where a length is asked for.

    Examples
    --------
    >>> check_audio(np.array([0, 16384], dtype=np.int16), 22050)
    array([0. , 0.5], dtype=float32)
    >>> check_audio(np.zeros((100, 2)), 22050)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: y has shape (100, 2); expected (n,) or (channels, n), 1 to 8 \
channels: transpose it
    """
    check_rate(sr)
    y = np.asarray(y)
    if y.dtype.kind not in "fiu":
        raise AudioError(f"{name} has type {y.dtype}; expected an array of real samples")
    if mono and y.ndim != 1:
        raise AudioError(
            f"{name} has shape {y.shape}; expected (n,), one channel: average the channels first"
        )
    if y.ndim not in (1, 2) or (y.ndim == 2 and not 1 <= len(y) <= MAX_CHANNELS):
        turned = y.ndim == 2 and 1 <= y.shape[1] <= MAX_CHANNELS < len(y)
        raise AudioError(
            f"{name} has shape {y.shape}; expected (n,) or (channels, n), 1 to {MAX_CHANNELS} "
            f"channels{': transpose it' if turned else ''}"
        )
    n = y.shape[-1]
    if n == 0:
        raise AudioError(f"{name} is empty; expected at least one sample")
    y = _to_float(y)
    peak = float(max(y.max(), -y.min()))  # no copy: a sound may last an hour
    if not np.isfinite(peak):
        bad = int((~np.isfinite(y)).sum())
        raise AudioError(
            f"{name} has {bad} NaN or infinite samples of {y.size}; expected numbers in [-1, 1]"
        )
    if peak > _HIGHEST_PEAK:
        raise AudioError(f"{name} has a peak of {peak:.4g}; expected samples in [-1, 1]: scale it")
    if n < min_seconds * sr:
        raise AudioError(
            f"{name} lasts {n / sr:.3f} s ({n} samples at {sr} Hz); "
            f"expected at least {min_seconds:.3f} s"
        )
    if min_seconds > 0 and np.ptp(y, axis=-1).max() < SILENCE:
        raise AudioError(
            f"{name} is silent (peak {peak:.1g}{', always the same' if peak > 1e-5 else ''}); "
            "expected a sound that can be analysed"
        )
    return y


def check_rate(sr: float) -> int:
    """Return the sampling rate as an int, or say what is wrong with it.

    >>> check_rate(44100.0)
    44100
    >>> check_rate(22050.5)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: sr is 22050.5; expected a sampling rate in Hz, a whole number \
from 1,000 to 384,000
    """
    number = isinstance(sr, (int, float, np.integer, np.floating)) and not isinstance(sr, bool)
    if not (number and _LOWEST_RATE <= sr <= _HIGHEST_RATE and sr == int(sr)):
        raise AudioError(
            f"sr is {sr!r}; expected a sampling rate in Hz, a whole number from "
            f"{_LOWEST_RATE:,} to {_HIGHEST_RATE:,}"
        )
    return int(sr)


def _to_float(y: np.ndarray) -> np.ndarray:
    if y.dtype.kind == "f":
        return y.astype(np.float32, copy=False)
    info = np.iinfo(y.dtype)
    middle = 0 if info.min < 0 else (int(info.max) + 1) // 2  # unsigned audio is centred
    return ((y.astype(np.float64) - middle) / (int(info.max) + 1 - middle)).astype(np.float32)
