"""The tables of judges from outside: they count what was measured, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import outside

NAMES = ("rain", "fireplace", "bell")
SCORES = ("unseen", "attack", "cdpam", "copy", "auditory", "unseen_attack", *outside.ATTACKS)


def row(engine: str, sound: str, seed: int, **scores: float) -> dict:
    return {"engine": engine, "sound": sound, "seed": seed} | dict.fromkeys(SCORES, 0.2) | scores


def varied(x: float) -> dict[str, float]:
    return {key: x * (1 + k) for k, key in enumerate(SCORES)}


@pytest.fixture
def rows() -> list[dict]:
    return [
        row("halves", "sauna", 0, attack=0.4, cdpam=0.1, unseen=0.3),
        row("halves", "printer", 0, attack=0.4, cdpam=0.1, unseen=0.1),
        row("standard", "sauna", 0, attack=0.1, cdpam=0.12, unseen=0.2),
        row("standard", "sauna", 1, attack=0.2, cdpam=0.12, unseen=0.2),
        row("standard", "printer", 0, attack=0.3, cdpam=0.09, unseen=0.2),
    ]


def test_counts_are_of_means_over_seeds_beside_the_halves(rows: list[dict]) -> None:
    halves, standard = outside.summary(rows, {"standard": {"auc": 0.7, "spread": 0.01}})
    assert halves["attack"] == "0.400" and halves["within half the halves'"] == ""
    assert standard["attack"] == "0.225" and standard["within half the halves'"] == "1 of 2"
    assert standard["no farther than halves"] == "1 of 2" and standard["1.3 times"] == "2 of 2"
    assert standard["no farther than the first half"] == "1 of 2"
    assert standard["listener"] == "0.70 ± 0.01"


def test_what_was_not_measured_is_not_shown(rows: list[dict]) -> None:
    without = [{k: v for k, v in r.items() if k != "cdpam"} for r in rows]
    assert [line["CDPAM"] for line in outside.summary(without, {})] == ["", ""]
    assert [line["made by"] for line in outside.summary(rows[:2], {})] == [
        "the recording's other half"
    ]


def test_judges_that_agree_are_said_to(rows: list[dict]) -> None:
    scores = np.linspace(0.1, 0.9, 9)
    many = [
        row("draft", "sauna", k, unseen=x, attack=x**2, cdpam=-x, auditory=x, copy=0.5 + x / 9)
        for k, x in enumerate(scores)
    ]
    found = {line[""]: line for line in outside.agreement(many)}
    assert found["unseen"]["attack"] == "1.00" and found["unseen"]["cdpam"] == "-1.00"


def test_recordings_and_seeds() -> None:
    assert len(outside.SOUNDS) == 19
    for name in ("sauna", "rain"):
        y = outside.recording(name)
        assert y.shape == (6 * outside.SR,) and y.dtype == np.float32
    y = outside.recording("printer")
    made = [outside.made("noise", name, seed, y) for name, seed in (("a", 0), ("a", 1), ("b", 0))]
    assert not np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])


def test_the_rating_that_is_foretold_stands_beside_the_judges() -> None:
    """Rain, fire and a bell: the more like noise, the higher; so a distance that says so falls."""
    rating = {n: outside.expected_realism(outside.recording(n), outside.SR).rating for n in NAMES}
    rows = [row("standard", n, 0, **varied(x) | {"attack": -x}) for n, x in rating.items()]
    line = outside.agreement(rows)[-1]
    assert (line[""], line["attack"], line["copy"]) == (
        "rating foretold, standard",
        "-1.00",
        "1.00",
    )


def test_tables_name_what_there_is() -> None:
    rows = [row("standard", n, k, **varied(k + 0.1 * len(n))) for k in (0, 1) for n in NAMES]
    told = {"auc": 0.7, "spread": 0.01, "by_recording": {"sauna": 0.9, "printer": 0.5}}
    text = outside.tables(rows, {"standard": told})
    assert "each recording by itself: sauna 0.90, printer 0.50." in text
    assert "Seeds: standard: 2." in text


def test_a_recording_in_pieces_is_all_of_its_own_samples() -> None:
    y = outside.recording("printer")
    new = outside.in_pieces(y, seed=1)
    assert new.shape == y.shape and np.array_equal(new, outside.in_pieces(y, seed=1))
    assert not np.array_equal(new, outside.in_pieces(y, seed=2))
    step = round(outside.SR * (outside.PIECE_SECONDS - outside.FADE_SECONDS))
    within = new[step + 400 : step + 2400]  # of the second piece, clear of the fades
    found = np.correlate(y, within, "valid")
    first = int(np.argmax(found))
    np.testing.assert_allclose(within, y[first : first + len(within)], atol=1e-6)
    assert outside.rms(new) == pytest.approx(outside.rms(y), rel=0.1)
