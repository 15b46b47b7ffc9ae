"""From a file's bytes to samples: decoded from start to end, with memory for what is asked for.

What came, however odd, is left as it is: `reading` makes of it a sound as the library knows them.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile as sf

from ..audio import MAX_CHANNELS, AudioError
from ..progress import Bar, Progress, progress_bar
from .containers import sound_parts
from .parts import Data, Part, PartFile

_BLOCK = 1 << 12  # frames that are read at once: as many are lost where a file is damaged
_LARGEST = 1 << 29  # samples in all channels: 2 GiB, an hour and a half of stereo at 48,000 Hz
_FIRST = 1 << 22  # samples that a header is given memory for before there is any sound
_FRAMES_PER_BYTE = 200  # at most, even in a compressed file: a header that says more is mistaken
_CHANNELS = 64
_EVER = 1e9  # seconds: later than any sound ends, and still a number of frames
_WILD = {0.999: 1e2, 0.5: 1e6}  # share of samples, and how much larger than these is damage
_FORMATS = "WAV, FLAC, OGG, MP3 or another format of libsndfile"
_PLAIN = {"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"}  # can be entered anywhere, if their
_PLAIN_CODINGS = {"PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"}  # coding is


@dataclass(frozen=True)
class Wanted:
    """What of a file is asked for, and what it is for.

    Seconds `start` to `end` (exclusive), at most `max_seconds`; `sr` is the rate that it will be
    brought to (None: its own), and `mono` whether one channel will be made of all.
    """

    sr: int | None = None
    mono: bool = True
    start: float = 0.0
    end: float | None = None
    max_seconds: float | None = None

    def frames(self, native: int) -> tuple[int, int | None]:
        """First frame, and the one behind the last, of a file of that rate; None is its end.

        >>> Wanted(start=0.5, max_seconds=2.0).frames(8000)
        (4000, 20000)
        """
        first = round(min(self.start, _EVER) * native)
        ends = []
        if self.max_seconds is not None:
            ends.append(first + max(1, int(min(self.max_seconds, _EVER) * native)))
        if self.end is not None:
            ends.append(max(first + 1, round(min(self.end, _EVER) * native)))
        return first, min(ends, default=None)


def bytes_of(path: str | os.PathLike | BinaryIO, name: str) -> Data:
    """The file's bytes, which may be changed without changing the file."""
    if not isinstance(path, (str, os.PathLike)):
        try:
            return bytearray(path.read())
        except (AttributeError, OSError, TypeError, ValueError) as error:
            raise AudioError(
                f"{name} cannot be read ({error}); expected a path, or a file opened for bytes"
            ) from error
    try:
        if Path(path).is_fifo():  # another program's output
            return bytearray(Path(path).read_bytes())
        if not Path(path).is_file():
            kind = " (it is a folder)" if Path(path).is_dir() else ""
            raise AudioError(f"no such file: {name}{kind}")
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise AudioError(f"{name} cannot be read as sound: it is empty, 0 bytes")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as error:
        if isinstance(error, AudioError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"{name} cannot be read: {reason}") from error


class _Forward(sf.SoundFile):
    """Read from start to end: never seek, which fails in files without a length."""

    def seekable(self) -> bool:
        return False


class _Samples:
    """Samples (channels, n) that come block by block, with memory for little more than them.

    `expected` is how many there will be, if one can know, else 0.
    """

    def __init__(self, channels: int, expected: int) -> None:
        self._expected, self.n = expected, 0
        first = _FIRST // channels
        self._Y = np.empty((channels, min(expected or first, first)), np.float32)

    def add(self, block: np.ndarray) -> None:
        """Append `block` (n, channels)."""
        n = self.n + len(block)
        if n > self._Y.shape[1]:
            size = self._expected if n <= self._expected else n + n // 4
            longer = np.empty((len(self._Y), size), np.float32)
            longer[:, : self.n] = self._Y[:, : self.n]
            self._Y = longer
        self._Y[:, self.n : n] = block.T
        self.n = n

    def all(self) -> np.ndarray:
        return np.ascontiguousarray(self._Y[:, : self.n])


def decoded(
    data: Data, name: str, wanted: Wanted, *, progress: Progress = False
) -> tuple[np.ndarray, int, list[str]]:
    """Samples (channels, n) as float32 in [-1, 1], their rate, and what has to be said of them."""
    parts, notes = sound_parts(data)
    passed, layout = 0, None  # frames before this part; rate and channels
    samples: _Samples | None = None
    for number, part in enumerate(parts, 1):
        try:
            with _Forward(PartFile(data, part)) as file:
                here = (file.samplerate, file.channels)
                if layout not in (None, here):
                    notes.append(
                        f"changes to {here[0]:,} Hz and {here[1]} channels in part {number}: "
                        "that part was left out"
                    )
                    continue
                layout = here
                most, expected = _limits(file, part, passed, name, wanted)
                if samples is None:
                    samples = _Samples(here[1], expected)
                first, last = wanted.frames(here[0])
                room = most if last is None else min(most, last - first)
                with progress_bar(passed + expected or 1, "read", progress) as bar:
                    bar.update(passed)
                    passed += _read(file, part, first - passed, room, samples, notes, bar)
                if samples.n == most:
                    raise _too_long(name, most / here[0], most / here[0])
                if samples.n == room:
                    break
        except (AudioError, MemoryError):
            raise
        except Exception as error:  # whatever a reader of broken files may raise
            if not passed:
                raise AudioError(
                    f"{name} cannot be read as sound ({_reason(error)}); expected {_FORMATS}"
                ) from error
            notes.append(f"cannot be read beyond part {number - 1} of {len(parts)}")
            break
    if layout is None or samples is None or not passed:
        raise AudioError(f"{name} is empty; expected at least one sample")
    if not samples.n:
        raise AudioError(
            f"start is {wanted.start:g} s, but {name} ends after {passed / layout[0]:.2f} s; "
            "expected a start before its end"
        )
    Y = samples.all()
    peak = _check_samples(Y, name)
    if peak > 1.0:
        Y /= np.float32(peak)
        notes.append(scaled(peak))
    return Y, layout[0], notes


