"""The formats that are written, by their suffixes: what each can hold, and how it is encoded."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile as sf

from ..audio import MAX_CHANNELS, AudioError


@dataclass(frozen=True)
class Format:
    """How a suffix is written: a container of libsndfile, its coding for each depth, and how many
    channels it keeps whole.
    """

    container: str
    subtypes: dict[str, str]
    channels: int = MAX_CHANNELS

    @property
    def lossy(self) -> bool:
        return "" in self.subtypes


PCM = {"16": "PCM_16", "24": "PCM_24", "32f": "FLOAT"}
FORMATS = {
    ".wav": Format("WAV", PCM),
    ".flac": Format("FLAC", {"16": "PCM_16", "24": "PCM_24"}),
    # Of six channels and more Vorbis and Opus keep of one, meant for a subwoofer, only the lowest.
    ".ogg": Format("OGG", {"": "VORBIS"}, 5),
    ".oga": Format("OGG", {"": "VORBIS"}, 5),
    ".opus": Format("OGG", {"": "OPUS"}, 5),
    ".mp3": Format("MP3", {"": "MPEG_LAYER_III"}, 2),
    ".aif": Format("AIFF", PCM),
    ".aiff": Format("AIFF", PCM),
    ".au": Format("AU", PCM),
    ".caf": Format("CAF", PCM),
    ".rf64": Format("RF64", PCM),
    ".w64": Format("W64", PCM),
}
LOOPS = {".wav", ".rf64"}  # formats that can say that a sound goes round
RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000)
_BLOCK = 1 << 16  # frames that are encoded at once: libvorbis dies of two million


def check_suffix(name: str, suffix: str) -> None:
    """Raise `AudioError` unless a format has this suffix."""
    if suffix not in FORMATS:
        raise AudioError(
            f"{name}: no sound is written with the suffix {suffix!r}; "
            f"expected one of {', '.join(FORMATS)}"
        )


def holds(suffix: str, sr: int, channels: int) -> bool:
    """Whether the format can hold this rate: it is tried."""
    try:
        return len(encoded(np.zeros((channels, 16), np.float32), sr, suffix, None)) > 0
    except AudioError:
        return False


def encoded(y: np.ndarray, sr: int, suffix: str, bits: int | str | None) -> bytes:
    """The file of that suffix, with the samples `y` of shape (n,) or (channels, n)."""
    form = FORMATS[suffix]
    coding = form.subtypes[str(bits or ("" if form.lossy else 16))]
    Y = np.atleast_2d(y)
    buffer = io.BytesIO()
    try:
        with sf.SoundFile(buffer, "w", int(sr), len(Y), coding, format=form.container) as file:
            for first in range(0, Y.shape[1], _BLOCK):
                file.write(Y[:, first : first + _BLOCK].T)
    except (sf.LibsndfileError, ValueError) as error:
        reason = getattr(error, "error_string", error)
        raise AudioError(f"{suffix} cannot hold this sound at {sr:,} Hz: {reason}") from error
    return buffer.getvalue()
