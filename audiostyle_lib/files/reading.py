"""Sound files in: the whole sound, or a word about what is missing or was changed."""

from __future__ import annotations

import mmap
import os
import warnings
from dataclasses import dataclass, field
from typing import BinaryIO

import librosa
import numpy as np

from ..arguments import is_number
from ..audio import SR, AudioError, AudioWarning, check_audio, check_rate
from ..levels import mean_square, rms, without_offset
from ..progress import Progress
from .channels import one_channel
from .decoding import bytes_of, decoded
from .samples import Wanted, scaled

_OFFSET_SAID = 0.1  # of the sound's level: a recorder with less is usual


@dataclass(frozen=True)
class Reading:
    """A sound as it was read, and what was done to it.

    Attributes
    ----------
    y : array of shape (n,) or (channels, n), float32 in [-1, 1]
    sr : int, Hz
    name : str
        Of the file, for messages.
    changes : tuple of str
        What was asked for: channels averaged, another rate.
    warnings : tuple of str
        What was not: sound that is missing, an offset that was removed, a level that was changed.
    bits : str or None
        The file's depth, "16", "24" or "32f", as `save_audio` takes it; None if it was coded with
        losses, as Vorbis, Opus, MP3 and AAC are, which have none.
    """

    y: np.ndarray = field(repr=False)
    sr: int
    name: str
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    bits: str | None = None


def load_audio(
    path: str | os.PathLike | BinaryIO,
    *,
    sr: int | None = SR,
    mono: bool = True,
    max_seconds: float | None = None,
    start: float | None = None,
    end: float | None = None,
) -> tuple[np.ndarray, int]:
    """Load a sound file, or a part of it, at one rate (book: chapter 6).

    Any format that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF, ...), to its end, whatever its
    header says of its length; and with PyAV (`pip install 'audiostyle[formats]'`) what telephones,
    browsers and cameras record: M4A, MP4, AAC, 3GP, WebM, WMA, ... Channels are averaged unless
    `mono` is false, other rates resampled, an offset (DC) is removed. What a listener would miss is
    said by an `AudioWarning`: a file that ends early, channels that would cancel in their average,
    samples beyond +-1 that were scaled down.

    Parameters
    ----------
    path : path, or file opened for reading bytes
        The file; also one in memory, such as an upload.
    sr : int or None
        Rate of the result in Hz; None keeps the file's own.
    mono : bool
        Make one channel of all; else they are kept, at most 8.
    max_seconds : number > 0, optional
        Read no more than this, from `start`.
    start, end : numbers >= 0, optional
        Read the part that begins `start` seconds into the file and ends before `end`, or with the
        file: as if there were nothing else. What lies before it takes no memory.

    Returns
    -------
    y : array of shape (n,) or, with `mono=False`, (channels, n), float32, in [-1, 1]
        As in librosa, (n,) also with `mono=False` if the file has one channel.
    sr : int, Hz

    Raises
    ------
    AudioError
        If there is no such file, it is no sound, it is empty, holds NaN, infinite or wildly large
        samples, is too long for the memory, ends before `start`, has more channels than can be
        kept, or has nothing that the rate `sr` can hold.

    Examples
    --------
    >>> from audiostyle_lib.sounds import sound_path
    >>> y, sr = load_audio(sound_path("crow"), max_seconds=0.25)
    >>> y.shape, y.dtype, sr
    ((5512,), dtype('float32'), 22050)
    >>> part, _ = load_audio(sound_path("crow"), start=0.1, end=0.2)
    >>> part.shape
    (2205,)
    """
    found = read_audio(path, sr=sr, mono=mono, max_seconds=max_seconds, start=start, end=end)
    for warning in found.warnings:
        warnings.warn(warning, AudioWarning, stacklevel=2)
    return found.y, found.sr


