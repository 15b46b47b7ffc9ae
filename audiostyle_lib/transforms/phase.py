"""Phases for a spectrogram that has none: the algorithm of Griffin and Lim, for any transform."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..optim import cpu_threads
from ..progress import Progress, progress_bar

MOMENTUM = 0.99  # of the fast variant


def find_phases(
    magnitude: Tensor,
    to_sound: Callable[[Tensor], Tensor],
    to_complex: Callable[[Tensor], Tensor],
    *,
    n_iter: int,
    momentum: float = MOMENTUM,
    seed: int = 0,
    known: Tensor | None = None,
    guess: Tensor | None = None,
    progress: Progress = False,
) -> Tensor:
    """Griffin-Lim: a sound whose transform has nearly the magnitudes `magnitude` (n_bins, t).

    Start with random phases; then over and over make the sound, and keep only the phases of its
    transform. The fast variant (Perraudin, Balazs and Sondergaard, 2013) adds momentum.

    Parameters
    ----------
    magnitude : tensor (n_bins, t)
    to_sound, to_complex : functions
        The transform's way back and forth, (n_bins, t) complex <-> (n,).
    n_iter, momentum, seed, known, guess, progress
        As for `STFT.inverse`.

    Examples
    --------
    >>> y = torch.sin(torch.arange(1000) / 10)
    >>> y2 = find_phases(torch.fft.rfft(y)[None].abs(),
    ...     lambda D: torch.fft.irfft(D[0]), lambda y: torch.fft.rfft(y)[None], n_iter=2)
    >>> torch.allclose(torch.fft.rfft(y2).abs(), torch.fft.rfft(y).abs(), atol=0.1)
    True
    """
    generator = torch.Generator().manual_seed(seed)
    angles = 2 * torch.pi * torch.rand(magnitude.shape, generator=generator).to(magnitude.device)
    if guess is not None:
        angles[:, : guess.shape[1]] = guess.angle()
    # Frame after frame in memory, as `torch.stft` gives them: nothing is turned round on the way.
    magnitude = magnitude.mT.contiguous().mT
    phase = torch.polar(torch.ones_like(angles), angles).mT.contiguous().mT
    previous = torch.zeros_like(phase)

    def spectrum() -> Tensor:
        found = magnitude * phase
        return found if known is None else torch.cat([known, found[:, known.shape[1] :]], dim=1)

    with cpu_threads(1), progress_bar(n_iter, "phase", progress) as bar:
        for _ in range(n_iter):
            D = to_complex(to_sound(spectrum()))
            phase = torch.sub(D, previous, alpha=momentum / (1 + momentum))
            power = phase.real.square() + phase.imag.square()  # many times faster than abs()
            phase, previous = phase * (power + 1e-30).rsqrt(), D
            bar.update()
    return to_sound(spectrum())
