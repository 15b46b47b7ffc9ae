"""Where the sound in a file really ends, whatever its header says.

A recorder that lost its power, a program that writes to a pipe, files joined end to end: their
headers promise too little, nothing, or speak of the first piece alone, and a reader that believes
them stops early. `sound_parts` looks for itself, so that `reading` can read to the end.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Data = mmap.mmap | bytearray  # a file's bytes, which may be mended: changes do not reach the file

_UNKNOWN = 0x7FFF0000  # bytes: writers to a pipe put 0, or about the largest that the field holds
_STRAY = 4096  # bytes behind the sound that are more likely a tag than sound
_PADDING = 1 << 16  # bytes of nothing behind the sound: no more sound is expected
_TAGS = (b"TAG", b"ID3", b"APET", b"LYRI")  # of other programs, behind the file proper
_FAR = (64, 2**31 - 1)  # where an endless file seems to end: so many times its length, at most
_FRAMES = 4  # of MPEG audio, one behind the other, make a file of it: fewer may be chance


@dataclass(frozen=True)
class Part:
    """Bytes `start` to `end` of a file: a whole sound file of its own.

    `endless` parts must be given to their reader as if they went on for ever, since it would
    guess their length, and wrongly. `promised` is how many samples per channel its header says that
    there are, where the reader must not know; else 0.
    """

    start: int
    end: int
    endless: bool = False
    promised: int = 0


class PartFile(io.RawIOBase):
    """A part as a file that is open for reading.

    >>> PartFile(bytearray(b"0123456789"), Part(2, 6)).read()
    b'2345'
    """

    def __init__(self, data: Data, part: Part) -> None:
        self._data, self._part, self._at = data, part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = self._part.end - self._part.start
        if self._part.endless:
            size = max(size, min(_FAR[0] * size, _FAR[1]))
        self._at = max(0, offset + {0: 0, 1: self._at, 2: size}[whence])
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        start = self._part.start + self._at
        if self._part.endless and start > self._part.end:  # looking for a tag at the end: none
            found = bytes(len(buffer))
        else:
            found = bytes(self._data[start : min(start + len(buffer), self._part.end)])
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def sound_parts(data: Data) -> tuple[list[Part], list[str]]:
    """Find the sound files in a file's bytes, mend their headers, and say what was wrong.

    Parameters
    ----------
    data : mmap or bytearray
        Headers that promise less than there is are changed in it.

    Returns
    -------
    parts : list of Part
        At least one; several where files were joined.
    notes : list of str
        What a listener may want to know: what is missing, or was guessed.

    Examples
    --------
    >>> sound_parts(bytearray(b"nothing known"))
    ([Part(start=0, end=13, endless=False, promised=0)], [])
    """
    notes: list[str] = []
    parts: list[Part] = []
    start, found = 0, [Part(0, 0)]
    while found and start < len(data):
        start = _after_id3(data, start)
        found = [part for part in _find(data, start)(data, start, notes) if part.end > part.start]
        parts += found
        start = max([start, *(part.end for part in found)])
    if parts and len(data) - start > _STRAY:
        notes.append(f"has {len(data) - start:,} bytes behind its end, which were not read")
    if len(parts) > 1:
        notes.append(f"holds {len(parts)} sound files, one behind the other")
    return parts or [Part(0, len(data))], notes


def _number(data: Data, at: int, size: int, order: str = "big") -> int:
    return int.from_bytes(data[at : at + size], order)  # type: ignore[arg-type]


def _put(data: Data, at: int, size: int, value: int, order: str = "big") -> None:
    if at + size <= len(data):
        data[at : at + size] = min(value, 256**size - 1).to_bytes(size, order)


_Finder = Callable[[Data, int, list[str]], list[Part]]


def _find(data: Data, start: int) -> _Finder:
    """What finds the parts of the file that begins at `start`, by its first bytes."""
    for magic, finder in _KINDS.items():
        if data[start : start + len(magic)] == magic:
            return finder
    return _mpeg


def _another(data: Data, at: int) -> bool:
    """Whether another sound file begins there."""
    return at < len(data) and _find(data, _after_id3(data, at)) is not _mpeg


def _riff(data: Data, start: int, notes: list[str]) -> list[Part]:
    """A WAV file (RIFF, RF64, big-endian RIFX), whose sizes are put right."""
    order = "big" if data[start : start + 4] == b"RIFX" else "little"
    declared_end = start + 8 + _number(data, start + 4, 4, order)
    at, sizes = start + 12, 0  # sizes: where an RF64 file keeps those beyond 32 bits
    while at + 8 <= len(data):
        name, size, body = data[at : at + 4], _number(data, at + 4, 4, order), at + 8
        if name == b"ds64":
            sizes = body
            declared_end = start + 8 + _number(data, body, 8, order)
        if name == b"data":
            if sizes and size >= _UNKNOWN:
                size = _number(data, sizes + 8, 8, order)
            there = len(data) - body
            unknown = size == 0 or there < size >= _UNKNOWN
            if size > there and not unknown:
                words = f"{size:,} bytes of sound are promised, {there:,} are there"
                notes.append(f"is cut short: {words}")
            if unknown or (size < there and _goes_on(data, body + size, declared_end, order)):
                if not unknown:
                    words = f"promises {size:,} bytes of sound, but {there:,} are there"
                    notes.append(f"{words}: all were read")
                _put(data, start + 4, 4, len(data) - start - 8, order)
                _put(data, at + 4, 4, 0xFFFFFFFF if sizes else there, order)
                if sizes:
                    _put(data, sizes, 8, len(data) - start - 8, order)
                    _put(data, sizes + 8, 8, there, order)
                break
            size = min(size, there)
        at = body + size + size % 2
        if _another(data, at):
            return [Part(start, at)]
    return [Part(start, len(data))]


def _goes_on(data: Data, end: int, declared_end: int, order: str) -> bool:
    """Whether sound follows after a data chunk that should end there: no chunk, and no tag."""
    at = end + (end < len(data) and data[end : end + 1] == b"\0" and end % 2)
    left = len(data) - at
    name = data[at : at + 4]
    if left < 8 or data[at : at + 3] in _TAGS or name in _TAGS or _another(data, at):
        return False
    if not any(data[at : at + _PADDING]):
        return False
    if all(32 <= byte < 127 for byte in name) and _number(data, at + 4, 4, order) <= left - 8:
        return False
    return left > _STRAY or declared_end > end + 8


def _form(data: Data, start: int, notes: list[str]) -> list[Part]:
    """An AIFF file. Within it libsndfile itself reads on to the end, whatever the sizes."""
    size = _number(data, start + 4, 4)
    end = start + 8 + size
    if len(data) < end < _UNKNOWN:
        words = f"{size:,} bytes are promised, {len(data) - start - 8:,} are there"
        notes.append(f"is cut short: {words}")
    return [Part(start, end if _another(data, end) else len(data))]


def _au(data: Data, start: int, notes: list[str]) -> list[Part]:
    """An AU file has nothing behind its sound, so all of it is sound."""
    size = _number(data, start + 8, 4)
    end = start + _number(data, start + 4, 4) + size
    if _another(data, end):
        return [Part(start, end)]
    if len(data) < end and size < _UNKNOWN:
        notes.append(f"is cut short: {size:,} bytes of sound are promised")
    _put(data, start + 8, 4, 0xFFFFFFFF)
    return [Part(start, len(data))]


def _caf(data: Data, start: int, notes: list[str]) -> list[Part]:
    """The last chunk of a Core Audio file may leave its size open, as -1."""
    at = start + 8
    while at + 12 <= len(data):
        size = _number(data, at + 4, 8)
        if data[at : at + 4] == b"data" and size in (0, 2**64 - 1):
            _put(data, at + 4, 8, len(data) - at - 12)
            break
        at += 12 + size
    return [Part(start, len(data))]


def _flac(data: Data, start: int, notes: list[str]) -> list[Part]:
    """FLAC files, whose number of samples is set to 'unknown': they are read to their end."""
    head = b"fLaC\x00\x00\x00\x22"  # and, behind 14 more bytes, 36 bits with that number
    parts = []
    while start >= 0 and data[start : start + 4] == b"fLaC":
        following = data.find(head, start + 4)
        end = len(data) if following < 0 else following
        promised = 0
        if end - start >= 26:
            field = _number(data, start + 21, 5)
            promised = field & 0xFFFFFFFFF
            _put(data, start + 21, 5, field - promised)
        parts.append(Part(start, end, promised=promised))
        start = following
    return parts


def _ogg(data: Data, start: int, notes: list[str]) -> list[Part]:
    """Ogg files hold pages; those that begin a stream, behind others, begin another file."""
    firsts, ended, began, end = [start], True, True, start
    for at, kind, after in _ogg_pages(data, start):
        begins, ended = bool(kind & 2), bool(kind & 4)
        if begins and not began:
            firsts.append(at)
        began, end = begins, min(after, len(data))
    if not ended:
        notes.append("is cut short: its last page does not say that it is the last")
    return [Part(a, b) for a, b in zip(firsts, [*firsts[1:], end], strict=True)]


def _ogg_pages(data: Data, at: int) -> Iterator[tuple[int, int, int]]:
    """Place, kind and end of every page."""
    while at >= 0 and at + 27 <= len(data):
        segments = data[at + 26]
        after = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])
        yield at, data[at + 5], after
        at = after if data[after : after + 4] == b"OggS" else data.find(b"OggS", at + 4)


def _after_id3(data: Data, at: int) -> int:
    """Where an ID3v2 tag ends that may be at `at`."""
    while data[at : at + 3] == b"ID3" and at + 10 <= len(data):
        size = sum((data[at + 6 + i] & 127) << (7 * (3 - i)) for i in range(4))
        at += 10 + size
    return at


_KBPS = {  # by MPEG version (1, or 2 and 2.5) and layer, from the standards (ISO 11172-3, 13818-3)
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _mpeg_frame(data: Data, at: int) -> int:
    """Bytes of the MPEG audio frame that begins at `at`; 0 if none does."""
    head = _number(data, at, 4)
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


def _mpeg(data: Data, start: int, notes: list[str]) -> list[Part]:
    """MP3 files: a table at the head ("Xing", "Info") may say how many frames there are.

    It is believed if that many are there. Without it the reader would guess from the first frames.
    """
    if not _mpeg_frame(data, start):
        return []
    found: list[tuple[int, int]] = []  # where each file begins, and how many frames it promises
    counts: list[int] = []
    at, n_frames = start, 0
    while 0 <= at < len(data) - 4:
        size = _mpeg_frame(data, at)
        if not size or not (at + size >= len(data) - 4 or _mpeg_frame(data, at + size)):
            after = _after_id3(data, at)
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
            says = table > 0 and _number(data, table + 7, 1) & 1
            found.append((at, _number(data, table + 8, 4) if says else -1))
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
        skip = 0 if true or promised < 0 else _mpeg_frame(data, begin)
        parts.append(Part(begin + skip, end, endless=not true))
    return parts


_KINDS: dict[bytes, _Finder] = {
    b"RIFF": _riff,
    b"RIFX": _riff,
    b"RF64": _riff,
    b"FORM": _form,
    b".snd": _au,
    b"caff": _caf,
    b"fLaC": _flac,
    b"OggS": _ogg,
}
