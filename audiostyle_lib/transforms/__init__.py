"""From sound to spectrogram and back: frozen settings with `forward(y)` and `inverse(S, length=)`.

`y` is a tensor (n,), `S` a real tensor (n_bins, n_frames). Rows are frequencies from low to high,
columns are moments; phase is left out and found again on the way back.
"""

from .base import Transform
from .cqt import CQT
from .stft import STFT

__all__ = ["CQT", "STFT", "Transform"]
