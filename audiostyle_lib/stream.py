"""Textures without end: blocks of sound that join without seams, in constant memory.

New frames are made a few seconds at a time. Each stretch continues the components of the one
before, so that the filters' statistics hold across the border, and fits its phases to those that
were already played (`sounding`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch

from .arguments import check_seed, is_number
from .audio import AudioError, check_rate
from .levels import fade_ends, limited, rms
from .model import TextureModel
from .optim import on_one_thread
from .progress import Progress
from .quality import Quality, as_quality
from .result import MAX_SECONDS
from .sounding import check_continuable, sound_stretches

_PEAK = 1.4  # of the first seconds: what exceeds 1 is turned down for some milliseconds


def stream_texture(
    y: np.ndarray,
    sr: int,
    *,
    block_seconds: float = 1.0,
    seed: int = 0,
    quality: str | Quality = "standard",
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> Iterator[np.ndarray]:
    """Play a texture for ever: an endless iterator over blocks of new sound (book: chapter 8).

    Memory does not grow, and blocks come faster than they play. Interrupting it at any point does
    no harm.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        The reference, in [-1, 1].
    sr : int
        Rate of reference and result in Hz.
    block_seconds : number > 0
        Length of each block; it does not change what is heard.
    seed : int
        The same seed gives the same stream on the same machine.
    quality, device
        As for `synthesize_texture`; the transform must be an STFT, whose phases can be continued.
    progress : bool or function
        Of measuring the reference; the stream itself has no end.

    Yields
    ------
    arrays of shape (block_seconds * sr,) or (channels, block_seconds * sr), float32 in [-1, 1]
        From zero, and at the level of the reference by one gain for all, less where the first
        seconds' peak would exceed 1.4. Later peaks beyond 1 are turned down, not clipped.

    Raises
    ------
    AudioError
        At the call, not at the first block, for what cannot be used.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> stream = stream_texture(rain(seconds=1.0), 22050, quality="draft")
    >>> next(stream).shape, next(stream).shape
    ((22050,), (22050,))
    """
    seed, sr = check_seed(seed), check_rate(sr)
    if not (is_number(block_seconds) and 1 <= block_seconds * sr <= MAX_SECONDS * sr):
        raise AudioError(
            f"block_seconds is {block_seconds!r}; expected above 0, at most {MAX_SECONDS:.0f}"
        )
    check_continuable(as_quality(quality), sr)
    model = TextureModel.measure([y], sr, quality, seed=seed, device=device, progress=progress)
    level = model.levels[0]
    pieces = sound_stretches(model, seed=seed)
    return played(pieces, lambda first: level_gain(first, level), sr, round(block_seconds * sr))


def played(
    pieces: Iterable[np.ndarray], gain: Callable[[np.ndarray], float], sr: int, size: int
) -> Iterator[np.ndarray]:
    """Pieces of one sound as blocks that can be played: at one level, from zero, none beyond 1.

    Parameters
    ----------
    pieces : iterable of arrays of shape (n_i,) or (channels, n_i)
        At any level.
    gain : function
        From the first piece to the factor for all.
    sr : int
        Rate in Hz.
    size : int
        Samples of a block.

    Yields
    ------
    float32 arrays of shape (size,) or (channels, size)

    Examples
    --------
    >>> blocks = played([np.ones(3000), np.ones(2000)], lambda first: 0.5, 22050, 2000)
    >>> [(float(block[0]), float(block[-1])) for block in blocks]
    [(0.0, 0.5), (0.5, 0.5)]
    """

    def at_level() -> Iterator[np.ndarray]:
        factor = None
        for piece in pieces:
            first, factor = factor is None, gain(piece) if factor is None else factor
            new = (factor * piece).astype(np.float32)
            yield fade_ends(new, sr, end=False) if first else new

    waiting = None
    for piece in on_one_thread(limited(at_level(), sr)):
        waiting = piece if waiting is None else np.concatenate([waiting, piece], axis=-1)
        while waiting.shape[-1] >= size:
            yield waiting[..., :size].copy()
            waiting = waiting[..., size:]


def level_gain(first: np.ndarray, level: float) -> float:
    """Factor that brings a sound, by its first piece, to `level`, or as near as its peaks allow.

    >>> level_gain(np.array([0.1, -0.1]), 0.5), level_gain(np.array([0.0, 2.0]), 5.0)
    (5.0, 0.7)
    """
    peak = float(np.abs(first).max())
    return float(min(level / max(rms(first), 1e-9), _PEAK / max(peak, 1e-9)))
