"""Texture synthesis: new sound with the statistics of a recording, and nothing else of it.

`engine` makes the new spectrogram; here are the one call around it, and what it returns.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from .arguments import check_number, check_seed
from .audio import check_rate
from .levels import finished, rms
from .model import (
    TextureModel,
    TextureResult,
    check_length,
    check_network,
    check_reference,
)
from .optim import Progress, check_device, cpu_threads
from .quality import Quality
from .refine import class_sizes, refined
from .transforms import STFT, Transform


@cpu_threads(1)
def synthesize_texture(
    y: np.ndarray,
    sr: int,
    *,
    seconds: float | None = None,
    seed: int = 0,
    quality: str = "standard",
    n_filters: int = 64,
    widths: Sequence[int] | None = None,
    dilation: int = 1,
    n_components: int | None = 32,
    start: float = 1.0,
    rhythm: float | None = None,
    diversity: float | None = None,
    n_steps: int | None = None,
    n_refine: int | None = None,
    transform: Transform | None = None,
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> TextureResult:
    """Make a new texture after a recording (book: chapter 6).

    After Ulyanov and Lebedev (2016) and section 4 of Huzaifah and Wyse (2019), made faster and
    closer by principal components, filters of several widths and unit deviation, by giving each
    frequency bin the reference's distribution of levels, and by a last touch on the waveform.

    Parameters
    ----------
    y : array of shape (n,)
        The reference, in [-1, 1]; a few seconds are best, the widest kernel is the least.
    sr : int
        Rate of reference and result in Hz.
    seconds : number > 0, optional
        Length of the result; the reference's by default.
    seed : int
        The same seed gives the same sound on the same machine.
    quality : str
        "draft" (fastest), "standard" or "best": sets `widths`, `rhythm`, `diversity`, `n_steps`,
        `n_refine` and the rounds that find the phases.
    n_filters : int
        Random filters per width. More are closer to the reference, in the end a copy of it.
    widths : sequence of int, optional
        Kernel widths in frames (12 ms each by default): the spans of time that are described; set
        by `quality`: long ones in the draft, short ones where `rhythm` looks further.
    dilation : int
        Frames between a kernel's taps: it spans (width - 1) * dilation + 1 frames (chapter 7).
    n_components : int or None
        Principal components that are the network's channels; None takes all frequency bins as
        they are, without removing the mean, as the papers do.
    start : float >= 0
        Deviation of the noise at the start, relative to that of the reference's channels.
    rhythm : float >= 0, optional
        Weight of the autocorrelation of the filters' responses, beside that of their Gram matrices,
        1: repetition up to half the recording's length is kept (Antognini and others, 2018); set by
        `quality`.
    diversity : float >= 0, optional
        Weight of a penalty on what follows the recording moment by moment; set by `quality`, which
        also says how much of it passes for chance.
    n_steps : int, optional
        Steps of the optimiser on the spectrogram; set by `quality`.
    n_refine : int, optional
        Steps on the waveform at last, which give its envelopes the statistics of the reference's
        (McDermott and Simoncelli, 2011); 0 for none; set by `quality`.
    transform : STFT or CQT, optional
        The spectrogram; `STFT.for_rate(sr)` by default.
    device : str or torch.device
        "cpu" or "cuda".
    progress : bool or function
        Show bars; or a function that is told what is done and how far it is, in [0, 1]: what it
        raises stops the work.

    Returns
    -------
    TextureResult
        Its `y` has the level of the reference, less where its peak would exceed 1.

    Raises
    ------
    AudioError
        If the reference is no sound, silent, or shorter than the widest kernel, or a parameter is
        out of range.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> result = synthesize_texture(
    ...     rain(seconds=1.0), 22050, seconds=2.0, n_filters=16, n_steps=20, progress=False
    ... )
    >>> result.y.shape, result.history[-1] < result.history[0] / 10
    ((44100,), True)
    """
    began = time.perf_counter()
    device, sr = check_device(device), check_rate(sr)
    transform = STFT.for_rate(sr) if transform is None else transform
    work = Quality.named(
        quality,
        widths=widths,
        n_steps=n_steps,
        n_refine=n_refine,
        rhythm=rhythm,
        diversity=diversity,
    )
    seed, start = check_seed(seed), check_number("start", start)
    check_network(n_filters, n_components)
    y = check_reference(y, sr, transform=transform, widths=work.widths, dilation=dilation)
    length = check_length(len(y) / sr if seconds is None else seconds, sr)
    work = work.within(min(len(y), length) / sr)
    model = TextureModel.of(
        [y],
        transform=transform,
        n_filters=n_filters,
        widths=work.widths,
        dilation=dilation,
        n_components=n_components,
        seed=seed,
        device=device,
    )
    # A result shorter than the widest kernel is made longer, then cut.
    n_frames = max(transform.n_frames(length) + 1, 2 * model.span)
    new = model.frames(
        n_frames,
        start=start,
        rhythm=work.rhythm,
        diversity=work.diversity,
        tolerance=work.tolerance,
        n_steps=work.n_steps,
        seed=seed + 1,
        progress=progress,
    )
    rough = transform.inverse(
        new.S, length=length, n_iter=work.rounds, seed=seed, progress=progress
    )
    out = refined(
        rough.cpu().numpy(), [y], sr, n_steps=work.n_refine, device=device, progress=progress
    )
    n_statistics = model.n_statistics + (sum(class_sizes()) if work.n_refine else 0)
    return TextureResult(
        finished(out, sr, rms(y)), sr, new.history, time.perf_counter() - began, n_statistics
    )
