"""One layer of many filters: Ulyanov and Lebedev (2016), and Huzaifah and Wyse (2019)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, relu

from .solving import Problem
from .spectrograms import spectrogram_sound, stft


def _wide_layer(
    reference: np.ndarray, seed: int, *, n_fft: int, hop: int, n_filters: int = 4096
) -> Problem:
    """One layer of filters 11 frames wide, frequency bins as channels, log(1 + |STFT|)."""
    generator = torch.Generator().manual_seed(seed)
    D = stft(torch.as_tensor(reference), n_fft, hop)
    target = torch.log1p(D.abs())
    n_bins = len(target)
    deviation = (2 * 2 / ((n_bins + n_filters) * 11)) ** 0.5
    weight = deviation * torch.randn((n_filters, n_bins, 11), generator=generator)
    wanted = relu(conv1d(target[None], weight))[0]
    scale = (wanted.mT @ wanted).square().sum()

    def loss(x: Tensor) -> Tensor:
        # |Gram - wanted Gram|^2, without the 4,096 x 4,096 matrices: there are fewer frames than
        # filters, and the sum over pairs of filters is one over pairs of frames. And without its
        # constant, 1, in which the quiet start's first steps would be lost to rounding.
        found = relu(conv1d(x[None], weight))[0]
        own, cross = (found.mT @ found).square().sum(), (wanted.mT @ found).square().sum()
        return (own - 2 * cross) / scale

    start = 1e-3 * torch.randn(target.shape, generator=generator)
    return Problem(start, loss, spectrogram_sound(reference, n_fft, hop, seed), least=-1.0)


def ulyanov_lebedev(reference: np.ndarray, seed: int) -> Problem:
    """Ulyanov and Lebedev, *Audio texture synthesis and style transfer* (2016).

    4,096 random filters of width 11, window 2,048, quiet start.
    """
    return _wide_layer(reference, seed, n_fft=2048, hop=512)


def huzaifah_wyse(reference: np.ndarray, seed: int) -> Problem:
    """Huzaifah and Wyse (2019), arXiv 1901.10240: the same layer, window 1,024, hop 256 (ours)."""
    return _wide_layer(reference, seed, n_fft=1024, hop=256)
