"""Style transfer for sound: what happens as in one recording, coloured like another."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .arguments import STARTS, check_choice, check_number, check_seed
from .levels import finished
from .model import TextureModel
from .optim import cpu_threads, optimise
from .progress import Progress
from .quality import Quality, as_quality
from .references import MEASURED_SECONDS
from .result import MAX_SECONDS, TextureResult
from .seeds import derived_seed, noise_source
from .sounding import together
from .statistics import ContentLoss, GramLoss, match_quantiles
from .transforms import STFT, Transform

_SILENCE = 1e-6  # of the mean power, -60 dB: what lies below has no course of level
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
    bin's mean.

    The mean (the colour) moves from content to style with `style_weight`. All else moves with its
    square, since it says less of the style and costs the content more: features, each bin's
    distribution of levels, and the course of loudness, so that what comes of the style is heard in
    the content's events and less between them. The search for phases begins with the content's, in
    the same share. What this keeps and takes: book, appendix "How we compare".

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
        "content" or "noise": what the search begins with, for spectrogram and phases.
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
    seed, begin = check_seed(seed), check_choice("begin", begin, STARTS)
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
        steady=(False, False),  # that its sounds die away is a part of a style
        seed=seed,
        device=device,
        progress=progress,
    )
    length = model.references[0].shape[1]
    content_loss, style_loss = ContentLoss(model.features[0]), GramLoss(model.features[1])
    grain = style_weight**2  # the share of all but the colour

    def mixed(of_content: Tensor, of_style: Tensor) -> Tensor:
        return (1 - grain) * of_content + grain * of_style

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
    style_alone = torch.tensor([[0.0, 1.0]]).to(x).expand(x.shape[2], 2)
    of_style = model.remainder(style_alone, generator)
    new = model.basis @ found.x[0] + mixed(model.residuals[0], of_style)
    colour = torch.lerp(model.means[0], model.means[1], style_weight)
    S = _with_course(
        mixed(new, match_quantiles(new, model.fluctuations[1])) + colour[:, None],
        model.fluctuations[0] + model.means[0][:, None],
        1 - grain,
        model.transform,
    )
    shares = np.array([[1 - style_weight, style_weight]])
    parts = _parts(
        model, S, length, share=(1 - grain) * (begin == "content"), seed=seed, progress=progress
    )
    y = finished(model.image.all(together(model, parts, shares)), model.sr, model.levels[0])
    return TextureResult(
        y, model.sr, found.history, time.perf_counter() - began, style_loss.n_statistics
    )


def _with_course(S: Tensor, like: Tensor, share: float, transform: Transform) -> Tensor:
    """`S` with one gain for each frame, so that its level goes as another's by a `share`."""
    magnitudes = transform.magnitude(S)
    powers = [x.square().sum(dim=0) for x in (magnitudes, transform.magnitude(like))]
    own, wanted = (torch.log(p + _SILENCE * p.mean() + 1e-12) for p in powers)
    return torch.log1p(transform.gain * magnitudes * (share * (wanted - own) / 2).exp())


def _parts(
    model: TextureModel, S: Tensor, length: int, *, share: float, seed: int, progress: Progress
) -> Tensor:
    """Principal channels (parts, length) of a log spectrogram.

    Phases begin with the content's by a `share`, and else with chance; by chance alone where the
    transform is no STFT.
    """
    transform, several = model.transform, 0 in model.image.several
    Y = model.image.layout.all(model.references[0]) if several else model.references[0][:1]
    n_iter = model.quality.rounds(False)
    found = []
    for number, (part, y) in enumerate(
        zip(S.chunk(model.image.n_parts), model.image.apart(Y, 0), strict=True)
    ):
        chance = derived_seed(seed, "phases", 0, number)
        settings: dict[str, Any] = {"n_iter": n_iter, "seed": chance}
        if share and isinstance(transform, STFT):
            generator = torch.Generator().manual_seed(chance)
            noise = torch.randn(part.shape, dtype=torch.complex64, generator=generator)
            settings["guess"] = torch.lerp(
                noise.sgn().to(part.device), transform.complex(y).sgn(), share
            )
        found.append(transform.inverse(part, length=length, progress=progress, **settings))
    return torch.stack(found)
