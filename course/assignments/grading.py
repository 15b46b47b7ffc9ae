"""Marks what a key can mark; the rest is for a reader, by the rubric lines.

Put `grading.py` and `key.csv` beside a notebook that was handed in, run it
from top to bottom, and add a cell at its end:

    import grading
    grading.first(globals())   # of assignment 1; grading.second of assignment 2

Students need neither file: the checks in their copies do not know the answers.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

KEY = Path(__file__).with_name("key.csv")


@dataclass(frozen=True)
class Mark:
    """Points of one task that a key can give, of how many, and why."""

    task: int
    points: int
    out_of: int
    why: str


def key(path: Path = KEY) -> dict[str, str]:
    """The answers, by what they answer."""
    with path.open(newline="", encoding="utf-8") as opened:
        return {row["what"]: row["answer"] for row in csv.DictReader(opened)}


def first(answers: Mapping[str, Any], key_file: Path = KEY) -> list[Mark]:
    """Assignment 1: recordings (1 point), kinds (2), periods (1)."""
    truth = key(key_file)
    pairs = {i: truth[f"clip {i}"].split() for i in range(1, 7)}
    sources, kinds = _of(answers, "sources"), _of(answers, "kinds")
    n_sources = sum(sources.get(i) == pair[0] for i, pair in pairs.items())
    n_kinds = sum(kinds.get(i) == pair[1] for i, pair in pairs.items())
    period = 1 / float(truth["engine, firings per second"])
    found = answers.get("firing"), answers.get("pattern")
    even = all(map(_near, found, (period, 4 * period), (0.03, 0.03)))
    return [
        Mark(2, int(n_sources == 6), 1, f"{n_sources} of 6 recordings"),
        Mark(3, max(0, n_kinds - 4), 2, f"{n_kinds} of 6 kinds"),
        Mark(
            5, int(even), 1, f"periods of {period:.3f} and {4 * period:.3f} s"
        ),
    ]


def second(answers: Mapping[str, Any], key_file: Path = KEY) -> list[Mark]:
    """Assignment 2: strokes (1 point), limits (1), better than a draft (1).

    `make` is tried with a seed that the student did not choose. If it fails,
    the mark says how.
    """
    strokes = float(key(key_file)["mill, strokes per second"])
    near = _near(answers.get("strokes"), strokes, 0.05)
    marks = [Mark(1, int(near), 1, f"{strokes:.2f} strokes per second")]
    try:
        marks += _tried(answers)
    except Exception as error:  # of the student's function, or of a blank
        why = f"it could not be tried ({type(error).__name__}: {error})"
        marks += [Mark(3, 0, 1, why), Mark(3, 0, 1, why)]
    return marks


def _tried(answers: Mapping[str, Any]) -> list[Mark]:
    """Marks of another take by the student's function `make`."""
    scores, take, own = (answers[n] for n in ("scores", "take", "held_out"))
    y, seconds = take(answers["make"], 4321)
    found, limit = scores(y), scores(own)
    kept = seconds <= 10 and all(
        found[name] <= limit[name] + 0.05
        for name in ("copy", "copy_spectrogram")
    )
    ratio = found["auditory"] / float(np.mean(answers["simple"]))
    return [
        Mark(3, int(kept), 1, f"{seconds:.1f} s of work, {found}"),
        Mark(3, int(ratio < 0.8), 1, f"{ratio:.2f} of the baseline's distance"),
    ]


def _of(answers: Mapping[str, Any], name: str) -> Mapping[int, str]:
    """An answer that should be a mapping; an empty one if it is none."""
    found = answers.get(name)
    return found if isinstance(found, Mapping) else {}


def _near(found: Any, truth: float, share: float) -> bool:
    """Whether an answer is a number within a share of the truth."""
    number = isinstance(found, (int, float, np.number))
    return number and abs(found - truth) <= share * truth
