"""Six networks, their responses' autocorrelation, and diversity: Antognini et al. (2018)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, relu

from .solving import Problem
from .spectrograms import spectrogram_sound, stft


def antognini(reference: np.ndarray, seed: int) -> Problem:
    """Antognini, Hoffman and Weiss (2018), arXiv 1806.08002.

    Six single-layer networks of 512 random filters, widths 2 to 128, window 512, hop 64;
    Gram matrices, autocorrelation of the responses' first 200 lags, and diversity. Scaling of
    filters and weights of the three terms are ours: each term relative to its target.
    """
    n_fft, hop, widths, n_filters = 512, 64, (2, 4, 8, 16, 64, 128), 512
    generator = torch.Generator().manual_seed(seed)
    target = torch.log1p(stft(torch.as_tensor(reference), n_fft, hop).abs())
    n_bins = len(target)
    weights = [
        torch.randn((n_filters, n_bins, w), generator=generator) * (2 / (n_bins * w)) ** 0.5
        for w in widths
    ]

    def lags(x: Tensor) -> Tensor:
        """Autocorrelation of each response at 1 to 200 frames."""
        power = torch.fft.rfft(x, 2 * x.shape[1], dim=1)
        c = torch.fft.irfft(power.real**2 + power.imag**2, dim=1)
        return c[:, 1:201] / x.shape[1]

    with torch.no_grad():
        responses = [relu(conv1d(target[None], w))[0] for w in weights]
        grams = [_gram(x) for x in responses]
        repeats = [lags(x) for x in responses]

    def loss(S: Tensor) -> Tensor:
        total = S.new_zeros(())
        for w, f, g, a in zip(weights, responses, grams, repeats, strict=True):
            x = relu(conv1d(S[None], w))[0]
            total = total + ((_gram(x) - g) ** 2).sum() / (g**2).sum()
            total = total + ((lags(x) - a) ** 2).sum() / (a**2).sum()
            # Diversity: responses that are the reference's, place by place, cost.
            total = total + 1e-4 * (f**2).sum() / ((x - f) ** 2).sum().clamp(min=1e-6)
        return total / len(weights)

    start = target.mean() + target.std() * torch.randn(target.shape, generator=generator)
    return Problem(start, loss, spectrogram_sound(reference, n_fft, hop, seed))


def _gram(x: Tensor) -> Tensor:
    """(c, positions) -> (c, c), per position."""
    return x @ x.mT / x.shape[1]
