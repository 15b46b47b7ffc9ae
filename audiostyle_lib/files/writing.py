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

from ..audio import AudioError, check_audio, check_rate


@dataclass(frozen=True)
class Format:
    """How a suffix is written: a container of libsndfile, and its coding for each depth."""

    container: str
    subtypes: dict[str, str]

    @property
    def lossy(self) -> bool:
        return "" in self.subtypes


_PCM = {"16": "PCM_16", "24": "PCM_24", "32f": "FLOAT"}
FORMATS = {
    ".wav": Format("WAV", _PCM),
    ".flac": Format("FLAC", {"16": "PCM_16", "24": "PCM_24"}),
    ".ogg": Format("OGG", {"": "VORBIS"}),
    ".oga": Format("OGG", {"": "VORBIS"}),
    ".opus": Format("OGG", {"": "OPUS"}),
    ".mp3": Format("MP3", {"": "MPEG_LAYER_III"}),
    ".aif": Format("AIFF", _PCM),
    ".aiff": Format("AIFF", _PCM),
    ".au": Format("AU", _PCM),
    ".caf": Format("CAF", _PCM),
    ".rf64": Format("RF64", _PCM),
    ".w64": Format("W64", _PCM),
}
_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000)


def save_audio(
    path: str | os.PathLike, y: np.ndarray, sr: int, *, bits: int | str | None = None
) -> None:
    """Write `y` to `path`, in the format its suffix names, without loss of what was there.

    Parameters
    ----------
    path : path
        Ends in .wav, .flac, .ogg, .opus, .mp3, .aiff, ... A link is followed to its target.
    y : array of shape (n,)
        Samples in [-1, 1].
    sr : int
        Rate in Hz.
    bits : int or str, optional
        Depth: 16 (the default), 24, or "32f" for floating point. Not for .ogg, .opus and .mp3,
        which have none.

    Raises
    ------
    AudioError
        If `y` is no sound, the suffix is unknown or cannot hold this rate or depth, or the target
        cannot be written.

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
    target = check_target(path, sr=sr, bits=bits)
    data = _encoded(y, sr, Path(os.fsdecode(path)).suffix.lower(), bits)
    if (there := _decoded_length(data)) != len(y):
        raise AudioError(f"{path} cannot be written: of {len(y)} samples {there} came back")
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
    suffix = Path(name).suffix.lower()
    if suffix not in FORMATS:
        raise AudioError(
            f"{name}: no sound is written with the suffix {suffix!r}; "
            f"expected one of {', '.join(FORMATS)}"
        )
    _check_format(name, suffix, sr, bits)
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


def _check_format(name: str, suffix: str, sr: int | None, bits: int | str | None) -> None:
    """Raise `AudioError` unless the format can hold this rate and depth: it is tried."""
    form = FORMATS[suffix]
    if bits is not None and str(bits) not in form.subtypes:
        known = ", ".join(sorted(form.subtypes)) if not form.lossy else "none: it has no depth"
        raise AudioError(f"{name}: bits is {bits!r}; {suffix} expects {known}")
    if sr is not None and not _holds(suffix, check_rate(sr)):
        rates = ", ".join(f"{rate:,}" for rate in _RATES if _holds(suffix, rate))
        raise AudioError(f"{name}: {suffix} cannot hold {sr:,} Hz; expected one of {rates}")


def _holds(suffix: str, sr: int) -> bool:
    try:
        return len(_encoded(np.zeros(16, np.float32), sr, suffix, None)) > 0
    except AudioError:
        return False


def _encoded(y: np.ndarray, sr: int, suffix: str, bits: int | str | None) -> bytes:
    form = FORMATS[suffix]
    subtype = form.subtypes[str(bits or ("" if form.lossy else 16))]
    buffer = io.BytesIO()
    try:
        sf.write(buffer, y, int(sr), format=form.container, subtype=subtype)
    except (sf.LibsndfileError, ValueError) as error:
        reason = getattr(error, "error_string", error)
        raise AudioError(f"{suffix} cannot hold this sound at {sr:,} Hz: {reason}") from error
    return buffer.getvalue()


def _decoded_length(data: bytes) -> int:
    """Samples that come back, by reading all of them."""
    with sf.SoundFile(io.BytesIO(data)) as file:
        return sum(len(block) for block in file.blocks(1 << 16, dtype="float32"))


def _mode_of(path: Path) -> int:
    """File mode for `path`: its own, or what a newly made file would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
