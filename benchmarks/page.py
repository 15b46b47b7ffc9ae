"""The engine in the page beside the library's: scores and processor time, as tables.

    .venv/bin/python benchmarks/page.py                     # print it; some minutes; needs node
    .venv/bin/python benchmarks/page.py --sounds 3 --seeds 0

Each field recording, 5 s of one channel at 22,050 Hz, is made a texture by the page's script, in
node, and by the library, for each seed. Both are judged by `texture_report`; numbers are medians
over recordings and seeds. Seconds are the processor's: of the first texture of a program that has
just begun, and of the next ones.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from texture_tables import table
from tqdm import tqdm

from audiostyle_lib import synthesize_texture, texture_report
from audiostyle_lib.page.engine import script
from audiostyle_lib.recordings import field_recordings, load_field
from audiostyle_lib.sounds import SR

SECONDS = 5.0
QUALITIES = ("draft", "standard")
SCORES = ("auditory", "spectrum_db", "envelope_db", "attack", "copy", "copy_spectrogram")
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


def by_the_page(sounds: list[np.ndarray], orders: list[dict[str, Any]], folder: Path) -> Any:
    """Textures that the page's script makes in one run of node, and what they took."""
    (folder / "page.js").write_text(script("texture") + HOST, "utf-8")
    for number, (y, order) in enumerate(zip(sounds, orders, strict=True)):
        order["input"], order["output"] = (str(folder / f"{number}.{k}") for k in ("in", "out"))
        y.astype(np.float32).tofile(order["input"])
    done = subprocess.run(
        ["node", str(folder / "page.js")], input=json.dumps(orders), text=True,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    made = [np.fromfile(order["output"], np.float32) for order in orders]
    return made, json.loads(done.stdout)


def compared(names: list[str], seeds: list[int], quality: str, folder: Path) -> dict[str, str]:
    """One line of the table."""
    references = [load_field(name, sr=SR, mono=True, seconds=SECONDS)[0] for name in names]
    pairs = [(y, seed) for y in references for seed in seeds]
    orders = [{"sr": SR, "seed": seed, "quality": quality} for _, seed in pairs]
    made, took = by_the_page([y for y, _ in pairs], orders, folder)
    page, library, seconds = [], [], []
    for (y, seed), new in zip(tqdm(pairs, quality), made, strict=True):
        began = time.process_time()
        mine = synthesize_texture(y, SR, quality=quality, seed=seed, progress=False).y
        seconds.append(time.process_time() - began)
        page.append(texture_report(y, new, SR))
        library.append(texture_report(y, mine, SR))
    line = {"quality": quality, "textures": str(len(pairs))}
    for name in SCORES:
        both = [np.median([report[name] for report in reports]) for reports in (page, library)]
        off = np.median([abs(a[name] - b[name]) for a, b in zip(page, library, strict=True)])
        line[name] = f"{both[0]:.3f}, {both[1]:.3f} ({off:.3f})"
    times = [row["seconds"] for row in took["cpu"]]
    line["CPU s, first"] = f"{times[0]:.1f}, {seconds[0]:.1f}"
    line["CPU s, next"] = f"{np.median(times[1:]):.2f}, {np.median(seconds[1:]):.2f}"
    line["most memory, MB"] = f"{took['mb']:.0f}"
    return line


def main(argv: list[str] | None = None) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sounds", type=int, default=99, help="how many recordings")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args(argv)
    names = list(field_recordings())[: args.sounds]
    print("Each: the page, the library (and how far apart for one recording and seed)\n")
    for quality in QUALITIES:
        with tempfile.TemporaryDirectory() as folder:
            print(table([compared(names, args.seeds, quality, Path(folder))]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
