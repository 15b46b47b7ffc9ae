"""Recordings for a verb: at one rate, in channels that go together, with a word about losses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import hushed, note, shown_on

if TYPE_CHECKING:
    from ..files.reading import Reading

STDIN = "-"


def read_inputs(
    options: argparse.Namespace, *paths: str, suffix: str = "", **part: float | None
) -> list[Reading]:
    """Read recordings, or a part of them, after the options are checked; "-" is standard input.

    All have the rate that was asked for, or that of the first: the nearest to it that a file of
    that `suffix` can hold. Of those with several channels all have as many. What can be refused is
    refused here, at once: what makes sound takes a second to load.
    """
    from ..arguments import SHORTEST
    from ..audio import check_audio

    check_options(options)
    read: list[Reading] = []
    with hushed() as terminal:
        for path in paths:
            rate = read[0].sr if read else options.sr
            progress = False if options.quiet else shown_on(terminal)
            sound = _read(path, rate, options.mono, suffix, progress, part)
            check_audio(sound.y, sound.sr, min_seconds=SHORTEST, name=sound.name)
            read.append(sound)
    read = _alike(read)
    for warning in (warning for sound in read for warning in sound.warnings):
        note(warning)
    return read


def check_options(options: argparse.Namespace) -> None:
    """Raise `AudioError` where an option is out of range, whatever the recording.

    >>> check_options(argparse.Namespace(seed=0, seconds=-2.0))
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: seconds is -2.0; expected a length above 0
    """
    from ..arguments import (
        MAX_FILTERS,
        PRESETS,
        STARTS,
        check_choice,
        check_number,
        check_seed,
        check_whole,
    )
    from ..audio import SR, check_rate
    from ..result import MAX_SECONDS, check_length

    asked = {name: value for name, value in vars(options).items() if value is not None}
    checks: dict[str, Callable] = {
        "seed": check_seed,
        "sr": check_rate,
        "quality": lambda word: check_choice("quality", word, PRESETS),
        "style_weight": lambda share: check_number("style_weight", share, 0.0, 1.0),
        "begin": lambda word: check_choice("begin", word, STARTS),
        "filters": lambda n: check_whole("filters", n, 1, MAX_FILTERS),
        "seconds": lambda seconds: check_length(
            seconds, asked.get("sr", SR), most=asked.get("longest", MAX_SECONDS)
        ),
    }
    for name, check in checks.items():
        if name in asked:
            check(asked[name])


def _read(path, sr, mono, suffix, progress, part) -> Reading:  # type: ignore[no-untyped-def]
    from ..files.reading import read_audio
    from ..files.writing import FORMATS, nearest_rate

    source = sys.stdin.buffer if path == STDIN else path
    if path == STDIN:
        import io

        source = io.BytesIO(source.read())
        source.name = "standard input"
    sound = read_audio(source, sr=sr, mono=mono, progress=progress, **part)
    if sr is None and suffix in FORMATS:
        channels = min(len(sound.y) if sound.y.ndim == 2 else 1, FORMATS[suffix].channels)
        held = nearest_rate(suffix, sound.sr, channels)
        if held != sound.sr:
            if path == STDIN:
                source.seek(0)
            sound = read_audio(source, sr=held, mono=mono, **part)
    return sound


def _alike(read: Sequence[Reading]) -> list[Reading]:
    """Of one channel, where they have others than the first that has several; that is said."""
    from ..files.channels import one_channel

    counts = [len(sound.y) for sound in read if sound.y.ndim == 2]
    found = []
    for sound in read:
        if sound.y.ndim == 2 and len(sound.y) != counts[0]:
            y, notes = one_channel(sound.y, sound.sr)
            changed = f"{len(sound.y)} channels made one, since others have {counts[0]}"
            said = tuple(f"{sound.name} {words}" for words in notes)
            sound = replace(
                sound, y=y, changes=(*sound.changes, changed), warnings=(*sound.warnings, *said)
            )
        found.append(sound)
    return found


def suffix_of(path: str) -> str:
    """Of an output's name, in small letters.

    >>> suffix_of("Rain.FLAC")
    '.flac'
    """
    return Path(path).suffix.lower()
