"""Assignment 1, marked: which machine made the clips, and which filters see the engine's beat."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import ceil
from typing import Any

import numpy as np

from audiostyle_lib.audio import SR
from audiostyle_lib.metrics import auditory_distances, copy_score

from .known import Known
from .parts import Judge
from .sandbox import Running
from .taken import Wrong, mapping, number, sound

HOP = 256 / SR  # seconds from frame to frame
NAMES = ("guesses", "sources", "kinds", "gaps", "decides", "useless")
NAMES = (*NAMES, "firing", "pattern", "width", "taps", "words")


def judges(run: Running, known: Known) -> dict[str, Judge]:
    """What computes each part, by its name."""
    values = run.values(*NAMES)
    said = partial(_by_clip, values, known)
    return {
        "guesses": lambda: _guesses(values["guesses"], known),
        "measure": lambda: _measure(run, known),
        "sources": lambda: _right(said("sources"), known, 0, (6,)),
        "rule": lambda: _rule(run, known),
        "kinds": lambda: _right(said("kinds"), known, 1, (6, 5)),
        "gaps": lambda: _gaps(values, said("sources"), said("kinds"), known),
        "periods": lambda: _periods(values, known),
        "widths": lambda: _widths(values, known),
        "knee": lambda: _knee(run, known),
    }


def _by_clip(values: Mapping[str, Any], known: Known, name: str) -> list[str]:
    """An answer for each clip, in their order."""
    found = mapping(values[name], *"123456")
    return [str(found[i]) for i in "123456"]


def _guesses(guesses: Any, known: Known) -> tuple[int, str]:
    names, kinds = known.task["recordings"], known.task["kinds"]
    pairs = [mapping(guesses, *"123456")[i] for i in "123456"]
    good = [len(p) == 2 and p[0] in names and p[1] in kinds for p in pairs if isinstance(p, list)]
    return int(sum(good) == 6), f"{sum(good)} of 6 are a recording and a kind"


def _right(said: list[str], known: Known, place: int, steps: tuple[int, ...]) -> tuple[int, str]:
    """A point for each number of right answers in `steps` that is reached."""
    n = sum(s == pair[place] for s, pair in zip(said, known.key["clips"], strict=True))
    return sum(n >= step for step in steps), f"{n} of 6 right"


def _measure(run: Running, known: Known) -> tuple[int, str]:
    n = 0
    for right, y in known.other_clips:
        far = {name: number(run.call("measure", x, y)[0]) for name, x in known.recordings.items()}
        least = [name for name, value in far.items() if value == min(far.values())]
        n += least == [right]
    of = len(known.other_clips)
    return (n >= of) + (n >= of - 1), f"knows {n} of {of} other clips"


def _rule(run: Running, known: Known) -> tuple[int, str]:
    missed = []
    for reference, kind, y in known.other_kinds:
        if run.call("kind_of", reference, y)[0] != kind:
            missed.append(kind)
    n = len(known.other_kinds) - len(missed)
    why = f"knows {n} of {len(known.other_kinds)} other clips"
    return (n >= 7) + (n >= 6), f"{why}, not {', '.join(sorted(set(missed)))}" if missed else why


def _gaps(
    values: Mapping[str, Any], sources: list[str], kinds: list[str], known: Known
) -> tuple[int, str]:
    """By the student's own names and kinds, so that one mistake counts once."""
    if not set(sources) <= set(known.recordings) or len({k == "noise" for k in kinds}) < 2:
        raise Wrong("they follow from no answer of tasks 2 and 3")
    rows = [
        auditory_distances(known.recordings[name], y, SR)
        for name, y in zip(sources, known.clips, strict=True)
    ]
    right = {}
    for name in rows[0].keys() - {"auditory"}:
        noise = [row[name] for row, kind in zip(rows, kinds, strict=True) if kind == "noise"]
        other = [row[name] for row, kind in zip(rows, kinds, strict=True) if kind != "noise"]
        right[name] = min(noise) - max(other)
    gaps = {name: number(value) for name, value in mapping(values["gaps"], *right).items()}
    off = max(abs(gaps[name] - right[name]) for name in right)
    best, worst = values["decides"], values["useless"]
    fits = best == max(right, key=right.__getitem__) and right.get(str(worst), 1.0) <= 0
    fits = fits or (best in right and worst == min(right, key=right.__getitem__))
    return int(off < 0.02 and fits), f"computed again, they differ by up to {off:.2f}"


