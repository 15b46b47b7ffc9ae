"""What the ear measures, imposed on noise: McDermott and Simoncelli (2011)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from audiostyle_lib.audio import SR
from audiostyle_lib.auditory import erb_bands
from audiostyle_lib.levels import LEVEL, finished, rms

from .solving import Rounds, lbfgs

_RATE, _EXPONENT = 400, 0.3  # of envelopes: Hz, and of their compression
_N_BANDS, _FMIN, _FMAX = 30, 20.0, 10_000.0  # cut by half-cosines evenly spaced between these, Hz
_OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)  # bands apart whose correlation counts
_NEIGHBOURS = (1, 2)  # the same in every octave of modulation
_FLOOR = 0.03  # of an envelope's mean, below which it has no fine structure (ours)
_N_STEPS = 20  # of the optimiser in a round (ours)


def mcdermott_simoncelli(reference: np.ndarray, seed: int) -> Rounds:
    """McDermott and Simoncelli (2011), Neuron 71: noise takes on the statistics of envelopes.

    30 half-cosine bands from 20 Hz to 10 kHz and what is left below and above; Hilbert envelopes to
    the power of 0.3, at 400 Hz. Their mean, variance, skewness, correlations, power in 20 bands of
    modulation, and correlations within octaves of modulation (C1) and between them (C2); no
    kurtosis. 60 rounds of: cut into bands, change the envelopes, give them to the bands, add up.

    Ours: the errors of each class relative to its target, and of each mean to its own; all bands at
    once, by a few steps of L-BFGS, where theirs go band after band by conjugate gradients, and
    means set exactly; averages over all of the sound, without fading its ends; a band is given
    the ratio of new envelope to old. With the new envelope in place of the old one, without what
    in it is faster than 200 Hz, their statistics are reached too, but not those of other bands.
    """
    y = torch.as_tensor(reference * (LEVEL / rms(reference)), dtype=torch.float32)
    ear = _Ear(len(y))
    with torch.no_grad():
        target = ear.statistics(ear.envelopes(ear.bands(y)))
    mean = target["mean"][:, None]
    sizes = {name: wanted.square().sum() for name, wanted in target.items()}

    def distance(s: Tensor) -> Tensor:
        found = ear.statistics(s)
        terms = [((found[k] - target[k]).square().sum() / sizes[k]) for k in target if k != "mean"]
        return torch.stack([(found["mean"] / target["mean"] - 1).square().mean(), *terms]).mean()

    def once(y: Tensor) -> tuple[float, Tensor]:
        bands = ear.bands(y)
        old = ear.envelopes(bands)
        x = (old / mean).requires_grad_(True)

        def closure() -> float:
            x.grad = None
            loss = distance(x * mean)
            loss.backward()
            return loss.item()

        before = distance(old).item()
        lbfgs(x, _N_STEPS).step(closure)
        new = x.detach() / x.detach().mean(dim=1, keepdim=True) * mean
        return before, ear.collapsed(bands, old, new)

    noise = LEVEL * torch.randn(len(y), generator=torch.Generator().manual_seed(seed))
    return Rounds(noise, once, lambda y: finished(y.numpy(), SR, rms(reference)), n_rounds=60)


class _Ear:
    """Bands and envelopes of sounds of `n` samples, and the statistics of these."""

    def __init__(self, n: int) -> None:
        self.n, self.n_env = n, round(n * _RATE / SR)
        # The outermost two of 32 are what is left; the squares of all add to one.
        self._gains = torch.zeros(_N_BANDS + 2, n // 2 + 1)
        found = erb_bands(n, SR, n_bands=_N_BANDS + 2, fmin=_FMIN, fmax=_FMAX)
        for row, (first, gains) in zip(self._gains, found, strict=True):
            row[first : first + len(gains)] = torch.as_tensor(gains)
        f = torch.fft.rfftfreq(n, 1 / SR)
        self._gains[0, f < _FMIN] = 1.0
        self._gains[-1, f > _FMAX] = 1.0
        rates = torch.fft.rfftfreq(self.n_env, 1 / _RATE)
        twice = torch.full_like(rates, 2.0)  # every rate stands for two but the outer ones
        twice[0], twice[-1] = 1.0, 2.0 - (self.n_env % 2 == 0)
        twice /= self.n_env**2
        centres = torch.logspace(np.log10(0.5), np.log10(200.0), 20)[:, None]
        self._powers = (_half_cosine((rates - centres) / (centres / 2)).square() * twice).T
        octaves = 1.5625 * 2.0 ** torch.arange(7)[:, None]  # to 100 Hz
        self._octaves = _half_cosine(torch.log2(rates.clamp(min=1e-6) / octaves))
        self._octave_powers = (self._octaves[1:].square() * twice).T

    def bands(self, y: Tensor) -> Tensor:
        """The bands of `y` as complex signals (bands, n)."""
        Y = self._gains * torch.fft.rfft(y)
        Y[:, 1 : (self.n + 1) // 2] *= 2
        return torch.fft.ifft(pad(Y, (0, self.n - Y.shape[1])))

    def envelopes(self, bands: Tensor) -> Tensor:
        """Their compressed envelopes (bands, n_env), without what is faster than 200 Hz."""
        S = torch.fft.rfft(bands.abs() ** _EXPONENT)[:, : self.n_env // 2 + 1]
        return torch.fft.irfft(S * (self.n_env / self.n), self.n_env).clamp(min=0)

    def collapsed(self, bands: Tensor, old: Tensor, new: Tensor) -> Tensor:
        """The sum (n,) of bands whose envelopes are changed."""
        floor = _FLOOR * old.mean(dim=1, keepdim=True)
        ratio = self._full_rate(new).clamp(min=0) / torch.maximum(self._full_rate(old), floor)
        changed = bands.real * ratio.clamp(max=5) ** (1 / _EXPONENT)
        return torch.fft.irfft((torch.fft.rfft(changed) * self._gains).sum(dim=0), self.n)

    def _full_rate(self, s: Tensor) -> Tensor:
        S = torch.fft.rfft(s) * (self.n / self.n_env)
        return torch.fft.irfft(pad(S, (0, self.n // 2 + 1 - S.shape[1])), self.n)

    def statistics(self, s: Tensor) -> dict[str, Tensor]:
        """Of envelopes (bands, n_env)."""
        mean = s.mean(dim=1)
        off = s - mean[:, None]
        variance = off.square().mean(dim=1) + (1e-4 * mean).square()
        z = off / variance.sqrt()[:, None]
        Z = torch.fft.rfft(z)
        power = torch.view_as_real(Z).square().sum(dim=2)
        correlation = z @ z.mT / self.n_env
        own = (power @ self._octave_powers).clamp(min=1e-8).sqrt()
        together = [
            ((Z[k:] * Z[:-k].conj()).real @ self._octave_powers) / (own[k:] * own[:-k])
            for k in _NEIGHBOURS
        ]
        return {
            "mean": mean,
            "variance": variance / mean.square(),
            "skewness": (z**3).mean(dim=1),
            "correlation": torch.cat([correlation.diagonal(k) for k in _OFFSETS]),
            "modulation power": power @ self._powers,
            "C1": torch.cat(together),
            "C2": self._across_octaves(Z),
        }

    def _across_octaves(self, Z: Tensor) -> Tensor:
        """How an octave's phase, doubled, goes with that of the next: (bands, 6, 2)."""
        octaves = 2 * Z[:, None] * self._octaves
        a = torch.fft.ifft(pad(octaves, (0, self.n_env - Z.shape[1])))
        size = (torch.view_as_real(a).square().sum(dim=-1) + 1e-8).sqrt()
        doubled = a[:, :-1].square() / size[:, :-1]
        deviation = size.square().mean(dim=2).sqrt()
        scale = deviation[:, :-1] * deviation[:, 1:]
        return torch.view_as_real((doubled.conj() * a[:, 1:]).mean(dim=2)) / scale[..., None]


def _half_cosine(x: Tensor) -> Tensor:
    """1 at 0, 0 from -1 and 1 on."""
    return torch.where(x.abs() < 1, torch.cos(torch.pi / 2 * x), 0.0)
