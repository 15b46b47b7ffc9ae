"""One wide layer, for transfer: Ulyanov and Lebedev (2016), and Huzaifah and Wyse (2019)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, relu

from audiostyle_lib.levels import rms

from .solving import Problem
from .spectrograms import spectrogram_sound, stft

_WIDTH = 11  # frames of a filter


def _wide_layer(
    content: np.ndarray,
    style: np.ndarray,
    alpha: float,
    seed: int,
    *,
    n_fft: int,
    hop: int,
    n_filters: int = 4096,
) -> Problem:
    """`alpha` times the loss of the features, and that of the Gram matrix; log(1 + |STFT|).

    Ours: either loss is relative to its target, so that `alpha` means the same for all sounds, and
    the style is brought to the content's level.
    """
    generator = torch.Generator().manual_seed(seed)
    style = (style * (rms(content) / rms(style))).astype(np.float32)
    S, of_style = (
        torch.log1p(stft(torch.as_tensor(y), n_fft, hop).abs()) for y in (content, style)
    )
    deviation = (2 * 2 / ((len(S) + n_filters) * _WIDTH)) ** 0.5
    weight = deviation * torch.randn((n_filters, len(S), _WIDTH), generator=generator)

    def features(x: Tensor) -> Tensor:
        return relu(conv1d(x[None], weight))[0]

    kept, taken = features(S), features(of_style)
    scale = (taken.mT @ taken).square().sum() / taken.shape[1] ** 2
    size = kept.square().sum()

    def loss(x: Tensor) -> Tensor:
        # Of Gram matrices as the recipe for textures has it, here as means over the frames, of
        # which the two sounds need not have equally many.
        found = features(x)
        own = (found.mT @ found).square().sum() / found.shape[1] ** 2
        cross = (taken.mT @ found).square().sum() / (found.shape[1] * taken.shape[1])
        return alpha * (found - kept).square().sum() / size + (own - 2 * cross) / scale

    start = 1e-3 * torch.randn(S.shape, generator=generator)
    return Problem(start, loss, spectrogram_sound(content, n_fft, hop, seed), least=-1.0)


def ulyanov_lebedev(content: np.ndarray, style: np.ndarray, alpha: float, seed: int) -> Problem:
    """Ulyanov and Lebedev, *Audio texture synthesis and style transfer* (2016).

    4,096 random filters of width 11, window 2,048, quiet start; `alpha` weighs the content.
    """
    return _wide_layer(content, style, alpha, seed, n_fft=2048, hop=512)


def huzaifah_wyse(content: np.ndarray, style: np.ndarray, alpha: float, seed: int) -> Problem:
    """Huzaifah and Wyse (2019), arXiv 1901.10240: the same layer, window 1,024, hop 256 (ours)."""
    return _wide_layer(content, style, alpha, seed, n_fft=1024, hop=256)
