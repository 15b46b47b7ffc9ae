"""What a texture is made after: sounds that are fit to be measured."""

from __future__ import annotations

import numpy as np

from .audio import AudioError, check_audio
from .levels import without_offset
from .quality import Quality
from .transforms import Transform

MAX_BINS = 4097  # 46 ms of the highest rate; twice as many take minutes


def check_reference(
    y: np.ndarray, sr: int, quality: Quality, transform: Transform, *, name: str = "y"
) -> np.ndarray:
    """Return `y` as `check_audio` does, without an offset, if the widest kernel fits into it."""
    n_bins = transform.n_bins
    if n_bins > MAX_BINS:
        raise AudioError(
            f"transform is {transform!r}, of {n_bins:,} bins; expected at most "
            f"{MAX_BINS:,}, since the work grows with their cube"
        )
    y = without_offset(check_audio(y, sr, min_seconds=1e-9, name=name), sr)
    widest = (max(quality.widths) - 1) * quality.dilation + 1
    if transform.n_frames(len(y)) <= widest or len(y) < transform.min_length:
        needed = max((widest + 1) * transform.hop_length, transform.min_length) / sr
        raise AudioError(
            f"{name} lasts {len(y) / sr:.3f} s; expected at least {needed:.3f} s for kernels of "
            f"{widest} frames: take a longer sound or narrower kernels"
        )
    return y
