"""In what numbers a texture is described: of a spectrogram's frames, and of the sound's envelopes.

A new statistic is one class with a name, which a `Quality` may then give a weight: a
`FrameStatistic` of the network's features, or a `SoundStatistic` of the waveform.
"""

from .bands import Bands, Ear, WideBands
from .frames import (
    FRAME_STATISTICS,
    AutocorrelationLoss,
    ContentLoss,
    Features,
    FrameStatistic,
    GramLoss,
)
from .newness import DiversityLoss, best_match
from .sound import SOUND_STATISTICS, Heard, SoundMeasure, SoundStatistic, sound_targets
from .surrogates import repeated, repetition, surrogate, wanted_powers
from .tensors import (
    autocorrelation,
    gram_matrix,
    match_quantiles,
    order,
    principal_components,
    resample_quantiles,
)

from . import channels, envelopes, rises  # isort: skip  (their classes have names in SOUND_STATISTICS)

__all__ = [
    "FRAME_STATISTICS",
    "SOUND_STATISTICS",
    "AutocorrelationLoss",
    "Bands",
    "ContentLoss",
    "DiversityLoss",
    "Ear",
    "Features",
    "FrameStatistic",
    "GramLoss",
    "Heard",
    "SoundMeasure",
    "SoundStatistic",
    "WideBands",
    "autocorrelation",
    "best_match",
    "channels",
    "envelopes",
    "gram_matrix",
    "match_quantiles",
    "order",
    "principal_components",
    "repeated",
    "repetition",
    "resample_quantiles",
    "rises",
    "sound_targets",
    "surrogate",
    "wanted_powers",
]
