"""Several channels as channels that are uncorrelated, and back: so that a sound keeps its image.

What is heard where lies in levels, coherence and phase between channels, in every band. In each bin
they make a matrix, the cross-spectral matrix; its eigenvectors turn the channels to ones that have
nothing in common but events (mid and side are those of equal channels). These *principal channels*
can be made anew, whatever phases are invented: turned back, their image is the recording's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from .levels import LEVEL, rms
from .transforms import STFT

_SMOOTH_OCTAVES = 1 / 6  # over which the matrices are averaged: about the ear's bands
_SMOOTH_BINS = 2  # at least, to either side
_FAINT = 1e-7  # power relative to the strongest principal channel's, below which one is left out
_CHUNK = 1 << 18  # samples that are filtered at once


@dataclass(frozen=True)
class Layout:
    """Which channels say something of their own: `matrix` (channels, distinct) of 0, 1 and -1.

    Silent ones are 0 everywhere; equal or opposite ones share a column.
    """

    matrix: np.ndarray

    @classmethod
    def of(cls, sounds: Sequence[np.ndarray]) -> Layout:
        """Of sounds (channels, n_i), all with as many channels.

        >>> y = np.array([0.5, 0.25, -0.5])
        >>> Layout.of([np.stack([y, -y, 0 * y])]).matrix
        array([[ 1.],
               [-1.],
               [ 0.]])
        """
        n_channels = len(sounds[0])
        firsts: list[int] = []
        rows = np.zeros((n_channels, n_channels))
        for i in range(n_channels):
            if not any(Y[i].any() for Y in sounds):
                continue
            for place, j in enumerate(firsts):
                sign = next(
                    (s for s in (1, -1) if all(np.array_equal(Y[i], s * Y[j]) for Y in sounds)), 0
                )
                if sign:
                    rows[i, place] = sign
                    break
            else:
                rows[i, len(firsts)] = 1
                firsts.append(i)
        return cls(rows[:, : max(1, len(firsts))])

    def distinct(self, Y: np.ndarray) -> np.ndarray:
        """The channels (distinct, n) of `Y` (channels, n) that say something of their own."""
        return Y[np.abs(self.matrix).argmax(axis=0)]

    def all(self, Y: np.ndarray) -> np.ndarray:
        """All channels again, from the distinct ones; exact."""
        out = np.zeros((len(self.matrix), Y.shape[-1]), Y.dtype)
        for row, which in zip(out, self.matrix, strict=True):
            for place in np.flatnonzero(which):
                row[:] = Y[place] if which[place] > 0 else -Y[place]
        return out


def cross_spectra(Y: Tensor, transform: STFT) -> Tensor:
    """Cross-spectral matrices of `Y` (c, n), smoothed, complex (n_bins, c, c).

    >>> S = cross_spectra(torch.randn(2, 8000), STFT())
    >>> S.shape, bool(torch.allclose(S, S.mH))
    (torch.Size([513, 2, 2]), True)
    """
    D = torch.stack([transform.complex(y) for y in Y]).to(torch.complex128)
    S = torch.einsum("ift,jft->fij", D, D.conj()) / D.shape[2]
    bins = torch.arange(len(S), device=Y.device)
    wide = (bins * (2 ** (_SMOOTH_OCTAVES / 2) - 1)).round().long().clamp(min=_SMOOTH_BINS)
    total = torch.cat([torch.zeros_like(S[:1]), S.cumsum(dim=0)])
    low, high = (bins - wide).clamp(min=0), (bins + wide + 1).clamp(max=len(S))
    return (total[high] - total[low]) / (high - low)[:, None, None]


def principal_directions(S: Tensor, like: Tensor | None = None) -> Tensor:
    """Eigenvectors of cross-spectral matrices `S` (n_bins, c, c), as columns, (n_bins, c, c).

    From bin to bin they go on in order and phase as smoothly as they can, so that the filters made
    of them are short. In all, the strongest comes first, or they come in the order of those that
    they are most `like`: so sounds that are mixed meet in what comes from the same place.
    """
    powers, U = (x.cpu().numpy() for x in torch.linalg.eigh(S))
    for i in range(1, len(U)):
        inner = U[i - 1].conj().T @ U[i]  # how each goes on
        order, free = [], list(range(U.shape[2]))
        for row in np.abs(inner):
            order.append(max(free, key=lambda j: row[j]))
            free.remove(order[-1])
        turn = inner[np.arange(len(order)), order]
        U[i] = U[i][:, order] * np.where(np.abs(turn) > 1e-9, turn.conj() / np.abs(turn), 1.0)
        powers[i] = powers[i][order]
    if like is None:
        best = np.argsort(-powers.sum(axis=0), kind="stable")
    else:
        shared = np.abs(like.cpu().numpy().conj().transpose(0, 2, 1) @ U) ** 2
        loudness = S.diagonal(dim1=1, dim2=2).real.sum(dim=1).cpu().numpy()
        best = linear_sum_assignment(-np.einsum("f,fij->ij", loudness, shared))[1]
    return torch.as_tensor(U[:, :, best]).to(S)


def taps(U: Tensor) -> Tensor:
    """Filters (i, j, n_taps) of frequency responses `U` (n_bins, i, j), centred at n_taps // 2.

    They fade to nothing at their ends, where the response of a finite transform would wrap around.
    """
    h = torch.fft.irfft(U.permute(1, 2, 0), dim=2)
    n = h.shape[2]
    return (
        h.roll(n // 2, dims=2) * torch.hann_window(n, dtype=h.dtype, device=h.device) ** 0.5
    ).float()


def filtered(Y: Tensor, h: Tensor, *, loop: bool = False) -> Tensor:
    """Each output is the sum of the inputs `Y` (j, n) through filters `h` (i, j, n_taps), (i, n).

    Without delay: what comes before and after is silence, or in a `loop` the other end.

    >>> h = torch.zeros(2, 1, 4)
    >>> h[1, 0, 2] = 0.5
    >>> filtered(torch.tensor([[1.0, 2.0, 3.0]]), h).round(decimals=3)
    tensor([[0.0000, 0.0000, 0.0000],
            [0.5000, 1.0000, 1.5000]])
    """
    n, half = Y.shape[1], h.shape[2] // 2
    if loop:
        return filtered(Y[:, torch.arange(-half, n + half) % n], h)[:, half:-half]
    pieces = []
    for start in range(0, n, _CHUNK):
        first, last = start - half, min(start + _CHUNK, n) + half
        piece = Y[:, max(first, 0) : last]
        piece = torch.nn.functional.pad(piece, (max(-first, 0), max(last - n, 0)))
        size = piece.shape[1] + h.shape[2]
        spectrum = torch.einsum("ijf,jf->if", torch.fft.rfft(h, size), torch.fft.rfft(piece, size))
        out = torch.fft.irfft(spectrum, size)
        pieces.append(out[:, 2 * half : 2 * half + min(_CHUNK, n - start)])
    return torch.cat(pieces, dim=1)


@dataclass(frozen=True)
class SpatialImage:
    """How to turn the channels of references to principal channels, and new ones back.

    References of one channel, where others have several, have no image of their own: each of their
    principal channels is that channel, and they take the image of the others.

    Attributes
    ----------
    mono : bool
        The references are of shape (n_i,), and so are results.
    layout : Layout
        From the channels that say something of their own to all.
    several : tuple of int
        Which references have an image.
    spectra : tensor (several, n_bins, c, c)
        Their cross-spectral matrices.
    directions : tensor (several, n_bins, c, c)
        Eigenvectors of these, in one order.
    parts : tuple of int
        Which of these are made: those that are not faint in all references.
    levels : array (several, parts)
        Root mean square of each part, where that of all channels is 1.
    """

    mono: bool
    layout: Layout
    several: tuple[int, ...]
    spectra: Tensor
    directions: Tensor
    parts: tuple[int, ...]
    levels: np.ndarray

    @classmethod
    def of(
        cls, sounds: Sequence[np.ndarray], sr: int, *, mono: bool = False, device: Any = "cpu"
    ) -> SpatialImage:
        """Of sounds (channels, n_i) or (1, n_i).

        >>> y = np.random.default_rng(0).normal(size=(2, 8000)).astype(np.float32)
        >>> image = SpatialImage.of([y], 22050)
        >>> again = filtered(image.apart(y, 0), image.taps([1.0]))
        >>> image.parts, bool((again - LEVEL / rms(y) * torch.as_tensor(y)).std() < 0.05 * LEVEL)
        ((0, 1), True)
        """
        several = [i for i, Y in enumerate(sounds) if len(Y) > 1]
        layout = Layout.of([sounds[i] for i in several] or sounds[:1])
        distinct = [layout.distinct(sounds[i]) for i in several]
        if not several or len(distinct[0]) == 1:
            none = torch.zeros((0, 1, 1, 1))
            return cls(mono, layout, (), none, none, (0,), np.ones((0, 1)))
        found = [torch.as_tensor(Y * (LEVEL / rms(Y))).to(device) for Y in distinct]
        spectra = torch.stack([cross_spectra(Y, STFT.for_rate(sr)) for Y in found])
        first = principal_directions(spectra[0])
        directions = torch.stack([first, *(principal_directions(S, first) for S in spectra[1:])])
        powers = (directions.mH @ spectra @ directions).diagonal(dim1=2, dim2=3).real.sum(dim=1)
        loud = (powers > _FAINT * powers.max(dim=1, keepdim=True).values).any(dim=0)
        parts = torch.nonzero(loud).flatten().tolist()
        turned = [
            filtered(Y, taps(U.mH)[parts].to(Y)).cpu().numpy()
            for Y, U in zip(found, directions, strict=True)
        ]  # as they are: smoothed spectra would have the weak ones too loud
        levels = np.array([[rms(y) / LEVEL for y in Y] for Y in turned])
        return cls(mono, layout, tuple(several), spectra, directions, tuple(parts), levels)

    @property
    def n_distinct(self) -> int:
        """How many channels say something of their own."""
        return self.layout.matrix.shape[1]

    @property
    def n_parts(self) -> int:
        """How many principal channels are made."""
        return len(self.parts)

    def distinct(self, Y: np.ndarray) -> np.ndarray:
        """The channels (n_distinct, n) of a reference, one channel spread like the others'.

        Then each is a part of it that has nothing in common with the others at any moment.
        """
        if len(Y) > 1 or self.n_distinct == 1:
            return self.layout.distinct(Y) if len(Y) > 1 else Y
        powers = self.spectra.diagonal(dim1=2, dim2=3).real.sum(dim=1).mean(dim=0).cpu().numpy()
        gains = np.sqrt(powers / powers.mean()).astype(np.float32)
        step = Y.shape[1] // self.n_distinct
        return np.stack([gain * np.roll(Y[0], i * step) for i, gain in enumerate(gains)])

    def apart(self, Y: np.ndarray, which: int) -> Tensor:
        """Principal channels (parts, n) of reference number `which`, each at `LEVEL`."""
        device = self.spectra.device
        if which not in self.several:
            y = self.layout.distinct(Y)[0] if len(Y) > 1 else Y[0]
            return torch.as_tensor(y * (LEVEL / rms(y))).to(device).expand(self.n_parts, -1)
        Y, place = self.layout.distinct(Y), self.several.index(which)
        scaled = torch.as_tensor(Y * (LEVEL / rms(Y))).to(device)
        turned = filtered(scaled, taps(self.directions[place].mH)[list(self.parts)].to(scaled))
        power = turned.square().mean(dim=1, keepdim=True)
        return turned * (LEVEL / power.sqrt().clamp(min=LEVEL * _FAINT**0.5))

    def taps(self, shares: Sequence[float] | np.ndarray) -> Tensor:
        """Filters (n_distinct, parts, n_taps) from parts at one level to the references' image.

        `shares` (k,) are those of all references.
        """
        found = np.array([shares[i] for i in self.several], dtype=float)
        found = found / found.sum() if found.sum() > 0 else np.full(len(found), 1 / len(found))
        S = torch.einsum("k,kfij->fij", torch.as_tensor(found).to(self.spectra), self.spectra)
        levels = torch.as_tensor(np.sqrt(found @ self.levels**2), dtype=torch.float32)
        back = taps(principal_directions(S, self.directions[0]))[:, list(self.parts)]
        return back * levels[None, :, None].to(back)

    @property
    def even_taps(self) -> Tensor | None:
        """The same for equal shares of all; None where one channel says all, and none is turned."""
        if self.n_distinct == 1:
            return None
        return self.taps(np.ones(max(self.several) + 1))

    def each_taps(self, k: int) -> Tensor | None:
        """The same for each of k references alone, (k, n_distinct, parts, n_taps), to be mixed.

        In every bin a part has the phase that the first gives it: else equal ones could cancel out.
        """
        h = self.even_taps
        if h is None or len(self.several) < 2:
            return h if h is None else h.expand(k, -1, -1, -1)
        inner = (self.directions[0].conj() * self.directions).sum(dim=2, keepdim=True)
        U = self.directions * torch.polar(torch.ones_like(inner.real), -inner.angle())
        levels = torch.as_tensor(self.levels, dtype=torch.float32)[:, None, :, None].to(U.device)
        own = torch.stack([taps(V)[:, list(self.parts)] for V in U]) * levels
        rows = [self.several.index(i) if i in self.several else None for i in range(k)]
        return torch.stack([own.mean(dim=0) if row is None else own[row] for row in rows])

    def all(self, Y: Tensor) -> np.ndarray:
        """A sound (n_distinct, n) in all channels that the references have: (n,) or (c, n)."""
        y = self.layout.all(Y.cpu().numpy())
        return y[0] if self.mono else y
