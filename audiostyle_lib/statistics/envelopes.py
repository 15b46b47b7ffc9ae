"""What listeners recognise textures by: statistics of the envelopes of the ear's bands.

After McDermott and Simoncelli (2011): mean, coefficient of variation and skewness of each envelope,
correlations between bands, power in 20 bands of modulation, and correlations between neighbouring
bands in six bands of modulation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .bands import Bands
from .sound import Heard, SoundStatistic

_OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)  # bands apart whose correlation counts
_NEIGHBOURS = (1, 2)  # bands apart whose correlation counts in every band of modulation
_RATES = (20, 0.5, 200.0)  # bands of modulation, from which to which rate in Hz,
_RATES_TOGETHER = (6, 3.125, 100.0)  # and those within which neighbours are correlated
_LEAST = 1e-6  # of a modulation's power, for a correlation


class Mean(SoundStatistic, name="envelope_mean"):
    """How loud each band is."""

    def __call__(self, heard: Heard) -> Tensor:
        """Of each band, (c * n_bands,)."""
        return heard.mean.flatten()

    def counts(self, loud: Tensor) -> Tensor:
        """All alike: `weights` knows better."""
        return torch.ones_like(loud).flatten()

    def weights(self, target: Tensor, loud: Tensor) -> Tensor:
        """Half relative to all, half each to its own, so that quiet bands stay quiet."""
        return 1 / (4 * target.square().sum()) + 1 / (4 * len(target) * target.square())


class Variation(SoundStatistic, name="envelope_variation"):
    """How much each band's loudness moves, relative to its mean."""

    unit = 0.05

    def __call__(self, heard: Heard) -> Tensor:
        """Of each band, (c * n_bands,)."""
        return (heard.deviation / heard.mean).flatten()

    def counts(self, loud: Tensor) -> Tensor:
        """As each band does."""
        return loud.flatten()


class Skewness(SoundStatistic, name="envelope_skewness"):
    """Whether a band is mostly quiet with sharp events, or the other way round."""

    unit = 1.0

    def __call__(self, heard: Heard) -> Tensor:
        """Of each band, (c * n_bands,)."""
        return (heard.z**3).mean(dim=2).flatten()

    def counts(self, loud: Tensor) -> Tensor:
        """As each band does."""
        return loud.flatten()


class BandCorrelation(SoundStatistic, name="band_correlation"):
    """Which bands are loud together."""

    unit = 0.1

    def __init__(self, bands: Bands, n_channels: int) -> None:
        pairs = [(i, i + k) for k in _OFFSETS for i in range(bands.n_bands - k)]
        self._first, self._second = torch.tensor(pairs, device=bands.device).T

    def __call__(self, heard: Heard) -> Tensor:
        """Of pairs of bands, (c * pairs,)."""
        correlation = heard.z @ heard.z.mT / heard.bands.n_env
        return correlation[:, self._first, self._second].flatten()

    def counts(self, loud: Tensor) -> Tensor:
        """As both bands do."""
        return (loud[:, self._first] * loud[:, self._second]).sqrt().flatten()


class ModulationPower(SoundStatistic, name="modulation_power"):
    """How fast each band's loudness moves."""

    unit = 0.02

    def __init__(self, bands: Bands, n_channels: int) -> None:
        self._powers = bands.modulations(*_RATES)

    def __call__(self, heard: Heard) -> Tensor:
        """Of each band at 20 rates from 0.5 to 200 Hz, (c * n_bands * 20,)."""
        return (heard.power @ self._powers).flatten()

    def counts(self, loud: Tensor) -> Tensor:
        """As the band does."""
        return loud.flatten().repeat_interleave(_RATES[0])


class ModulationCorrelation(SoundStatistic, name="modulation_correlation"):
    """Whether neighbouring bands move together, at each rate."""

    unit = 0.1

    def __init__(self, bands: Bands, n_channels: int) -> None:
        self._modulations = bands.modulations(*_RATES_TOGETHER)

    def __call__(self, heard: Heard) -> Tensor:
        """Of pairs of bands at 6 rates from 3 to 100 Hz, (c * pairs * 6,)."""
        Z = heard.Z
        own = (heard.power @ self._modulations).clamp(min=_LEAST).sqrt()
        together = [
            ((Z[:, k:] * Z[:, :-k]).sum(dim=3) @ self._modulations) / (own[:, k:] * own[:, :-k])
            for k in _NEIGHBOURS
        ]
        return torch.cat(together, dim=1).flatten()

    def counts(self, loud: Tensor) -> Tensor:
        """As both bands do."""
        near = torch.cat([(loud[:, k:] * loud[:, :-k]).sqrt() for k in _NEIGHBOURS], dim=1)
        return near.flatten().repeat_interleave(_RATES_TOGETHER[0])
