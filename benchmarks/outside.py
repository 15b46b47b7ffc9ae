"""Our textures before judges that no engine here optimises, on all the project's recordings.

    .venv/bin/python benchmarks/outside.py                 # all: an hour; what is done is kept
    .venv/bin/python benchmarks/outside.py --engines standard --seeds 0 1
    .venv/bin/python benchmarks/outside.py --tables        # of what is done; --write: into the book

For every recording (6 s of it, one channel, 22,050 Hz) and seed a texture of the whole, and one of
its first half, which is then judged on the second, unseen: the honest likeness. Judges: how sharp
events are (`audiostyle_lib.attacks`), CDPAM and the machine listener (`judges`), and the copy score
beside them, since a copy would please them all.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import librosa
import numpy as np
import scipy.stats
import torch
from judges import Cdpam, tell_apart
from texture_tables import filled, table
from tqdm import tqdm

from audiostyle_lib import synthesize_texture
from audiostyle_lib.attacks import attack_distance, attack_statistics
from audiostyle_lib.audio import SR, AudioError
from audiostyle_lib.levels import match_levels, rms
from audiostyle_lib.metrics import auditory_distances, spectrogram_copy_score
from audiostyle_lib.realism import expected_realism
from audiostyle_lib.recordings import field_recordings, recordings
from audiostyle_lib.sounds import load_field, load_sound, matched_noise
from audiostyle_lib.trend import without_course

RESULTS = Path(__file__).parent / "results" / "outside.jsonl"
HEARD = RESULTS.with_name("listener.json")
TAKES = RESULTS.parent / "takes"
PAGE = Path(__file__).parents[1] / "book" / "benchmark.md"
BEGIN, END = "<!-- outside: begin -->", "<!-- outside: end -->"
SECONDS = 6.0
PIECE_SECONDS, FADE_SECONDS = 0.5, 0.01
ENGINES = ("draft", "standard", "best", "noise")
PIECES = "pieces"  # of the recording itself: no engine, but how near one can come that draws anew
NAMES = {"halves": "the recording's other half", PIECES: "the recording in pieces"}
SEEDS = range(6)
ATTACKS = ("level_rise", "mel_rise", "rise_ms", "kurtosis")
SOUNDS = tuple(name for name in (*recordings(), *field_recordings()) if name != "crow")  # .48 s


def recording(name: str) -> np.ndarray:
    """Six seconds of a recording, in one channel at the book's rate."""
    if name in recordings():
        y = load_sound(name)[SR if name == "sauna" else 0 :]  # which begins with the pouring
    else:
        y, sr = load_field(name)
        y = librosa.resample(y.mean(axis=0) if y.ndim == 2 else y, orig_sr=sr, target_sr=SR)
    return np.ascontiguousarray(y[: round(SECONDS * SR)], dtype=np.float32)


def made(engine: str, name: str, seed: int, y: np.ndarray) -> np.ndarray:
    """A texture of `y`, by a seed that no other recording has."""
    own = zlib.crc32(name.encode()) % 10_000 + 10_000 * seed
    if engine == "noise":
        return matched_noise(y, SR, seed=own)
    if engine == PIECES:
        return in_pieces(y, seed=own)
    return synthesize_texture(y, SR, seed=own, quality=engine, progress=False).y


def in_pieces(y: np.ndarray, *, seed: int) -> np.ndarray:
    """As long as `y`: half seconds from anywhere in it, faded into each other within 10 ms."""
    n, fade = round(PIECE_SECONDS * SR), round(FADE_SECONDS * SR)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade))  # powers of two unlike sounds add to 1
    gain = np.concatenate([ramp, np.ones(n - 2 * fade), ramp[::-1]])
    rng = np.random.default_rng(seed)
    new = np.zeros(len(y) + n)
    for start in range(0, len(y), n - fade):
        first = rng.integers(len(y) - n + 1)
        new[start : start + n] += gain * y[first : first + n]
    return new[: len(y)].astype(np.float32)


def take(engine: str, name: str, seed: int) -> Path:
    """Where the texture of a whole recording is kept."""
    return TAKES / f"outside-{engine}-{name}-{seed}.npy"


