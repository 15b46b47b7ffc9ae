"""Assignment 2, marked: a texture of the mill, its takes scored against what nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import numpy as np
import scipy.stats

from audiostyle_lib.audio import SR
from audiostyle_lib.metrics import auditory_distances, copy_score, spectrogram_copy_score
from audiostyle_lib.sounds import matched_noise

from .copies import copied
from .known import HALF, SEEDS, Known
from .listening import Answers
from .parts import Judge
from .sandbox import Refused, Running
from .taken import Wrong, mapping, number, numbers, sound

SECONDS = 10  # of work for a take, over all cores; the assignment says so
NAMES = ("noise", "itself", "strokes", "simple", "simple_interval", "mine", "difference")
NAMES = (*NAMES, "difference_interval", "verdict", "words")


def judges(run: Running, known: Known, answers: Answers) -> dict[str, Judge]:
    """What computes each part, by its name."""
    values = run.values(*NAMES)
    takes, drafts = Takes(run, known), cache(lambda: _drafts(run, known))
    return {
        "yardsticks": lambda: _yardsticks(values, known),
        "strokes": lambda: _strokes(values["strokes"], known.key["strokes_per_second"]),
        "baseline": lambda: _baseline(values, drafts(), known),
        "interval": lambda: _found_again(values, drafts()),
        "limits": takes.limits,
        "better": takes.better,
        "paired": lambda: _paired(values, takes),
        "listeners": answers.enough,
        "verdict": lambda: answers.agrees(values["verdict"]),
    }


def scores(mill: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """As the notebook scores: likeness to what was held out, newness beside the reference."""
    return {
        "auditory": auditory_distances(mill[HALF:], y, SR)["auditory"],
        "copy": copy_score(mill[:HALF], y, SR),
        "copy_spectrogram": spectrogram_copy_score(mill[:HALF], y, SR),
    }


def _yardsticks(values: Mapping[str, Any], known: Known) -> tuple[int, str]:
    reference, held_out = known.mill[:HALF], known.mill[HALF:]
    own = scores(known.mill, held_out)
    own["auditory"] = scores(known.mill, reference)["auditory"]
    rows = {"noise": scores(known.mill, matched_noise(reference, SR, seed=99)), "itself": own}
    for name, near in (("noise", 0.15), ("itself", 0.02)):
        said = mapping(values[name], *own)
        for score, right in rows[name].items():
            if abs(number(said[score]) - right) > near:
                return 0, f"{score} of {name}: {said[score]:.2f}, computed again {right:.2f}"
    return 1, "as computed again"


def _strokes(said: Any, right: float) -> tuple[int, str]:
    return int(abs(number(said) / right - 1) < 0.05), f"{said:.2f} per second for {right:.2f}"


def _drafts(run: Running, known: Known) -> list[float]:
    """Distances of takes by the student's `baseline`, made and scored again."""
    own = []
    for seed in SEEDS:
        y, _ = run.call("baseline", known.mill[:HALF], rest=(SR, seed))
        if not isinstance(y, np.ndarray) or len(y) < SR:
            raise Wrong("`baseline` returns no sound of a second or more")
        own.append(auditory_distances(known.mill[HALF:], y, SR)["auditory"])
    return own


def _baseline(values: Mapping[str, Any], own: list[float], known: Known) -> tuple[int, str]:
    said = numbers(values["simple"], len(SEEDS))
    off, share = max(np.abs(np.subtract(said, own))), np.mean(own) / known.draft["held out"]
    good = off < 0.02 and len(set(said)) == len(said) and 0.75 < share < 1.33
    return int(good), f"made again, up to {off:.2f} off; {share:.2f} of the distance of drafts"


def _found_again(values: Mapping[str, Any], own: list[float]) -> tuple[int, str]:
    """The interval of numbers that are there, and not of others."""
    if max(np.abs(np.subtract(numbers(values["simple"], len(SEEDS)), own))) > 0.02:
        raise Wrong("it follows from numbers that were not found again")
    return _interval(values["simple"], values["simple_interval"])


def _interval(values: Any, said: Any) -> tuple[int, str]:
    """Student's interval or one like it, as a bootstrap is, which is narrower."""
    values, (low, high) = numbers(values, len(SEEDS)), numbers(said, 2)
    half = scipy.stats.t.ppf(0.975, len(values) - 1) * scipy.stats.sem(values)
    width = (high - low) / (2 * half) if half else 0.0
    good = low < np.mean(values) < high and 0.4 < width < 1.2
    return int(good), f"{low:.3f} to {high:.3f}, {width:.1f} times as wide as Student's"


class Takes:
    """Takes by a student's `make`, made and scored by the grader; why they break the limits."""

    def __init__(self, run: Running, known: Known) -> None:
        self._run, self.known = run, known
        self._made: dict[int, np.ndarray] = {}
        self._worked: list[float] = []
        self._hidden = [known.seed(f"take {i}") for i in (1, 2)]

    def of(self, seed: int, *, again: bool = False) -> np.ndarray:
        """The take of a seed."""
        if again or seed not in self._made:
            y, worked = self._run.call("make", self.known.mill[:HALF], rest=(SR, seed))
            self._worked.append(worked)
            y = sound(y, self.known.task["take_seconds"], SR)
            if again:
                return y
            self._made[seed] = y
        return self._made[seed]

    @cached_property
    def breaks(self) -> str:
        """Which limit the takes of two hidden seeds break; "" if none."""
        try:
            return self._breaks()
        except (Wrong, Refused) as error:
            return str(error)

    def _breaks(self) -> str:
        self.of(SEEDS[0])  # whatever a first call sets up, and what the notebook left running
        self._worked.clear()
        one, other = (self.of(seed) for seed in self._hidden)
        found = (copied(self.known.mill, y, self.known.unseen, SR) for y in (one, other))
        if why := next((why for why in found if why), ""):
            return why
        if copy_score(one, other, SR) > 0.98:
            return "two seeds gave one sound"
        again = self.of(self._hidden[0], again=True)
        if not np.allclose(one, again, atol=1e-3 * float(np.abs(one).max())):
            return "the same seed gave another sound"
        if (most := max(self._worked)) > SECONDS:
            return f"{most:.0f} s of work for a take"
        return ""

    def limits(self) -> tuple[int, str]:
        return int(not self.breaks), self.breaks or "kept by takes of two seeds that nobody knew"

    def better(self) -> tuple[int, str]:
        if self.breaks:
            raise Wrong("the limits are not kept")
        y = self.known.unseen
        found = [auditory_distances(y, self.of(s), SR)["auditory"] for s in self._hidden]
        found += [auditory_distances(y, self.of(s), SR)["auditory"] for s in SEEDS]
        share = float(np.mean(found)) / self.known.draft["unseen"]
        return int(share < 0.8), f"{share:.2f} of a draft's distance from the mill, unseen"


def _paired(values: Mapping[str, Any], takes: Takes) -> tuple[int, str]:
    mine, simple, difference = (
        numbers(values[name], len(SEEDS)) for name in ("mine", "simple", "difference")
    )
    try:
        own = [scores(takes.known.mill, takes.of(seed))["auditory"] for seed in SEEDS]
    except Refused as error:
        raise Wrong(f"`make` fails: {error}") from error
    off = float(max(np.abs(np.subtract(mine, own))))
    pairs = float(max(np.abs(np.subtract(difference, np.subtract(mine, simple)))))
    if off > 0.02 or pairs > 1e-3:
        return 0, f"made again, `mine` is up to {off:.2f} off, the differences {pairs:.3f}"
    return _interval(list(difference), values["difference_interval"])
