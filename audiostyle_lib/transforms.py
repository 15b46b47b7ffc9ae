"""From sound to spectrogram and back: frozen settings with `forward(y)` and `inverse(S, length=)`.

`y` is a tensor (n,), `S` a real tensor (n_bins, n_frames). Rows are frequencies from low to high,
columns are moments; phase is left out and must be found again on the way back.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import librosa
import numpy as np
import torch
from torch import Tensor

from .audio import SR, AudioError, check_rate
from .phase import find_phases


class Transform:
    """What STFT and CQT share: frames every `hop_length` samples, magnitudes on a log scale."""

    hop_length: int
    gain: float

    @property
    def min_length(self) -> int:
        """Samples of the shortest sound that can be transformed."""
        raise NotImplementedError

    def n_frames(self, length: int) -> int:
        """Frames of a sound of `length` samples."""
        return 1 + length // self.hop_length

    def complex(self, y: Tensor) -> Tensor:
        """The transform of `y` (n,) with its phases, shape (n_bins, n_frames)."""
        raise NotImplementedError

    def forward(self, y: Tensor) -> Tensor:
        """Log magnitudes of `y` (n,), shape (n_bins, n_frames), >= 0."""
        return torch.log1p(self.gain * self.complex(y).abs())

    def magnitude(self, S: Tensor) -> Tensor:
        """Undo the compression: magnitudes from `S`; what lies below 0 counts as 0."""
        return torch.expm1(S.clamp(min=0)) / self.gain

    def inverse(self, S: Tensor, *, length: int, seed: int = 0, progress: bool = False) -> Tensor:
        """A sound (length,) whose log magnitudes are nearly `S`."""
        raise NotImplementedError


@dataclass(frozen=True)
class STFT(Transform):
    """Log-compressed magnitudes of the short-time Fourier transform, `log(1 + gain |D|)`.

    Parameters
    ----------
    n_fft : int
        Window length in samples, even; `n_fft // 2 + 1` frequency bins.
    hop_length : int
        Samples from one frame to the next, at most half of `n_fft`.
    gain : float > 0
        How far quiet parts are lifted: near-linear for small, near-dB for large values.

    Examples
    --------
    >>> transform = STFT()
    >>> S = transform.forward(torch.zeros(22050))
    >>> S.shape
    torch.Size([513, 87])
    >>> transform.inverse(S, length=22050).shape
    torch.Size([22050])
    """

    n_fft: int = 1024
    hop_length: int = 256
    gain: float = 10.0

    def __post_init__(self) -> None:
        if self.n_fft < 4 or self.n_fft % 2 or not 1 <= self.hop_length <= self.n_fft // 2:
            raise AudioError(
                f"n_fft is {self.n_fft}, hop_length {self.hop_length}; "
                "expected an even n_fft and a hop of at most its half"
            )
        if not self.gain > 0:
            raise AudioError(f"gain is {self.gain}; expected above 0")

    @classmethod
    def for_rate(cls, sr: int) -> STFT:
        """The book's 46 ms window and 12 ms hop, as nearest powers of two at rate `sr`.

        >>> STFT.for_rate(44100).n_fft
        2048
        """
        check_rate(sr)
        n_fft = 2 ** round(np.log2(1024 * sr / SR))
        return cls(n_fft=n_fft, hop_length=n_fft // 4)

    @property
    def min_length(self) -> int:
        """Samples of the shortest sound that fills a window."""
        return self.n_fft + 1

    def complex(self, y: Tensor) -> Tensor:
        """Complex STFT of `y` (n,), shape (n_bins, n_frames), Hann window, centred frames."""
        if y.ndim != 1 or len(y) <= self.n_fft // 2:
            raise AudioError(
                f"y has shape {tuple(y.shape)}; expected (n,), more than {self.n_fft // 2} samples"
            )
        return torch.stft(
            y, self.n_fft, self.hop_length, window=self._window(y), return_complex=True
        )

    def inverse(
        self,
        S: Tensor,
        *,
        length: int,
        n_iter: int = 32,
        momentum: float = 0.99,
        seed: int = 0,
        known: Tensor | None = None,
        progress: bool = False,
    ) -> Tensor:
        """A sound whose spectrogram is nearly `S`: the phase is found by Griffin-Lim.

        Parameters
        ----------
        S : tensor of shape (n_bins, n_frames)
        length : int
            Samples of the result.
        n_iter : int
            Rounds; 32 is enough for textures.
        momentum : float in [0, 1)
            0 gives the algorithm of 1984.
        seed : int
            Of the starting phases.
        known : complex tensor of shape (n_bins, m), optional
            The first m frames, phases and all: they stay, and the others are made to fit them.
        progress : bool
            Show a bar.

        Returns
        -------
        tensor of shape (length,)
        """
        _check_inverse(S, self.n_fft // 2 + 1, length, self.hop_length)
        full = max(length, (S.shape[1] - 1) * self.hop_length)  # its frames are exactly these
        return find_phases(
            self.magnitude(S),
            lambda D: self._overlap_add(D, full),
            self.complex,
            n_iter=n_iter, momentum=momentum, seed=seed, known=known, progress=progress,
        )[:length]  # fmt: skip

    def _overlap_add(self, D: Tensor, length: int) -> Tensor:
        return torch.istft(
            D, self.n_fft, self.hop_length, window=self._window(D.real), length=length
        )

    def _window(self, like: Tensor) -> Tensor:
        return torch.hann_window(self.n_fft, dtype=like.dtype, device=like.device)


@dataclass(frozen=True)
class CQT(Transform):
    """Log-compressed magnitudes of the constant-Q transform, `log(1 + gain |C|)`.

    Each octave has equally many bins, so that a transposition is a shift along frequency, and each
    bin a window that holds equally many of its periods (Brown, 1991; book: chapter 10). Computed by
    librosa on the CPU, whatever device the tensors are on.

    Parameters
    ----------
    sr : int
        Sampling rate in Hz.
    fmin : Hz
        Frequency of the lowest bin; C1 by default.
    bins_per_octave : int
    n_bins : int
        0, the default, stands for as many as fit below 0.4 `sr`.
    hop_length : int
        Samples from one frame to the next.
    gain : float > 0
        As for `STFT`.

    Examples
    --------
    >>> transform = CQT()
    >>> S = transform.forward(torch.zeros(22050))
    >>> S.shape
    torch.Size([194, 87])
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
        if self.bins_per_octave < 1 or not self.gain > 0:
            raise AudioError(
                f"bins_per_octave is {self.bins_per_octave}, gain {self.gain}; "
                "expected at least 1, and above 0"
            )
        if self.n_bins == 0:
            octaves = np.log2(max(0.4 * self.sr / self.fmin, 1.0))
            object.__setattr__(self, "n_bins", 1 + int(self.bins_per_octave * octaves))
        highest = self.fmin * 2 ** ((self.n_bins - 1) / self.bins_per_octave)
        if self.n_bins < 1 or highest * 2 ** (1 / self.bins_per_octave) > nyquist:
            raise AudioError(
                f"n_bins is {self.n_bins}: they reach {highest:.0f} Hz; expected at least 1 bin, "
                f"and the highest well below {nyquist:.0f} Hz, half of sr"
            )
        octaves = int(np.ceil(self.n_bins / self.bins_per_octave))
        if self.hop_length < 1 or self.hop_length % 2 ** (octaves - 1):
            raise AudioError(
                f"hop_length is {self.hop_length}; for {octaves} octaves expected a multiple "
                f"of {2 ** (octaves - 1)}"
            )

    @classmethod
    def for_rate(cls, sr: int) -> CQT:
        """The book's settings at rate `sr`: a hop of 12 ms as the nearest power of two.

        >>> CQT.for_rate(44100).hop_length
        512
        """
        check_rate(sr)
        return cls(sr=sr, hop_length=2 ** max(8, round(np.log2(256 * sr / SR))))

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
        """Complex CQT of `y` (n,), shape (n_bins, n_frames)."""
        if y.ndim != 1 or len(y) < self.min_length:
            raise AudioError(
                f"y has shape {tuple(y.shape)}; expected (n,), at least {self.min_length} samples"
                f" ({self.min_length / self.sr:.2f} s): raise fmin for a shorter sound"
            )
        with warnings.catch_warnings():  # librosa warns where low bins reach past the borders
            warnings.filterwarnings("ignore", message="n_fft=.* is too large")
            C = librosa.cqt(y.detach().cpu().numpy(), **self._settings, n_bins=self.n_bins)
        return torch.as_tensor(C).to(y.device)

    def inverse_complex(self, C: Tensor, *, length: int) -> Tensor:
        """A sound (length,) from a complex CQT (n_bins, n_frames); not exact (book: chapter 10)."""
        y = librosa.icqt(C.detach().cpu().numpy(), **self._settings, length=length)
        return torch.as_tensor(y, dtype=C.real.dtype).to(C.device)

    def inverse(
        self,
        S: Tensor,
        *,
        length: int,
        n_iter: int = 16,
        momentum: float = 0.99,
        seed: int = 0,
        progress: bool = False,
    ) -> Tensor:
        """A sound whose CQT magnitudes are nearly `S`: Griffin-Lim, as for `STFT`.

        Parameters
        ----------
        S : tensor of shape (n_bins, n_frames)
        length : int
            Samples of the result.
        n_iter, momentum, seed, progress
            As for `STFT.inverse`; a round costs some twenty times as much.

        Returns
        -------
        tensor of shape (length,)
        """
        _check_inverse(S, self.n_bins, length, self.hop_length)
        full = max((S.shape[1] - 1) * self.hop_length, length, self.min_length)
        return find_phases(
            self.magnitude(S),
            lambda C: self.inverse_complex(C, length=full),
            lambda y: self.complex(y)[:, : S.shape[1]],
            n_iter=n_iter, momentum=momentum, seed=seed, progress=progress,
        )[:length]  # fmt: skip

    @property
    def _settings(self) -> dict:
        return {
            "sr": self.sr,
            "hop_length": self.hop_length,
            "fmin": self.fmin,
            "bins_per_octave": self.bins_per_octave,
        }


def _check_inverse(S: Tensor, n_bins: int, length: int, hop_length: int) -> None:
    if S.ndim != 2 or S.shape[0] != n_bins:
        raise AudioError(f"S has shape {tuple(S.shape)}; expected ({n_bins}, n_frames)")
    most = S.shape[1] * hop_length - 1  # one more would have another frame
    if not 1 <= length <= most:
        raise AudioError(f"length is {length}; {S.shape[1]} frames hold 1 to {most} samples")
