"""Tables of what `textures.py` has measured so far, and the places in the book that show them.

    .venv/bin/python benchmarks/texture_tables.py            # print them
    .venv/bin/python benchmarks/texture_tables.py --write    # and put them into the pages

They go between two marks, `benchmark: begin` and `benchmark: end`, in the README, in chapter 6 and
in the appendix "How we compare"; a test holds these to the results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
from textures import (
    CLASSES,
    ENGINES,
    HALVES,
    HELD_OUT,
    NOISE,
    OPTIMISED,
    OURS,
    RECIPES,
    SOUNDS,
    SR,
    done,
    sound,
)

from audiostyle_lib.trend import slow_course

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
STANDARD = "ours, standard"
DYING_DB = 3.0  # to half the power, over a sound's length
SHORT = {
    "envelope_mean": "mean",
    "envelope_variation": "variation",
    "envelope_skewness": "skewness",
    "band_correlation": "bands",
    "modulation_power": "rates",
    "modulation_correlation": "rates, bands",
    "cepstral_covariance": "cepstra",
    "onset_period": "onsets",
}


KINDS = {
    "steady": ("sauna", "printer", "rain"),
    "events": ("drum_roll", "safari", "crackle"),
    "pitched": ("glass_rub", "choir"),
    "rhythmic": ("tabla", "engine"),
}
LABEL = {  # where there is little room
    HALVES: "other half",
    NOISE: "noise",
    **OURS,
    "Ulyanov, Lebedev 2016": "UL 2016",
    "Huzaifah, Wyse 2019": "HW 2019",
    "Antognini et al. 2018": "AHW 2018",
    "Caracalla, Roebel 2020": "CR 2020",
    "McDermott, Simoncelli 2011": "MS 2011",
}


def of(rows: Sequence[dict], engine: str, name: str | None = None) -> list[dict]:
    """Rows of one engine, and of one sound if it is named."""
    return [r for r in rows if r["engine"] == engine and name in (None, r["sound"])]


def mean(rows: Sequence[dict], key: str) -> float:
    """Mean over sounds of the mean over seeds of what was reached at last."""
    by_sound = [
        np.mean([r["points"][-1][key] for r in rows if r["sound"] == name])
        for name in dict.fromkeys(r["sound"] for r in rows)
    ]
    return float(np.mean(by_sound))


def seconds(row: dict) -> float:
    """CPU seconds a run took."""
    return row["points"][-1]["seconds"]


def duration(row: dict) -> float:
    """Seconds of the row's reference; some recordings are shorter than what was asked for."""
    return len(sound(row["sound"], row["length"])) / SR


def summary(rows: Sequence[dict]) -> list[dict[str, str]]:
    """One line per engine: cost, likeness, newness, variety."""
    lines = []
    for engine in ENGINES:
        own = of(rows, engine)
        if not own:
            continue
        above = [
            r["points"][-1]["copy"] - mean(of(rows, NOISE, r["sound"]), "copy")
            for r in own
            if engine != HALVES
        ]
        between = [r["between"] for r in own if r.get("between") is not None]
        lines.append(
            {
                "engine": engine,
                "runs": str(len(own)),
                "s per s": f"{np.mean([seconds(r) / duration(r) for r in own]):.2f}",
                "MB": str(max(r["MB"] for r in own)),
                "auditory": f"{mean(own, 'auditory'):.3f}",
                "held out": f"{mean(own, 'held out'):.3f}",
                "copy above noise": f"{np.mean(above):+.2f}" if above else "",
                "copy, spectrogram": f"{mean(own, 'copy_spectrogram'):.2f}",
                "between seeds": f"{np.mean(between):.2f}" if between else "",
            }
        )
    return lines


