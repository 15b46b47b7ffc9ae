"""Sound files in: the whole sound, or a word about what is missing or was changed."""

from __future__ import annotations

import mmap
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import librosa
import numpy as np
import soundfile as sf

from ..audio import SR, AudioError, AudioWarning, check_audio, check_rate
from ..levels import rms, without_offset
from .channels import one_channel
from .containers import Data, Part, PartFile, sound_parts

_BLOCK = 1 << 12  # frames that are read at once: as many are lost where a file is damaged
_LARGEST = 1 << 29  # samples in all channels: 2 GiB, an hour and a half of stereo at 48,000 Hz
_FRAMES_PER_BYTE = 200  # at most, even in a compressed file: a header that says more is mistaken
_CHANNELS = 64
_OFFSET_SAID = 0.1  # of the sound's level: a recorder with less is usual
_WILD = {0.999: 1e2, 0.5: 1e6}  # share of samples, and how much larger than these is damage
_FORMATS = "WAV, FLAC, OGG, MP3 or another format of libsndfile"


@dataclass(frozen=True)
class Reading:
    """A sound as it was read, and what was done to it.

    Attributes
    ----------
    y : array of shape (n,), float32 in [-1, 1]
    sr : int, Hz
    name : str
        Of the file, for messages.
    changes : tuple of str
        What was asked for: channels averaged, another rate.
    warnings : tuple of str
        What was not: sound that is missing, an offset that was removed, a level that was changed.
    """

    y: np.ndarray = field(repr=False)
    sr: int
    name: str
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def load_audio(
    path: str | os.PathLike | BinaryIO, *, sr: int | None = SR, max_seconds: float | None = None
) -> tuple[np.ndarray, int]:
    """Load a sound file as one channel at one rate (book: chapter 6).

    Any format that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF, ...), to its end, whatever its
    header says of its length. Channels are averaged, other rates resampled, an offset (DC) is
    removed. What a listener would miss is said by an `AudioWarning`: a file that ends early,
    channels that would cancel in their average, samples beyond +-1 that were scaled down.

    Parameters
    ----------
    path : path, or file opened for reading bytes
        The file; also one in memory, such as an upload.
    sr : int or None
        Rate of the result in Hz; None keeps the file's own.
    max_seconds : number > 0, optional
        Read no more than this from the start.

    Returns
    -------
    y : array of shape (n,), float32, in [-1, 1]
    sr : int, Hz

    Raises
    ------
    AudioError
        If there is no such file, it is no sound, it is empty, holds NaN, infinite or wildly large
        samples, is too long for the memory, or has nothing that the rate `sr` can hold.

    Examples
    --------
    >>> from audiostyle_lib.sounds import sound_path
    >>> y, sr = load_audio(sound_path("crow"), max_seconds=0.25)
    >>> y.shape, y.dtype, sr
    ((5512,), dtype('float32'), 22050)
    """
    found = read_audio(path, sr=sr, max_seconds=max_seconds)
    for warning in found.warnings:
        warnings.warn(warning, AudioWarning, stacklevel=2)
    return found.y, found.sr


def read_audio(
    path: str | os.PathLike | BinaryIO, *, sr: int | None = SR, max_seconds: float | None = None
) -> Reading:
    """As `load_audio`, but what was done to the sound comes back beside it."""
    rate = None if sr is None else check_rate(sr)
    number = isinstance(max_seconds, (int, float, np.integer, np.floating))
    if max_seconds is not None and not (
        number and not isinstance(max_seconds, bool) and 0 < max_seconds < np.inf
    ):
        raise AudioError(f"max_seconds is {max_seconds!r}; expected a number above 0")
    name = os.fsdecode(path) if isinstance(path, (str, os.PathLike)) else _name_of(path)
    data = _bytes_of(path, name)
    try:
        Y, native, notes = _decode(data, name, rate, max_seconds)
    finally:
        if isinstance(data, mmap.mmap):
            data.close()
    changes: list[str] = []
    Y = without_offset(moved := Y, native)
    if Y is not moved:
        audible = rms(moved - Y) > _OFFSET_SAID * rms(Y)
        words = f"has an offset of {np.abs(moved - Y).max():.2g}: it was removed"
        (notes if audible else changes).append(words)
    y, note = one_channel(Y, native)
    notes += note
    if len(Y) > 1:
        changes.append(f"{len(Y)} channels made one")
    if rate is not None and rate != native:
        y = _resampled(y, native, rate, name, notes)
        changes.append(f"{native:,} Hz resampled to {rate:,} Hz")
    peak = float(np.abs(y).max(initial=0.0))
    if peak > 1.0:  # the ripple of resampling
        y = y / np.float32(peak)
        changes.append(_scaled(peak))
    y = check_audio(y, native if rate is None else rate, name=name)
    warned = tuple(f"{name} {note}" for note in notes)
    return Reading(y, native if rate is None else rate, name, tuple(changes), warned)


def _name_of(file: BinaryIO) -> str:
    name = getattr(file, "name", "the file")
    return name if isinstance(name, str) else "the file"


def _bytes_of(path: str | os.PathLike | BinaryIO, name: str) -> Data:
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


