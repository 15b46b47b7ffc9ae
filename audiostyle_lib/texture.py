"""Texture synthesis: new sound with the statistics of a recording, and nothing else of it."""

from __future__ import annotations

import time

import numpy as np
import torch

from .arguments import check_seed
from .audio import AudioError, check_rate
from .frames import new_frames
from .levels import finished
from .model import TextureModel
from .optim import cpu_threads
from .progress import Progress
from .quality import Quality, as_quality
from .references import typical_stretch
from .result import TextureResult, check_length
from .sounding import check_continuable, new_sound
from .trend import slow_course


@cpu_threads(1)
def synthesize_texture(
    y: np.ndarray,
    sr: int,
    *,
    seconds: float | None = None,
    seed: int = 0,
    quality: str | Quality = "standard",
    keep_trend: bool = False,
    loop: bool = False,
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> TextureResult:
    """Make a new texture after a recording (book: chapter 6).

    After Ulyanov and Lebedev (2016) and section 4 of Huzaifah and Wyse (2019), made faster and
    closer by principal components, filters of several widths and unit deviation, by giving each
    frequency bin the reference's distribution of levels, and by a last touch on the waveform.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n), 1 to 8 channels
        The reference, in [-1, 1]; a few seconds are best, the widest kernel is the least. Of more
        than 30 s, the 30 s that are most like the whole are measured: cut it to choose others.
    sr : int
        Rate of reference and result in Hz.
    seconds : number > 0, optional
        Length of the result; that of what is measured by default.
    seed : int
        The same seed gives the same sound on the same machine.
    quality : str or Quality
        "draft" (fastest), "standard" or "best", or a `Quality` of your own: how the sound is
        described, and how much work goes into it.
    keep_trend : bool
        Let the result die away, or swell, as the recording does in its whole length. Otherwise that
        is no part of the texture, and is taken out of what is measured.
    loop : bool
        The end meets the beginning as any two neighbouring moments meet: filters, transforms and
        phases go round. Then the result neither begins nor ends at zero.
    device : str or torch.device
        "cpu" or "cuda".
    progress : bool or function
        Show bars; or a function that is told what is done and how far it is, in [0, 1]: what it
        raises stops the work.

    Returns
    -------
    TextureResult
        Its `y` has the channels and the level of the reference, less where its peak would exceed 1.

    Raises
    ------
    AudioError
        If the reference is no sound, silent, or shorter than the widest kernel, or a parameter is
        out of range.

    Examples
    --------
    >>> from audiostyle_lib.quality import DRAFT
    >>> from audiostyle_lib.sounds import rain
    >>> result = synthesize_texture(
    ...     rain(seconds=1.0), 22050, seconds=2.0, quality=DRAFT.but(n_filters=16), progress=False
    ... )
    >>> result.y.shape, result.history[-1] < result.history[0] / 10
    ((44100,), True)
    """
    began = time.perf_counter()
    seed = check_seed(seed)
    length = None if seconds is None else check_length(seconds, check_rate(sr))
    if loop and keep_trend:
        raise AudioError("loop and keep_trend are both asked for; expected one: a loop has no end")
    if loop:
        check_continuable(as_quality(quality), check_rate(sr), "a loop")
    model = TextureModel.measure([y], sr, quality, seed=seed, device=device, progress=progress)
    length = model.longest if length is None else length
    n_frames = model.n_frames(length, loop=loop)
    new = new_frames(model, n_frames, loop=loop, seed=seed, progress=progress)
    out = new_sound(
        model, new.S, length, level=model.levels[0], loop=loop, seed=seed, progress=progress
    )
    if keep_trend:
        Y = np.atleast_2d(y)
        course = slow_course(Y[:, typical_stretch(Y, model.sr)], length)
        out = finished(out * course, model.sr, model.levels[0])
    return TextureResult(
        out, model.sr, new.history, time.perf_counter() - began, model.n_statistics(length)
    )
