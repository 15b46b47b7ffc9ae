"""MPEG audio (MP3): frames one behind the other, without a head that says how many."""

from __future__ import annotations

from .parts import Data, Part, after_id3, number

_FRAMES = 4  # of MPEG audio, one behind the other, make a file of it: fewer may be chance
_KBPS = {  # by MPEG version (1, or 2 and 2.5) and layer, from the standards (ISO 11172-3, 13818-3)
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def mpeg_frame(data: Data, at: int) -> int:
    """Bytes of the MPEG audio frame that begins at `at`; 0 if none does.

    >>> mpeg_frame(bytearray([0xFF, 0xFB, 0x90, 0x00]), 0)  # 128,000 bits/s at 44,100 Hz
    417
    """
    head = number(data, at, 4)
    version, layer = (head >> 19) & 3, 4 - ((head >> 17) & 3)
    kbps, rate = (head >> 12) & 15, (head >> 10) & 3
    if head >> 21 != 2047 or version == 1 or layer == 4 or kbps in (0, 15) or rate == 3:
        return 0
    bits = 1000 * _KBPS[1 if version == 3 else 2, layer][kbps - 1]
    sr = (44100, 48000, 32000)[rate] // {3: 1, 2: 2, 0: 4}[version]
    padding = (head >> 9) & 1
    if layer == 1:
        return 4 * (12 * bits // sr + padding)
    return (72 if layer == 3 and version != 3 else 144) * bits // sr + padding


def mpeg_parts(data: Data, start: int, notes: list[str]) -> list[Part]:
    """The MP3 files that begin at `start`.

    A table at the head ("Xing", "Info") may say how many frames there are: it is believed if that
    many are there. Without it the reader would guess from the first frames.
    """
    if not mpeg_frame(data, start):
        return []
    found: list[tuple[int, int]] = []  # where each file begins, and how many frames it promises
    counts: list[int] = []
    at, n_frames = start, 0
    while 0 <= at < len(data) - 4:
        size = mpeg_frame(data, at)
        if not size or not (at + size >= len(data) - 4 or mpeg_frame(data, at + size)):
            after = after_id3(data, at)
            if not size and after > at:
                at = after
                continue
            if size and n_frames:  # the last before a tag
                n_frames += 1
            at = data.find(b"\xff", at + max(1, size))
            continue
        table = max(data.find(word, at, at + min(48, size)) for word in (b"Xing", b"Info"))
        if table > 0 or not found:
            counts.append(n_frames)
            says = table > 0 and number(data, table + 7, 1) & 1
            found.append((at, number(data, table + 8, 4) if says else -1))
            n_frames = -1 if table > 0 else 0
        n_frames += 1
        at += size
    counts = [*counts[1:], n_frames]
    if max(counts) < _FRAMES or not found:
        return []
    ends = [*(at for at, _ in found[1:]), len(data)]
    parts = []
    for (begin, promised), count, end in zip(found, counts, ends, strict=True):
        true = promised >= 0 and count <= 1.02 * promised + 2
        skip = 0 if true or promised < 0 else mpeg_frame(data, begin)
        parts.append(Part(begin + skip, end, endless=not true))
    return parts
