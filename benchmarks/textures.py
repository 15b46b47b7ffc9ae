"""Our texture engine beside the published recipes: how fast, how alike, how new, how varied.

    .venv/bin/python benchmarks/textures.py                      # all: hours; what is done is kept
    .venv/bin/python benchmarks/textures.py --sounds sauna printer --seeds 1 --seconds 3
    .venv/bin/python benchmarks/textures.py --table              # only the table of what is done

Every run has a process of its own, and appends one line to `benchmarks/results/textures.jsonl`;
interrupt and call again to go on. "same seconds" gives each recipe as long as our standard engine
took; "converged" lets it run until its loss falls by less than 2 % in 20 evaluations.

What is optimised by whom: see `OPTIMISED`. `held out` is optimised by none.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import librosa
import numpy as np
from recipes import RECIPES, Clock
from tqdm import tqdm

from audiostyle_lib import sounds, synthesize_texture
from audiostyle_lib.metrics import (
    auditory_distances,
    copy_score,
    relative_distance,
    spectrogram_copy_score,
)
from audiostyle_lib.sounds import load_sound, matched_noise

SR = 22050
RESULTS = Path(__file__).parent / "results" / "textures.jsonl"
SOUNDS = (
    *("sauna", "printer", "drum_roll", "glass_rub", "safari", "tabla", "choir"),
    *("rain", "crackle", "engine"),
)
OURS, NOISE, HALVES = "ours", "spectrum-matched noise", "the recording's other half"
CLASSES = (
    *("envelope_mean", "envelope_variation", "envelope_skewness"),
    *("band_correlation", "modulation_power", "modulation_correlation"),
)
HELD_OUT = ("cepstral_covariance", "flux", "onset_period")
OPTIMISED = {
    OURS: "Gram matrices of a log spectrogram's principal components; quantiles of its bins",
    "Ulyanov, Lebedev 2016": "Gram matrix of a log spectrogram's responses",
    "Huzaifah, Wyse 2019": "Gram matrix of a log spectrogram's responses",
    "Antognini et al. 2018": "the same at six widths, their autocorrelation, and diversity",
    "Caracalla, Roebel 2020": "Gram matrices of a complex spectrogram's responses",
}


def sound(name: str, seconds: float) -> np.ndarray:
    """A reference of the benchmark: a recording of the book or a synthetic sound."""
    if name in ("rain", "crackle", "engine"):
        return getattr(sounds, name)(seconds=seconds)
    skipped = SR if name == "sauna" else 0  # its first second holds the pouring of the water
    return load_sound(name)[skipped : skipped + round(seconds * SR)]


def held_out(y: np.ndarray) -> dict[str, np.ndarray]:
    """Statistics that no engine here optimises.

    `cepstral_covariance`: of 20 MFCCs and their changes; `flux`: quantiles of the change of 40 mel
    bands from frame to frame, in dB; `onset_period`: autocorrelation of the onset strength from
    50 ms to 1.5 s.
    """
    hop = 220
    mel = librosa.feature.melspectrogram(y=y, sr=SR, n_fft=1024, hop_length=hop, n_mels=40)
    decibels = librosa.power_to_db(mel, ref=mel.max(), top_db=80.0)
    cepstra = librosa.feature.mfcc(S=decibels, n_mfcc=20)[1:]
    both = np.vstack([cepstra, librosa.feature.delta(cepstra)])
    onset = librosa.onset.onset_strength(S=decibels, sr=SR)
    onset = onset - onset.mean()
    spectrum = np.abs(np.fft.rfft(onset, 2 * len(onset))) ** 2
    repeats = np.fft.irfft(spectrum)[: len(onset)]
    levels = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    return {
        "cepstral_covariance": np.cov(both)[np.triu_indices(len(both))],
        "flux": np.quantile(np.diff(decibels, axis=1), levels, axis=1),
        "onset_period": repeats[5:150] / max(repeats[0], 1e-12),
    }


def likeness(reference: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Distances of `y` from the reference, 0 for equal, by class, and how much of it is copied."""
    found = auditory_distances(reference, y, SR)
    a, b = held_out(reference), held_out(y)
    found |= {name: relative_distance(a[name], b[name]) for name in HELD_OUT}
    found["held out"] = float(np.mean([found[name] for name in HELD_OUT]))
    found["copy"] = copy_score(reference, y, SR)
    found["copy_spectrogram"] = spectrogram_copy_score(reference, y, SR)
    return found


def synthesise(engine: str, reference: np.ndarray, seed: int, limit: float) -> np.ndarray:
    """A take by one engine; recipes stop after `limit` seconds, and then still find phases."""
    if engine == OURS:
        return synthesize_texture(reference, SR, seed=seed, progress=False).y
    if engine == NOISE:
        return matched_noise(reference, SR, seed=seed)
    return RECIPES[engine](reference, SR, Clock(limit, began=time.perf_counter()), seed)


