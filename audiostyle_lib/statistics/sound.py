"""Statistics of a sound as the ear's bands have it, with a gradient: what they are made of.

`Heard` holds the envelopes of a sound's bands, a `SoundStatistic` takes some numbers of them, and
`SoundMeasure` puts the numbers of all in one row, with weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..levels import LEVEL, rms
from ..optim import cpu_threads
from .bands import Bands, Ear

_LOUDNESS = "envelope_mean"  # always measured: it says which bands count
_STEADY = 0.01  # deviation, relative to the mean, below which an envelope counts as steady
_RANGE = 20.0  # dB over which bands cease to count, at the `depth` of an `Ear`


class Heard:
    """A sound in the ear's bands, in all its channels (c of them).

    Each part is computed once, when a statistic asks for it.
    """

    def __init__(self, bands: Bands, Y: Tensor) -> None:
        self.bands, self.Y, self.cuts = bands, Y, bands.cuts(Y)
        cuts, n = self.cuts, len(Y)
        if n > 1:  # the sum is heard too, by whoever has one loudspeaker
            cuts = [torch.cat([cut, cut.sum(dim=0, keepdim=True) / n**0.5]) for cut in cuts]
        self._E = bands.envelope_spectra(cuts)

    @cached_property
    def mean(self) -> Tensor:
        """Of each envelope, (c, n_bands)."""
        return self._E[..., 0].real / self.bands.n_env

    @cached_property
    def _D(self) -> Tensor:
        """Spectra of the envelopes less their mean, real and imaginary parts."""
        D = torch.view_as_real(self._E[..., 1:])
        return torch.cat([torch.zeros_like(D[:, :, :1]), D], dim=2)

    @cached_property
    def deviation(self) -> Tensor:
        """Of each envelope, (c, n_bands)."""
        variance = self._D.square().sum(dim=3) @ self.bands.twice
        return (variance + (_STEADY * self.mean).square()).sqrt()

    @cached_property
    def Z(self) -> Tensor:
        """Spectra of envelopes of mean 0 and deviation 1, (c, n_bands, n_env // 2 + 1, 2)."""
        return self._D / self.deviation[..., None, None]

    @cached_property
    def power(self) -> Tensor:
        """Power spectra of these, (c, n_bands, n_env // 2 + 1)."""
        return self.Z.square().sum(dim=3)

    @cached_property
    def z(self) -> Tensor:
        """Envelopes of mean 0 and deviation 1, (c, n_bands, n_env)."""
        return torch.fft.irfft(torch.view_as_complex(self.Z), self.bands.n_env)

    @cached_property
    def powers(self) -> list[Tensor]:
        """Of each wide band, each (c, size)."""
        return self.bands.wide.powers(self.Y)


SOUND_STATISTICS: dict[str, type[SoundStatistic]] = {}


class SoundStatistic:
    """What a new one inherits: a name, numbers of a sound that was heard, and their weights."""

    unit = 0.1  # a size that counts as large: what lies below it is small

    def __init_subclass__(cls, name: str = "") -> None:
        if name:
            SOUND_STATISTICS[name] = cls

    def __init__(self, bands: Bands, n_channels: int) -> None:
        pass

    def __call__(self, heard: Heard) -> Tensor:
        """The numbers, (k,)."""
        raise NotImplementedError

    def counts(self, loud: Tensor) -> Tensor:
        """How much each number counts, (k,), where bands count `loud` (c, n_bands), 0 to 1."""
        raise NotImplementedError

    def weights(self, target: Tensor, loud: Tensor) -> Tensor:
        """Of each squared difference from `target` (k,): relative to the numbers' usual size."""
        counts = self.counts(loud)
        return counts / (2 * (counts * target.square()).sum() + target.numel() * self.unit**2)


class SoundMeasure:
    """All statistics of a sound in one row, after McDermott and Simoncelli (2011).

    Parameters
    ----------
    n : int
        Samples of the sounds to be measured.
    sr : int
        Rate in Hz.
    n_channels : int
    sound : dict, optional
        Weights by name, as of a `Quality`; all 1 by default.
    ear : Ear, optional
    device : str or torch.device

    Examples
    --------
    >>> measure = SoundMeasure(22050, 22050)
    >>> measure(0.1 * torch.randn(22050)).shape
    torch.Size([5451])
    """

    def __init__(
        self,
        n: int,
        sr: int,
        *,
        n_channels: int = 1,
        sound: Mapping[str, float] | None = None,
        ear: Ear | None = None,
        device: Any = "cpu",
    ) -> None:
        sound = dict.fromkeys(SOUND_STATISTICS, 1.0) if sound is None else sound
        self.bands = Bands(n, sr, ear=ear, device=device)
        self.shares = {_LOUDNESS: 0.0} | {name: w for name, w in sound.items() if w}
        self._shape = (n_channels + (n_channels > 1), self.bands.n_bands)
        loud = torch.ones(self._shape, device=device)
        found = {name: SOUND_STATISTICS[name](self.bands, n_channels) for name in self.shares}
        # What channels have in common is nothing where there is one: then it does not count.
        self.sizes = [n for n in (len(s.counts(loud)) for s in found.values()) if n]
        self.statistics = {name: s for name, s in found.items() if len(s.counts(loud))}
        self.shares = {name: self.shares[name] for name in self.statistics}

    def __call__(self, y: Tensor) -> Tensor:
        """The statistics of `y` (n,) or (c, n), in one row that begins with the bands' means."""
        return self.of_spectrum(torch.fft.rfft(torch.atleast_2d(y)))

    def of_spectrum(self, Y: Tensor) -> Tensor:
        """The same, of a sound whose Fourier transform is `Y` (c, n // 2 + 1)."""
        heard = Heard(self.bands, Y)
        return torch.cat([statistic(heard) for statistic in self.statistics.values()])

    def places(self, word: str) -> np.ndarray:
        """Where in the row the statistics are whose names begin with a word."""
        names = np.repeat(list(self.statistics), self.sizes)
        return np.flatnonzero(np.char.startswith(names, word))

    def weights(self, target: Tensor) -> Tensor:
        """How much each squared difference from `target` counts: every class by its share.

        What bands do that are far below the loudest (80 dB by default) does not count.
        """
        parts = target.split(self.sizes)
        ear, mean = self.bands.ear, parts[0]
        decibels = 10 / ear.exponent * torch.log10(mean / mean.max())
        loud = ((ear.depth + decibels) / _RANGE).clamp(0, 1).view(self._shape)
        found = [
            share * statistic.weights(part, loud)
            for share, statistic, part in zip(
                self.shares.values(), self.statistics.values(), parts, strict=True
            )
        ]
        return torch.cat(found) / max(sum(self.shares.values()), 1e-9)


@torch.no_grad()
@cpu_threads(1)
def sound_targets(
    references: Sequence[np.ndarray],
    sr: int,
    *,
    sound: Mapping[str, float] | None = None,
    ear: Ear | None = None,
) -> np.ndarray:
    """`SoundMeasure` of sounds (n_i,) or (c, n_i) brought to one level, (k, n_statistics)."""
    rows = []
    for y in references:
        Y = np.atleast_2d(y)
        measure = SoundMeasure(Y.shape[1], sr, n_channels=len(Y), sound=sound, ear=ear)
        rows.append(measure(torch.as_tensor(Y * (LEVEL / rms(Y))).float()))
    return torch.stack(rows).numpy()
