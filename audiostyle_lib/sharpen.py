"""Levels brought to a recording's: loudness, rises, repetitions, which go together.

What Griffin and Lim do for phases, for levels: over and over give levels and their rises the
values that they have in the recording, in the order that they have in the new sound, and find the
course of level that fits these best. After the distribution transfer of Pitie, Kokaram and Dahyot
(2007), who match many dimensions by one after the other, turned to and fro; and so that a beat is
kept, after the surrogates of Schreiber and Schmitz (1996). There is no gradient, so it takes some
hundredths of a second for a second of sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, interpolate, pad

from .levels import LEVEL, rms
from .optim import cpu_threads
from .statistics import (
    WideBands,
    order,
    repeated,
    repetition,
    resample_quantiles,
    wanted_powers,
)

_LAGS = (0, 1, 2, 4, 8, 16)  # frames of 3 ms: levels themselves, and rises over 3 to 47 ms
_FLOOR = 1e-6  # of a band's mean power, -60 dB: what lies below is silence
_PASSES = 2  # a band's gains are heard in its neighbours too, so look again
_ALIKE_SECONDS = 0.05  # of a window in which channels are compared
_ALONE = 4  # exponent of their coherence: at half of it they still swell on their own
_LINES_SECONDS = 0.186  # of a window that tells tones from noise
_FLAT = 0.3  # spectral flatness above which a band is noise: rain has .97, a drum .5, a guitar .06
_MOST = 0.7  # log of the gain that a band gets in a pass, 6 dB: with more, weak events vanish
_EDGE = max(_LAGS)  # frames at a recording's ends, where it was cut or faded: no texture
_SLOW = 8  # frames to either side, 50 ms in all: slower gains are not heard as noise beside a tone
_MAX = 2.0  # gain of a frequency of levels in a round
_STRENGTH = 0.5  # of each round's step towards the recording's repetition


@dataclass(frozen=True)
class LevelTargets:
    """How levels are distributed in one channel of references.

    Attributes
    ----------
    means : tensor (k, bands)
        Log mean power of each wide band.
    noisy : tensor (k, bands)
        How fast a band's gains may change, from 0, slowly, to 1, as they like: fast ones would be
        heard as noise around tones.
    turns : tensor (m, bands, bands)
        Orthogonal directions in which levels are looked at, one basis after the other.
    values : tuple of k tuples of m tuples of tensors (bands, t_i)
        Levels in each direction, and their rises, in order.
    repetitions : tuple of k tensors (m, bands, t_i)
        How levels repeat in each direction.
    alike : tensor (k, bands)
        From 0 to 1, how far all channels are one sound, which gets the same gains.
    """

    means: Tensor
    noisy: Tensor
    turns: Tensor
    values: tuple[tuple[tuple[Tensor, ...], ...], ...]
    repetitions: tuple[Tensor, ...]
    alike: Tensor

    def mixed(self, shares: Tensor, n: int) -> list[list[Tensor]]:
        """For each basis and lag, what is wanted of `n` frames after references in `shares`."""
        return [
            [
                sum(
                    share * resample_quantiles(values[turn][lag], n)
                    for share, values in zip(shares, self.values, strict=True)
                )
                for lag in range(len(_LAGS))
            ]
            for turn in range(len(self.turns))
        ]


@torch.no_grad()
@cpu_threads(1)
def level_targets(
    references: Sequence[np.ndarray], sr: int, *, imaged: Sequence[int] | np.ndarray | None = None
) -> tuple[LevelTargets, ...]:
    """`LevelTargets` of each channel of sounds (n_i,) or (c, n_i), brought to one level.

    What channels have in common is that of the references `imaged`, by default of each.
    """
    even = [torch.as_tensor(np.atleast_2d(y) * (LEVEL / rms(y))).float() for y in references]
    wides = [WideBands(Y.shape[1], sr) for Y in even]
    powers = [w.levels(w.powers(torch.fft.rfft(Y))) for w, Y in zip(wides, even, strict=True)]
    means = [P.mean(dim=2).clamp(min=1e-12).log() for P in powers]
    levels = [_logs(P, mean)[..., _EDGE:-_EDGE] for P, mean in zip(powers, means, strict=True)]
    turns = _turns([L for of in levels for L in of])  # one for all: else channels part
    alike = torch.stack([_alike(Y, wide) for wide, Y in zip(wides, even, strict=True)])
    for k in range(len(alike)):
        if imaged is not None and k not in imaged:
            alike[k] = alike[list(imaged)].mean(dim=0)
    return tuple(
        LevelTargets(
            torch.stack([mean[c] for mean in means]),
            torch.stack([_noisy(Y[c], wide) for wide, Y in zip(wides, even, strict=True)]),
            turns,
            tuple(
                tuple(tuple(_ordered(_rises(turn @ L[c], lag)) for lag in _LAGS) for turn in turns)
                for L in levels
            ),
            tuple(torch.stack([repetition(turn @ L[c]) for turn in turns]) for L in levels),
            alike,
        )
        for c in range(len(even[0]))
    )


def _alike(Y: Tensor, wide: WideBands) -> Tensor:
    """Of each wide band of channels `Y` (c, n): 1 where they are one sound, 0 where unrelated.

    In narrow bands, so that what one channel hears some milliseconds later is the same sound.
    """
    loud = Y[Y.square().mean(dim=1) > 1e-12 * Y.square().mean()]
    if len(loud) < 2:
        return torch.ones(len(wide.centres))
    n_fft = min(round(_ALIKE_SECONDS * wide.sr), Y.shape[1])
    D = torch.stft(loud, n_fft, window=torch.hann_window(n_fft), return_complex=True)
    S = torch.einsum("ift,jft->fij", D, D.conj())
    power = S.diagonal(dim1=1, dim2=2).real
    norms = power.clamp(min=1e-20).sqrt()
    largest = torch.linalg.eigvalsh(S / (norms[:, :, None] * norms[:, None]))[:, -1]
    common = ((largest - 1) / (len(loud) - 1)).clamp(0, 1)  # 1 to as many as there are channels
    near = torch.as_tensor(wide.around(np.fft.rfftfreq(n_fft, 1 / wide.sr)))
    weights = near * power.sum(dim=1)
    return (weights @ common / weights.sum(dim=1).clamp(min=1e-20)) ** _ALONE


def _noisy(y: Tensor, wide: WideBands) -> Tensor:
    """Of each wide band of `y` (n,), by its spectral flatness: near 1 for noise, 0 for tones."""
    n_fft = min(round(_LINES_SECONDS * wide.sr), len(y))
    D = torch.stft(
        y, n_fft, n_fft // 2, window=torch.hann_window(n_fft), center=False, return_complex=True
    )
    power = D.abs().square().mean(dim=1).numpy()
    f = np.fft.rfftfreq(n_fft, 1 / wide.sr)
    bands = [power[near] + 1e-20 for near in wide.around(f)]
    flatness = [np.exp(np.log(p).mean()) / p.mean() if len(p) else 1.0 for p in bands]
    return torch.as_tensor(np.minimum(1.0, np.array(flatness) / _FLAT)).float()


def _logs(P: Tensor, mean: Tensor) -> Tensor:
    """Log powers (..., bands, t), where `mean` (..., bands) is the log of what they are usually."""
    return torch.log(P + _FLOOR * mean.exp()[..., None])


def _ordered(x: Tensor) -> Tensor:
    return x.gather(1, order(x))


def _rises(L: Tensor, lag: int) -> Tensor:
    return L[:, lag:] - L[:, :-lag] if lag else L


def _turns(levels: Sequence[Tensor]) -> Tensor:
    """Bases: one with the sum of all levels, principal directions, any other, and bands."""
    n = len(levels[0])
    generator = torch.Generator().manual_seed(0)  # any will do, but always the same
    some = torch.randn((2, n, n), generator=generator)
    some[0, :, 0] = 1.0
    covariance = sum(torch.cov(L) for L in levels)
    with_sum, other = torch.linalg.qr(some)[0].mT
    return torch.stack([with_sum, torch.linalg.eigh(covariance)[1].mT, other, torch.eye(n)])


@torch.no_grad()
def sharpened(
    y: Tensor,
    targets: Sequence[LevelTargets],
    shares: Tensor,
    sr: int,
    *,
    n_rounds: int,
    held: Tensor | None = None,
    loop: bool = False,
) -> Tensor:
    """`y` (c, n), near `LEVEL`, with levels distributed as in references.

    Channels get gains of their own as far as they are sounds of their own: what is alike stays so.

    Parameters
    ----------
    y : tensor (c, n)
    targets : sequence of c LevelTargets
        Of k references.
    shares : tensor (k,)
        Of the references, adding to 1.
    sr : int
        Rate in Hz.
    n_rounds : int
        0 leaves `y` as it is.
    held : tensor (n,), optional
        How far each sample may change, 0 to 1; all by default.
    loop : bool
        The end meets the beginning.

    Examples
    --------
    >>> from audiostyle_lib.sounds import crackle, matched_noise
    >>> from audiostyle_lib.attacks import attack_statistics
    >>> fire = crackle(seconds=2.0)
    >>> noise = torch.as_tensor(matched_noise(fire, 22050))[None]
    >>> targets = level_targets([fire], 22050)
    >>> new = sharpened(noise, targets, torch.ones(1), 22050, n_rounds=12)[0].numpy()
    >>> attack_statistics(new / 2, 22050)["level_rise"] > 5
    True
    """
    if not n_rounds:
        return y
    wide = WideBands(y.shape[1], sr, device=y.device)
    fits = [_Fit(of, shares.cpu(), wide, y) for of in targets]
    alike = (shares @ targets[0].alike.to(y))[:, None]
    for _ in range(_PASSES):
        Y = torch.fft.rfft(y)
        P = wide.levels(wide.powers(Y))
        found = [fit.gains(p, n_rounds, loop) for fit, p in zip(fits, P, strict=True)]
        gains = torch.stack(found)
        loud = P.mean(dim=2, keepdim=True) + 1e-20
        common = (loud / loud.sum(dim=0) * gains).sum(dim=0)  # which leaves the image as it is
        gains = torch.lerp(gains, common, alike)
        gains = _spread(gains, y.shape[1], loop)
        y = wide.amplified(y, Y, (gains if held is None else gains * held).exp())
    return y


class _Fit:
    """Gains for one channel of a sound, towards references in `shares` (k,)."""

    def __init__(self, targets: LevelTargets, shares: Tensor, wide: WideBands, like: Tensor):
        n = wide.n_frames
        self._turns = targets.turns.to(like)
        self._wanted = [[x.to(like) for x in of] for of in targets.mixed(shares, n)]
        powers, self._n_lags = wanted_powers(targets.repetitions, shares, n)
        self._powers = powers.to(like)
        self._mean, self._noisy = ((shares @ x).to(like) for x in (targets.means, targets.noisy))

    def gains(self, P: Tensor, n_rounds: int, loop: bool) -> Tensor:
        """Logarithms of the gains for levels `P` (bands, t), of the same shape."""
        L = _logs(P, self._mean)
        gains = ((self._fitted(L, n_rounds) - L) / 2).clamp(-_MOST, _MOST)
        gains = torch.lerp(_slowed(gains, loop), gains, self._noisy[:, None])
        # What is lost on the way, a band's level, is put right as a whole.
        after = (P * (2 * gains).exp()).mean(dim=1).clamp(min=1e-12).log()
        return gains + ((self._mean - after) / 2).clamp(-_MOST, _MOST)[:, None]

    def _fitted(self, L: Tensor, n_rounds: int) -> Tensor:
        """Levels (bands, t) that are nearest to what is wanted of levels and rises, all at once.

        Before each round they are filtered to repeat as is wanted. Rises are convolutions, so the
        nearest course is found by a division of Fourier transforms.
        """
        t = L.shape[1]
        f = 2 * torch.pi * torch.fft.rfftfreq(t, device=L.device)
        filters = [torch.exp(1j * f * lag) - float(lag > 0) for lag in _LAGS]
        whole = sum(h.abs().square() for h in filters)
        for number in range(n_rounds):
            k = number % len(self._turns)
            X = repeated(
                self._turns[k] @ L, self._powers[k], self._n_lags, strength=_STRENGTH, most=_MAX
            )
            fit = torch.zeros((len(X), len(f)), dtype=torch.complex64, device=L.device)
            for lag, h, values in zip(_LAGS, filters, self._wanted[k], strict=True):
                rises = X.roll(-lag, 1) - X if lag else X
                found = torch.empty_like(X).scatter_(1, order(rises), values)
                fit += h.conj() * torch.fft.rfft(found)
            L = self._turns[k].mT @ torch.fft.irfft(fit / whole, t)
        return L


def _spread(gains: Tensor, n: int, loop: bool) -> Tensor:
    """Gains (c, bands, t) of frames at each of `n` samples, in straight lines."""
    if not loop:
        return interpolate(gains, size=n, mode="linear")
    t = gains.shape[2]
    places = (torch.arange(n, device=gains.device) + 0.5) * (t / n) - 0.5
    below = places.floor()
    first, second = (below.long() + k for k in (0, 1))
    return torch.lerp(gains[..., first % t], gains[..., second % t], places - below)


def _slowed(gains: Tensor, loop: bool) -> Tensor:
    """Gains (bands, t), each the mean of those around it."""
    window = torch.hann_window(2 * _SLOW + 3, periodic=False).to(gains)[1:-1]
    around = pad(gains[:, None], (_SLOW, _SLOW), mode="circular" if loop else "replicate")
    return conv1d(around, (window / window.sum())[None, None])[:, 0]
