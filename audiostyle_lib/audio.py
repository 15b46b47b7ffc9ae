"""Sound in and out: load, check, match levels, save, and the library's one error class.

A sound is `y`, an array of shape (n,), float32 in [-1, 1], with its sampling rate `sr` in Hz.
Everything that enters the library passes `check_audio`; everything that leaves it, `save_audio`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import librosa
import numpy as np
import soundfile as sf

SR = 22050  # Hz, the book's rate: enough for what most textures hold, half the work of 44,100
LEVEL = 0.1  # root mean square at which sounds are worked on: results do not depend on the input's


class AudioError(ValueError):
    """Input that cannot be used; the message says what came and what was expected."""


def check_audio(
    y: np.ndarray, sr: float, *, min_seconds: float = 0.0, name: str = "y"
) -> np.ndarray:
    """Return `y` as a float32 array of shape (n,), or say why it is no sound.

    Integer samples are scaled by their type's range (16-bit 32767 becomes nearly 1). The argument
    is never changed; the returned array may share its memory.

    Parameters
    ----------
    y : array of shape (n,)
        Samples, float in [-1, 1] or any integer type.
    sr : number > 0
        Sampling rate in Hz.
    min_seconds : number >= 0
        The shortest sound that will do.
    name : str
        What to call the sound in a message.

    Raises
    ------
    AudioError
        For a wrong type or shape, an empty or too short sound, NaN, infinite values, samples
        beyond +-1, or silence where a length is asked for.

    Examples
    --------
    >>> check_audio(np.array([0, 16384], dtype=np.int16), 22050)
    array([0. , 0.5], dtype=float32)
    >>> check_audio(np.zeros((2, 100)), 22050)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: y has shape (2, 100); expected (n,), one channel: \
average the channels first
    """
    check_rate(sr)
    y = np.asarray(y)
    if y.dtype.kind not in "fiu":
        raise AudioError(f"{name} has type {y.dtype}; expected an array of real samples")
    if y.ndim != 1:
        raise AudioError(
            f"{name} has shape {y.shape}; expected (n,), one channel: average the channels first"
        )
    if y.size == 0:
        raise AudioError(f"{name} is empty; expected at least one sample")
    y = _to_float(y)
    if not np.isfinite(y).all():
        bad = int((~np.isfinite(y)).sum())
        raise AudioError(
            f"{name} has {bad} NaN or infinite samples of {y.size}; expected numbers in [-1, 1]"
        )
    peak = float(np.abs(y).max())
    if peak > 1.0 + 1e-4:
        raise AudioError(f"{name} has a peak of {peak:.4g}; expected samples in [-1, 1]: scale it")
    if y.size < min_seconds * sr:
        raise AudioError(
            f"{name} lasts {y.size / sr:.3f} s ({y.size} samples at {sr} Hz); "
            f"expected at least {min_seconds:.3f} s"
        )
    if min_seconds > 0 and peak < 1e-5:
        raise AudioError(
            f"{name} is silent (peak {peak:.1g}); expected a sound that can be analysed"
        )
    return y


def check_rate(sr: float) -> None:
    """Raise `AudioError` unless `sr` is a sampling rate between 1,000 and 384,000 Hz."""
    if not isinstance(sr, (int, float, np.integer, np.floating)) or not 1000 <= sr <= 384_000:
        raise AudioError(f"sr is {sr!r}; expected a sampling rate in Hz, 1,000 to 384,000")


def _to_float(y: np.ndarray) -> np.ndarray:
    if y.dtype.kind == "f":
        return y.astype(np.float32, copy=False)
    info = np.iinfo(y.dtype)
    middle = 0 if info.min < 0 else (int(info.max) + 1) // 2  # unsigned audio is centred
    return ((y.astype(np.float64) - middle) / (int(info.max) + 1 - middle)).astype(np.float32)


def load_audio(
    path: str | os.PathLike | BinaryIO, *, sr: int | None = SR, max_seconds: float | None = None
) -> tuple[np.ndarray, int]:
    """Load a sound file as one channel at one rate (book: chapter 6).

    Any format that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF, ...). Channels are averaged, other
    rates are resampled, and a file whose samples exceed +-1 is scaled down to a peak of 1. A file
    that ends early gives the part that is there, if its format allows to read that.

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
        If there is no such file, it is no sound, it is empty, or holds NaN or infinite samples.

    Examples
    --------
    >>> from audiostyle_lib.sounds import sound_path
    >>> y, sr = load_audio(sound_path("crow"), max_seconds=0.25)
    >>> y.shape, y.dtype, sr
    ((5512,), dtype('float32'), 22050)
    """
    file = Path(path) if isinstance(path, (str, os.PathLike)) else path
    name = str(file) if isinstance(file, Path) else getattr(file, "name", "the file")
    if sr is not None:
        check_rate(sr)
    number = isinstance(max_seconds, (int, float, np.integer, np.floating))
    if max_seconds is not None and not (number and 0 < max_seconds < np.inf):
        raise AudioError(f"max_seconds is {max_seconds!r}; expected a number above 0")
    if isinstance(file, Path) and not file.is_file():
        raise AudioError(f"no such file: {name}")
    try:
        with sf.SoundFile(file) as found:
            frames = -1 if max_seconds is None else int(max_seconds * found.samplerate)
            y, native = found.read(frames, dtype="float32", always_2d=True), found.samplerate
    except sf.LibsndfileError as error:
        raise AudioError(
            f"{name} cannot be read as sound ({error.error_string}); "
            "expected WAV, FLAC, OGG, MP3 or another format of libsndfile"
        ) from error
    y = y.mean(axis=1)
    if y.size == 0 or not np.isfinite(y).all():
        check_audio(y, native, name=name)
    if sr is not None and sr != native:
        y = librosa.resample(y, orig_sr=native, target_sr=sr)
    peak = float(np.abs(y).max(initial=0.0))
    if peak > 1.0:  # float files, or the ripple of resampling
        y = y / peak
    rate = native if sr is None else int(sr)
    return check_audio(y, rate, name=name), rate


def save_audio(path: str | os.PathLike, y: np.ndarray, sr: int) -> None:
    """Write `y` to `path`, in the format its suffix names, without loss of what was there.

    The sound is written beside the target and moved onto it when it is whole, so an error or an
    interruption leaves an existing file as it was.

    Parameters
    ----------
    path : path
        Ends in .wav, .flac, .ogg, .mp3, ...
    y : array of shape (n,)
        Samples in [-1, 1].
    sr : int
        Rate in Hz.

    Raises
    ------
    AudioError
        If `y` is no sound, the suffix is unknown, or the target cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_audio(f"{folder}/half.wav", np.full(100, 0.5), 22050)
    ...     load_audio(f"{folder}/half.wav")[0][:2]
    array([0.5, 0.5], dtype=float32)
    """
    path = check_target(path)
    y = check_audio(y, sr)
    partial = ""
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
        os.close(handle)
        sf.write(partial, y, int(sr), format=_format_of(path))
        os.chmod(partial, _mode_of(path))
        os.replace(partial, path)
    except (OSError, sf.LibsndfileError) as error:
        raise AudioError(f"{path} cannot be written: {error}") from error
    finally:
        if partial and os.path.exists(partial):
            os.unlink(partial)


def check_target(path: str | os.PathLike) -> Path:
    """Return `path` if a sound can be written there, else raise `AudioError`.

    Lets a long computation fail before it starts rather than when it wants to save.

    >>> check_target("song.txt")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: song.txt: no sound format has the suffix '.txt'; \
