"""Sound files out: what was asked for, whole, or refused before the work.

A file is encoded in memory, and what can be decoded again is written, by `whole`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile as sf

from ..arguments import check_whole
from ..audio import MAX_CHANNELS, AudioError, check_audio, check_rate
from .formats import FORMATS, LOOPS, PCM, RATES, check_suffix, encoded, holds
from .loops import loop_chunk, with_chunk
from .whole import check_place, write_whole


def save_audio(
    path: str | os.PathLike,
    y: np.ndarray,
    sr: int,
    *,
    bits: int | str | None = None,
    loop: bool = False,
) -> None:
    """Write `y` to `path`, in the format its suffix names, without loss of what was there.

    Parameters
    ----------
    path : path
        Ends in .wav, .flac, .ogg, .opus, .mp3, .aiff, ... A link is followed to its target.
    y : array of shape (n,) or (channels, n)
        Samples in [-1, 1]. MP3 holds two channels, Vorbis and Opus five, the others eight.
    sr : int
        Rate in Hz.
    bits : int or str, optional
        Depth: 16 (the default), 24, or "32f" for floating point. Not for .ogg, .opus and .mp3,
        which have none.
    loop : bool
        Say in the file that the whole sound goes round, for samplers: a `smpl` chunk in .wav and
        .rf64. The other formats have nothing for it, and are written as without.

    Raises
    ------
    AudioError
        If `y` is no sound, the suffix is unknown or cannot hold this rate, depth or number of
        channels, or the target cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from audiostyle_lib import load_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_audio(f"{folder}/half.wav", np.array([0.5, -0.5]), 22050)
    ...     load_audio(f"{folder}/half.wav")[0]
    array([ 0.5, -0.5], dtype=float32)
    """
    y = check_audio(y, sr)
    channels, n = np.atleast_2d(y).shape
    check_target(path, sr=sr, channels=channels, bits=bits)
    suffix = Path(os.fsdecode(path)).suffix.lower()
    data = encoded(y, sr, suffix, bits)
    if loop and suffix in LOOPS:
        data = with_chunk(data, loop_chunk(n, int(sr)))
    if (back := _decoded_shape(data)) != (channels, n):
        raise AudioError(
            f"{path} cannot be written: of {channels} x {n} samples {back[0]} x {back[1]} came back"
        )
    write_whole(path, data)


def check_target(
    path: str | os.PathLike,
    *,
    sr: int | None = None,
    channels: int = 1,
    bits: int | str | None = None,
    inputs: Iterable[str | os.PathLike] = (),
) -> Path:
    """Return where `path` leads if such a sound can be written there, else raise `AudioError`.

    Lets a long computation fail before it starts rather than when it wants to save.

    Parameters
    ----------
    path : path
    sr : int, optional
        Rate in Hz, if it is known.
    channels : int
        How many there will be.
    bits : int or str, optional
        As for `save_audio`.
    inputs : iterable of paths
        Files that may not be replaced.

    >>> check_target("song.txt")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: song.txt: no sound is written with the suffix '.txt'; \
expected one of .wav, .flac, .ogg, .oga, .opus, .mp3, .aif, .aiff, .au, .caf, .rf64, .w64
    """
    name = os.fsdecode(path)
    check_format(name, sr=sr, channels=channels, bits=bits)
    return check_place(path, inputs=inputs)


def nearest_rate(suffix: str, sr: int, channels: int = 1) -> int:
    """The rate in Hz at which a sound of that rate is written: its own, if the format holds it.

    Else the lowest above it that the format holds; else the highest.

    Parameters
    ----------
    suffix : str
        As ".wav", one of `FORMATS`.
    sr : int
        Rate in Hz.
    channels : int

    Raises
    ------
    AudioError
        If no format has this suffix, `sr` is no rate, or the format cannot hold as many channels.

    Examples
    --------
    >>> nearest_rate(".flac", 44100), nearest_rate(".opus", 44100), nearest_rate(".mp3", 96000)
    (44100, 48000, 48000)
    """
    suffix = suffix.lower()
    check_suffix(suffix, suffix)
    _check_holds(suffix, suffix, None, check_whole("channels", channels, 1, MAX_CHANNELS), None)
    if holds(suffix, check_rate(sr), channels):
        return int(sr)
    held = [rate for rate in RATES if holds(suffix, rate, channels)]
    return min((rate for rate in held if rate > sr), default=max(held))


def nearest_bits(suffix: str, bits: int | str | None) -> str | None:
    """The depth with which a sound of that depth is written, so that as little as may be is lost.

    Parameters
    ----------
    suffix : str
        As ".wav", one of `FORMATS`.
    bits : int or str or None
        16, 24, "32f", or None for a sound that has no depth of its own, as of an MP3 file.

    Returns
    -------
    str or None
        `bits` for `save_audio`: None where the sound or the format has none.

    Raises
    ------
    AudioError
        If no format has this suffix, or `bits` is no depth.

    Examples
    --------
    >>> [nearest_bits(suffix, "32f") for suffix in (".wav", ".flac", ".ogg")]
    ['32f', '24', None]
    """
    suffix = suffix.lower()
    check_suffix(suffix, suffix)
    if bits is None:
        return None
    if str(bits) not in PCM:
        raise AudioError(f"bits is {bits!r}; expected one of {', '.join(PCM)}, or None")
    held = [depth for depth in PCM if depth in FORMATS[suffix].subtypes]  # from least to most
    enough = list(PCM)[list(PCM).index(str(bits)) :]
    return next((depth for depth in held if depth in enough), held[-1] if held else None)


def check_format(
    name: str,
    *,
    sr: int | None = None,
    channels: int = 1,
    bits: int | str | None = None,
) -> None:
    """Raise `AudioError` unless a file of that name can hold such a sound; no file is looked at.

    >>> check_format("song.mp3", sr=96000)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: song.mp3: .mp3 cannot hold 96,000 Hz; expected one of 8,000, \
11,025, 12,000, 16,000, 22,050, 24,000, 32,000, 44,100, 48,000
    """
    suffix = Path(name).suffix.lower()
    check_suffix(name, suffix)
    _check_holds(name, suffix, sr, check_whole("channels", channels, 1, MAX_CHANNELS), bits)


def _check_holds(
    name: str, suffix: str, sr: int | None, channels: int, bits: int | str | None
) -> None:
    """Raise `AudioError` unless the format can hold this rate, depth and number of channels."""
    form = FORMATS[suffix]
    if bits is not None and str(bits) not in form.subtypes:
        known = ", ".join(sorted(form.subtypes)) if not form.lossy else "none: it has no depth"
        raise AudioError(f"{name}: bits is {bits!r}; {suffix} expects {known}")
    if channels > form.channels:
        others = ", ".join(other for other, it in FORMATS.items() if it.channels >= channels)
        raise AudioError(
            f"{name}: {suffix} cannot hold {channels} channels; expected at most {form.channels}, "
            f"or one of {others}"
        )
    if sr is not None and not holds(suffix, check_rate(sr), channels):
        rates = ", ".join(f"{rate:,}" for rate in RATES if holds(suffix, rate, channels))
        raise AudioError(f"{name}: {suffix} cannot hold {sr:,} Hz; expected one of {rates}")


def _decoded_shape(data: bytes) -> tuple[int, int]:
    """Channels, and samples in each that come back, by reading all of them."""
    with sf.SoundFile(io.BytesIO(data)) as file:
        return file.channels, sum(len(b) for b in file.blocks(1 << 16, dtype="float32"))