def scaled(peak: float) -> str:
    """What is said of a sound that was scaled from this peak to 1.

    >>> scaled(2.0)
    'has samples up to 2: scaled by -6.0 dB'
    """
    return f"has samples up to {peak:.4g}: scaled by {-20 * np.log10(peak):.1f} dB"


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", "")) or type(error).__name__


def _limits(
    file: sf.SoundFile, part: Part, passed: int, name: str, wanted: Wanted
) -> tuple[int, int]:
    """Frames for which there is memory, and how many will come if the header is to be believed.

    The latter is 0 if it is not. Or say that the file cannot be meant, or is too long.
    """
    native, channels = file.samplerate, file.channels
    if not 1000 <= native <= 384_000:
        raise AudioError(
            f"{name} says that its rate is {native:,} Hz; expected 1,000 to 384,000 Hz"
        )
    if channels > _CHANNELS:
        raise AudioError(
            f"{name} says that it has {channels} channels; expected at most {_CHANNELS}"
        )
    if channels > MAX_CHANNELS and not wanted.mono:
        raise AudioError(
            f"{name} has {channels} channels; expected at most {MAX_CHANNELS}, or any number to "
            "make one of, with mono=True"
        )
    kept = 1 if wanted.mono else channels
    most = int(_LARGEST / max(channels, kept * (wanted.sr or native) / native))
    first, last = wanted.frames(native)
    promised = part.promised or file.frames
    if promised >= _FRAMES_PER_BYTE * (part.end - part.start):
        return most, 0
    end = passed + promised
    expected = max(0, (end if last is None else min(end, last)) - max(first, passed))
    if expected > most:
        raise _too_long(name, expected / native, most / native)
    return most, expected


def _too_long(name: str, seconds: float, most: float) -> AudioError:
    return AudioError(
        f"{name} holds {seconds:,.0f} s or more; expected at most {most:,.0f} s, as much as the "
        "memory is for: read a part of it, with start, end or max_seconds"
    )


def _read(
    file: sf.SoundFile,
    part: Part,
    skip: int,
    room: int,
    samples: _Samples,
    notes: list[str],
    bar: Bar,
) -> int:
    """Add a part's frames to `samples` until these are `room`, but the first `skip` are let go.

    Returns how many frames of the part were passed.
    """
    done, sr = 0, file.samplerate
    promised = 0 if part.endless else part.promised or file.frames
    plain = file.format in _PLAIN and file.subtype in _PLAIN_CODINGS
    if plain and 0 < skip <= file.frames:
        done = file.seek(skip)
    while samples.n < room:
        n = min(_BLOCK, skip - done if done < skip else room - samples.n)
        try:
            block = file.read(n, dtype="float32", always_2d=True)
        except Exception as error:
            if not done:
                raise
            notes.append(f"is damaged after {done / sr:.2f} s: {_reason(error)}")
            break
        if not len(block):
            if done < 0.99 * promised < 2**60:  # and that is 'unknown'
                words = f"{promised / sr:,.2f} s are promised, {done / sr:,.2f} s are there"
                notes.append(f"is cut short: {words}")
            break
        if done >= skip:
            samples.add(block)
        done += len(block)
        bar.update(len(block))
    return done


def _check_samples(Y: np.ndarray, name: str) -> float:
    """The largest sample; or raise `AudioError` for values that are no sound."""
    peak, bad = 0.0, 0
    for first in range(0, Y.shape[1], _FIRST):
        size = np.abs(Y[:, first : first + _FIRST])
        peak = max(peak, float(size.max()))
        bad += int(np.count_nonzero(~np.isfinite(size)))
    if bad:
        raise AudioError(
            f"{name} has {bad} NaN or infinite samples of {Y.size}; expected numbers in [-1, 1]"
        )
    if peak > 1.0:
        size = np.abs(Y)
        size = size[size > 0]
        for share, times in _WILD.items():
            usual = float(np.quantile(size, share))
            if peak > times * usual:
                raise AudioError(
                    f"{name} has samples up to {peak:.3g}, where {share:.1%} are below "
                    f"{usual:.3g}: it is damaged; expected samples in [-1, 1]"
                )
    return peak
