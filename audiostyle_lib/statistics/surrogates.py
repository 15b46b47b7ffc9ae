"""Noise with a recording's values and repetitions: what has both, and nothing else of it.

`surrogate` makes it after Schreiber and Schmitz (1996), by turns: the power spectrum of the
recording, in the phases that the noise has, then its values, in the order that the noise has them.
Power spectra are smooth, as if repetition were known for short lags only: all of them would, with
the values, nearly be the recording.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .tensors import order

_FLOOR = 1e-4  # of the mean power, below which a frequency is not lifted
_LONGEST = 4  # lags up to one part of as many count, as in `AutocorrelationLoss`


def repetition(x: Tensor) -> Tensor:
    """Autocorrelation of rows `x` (..., t) at lags from 0 to t - 1, over t: (..., t).

    Unlike `statistics.autocorrelation` it never belongs to a negative power.

    >>> repetition(torch.tensor([1.0, -1.0, 1.0, -1.0]))
    tensor([ 1.0000, -0.7500,  0.5000, -0.2500])
    """
    t = x.shape[-1]
    power = torch.fft.rfft(x - x.mean(dim=-1, keepdim=True), 2 * t).abs().square()
    return torch.fft.irfft(power, 2 * t)[..., :t] / t


def powers(r: Tensor, n: int, n_lags: int) -> Tensor:
    """Power spectrum (..., n // 2 + 1), for `n` positions, of a `repetition` `r` (..., t).

    Smooth: lags from `n_lags` on, at most n // 2, do not count, those before the less the longer.

    >>> powers(torch.tensor([1.0, 0.0, 0.0, 0.0]), 4, 2)
    tensor([1., 1., 1.])
    """
    tapered = r[..., :n_lags] * (1 - torch.arange(n_lags, device=r.device) / n_lags)
    both = r.new_zeros((*r.shape[:-1], n))
    both[..., :n_lags] = tapered
    both[..., n - n_lags + 1 :] = tapered[..., 1:].flip(-1)
    return torch.fft.rfft(both).real.clamp(min=0)


def wanted_powers(found: Sequence[Tensor], shares: Tensor, n: int) -> tuple[Tensor, int]:
    """`powers` of `n` positions after several repetitions (..., t_i) in `shares`, and their lags.

    >>> wanted_powers([torch.ones(8), torch.zeros(9)], torch.tensor([0.5, 0.5]), 8)[1]
    2
    """
    n_lags = max(1, min(n, *(r.shape[-1] for r in found)) // _LONGEST)
    terms = [share * powers(r, n, n_lags) for share, r in zip(shares, found, strict=True)]
    return sum(terms[1:], terms[0]), n_lags


def repeated(
    x: Tensor, wanted: Tensor, n_lags: int, *, strength: float = 1.0, most: float | None = None
) -> Tensor:
    """Rows `x` (..., n), filtered to have the power spectra `wanted` (..., n // 2 + 1).

    Parameters
    ----------
    x : tensor (..., n)
    wanted : tensor (..., n // 2 + 1)
        As `powers` gives it.
    n_lags : int
        Of `wanted`; the powers of `x` are made as smooth, so its details stay.
    strength : number
        Exponent of the gains; with 0 nothing changes.
    most : number, optional
        Gains are at most this, and at least its inverse.

    Examples
    --------
    >>> beat = torch.tensor([1.0, 0.0, 0.0, 0.0] * 30)
    >>> noise = torch.randn(120, generator=torch.Generator().manual_seed(0))
    >>> lags = 24
    >>> new = repeated(noise, powers(repetition(beat), 120, lags), lags)
    >>> bool((new * new.roll(4)).mean() > 0.5 * new.var())
    True
    """
    mean = x.mean(dim=-1, keepdim=True)
    X = torch.fft.rfft(x - mean)
    n, floor = x.shape[-1], _FLOOR * wanted.mean(dim=-1, keepdim=True) + 1e-12
    now = powers(torch.fft.irfft(X.abs().square(), n) / n, n, n_lags)
    gains = ((wanted + floor) / (now + floor)) ** (strength / 2)
    if most is not None:
        gains = gains.clamp(1 / most, most)
    return mean + torch.fft.irfft(X * gains, n)


def surrogate(
    noise: Tensor,
    values: Tensor,
    wanted: Tensor,
    n_lags: int,
    *,
    n_rounds: int,
    known: Tensor | None = None,
) -> Tensor:
    """`noise` (c, n) with the power spectra `wanted` and nearly the `values` (c, n), ascending.

    Where the first positions are `known` (c, m), with m < n, the rest goes on from them.

    >>> noise = torch.randn(1, 400, generator=torch.Generator().manual_seed(0))
    >>> sparse = torch.zeros(1, 400)
    >>> sparse[0, ::20] = 1.0
    >>> new = surrogate(noise, sparse.sort().values, *wanted_powers([repetition(sparse)],
    ...     torch.ones(1), 400), n_rounds=20)
    >>> bool(new.max() > 3 * new.std())  # as clicks
    True
    """
    x = noise
    first = noise[:, :0] if known is None else known
    for number in range(n_rounds):
        x = repeated(torch.cat([first, x[:, first.shape[1] :]], dim=1), wanted, n_lags)
        if number < n_rounds - 1:
            x = torch.empty_like(x).scatter_(1, order(x), values)
    return torch.cat([first, x[:, first.shape[1] :]], dim=1)
