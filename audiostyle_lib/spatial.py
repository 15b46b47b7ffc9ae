"""Several channels as channels that are uncorrelated, and back: so that a sound keeps its image.

What is heard where lies in levels, coherence and phase between channels, in every band. In each
frequency bin they make a matrix, the cross-spectral matrix; its eigenvectors turn the channels to
ones that have nothing in common but events (mid and side are those of equal channels). These
*principal channels* can be made anew, whatever phases are invented: turned back, their image is the
recording's by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

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


def principal_directions(S: Tensor) -> Tensor:
    """Eigenvectors of cross-spectral matrices `S` (n_bins, c, c), as columns, (n_bins, c, c).

    From bin to bin they go on in order and phase as smoothly as they can, so that the filters made
    of them are short; the strongest in all comes first.
    """
    powers, U = (x.cpu().numpy() for x in torch.linalg.eigh(S))
    for i in range(len(U)):
        if i == 0:
            continue
        inner = U[i - 1].conj().T @ U[i]  # how each goes on
        order, free = [], list(range(U.shape[2]))
        for row in np.abs(inner):
            best = max(free, key=lambda j: row[j])
            order.append(best)
            free.remove(best)
        turn = inner[np.arange(len(order)), order]
        U[i] = U[i][:, order] * np.where(np.abs(turn) > 1e-9, turn.conj() / np.abs(turn), 1.0)
        powers[i] = powers[i][order]
    strongest = np.argsort(-powers.sum(axis=0), kind="stable")
    return torch.as_tensor(U[:, :, strongest]).to(S)


def taps(U: Tensor) -> Tensor:
    """Filters (i, j, n_taps) of frequency responses `U` (n_bins, i, j), centred at n_taps // 2.

    They fade to nothing at their ends, where the response of a finite transform would wrap around.
    """
    h = torch.fft.irfft(U.permute(1, 2, 0), dim=2)
    n = h.shape[2]
    return (
        h.roll(n // 2, dims=2) * torch.hann_window(n, dtype=h.dtype, device=h.device) ** 0.5
    ).float()


def filtered(Y: Tensor, h: Tensor) -> Tensor:
    """Each output is the sum of the inputs `Y` (j, n) through filters `h` (i, j, n_taps), (i, n).

    Without delay: what comes before and after is silence.

    >>> h = torch.zeros(2, 1, 4)
    >>> h[1, 0, 2] = 0.5
    >>> filtered(torch.tensor([[1.0, 2.0, 3.0]]), h).round(decimals=3)
    tensor([[0.0000, 0.0000, 0.0000],
            [0.5000, 1.0000, 1.5000]])
    """
    n, half = Y.shape[1], h.shape[2] // 2
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

    Attributes
    ----------
    spectra : tensor (k, n_bins, c, c)
        Cross-spectral matrices of each reference.
    n_parts : int
        Principal channels that are made: the faint ones are left out.
    """

    spectra: Tensor
    n_parts: int

    @classmethod
    def of(cls, sounds: Sequence[Tensor], transform: STFT) -> SpatialImage:
        """Of sounds (c, n_i) near one level."""
        spectra = torch.stack([cross_spectra(Y, transform) for Y in sounds])
        powers = torch.linalg.eigvalsh(spectra).clamp(min=0).sum(dim=1).flip(1)  # (k, c)
        loud = (powers > _FAINT * powers[:, :1]).any(dim=0)
        return cls(spectra, max(1, int(loud.sum())))

    def apart(self, Y: Tensor, which: int) -> Tensor:
        """Principal channels (n_parts, n) of reference number `which`, `Y` (c, n)."""
        if len(Y) == 1:
            return Y
        U = principal_directions(self.spectra[which])
        return filtered(Y, taps(U.mH)[: self.n_parts].to(Y))

    def together(self, shares: Sequence[float]) -> Tensor:
        """Filters (c, n_parts, n_taps) that turn principal channels to the references' image."""
        weights = torch.as_tensor(shares, dtype=torch.float64, device=self.spectra.device)
        U = principal_directions(
            torch.einsum("k,kfij->fij", weights.to(self.spectra), self.spectra)
        )
        return taps(U)[:, : self.n_parts].to(torch.float32)
