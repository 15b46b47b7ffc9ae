"""A short-time Fourier transform on a ring: the end of a sound meets its beginning.

For loops. Frames stand evenly around the whole sound, whatever its length, and see across its end,
so that there is no first one and no last one.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..progress import Progress
from .phase import find_phases
from .stft import STFT


class Ring:
    """An STFT's frames, as many as are wanted, around a sound of `length` samples.

    Examples
    --------
    >>> y = torch.randn(5000)
    >>> ring = Ring(STFT(), 5000, 20)
    >>> ring.complex(y).shape, bool(torch.allclose(ring.sound(ring.complex(y)), y, atol=1e-5))
    (torch.Size([513, 20]), True)
    >>> turned = ring.complex(y.roll(250))  # by a frame
    >>> bool(torch.allclose(turned, ring.complex(y).roll(1, dims=1), atol=1e-4))
    True
    """

    def __init__(self, stft: STFT, length: int, n_frames: int, *, like: Tensor | None = None):
        device = None if like is None else like.device
        self.stft, self.n_fft, self.length = stft, stft.n_fft, length
        self._window = torch.hann_window(stft.n_fft, device=device)
        # Where a frame begins is a whole sample: hops differ by one.
        starts = torch.arange(n_frames, device=device) * length // n_frames - stft.n_fft // 2
        self._places = (starts[:, None] + torch.arange(stft.n_fft, device=device)) % length
        squares = self._window.square().expand(n_frames, -1)
        self._weight = self._added(squares).clamp(min=1e-11)

    def complex(self, y: Tensor) -> Tensor:
        """Complex spectra of `y` (length,), shape (n_bins, n_frames)."""
        return torch.fft.rfft(y[self._places] * self._window).mT

    def sound(self, D: Tensor) -> Tensor:
        """The sound (length,) whose spectra are nearest to `D` (n_bins, n_frames)."""
        return self._added(torch.fft.irfft(D.mT, self.n_fft) * self._window) / self._weight

    def inverse(
        self, S: Tensor, *, n_iter: int, seed: int = 0, progress: Progress = False
    ) -> Tensor:
        """A sound (length,) whose log magnitudes are nearly `S` (n_bins, n_frames)."""
        magnitude = self.stft.magnitude(S)
        return find_phases(
            magnitude, self.sound, self.complex, n_iter=n_iter, seed=seed, progress=progress
        )

    def _added(self, frames: Tensor) -> Tensor:
        y = torch.zeros(self.length, device=frames.device)
        return y.index_add_(0, self._places.flatten(), frames.flatten())
