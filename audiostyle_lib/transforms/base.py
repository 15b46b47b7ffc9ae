"""What every transform can do: the class that a new one is made from."""

from __future__ import annotations

import torch
from torch import Tensor

from ..audio import AudioError
from ..optim import Progress


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

    def inverse(
        self, S: Tensor, *, length: int, n_iter: int = 32, seed: int = 0, progress: Progress = False
    ) -> Tensor:
        """A sound (length,) whose log magnitudes are nearly `S`."""
        raise NotImplementedError


def check_inverse(S: Tensor, n_bins: int, length: int, hop_length: int) -> None:
    if S.ndim != 2 or S.shape[0] != n_bins:
        raise AudioError(f"S has shape {tuple(S.shape)}; expected ({n_bins}, n_frames)")
    most = S.shape[1] * hop_length - 1  # one more would have another frame
    if not 1 <= length <= most:
        raise AudioError(f"length is {length}; {S.shape[1]} frames hold 1 to {most} samples")
