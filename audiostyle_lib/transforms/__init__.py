"""From sound to spectrogram and back: frozen settings with `forward(y)` and `inverse(S, length=)`.

`y` is a tensor (n,), `S` a real tensor (n_bins, n_frames). Rows are frequencies from low to high,
columns are moments; phase is left out and found again on the way back. `Transform` says what a new
one needs; `transform_named` finds one by its name.
"""

from .base import TRANSFORMS, Transform, transform_named
from .cqt import CQT
from .ring import Ring
from .stft import STFT

__all__ = ["CQT", "STFT", "TRANSFORMS", "Ring", "Transform", "transform_named"]
