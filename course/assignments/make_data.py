"""Makes the data of both assignments, and the key, from one seed.

    python course/assignments/make_data.py            # as stored here
    python course/assignments/make_data.py --seed 7 --to FOLDER   # your own

The stored key is public, like everything in this folder. A class that is
graded should get a set of its own: FOLDER/data for students, FOLDER/key.csv
for you. All sounds are the library's: its recordings and its synthetic ones.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile as sf
import torch

from audiostyle_lib import synthesize_texture
from audiostyle_lib.audio import SR
from audiostyle_lib.page.lab import COLUMNS
from audiostyle_lib.sounds import (
    crackle,
    engine,
    load_sound,
    matched_noise,
    rain,
)
from audiostyle_lib.transforms import STFT

HERE = Path(__file__).parent
SOURCES = ("sauna", "printer", "drum_roll")
# What was done, twice for the two that are easily taken for one another.
KINDS = ("texture", "texture", "noise", "noise", "shuffled", "rephased")
SECONDS = 2.5
PIECE = 0.75  # seconds of a piece of a shuffled recording


def shuffled(y: np.ndarray, seed: int) -> np.ndarray:
    """The recording, cut into pieces of 0.75 s, in another order."""
    pieces = y[: len(y) // round(PIECE * SR) * round(PIECE * SR)]
    pieces = pieces.reshape(-1, round(PIECE * SR))
    order = np.random.default_rng(seed).permutation(len(pieces))
    return pieces[order].reshape(-1)


def rephased(y: np.ndarray, seed: int) -> np.ndarray:
    """The same pieces with new phases: a copy whose samples are new."""
    transform, pieces = STFT.for_rate(SR), torch.from_numpy(shuffled(y, seed))
    S = transform.forward(pieces)
    return transform.inverse(S, length=len(pieces), seed=seed).numpy()


def made(y: np.ndarray, kind: str, seed: int) -> np.ndarray:
    """A clip of one kind after a recording."""
    if kind == "texture":
        z = synthesize_texture(
            y, SR, seconds=SECONDS, seed=seed, keep_trend=True, progress=False
        ).y
    elif kind == "noise":
        z = matched_noise(y, SR, seconds=SECONDS, seed=seed)
    else:
        z = {"shuffled": shuffled, "rephased": rephased}[kind](y, seed)
    return z[: round(SECONDS * SR)]


def drawn(seed: int) -> dict[str, str]:
    """The key: what each clip is, and the numbers of engine and mill."""
    rng = np.random.default_rng(seed)
    pairs = [("", "")] * 2
    while len(set(pairs)) < len(KINDS):  # no pair twice
        pairs = list(zip(rng.permutation(SOURCES * 2), KINDS, strict=True))
    rng.shuffle(pairs)
    key = {f"clip {i}": " ".join(pair) for i, pair in enumerate(pairs, 1)}
    key["engine, firings per second"] = f"{rng.uniform(5.5, 8.5):.2f}"
    key["mill, strokes per second"] = f"{rng.uniform(2.5, 4.0):.2f}"
    return key


def mill(strokes: float, seed: int) -> np.ndarray:
    """A machine that nobody recorded: strokes, crackling, spray; 8 s."""
    parts = {
        0.7: engine(strokes, seconds=8.0, jitter=0.05, seed=seed),
        0.5: crackle(12.0, seconds=8.0, seed=seed + 1),
        0.3: rain(300.0, seconds=8.0, seed=seed + 2),
    }
    y = sum(gain * part for gain, part in parts.items())
    return (0.8 * y / np.abs(y).max()).astype(np.float32)


def sounds(seed: int) -> dict[str, np.ndarray]:
    """All sounds by file name."""
    key = drawn(seed)
    found = {}
    for i in range(1, len(KINDS) + 1):
        source, kind = key[f"clip {i}"].split()
        reference = load_sound(source, seconds=6.0)
        y = made(reference, kind, seed=100 * seed + i)
        found[f"clip_{i}.flac"] = 0.5 * y / np.abs(y).max()
    firings = float(key["engine, firings per second"])
    found["engine.flac"] = engine(firings, seconds=5.0, seed=seed)
    strokes = float(key["mill, strokes per second"])
    found["mill.flac"] = mill(strokes, seed)
    return found


def listeners(seed: int) -> dict[str, list[dict[str, object]]]:
    """Two simulated listeners: one hears a little, the other tosses coins."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, skill in {"simulated-1": 0.8, "simulated-2": 0.5}.items():
        rows = []
        for trial in range(1, 13):
            truth, other = rng.permutation(["Sound 1", "Sound 2"])
            right = rng.random() < skill
            row = {"session": name, "trial": trial, "kind": "which"}
            row["question"] = "Which is the recording? (mill)"
            row |= {"choices": 2, "choice": truth if right else other}
            row |= {"truth": truth, "correct": int(right)}
            row["plays"] = int(rng.integers(2, 6))
            rows.append(row | {"seconds": f"{rng.uniform(5, 20):.1f}"})
        found[f"{name}.csv"] = rows
    return found


def write(folder: Path, seed: int) -> None:
    """All files, in `folder`."""
    data = folder / "data"
    (data / "listeners").mkdir(parents=True, exist_ok=True)
    for name, y in sounds(seed).items():
        sf.write(data / name, y, SR, subtype="PCM_16")
    for name, rows in listeners(seed).items():
        _write(data / "listeners" / name, COLUMNS, rows)
    key = [{"what": k, "answer": v} for k, v in drawn(seed).items()]
    _write(folder / "key.csv", ("what", "answer"), key)


def _write(
    path: Path, columns: tuple[str, ...], rows: Sequence[Mapping[str, object]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, default=HERE)
    given = parser.parse_args()
    write(given.to, given.seed)
