"""A folder of recordings, and a folder of textures after them: what is to be made, and what is.

Names and seeds follow from a recording's place in its folder and from nothing else: neither the
order of the work nor the number of machines changes a result. `manifest.jsonl` says what is done.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from . import __version__
from .arguments import PRESETS, check_choice, check_seed, check_whole
from .audio import AudioError, check_rate
from .files.writing import FORMATS, check_format
from .result import check_length
from .seeds import derived_seed

# Also what libsndfile does not read: a recording that is passed over in silence would be missed.
SUFFIXES = {
    *FORMATS,
    *(".aac", ".aifc", ".ape", ".bwf", ".iff", ".m4a", ".mp2", ".mp4a", ".sf", ".snd"),
    *(".voc", ".wave", ".wma", ".wv", ".wve"),
}


@dataclass(frozen=True)
class Settings:
    """What all takes of a batch have in common, checked.

    Attributes
    ----------
    seed : int
        Of the whole batch.
    seconds : float or None
        Length of each take; None is that of its recording.
    quality : str
        "draft", "standard" or "best".
    sr : int or None
        Rate in Hz; None is that of the recording.
    mono : bool
        Make one channel of all.
    bits : str or None
        Depth of the files, "16", "24" or "32f"; None is that of the recording, or the nearest that
        the format has.
    loop : bool
        The end of each take meets its beginning.
    format : str
        Suffix of the files, without its dot.

    Examples
    --------
    >>> Settings(format="mp3", bits="24")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: *.mp3: bits is '24'; .mp3 expects none: it has no depth
    """

    seed: int = 0
    seconds: float | None = None
    quality: str = "standard"
    sr: int | None = None
    mono: bool = False
    bits: str | None = None
    loop: bool = False
    format: str = "wav"

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_choice("quality", self.quality, PRESETS)
        if self.seconds is not None:
            check_length(self.seconds, 22050 if self.sr is None else check_rate(self.sr))
        check_format(f"*.{self.format}", sr=self.sr, bits=self.bits)


@dataclass(frozen=True)
class Take:
    """One texture that is to be made.

    Attributes
    ----------
    file, output : str
        Recording and texture, each as a path with "/" in its folder.
    take : int
        Its number, from 1.
    seed : int
    input : dict of int
        The recording's `bytes`, and when it was changed, in `mtime_ns`.
    """

    file: str
    output: str
    take: int
    seed: int
    input: dict[str, int] = field(hash=False)


def sound_files(folder: str | os.PathLike) -> list[str]:
    """Files below a folder that look like sound by their suffix, hidden ones aside, sorted.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("rain.WAV", "notes.txt", ".hidden.wav"):
    ...         _ = Path(folder, name).write_bytes(b"")
    ...     sound_files(folder)
    ['rain.WAV']
    """
    root = Path(os.fsdecode(folder))
    if not root.is_dir():
        raise AudioError(f"{root} is no folder; expected a folder with recordings")

    def unreadable(error: OSError) -> None:
        raise AudioError(f"{error.filename} cannot be read: {error.strerror}") from error

    found = []
    for here, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(here, name).relative_to(root).as_posix()
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        ]
    if not found:
        raise AudioError(f"{root} has no recordings; expected files such as .wav, .flac or .mp3")
    return sorted(found)


def output_names(files: Iterable[str]) -> dict[str, str]:
    """A name without suffix for what is made of each file, no two alike, whatever their case.

    >>> output_names(["a.wav", "sea/b.wav", "sea/b.flac"])
    {'a.wav': 'a', 'sea/b.wav': 'sea/b.wav', 'sea/b.flac': 'sea/b.flac'}
    """
    choices = {}
    for file in files:
        whole = PurePosixPath(file)
        mark = hashlib.sha256(_as_bytes(file)).hexdigest()[:8]
        choices[file] = [str(whole.with_suffix("")), file, f"{file}-{mark}"]
    step = dict.fromkeys(choices, 0)
    while True:
        names = {file: choices[file][k] for file, k in step.items()}
        often = Counter(map(_alike, names.values()))
        clash = [file for file in names if often[_alike(names[file])] > 1 and step[file] < 2]
        if not clash:
            return names
        for file in clash:
            step[file] += 1


def take_seed(seed: int, file: str, take: int) -> int:
    """The seed of one take, from the batch's, below 2**53 so that any reader of JSON keeps it.

    >>> take_seed(0, "rain.wav", 1) == take_seed(0, "rain.wav", 2)
    False
    """
    # The whole path counts, not a short sum of it, which two paths of thousands would share.
    place = int.from_bytes(hashlib.sha256(_as_bytes(file)).digest()[:16], "big")
    return derived_seed(seed, "batch", place, take) >> 10


def all_takes(folder: str | os.PathLike, takes: int, settings: Settings) -> list[Take]:
    """Every take of every recording in a folder.

    Raises
    ------
    AudioError
        If there is no such folder, no recording in it, or `takes` is below 1.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "rain.flac").write_bytes(b"12")
    ...     [(t.output, t.input["bytes"]) for t in all_takes(folder, 2, Settings())]
    [('rain-1.wav', 2), ('rain-2.wav', 2)]
    """
    check_whole("takes", takes, 1)
    found = []
    for file, name in output_names(sound_files(folder)).items():
        about = os.stat(Path(os.fsdecode(folder), file))
        known = {"bytes": about.st_size, "mtime_ns": about.st_mtime_ns}
        for take in range(1, takes + 1):
            output = f"{name}-{take}.{settings.format}"
            found.append(Take(file, output, take, take_seed(settings.seed, file, take), known))
    return found


def line_of(take: Take, settings: Settings, found: dict[str, Any]) -> dict[str, Any]:
    """What the manifest says of a take: what it is, and what was found, or an `error`."""
    return {**asdict(take), "settings": asdict(settings), "version": __version__, **found}


def not_done(takes: Iterable[Take], settings: Settings, lines: list[dict], out: Path) -> list[Take]:
    """The takes that no line of a manifest says are there, of the same recording and settings."""
    last = {(line.get("file"), line.get("take")): line for line in lines}
    wanted = []
    for take in takes:
        line = last.get((take.file, take.take), {"error": "never tried"})
        same = asdict(take) | {"settings": asdict(settings)}
        known = "error" not in line and all(line.get(name) == same[name] for name in same)
        if not (known and (out / take.output).is_file()):
            wanted.append(take)
    return wanted


def _as_bytes(file: str) -> bytes:
    """A path as the same bytes on every system: some take accents apart."""
    return unicodedata.normalize("NFC", file).encode("utf-8", "surrogateescape")


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