def _decode(
    data: Data, name: str, sr: int | None, max_seconds: float | None
) -> tuple[np.ndarray, int, list[str]]:
    """Samples (channels, n) as float32, their rate, and what has to be said of them."""
    parts, notes = sound_parts(data)
    pieces: list[np.ndarray] = []
    n_frames, layout = 0, None  # the latter: rate and channels
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
                limit = _limit(file, part, name, sr, max_seconds)
                wanted = limit if max_seconds is None else max(1, int(max_seconds * here[0]))
                pieces += _blocks(file, part, min(wanted, limit) - n_frames, notes)
                n_frames = sum(map(len, pieces))
                if n_frames == limit:
                    raise _too_long(name, limit / here[0], limit / here[0])
        except AudioError:
            raise
        except Exception as error:  # whatever a reader of broken files may raise
            if not pieces:
                raise AudioError(
                    f"{name} cannot be read as sound ({_reason(error)}); expected {_FORMATS}"
                ) from error
            notes.append(f"cannot be read beyond part {number - 1} of {len(parts)}")
            break
    if layout is None or not pieces:
        raise AudioError(f"{name} is empty; expected at least one sample")
    Y = np.ascontiguousarray(np.concatenate(pieces).T)
    peak = _check_samples(Y, name)
    if peak > 1.0:
        Y = Y / np.float32(peak)
        notes.append(_scaled(peak))
    return Y, layout[0], notes


def _scaled(peak: float) -> str:
    return f"has samples up to {peak:.4g}: scaled by {-20 * np.log10(peak):.1f} dB"


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", "")) or type(error).__name__


def _limit(
    file: sf.SoundFile, part: Part, name: str, sr: int | None, max_seconds: float | None
) -> int:
    """Frames for which there is memory; or say that the file cannot be meant, or is too long."""
    native, channels = file.samplerate, file.channels
    if not 1000 <= native <= 384_000:
        raise AudioError(
            f"{name} says that its rate is {native:,} Hz; expected 1,000 to 384,000 Hz"
        )
    if channels > _CHANNELS:
        raise AudioError(
            f"{name} says that it has {channels} channels; expected at most {_CHANNELS}"
        )
    limit = int(_LARGEST / max(channels, (sr or native) / native))
    promised = part.promised or file.frames
    believed = promised < _FRAMES_PER_BYTE * (part.end - part.start)
    if believed and min(promised, (max_seconds or np.inf) * native) > limit:
        raise _too_long(name, promised / native, limit / native)
    return limit


def _too_long(name: str, seconds: float, most: float) -> AudioError:
    return AudioError(
        f"{name} holds {seconds:,.0f} s or more; expected at most {most:,.0f} s, as much as the "
        "memory is for: read a part of it, with max_seconds"
    )


def _blocks(file: sf.SoundFile, part: Part, most: int, notes: list[str]) -> Iterator[np.ndarray]:
    """Samples (n, channels) up to the end of the part, or to `most` frames."""
    done, sr = 0, file.samplerate
    promised = 0 if part.endless else part.promised or file.frames
    while done < most:
        try:
            block = file.read(min(_BLOCK, most - done), dtype="float32", always_2d=True)
        except Exception as error:
            if not done:
                raise
            notes.append(f"is damaged after {done / sr:.2f} s: {_reason(error)}")
            return
        if not len(block):
            if done < 0.99 * promised < 2**60:  # and that is 'unknown'
                words = f"{promised / sr:,.2f} s are promised, {done / sr:,.2f} s are there"
                notes.append(f"is cut short: {words}")
            return
        done += len(block)
        yield block


def _check_samples(Y: np.ndarray, name: str) -> float:
    """The largest sample; or raise `AudioError` for values that are no sound."""
    bad = int(np.count_nonzero(~np.isfinite(Y)))
    if bad:
        raise AudioError(
            f"{name} has {bad} NaN or infinite samples of {Y.size}; expected numbers in [-1, 1]"
        )
    size = np.abs(Y)
    peak = float(size.max())
    if peak > 1.0:
        for share, times in _WILD.items():
            usual = float(np.quantile(size[size > 0], share))
            if peak > times * usual:
                raise AudioError(
                    f"{name} has samples up to {peak:.3g}, where {share:.1%} are below "
                    f"{usual:.3g}: it is damaged; expected samples in [-1, 1]"
                )
    return peak


def _resampled(y: np.ndarray, native: int, sr: int, name: str, notes: list[str]) -> np.ndarray:
    """`y` at the rate `sr`, if that can hold it."""
    new = librosa.resample(y, orig_sr=native, target_sr=sr)
    before, after = rms(y), rms(new) if len(new) else 0.0
    if sr < native and before > 1e-5:
        lost = 20 * np.log10(max(after, 1e-9) / before)
        above = f"{lost:.0f} dB: most of it lies above {sr / 2:,.0f} Hz"
        if lost < -20:
            raise AudioError(
                f"{name} would lose {above}, half of the rate {sr:,} Hz; expected a rate that "
                f"holds it, such as its own, {native:,} Hz"
            )
        if lost < -3:
            notes.append(f"loses {above}, half of the rate that it is brought to")
    return new
