"""From sound to spectrogram and back: frozen settings with `forward(y)` and `inverse(S, length=)`.

`y` is a tensor (n,), `S` a real tensor (n_bins, n_frames). Rows are frequencies from low to high,
columns are moments; phase is left out and must be found again on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass

import librosa
import numpy as np
import torch
from torch import Tensor

from .audio import SR, AudioError, check_audio, check_rate
from .optim import cpu_threads, progress_bar


@dataclass(frozen=True)
class STFT:
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

    def n_frames(self, length: int) -> int:
        """Frames of a sound of `length` samples."""
        return 1 + length // self.hop_length

    def complex(self, y: Tensor) -> Tensor:
        """Complex STFT of `y` (n,), shape (n_bins, n_frames), Hann window, centred frames."""
        if y.ndim != 1 or len(y) <= self.n_fft // 2:
            raise AudioError(
                f"y has shape {tuple(y.shape)}; expected (n,), more than {self.n_fft // 2} samples"
            )
        return torch.stft(
            y, self.n_fft, self.hop_length, window=self._window(y), return_complex=True
        )

    def forward(self, y: Tensor) -> Tensor:
        """Log magnitudes of `y` (n,), shape (n_bins, n_frames), >= 0."""
        return torch.log1p(self.gain * self.complex(y).abs())

    def magnitude(self, S: Tensor) -> Tensor:
        """Undo the compression: `|D|` from `S`; what lies below 0 counts as 0."""
        return torch.expm1(S.clamp(min=0)) / self.gain

    def inverse(
        self,
        S: Tensor,
        *,
        length: int,
        n_iter: int = 32,
        momentum: float = 0.99,
        seed: int = 0,
        progress: bool = False,
    ) -> Tensor:
        """A sound whose spectrogram is nearly `S`: the phase is found by Griffin-Lim.

        Start with random phases; then over and over make the sound, and keep only the phases of
        its spectrogram. The fast variant (Perraudin, Balazs and Sondergaard, 2013) adds momentum.

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

        Returns
        -------
        tensor of shape (length,)
        """
        if S.ndim != 2 or S.shape[0] != self.n_fft // 2 + 1:
            raise AudioError(
                f"S has shape {tuple(S.shape)}; expected ({self.n_fft // 2 + 1}, n_frames)"
            )
        if not 1 <= length < (S.shape[1] + 1) * self.hop_length:
            raise AudioError(f"length is {length}; {S.shape[1]} frames hold 1 to "
                             f"{(S.shape[1] + 1) * self.hop_length - 1} samples")  # fmt: skip
        magnitude = self.magnitude(S)
        generator = torch.Generator().manual_seed(seed)
        angles = 2 * torch.pi * torch.rand(S.shape, generator=generator).to(S.device)
        phase = torch.polar(torch.ones_like(angles), angles)
        previous = torch.zeros_like(phase)
        full = max(length, (S.shape[1] - 1) * self.hop_length)  # its frames are exactly these
        with cpu_threads(1), progress_bar(n_iter, "phase", progress) as bar:
            for _ in range(n_iter):
                D = self.complex(self._overlap_add(magnitude * phase, full))
                phase = D - momentum / (1 + momentum) * previous
                phase = phase / (phase.abs() + 1e-12)
                previous = D
                bar.update()
        return self._overlap_add(magnitude * phase, full)[:length]

    def _overlap_add(self, D: Tensor, length: int) -> Tensor:
        return torch.istft(
            D, self.n_fft, self.hop_length, window=self._window(D.real), length=length
        )

    def _window(self, like: Tensor) -> Tensor:
        return torch.hann_window(self.n_fft, dtype=like.dtype, device=like.device)


def log_mel(y: np.ndarray, sr: int, *, n_mels: int = 40, hop_seconds: float = 0.01) -> np.ndarray:
    """Mel spectrogram in dB below its own maximum, at least -80 dB: for pictures and comparisons.

    Parameters
    ----------
    y : array of shape (n,)
    sr : int
    n_mels : int
        Bands, evenly spaced on the mel scale.
    hop_seconds : float
        Time from frame to frame; the window is four times as long.

    Returns
    -------
    array of shape (n_mels, n_frames), in [-80, 0]

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> log_mel(tone(440.0, seconds=1.0), 22050).shape
    (40, 101)
    """
    y = check_audio(y, sr)
    hop = max(1, round(hop_seconds * sr))
    mel = librosa.feature.melspectrogram(
        y=y, sr=sr, n_fft=4 * hop, hop_length=hop, n_mels=n_mels, fmax=sr / 2
    )
    return librosa.power_to_db(mel, ref=max(float(mel.max()), 1e-20), amin=1e-30, top_db=80.0)
