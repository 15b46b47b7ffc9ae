"""The constant-Q transform: equally many bins in each octave (book: chapter 10)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from ..audio import SR, AudioError, check_rate
from ..progress import Progress
from .base import Transform, check_inverse, hop_for_rate
from .phase import find_phases


@dataclass(frozen=True)
class CQT(Transform, name="cqt"):
    """Log-compressed magnitudes of the constant-Q transform, `log(1 + gain |C|)`.

    Each octave has equally many bins, so that a transposition is a shift along frequency, and each
    bin a window that holds equally many of its periods (Brown, 1991; book: chapter 10). Computed
    from one Fourier transform of the whole sound, of which each bin takes its band: a frame in the
    sense of Holighaus, Doerfler, Velasco and Grill (2013), which a small hop makes invertible.

    A bin's weight over frequency is a raised cosine on the octave scale, two bins to either side of
    its centre: nearly the width of a Hann window of Q periods. The squares of all bins' weights add
    to 1.5 everywhere, so the way back is the same bands, added and divided by 1.5.

    Parameters
    ----------
    sr : int
        Sampling rate in Hz.
    fmin : Hz
        Frequency of the lowest bin; C1 by default.
    bins_per_octave : int
    n_bins : int
        0, the default, stands for as many as fit below 0.45 `sr`.
    hop_length : int
        Samples from one frame to the next. A bin is undersampled where its band is wider than
        frames come: at the defaults from 740 Hz, noticeably from about twice that.
    gain : float > 0
        As for `STFT`; a steady tone has the same magnitude in either, at every pitch.

    Examples
    --------
    >>> transform = CQT()
    >>> S = transform.forward(torch.zeros(22050))
    >>> S.shape
    torch.Size([198, 87])
    >>> transform.inverse(S, length=22050, n_iter=1).shape
    torch.Size([22050])
    """

    sr: int = SR
    fmin: float = 32.703
    bins_per_octave: int = 24
    n_bins: int = 0
    hop_length: int = 256
    gain: float = 10.0

    def __post_init__(self) -> None:
        check_rate(self.sr)
        nyquist = self.sr / 2
        if not 0 < self.fmin < nyquist:
            raise AudioError(
                f"fmin is {self.fmin} Hz; expected above 0 and below {nyquist} Hz, half of sr"
            )
        if self.bins_per_octave < 1 or self.hop_length < 1 or not self.gain > 0:
            raise AudioError(
                f"bins_per_octave is {self.bins_per_octave}, hop_length {self.hop_length}, gain "
                f"{self.gain}; expected at least 1, at least 1, and above 0"
            )
        if self.n_bins == 0:
            octaves = np.log2(max(0.45 * self.sr / self.fmin, 1.0))
            object.__setattr__(self, "n_bins", 1 + int(self.bins_per_octave * octaves))
        octaves = (self.n_bins - 1) / self.bins_per_octave
        if self.n_bins < 1 or octaves >= np.log2(nyquist / self.fmin):
            raise AudioError(
                f"n_bins is {self.n_bins}, {octaves:.1f} octaves above fmin; expected at least 1 "
                f"bin, and the highest below {nyquist:.0f} Hz, half of sr"
            )

    @classmethod
    def for_rate(cls, sr: int) -> CQT:
        """The book's settings at rate `sr`: a hop of 12 ms as `hop_for_rate` has it.

        >>> CQT.for_rate(44100).hop_length
        512
        """
        return cls(sr=sr, hop_length=hop_for_rate(sr))

    @property
    def frequencies(self) -> np.ndarray:
        """Centre of each bin in Hz, (n_bins,)."""
        return self.fmin * 2 ** (np.arange(self.n_bins) / self.bins_per_octave)

    @property
    def min_length(self) -> int:
        """Samples of the shortest sound: half of the window of the lowest bin."""
        q = 1 / (2 ** (1 / self.bins_per_octave) - 1)
        return int(np.ceil(0.5 * q * self.sr / self.fmin))

    def complex(self, y: Tensor) -> Tensor:
        """Complex CQT of `y` (n,), shape (n_bins, n_frames); frame t is about sample t * hop."""
        if y.ndim != 1 or len(y) < self.min_length:
            raise AudioError(
                f"y has shape {tuple(y.shape)}; expected (n,), at least {self.min_length} samples"
                f" ({self.min_length / self.sr:.2f} s): raise fmin for a shorter sound"
            )
        m, i, k, weights = self._bands(len(y), y)
        Y = torch.fft.rfft(y, m * self.hop_length)[i]
        # A bin's samples every hop_length are its band, folded to m points, transformed back.
        place = (k * m + i % m).flatten()
        bands = Y.new_zeros(self.n_bins * m).index_add(0, place, (weights * Y).flatten())
        C = torch.fft.ifft(bands.view(self.n_bins, m)) * (self._scale / self.hop_length)
        return C[:, : self.n_frames(len(y))]

    def inverse_complex(self, C: Tensor, *, length: int) -> Tensor:
        """A sound (length,) from a complex CQT (n_bins, n_frames); how near: book, chapter 10."""
        check_inverse(C, self.n_bins, length, self.hop_length)
        m, i, k, weights = self._bands(C.shape[1] * self.hop_length, C.real)
        bands = torch.fft.fft(C, m) * (self.hop_length / self._scale / 1.5)
        Y = C.new_zeros(m * self.hop_length // 2 + 1)
        Y[i[:, 0]] = (weights * bands[k, i % m]).sum(dim=1)
        return torch.fft.irfft(Y, m * self.hop_length)[:length]

    def inverse(
        self,
        S: Tensor,
        *,
        length: int,
        n_iter: int = 32,
        momentum: float = 0.99,
        seed: int = 0,
        progress: Progress = False,
    ) -> Tensor:
        """A sound whose CQT magnitudes are nearly `S`: Griffin-Lim, as for `STFT`.

        Phases are sought at four times as many frames, or the next multiple that divides the hop,
        with power interpolated between them, since high bins swing too fast for `hop_length` and
        would come back as a buzz at the frame rate.

        Parameters
        ----------
        S : tensor of shape (n_bins, n_frames)
        length : int
            Samples of the result.
        n_iter, momentum, seed, progress
            As for `STFT.inverse`; a round costs some four times as much.
        """
        check_inverse(S, self.n_bins, length, self.hop_length)
        finer = next((k for k in (4, 5, 6, 7, 9, 3, 2) if self.hop_length % k == 0), 1)
        fine = replace(self, hop_length=self.hop_length // finer)
        n_frames = (S.shape[1] - 1) * finer + 1
        full = max(length, (n_frames - 1) * fine.hop_length, self.min_length)
        power = self.magnitude(S)[None] ** 2  # whose mean, not the magnitudes', stays even
        power = interpolate(power, size=n_frames, mode="linear", align_corners=True)[0]
        return find_phases(
            pad(power.sqrt(), (0, fine.n_frames(full) - n_frames)),  # silence to the end
            lambda C: fine.inverse_complex(C, length=full),
            fine.complex,
            n_iter=n_iter, momentum=momentum, seed=seed, progress=progress,
        )[:length]  # fmt: skip

    @property
    def _scale(self) -> float:
        """Magnitude of a tone over half its amplitude: that of the book's STFT, at any rate."""
        return 512 * self.sr / SR

    def _bands(self, length: int, like: Tensor) -> tuple[int, Tensor, Tensor, Tensor]:
        """Which Fourier bins make up which CQT bins of `length` samples, and by which weight.

        Returns the number m of frames, padded with silence as long as the lowest window; Fourier
        bins i (n, 1) of m hops of sound; the four bins k (n, 4) that each belongs to; weights
        (n, 4), 0 where there is no such bin.
        """
        m = scipy.fft.next_fast_len(-(-(length + self.min_length) // self.hop_length))
        resolution = self.sr / (m * self.hop_length)  # Hz
        i = torch.arange(1, m * self.hop_length // 2 + 1, device=like.device)[:, None]
        position = self.bins_per_octave * torch.log2(i.to(like.dtype) * (resolution / self.fmin))
        k = position.floor().long() + torch.arange(-1, 3, device=like.device)
        weights = torch.cos(torch.pi / 4 * (position - k)) ** 2 * ((k >= 0) & (k < self.n_bins))
        used = weights.sum(dim=1) > 0
        return m, i[used], k[used].clamp(0, self.n_bins - 1), weights[used]