def _periods(values: Mapping[str, Any], known: Known) -> tuple[int, str]:
    right = 1 / known.key["firings_per_second"]
    found = number(values["firing"]), number(values["pattern"])
    near = [abs(a / b - 1) < 0.03 for a, b in zip(found, (right, 4 * right), strict=True)]
    return int(
        all(near)
    ), f"{found[0]:.3f} and {found[1]:.3f} s for {right:.3f} and {4 * right:.3f}"


def _widths(values: Mapping[str, Any], known: Known) -> tuple[int, str]:
    """As the formula says for a period that may be 3 % off."""
    right = 1 / known.key["firings_per_second"]
    found, good = (number(values["width"]), number(values["taps"])), []
    for answer, gap in zip(found, (HOP, 4 * HOP), strict=True):
        least, most = (1 + ceil(share * right / gap) for share in (0.97, 1.03))
        good.append(least <= answer <= most)
    return int(all(good)), f"{found[0]:g} frames, {found[1]:g} taps for {right:.3f} s"


def beat(y: np.ndarray, period: float) -> float:
    """How well the loudness of a sound fits itself a period later, as the notebook measures it."""
    n = round(0.005 * SR)
    power = np.square(y[: len(y) // n * n].astype(float)).reshape(-1, n).mean(axis=1)
    kernel = np.hanning(7) / np.hanning(7).sum()
    envelope = np.convolve(np.sqrt(power), kernel, mode="same")
    envelope -= envelope.mean()
    c = np.correlate(envelope, envelope, "full")[len(envelope) - 1 :]
    fits = c / c[0] * len(c) / np.arange(len(c), 0, -1)
    first, last = (period - 0.012) / 0.005, (period + 0.012) / 0.005
    return float(fits[max(0, int(first)) : ceil(last) + 1].max())


def _knee(run: Running, known: Known) -> tuple[int, str]:
    """From the sounds: each a texture of the engine, and the beats as filters of these widths make
    them (the grader makes three of each itself)."""
    period = 1 / known.key["firings_per_second"]
    spans = 1 + ceil(period / HOP)
    takes = {int(number(float(w))): ys[:3] for w, ys in run.table("tried").items()}
    if len(takes) < 2 or not 1 <= min(takes) < spans <= max(takes) <= 8 * spans:
        raise Wrong(f"widths {sorted(takes)}; one below {spans} was asked for, and one not below")
    beats = {}
    for width in (min(takes), max(takes)):
        ys = [sound(y, len(known.engine) / SR, SR) for y in takes[width]]
        if len(ys) < 3 or any(_same(a, b) for i, a in enumerate(ys) for b in ys[:i]):
            raise Wrong(f"three different sounds of width {width} were asked for")
        for y in ys:
            if (match := copy_score(known.engine, y, SR)) > 0.98:
                raise Wrong(
                    f"a sound of width {width} is the engine itself (copy score {match:.2f})"
                )
        beats[width] = float(np.median([beat(y, period) for y in ys]))
        own = float(np.median([beat(y, period) for y in known.engine_takes(width)]))
        if abs(beats[width] - own) > 0.3:
            raise Wrong(
                f"width {width}: beat {beats[width]:.2f}, where such filters make {own:.2f}"
            )
    small, large = (beats[w] for w in sorted(beats))
    return int(large >= small + 0.2), f"beats {small:.2f} and {large:.2f} of widths {sorted(beats)}"


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two takes are one sound, whatever their level."""
    return copy_score(a, b, SR) > 0.98
