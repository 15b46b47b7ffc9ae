"""The benchmark of transfers: scores that are known, curves compared, recipes that aim at both."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from audiostyle_lib.optim import cpu_threads
from audiostyle_lib.sounds import crackle, harmonic_note

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import recipes
import transfers

RIVAL = "Ulyanov, Lebedev 2016"
PAIR = transfers.PAIRS[0]


def rows(engine: str, points: list[tuple[float, float]]) -> list[dict]:
    """Rows of one pair; points are shares taken and kept, from the content's end to the style's."""
    names = (*transfers.KEPT, "timbre_to_style", "auditory", "seconds")
    return [
        {"engine": engine, "pair": list(PAIR), "weight": weight, "seed": 0, "machine": "abacus"}
        | dict.fromkeys(names, 0.5)
        | {"taken": taken, "kept": kept, "lift": 10 * taken}
        for weight, (taken, kept) in zip(transfers.WEIGHTS[engine], points, strict=True)
    ]


LINE = [(0.0, 1.0), (0.2, 0.8), (0.4, 0.6), (0.6, 0.4), (0.8, 0.2)]


def test_scores_of_the_sounds_themselves() -> None:
    content, style = transfers.sounds(PAIR)
    same = transfers.scores(PAIR, content)
    assert same["kept"] == pytest.approx(1) and same["taken"] == same["lift"] == 0
    n = min(len(content), len(style))
    other = transfers.scores(PAIR, style[:n])
    assert other["kept"] < 0.5 and other["taken"] > 0.9 and other["lift"] > 20


@pytest.mark.parametrize("pair", transfers.PAIRS)
def test_sounds(pair: tuple[str, str]) -> None:
    for y in transfers.sounds(pair):
        assert y.ndim == 1 and transfers.SR < len(y) <= transfers.SECONDS * transfers.SR


def test_a_curve_outside_and_one_that_is_not() -> None:
    inside = [(taken, 0.9 * kept) for taken, kept in LINE]
    assert transfers.not_outside(rows(transfers.OURS, LINE) + rows(RIVAL, inside)) == []
    (found,) = transfers.not_outside(
        rows(transfers.OURS, LINE) + rows(RIVAL, [*inside[:3], (0.5, 0.55), (0.8, 0.1)])
    )
    assert found == "piano in sauna at 0.50 taken (UL 2016 keeps 0.55, ours 0.50)"
    (far,) = transfers.not_outside(
        rows(transfers.OURS, LINE) + rows(RIVAL, [*inside[:4], (0.9, 0.1)])
    )
    assert "ours does not take so much" in far


def test_tables() -> None:
    found = transfers.tables(rows(transfers.OURS, LINE) + rows(RIVAL, LINE[::-1]))
    assert "| piano in sauna | 0.80 | 0.80 | - |" in found and "abacus" in found
    assert "| ours | 0.25 | 0.20 | 0.80 |" in found
    assert "not lie outside: nowhere." in found


def test_what_was_measured_has_every_pair() -> None:
    found = {transfers.key(row) for row in transfers.done()}
    assert len(found) == len(transfers.done())
    for engine, weights in transfers.WEIGHTS.items():
        for pair in transfers.PAIRS:
            assert {(engine, pair, w, s) for w in weights for s in transfers.SEEDS} <= found


@pytest.mark.parametrize("name", transfers.RECIPES)
def test_recipes_come_from_content_to_style_as_alpha_falls(name: str) -> None:
    content, style = harmonic_note(220.0, seconds=0.5), crackle(seconds=0.4)
    found = {}
    with cpu_threads(1):
        for alpha in (10.0, 1e-3):
            problem = transfers.RECIPES[name](content, style, alpha, 0)
            kept, losses = recipes.solve(problem, limit=math.inf, n_steps=12, found=0.0)
            assert losses[-1] < 0.7 * losses[0]
            found[alpha] = problem.sound(kept[-1][1])
    assert all(y.shape == content.shape and np.isfinite(y).all() for y in found.values())
    near, far = (
        transfers.auditory_distances(content, y, transfers.SR)["auditory"] for y in found.values()
    )
    assert near < far
