"""The short-time Fourier transform: equally wide bins, equally long windows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..arguments import check_number, check_whole
from ..audio import AudioError
from ..progress import Progress
from .base import Transform, check_inverse, hop_for_rate
from .phase import MOMENTUM, find_phases

_GAIN = 10.0
_HOPS = 4  # in a window


@dataclass(frozen=True)
class STFT(Transform, name="stft"):
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
    gain: float = _GAIN

    def __post_init__(self) -> None:
        for name in ("n_fft", "hop_length"):
            check_whole(name, getattr(self, name))
        check_number("gain", self.gain, 1e-9)
        if self.n_fft < 4 or self.n_fft % 2 or not 1 <= self.hop_length <= self.n_fft // 2:
            raise AudioError(
                f"n_fft is {self.n_fft}, hop_length {self.hop_length}; "
                "expected an even n_fft and a hop of at most its half"
            )

    @classmethod
    def for_rate(cls, sr: int) -> STFT:
        """The book's 46 ms window and 12 ms hop at rate `sr`, as `hop_for_rate` has them.

        >>> STFT.for_rate(44100)
        STFT(n_fft=2048, hop_length=512, gain=10.0)
        """
        hop_length = hop_for_rate(sr)
        return cls(n_fft=_HOPS * hop_length, hop_length=hop_length)

    @property
    def n_bins(self) -> int:
        """Frequency bins, from 0 to half the rate."""
        return self.n_fft // 2 + 1

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
        momentum: float = MOMENTUM,
        seed: int = 0,
        known: Tensor | None = None,
        guess: Tensor | None = None,
        progress: Progress = False,
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
            The first m frames, phases and all: they stay, and others are made to fit.
        guess : complex tensor of shape (n_bins, m), optional
            Phases to start with in the first m frames.
        progress : bool
            Show a bar.

        Returns
        -------
        tensor of shape (length,)
        """
        check_inverse(S, self.n_fft // 2 + 1, length, self.hop_length)
        full = max(length, (S.shape[1] - 1) * self.hop_length)  # its frames are exactly these
        return find_phases(
            self.magnitude(S),
            lambda D: self._overlap_add(D, full),
            self.complex,
            n_iter=n_iter, momentum=momentum, seed=seed, known=known, guess=guess,
            progress=progress,
        )[:length]  # fmt: skip

    def _overlap_add(self, D: Tensor, length: int) -> Tensor:
        """As `torch.istft`, but where windows are whole hops in a third of its time."""
        n_fft, hop, window = self.n_fft, self.hop_length, self._window(D.real)
        if n_fft % hop:
            return torch.istft(D, n_fft, hop, window=window, length=length)
        frames = torch.fft.irfft(D.mT, n_fft) * window
        y, weight = (
            _added(x.expand(len(frames), n_fft).unflatten(1, (-1, hop)))
            for x in (frames, window.square())
        )
        y = y[n_fft // 2 :] / weight[n_fft // 2 :].clamp(min=1e-11)
        return torch.nn.functional.pad(y, (0, max(0, length - len(y))))[:length]

    def _window(self, like: Tensor) -> Tensor:
        return torch.hann_window(self.n_fft, dtype=like.dtype, device=like.device)


def _added(frames: Tensor) -> Tensor:
    """Frames (t, k, hop), each of k hops and a hop later than the one before, as one row."""
    t, k, hop = frames.shape
    rows = frames.new_zeros((t + k - 1, hop))
    for number in range(k):
        rows[number : number + t] += frames[:, number]
    return rows.flatten()
