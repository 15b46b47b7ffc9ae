"""Style transfer for sound: what happens as in one recording, coloured like another."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from .arguments import check_choice, check_number, check_seed, check_whole, check_widths
from .audio import check_rate
from .levels import LEVEL, finished, rms
from .model import (
    TextureResult,
    check_length,
    check_network,
    check_reference,
)
from .networks import RandomCNN
from .optim import Progress, check_device, cpu_threads, optimise
from .statistics import ContentLoss, GramLoss, match_quantiles, principal_components
from .transforms import STFT, Transform


@cpu_threads(1)
def transfer_style(
    content: np.ndarray,
    style: np.ndarray,
    sr: int,
    *,
    style_weight: float = 0.5,
    start: str = "content",
    seed: int = 0,
    n_filters: int = 128,
    widths: Sequence[int] = (2, 8, 32),
    n_components: int = 96,
    n_steps: int = 80,
    transform: Transform | None = None,
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
    start : str
        "content" or "noise": what the optimiser begins with.
    seed : int
        The same seed gives the same sound on the same machine.
    n_filters : int
        Random filters per width.
    widths : sequence of int
        Kernel widths in frames (12 ms each by default).
    n_components : int
        Principal components of both sounds; many, since the content's pitch is in fine detail.
    n_steps : int
        Steps of the optimiser.
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
    ...     harmonic_note(220.0, am_rate=4.0), rain(seconds=1.0), 22050,
    ...     n_filters=8, n_steps=5, progress=False,
    ... )
    >>> result.y.shape
    (44100,)
    """
    began = time.perf_counter()
    device, sr, seed = check_device(device), check_rate(sr), check_seed(seed)
    check_network(n_filters, n_components)
    check_whole("n_steps", n_steps, 1)
    widths, start = check_widths(widths), check_choice("start", start, ("content", "noise"))
    style_weight = check_number("style_weight", style_weight, 0.0, 1.0)
    transform = STFT.for_rate(sr) if transform is None else transform
    content, style = (
        check_reference(y, sr, transform=transform, widths=widths, name=name)
        for name, y in (("content", content), ("style", style))
    )
    check_length(len(content) / sr, sr)

    S, mean = {}, {}
    for name, y in (("content", content), ("style", style)):
        S[name] = transform.forward(torch.as_tensor(y * (LEVEL / rms(y))).to(device))
        mean[name] = S[name].mean(dim=1, keepdim=True)
        S[name] = S[name] - mean[name]  # fluctuations
    _, basis = principal_components(
        torch.cat([F / F.shape[1] ** 0.5 for F in S.values()], 1), n_components
    )
    x = {name: (basis.mT @ F)[None] for name, F in S.items()}
    network = RandomCNN(basis.shape[1], n_filters=n_filters, widths=widths, seed=seed)
    network.to(device).calibrate(*x.values())
    content_loss, style_loss = ContentLoss(network(x["content"])), GramLoss(network(x["style"]))

    def loss(z: torch.Tensor) -> torch.Tensor:
        features = network(z)
        return (1 - style_weight) * content_loss(features) + style_weight * style_loss(features)

    generator = torch.Generator().manual_seed(seed + 1)
    noise = torch.randn(x["content"].shape, generator=generator).to(device)
    found = optimise(
        x["content"] if start == "content" else x["style"].std(dim=2, keepdim=True) * noise,
        loss,
        n_steps=n_steps,
        progress=progress,
        description="transfer",
    )

    # Back to a spectrogram: every part that no feature describes takes the same shares.
    def mixed(of_content: torch.Tensor, of_style: torch.Tensor) -> torch.Tensor:
        return (1 - style_weight) * of_content + style_weight * of_style

    rest = {name: F - basis @ x[name][0] for name, F in S.items()}
    noise = torch.randn(S["content"].shape, generator=generator).to(device)
    noise = rest["style"].std(dim=1, keepdim=True) * (noise - basis @ (basis.mT @ noise))
    new = basis @ found.x[0] + mixed(rest["content"], noise)
    new = mixed(new, match_quantiles(new, S["style"])) + mixed(mean["content"], mean["style"])
    out = transform.inverse(new, length=len(content), seed=seed, progress=progress)
    return TextureResult(
        finished(out.cpu().numpy(), sr, rms(content)),
        sr,
        found.history,
        time.perf_counter() - began,
        style_loss.n_statistics,
    )
