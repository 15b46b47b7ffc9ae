"""From runs to verdicts: effect sizes with intervals, and the page that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from effects import Claim

REPRODUCED, PARTLY, NOT = "reproduced", "partly", "not reproduced"


@dataclass(frozen=True)
class Finding:
    """What the runs of a claim say: means of both sides, the effect and its 95 % interval.

    The effect is the difference in the claimed direction, less the margin: above 0 the claim holds.
    """

    claim: Claim
    n_runs: int
    sides: tuple[float, float]
    effect: float
    low: float
    high: float
    holds_for: float  # share of sounds

    @property
    def verdict(self) -> str:
        """Reproduced if the interval is above 0, not if it is below or no sound shows it."""
        if self.low > 0:
            return REPRODUCED
        return NOT if self.high < 0 or self.holds_for == 0 else PARTLY


def effect(claim: Claim, sides: Sequence[float]) -> float:
    """How far the two numbers of a run are on the claimed side."""
    difference = sides[0] - sides[1]
    return (difference if claim.larger else -difference) - claim.margin


def find(claim: Claim, runs: Mapping[tuple[str, int], Sequence[float]], n: int = 4000) -> Finding:
    """Sum up the runs, by sound and seed; the interval is a bootstrap over sounds, then seeds.

    Sounds are drawn first and their seeds within: seeds of one sound are no evidence for others.
    """
    names = sorted({name for name, _ in runs})
    by_sound = [
        np.array([effect(claim, s) for (name, _), s in sorted(runs.items()) if name == wanted])
        for wanted in names
    ]
    rng = np.random.default_rng(0)
    means = np.empty(n)
    for i in range(n):
        drawn = [by_sound[k] for k in rng.integers(len(names), size=len(names))]
        means[i] = np.mean([rng.choice(values, len(values)).mean() for values in drawn])
    low, high = np.quantile(means, (0.025, 0.975))
    own = [values.mean() for values in by_sound]
    both = np.mean(
        [np.mean([s for (n, _), s in runs.items() if n == wanted], axis=0) for wanted in names],
        axis=0,
    )
    return Finding(
        claim,
        len(runs),
        (float(both[0]), float(both[1])),
        float(np.mean(own)),
        float(low),
        float(high),
        float(np.mean([value > 0 for value in own])),
    )


def row(finding: Finding) -> dict[str, str | float | int]:
    """One line of the table, for machines."""
    c = finding.claim
    return {
        **{"claim": c.key, "says": c.says, "source": c.source, "test": c.test},
        **{"measure": c.measure, "sounds": " ".join(name.replace(" ", "_") for name in c.sounds)},
        **{"runs": finding.n_runs, "side": c.sides[0], "other_side": c.sides[1]},
        **{"mean": round(finding.sides[0], 4), "other_mean": round(finding.sides[1], 4)},
        **{"margin": c.margin, "effect": round(finding.effect, 4)},
        **{"low": round(finding.low, 4), "high": round(finding.high, 4)},
        **{"sounds_that_show_it": round(finding.holds_for, 3)},
        **{"verdict": finding.verdict, "chapter": c.chapter},
    }


def page(findings: Sequence[Finding], chapters: Mapping[int, str]) -> str:
    """The table for readers: the verdict comes first, so that no screen is too narrow for it."""
    lines = [
        "| verdict and claim | tried, and found | effect, 95 % interval |",
        "| --- | --- | --- |",
    ]
    for f in findings:
        c = f.claim
        n = len(c.sounds)
        where = f"[chapter {c.chapter}]({chapters[c.chapter]}.ipynb)"
        seeds = f"{c.n_seeds} seeds each" if c.n_seeds > 1 else "one seed each"
        lines.append(
            f"| **{f.verdict.capitalize()}**: {c.says} *{c.source}*; {where} | {c.test} "
            f"{c.measure[0].upper()}{c.measure[1:]}: {f.sides[0]:.2f} ({c.sides[0]}), "
            f"{f.sides[1]:.2f} ({c.sides[1]}); {n} {c.things}, {seeds} | "
            f"{f.effect:+.2f} ({f.low:+.2f} to {f.high:+.2f}); "
            f"{round(f.holds_for * n)} of {n} {c.things} |"
        )
    return "\n".join(lines)
