"""One take of a batch: a texture after a recording, scored, with what its manifest says of it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .audio import AudioError
from .batch import Settings
from .files.reading import Reading
from .files.writing import check_format, nearest_bits
from .metrics import texture_report
from .references import MEASURED_SECONDS, typical_stretch
from .texture import synthesize_texture


@dataclass(frozen=True)
class Made:
    """A texture, what the manifest says of it, and what its maker should hear: see `new_take`."""

    y: np.ndarray = field(repr=False)
    sr: int
    about: dict[str, Any]
    warnings: tuple[str, ...] = ()


def new_take(sound: Reading, seed: int, settings: Settings) -> Made:
    """Make one texture and score it.

    Returns
    -------
    Made
        Its `about` has `sr` in Hz, `channels`, `bits`, `seconds` of sound, `work_seconds` and
        `cpu_seconds` that it took, `scores` as in `texture_report`, of what was measured of the
        recording and the first 30 s of the texture, and `notes`, such as why there are no scores.

    Raises
    ------
    AudioError
        If no texture can be made of the recording, or the format cannot hold it.
    """
    began, busy = time.perf_counter(), time.thread_time()
    channels = len(np.atleast_2d(sound.y))
    name = f"*.{settings.format}"  # before the work
    bits = settings.bits or nearest_bits(f".{settings.format}", sound.bits)
    check_format(name, sr=sound.sr, channels=channels, bits=bits)
    made = synthesize_texture(
        sound.y,
        sound.sr,
        seconds=settings.seconds,
        seed=seed,
        quality=settings.quality,
        loop=settings.loop,
        progress=False,
    )
    notes, scores = list(sound.warnings), None
    measured = sound.y[..., typical_stretch(np.atleast_2d(sound.y), sound.sr)]
    try:
        start = made.y[..., : round(MEASURED_SECONDS * made.sr)]
        report = texture_report(measured, start, made.sr)
        scores = {key: float(v) if math.isfinite(v) else None for key, v in report.items()}
    except AudioError as error:
        notes.append(f"no scores: {error}")
    about = {
        "sr": made.sr,
        "channels": channels,
        "bits": bits,
        "seconds": made.y.shape[-1] / made.sr,
        "work_seconds": round(time.perf_counter() - began, 3),
        "cpu_seconds": round(time.thread_time() - busy, 3),  # without other work on the machine
        "scores": scores,
    }
    about |= {"notes": notes} if notes else {}
    about |= {"changes": list(sound.changes)} if sound.changes else {}
    return Made(made.y, made.sr, about, sound.warnings)
