"""What recipes that change a spectrogram share: the spectrogram, and the way back to sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from audiostyle_lib.audio import SR
from audiostyle_lib.levels import finished, rms
from audiostyle_lib.transforms.phase import find_phases


def stft(y: Tensor, n_fft: int, hop: int) -> Tensor:
    """Complex (n_fft // 2 + 1, frames), with a Hann window."""
    return torch.stft(y, n_fft, hop, window=torch.hann_window(n_fft), return_complex=True)


def spectrogram_sound(
    reference: np.ndarray, n_fft: int, hop: int, seed: int
) -> Callable[[Tensor], np.ndarray]:
    """From log(1 + magnitude) to sound, by 100 rounds of Griffin-Lim."""
    window = torch.hann_window(n_fft)

    def sound(S: Tensor) -> np.ndarray:
        y = find_phases(
            torch.expm1(S.clamp(min=0)),
            lambda D: torch.istft(D, n_fft, hop, window=window, length=len(reference)),
            lambda y: stft(y, n_fft, hop),
            n_iter=100,
            seed=seed,
        )
        return finished(y.numpy(), SR, rms(reference))

    return sound