@cache
def _recorded(cdpam: Cdpam, name: str) -> torch.Tensor:
    return cdpam.heard(recording(name))


def auditory(a: np.ndarray, b: np.ndarray) -> float:
    """Distance of the ear's statistics, levels matched, slow courses out."""
    return auditory_distances(*match_levels([without_course(a), without_course(b)]), SR)["auditory"]


def judged(engine: str, name: str, seed: int, cdpam: Cdpam | None) -> dict:
    """One line of the results."""
    y = recording(name)
    first, second = y[: len(y) // 2], y[len(y) // 2 :]
    if engine == "halves":
        whole, of_first, y = second, first, first
    else:
        whole, of_first = made(engine, name, seed, y), made(engine, name, seed, first)
        TAKES.mkdir(parents=True, exist_ok=True)
        np.save(take(engine, name, seed), whole)
    row = {"engine": engine, "sound": name, "seed": seed}
    attacks = attack_statistics(whole, SR)
    row |= attacks | {"attack": attack_distance(attack_statistics(y, SR), attacks)}
    row["auditory"], row["copy"] = auditory(y, whole), spectrogram_copy_score(y, whole, SR)
    row["unseen"] = auditory(second, of_first)
    row["unseen_attack"] = attack_distance(
        attack_statistics(second, SR), attack_statistics(of_first, SR)
    )
    if cdpam is not None:
        row["cdpam"] = cdpam.distance(_recorded(cdpam, name), cdpam.heard(whole, level=rms(y)))
    return {k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()}


def done() -> list[dict]:
    """All lines so far."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return [json.loads(line) for line in lines]


def run(engines: Sequence[str], sounds: Sequence[str], seeds: Sequence[int]) -> None:
    """Do what is wanted and not done yet."""
    try:
        cdpam = Cdpam.trained()
    except AudioError as error:
        print(f"without CDPAM: {error}")
        cdpam = None
    have = {(r["engine"], r["sound"], r["seed"]) for r in done()}
    wanted = [("halves", name, 0) for name in sounds if len(recording(name)) > 2 * SR]
    wanted += [(e, name, seed) for e in engines for seed in seeds for name in sounds]
    for what in tqdm([w for w in wanted if w not in have], desc="takes"):
        with RESULTS.open("a") as file:
            file.write(json.dumps(judged(*what, cdpam)) + "\n")
    heard = json.loads(HEARD.read_text()) if HEARD.exists() else {}
    recorded = {name: recording(name) for name in SOUNDS}
    for engine in tqdm(engines, desc="listener"):
        paths = {n: [p for s in seeds if (p := take(engine, n, s)).exists()][:2] for n in SOUNDS}
        if all(len(of) == 2 for of in paths.values()):
            told = tell_apart(
                recorded, {n: [np.load(p) for p in of] for n, of in paths.items()}, SR
            )
            heard[engine] = {"auc": told.auc, "spread": told.spread, "within": told.within}
            heard[engine]["by_recording"] = {k: round(v, 3) for k, v in told.by_recording.items()}
    HEARD.write_text(json.dumps(heard, indent=1) + "\n")


def by_sound(rows: Sequence[dict], engine: str, key: str) -> dict[str, float]:
    """Mean over seeds for each recording."""
    own = [r for r in rows if r["engine"] == engine and key in r]
    names = dict.fromkeys(r["sound"] for r in own)
    return {n: float(np.mean([r[key] for r in own if r["sound"] == n])) for n in names}


def count(a: dict[str, float], b: dict[str, float], holds: Callable[[float, float], bool]) -> str:
    """On how many of the recordings that both have it holds, as '7 of 18'."""
    both = [name for name in a if name in b]
    return f"{sum(holds(a[name], b[name]) for name in both)} of {len(both)}"


def summary(rows: Sequence[dict], heard: dict) -> list[dict[str, str]]:
    """A line for every engine: the honest likeness first."""
    lines = []
    for engine in ("halves", *ENGINES, PIECES):
        of = {
            k: by_sound(rows, engine, k) for k in ("unseen", "attack", "cdpam", "copy", "auditory")
        }
        if not of["attack"]:
            continue
        halves = {k: by_sound(rows, "halves", k) for k in of}
        other = engine != "halves"
        told = heard.get(engine)
        lines.append(
            {
                "made by": NAMES.get(engine, engine),
                "unseen half": f"{np.mean(list(of['unseen'].values())):.3f}",
                "no farther than the first half": count(
                    of["unseen"], halves["unseen"], float.__le__
                )
                if other
                else "",
                "attack": f"{np.mean(list(of['attack'].values())):.3f}",
                "within half the halves'": count(
                    of["attack"], halves["attack"], lambda a, b: a <= b / 2
                )
                if other
                else "",
                "CDPAM": f"{np.mean(list(of['cdpam'].values())):.3f}" if of["cdpam"] else "",
                "no farther than halves": count(of["cdpam"], halves["cdpam"], float.__le__)
                if other
                else "",
                "1.3 times": count(of["cdpam"], halves["cdpam"], lambda a, b: a <= 1.3 * b)
                if other
                else "",
                "listener": f"{told['auc']:.2f} ± {told['spread']:.2f}" if told else "",
                "copy": f"{np.mean(list(of['copy'].values())):.2f}",
            }
        )
    return lines


def sharpness(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Sound by sound: how sharp recorded, and made."""
    lines = []
    for name in SOUNDS:
        recorded = attack_statistics(recording(name), SR)
        line = {"recording": name}
        for key in ATTACKS:
            of = [by_sound(rows, e, key).get(name, float("nan")) for e in ENGINES[:2]]
            line[key] = f"{recorded[key]:.1f}: " + ", ".join(f"{x:.1f}" for x in of)
        lines.append(line)
    return lines


def agreement(rows: Sequence[dict]) -> list[dict[str, str]]:
    """Spearman correlation of judges, over what the engines made of every recording.

    Last what listeners said in 2011, as far as it is known: the rating that is foretold for a
    recording (`audiostyle_lib.realism`), beside what each judge says of its standard texture.
    """
    keys = ("unseen", "attack", "cdpam", "auditory", "copy")
    own = [r for r in rows if r["engine"] in ENGINES and all(k in r for k in keys)]
    found = scipy.stats.spearmanr([[r[k] for k in keys] for r in own]).statistic
    lines = [
        {"": a} | {b: f"{found[i][j]:.2f}" for j, b in enumerate(keys)} for i, a in enumerate(keys)
    ]
    of = {key: by_sound(rows, "standard", key) for key in keys}
    names = [name for name in SOUNDS if all(name in scores for scores in of.values())]
    if len(names) > 2:
        foretold = [expected_realism(recording(name), SR).rating for name in names]
        line = {"": "rating foretold, standard"}
        for key in keys:
            r = scipy.stats.spearmanr(foretold, [of[key][name] for name in names]).statistic
            line[key] = f"{r:.2f}"
        lines.append(line)
    return lines


def tables(rows: Sequence[dict], heard: dict) -> str:
    """All tables, for the appendix."""
    seeds = {e: len({r["seed"] for r in rows if r["engine"] == e}) for e in (*ENGINES, PIECES)}
    return "\n\n".join(
        [
            table(summary(rows, heard)),
            "**How sharp**, recorded: draft, standard (rises in dB, rise time in ms)",
            table(sharpness(rows)),
            "**Which judge agrees with which**: rank correlation over all that the engines made",
            table(agreement(rows)),
            *(
                f"The listener, {engine}, each recording by itself: "
                + ", ".join(f"{name} {x:.2f}" for name, x in told["by_recording"].items())
                + "."
                for engine, told in heard.items()
                if engine in ENGINES[:3]
            ),
            "Seeds: " + ", ".join(f"{e}: {n}" for e, n in seeds.items() if n) + ".",
        ]
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Run, or go on, or print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--engines", nargs="+", default=(*ENGINES, PIECES), choices=(*ENGINES, PIECES)
    )
    parser.add_argument("--sounds", nargs="+", default=SOUNDS, choices=SOUNDS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--tables", action="store_true", help="print what is done")
    parser.add_argument("--write", action="store_true", help="and put it into the book")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    if not (args.tables or args.write):
        run(args.engines, args.sounds, args.seeds)
    found = tables(done(), json.loads(HEARD.read_text()) if HEARD.exists() else {})
    print(found)
    if args.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), found, BEGIN, END), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
