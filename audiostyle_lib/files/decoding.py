"""From a file's bytes to samples: decoded from start to end, with memory for what is asked for.

What came, however odd, is left as it is: `reading` makes of it a sound as the library knows them.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import BinaryIO

import soundfile as sf

from ..audio import AudioError
from ..progress import Bar, Progress, progress_bar
from .containers import sound_parts
from .foreign import by_ffmpeg, foreign_kind, installed
from .parts import Data, Part, PartFile
from .samples import Decoded, Taken, Wanted, depth, empty

_BLOCK = 1 << 12  # frames that are read at once: as many are lost where a file is damaged
_FORMATS = "WAV, FLAC, OGG, MP3 or another format of libsndfile"
_UNSUPPORTED = (
    4  # libsndfile's number for a container that it knows, with a coding that it does not
)
_PLAIN = {"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"}  # can be entered anywhere, if their
_PLAIN_CODINGS = {"PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"}  # coding is


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


def decoded(data: Data, name: str, wanted: Wanted, *, progress: Progress = False) -> Decoded:
    """The samples that are asked for, by libsndfile, or else by FFmpeg.

    Parameters
    ----------
    data : mmap or bytearray
        A file's bytes, from `bytes_of`; a wrong header may be mended in it.
    name : str
        Of the file, for messages.
    wanted : Wanted
    progress : bool or function

    Raises
    ------
    AudioError
        If nothing of it can be read, or it holds what is no sound.

    Examples
    --------
    >>> from audiostyle_lib.sounds import sound_path
    >>> found = decoded(bytes_of(sound_path("crow"), "crow"), "crow", Wanted(end=0.25))
    >>> found.Y.shape, found.sr, found.bits, found.notes
    ((1, 5512), 22050, '16', [])
    """
    kind = foreign_kind(data)
    if kind and not kind.shared:
        return by_ffmpeg(data, kind, name, wanted, progress=progress)
    try:
        return _by_libsndfile(data, name, wanted, progress)
    except _Refused as error:
        refusal = AudioError(f"{name} cannot be read as sound ({error}); expected {_FORMATS}")
        if kind and (error.coding or installed()):
            return by_ffmpeg(data, kind, name, wanted, refusal=refusal, progress=progress)
        raise refusal from error


class _Refused(Exception):
    """What libsndfile says of a file that it cannot read; `coding`: it knows the container."""

    def __init__(self, error: Exception) -> None:
        super().__init__(_reason(error))
        self.coding = getattr(error, "code", 0) == _UNSUPPORTED


def _by_libsndfile(data: Data, name: str, wanted: Wanted, progress: Progress) -> Decoded:
    parts, notes = sound_parts(data)
    taken: Taken | None = None
    depths: list[str] = []
    for number, part in enumerate(parts, 1):
        try:
            with _Forward(PartFile(data, part)) as file:
                sr, channels = file.samplerate, file.channels
                if taken is None:
                    taken = Taken(name, wanted, sr, channels)
                if (taken.sr, taken.channels) != (sr, channels):
                    notes.append(
                        f"changes to {sr:,} Hz and {channels} channels in part {number}: "
                        "that part was left out"
                    )
                    continue
                depths.append(depth(file.subtype) or "")
                promised = part.promised or file.frames
                total = taken.expect(promised, part.end - part.start)
                with progress_bar(total or 1, "read", progress) as bar:
                    bar.update(taken.passed)
                    _read(file, part, taken, notes, bar)
                if taken.full:
                    break
        except (AudioError, MemoryError):
            raise
        except Exception as error:  # whatever a reader of broken files may raise
            if taken is None or not taken.passed:
                raise _Refused(error) from error
            notes.append(f"cannot be read beyond part {number - 1} of {len(parts)}")
            break
    if taken is None:
        raise empty(name)
    return taken.all(max(depths, default="") or None, notes)  # "" < "16" < "24" < "32f"


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", "")) or type(error).__name__


def _read(file: sf.SoundFile, part: Part, taken: Taken, notes: list[str], bar: Bar) -> None:
    """Give a part's frames to `taken`, until it has all that is asked for."""
    start, sr = taken.passed, file.samplerate
    promised = 0 if part.endless else part.promised or file.frames
    plain = file.format in _PLAIN and file.subtype in _PLAIN_CODINGS
    if plain and 0 < taken.before <= file.frames:
        taken.skip(file.seek(taken.before))
    while taken.left:
        n = min(_BLOCK, taken.before or taken.left)
        done = taken.passed - start
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
        taken.add(block)
        bar.update(len(block))
