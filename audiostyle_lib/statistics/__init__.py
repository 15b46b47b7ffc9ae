"""In what numbers a texture is described: of a spectrogram's frames, and of a sound's envelopes."""

from .losses import (
    AutocorrelationLoss,
    ContentLoss,
    DiversityLoss,
    Features,
    GramLoss,
    best_match,
)
from .tensors import (
    autocorrelation,
    gram_matrix,
    match_quantiles,
    principal_components,
    resample_quantiles,
)

__all__ = [
    "AutocorrelationLoss",
    "ContentLoss",
    "DiversityLoss",
    "Features",
    "GramLoss",
    "autocorrelation",
    "best_match",
    "gram_matrix",
    "match_quantiles",
    "principal_components",
    "resample_quantiles",
]
