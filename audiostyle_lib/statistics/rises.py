"""What makes events sharp: how far levels rise and fall in milliseconds, how peaky bands are.

Distributions, not moments: a stroke among many quiet moments is a large value among many small
ones. When it happens does not count.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool1d

from .bands import Bands
from .sound import Heard, SoundStatistic
from .tensors import order

_LAGS = (1, 4)  # frames of 3 ms, over which levels rise and fall
_N_QUANTILES = 128  # means of as many parts of the ordered values
_NEAR = 0.3  # log of the ratio to a wide band's centre within which the ear's bands speak for it
_FLOOR = 1e-4  # of a band's mean power, -40 dB: what lies below is silence
_SILENCE = 1e-12  # mean power, against a division by zero
_LEAST = 1e-6  # of a band's mean power, under a root


def _wide_loud(bands: Bands, loud: Tensor) -> Tensor:
    """How much wide bands count, (channels, wide), where the ear's do so by `loud`.

    Of several channels `loud` has their sum too, which is left out here.
    """
    near = np.abs(np.log(bands.centres / bands.wide.centres[:, None])) < _NEAR
    weights = torch.as_tensor(near / np.maximum(near.sum(axis=1, keepdims=True), 1))
    return loud[: max(1, len(loud) - 1)] @ weights.to(loud).mT


class Rises(SoundStatistic, name="rises"):
    """Levels of wide bands and of all together, and how far they rise and fall."""

    def __init__(self, bands: Bands, n_channels: int) -> None:
        self._bands = bands
        self._width = min(_N_QUANTILES, bands.wide.n_frames - max(_LAGS))

    def __call__(self, heard: Heard) -> Tensor:
        """Ordered values of each, (lags * c * bands * quantiles,)."""
        P = heard.bands.wide.levels(heard.powers)
        P = torch.cat([P, P.sum(dim=1, keepdim=True)], dim=1)
        L = torch.log(P / P.mean(dim=2, keepdim=True).clamp(min=_SILENCE) + _FLOOR)
        found = [L, *(L[..., k:] - L[..., :-k] for k in _LAGS)]
        return torch.cat(
            [adaptive_avg_pool1d(x.gather(2, order(x)), self._width).flatten() for x in found]
        )

    def counts(self, loud: Tensor) -> Tensor:
        """As each band does; all bands together count as one that is loud."""
        wide = _wide_loud(self._bands, loud)
        rows = torch.cat([wide, torch.ones_like(wide[:, :1])], dim=1).flatten()
        return rows.repeat(1 + len(_LAGS)).repeat_interleave(self._width)

    def weights(self, target: Tensor, loud: Tensor) -> Tensor:
        """Of each distribution relative to its own size."""
        rows, counts = target.view(-1, self._width), self.counts(loud).view(-1, self._width)
        return (counts / (len(rows) * rows.square().sum(dim=1, keepdim=True))).flatten()


class Peaks(SoundStatistic, name="peaks"):
    """How peaky each wide band is, down to its single waves: what phases make."""

    def __init__(self, bands: Bands, n_channels: int) -> None:
        self._bands = bands

    def __call__(self, heard: Heard) -> Tensor:
        """Logarithms of the mean squared power and of the mean amplitude, (bands * 2 * c,)."""
        found = []
        for power in heard.powers:
            p = power / (power.mean(dim=1, keepdim=True) + _SILENCE)
            found += [p.square().mean(dim=1).log(), (p + _LEAST).sqrt().mean(dim=1).log()]
        return torch.cat(found)

    def counts(self, loud: Tensor) -> Tensor:
        """As each band does."""
        return _wide_loud(self._bands, loud).mT.repeat_interleave(2, dim=0).flatten()

    def weights(self, target: Tensor, loud: Tensor) -> Tensor:
        """A quarter, since they are logarithms."""
        return self.counts(loud) / (4 * len(target))
