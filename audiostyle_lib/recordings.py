"""The recordings that come with the library: the book's twelve, and eight from the field.

Each table of provenance says of every file what it is, by whom, from where, under which licence.
All from `sounds` too, beside the synthetic ones.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .audio import SR, AudioError
from .files.reading import read_audio

_FOLDER = Path(__file__).parent / "data" / "sounds"
_FIELD = "field/"


@dataclass(frozen=True)
class Recording:
    """Where a recording comes from and under which licence; `sha256` is that of its file.

    Where the licence is CC BY, whoever shows or plays it names the author.
    """

    name: str
    seconds: float
    sha256: str
    what: str
    author: str
    source: str
    licence: str


def recordings() -> dict[str, Recording]:
    """The book's recordings by name, in the order of the provenance table: 22,050 Hz, one channel.

    >>> recordings()["sauna"].what
    'texture: water sizzling on hot stones'
    """
    return _table(_FOLDER)


def field_recordings() -> dict[str, Recording]:
    """The field recordings by name, as they were made: 44,100 Hz, five of eight in stereo.

    >>> field_recordings()["waves"].author
    'Luftrum'
    """
    return _table(_FOLDER / _FIELD)


def _table(folder: Path) -> dict[str, Recording]:
    with (folder / "PROVENANCE.tsv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        name: Recording(name, float(row.pop("seconds")), **row)
        for row in rows
        for name in [row.pop("file").removesuffix(".flac")]
    }


def sound_path(name: str) -> Path:
    """Path of a recording's file, by name; of one from the field as "field/waves".

    >>> sound_path("sauna").name
    'sauna.flac'
    """
    found = [*recordings(), *(_FIELD + name for name in field_recordings())]
    if name not in found:
        raise AudioError(f"no recording {name!r}; expected one of {', '.join(found)}")
    return _FOLDER / f"{name}.flac"


def load_sound(name: str, *, sr: int = SR, seconds: float | None = None) -> np.ndarray:
    """Load a recording of the book by name as one channel, or its first `seconds`.

    Parameters
    ----------
    name : str
        One of `recordings()`, or "field/" and one of `field_recordings()`.
    sr : int
        Rate of the result in Hz.
    seconds : number > 0, optional
        Length to keep; the whole recording if it is shorter.

    Returns
    -------
    array of shape (n,), float32

    Examples
    --------
    >>> load_sound("sauna", seconds=2.0).shape
    (44100,)
    """
    return read_audio(sound_path(name), sr=sr, max_seconds=seconds).y


def load_field(
    name: str, *, sr: int | None = None, mono: bool = False, seconds: float | None = None
) -> tuple[np.ndarray, int]:
    """Load a field recording by name, as it was made but for an offset, or its first `seconds`.

    Parameters
    ----------
    name : str
        One of `field_recordings()`.
    sr : int, optional
        Rate of the result in Hz; the recording's own, 44,100 Hz, by default.
    mono : bool
        The mean of the channels instead of all of them.
    seconds : number > 0, optional
        Length to keep.

    Returns
    -------
    y : array of shape (n,) or (2, n), float32
    sr : int, Hz

    Examples
    --------
    >>> y, sr = load_field("rain", seconds=1.0)
    >>> y.shape, sr
    ((2, 44100), 44100)
    """
    path = sound_path(_FIELD + name)
    found = read_audio(path, sr=sr, mono=mono, max_seconds=seconds)
    return found.y, found.sr
