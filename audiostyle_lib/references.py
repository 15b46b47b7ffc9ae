"""What a texture is made after: sounds that are fit to be measured, and which part of long ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .audio import AudioError, check_audio
from .levels import without_offset
from .progress import Progress, progress_bar
from .quality import Quality
from .transforms import STFT, Transform
from .trend import without_course

MAX_BINS = 8193  # 85 ms of the highest rate in use
MEASURED_SECONDS = 30.0  # of a reference: more says hardly more, and costs time and memory
_LOOKS = 8  # moments of each second at which a long sound is looked at
_QUARTILES = (25, 50, 75)
_OCTAVES = 10  # bands in which it is looked at
_STEPS = 6  # in which one stretch moves on to the next
_BLOCK = 60  # seconds that are looked at in one go


def check_references(
    sounds: Sequence[np.ndarray],
    sr: int,
    quality: Quality,
    transform: Transform,
    *,
    names: Sequence[str],
    longest: Sequence[float] | None = None,
    steady: Sequence[bool] | None = None,
    progress: Progress = False,
) -> list[np.ndarray]:
    """The parts of references that are measured, (channels, n_i) or (1, n_i).

    Of those that last longer than `longest` (a number of seconds for each, `MEASURED_SECONDS` by
    default), the most typical stretch of that length. Some may have one channel where others have
    more: they take the image of these. All that are to be `steady`, by default all, lose their slow
    course of level: a recording that happens to die away is not a texture that dies away.

    Raises
    ------
    AudioError
        If one is no sound, silent, too short for the widest kernel, or has other channels.
    """
    checked = [
        np.atleast_2d(check_audio(y, sr, min_seconds=1e-9, name=name))
        for y, name in zip(sounds, names, strict=True)
    ]
    longest = [MEASURED_SECONDS] * len(checked) if longest is None else longest
    counts = {len(Y) for Y in checked} - {1}
    if len(counts) > 1:
        listed = ", ".join(f"{name}: {len(Y)}" for name, Y in zip(names, checked, strict=True))
        raise AudioError(f"references have other channels ({listed}); expected as many in each")
    if transform.n_bins > MAX_BINS:
        raise AudioError(
            f"transform is {transform!r}, of {transform.n_bins:,} bins; expected at most "
            f"{MAX_BINS:,}"
        )
    widest = (max(quality.widths) - 1) * quality.dilation + 1
    for Y, name in zip(checked, names, strict=True):
        n = Y.shape[1]
        if transform.n_frames(n) <= widest or n < transform.min_length:
            needed = max((widest + 1) * transform.hop_length, transform.min_length) / sr
            raise AudioError(
                f"{name} lasts {n / sr:.3f} s; expected at least {needed:.3f} s for kernels of "
                f"{widest} frames: take a longer sound or narrower kernels"
            )
    steady = [True] * len(checked) if steady is None else steady
    found = [
        without_offset(Y[:, typical_stretch(Y, sr, seconds=s, progress=progress)], sr)
        for Y, s in zip(checked, longest, strict=True)
    ]
    return [without_course(Y) if even else Y for Y, even in zip(found, steady, strict=True)]


def typical_stretch(
    Y: np.ndarray, sr: int, *, seconds: float = MEASURED_SECONDS, progress: Progress = False
) -> slice:
    """The stretch of `seconds` that is most like the whole, as samples of `Y` (channels, n).

    By its levels in octave bands: their quartiles are nearest to the median of all stretches. So
    it has neither the microphone being put down nor the one car that passes. A contiguous stretch
    keeps rhythm; a few looks at each second are enough, so that an hour takes a second of work.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(1, 99 * 8000)).astype(np.float32)
    >>> y[0, : 9 * 8000] *= 10  # loud at first
    >>> typical_stretch(y, 8000, seconds=30.0).start // 8000 >= 9
    True
    """
    n, length = Y.shape[1], round(seconds * sr)
    if n <= length:
        return slice(0, n)
    n_seconds = n // sr
    levels = octave_levels(Y, sr, progress=progress).reshape(n_seconds, _LOOKS, -1)
    width = max(1, round(seconds))
    starts = range(0, max(1, n_seconds - width + 1), max(1, width // _STEPS))
    pieces = (levels[k : k + width].reshape(-1, levels.shape[2]) for k in starts)
    found = np.stack([np.percentile(piece, _QUARTILES, axis=0) for piece in pieces])
    off = np.abs(found - np.median(found, axis=0)).sum(axis=(1, 2))
    first = min(starts[int(np.argmin(off))] * sr, n - length)
    return slice(first, first + length)


def octave_levels(Y: np.ndarray, sr: int, *, progress: Progress = False) -> np.ndarray:
    """Levels of octave bands in dB, at eight moments of each whole second of `Y` (channels, n).

    A look at each is quick, and needs no memory: (looks, bands).

    >>> octave_levels(np.ones((1, 24000), np.float32), 8000).shape
    (24, 10)
    """
    n_seconds = Y.shape[1] // sr
    n_fft = STFT.for_rate(sr).n_fft
    places = (np.arange(_LOOKS) * (sr - n_fft)) // (_LOOKS - 1)
    edges = np.unique((np.geomspace(2, n_fft // 2, _OCTAVES) + 1e-6).astype(int))  # 8 is not 7.9
    window = np.hanning(n_fft).astype(np.float32)
    rows = []
    with progress_bar(n_seconds, "listen", progress) as bar:
        for first in range(0, n_seconds, _BLOCK):
            for second in range(first, min(first + _BLOCK, n_seconds)):
                looks = np.stack([Y[:, second * sr + p :][:, :n_fft] for p in places], axis=1)
                power = (np.abs(np.fft.rfft(looks * window)) ** 2).mean(axis=0)
                rows.append(10 * np.log10(np.add.reduceat(power, edges, axis=1) + 1e-10))
            bar.update(min(_BLOCK, n_seconds - first))
    return np.concatenate(rows)