def one(engine: str, name: str, seed: int, seconds: float, limit: float) -> dict[str, object]:
    """Run one take and measure it: a line of the results."""
    reference = sound(name, seconds)
    if engine == HALVES:
        half = len(reference) // 2
        reference, y, spent = reference[:half], reference[half:], 0.0
    else:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        y = synthesise(engine, reference, seed, limit)
        spent = time.perf_counter() - began
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        np.save(take(engine, name, seed, seconds, limit), y)
    row = {"engine": engine, "sound": name, "seed": seed, "length": seconds, "limit": limit}
    row |= {"seconds": spent, "MB": 0.0 if engine == HALVES else memory}
    return row | likeness(reference, y)


def take(engine: str, name: str, seed: int, seconds: float, limit: float) -> Path:
    """Where a take is kept, so that takes of several seeds can be compared."""
    words = f"{engine}-{name}-{seed}-{seconds:g}-{limit:g}".replace(" ", "_").replace(",", "")
    return RESULTS.parent / "takes" / f"{words}.npy"


def done() -> list[dict[str, object]]:
    """All lines of the results so far."""
    return (
        [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    )


def plan(args: argparse.Namespace) -> Iterator[tuple[str, str, int, float]]:
    """Engine, sound, seed and limit in seconds of every run that is wanted, quick ones first."""
    for name in args.sounds:
        yield HALVES, name, 0, 0.0
    for engine, name, seed in product((OURS, NOISE), args.sounds, range(args.seeds)):
        yield engine, name, seed, 0.0
    for limit in (-1.0, args.limit):  # -1: as long as ours took
        for engine, name, seed in product(RECIPES, args.sounds, range(args.seeds)):
            yield engine, name, seed, limit


def run(args: argparse.Namespace) -> None:
    """Do what of the plan is not done yet, each run in its own process."""
    (RESULTS.parent / "takes").mkdir(parents=True, exist_ok=True)
    wanted = list(plan(args))
    finished = {(r["engine"], r["sound"], r["seed"], r["mode"], r["length"]) for r in done()}
    for engine, name, seed, limit in tqdm(wanted, desc="runs"):
        if (engine, name, seed, limit, args.seconds) in finished:
            continue
        spent = [
            r["seconds"]
            for r in done()
            if (r["engine"], r["sound"], r["length"]) == (OURS, name, args.seconds)
        ]
        seconds = float(np.mean(spent)) if limit < 0 else limit
        call = json.dumps([engine, name, seed, args.seconds, seconds])
        found = subprocess.run(
            [sys.executable, __file__, "--one", call], capture_output=True, text=True, check=False
        )
        if found.returncode:
            raise SystemExit(f"{engine}, {name}: {found.stderr[-2000:]}")
        row = json.loads(found.stdout.splitlines()[-1]) | {"mode": limit}
        with RESULTS.open("a") as file:
            file.write(json.dumps(row) + "\n")


def summary(rows: Sequence[dict]) -> dict[str, dict[str, str]]:
    """One line per engine and mode, means over sounds and seeds."""
    lines: dict[str, dict[str, str]] = {}
    for engine, mode in dict.fromkeys((r["engine"], r["mode"]) for r in rows):
        own = [r for r in rows if (r["engine"], r["mode"]) == (engine, mode)]
        label = engine
        if engine in RECIPES:
            label += ", same seconds" if mode < 0 else ", converged"
        mean = {k: float(np.mean([r[k] for r in own])) for k in own[0] if type(own[0][k]) is float}
        lines[label] = {
            "runs": str(len(own)),
            "s per s": f"{np.mean([r['seconds'] / r['length'] for r in own]):.2f}",
            "MB": f"{max(r['MB'] for r in own):.0f}",
            "auditory": f"{mean['auditory']:.3f}",
            **{k.replace("_", " "): f"{mean[k]:.2f}" for k in CLASSES},
            "held out": f"{mean['held out']:.2f}",
            **{k.replace("_", " "): f"{mean[k]:.2f}" for k in HELD_OUT},
            "copy": f"{mean['copy']:.2f}",
            "copy spectrogram": f"{mean['copy_spectrogram']:.2f}",
            "between seeds": between(own),
        }
    return lines


def between(rows: Sequence[dict]) -> str:
    """How much takes of several seeds copy each other: mean spectrogram copy score."""
    found = []
    for a, b in product(rows, rows):
        if a["sound"] == b["sound"] and a["seed"] < b["seed"] and a["engine"] != HALVES:
            paths = [
                take(r["engine"], r["sound"], r["seed"], r["length"], r["limit"]) for r in (a, b)
            ]
            found.append(spectrogram_copy_score(np.load(paths[0]), np.load(paths[1]), SR))
    return f"{np.mean(found):.2f}" if found else "-"


def main(argv: Sequence[str] | None = None) -> None:
    """Run, or go on, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sounds", nargs="+", default=SOUNDS, choices=SOUNDS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each reference")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds of a converged run")
    parser.add_argument("--table", action="store_true", help="print what is done and end")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.one:
        print(json.dumps(one(*json.loads(args.one))))
        return
    if not args.table:
        run(args)
    lines = summary([r for r in done() if r["sound"] in args.sounds])
    columns = list(next(iter(lines.values()), {}))
    print("\n".join("| " + " | ".join(line) + " |" for line in [["engine", *columns]]))
    print("|" + " --- |" * (len(columns) + 1))
    for label, line in lines.items():
        print("| " + " | ".join([label, *line.values()]) + " |")


if __name__ == "__main__":
    main()