def read_audio(
    path: str | os.PathLike | BinaryIO,
    *,
    sr: int | None = SR,
    mono: bool = True,
    max_seconds: float | None = None,
    start: float | None = None,
    end: float | None = None,
    progress: Progress = False,
) -> Reading:
    """As `load_audio`, but what was done to the sound comes back beside it; with a bar."""
    rate = None if sr is None else check_rate(sr)
    wanted = Wanted(rate, mono, *_checked_part(max_seconds, start, end))
    name = os.fsdecode(path) if isinstance(path, (str, os.PathLike)) else _name_of(path)
    data = bytes_of(path, name)
    try:
        found = decoded(data, name, wanted, progress=progress)
    finally:
        if isinstance(data, mmap.mmap):
            data.close()
    Y, native, bits, notes = found.Y, found.sr, found.bits, found.notes
    del found  # an hour of stereo is more than a gigabyte
    changes: list[str] = []
    _remove_offsets(Y, native, notes, changes)
    if mono or len(Y) == 1:
        y, note = one_channel(Y, native)
        notes += note
        if len(Y) > 1:
            changes.append(f"{len(Y)} channels made one")
    else:
        y = Y
    del Y
    if rate is not None and rate != native:
        y = _resampled(y, native, rate, name, notes)
        changes.append(f"{native:,} Hz resampled to {rate:,} Hz")
    peak = float(np.abs(y).max(initial=0.0))
    if peak > 1.0:  # the ripple of resampling
        y = y / np.float32(peak)
        changes.append(scaled(peak))
    y = check_audio(y, native if rate is None else rate, name=name)
    warned = tuple(f"{name} {note}" for note in notes)
    return Reading(y, native if rate is None else rate, name, tuple(changes), warned, bits)


def _checked_part(
    max_seconds: float | None, start: float | None, end: float | None
) -> tuple[float, float | None, float | None]:
    """`start`, `end`, `max_seconds`, or an `AudioError` if there can be no such part."""
    for name, value in (("max_seconds", max_seconds), ("end", end)):
        if value is not None and not (is_number(value) and value > 0):
            raise AudioError(f"{name} is {value!r}; expected a number above 0")
    if start is not None and not (is_number(start) and start >= 0):
        raise AudioError(f"start is {start!r}; expected a number of at least 0")
    if start is not None and end is not None and start >= end:
        raise AudioError(f"start is {start!r} and end is {end!r}; expected a start before the end")
    return start or 0.0, end, max_seconds


def _name_of(file: BinaryIO) -> str:
    name = getattr(file, "name", "the file")
    return name if isinstance(name, str) else "the file"


def _remove_offsets(Y: np.ndarray, sr: int, notes: list[str], changes: list[str]) -> None:
    """Remove what `without_offset` does, in `Y` itself, since it may be large, and say so."""
    removed, largest, where = 0.0, 0.0, []
    for k, y in enumerate(Y):
        steady = without_offset(y, sr)
        if steady is not y:
            y -= steady
            removed += mean_square(y) / len(Y)
            largest = max(largest, float(y.max()), -float(y.min()))
            where.append(str(k + 1))
            Y[k] = steady
    if where:
        audible = np.sqrt(removed) > _OFFSET_SAID * rms(Y)
        plural = "s" if len(where) > 1 else ""
        which = f" in channel{plural} {' and '.join(where)}" if len(where) < len(Y) else ""
        words = f"has an offset of {largest:.2g}{which}: it was removed"
        (notes if audible else changes).append(words)


def _resampled(y: np.ndarray, native: int, sr: int, name: str, notes: list[str]) -> np.ndarray:
    """`y`, of either shape, at the rate `sr`, if that can hold it."""
    length = -(-y.shape[-1] * sr // native)  # librosa's own rounding is one too long at times
    new = librosa.resample(y, orig_sr=native, target_sr=sr)[..., :length]
    if sr > native:
        return new
    lost = _lost(y, new)
    above = f"{lost:.0f} dB: most of it lies above {sr / 2:,.0f} Hz"
    if lost < -20:
        raise AudioError(
            f"{name} would lose {above}, half of the rate {sr:,} Hz; expected a rate that "
            f"holds it, such as its own, {native:,} Hz"
        )
    if lost < -3:
        notes.append(f"loses {above}, half of the rate that it is brought to")
    for k in range(len(y) if y.ndim > 1 else 0):
        if (lost := _lost(y[k], new[k])) < -20:
            notes.append(
                f"loses channel {k + 1} ({lost:.0f} dB): it lies above {sr / 2:,.0f} Hz, half of "
                "the rate that it is brought to"
            )
    return new


def _lost(y: np.ndarray, new: np.ndarray) -> float:
    """Level of `new` against `y` in dB; 0 if there was none."""
    before = rms(y)
    if before <= 1e-5:
        return 0.0
    return 20 * float(np.log10(max(rms(new) if new.size else 0.0, 1e-9) / before))
