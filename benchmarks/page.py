"""The engine in the page beside the library's: scores and processor time, as tables.

    .venv/bin/python benchmarks/page.py                # all: ten minutes or so; needs node
    .venv/bin/python benchmarks/page.py --sounds rain sauna --seeds 0
    .venv/bin/python benchmarks/page.py --tables       # of what is done; --write: into the book

Of each recording (5 s of it, one channel, 22,050 Hz) textures are made by the page's script, in one
run of node, and by the library, for each quality and seed; what is done is kept. Both are judged by
`texture_report`. Seconds are the processor's: in node of the first texture of a program that has
just begun, and of the next ones.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from outside import SOUNDS, recording
from texture_tables import filled, table
from tqdm import tqdm

from audiostyle_lib import synthesize_texture, texture_report
from audiostyle_lib.page.engine import script
from audiostyle_lib.sounds import SR

RESULTS = Path(__file__).parent / "results" / "page.jsonl"
PAGE = Path(__file__).parents[1] / "book" / "benchmark.md"
BEGIN, END = "<!-- page: begin -->", "<!-- page: end -->"
SECONDS = 5.0
QUALITIES = ("draft", "standard")
SEEDS = (0, 1, 2)
ENGINES = ("page", "library")
SCORES = ("auditory", "spectrum_db", "attack", "copy", "copy_spectrogram")
# Reads its orders as JSON from standard input; writes each sound to a file, and times as JSON.
HOST = """
const fs = require("fs"), orders = JSON.parse(fs.readFileSync(0, "utf8")), cpu = [];
for (const {input, output, ...args} of orders) {
  const bytes = fs.readFileSync(input), before = process.cpuUsage();
  const y = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const {channels, history} = texture({references: [[y]], ...args});
  const {user, system} = process.cpuUsage(before);
  fs.writeFileSync(output, Buffer.from(channels[0].buffer));
  cpu.push({seconds: (user + system) / 1e6, loss: history.at(-1)});
}
console.log(JSON.stringify({cpu, mb: process.resourceUsage().maxRSS / 1024}));
"""


def by_the_page(y: np.ndarray, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Textures of `y` (n,) that the page's script makes in one run of node, and what they took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "page.js").write_text(script("texture") + HOST, "utf-8")
        y.astype(np.float32).tofile(folder / "in")
        asked = [
            order | {"sr": SR, "input": str(folder / "in"), "output": str(folder / f"{i}.out")}
            for i, order in enumerate(orders)
        ]
        done = subprocess.run(
            ["node", str(folder / "page.js")], input=json.dumps(asked), text=True,
            stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        took = json.loads(done.stdout)["cpu"]
        made = [np.fromfile(order["output"], np.float32) for order in asked]
    return [{"y": y, "cpu": row["seconds"]} for y, row in zip(made, took, strict=True)]


def by_the_library(y: np.ndarray, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same by the library."""
    found = []
    for order in orders:
        began = time.process_time()
        made = synthesize_texture(y, SR, progress=False, **order).y
        found.append({"y": made, "cpu": time.process_time() - began})
    return found


def run(sounds: Iterable[str], seeds: Sequence[int]) -> None:
    """Make and judge what is not yet done, sound by sound."""
    for name in tqdm(list(sounds), "recordings"):
        known = {(r["quality"], r["seed"]) for r in done() if r["sound"] == name}
        orders = [{"quality": q, "seed": s} for q in QUALITIES for s in seeds]
        if {(o["quality"], o["seed"]) for o in orders} <= known:
            continue
        y = recording(name)[: round(SECONDS * SR)]
        rows = []
        for engine, make in zip(ENGINES, (by_the_page, by_the_library), strict=True):
            for number, (order, made) in enumerate(zip(orders, make(y, orders), strict=True)):
                report = texture_report(y, made["y"], SR)
                row = {"engine": engine, "sound": name, **order, "cpu": round(made["cpu"], 4)}
                row["first"] = number == 0
                rows.append(row | {key: round(report[key], 5) for key in SCORES})
        with RESULTS.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)


def done() -> list[dict[str, Any]]:
    """All that was measured."""
    return [json.loads(line) for line in RESULTS.open(encoding="utf-8")] if RESULTS.exists() else []


def mean(rows: Iterable[dict[str, Any]], key: str) -> float:
    """Mean over rows."""
    return float(np.mean([row[key] for row in rows]))


def summary(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """A line for each quality and engine, and how far the two are apart."""
    lines = []
    for quality in QUALITIES:
        of = {e: [r for r in rows if (r["engine"], r["quality"]) == (e, quality)] for e in ENGINES}
        for engine in ENGINES:
            line = {"made by": f"{engine}, {quality}", "textures": str(len(of[engine]))}
            line |= {key.replace("_", " "): f"{mean(of[engine], key):.3f}" for key in SCORES}
            cpu = [r["cpu"] for r in of[engine] if not r["first"]]
            lines.append(line | {"CPU s": f"{np.median(cpu):.2f}"})
        line = {"made by": "page less library (± two standard errors)", "textures": ""}
        for key in SCORES:  # seeds of a sound are no independent trials: its mean is one
            names = sorted({r["sound"] for r in rows})
            off = [
                mean([r for r in of["page"] if r["sound"] == name], key)
                - mean([r for r in of["library"] if r["sound"] == name], key)
                for name in names
            ]
            error = 2 * np.std(off, ddof=1) / len(off) ** 0.5 if len(off) > 1 else np.nan
            line[key.replace("_", " ")] = f"{np.mean(off):+.3f} ± {error:.3f}"
        times = [np.median([r["cpu"] for r in of[e] if not r["first"]]) for e in ENGINES]
        lines.append(line | {"CPU s": f"{times[0] / times[1]:.1f} times"})
    return lines


def by_sound(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Sound by sound: what the page's textures score, and the library's."""
    lines = []
    for name in dict.fromkeys(r["sound"] for r in rows):
        line = {"recording": name}
        for quality in QUALITIES:
            for key in ("auditory", "attack"):
                both = [
                    mean([r for r in rows if (r["engine"], r["quality"], r["sound"]) == which], key)
                    for which in ((e, quality, name) for e in ENGINES)
                ]
                line[f"{key}, {quality}"] = ", ".join(f"{x:.3f}" for x in both)
        lines.append(line)
    return lines


def tables(rows: Sequence[dict[str, Any]]) -> str:
    """All tables, for the appendix."""
    first = [r["cpu"] for r in rows if r["first"] and r["engine"] == "page"]
    return "\n\n".join(
        [
            table(summary(rows)),
            "Sound by sound: the page, the library",
            table(by_sound(rows)),
            f"Seeds: {len({r['seed'] for r in rows})}. The first texture of a program, a draft, "
            f"takes the page's script {np.median(first):.1f} s.",
        ]
    )


def main(argv: list[str] | None = None) -> None:
    """Run, or go on, or print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sounds", nargs="+", default=SOUNDS, choices=SOUNDS)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--tables", action="store_true", help="print what is done")
    parser.add_argument("--write", action="store_true", help="and put it into the book")
    args = parser.parse_args(argv)
    if not (args.tables or args.write):
        run(args.sounds, args.seeds)
    found = tables(done())
    print(found)
    if args.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), found, BEGIN, END), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
