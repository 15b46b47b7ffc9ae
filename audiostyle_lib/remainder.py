"""What principal components leave out of a spectrogram: noise takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_MOST_ALIKE = 0.5  # that noise in two frames can be


@dataclass(frozen=True)
class Remainder:
    """Noise for what the components of k references leave out: a number or two for each bin.

    Attributes
    ----------
    basis : tensor (n_bins, c)
        The components; the noise is at right angles to them.
    deviations : tensor (k, n_bins)
        Of what is left in each bin.
    overlaps : tensor (k, n_bins)
        Correlation of each bin with itself a frame later. Windows overlap, so it is about 0.25; it
        is kept below 0.5, as of noise in two frames.
    """

    basis: Tensor
    deviations: Tensor
    overlaps: Tensor

    @classmethod
    def of(cls, basis: Tensor, residuals: Sequence[Tensor]) -> Remainder:
        """Of k residuals (n_bins, t_i), what `basis` (n_bins, c) leaves out of each reference.

        >>> rest = torch.tensor([[1.0, 1.0, -1.0, -1.0]])
        >>> remainder = Remainder.of(torch.zeros(1, 1), [rest])
        >>> remainder.overlaps
        tensor([[0.2500]])
        >>> remainder(torch.ones(9, 1), torch.Generator().manual_seed(0)).shape
        torch.Size([1, 9])
        """
        overlaps = []
        for rest in residuals:
            power = rest.square().sum(dim=1).clamp(min=1e-12)
            overlaps.append((rest[:, 1:] * rest[:, :-1]).sum(dim=1) / power)
        deviations = torch.stack([rest.std(dim=1) for rest in residuals])
        return cls(basis, deviations, torch.stack(overlaps).clamp(-_MOST_ALIKE, _MOST_ALIKE))

    def __call__(self, shares: Tensor, generator: torch.Generator, *, loop: bool = False) -> Tensor:
        """Noise (n_bins, t) after references in shares (t, k).

        As strong in each bin as what they leave, and as like itself from frame to frame; of a
        `loop` also from the last to the first.
        """
        n_bins, like = len(self.basis), (shares.mean(dim=0) @ self.overlaps)[:, None]
        noise = torch.randn((n_bins, len(shares) + 1), generator=generator).to(self.basis)
        if loop:
            noise[:, 0] = noise[:, -1]
        b = 2 * like / (1 + (1 - 4 * like.square()).sqrt())  # b / (1 + b^2) is how like they are
        noise = (noise[:, 1:] + b * noise[:, :-1]) / (1 + b.square()).sqrt()
        deviation = (shares @ self.deviations).mT
        return deviation * (noise - self.basis @ (self.basis.mT @ noise))