def by_class(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Distances by class of statistics; the last three are optimised by nobody."""
    return [
        {
            "engine": LABEL[engine],
            **{SHORT.get(k, k): f"{mean(own, k):.2f}" for k in (*CLASSES, *HELD_OUT)},
        }
        for engine in ENGINES
        if (own := of(rows, engine))
    ]


def by_sound(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Auditory distance, sound by sound."""
    return [
        {
            "sound": name.replace("_", " "),
            **{
                LABEL[e]: f"{mean(own, 'auditory'):.2f}" if (own := of(rows, e, name)) else ""
                for e in ENGINES
            },
        }
        for name in SOUNDS
        if of(rows, STANDARD, name)
    ]


def going_on(rows: Sequence[dict]) -> str:
    """Auditory distance where a recording does not die away, which our textures never do."""
    measured = [name for name in SOUNDS if of(rows, STANDARD, name)]
    seconds = {name: of(rows, STANDARD, name)[0]["length"] for name in measured}
    dying = [n for n in measured if fall(sound(n, seconds[n])) > DYING_DB]
    own = [r for r in rows if r["sound"] in measured and r["sound"] not in dying]
    means = (f"{LABEL[e]} {mean(of(own, e), 'auditory'):.3f}" for e in ENGINES if of(own, e))
    return (
        f"Mean without what ends more than {DYING_DB:g} dB below its beginning "
        f"({', '.join(dying).replace('_', ' ') or 'none'}): {', '.join(means)}."
    )


def fall(y: np.ndarray) -> float:
    """By how many dB the slow course of `y` ends below its beginning."""
    course = slow_course(y)
    return float(20 * np.log10(course[0] / course[-1]))


def by_kind(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Our standard beside noise, kind by kind: where noise is nearer, the kind is weak."""
    lines = []
    for kind, names in KINDS.items():
        ours, noise = (
            [r for name in names for r in of(rows, engine, name)] for engine in (STANDARD, NOISE)
        )
        if ours and noise:
            cells = {
                SHORT.get(k, k): f"{mean(ours, k):.2f} ({mean(noise, k):.2f})"
                for k in (*CLASSES, *HELD_OUT)
            }
            lines.append({"kind": kind} | cells)
    return lines


def behind(rows: Sequence[dict]) -> list[str]:
    """Where noise is nearer than our standard, kind by kind, by more than seeds explain."""
    found = []
    for (kind, names), key in product(KINDS.items(), (*CLASSES, *HELD_OUT)):
        ours, noise = (
            [[r["points"][-1][key] for r in of(rows, engine, name)] for name in names]
            for engine in (STANDARD, NOISE)
        )
        if min(map(len, ours + noise)) < 2:
            continue  # not measured yet
        farther = np.mean([np.mean(a) - np.mean(b) for a, b in zip(ours, noise, strict=True)])
        variance = sum(np.var(x, ddof=1) / len(x) for x in ours + noise)
        error = 2 * variance**0.5 / len(names)
        if farther > error:
            what = f"{SHORT.get(key, key)} of {kind} sounds"
            found.append(f"{what} ({farther:+.3f}, two standard errors are {error:.3f})")
    return found


def weaknesses(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Our standard, sound by sound: copy scores, and the classes in which noise is nearer."""
    lines = []
    for name in SOUNDS:
        ours, noise, halves = (of(rows, e, name) for e in (STANDARD, NOISE, HALVES))
        if not (ours and noise and halves):
            continue
        behind = [
            f"{SHORT.get(k, k)} ({mean(ours, k):.2f}, noise {mean(noise, k):.2f})"
            for k in (*CLASSES, *HELD_OUT)
            if mean(ours, k) > mean(noise, k)
        ]
        lines.append(
            {
                "sound": name.replace("_", " "),
                "copy: ours, noise, halves": ", ".join(
                    f"{mean(r, 'copy'):.2f}" for r in (ours, noise, halves)
                ),
                "spectrogram: ours, noise, halves": ", ".join(
                    f"{mean(r, 'copy_spectrogram'):.2f}" for r in (ours, noise, halves)
                ),
                "farther than noise in": ", ".join(behind) or "nothing",
            }
        )
    return lines


def race(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Recipes after the seconds that our standard took, and how much sooner we are as good."""
    lines = []
    for engine in RECIPES:
        own = [r for r in of(rows, engine) if rival(r, rows, STANDARD)]
        if not own:
            continue
        early = [at(r, seconds(rival(r, rows, STANDARD))) for r in own]  # type: ignore[arg-type]
        ratios = [ratio for r in own if (ratio := speed(r, rows)) is not None]
        lines.append(
            {
                "recipe": engine,
                "auditory, same seconds": f"{np.mean([p['auditory'] for p in early]):.3f}",
                "held out, same seconds": f"{np.mean([p['held out'] for p in early]):.3f}",
                "held out, at last": f"{mean(own, 'held out'):.3f}",
                "ours as good in": f"{len(ratios)} of {len(own)} runs",
                "sooner, median": f"{np.median(ratios):.0f} times" if ratios else "",
                "sooner, least": f"{min(ratios):.0f} times" if ratios else "",
            }
        )
    return lines


def rival(row: dict, rows: Sequence[dict], engine: str) -> dict | None:
    """The run of `engine` on the same sound with the same seed."""
    return next((r for r in of(rows, engine, row["sound"]) if r["seed"] == row["seed"]), None)


def at(row: dict, limit: float) -> dict:
    """The last point of a run within `limit` seconds, or its first."""
    within = [p for p in row["points"] if p["seconds"] <= limit]
    return within[-1] if within else row["points"][0]


def speed(row: dict, rows: Sequence[dict]) -> float | None:
    """How many times sooner one of our presets is as near by what is held out; None if none is.

    The recipe's time is its first within 5 % of the best that it ever reaches.
    """
    enough = 1.05 * min(p["held out"] for p in row["points"])
    first = next(p["seconds"] for p in row["points"] if p["held out"] <= enough)
    ours = [
        seconds(r)
        for e in OURS
        if (r := rival(row, rows, e)) and r["points"][-1]["held out"] <= enough
    ]
    return first / min(ours) if ours else None


def table(lines: Sequence[dict[str, str]], columns: Sequence[str] | None = None) -> str:
    """Lines as a Markdown table."""
    if not lines:
        return "(nothing measured yet)"
    columns = list(columns or lines[0])
    rows = [columns, ["---"] * len(columns), *([line[c] for c in columns] for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def short(rows: Sequence[dict]) -> str:
    """The table for README and chapter."""
    columns = ("engine", "s per s", "auditory", "held out", "copy above noise")
    return table(summary(rows), columns)


def whole(rows: Sequence[dict]) -> str:
    """All tables, for the appendix."""
    seeds = {e: len({r["seed"] for r in of(rows, e)}) for e in ENGINES}
    counts = ", ".join(f"{e}: {n}" for e, n in seeds.items() if n and e != HALVES)
    what = [{"engine": e, "in short": LABEL[e], "optimises": OPTIMISED[e]} for e in ENGINES]
    machine = sorted({r["machine"] for r in rows})
    return "\n\n".join(
        [
            "**Who is who, and optimises what**",
            table(what),
            "**Cost, likeness, newness, variety**",
            table(summary(rows)),
            "**Distances by class of statistics**; the last three are optimised by nobody",
            table(by_class(rows)),
            "**Our standard (and noise) by kind of sound**; the last three are optimised by nobody",
            table(by_kind(rows)),
            "Farther than noise by more than two standard errors over seeds: "
            + (", ".join(behind(rows)) or "nothing")
            + ".",
            "**Auditory distance, sound by sound**",
            table(by_sound(rows)),
            going_on(rows),
            "**Our standard, sound by sound**: how much is copied, and where it is weak",
            table(weaknesses(rows)),
            "**The race**",
            table(race(rows)),
            f"Seeds: {counts}. Processor: {', '.join(machine)}, one thread.",
        ]
    )


def places(rows: Sequence[dict]) -> dict[Path, str]:
    """Files with a place for tables, and what belongs there."""
    return {
        ROOT / "README.md": short(rows),
        ROOT / "book" / "06_texture_synthesis.ipynb": short(rows),
        ROOT / "book" / "benchmark.md": whole(rows),
    }


def filled(text: str, content: str, begin: str = BEGIN, end: str = END) -> str:
    """`text` with `content` between two marks.

    >>> print(filled("a <!-- benchmark: begin -->old<!-- benchmark: end --> b", "new"))
    a <!-- benchmark: begin -->
    <BLANKLINE>
    new
    <BLANKLINE>
    <!-- benchmark: end --> b
    """
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"


def updated(path: Path, content: str) -> str:
    """The file's text with its tables renewed; of a notebook, in the cell that has the marks."""
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return filled(text, content)
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if BEGIN in source:
            cell["source"] = filled(source, content).splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(argv: Sequence[str]) -> None:
    """Print the tables, and write them with `--write`."""
    rows = done()
    print(whole(rows))
    if "--write" in argv:
        for path, content in places(rows).items():
            path.write_text(updated(path, content), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