expected .wav, .flac, .ogg, .mp3 or another of libsndfile
    """
    path = Path(path)
    if _format_of(path) not in sf.available_formats():
        raise AudioError(
            f"{path}: no sound format has the suffix {path.suffix!r}; "
            "expected .wav, .flac, .ogg, .mp3 or another of libsndfile"
        )
    if path.is_dir():
        raise AudioError(f"{path} is a folder; expected the name of a file")
    if not path.parent.is_dir():
        raise AudioError(f"{path} cannot be written: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise AudioError(f"{path} cannot be written: no permission in the folder {path.parent}")
    return path


def _format_of(path: Path) -> str:
    suffix = path.suffix[1:].upper()
    return {"AIF": "AIFF", "OGA": "OGG", "OPUS": "OGG"}.get(suffix, suffix)


def _mode_of(path: Path) -> int:
    """File mode for `path`: its own, or what a newly made file would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def rms(y: np.ndarray) -> float:
    """Root mean square of `y`, its level as a plain number (1 for a square wave of full scale).

    >>> round(rms(np.array([0.5, -0.5])), 3)
    0.5
    """
    return float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))


def match_levels(
    sounds: Sequence[np.ndarray], *, level_db: float = -20.0, peak: float = 0.95
) -> list[np.ndarray]:
    """Scale sounds to one common level, so that a comparison by ear is about something else.

    All get the same root mean square: `level_db` below full scale, or less where the most peaky
    sound would otherwise exceed `peak`. A silent sound stays silent.

    Parameters
    ----------
    sounds : sequence of arrays of shape (n_i,)
    level_db : number <= 0
        Wanted level in dB relative to full scale.
    peak : number in (0, 1]
        No sample of the result is larger.

    Returns
    -------
    list of float32 arrays, in the order given

    Examples
    --------
    >>> a, b = match_levels([np.array([0.1, -0.1]), np.array([0.4, -0.4])])
    >>> bool(np.allclose(a, b))
    True
    """
    units = [np.asarray(y, dtype=np.float32) / (rms(y) or 1.0) for y in sounds]
    highest = max((float(np.abs(u).max(initial=0.0)) for u in units), default=0.0)
    gain = min(10 ** (level_db / 20), peak / highest if highest else 1.0)
    return [(u * gain).astype(np.float32) for u in units]
