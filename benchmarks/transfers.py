"""Our style transfer beside two published recipes: what is kept, what is taken, at what cost.

    .venv/bin/python benchmarks/transfers.py              # all: half an hour; what is done is kept
    .venv/bin/python benchmarks/transfers.py --engines ours --again
    .venv/bin/python benchmarks/transfers.py --tables     # tables of what is done, and no run

Each engine gives a curve per pair of sounds: it runs with several weights, from nothing but content
to nothing but style, and of each result two numbers are taken.

- `kept` of the content: the mean of four scores of `musical.transfer_report`, each 1 for equal:
  correlations of envelope, onsets and chroma, and the share of moments of equal pitch.
- `taken` of the style: by which share the content has come nearer to it; the mean of that share for
  the timbre (13 cepstral coefficients) and for the statistics of the ear's bands (the mean of
  `metrics.auditory_distances`): 0 for the content, 1 for the style itself. Two stretches of one
  texture are apart too, so a good texture after the style has about .8.

Where an engine keeps more at an equal share taken, its curve lies outside the other's. `lift` is
the noise between the content's events: by how many dB the quietest twentieth of its frames has come
nearer to the loudest. Seconds are CPU seconds of one thread.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from recipes import Problem, solve
from recipes.transfer_wide_layer import huzaifah_wyse, ulyanov_lebedev
from texture_tables import filled, table
from textures import machine
from tqdm import tqdm

from audiostyle_lib import transfer_style
from audiostyle_lib.audio import SR
from audiostyle_lib.levels import match_levels
from audiostyle_lib.metrics import auditory_distances
from audiostyle_lib.musical import transfer_report
from audiostyle_lib.optim import cpu_threads
from audiostyle_lib.sounds import load_field, load_sound

RESULTS = Path(__file__).parent / "results" / "transfers.jsonl"
PAGE = Path(__file__).parents[1] / "book" / "benchmark.md"
BEGIN, END = "<!-- transfers: begin -->", "<!-- transfers: end -->"
TAKES = RESULTS.parent / "takes"
SECONDS = 3.0
PAIRS = (  # content, style
    ("piano", "sauna"),
    ("guitar", "printer"),
    ("speech", "waves"),
    ("tabla", "choir"),
    ("bell", "rain"),
)
FIELD = ("waves", "rain")
SEEDS = (0, 1)
OURS = "ours"
RECIPES: dict[str, Callable[[np.ndarray, np.ndarray, float, int], Problem]] = {
    "Ulyanov, Lebedev 2016": ulyanov_lebedev,
    "Huzaifah, Wyse 2019": huzaifah_wyse,
}
LABEL = {OURS: OURS, "Ulyanov, Lebedev 2016": "UL 2016", "Huzaifah, Wyse 2019": "HW 2019"}
WEIGHTS = {  # of the style for ours, of the content for the recipes: content's end first
    OURS: (0.0, 0.25, 0.5, 0.75, 1.0),
    **dict.fromkeys(RECIPES, (1.0, 0.3, 0.1, 0.03, 0.003)),
}
LIMIT = 20.0  # CPU seconds of a recipe: most have converged before
KEPT = ("envelope", "onsets", "chroma", "pitch")
LEVELS = (0.2, 0.4, 0.6)  # shares taken of the style at which tables compare
MARGIN = 0.01  # in what is kept: less is no difference
_FRAME, _FLOOR = 0.02, 1e-6  # s, and power relative to the mean: what lies below, -60 dB, is silent


def sounds(pair: Sequence[str]) -> list[np.ndarray]:
    """Content and style, 3 s each: recordings of the book, some of them from the field."""
    found = []
    for name in pair:
        skipped = SR if name == "sauna" else 0  # its first second holds the pouring of the water
        y = load_field(name, sr=SR, mono=True)[0] if name in FIELD else load_sound(name)
        found.append(y[skipped : skipped + round(SECONDS * SR)])
    return found


def lift(content: np.ndarray, y: np.ndarray) -> float:
    """How much the content's quietest twentieth is raised in `y`, relative to its loudest, in dB.

    >>> from audiostyle_lib.sounds import clicks
    >>> content = clicks(2.0)
    >>> lift(content, 0.5 * content), lift(content, content + 0.01) > 20
    (0.0, True)
    """
    n = round(_FRAME * SR)
    levels = []
    for sound in (content, y[: len(content)]):
        power = np.square(sound[: len(sound) // n * n].astype(float)).reshape(-1, n).mean(axis=1)
        levels.append(10 * np.log10(power + _FLOOR * power.mean()))
    ordered = np.argsort(levels[0])
    m = max(1, len(ordered) // 20)
    quiet, loud = (
        [level[place].mean() for level in levels] for place in (ordered[:m], ordered[-m:])
    )
    return float((quiet[1] - quiet[0]) - (loud[1] - loud[0]))


def scores(pair: Sequence[str], y: np.ndarray) -> dict[str, float]:
    """What `y` has of content and style."""
    content, style = sounds(pair)
    found = transfer_report(content, style, y, SR)
    at_first = transfer_report(content, style, content, SR)["timbre_to_style"]
    before, after = (
        auditory_distances(*match_levels([style, sound]), SR) for sound in (content, y)
    )
    taken = [1 - found["timbre_to_style"] / at_first, 1 - after["auditory"] / before["auditory"]]
    found |= after | {
        "kept": float(np.mean([found[name] for name in KEPT])),
        "taken": float(np.mean(taken)),
        "lift": lift(content, y),
    }
    return {name: round(value, 5) for name, value in found.items()}


@cpu_threads(1)
def made(engine: str, pair: Sequence[str], weight: float, seed: int) -> tuple[np.ndarray, dict]:
    """One run: the sound, and what it cost."""
    content, style = sounds(pair)
    began = time.process_time()
    losses: list[float] = []
    if engine in RECIPES:
        problem = RECIPES[engine](content, style, weight, seed)
        kept, losses = solve(problem, limit=LIMIT)
        y = problem.sound(kept[-1][1])
    else:
        y = transfer_style(content, style, SR, style_weight=weight, seed=seed, progress=False).y
    spent = time.process_time() - began
    return y, {"seconds": round(spent, 3), "evaluations": len(losses)}


def take(engine: str, pair: Sequence[str], weight: float, seed: int) -> Path:
    """Where the sound of a run is kept, to be measured again."""
    words = f"transfer-{LABEL[engine]}-{'-'.join(pair)}-{weight:g}-{seed}".replace(" ", "_")
    return TAKES / f"{words}.npy"


def key(row: dict) -> tuple:
    """What a run is known by."""
    return row["engine"], tuple(row["pair"]), row["weight"], row["seed"]


def done() -> list[dict]:
    """All lines of the results so far."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()]


