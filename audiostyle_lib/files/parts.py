"""A sound file within a file's bytes, its numbers, and what is read around it: tags.

The ground that `containers` and `mpeg` share.
"""

from __future__ import annotations

import io
import mmap
from dataclasses import dataclass

Data = mmap.mmap | bytearray  # a file's bytes, which may be mended: changes do not reach the file

_FAR = (64, 2**31 - 1)  # where an endless file seems to end: so many times its length, at most


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


def number(data: Data, at: int, size: int, order: str = "big") -> int:
    """The whole number in `size` bytes.

    >>> number(bytearray([0, 1, 2]), 1, 2), number(bytearray([0, 1, 2]), 1, 2, "little")
    (258, 513)
    """
    return int.from_bytes(data[at : at + size], order)  # type: ignore[arg-type]


def put(data: Data, at: int, size: int, value: int, order: str = "big") -> None:
    """Write a number where `number` reads it, or the largest that there is room for."""
    if at + size <= len(data):
        data[at : at + size] = min(value, 256**size - 1).to_bytes(size, order)


def after_id3(data: Data, at: int) -> int:
    """Where an ID3v2 tag ends that may be at `at`."""
    while data[at : at + 3] == b"ID3" and at + 10 <= len(data):
        size = sum((data[at + 6 + i] & 127) << (7 * (3 - i)) for i in range(4))
        at += 10 + size
    return at
