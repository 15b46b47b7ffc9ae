"""What channels have in common: the statistics of a sound's image, where there are several."""

from __future__ import annotations

import torch
from torch import Tensor

from .bands import Bands
from .sound import Heard, SoundStatistic

_OF_SILENCE = 1e-3  # of an ear's silence, against a division by zero


class _OfPairs(SoundStatistic):
    """Numbers of each pair of channels in each band."""

    unit = 0.1
    per_band = 1

    def __init__(self, bands: Bands, n_channels: int) -> None:
        pairs = torch.combinations(torch.arange(n_channels, device=bands.device))
        self._first, self._second = pairs.T if n_channels > 1 else pairs.new_zeros((2, 0))
        self._all = torch.arange(n_channels, device=bands.device)

    def counts(self, loud: Tensor) -> Tensor:
        """As the band does in both channels."""
        both = (loud[self._first] * loud[self._second]).sqrt()
        return both.flatten().repeat(self.per_band)


class ChannelCorrelation(_OfPairs, name="channel_correlation"):
    """Where a band is heard: coherence and phase between channels."""

    per_band = 2

    def __call__(self, heard: Heard) -> Tensor:
        """Real, then imaginary parts for each pair of channels and band, (2 * pairs * n_bands,)."""
        bands, cuts = heard.bands, heard.cuts
        least = _OF_SILENCE * bands.ear.silence
        power = bands.cross_powers(cuts, self._all, self._all).real + least
        cross = bands.cross_powers(cuts, self._first, self._second)
        cross = cross / (power[self._first] * power[self._second]).sqrt()
        return torch.cat([cross.real.flatten(), cross.imag.flatten()])


class ChannelEnvelopeCorrelation(_OfPairs, name="channel_envelope_correlation"):
    """Whether a band swells in both channels at once."""

    def __call__(self, heard: Heard) -> Tensor:
        """For each pair of channels and band, (pairs * n_bands,)."""
        return (heard.z[self._first] * heard.z[self._second]).mean(dim=2).flatten()
