"""Sound files out: what was asked for, whole, or refused before the work.

A file is encoded in memory, read back, written beside its target, and moved onto it when it is
whole: an error, a full disk or an interruption leaves an existing file as it was.
"""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from ..arguments import check_whole
from ..audio import MAX_CHANNELS, AudioError, check_audio, check_rate


@dataclass(frozen=True)
class Format:
    """How a suffix is written: a container of libsndfile, its coding for each depth, and how many
    channels it keeps whole.
    """

    container: str
    subtypes: dict[str, str]
    channels: int = MAX_CHANNELS

    @property
    def lossy(self) -> bool:
        return "" in self.subtypes


_PCM = {"16": "PCM_16", "24": "PCM_24", "32f": "FLOAT"}
FORMATS = {
    ".wav": Format("WAV", _PCM),
    ".flac": Format("FLAC", {"16": "PCM_16", "24": "PCM_24"}),
    # Of six channels and more Vorbis and Opus keep of one, meant for a subwoofer, only the lowest.
    ".ogg": Format("OGG", {"": "VORBIS"}, 5),
    ".oga": Format("OGG", {"": "VORBIS"}, 5),
    ".opus": Format("OGG", {"": "OPUS"}, 5),
    ".mp3": Format("MP3", {"": "MPEG_LAYER_III"}, 2),
    ".aif": Format("AIFF", _PCM),
    ".aiff": Format("AIFF", _PCM),
    ".au": Format("AU", _PCM),
    ".caf": Format("CAF", _PCM),
    ".rf64": Format("RF64", _PCM),
    ".w64": Format("W64", _PCM),
}
_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000)
_BLOCK = 1 << 16  # frames that are encoded at once: libvorbis dies of two million


def save_audio(
    path: str | os.PathLike, y: np.ndarray, sr: int, *, bits: int | str | None = None
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
    target = check_target(path, sr=sr, channels=channels, bits=bits)
    data = _encoded(y, sr, Path(os.fsdecode(path)).suffix.lower(), bits)
    if (back := _decoded_shape(data)) != (channels, n):
        raise AudioError(
            f"{path} cannot be written: of {channels} x {n} samples {back[0]} x {back[1]} came back"
        )
    partial = ""
    try:
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".audiostyle-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a full disk may show only now
        if Path(partial).read_bytes() != data:
            raise OSError(errno.EIO, "what was written could not be read back")
        os.chmod(partial, _mode_of(target))
        os.replace(partial, target)
    except OSError as error:
        raise AudioError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        if partial and os.path.exists(partial):
            os.unlink(partial)


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
    try:
        target = Path(name).resolve()
        for other in inputs:
            if target.exists() and os.path.exists(other) and target.samefile(other):
                raise AudioError(f"{name} is an input too; expected another name for the result")
        if target.is_dir():
            raise AudioError(f"{name} is a folder; expected the name of a file")
        if not target.parent.is_dir():
            raise AudioError(f"{name} cannot be written: there is no folder {target.parent}")
        if not os.access(target.parent, os.W_OK):
            raise AudioError(
                f"{name} cannot be written: no permission in the folder {target.parent}"
            )
        if target.exists() and not target.is_file():
            raise AudioError(f"{name} is no ordinary file; expected one that may be replaced")
        if target.exists() and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
            raise AudioError(f"{name} is read-only; expected a file that may be replaced")
    except (OSError, RuntimeError) as error:  # a name too long, links in a circle
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"{name} cannot be written: {reason}") from error
    return target


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
    if suffix not in FORMATS:
        raise AudioError(
            f"{name}: no sound is written with the suffix {suffix!r}; "
            f"expected one of {', '.join(FORMATS)}"
        )
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
    if sr is not None and not _holds(suffix, check_rate(sr), channels):
        rates = ", ".join(f"{rate:,}" for rate in _RATES if _holds(suffix, rate, channels))
        raise AudioError(f"{name}: {suffix} cannot hold {sr:,} Hz; expected one of {rates}")


def _holds(suffix: str, sr: int, channels: int) -> bool:
    """Whether the format can hold this rate: it is tried."""
    try:
        return len(_encoded(np.zeros((channels, 16), np.float32), sr, suffix, None)) > 0
    except AudioError:
        return False


def _encoded(y: np.ndarray, sr: int, suffix: str, bits: int | str | None) -> bytes:
    form = FORMATS[suffix]
    coding = form.subtypes[str(bits or ("" if form.lossy else 16))]
    Y = np.atleast_2d(y)
    buffer = io.BytesIO()
    try:
        with sf.SoundFile(buffer, "w", int(sr), len(Y), coding, format=form.container) as file:
            for first in range(0, Y.shape[1], _BLOCK):
                file.write(Y[:, first : first + _BLOCK].T)
    except (sf.LibsndfileError, ValueError) as error:
        reason = getattr(error, "error_string", error)
        raise AudioError(f"{suffix} cannot hold this sound at {sr:,} Hz: {reason}") from error
    return buffer.getvalue()


def _decoded_shape(data: bytes) -> tuple[int, int]:
    """Channels, and samples in each that come back, by reading all of them."""
    with sf.SoundFile(io.BytesIO(data)) as file:
        return file.channels, sum(len(b) for b in file.blocks(1 << 16, dtype="float32"))


def _mode_of(path: Path) -> int:
    """File mode for `path`: its own, or what a newly made file would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
