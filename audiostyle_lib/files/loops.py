"""The chunk of a WAV file that says that its sound goes round, as samplers read it."""

from __future__ import annotations

import struct

_NOTE = 60  # of MIDI, middle C: at which a sampler plays the sound as it is
_FORWARD, _FOR_EVER = 0, 0


def loop_chunk(n: int, sr: int) -> bytes:
    """A `smpl` chunk with one loop, forward and without end, over all `n` samples.

    >>> chunk = loop_chunk(22050, 22050)
    >>> chunk[:4], len(chunk), struct.unpack("<2I", chunk[-16:-8])  # first and last sample
    (b'smpl', 68, (0, 22049))
    """
    period = round(1e9 / sr)  # ns
    head = struct.pack("<9I", 0, 0, period, _NOTE, 0, 0, 0, 1, 0)  # the last but one: one loop
    loop = struct.pack("<6I", 0, _FORWARD, 0, n - 1, 0, _FOR_EVER)
    return struct.pack("<4sI", b"smpl", len(head + loop)) + head + loop


def with_chunk(data: bytes, chunk: bytes) -> bytes:
    """A WAV file (RIFF, or RF64 beyond 4 GiB) with a chunk behind its others, and its size right.

    >>> with_chunk(b"RIFF" + struct.pack("<I", 4) + b"WAVE", b"note" + bytes(4))[4:]
    b'\\x0c\\x00\\x00\\x00WAVEnote\\x00\\x00\\x00\\x00'
    """
    padding = bytes(len(data) % 2)  # chunks begin at even bytes
    size = len(data) + len(padding) + len(chunk) - 8
    if data[:4] == b"RF64":  # whose size is in its first chunk, `ds64`
        head = data[:20] + struct.pack("<Q", size)
    else:
        head = data[:4] + struct.pack("<I", size)
    return b"".join([head, memoryview(data)[len(head) :], padding, chunk])
