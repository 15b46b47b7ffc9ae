"""Several textures in one: their statistics in weighted shares, which may move over time."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike

from .arguments import check_seed, check_weights
from .audio import AudioError, check_rate
from .frames import new_frames, stretches
from .model import TextureModel
from .optim import cpu_threads
from .progress import Progress
from .quality import Quality, as_quality
from .result import TextureResult, check_length
from .sounding import check_continuable, new_sound

_MORPH_FRAMES = 128  # made at once while shares move: 1.5 s, short enough to follow them


@cpu_threads(1)
def mix_textures(
    sounds: Sequence[np.ndarray],
    sr: int,
    *,
    weights: ArrayLike,
    seconds: float | None = None,
    seed: int = 0,
    quality: str | Quality = "standard",
    loop: bool = False,
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> TextureResult:
    """Make a texture between several recordings (book: chapter 9).

    Not a sum of sounds: one sound whose statistics are the weighted mean of theirs. Mean log
    spectrum, Gram matrices (Huzaifah and Wyse, 2019), repetition, each bin's distribution of
    levels and the last touch all take the same shares; likeness to each costs by its share.

    Parameters
    ----------
    sounds : sequence of k arrays of shape (n_i,) or (channels, n_i)
        The references, in [-1, 1]; lengths and levels may differ, the channels of those that have
        several may not.
    sr : int
        Rate of all in Hz.
    weights : array of shape (k,) or (m, k)
        Share of each sound, no matter in which unit: rows are divided by their sum. Several rows
        are spread evenly over the result, and shares move from row to row: a morph.
    seconds : number > 0, optional
        Length of the result; that of the longest reference by default, 30 s at most.
    seed : int
        The same seed gives the same sound on the same machine.
    loop : bool
        The end meets the beginning, as for `synthesize_texture`; shares may not move then.
    quality, device, progress
        As for `synthesize_texture`.

    Returns
    -------
    TextureResult
        At the weighted mean, in dB, of the references' levels, less where its peak would exceed 1.

    Raises
    ------
    AudioError
        If a reference cannot be used, their number is not that of the weights, a weight is negative
        or no number, or all weights of a row are 0.

    Examples
    --------
    >>> from audiostyle_lib.sounds import crackle, rain
    >>> sounds = [rain(seconds=1.0), crackle(seconds=1.0)]
    >>> mix_textures(sounds, 22050, weights=[3, 1], quality="draft", progress=False).y.shape
    (22050,)
    """
    began = time.perf_counter()
    seed, shares = check_seed(seed), check_weights(weights, len(sounds))
    length = None if seconds is None else check_length(seconds, check_rate(sr))
    if loop:
        check_continuable(as_quality(quality), check_rate(sr), "a loop")
        if len(shares) > 1:
            raise AudioError(
                f"weights have {len(shares)} rows; a loop expects one: its end is its beginning"
            )
    names = [f"sound {i}" for i in range(len(sounds))]
    model = TextureModel.measure(
        sounds, sr, quality, names=names, seed=seed, device=device, progress=progress
    )
    length = model.longest if length is None else length
    n_frames = model.n_frames(length, loop=loop)
    rows = np.linspace(0, len(shares) - 1, n_frames)
    over_time = np.stack(
        [np.interp(rows, np.arange(len(shares)), column) for column in shares.T], axis=1
    )
    parts = 1 if len(shares) == 1 else max(1, n_frames // _MORPH_FRAMES)
    pieces = (
        [new_frames(model, n_frames, weights=over_time, loop=True, seed=seed, progress=progress)]
        if loop
        else list(stretches(model, np.array_split(over_time, parts), seed=seed, progress=progress))
    )
    level = np.exp(shares.mean(axis=0) @ np.log(model.levels))
    y = new_sound(
        model,
        torch.cat([new.S for new in pieces], 1),
        length,
        level=level,
        shares=shares,
        loop=loop,
        seed=seed,
        progress=progress,
    )
    history = [loss for new in pieces for loss in new.history]
    return TextureResult(
        y, model.sr, history, time.perf_counter() - began, model.n_statistics(length)
    )
