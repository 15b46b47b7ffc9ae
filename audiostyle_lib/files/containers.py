"""Where the sound in a file really ends, whatever its header says.

A recorder that lost its power, a program that writes to a pipe, files joined end to end: their
headers promise too little, nothing, or speak of the first piece alone, and a reader that believes
them stops early. `sound_parts` looks for itself, so that `reading` can read to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .mpeg import mpeg_parts
from .parts import Data, Part, after_id3, number, put

_UNKNOWN = 0x7FFF0000  # bytes: writers to a pipe put 0, or about the largest that the field holds
_STRAY = 4096  # bytes behind the sound that are more likely a tag than sound
_PADDING = 1 << 16  # bytes of nothing behind the sound: no more sound is expected
_TAGS = (b"TAG", b"ID3", b"APET", b"LYRI")  # of other programs, behind the file proper


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
        start = after_id3(data, start)
        found = [part for part in _find(data, start)(data, start, notes) if part.end > part.start]
        parts += found
        start = max([start, *(part.end for part in found)])
    if parts and len(data) - start > _STRAY:
        notes.append(f"has {len(data) - start:,} bytes behind its end, which were not read")
    if len(parts) > 1:
        notes.append(f"holds {len(parts)} sound files, one behind the other")
    return parts or [Part(0, len(data))], notes


_Finder = Callable[[Data, int, list[str]], list[Part]]


def _find(data: Data, start: int) -> _Finder:
    """What finds the parts of the file that begins at `start`, by its first bytes."""
    for magic, finder in _KINDS.items():
        if data[start : start + len(magic)] == magic:
            return finder
    return mpeg_parts


def _another(data: Data, at: int) -> bool:
    """Whether another sound file begins there."""
    return at < len(data) and _find(data, after_id3(data, at)) is not mpeg_parts


def _riff(data: Data, start: int, notes: list[str]) -> list[Part]:
    """A WAV file (RIFF, RF64, big-endian RIFX), whose sizes are put right."""
    order = "big" if data[start : start + 4] == b"RIFX" else "little"
    declared_end = start + 8 + number(data, start + 4, 4, order)
    at, sizes = start + 12, 0  # sizes: where an RF64 file keeps those beyond 32 bits
    while at + 8 <= len(data):
        name, size, body = data[at : at + 4], number(data, at + 4, 4, order), at + 8
        if name == b"ds64":
            sizes = body
            declared_end = start + 8 + number(data, body, 8, order)
        if name == b"data":
            if sizes and size >= _UNKNOWN:
                size = number(data, sizes + 8, 8, order)
            there = len(data) - body
            unknown = size == 0 or there < size >= _UNKNOWN
            if size > there and not unknown:
                words = f"{size:,} bytes of sound are promised, {there:,} are there"
                notes.append(f"is cut short: {words}")
            if unknown or (size < there and _goes_on(data, body + size, declared_end, order)):
                if not unknown:
                    words = f"promises {size:,} bytes of sound, but {there:,} are there"
                    notes.append(f"{words}: all were read")
                put(data, start + 4, 4, len(data) - start - 8, order)
                put(data, at + 4, 4, 0xFFFFFFFF if sizes else there, order)
                if sizes:
                    put(data, sizes, 8, len(data) - start - 8, order)
                    put(data, sizes + 8, 8, there, order)
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
    if all(32 <= byte < 127 for byte in name) and number(data, at + 4, 4, order) <= left - 8:
        return False
    return left > _STRAY or declared_end > end + 8


def _form(data: Data, start: int, notes: list[str]) -> list[Part]:
    """An AIFF file. Within it libsndfile itself reads on to the end, whatever the sizes."""
    size = number(data, start + 4, 4)
    end = start + 8 + size
    if len(data) < end < _UNKNOWN:
        words = f"{size:,} bytes are promised, {len(data) - start - 8:,} are there"
        notes.append(f"is cut short: {words}")
    return [Part(start, end if _another(data, end) else len(data))]


def _au(data: Data, start: int, notes: list[str]) -> list[Part]:
    """An AU file has nothing behind its sound, so all of it is sound."""
    size = number(data, start + 8, 4)
    end = start + number(data, start + 4, 4) + size
    if _another(data, end):
        return [Part(start, end)]
    if len(data) < end and size < _UNKNOWN:
        notes.append(f"is cut short: {size:,} bytes of sound are promised")
    put(data, start + 8, 4, 0xFFFFFFFF)
    return [Part(start, len(data))]


def _caf(data: Data, start: int, notes: list[str]) -> list[Part]:
    """The last chunk of a Core Audio file may leave its size open, as -1."""
    at = start + 8
    while at + 12 <= len(data):
        size = number(data, at + 4, 8)
        if data[at : at + 4] == b"data" and size in (0, 2**64 - 1):
            put(data, at + 4, 8, len(data) - at - 12)
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
            field = number(data, start + 21, 5)
            promised = field & 0xFFFFFFFFF
            put(data, start + 21, 5, field - promised)
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
