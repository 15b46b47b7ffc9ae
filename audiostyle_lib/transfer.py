"""Style transfer for sound: what happens as in one recording, coloured like another."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor

from .arguments import check_choice, check_number, check_seed
from .model import TextureModel
from .optim import cpu_threads, optimise
from .progress import Progress
from .quality import Quality, as_quality
from .references import MEASURED_SECONDS
from .result import MAX_SECONDS, TextureResult
from .seeds import noise_source
from .sounding import new_sound
from .statistics import ContentLoss, GramLoss, match_quantiles

_DETAIL = 3  # times the components: chroma of a guitar 0.75 (32: 0.65), with 96 as with 128 filters


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
    content, style : arrays of shape (n,) and (m,), or (channels, n) and (channels, m)
        In [-1, 1]; lengths and levels may differ, the rate may not. Where one has several channels,
        the other has as many, or one.
    sr : int
        Rate of both in Hz.
    style_weight : number in [0, 1]
        0 gives the content back, 1 a texture after the style, between them both.
    begin : str
        "content" or "noise": what the search begins with.
    seed : int
        The same seed gives the same sound on the same machine.
    quality, device, progress
        As for `synthesize_texture`, but for three times the components, since a content's pitch is
        in fine detail; and without rhythm, diversity and the last touch, which would replace what
        happens in the content.

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
    quality = as_quality(quality)
    if quality.n_components is not None:
        quality = quality.but(n_components=_DETAIL * quality.n_components)
    model = TextureModel.measure(
        [content, style],
        sr,
        quality,
        names=("content", "style"),
        longest=(MAX_SECONDS, MEASURED_SECONDS),
        seed=seed,
        device=device,
        progress=progress,
    )
    length = model.references[0].shape[1]
    content_loss, style_loss = ContentLoss(model.features[0]), GramLoss(model.features[1])

    def mixed(of_content: Tensor, of_style: Tensor) -> Tensor:
        return (1 - style_weight) * of_content + style_weight * of_style

    def loss(x: Tensor) -> Tensor:
        features = model.network(x)
        return mixed(content_loss(features), style_loss(features))

    generator = noise_source(seed, "frames")
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
    S = (
        mixed(new, match_quantiles(new, model.fluctuations[1]))
        + mixed(model.means[0], model.means[1])[:, None]
    )
    shares = np.array([[1 - style_weight, style_weight]])
    y = new_sound(
        model, S, length, level=model.levels[0], shares=shares, touch=False, seed=seed,
        progress=progress,
    )  # fmt: skip
    return TextureResult(
        y, model.sr, found.history, time.perf_counter() - began, style_loss.n_statistics
    )