def write(rows: Iterable[dict], mode: str = "w") -> None:
    """Lines into the results."""
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open(mode, encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def run(engines: Sequence[str], seeds: Sequence[int]) -> None:
    """Do what is wanted and not done yet."""
    finished = set(map(key, done()))
    wanted = [
        (engine, pair, weight, seed)
        for seed, pair, engine in product(seeds, PAIRS, engines)
        for weight in WEIGHTS[engine]
    ]
    TAKES.mkdir(parents=True, exist_ok=True)
    made(OURS, PAIRS[0], 0.5, 0)  # imports and plans of transforms are nobody's cost
    for engine, pair, weight, seed in tqdm([w for w in wanted if w not in finished], desc="runs"):
        y, cost = made(engine, pair, weight, seed)
        np.save(take(engine, pair, weight, seed), y)
        row = {"engine": engine, "pair": pair, "weight": weight, "seed": seed} | cost
        write([row | scores(pair, y) | {"machine": machine()}], "a")


def measured_again() -> None:
    """Scores of all sounds anew."""
    write([row | scores(row["pair"], np.load(take(*key(row)))) for row in tqdm(done())])


def curve(rows: Sequence[dict], engine: str, pair: Sequence[str]) -> list[dict[str, float]]:
    """Means over seeds, weight by weight, from the content's end to the style's."""
    own = [r for r in rows if r["engine"] == engine and tuple(r["pair"]) == tuple(pair)]
    weights = [w for w in WEIGHTS[engine] if any(r["weight"] == w for r in own)]
    names = [name for name, value in own[0].items() if isinstance(value, float)] if own else []
    return [
        {name: float(np.mean([r[name] for r in own if r["weight"] == w])) for name in names}
        for w in weights
    ]


def at(points: Sequence[dict[str, float]], taken: float) -> dict[str, float] | None:
    """What of a curve keeps most where it takes at least so much; None where it never does.

    Between successive weights the curve is straight.

    >>> points = [{"taken": 0.0, "kept": 1.0}, {"taken": 0.8, "kept": 0.2}]
    >>> at(points, 0.4), at(points, 0.9)
    ({'taken': 0.4, 'kept': 0.6}, None)
    """
    found = [p for p in points if p["taken"] >= taken]
    for a, b in pairwise(points):
        if (a["taken"] - taken) * (b["taken"] - taken) < 0:
            share = (taken - a["taken"]) / (b["taken"] - a["taken"])
            found.append({name: (1 - share) * a[name] + share * b[name] for name in a})
    return max(found, key=lambda p: p["kept"], default=None)


def not_outside(rows: Sequence[dict]) -> list[str]:
    """Where a recipe's result keeps more, by `MARGIN`, than our curve at the same share taken."""
    found = []
    for pair, engine in product(PAIRS, RECIPES):
        ours = curve(rows, OURS, pair)
        for point in curve(rows, engine, pair):
            own = at(ours, point["taken"])
            if ours and (own is None or own["kept"] < point["kept"] - MARGIN):
                found.append(
                    f"{name(pair)} at {point['taken']:.2f} taken "
                    f"({LABEL[engine]} keeps {point['kept']:.2f}, ours "
                    + (f"{own['kept']:.2f})" if own else "does not take so much)")
                )
    return found


def name(pair: Sequence[str]) -> str:
    """The pair in words."""
    return f"{pair[0]} in {pair[1]}"


def matched(rows: Sequence[dict], what: str, digits: int) -> list[dict[str, str]]:
    """`what` of ours and theirs where equally much of the style is taken, pair by pair."""
    lines = []
    for pair in PAIRS:
        line = {"content in style": name(pair)}
        for level, engine in product(LEVELS, WEIGHTS):
            found = at(curve(rows, engine, pair), level)
            line[f"{LABEL[engine]}, {level:g}"] = f"{found[what]:.{digits}f}" if found else "-"
        lines.append(line)
    return lines


def summary(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Each engine's curve, mean over pairs, and its cost."""
    lines = []
    for engine, weights in WEIGHTS.items():
        curves = [c for pair in PAIRS if len(c := curve(rows, engine, pair)) == len(weights)]
        for place, weight in enumerate(weights if curves else ()):
            points = [c[place] for c in curves]
            mean = {k: np.mean([p[k] for p in points]) for k in points[0]}
            lines.append(
                {
                    "engine": engine,
                    "weight": f"{weight:g}",
                    **{k: f"{mean[k]:.2f}" for k in ("taken", "kept", *KEPT)},
                    "timbre, dB": f"{mean['timbre_to_style']:.1f}",
                    "statistics": f"{mean['auditory']:.2f}",
                    "lift, dB": f"{mean['lift']:.1f}",
                    "CPU s": f"{mean['seconds']:.2f}",
                }
            )
    return lines


def tables(rows: Sequence[dict]) -> str:
    """All tables in Markdown, for the appendix."""
    if not rows:
        return "(nothing measured yet)"
    return "\n\n".join(
        [
            "**Style transfer: what is kept of the content, what is taken of the style**; means "
            f"over {len(PAIRS)} pairs. Weight: of the style for ours, of the content for recipes",
            table(summary(rows)),
            "**Kept of the content** where equally much of the style is taken (0.2, 0.4, 0.6); "
            "-: never so much",
            table(matched(rows, "kept", 2)),
            "**Noise between the content's events**, in dB, at the same shares",
            table(matched(rows, "lift", 1)),
            f"Where a recipe keeps more by {MARGIN:g} or more at the same share taken, so that our "
            "curve does not lie outside: " + ("; ".join(not_outside(rows)) or "nowhere") + ".",
            f"Seeds: {len({r['seed'] for r in rows})}, {SECONDS:g} s each. Processor: "
            + ", ".join(sorted({r["machine"] for r in rows}))
            + ", one thread.",
        ]
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Run, or go on, or print what is done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", nargs="+", default=tuple(WEIGHTS), choices=tuple(WEIGHTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--again", action="store_true", help="forget what these engines have done")
    parser.add_argument("--measure", action="store_true", help="measure all sounds anew")
    parser.add_argument("--tables", action="store_true", help="print tables, and run nothing")
    parser.add_argument("--write", action="store_true", help="and put them into the book")
    args = parser.parse_args(argv)
    if args.again:
        write([row for row in done() if row["engine"] not in args.engines])
    if args.measure:
        measured_again()
    elif not args.tables:
        run(args.engines, args.seeds)
    found = tables(done())
    print(found)
    if args.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), found, BEGIN, END), "utf-8")


if __name__ == "__main__":
    main()
