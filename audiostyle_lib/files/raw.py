"""Sound for another program: a WAV header that promises no length, and samples as bytes.

For a pipe, which nobody can go back in to write down how long it became.
"""

from __future__ import annotations

import struct

import numpy as np

from ..audio import AudioError

DEPTHS = ("16", "24", "32f")
_UNKNOWN = 0xFFFFFFFF  # bytes, as other writers to a pipe put it


def wav_header(sr: int, channels: int, bits: str = "16") -> bytes:
    """What stands before the samples of a WAV file whose length is not known yet.

    >>> len(wav_header(44100, 2, "24"))
    44
    """
    size = _width(bits)
    kind = 3 if bits == "32f" else 1  # IEEE floats, or whole numbers
    layout = struct.pack(
        "<HHIIHH", kind, channels, sr, sr * channels * size, channels * size, 8 * size
    )
    return (
        struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE")
        + struct.pack("<4sI", b"fmt ", len(layout))
        + layout
        + struct.pack("<4sI", b"data", _UNKNOWN)
    )


def sample_bytes(y: np.ndarray, bits: str = "16") -> bytes:
    """Samples (n,) or (channels, n) in [-1, 1] as WAV has them: channel by channel, little-endian.

    >>> sample_bytes(np.array([0.5, -0.5])).hex()
    '004000c0'
    """
    frames = np.atleast_2d(y).T
    size = _width(bits)
    if bits == "32f":
        return frames.astype("<f4").tobytes()
    whole = 2 ** (8 * size - 1)
    values = np.clip(np.round(frames.astype(np.float64) * whole), -whole, whole - 1)
    if size == 2:
        return values.astype("<i2").tobytes()
    four = values.astype("<i4").reshape(-1, 1).view(np.uint8)
    return four[:, :3].tobytes()


def _width(bits: str) -> int:
    """Bytes of a sample."""
    if bits not in DEPTHS:
        raise AudioError(f"bits is {bits!r}; expected one of {', '.join(DEPTHS)}")
    return 4 if bits == "32f" else int(bits) // 8
