"""Our texture engine beside the published recipes: how fast, how alike, how new, how varied.

    .venv/bin/python benchmarks/textures.py                      # all: hours; what is done is kept
    .venv/bin/python benchmarks/textures.py --sounds sauna printer --seeds 0
    .venv/bin/python benchmarks/texture_tables.py                # tables of what is done

Every run has a process and one CPU thread of its own, and appends a line to
`benchmarks/results/textures.jsonl`; interrupt and call again to go on. Seconds are CPU seconds, so
that other work on the machine hardly counts. A recipe is looked at after 0.5, 1, 2, 4, ... seconds
and at its end: where its loss is 1e-4 of its start's, or falls by less than 2 % in 20 evaluations,
or after `--limit` seconds. `--jobs 8` makes eight runs at once, `--scheduler tcp://host:port` has
them made by the workers of a Dask cluster, each with the library as installed from a clone of this
repository; what they make comes back here. Seconds are comparable only on equal machines.

What is optimised by whom: see `OPTIMISED`. What is `held out` is optimised by none.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path

import librosa
import numpy as np
from recipes import RECIPES, solve
from tqdm import tqdm

import audiostyle_lib
from audiostyle_lib import STANDARD, sounds, synthesize_texture
from audiostyle_lib.metrics import (
    auditory_distances,
    copy_score,
    relative_distance,
    spectrogram_copy_score,
)
from audiostyle_lib.parallel import in_parallel
from audiostyle_lib.sounds import load_sound, matched_noise

SR = 22050
RESULTS = Path(__file__).parent / "results" / "textures.jsonl"
TAKES = RESULTS.parent / "takes"
SOUNDS = (
    *("sauna", "printer", "drum_roll", "glass_rub", "safari", "tabla", "choir"),
    *("rain", "crackle", "engine"),
)
OURS = {f"ours, {quality}": quality for quality in ("draft", "standard", "best")}
NOISE, HALVES = "spectrum-matched noise", "the recording's other half"
ENGINES = (HALVES, NOISE, *OURS, *RECIPES)
OPTIMISED = {
    HALVES: "nothing",
    NOISE: "the spectrum",
    "ours, draft": "Gram matrices and quantiles of a spectrogram",
    **dict.fromkeys(
        ("ours, standard", "ours, best"),
        "the same, autocorrelation and diversity of its responses; envelopes and levels",
    ),
    "Ulyanov, Lebedev 2016": "Gram matrix of a log spectrogram's responses",
    "Huzaifah, Wyse 2019": "Gram matrix of a log spectrogram's responses",
    "Antognini et al. 2018": "the same at six widths, their autocorrelation, and diversity",
    "Caracalla, Roebel 2020": "Gram matrices of a complex spectrogram's responses, row by row",
    "McDermott, Simoncelli 2011": "statistics of the ear's envelopes",
}
CLASSES = (
    *("envelope_mean", "envelope_variation", "envelope_skewness"),
    *("band_correlation", "modulation_power", "modulation_correlation"),
)
HELD_OUT = ("cepstral_covariance", "flux", "onset_period")
UNITS = {"onset_period": 0.3}  # correlations far below it are those of chance


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
    lags = min(a["onset_period"].size, b["onset_period"].size)  # of the shorter of two sounds
    a["onset_period"], b["onset_period"] = a["onset_period"][:lags], b["onset_period"][:lags]
    found |= {
        name: relative_distance(a[name], b[name], unit=UNITS.get(name, 0.0)) for name in HELD_OUT
    }
    found["held out"] = float(np.mean([found[name] for name in HELD_OUT]))
    found["copy"] = copy_score(reference, y, SR)
    found["copy_spectrogram"] = spectrogram_copy_score(reference, y, SR)
    return {name: round(value, 5) for name, value in found.items()}


def take(engine: str, name: str, seed: int, seconds: float) -> Path:
    """Where the sounds of a run are kept, to be measured and compared."""
    words = f"{engine}-{name}-{seed}-{seconds:g}".replace(" ", "_").replace(",", "")
    return TAKES / f"{words}.npz"


def synthesise(engine: str, name: str, seed: int, seconds: float, limit: float) -> dict:
    """One run: its sounds are kept, and what it cost is returned."""
    reference = sound(name, seconds)
    hasty = STANDARD.but(n_steps=1, n_refine=1)
    synthesize_texture(reference[:SR], SR, quality=hasty, progress=False)  # imports
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, began = time.perf_counter(), time.process_time()
    spent: list[float] = []
    losses: list[float] = []
    if engine in RECIPES:
        problem = RECIPES[engine](reference, seed)
        ready = time.process_time() - began
        kept, losses = solve(problem, limit=limit)
        ys = []
        for seconds_so_far, x in kept:
            start = time.process_time()
            ys.append(problem.sound(x))
            spent.append(ready + seconds_so_far + time.process_time() - start)
    else:
        if engine in OURS:
            quality = OURS[engine]
            ys = [synthesize_texture(reference, SR, seed=seed, quality=quality, progress=False).y]
        elif engine == NOISE:
            ys = [matched_noise(reference, SR, seed=seed)]
        else:
            ys = [reference[len(reference) // 2 :]]
        spent = [time.process_time() - began]
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    TAKES.mkdir(parents=True, exist_ok=True)
    np.savez(take(engine, name, seed, seconds), ys=np.stack(ys), seconds=spent)
    return {
        **{"engine": engine, "sound": name, "seed": seed, "length": seconds, "limit": limit},
        **{"evaluations": len(losses), "loss": losses[-1] if losses else None},
        **{"MB": round(memory), "wall": round(time.perf_counter() - wall, 2)},
        "machine": machine(),
    }


def machine() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        return platform.machine()


def measure(row: dict) -> dict:
    """The row with `points`: after so many seconds, so alike."""
    reference = sound(row["sound"], row["length"])
    if row["engine"] == HALVES:
        reference = reference[: len(reference) // 2]
    kept = np.load(take(row["engine"], row["sound"], row["seed"], row["length"]))
    points = [
        {"seconds": round(float(seconds), 3)} | likeness(reference, y)
        for seconds, y in zip(kept["seconds"], kept["ys"], strict=True)
    ]
    return row | {"points": points, "between": between(row)}


def between(row: dict) -> float | None:
    """How much of the takes with smaller seeds is found in this one; None if there are none."""
    last = np.load(take(row["engine"], row["sound"], row["seed"], row["length"]))["ys"][-1]
    others = [
        spectrogram_copy_score(np.load(path)["ys"][-1], last, SR)
        for seed in range(row["seed"])
        if (path := take(row["engine"], row["sound"], seed, row["length"])).exists()
    ]
    return round(float(np.mean(others)), 5) if others else None


def done() -> list[dict]:
    """All lines of the results so far."""
    return (
        [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    )


def one_run() -> Callable[[list], tuple[dict, bytes]]:
    """What makes one run, in a process of its own: its row, and its take as bytes."""
    here = __file__

    def there(call: list) -> tuple[dict, bytes]:  # within a function, so that it travels whole
        script = Path(here)
        if not script.is_file():  # another machine
            script = Path(audiostyle_lib.__file__).parents[1] / "benchmarks" / "textures.py"
        one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")}
        with tempfile.TemporaryDirectory() as takes:
            found = subprocess.run(
                [sys.executable, str(script), "--one", json.dumps(call), "--takes", takes],
                env=os.environ | one_thread,
                capture_output=True,
                text=True,
                check=False,
            )
            if found.returncode:
                raise RuntimeError(found.stderr[-2000:])
            (made,) = Path(takes).iterdir()
            return json.loads(found.stdout.splitlines()[-1]), made.read_bytes()

    return there


def run(args: argparse.Namespace) -> None:
    """Do what is wanted and not done yet, each run in its own process."""
    finished = {(r["engine"], r["sound"], r["seed"], r["length"]) for r in done()}
    wanted = [
        [engine, name, seed, args.seconds, args.limit]
        for seed, engine, name in product(args.seeds, args.engines, args.sounds)
        if (seed == 0 or engine != HALVES) and (engine, name, seed, args.seconds) not in finished
    ]
    TAKES.mkdir(parents=True, exist_ok=True)
    with tqdm(total=len(wanted), desc="runs") as bar:
        for seed in args.seeds:  # one after another, since takes are compared with earlier seeds'
            calls = [call for call in wanted if call[2] == seed]
            runs = in_parallel(one_run(), calls, n_jobs=args.jobs, scheduler=args.scheduler)
            with closing(runs):
                for index, outcome in runs:
                    if outcome.error is not None:
                        raise SystemExit(f"{calls[index]}: {outcome.error}")
                    keep(*outcome.result())
                    bar.update(1)


def keep(row: dict, made: bytes) -> None:
    """Write a take, whole, and then its line."""
    with tempfile.NamedTemporaryFile(dir=TAKES, delete=False) as file:
        file.write(made)
    os.replace(file.name, take(row["engine"], row["sound"], row["seed"], row["length"]))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a") as lines:
        lines.write(json.dumps(row | {"between": between(row)}) + "\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Run, or go on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument("--sounds", nargs="+", default=SOUNDS, choices=SOUNDS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(0, 1, 2))
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each reference")
    parser.add_argument("--limit", type=float, default=120.0, help="CPU seconds of a run at most")
    parser.add_argument("--measure", action="store_true", help="measure all takes anew")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once [1]")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, whose workers make them")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--takes", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.one:
        global TAKES
        TAKES = args.takes or TAKES
        print(json.dumps(measure(synthesise(*json.loads(args.one)))))
        return
    if args.measure:
        rows = [measure(row) for row in tqdm(done(), desc="takes")]
        RESULTS.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        run(args)


if __name__ == "__main__":
    main()
