"""Results of a verb: numbered takes, written whole, with a line that says what was made of what."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .inputs import read_inputs, suffix_of
from .terminal import note, say

if TYPE_CHECKING:
    import numpy as np

    from ..files.reading import Reading
    from ..realism import Realism
    from ..result import TextureResult

_QUIETER = 0.5  # dB that are worth a word: less is not heard


def loaded(options: argparse.Namespace, *paths: str, **part: float | None) -> list[Reading]:
    """Check the output, before the work, then read the inputs, or a part of them."""
    from ..files.writing import check_target

    kept: Any = () if options.overwrite else paths
    for target, _ in takes(options):
        check_target(target, sr=options.sr, bits=options.bits, inputs=kept)
    read = read_inputs(options, *paths, suffix=suffix_of(options.output), **part)
    channels = max(len(sound.y) if sound.y.ndim == 2 else 1 for sound in read)
    check_target(options.output, sr=read[0].sr, channels=channels)  # that these can be written
    return read


def takes(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Name and seed of each take: of one the output's, of several NAME-1 and so on.

    >>> for name, seed in takes(argparse.Namespace(output="rain.wav", takes=2, seed=0)):
    ...     print(name, seed > 100)
    rain-1.wav True
    rain-2.wav True
    """
    from ..arguments import check_seed, check_whole
    from ..seeds import derived_seed

    seed, n = check_seed(options.seed), check_whole("takes", options.takes, 1)
    if n == 1:
        yield options.output, seed
        return
    path = Path(options.output)
    for number in range(1, n + 1):
        own = derived_seed(seed, "take", number) >> 10  # below 2**53: any reader of JSON keeps it
        yield str(path.with_name(f"{path.stem}-{number}{path.suffix}")), own


def make_takes(
    options: argparse.Namespace,
    read: Sequence[Reading],
    make: Callable[[int], TextureResult],
    *,
    style: Reading,
) -> None:
    """Make every take by its seed, write it, and say so; and how well the style suits it."""
    bits, changed = _depth(options, read)
    for target, seed in takes(options):
        result = make(seed)
        write(options, target, seed, result, bits=bits, changes=changed, read=read, like=style)
    expected = None if options.quiet else _expected(style)
    if expected and not options.json:
        of = " of the style" if len(read) > 1 else ""
        about = "as listeners rated another method's results for such recordings"
        say(f"expected realism{of}: {expected.figures}, {about}", sys.stdout)
    if expected and expected.warning:
        note(f"{style.name}: {expected.warning}")


def write(
    options: argparse.Namespace,
    target: str,
    seed: int,
    result: TextureResult,
    *,
    bits: str | None,
    changes: Sequence[str] = (),
    read: Sequence[Reading] = (),
    like: Reading | None = None,
) -> None:
    """Write one take, and its line of the report."""
    from ..files.writing import save_audio

    loop = getattr(options, "loop", False)
    save_audio(target, result.y, result.sr, bits=bits, loop=loop)
    options.when_stopped = f"the last that was written is {target}"
    if options.quiet:
        return
    said = [f"{r.name}: {', '.join(r.changes)}" for r in read if r.changes] + list(changes)
    row: dict[str, Any] = {
        "output": target,
        "seconds": result.y.shape[-1] / result.sr,
        "sr": result.sr,
        "channels": len(result.y) if result.y.ndim == 2 else 1,
        "bits": bits,
        "loop": loop,
        "seed": seed,
        "work_seconds": round(result.seconds_taken, 3),
    }
    if like is not None:
        loud = _lufs(result.y, result.sr), _lufs(like.y, like.sr)
        if None not in loud:
            row["lufs"], row["lufs_of_recording"] = loud
        said += _quieter(result, like)
    row["changes"] = said
    say(json.dumps(row) if options.json else _line(row), sys.stdout)


def _line(row: dict[str, Any]) -> str:
    """What was made, in words."""
    channels = f", {row['channels']} channels" if row["channels"] > 1 else ""
    depth = f", {'32-bit floats' if row['bits'] == '32f' else row['bits'] + ' bits'}"
    loud = f", {row['lufs']} LUFS (recording {row['lufs_of_recording']})" if "lufs" in row else ""
    return (
        f"{row['output']}: {row['seconds']:.2f} s at {row['sr']} Hz{channels}"
        f"{depth if row['bits'] else ''}{', a loop' if row['loop'] else ''}{loud}, "
        f"made in {row['work_seconds']:.1f} s" + "".join(f" ({words})" for words in row["changes"])
    )


def _depth(options: argparse.Namespace, read: Sequence[Reading]) -> tuple[str | None, list[str]]:
    """The depth that results are written with, and what has to be said of it."""
    from ..files.writing import nearest_bits

    if options.bits:
        return options.bits, []
    own = read[0].bits or "16"
    bits = nearest_bits(suffix_of(options.output), own)
    if bits in (own, None):
        return bits, []
    names = {"32f": "32-bit floats"}
    return bits, [f"{names.get(own, own + ' bits')} made {names.get(bits, bits + ' bits')}"]


def _lufs(y: np.ndarray, sr: int) -> float | None:
    """Loudness, where it is known: of seven channels and more there is no standard."""
    from math import isfinite

    from ..audio import AudioError
    from ..loudness import loudness

    try:
        found = loudness(y, sr)
    except AudioError:
        return None
    return round(found, 1) if isfinite(found) else None


def _quieter(result: TextureResult, like: Reading) -> list[str]:
    """A word where a result could not be as loud as its recording."""
    import math

    from ..levels import rms

    lost = 20 * math.log10(max(rms(like.y), 1e-9) / max(rms(result.y), 1e-9))
    return [f"{lost:.1f} dB quieter, so that no peak is clipped"] if lost > _QUIETER else []


def _expected(style: Reading) -> Realism | None:
    """How convincing its textures can be expected to be; of less than a second nothing is known."""
    from ..audio import AudioError
    from ..realism import expected_realism

    try:
        return expected_realism(style.y, style.sr)
    except AudioError:
        return None
