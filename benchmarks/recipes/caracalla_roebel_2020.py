"""The waveform, by what 2D filters respond to its phases too: Caracalla and Roebel (2020)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, relu

from audiostyle_lib.audio import SR
from audiostyle_lib.levels import finished, rms

from .solving import Problem
from .spectrograms import stft

_SIZES = ((101, 2), (53, 3), (11, 5), (3, 3), (5, 5), (11, 11), (19, 19), (27, 27))  # bins, frames


def caracalla_roebel(reference: np.ndarray, seed: int, *, n_filters: int = 32) -> Problem:
    """Caracalla and Roebel (2020), arXiv 1910.09497: the waveform itself is changed.

    Real and imaginary parts of the STFT (window 512, hop 256), relative to the loudest magnitude
    and compressed by tanh(5 x), are the two channels of eight 2D networks of one layer, without
    bias and padding, whose responses are correlated over time in every frequency row. The loss is
    each network's squared error relative to its target. Sizes and range of the filters, and the
    compression, are those of a public re-implementation that was compared with the authors' own.

    Ours: 32 filters in each network where theirs have 128. It takes thousands of evaluations, of
    which 128 filters allow some 60 in 120 CPU seconds, and 32 some 300: in equal seconds 32 are as
    near or nearer. Also the Hann window; the recording's loudest magnitude, not the result's own;
    and the start at a tenth of the recording's level. So these are results of a search that is cut
    off: it still falls, least where few rows hold all energy, since each row counts by its own.
    """
    n_fft, hop = 512, 256
    generator = torch.Generator().manual_seed(seed)
    y = torch.as_tensor(reference)
    weights = [
        0.1 * torch.rand((n_filters, 2, *size), generator=generator) - 0.05 for size in _SIZES
    ]
    loudest = stft(y, n_fft, hop).abs().max()

    def grams(y: Tensor) -> list[Tensor]:
        """For every network, (rows, filters, filters)."""
        D = torch.view_as_real(stft(y, n_fft, hop)).permute(2, 0, 1)
        picture = torch.tanh(5 * D / loudest)[None]
        responses = [relu(conv2d(picture, w))[0].transpose(0, 1) for w in weights]
        return [x @ x.mT / x.shape[2] for x in responses]

    with torch.no_grad():
        wanted = grams(y)
        scales = [g.square().sum() for g in wanted]

    def loss(z: Tensor) -> Tensor:
        terms = [
            (x - g).square().sum() / scale
            for x, g, scale in zip(grams(z), wanted, scales, strict=True)
        ]
        return torch.stack(terms).mean()

    noise = 0.1 * torch.randn(y.shape, generator=generator)

    def sound(z: Tensor) -> np.ndarray:
        return finished(z.numpy(), SR, rms(reference))

    return Problem(rms(reference) * noise, loss, sound, patience=100)
