"""What libsndfile does not read, by FFmpeg: sound as telephones, browsers and cameras record it.

FFmpeg comes with PyAV, which is optional: `pip install 'audiostyle[formats]'`. It is told which
kind a file is, by the file's first bytes, and only of kinds that hold their sound themselves: a
playlist could lead it to other files.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ..audio import AudioError
from ..progress import Progress, progress_bar
from .parts import Data, Part, PartFile, after_id3, number
from .samples import Decoded, Taken, Wanted, empty

_FORMATS = "WAV, FLAC, OGG, MP3 or another format of libsndfile or FFmpeg"
_INSTALL = "pip install 'audiostyle[formats]'"
_ROUGHLY = 0.1  # s by which a length may differ from one that is known roughly
_MIDDLE = {"u8": 0x80, "s16": 0, "s32": 0}  # of samples that are whole numbers
_SCALE = {"u8": 1 << 7, "s16": 1 << 15, "s32": 1 << 31}


@dataclass(frozen=True)
class Kind:
    """A kind of file: FFmpeg's name of what reads it, and ours.

    `shared` with libsndfile, which reads it with usual codings. `length` says whether the file
    tells how long its sound is: "exactly", "roughly", or "" if it does not.
    """

    demuxer: str
    words: str
    length: str = ""
    shared: bool = False


_MP4 = Kind("mov", "an MP4 or QuickTime file", "exactly")
_AAC = Kind("aac", "a stream of AAC")
_AT_START = {
    b"\x1a\x45\xdf\xa3": Kind("matroska", "a WebM or Matroska file", "roughly"),
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": Kind("asf", "a Windows Media file", "roughly"),
    b"#!AMR": Kind("amr", "an AMR file"),
    b"wvpk": Kind("wv", "a WavPack file"),
    b"TTA1": Kind("tta", "a True Audio file"),
    b"MAC ": Kind("ape", "a file of Monkey's Audio"),
    b"FLV\x01": Kind("flv", "a Flash video"),
    b"caff": Kind("caf", "a Core Audio file", "roughly", shared=True),
    b"OggS": Kind("ogg", "an Ogg file", shared=True),
}
_AT_8 = {
    b"AVI ": Kind("avi", "an AVI file"),
    b"WAVE": Kind("wav", "a WAV file", shared=True),
}
_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip")  # with which old MP4 files may begin


def foreign_kind(data: Data) -> Kind | None:
    """Which kind of file of FFmpeg begins there; None if none does.

    >>> foreign_kind(bytearray(b"\\0\\0\\0\\x1cftypM4A \\0\\0\\0\\0")).words
    'an MP4 or QuickTime file'
    >>> foreign_kind(bytearray(b"once upon a time")) is None
    True
    """
    at = after_id3(data, 0)
    head = bytes(data[at : at + 16])
    if head[4:8] == b"ftyp" or (head[4:8] in _BOXES and number(data, at, 4) in range(len(data))):
        return _MP4
    if _adts_frame(data, at):
        return _AAC
    for magic, kind in _AT_START.items():
        if head.startswith(magic):
            return kind
    return _AT_8.get(head[8:12]) if head.startswith(b"RIFF") else None


def _adts_frame(data: Data, at: int) -> bool:
    """Whether a frame of AAC begins there, and another behind it, or the file ends."""
    if number(data, at, 2) & 0xFFF6 != 0xFFF0:
        return False
    after = at + ((number(data, at + 3, 3) >> 5) & 0x1FFF)
    return after > at and (after >= len(data) or number(data, after, 2) & 0xFFF6 == 0xFFF0)


def installed() -> bool:
    """Whether there is PyAV."""
    try:
        importlib.import_module("av")
    except (ImportError, OSError):  # the latter: it is there, and a library that it needs is not
        return False
    return True


def by_ffmpeg(
    data: Data,
    kind: Kind,
    name: str,
    wanted: Wanted,
    *,
    refusal: AudioError | None = None,
    progress: Progress = False,
) -> Decoded:
    """The samples that are asked for of a file's first stream of sound.

    What an encoder added before and behind the sound is left out where the file says how much it
    is. What is damaged is left out too, and said.

    Parameters
    ----------
    data : mmap or bytearray
        The file's bytes.
    kind : Kind
        From `foreign_kind`.
    name : str
        Of the file, for messages.
    wanted : Wanted
    refusal : AudioError, optional
        What libsndfile said; raised if FFmpeg does not read the file either.
    progress : bool or function

    Raises
    ------
    AudioError
        If there is no PyAV, the file holds no sound, or nothing of it can be decoded.

    Examples
    --------
    >>> data = bytearray(b"#!AMR")
    >>> by_ffmpeg(data, foreign_kind(data), "memo.amr", Wanted())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: memo.amr ...
    """
    if not installed():
        raise AudioError(
            f"{name} is {kind.words}, which libsndfile cannot read; expected PyAV to read it "
            f"with: {_INSTALL}"
        )
    av = importlib.import_module("av")
    file = PartFile(data, Part(after_id3(data, 0), len(data)))
    try:
        with av.open(file, format=kind.demuxer, metadata_errors="replace") as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                others = sorted({other.type for other in container.streams}) or ["nothing"]
                raise AudioError(
                    f"{name} is {kind.words} without sound (it holds {' and '.join(others)}); "
                    "expected one with a stream of sound"
                )
            coding = stream.codec_context.name if stream.codec_context else "?"
            if refusal and coding.startswith("pcm_"):  # libsndfile would read it, if it were whole
                raise refusal
            if (kind.demuxer, coding) == ("caf", "alac"):  # of which FFmpeg 8 takes too much away
                stream.codec_context.options = {"flags2": "+skip_manual"}
            return _taken(container, stream, kind, name, wanted, progress)
    except AudioError:
        raise
    except Exception as error:  # whatever a reader of broken files may raise
        if _is_ours(error):
            raise
        raise refusal or AudioError(
            f"{name} cannot be read as sound ({_reason(error)}); expected {_FORMATS}"
        ) from error


def _taken(
    container: Any, stream: Any, kind: Kind, name: str, wanted: Wanted, progress: Progress
) -> Decoded:
    notes: list[str] = []
    if (n := len(container.streams.audio)) > 1:
        notes.append(f"has {n} streams of sound: the first was read")
    errors: list[Exception] = []
    frames = _and_last(_frames(container, stream, errors))
    start = next(frames, None)
    if start is None:
        raise errors[0] if errors else empty(name)
    first, Y = start[0], _floats(start[0])
    taken = Taken(name, wanted, first.sample_rate, len(Y))
    promised = _promised(container, stream, kind, taken.sr)
    total = taken.expect(promised, container.size)
    exact = kind.length == "exactly" and stream.time_base * taken.sr <= 2
    others, damage = 0, None
    with progress_bar(total or 1, "read", progress) as bar:
        for frame, lasts in chain([start], frames):
            Y = _floats(frame)
            if (frame.sample_rate, len(Y)) != (taken.sr, taken.channels):
                others += Y.shape[1]
                continue
            if exact and lasts and (n := round(lasts * stream.time_base * taken.sr)):
                Y = Y[:, :n]  # the rest only fills the coder's last block
            taken.add(Y.T)
            bar.update(Y.shape[1])
            if errors and damage is None:
                damage = taken.passed / taken.sr
            if taken.full:
                break
    if damage is not None:
        pieces = f"{len(errors)} pieces were" if len(errors) > 1 else "a piece was"
        words = f"{pieces} left out ({_reason(errors[0])})"
        notes.append(f"is damaged after {damage:.2f} s: {words}")
    if others:
        notes.append(f"changes its rate or channels: {others:,} samples of others were left out")
    slack = _ROUGHLY * taken.sr if kind.length == "roughly" else 0
    if taken.left and taken.passed < 0.99 * promised - slack < 2**60:  # and that is 'unknown'
        there = taken.passed / taken.sr
        words = f"{promised / taken.sr:,.2f} s are promised, {there:,.2f} s are there"
        notes.append(f"is cut short: {words}")
    return taken.all(_bits(stream.codec_context, first.format.name), notes)


def _frames(
    container: Any, stream: Any, errors: list[Exception]
) -> Iterator[tuple[Any, int | None]]:
    """The stream's frames, with how long each lasts, as the file says, in units of its time base.

    The errors of what cannot be read or decoded are put into `errors`.
    """
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            found = packet.decode() if packet is not None else []
        except Exception as error:
            if _is_ours(error):
                raise
            errors.append(error)
            continue
        if packet is None:
            break
        yield from ((frame, packet.duration) for frame in found if frame.samples)
    if errors:  # the decoder may still hold some, if it was reading that failed
        rest = []
        with suppress(EOFError, OSError, ValueError):  # it holds none, or is in no state to say
            rest = list(stream.codec_context.decode(None))
        yield from ((frame, None) for frame in rest)


def _and_last(frames: Iterator[tuple[Any, int | None]]) -> Iterator[tuple[Any, int | None]]:
    """How long it lasts beside the last frame alone: the others are whole."""
    before = next(frames, None)
    for frame in frames:
        if before:
            yield before[0], None
        before = frame
    if before:
        yield before


def _floats(frame: Any) -> np.ndarray:
    """A frame's samples, shape (channels, n), as float32."""
    Y = frame.to_ndarray()
    kind = frame.format.name.removesuffix("p")
    if not frame.format.is_planar:
        Y = Y.reshape(frame.samples, -1).T
    if kind in _SCALE:
        return ((Y.astype(np.float64) - _MIDDLE[kind]) / _SCALE[kind]).astype(np.float32)
    return Y.astype(np.float32, copy=False)


def _promised(container: Any, stream: Any, kind: Kind, sr: int) -> int:
    """Samples per channel that there will be, as the file says; 0 if it does not."""
    seconds = 0.0
    if kind.length == "exactly" and stream.duration:
        return max(0, round(stream.duration * stream.time_base * sr))
    if kind.length == "roughly" and len(container.streams) == 1:  # it is the longest stream's
        seconds = (container.duration or 0) / 1e6
    return max(0, int(seconds * sr))


def _bits(context: Any, sample: str) -> str | None:
    """The depth of a coding without losses; of telephones' codings 16; else None."""
    coding = context.name
    if not (context.codec.lossless or coding.startswith(("pcm_", "adpcm_"))):
        return None
    deepest = context.extradata[17] if coding == "alac" and context.extradata else 24
    if sample.startswith("s32"):
        return "32f" if deepest > 24 or coding.startswith("pcm_s32") else "24"
    return "16" if sample.startswith(("u8", "s16")) else "32f"


def _is_ours(error: Exception) -> bool:
    """Whether it is about our memory: FFmpeg says the same of files that ask for too much."""
    return isinstance(error, MemoryError) and not hasattr(error, "errno")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or type(error).__name__)
