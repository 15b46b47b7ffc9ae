"""Style transfer for sound: what happens as in one recording, coloured like another."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor

from .arguments import check_choice, check_number, check_seed
from .levels import rms
from .model import TextureModel
from .optim import Progress, cpu_threads, optimise
from .quality import Quality
from .result import TextureResult, check_length
from .statistics import ContentLoss, GramLoss, match_quantiles


@cpu_threads(1)
def transfer_style(
    content: np.ndarray,
    style: np.ndarray,
    sr: int,
    *,
    style_weight: float = 0.5,
    begin: str = "content",
    seed: int = 0,
    quality: str | Quality = "standard",
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> TextureResult:
    """Give the sound `content` the style of the sound `style` (book: chapter 4).

    After Gatys et al. (2016), brought to sound by Ulyanov and Lebedev (2016) and Huzaifah and Wyse
    (2019): a spectrogram is sought whose features are those of the content, moment by moment, and
    whose Gram matrices are those of the style. Here both are taken of the fluctuations around each
    bin's mean. The mean (the colour) moves from content to style with `style_weight`, and so does
    each bin's distribution of levels.

    Parameters
    ----------
    content, style : arrays of shape (n,) and (m,)
        In [-1, 1]; lengths and levels may differ, the rate may not.
    sr : int
        Rate of both in Hz.
    style_weight : number in [0, 1]
        0 gives the content back, 1 a texture after the style, between them both.
    begin : str
        "content" or "noise": what the search begins with.
    seed : int
        The same seed gives the same sound on the same machine.
    quality, device, progress
        As for `synthesize_texture`. Rhythm, diversity and the last touch are left out: they would
        replace what happens in the content.

    Returns
    -------
    TextureResult
        As long and as loud as the content, less loud where its peak would exceed 1. `n_statistics`
        counts those of the style.

    Raises
    ------
    AudioError
        If a sound cannot be used, is silent, or shorter than the widest kernel, or a parameter is
        out of range.

    Examples
    --------
    >>> from audiostyle_lib.sounds import harmonic_note, rain
    >>> result = transfer_style(
    ...     harmonic_note(220.0, am_rate=4.0), rain(seconds=1.0), 22050, quality="draft",
    ...     progress=False,
    ... )
    >>> result.y.shape
    (44100,)
    """
    began = time.perf_counter()
    seed, begin = check_seed(seed), check_choice("begin", begin, ("content", "noise"))
    style_weight = check_number("style_weight", style_weight, 0.0, 1.0)
    model = TextureModel.measure(
        [content, style], sr, quality, names=("content", "style"), seed=seed, device=device
    )
    content, style = model.references
    length = check_length(len(content) / model.sr, model.sr)
    content_loss, style_loss = ContentLoss(model.features[0]), GramLoss(model.features[1])

    def mixed(of_content: Tensor, of_style: Tensor) -> Tensor:
        return (1 - style_weight) * of_content + style_weight * of_style

    def loss(x: Tensor) -> Tensor:
        features = model.network(x)
        return mixed(content_loss(features), style_loss(features))

    generator = torch.Generator().manual_seed(seed + 1)
    x = model.channels[0][None]
    noise = torch.randn(x.shape, generator=generator).to(x)
    found = optimise(
        x if begin == "content" else model.deviations[1][:, None] * noise,
        loss,
        n_steps=model.quality.n_steps,
        progress=progress,
        description="transfer",
    )
    # Back to a spectrogram: every part that no feature describes takes the same shares.
    of_style = model.remainder(model.residual_deviations[1][:, None], x.shape[2], generator)
    new = model.basis @ found.x[0] + mixed(model.residuals[0], of_style)
    S = mixed(new, match_quantiles(new, model.fluctuations[1])) + mixed(model.means[0], model.means[1])[:, None]
    y = model.sound(S, length, level=rms(content), touch=False, seed=seed, progress=progress)
    return TextureResult(
        y, model.sr, found.history, time.perf_counter() - began, style_loss.n_statistics
    )
