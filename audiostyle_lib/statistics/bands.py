"""Bands of a sound, cut from its Fourier transform, with a gradient.

`Bands` are narrow, as the ear's, and give envelopes at 400 Hz; `WideBands` follow attacks, to 3 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.fft
import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

from ..auditory import erb_bands, erb_count

_RATE = 400.0  # Hz, about: of the envelopes, as in McDermott and Simoncelli (2011)
_FRAME = 0.0029  # s, about, of a wide band's power: shorter, and noise itself rises and falls
_LOWEST, _SPLIT = 30.0, 150.0  # Hz: the first wide band is all that lies between, and a little more
_HIGHEST, _OF_RATE = 20_000.0, 0.47  # where the last one ends: hearing, or near half the rate
_RATIO = 1.7  # of a wide band's edges: to rise within some ms a band must be that wide


@dataclass(frozen=True)
class Ear:
    """The bands that hear: how many, and how loudness grows with power.

    Attributes
    ----------
    n_bands : int
        At 22,050 Hz, 22 or more; other rates have as many as keep their spacing.
    exponent : number
        Of the power, by which envelopes are compressed.
    silence : number
        Power that is silence.
    depth : number
        dB below the loudest band where nothing counts any more.
    """

    n_bands: int = 48
    exponent: float = 0.18  # milder than the ear's 0.15
    silence: float = 5e-9
    depth: float = 80.0


_EAR = Ear()


class Bands:
    """Bands like the ear's for sounds of `n` samples: their spectra in, envelopes' spectra out.

    They and the compression are not those of `auditory.auditory_statistics`, so that the measure is
    not what is optimised.
    """

    def __init__(self, n: int, sr: int, *, ear: Ear | None = None, device: Any = "cpu") -> None:
        self.ear = _EAR if ear is None else ear
        self.n, self.sr, self.device = n, sr, device
        self.n_env = 2 * scipy.fft.next_fast_len(int(np.ceil(n * _RATE / sr / 2)), real=True)
        # A band is a slice of the spectrum, and its inverse transform, as short as the slice
        # allows, its analytic signal. Bands whose transforms are equally long go together.
        sizes = [self.n_env * k * 2**i // 2 for i in range(20) for k in (2, 3)]
        slices: dict[int, list[tuple[int, np.ndarray]]] = {}
        found = erb_bands(n, sr, n_bands=erb_count(sr, self.ear.n_bands))
        for first, gain in found:
            # Of the power, what is faster than the envelopes' rate may fold, but not onto them.
            enough = len(gain) + self.n_env // 2
            size = next(m for m in sizes if m >= enough)
            slices.setdefault(size, []).append((first, gain))
        self.n_bands = len(found)
        self.centres = np.array([(first + len(gain) / 2) * sr / n for first, gain in found])  # Hz
        self.slices = []
        for size, rows in slices.items():
            width = max(1, *(len(gain) for _, gain in rows))
            index = np.stack([first + np.arange(width) for first, _ in rows])
            gains = np.stack([np.pad(gain, (0, width - len(gain))) for _, gain in rows])
            place = torch.as_tensor(np.minimum(index, n // 2), device=device)
            self.slices.append((size, place, self.tensor(gains * (2 * size / n))))
        # Sums over a real sound's spectrum: every frequency counts twice but the outer two.
        n_bins = self.n_env // 2 + 1
        self._twice = np.where((np.arange(n_bins) % (n_bins - 1)) > 0, 2.0, 1.0) / self.n_env**2
        self.twice = self.tensor(self._twice)

    @cached_property
    def wide(self) -> WideBands:
        """Wide bands of the same sounds."""
        return WideBands(self.n, self.sr, device=self.device)

    def tensor(self, x: np.ndarray) -> Tensor:
        """An array where this computes, in 32 bits."""
        return torch.as_tensor(x, dtype=torch.float32, device=self.device)

    def modulations(self, n_bands: int, fmin: float, fmax: float) -> Tensor:
        """Weights (n_env // 2 + 1, n_bands) that sum power spectra over bands of modulation.

        Half-cosine gains, half as wide as their rate to either side.
        """
        rates = np.arange(self.n_env // 2 + 1) * self.sr / self.n
        centres = np.geomspace(fmin, fmax, n_bands)[:, None]
        distance = (rates - centres) / (centres / 2)
        gains = np.where(np.abs(distance) < 1, np.cos(np.pi / 2 * distance), 0.0)
        return self.tensor((gains**2 * self._twice).T)

    def cuts(self, Y: Tensor) -> list[Tensor]:
        """The slices of spectra `Y` (c, n // 2 + 1) that bands are made of, (c, bands, width)."""
        return [Y[:, index] * gains for _, index, gains in self.slices]

    def envelope_spectra(self, cuts: list[Tensor]) -> Tensor:
        """Spectra of the compressed envelopes, complex (c, n_bands, n_env // 2 + 1)."""
        spectra = []
        for (size, _, _), cut in zip(self.slices, cuts, strict=True):
            power = torch.view_as_real(torch.fft.ifft(cut, size)).square().sum(dim=3)
            envelope = (power + self.ear.silence) ** self.ear.exponent
            found = torch.fft.rfft(envelope)[..., : self.n_env // 2 + 1]
            spectra.append(found * (self.n_env / size))
        return torch.cat(spectra, dim=1)

    def cross_powers(self, cuts: list[Tensor], first: Tensor, second: Tensor) -> Tensor:
        """Products of channels `first` and `second` in each band, complex (pairs, n_bands).

        With the channel itself: its power.
        """
        found = [
            (cut[first] * cut[second].conj()).sum(dim=2) / size**2
            for (size, _, _), cut in zip(self.slices, cuts, strict=True)
        ]
        return torch.cat(found, dim=1)


class WideBands:
    """Some bands of equal ratio for sounds of `n` samples: their spectra in, powers out.

    The bands' squared gains add to 1 from 30 Hz to where hearing or the rate ends. A band's power
    is that of its analytic signal, as fast as the band is wide, so that nothing of it is lost.

    Examples
    --------
    >>> wide = WideBands(22050, 22050)
    >>> powers = wide.powers(torch.fft.rfft(torch.randn(1, 22050)))
    >>> len(powers), wide.levels(powers).shape
    (8, torch.Size([1, 8, 350]))
    """

    def __init__(self, n: int, sr: int, *, device: Any = "cpu") -> None:
        self.n, self.sr, self.device = n, sr, device
        self.n_frames = scipy.fft.next_fast_len(int(np.ceil(n / sr / _FRAME)))
        highest = min(_HIGHEST, _OF_RATE * sr)
        count = max(2, round(np.log(highest / _SPLIT) / np.log(_RATIO)))
        step = np.log(highest / _SPLIT) / count
        centres = np.log(_SPLIT) + step * (np.arange(count) + 0.5)
        f = np.fft.rfftfreq(n, 1 / sr)
        logs = np.log(np.maximum(f, 1e-3))
        self.slices: list[tuple[slice, Tensor, int]] = []
        for k, centre in enumerate(centres):
            first, last = np.searchsorted(logs, [centre - step, centre + step])
            distance = (logs - centre) / step
            if k == 0:  # all that is lower
                first = int(np.searchsorted(f, _LOWEST))
                distance = np.maximum(distance, 0)
            gain = np.cos(np.pi / 2 * distance[first:last])
            size = self.n_frames * max(1, int(np.ceil((last - first) / self.n_frames)))
            scaled = torch.as_tensor(gain * (2 * size / n), dtype=torch.float32, device=device)
            self.slices.append((slice(int(first), int(last)), scaled, size))
        self.centres = np.exp(centres)

    def around(self, f: np.ndarray) -> np.ndarray:
        """Which frequencies `f` in Hz lie in each band, (bands, len(f)); neighbours overlap."""
        return (f > self.centres[:, None] / _RATIO) & (f < _RATIO * self.centres[:, None])

    def powers(self, Y: Tensor) -> list[Tensor]:
        """Of each band of spectra `Y` (c, n // 2 + 1), (c, size) with sizes of their own."""
        return [
            torch.view_as_real(torch.fft.ifft(Y[:, place] * gain, size)).square().sum(dim=-1)
            for place, gain, size in self.slices
        ]

    def levels(self, powers: list[Tensor]) -> Tensor:
        """Mean power in frames of about 3 ms, (c, bands, n_frames)."""
        pooled = [avg_pool1d(p, p.shape[-1] // self.n_frames) for p in powers]
        return torch.stack(pooled, dim=1)

    def amplified(self, y: Tensor, Y: Tensor, gains: Tensor) -> Tensor:
        """Sounds `y` (c, n) of spectra `Y`, each band by its `gains` (c or 1, bands, n)."""
        out, n = y.clone(), self.n
        for new, spectrum, its_gains in zip(out, Y, gains.expand(len(y), -1, -1), strict=True):
            bands = spectrum.new_zeros((len(self.slices), len(spectrum)))
            for band, (place, scaled, size) in zip(bands, self.slices, strict=True):
                band[place] = spectrum[place] * (scaled * (n / (2 * size))).square()
            # One call: MKL plans every one anew, which takes longer than a band's transform.
            for sound, gain in zip(torch.fft.irfft(bands, n), its_gains, strict=True):
                new += sound * (gain - 1)
        return out
