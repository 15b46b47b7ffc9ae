"""Every claim of the paper map in seconds, on synthetic sounds with known parameters; and that the
arithmetic of verdicts can say no."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "claims"))
import command
from claims import CLAIMS, LONG, PITCHED
from effects import RECORDINGS, SR, periodicity, sound
from verdicts import NOT, PARTLY, REPRODUCED, effect, find, page

BY_KEY = {claim.key: claim for claim in CLAIMS}
ANY = replace(CLAIMS[0], larger=True, margin=0.0)


@pytest.mark.parametrize("key", [key for key, claim in BY_KEY.items() if claim.quick])
def test_claim_on_synthetic_sounds(key: str) -> None:
    """The difference is on the claimed side: a change of the library that loses it fails.

    But for the claims that no sound bears out.
    """
    claim = BY_KEY[key]
    found = {name: effect(claim, claim.experiment(name, 0)) for name in claim.quick}
    assert min(found.values()) > 0, found


def runs(*by_sound: tuple[float, ...]) -> dict[tuple[str, int], tuple[float, float]]:
    return {(f"sound {i}", k): (x, 0.0) for i, xs in enumerate(by_sound) for k, x in enumerate(xs)}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (runs((1.0, 1.1, 0.9), (2.0, 2.1, 1.9), (0.5, 0.6, 0.4)), REPRODUCED),
        (runs((1.0, 1.1, 0.9), (-2.0, -2.1, -1.9), (2.0, 1.0, 1.0)), PARTLY),
        (runs((-1.0, -1.1, -0.9), (-2.0, -2.1, -1.9), (-0.5, -0.6, -0.4)), NOT),
        (runs((0.0,), (0.0,)), NOT),
    ],
)
def test_verdicts(found: dict, verdict: str) -> None:
    assert find(ANY, found).verdict == verdict


def test_direction_and_margin() -> None:
    smaller = replace(ANY, larger=False)
    assert effect(ANY, (3.0, 1.0)) == 2 and effect(smaller, (3.0, 1.0)) == -2
    assert effect(replace(ANY, margin=0.5), (3.0, 1.0)) == 1.5
    assert effect(replace(smaller, margin=-0.5), (3.1, 3.0)) == pytest.approx(0.4)  # "no worse"


def test_seeds_of_one_sound_are_no_evidence_for_others() -> None:
    """Many seeds narrow the interval less than many sounds do."""
    rng = np.random.default_rng(0)
    own = rng.normal(0.3, 1.0, 12)  # each sound has an effect of its own, seeds add little
    few = find(ANY, runs(*(tuple(x + 0.01 * rng.normal(size=12)) for x in own[:3])))
    many = find(ANY, runs(*(tuple(x + 0.01 * rng.normal(size=3)) for x in own)))
    assert many.n_runs == few.n_runs == 36
    spread = np.std(own[:3]) / np.sqrt(3)
    assert few.high - few.low > 2.5 * spread
    assert many.high - many.low < 5 * np.std(own) / np.sqrt(12)


def test_command_resumes_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def experiment(name: str, seed: int) -> tuple[float, float]:
        if len(calls) == 4:
            raise KeyboardInterrupt
        calls.append((name, seed))
        return 1.0 + seed, 0.5

    claim = replace(ANY, experiment=experiment, sounds=("a", "b"), chapter=3)
    for name in ("RUNS", "TABLE", "PAGE"):
        monkeypatch.setattr(command, name, tmp_path / name)
    with pytest.raises(KeyboardInterrupt):
        command.run([claim], afresh=False)
    assert len(command.done()) == 4 and command.findings([claim]) == []
    calls.pop()  # so that the next call goes through
    calls[:] = calls[:2]
    command.run([claim], afresh=False)
    (found,) = command.findings([claim])
    assert found.n_runs == 6 and found.sides == (2.0, 0.5) and found.verdict == REPRODUCED
    rows = list(csv.DictReader(command.as_csv([found]).splitlines()))
    assert rows[0]["verdict"] == REPRODUCED and float(rows[0]["effect"]) == 1.5
    before = f"# Map\n{command.MARKS[0]}\nold\n{command.MARKS[1]}\nend"
    after = command.as_page([found], before)
    assert "old" not in after and "| **Reproduced**: " in after and after.endswith("end")
    assert "(03_spectrogram_pitfalls.ipynb)" in after


def test_two_at_once_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [replace(c, sounds=c.quick) for c in CLAIMS if c.key in ("transparent", "cqt_price")]
    found = []
    for n_jobs in (1, 2):
        monkeypatch.setattr(command, "RUNS", tmp_path / f"{n_jobs}.jsonl")
        command.run(chosen, afresh=False, n_jobs=n_jobs)
        found.append({place: row["sides"] for place, row in command.done().items()})
    assert found[0] == found[1] and len(found[0]) == sum(len(c.places()) for c in chosen)


def test_the_page_and_the_table_are_what_the_runs_say() -> None:
    found = command.findings()
    assert len(found) == len(CLAIMS), "benchmarks/claims has not been run to its end"
    assert command.TABLE.read_text("utf-8") == command.as_csv(found)
    text = command.PAGE.read_text("utf-8")
    assert command.as_page(found, text) == text
    assert all(finding.claim.says in page([finding], command.chapters()) for finding in found)


def test_which_recordings_suit_a_claim_is_measured() -> None:
    assert len(RECORDINGS) == 20
    assert [n for n in RECORDINGS if len(sound(n)) >= SR] == list(LONG)
    assert [n for n in RECORDINGS if periodicity(sound(n)) > 0.5] == list(PITCHED)


def test_runs_are_complete_lines() -> None:
    for line in command.RUNS.read_text("utf-8").splitlines():
        row = json.loads(line)
        assert np.isfinite(row["sides"]).all() and row["claim"] in BY_KEY
