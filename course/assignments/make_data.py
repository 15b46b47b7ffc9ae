"""Makes the data of both assignments, and the key, for a class or student.

    python make_data.py --to CLASS                      # a class of your own
    python make_data.py --to CLASS --students names.txt # a riddle for each

CLASS/student/data is for students, CLASS/key for you; with names, each has
CLASS/student/NAME/data and CLASS/key/NAME.json. Everything follows from a
secret: given with --secret, else drawn, and kept in the key. The set that is
stored here is public, like all of this folder: for practice, not for marks.
All sounds are the library's: its recordings and its synthetic ones.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.signal
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
PUBLIC = "public"  # the secret of the stored set, which is none
# Recordings whose bands know of each other, so that noise can be told.
SOURCES = ("sauna", "printer", "drum_roll", "field/boat", "field/fireplace")
DISGUISES = ("shuffled", "rephased", "reversed", "looped", "slowed")
SECONDS = 2.5
PIECE = 0.75  # seconds of a piece of a shuffled recording
LOOP = 0.5  # seconds of what is looped


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


def reversed_(y: np.ndarray, seed: int) -> np.ndarray:
    """The same pieces, each played backwards."""
    return np.ascontiguousarray(shuffled(y, seed)[::-1])


def looped(y: np.ndarray, seed: int) -> np.ndarray:
    """Half a second of the recording, again and again."""
    n = round(LOOP * SR)
    start = np.random.default_rng(seed).integers(len(y) - n)
    return np.tile(y[start : start + n], int(np.ceil(SECONDS / LOOP)))


def slowed(y: np.ndarray, seed: int) -> np.ndarray:
    """The same pieces, a twentieth slower, and so a little lower."""
    return scipy.signal.resample_poly(shuffled(y, seed), 21, 20)


def made(y: np.ndarray, kind: str, seed: int) -> np.ndarray:
    """A clip of one kind after a recording."""
    if kind == "texture":
        z = synthesize_texture(
            y, SR, seconds=SECONDS, seed=seed, keep_trend=True, progress=False
        ).y
    elif kind == "noise":
        z = matched_noise(y, SR, seconds=SECONDS, seed=seed)
    else:
        disguise = dict(
            zip(
                DISGUISES,
                (shuffled, rephased, reversed_, looped, slowed),
                strict=True,
            )
        )
        z = disguise[kind](y, seed)
    return z[: round(SECONDS * SR)].astype(np.float32)


def number(secret: str, what: str = "") -> int:
    """A seed that follows from the secret and does not give it away."""
    if (secret, what) == (PUBLIC, ""):
        return 0
    return int(hashlib.sha256(f"{secret}/{what}".encode()).hexdigest()[:12], 16)


def drawn(secret: str) -> dict[str, Any]:
    """The key: what each clip is, the numbers of engine and mill, the task.

    The public set has the first recordings and disguises; of the others, a
    class gets two that the public solutions have never met.
    """
    rng = np.random.default_rng(number(secret))
    known = secret == PUBLIC
    sources, hidden = SOURCES[:3], DISGUISES[:2]
    if not known:
        sources = tuple(map(str, rng.permutation(SOURCES)[:3]))
        hidden = tuple(map(str, rng.permutation(DISGUISES[2:])[:2]))
    kinds = ("texture", "texture", "noise", "noise", *hidden)
    pairs = [("", "")] * 2
    while len(set(pairs)) < len(kinds):  # no pair twice
        pairs = list(zip(rng.permutation(sources * 2), kinds, strict=True))
    rng.shuffle(pairs)
    key: dict[str, Any] = {"secret": secret, "class": _class(secret)}
    key["clips"] = [[str(name), str(kind)] for name, kind in pairs]
    key["firings_per_second"] = round(float(rng.uniform(5.5, 8.5)), 2)
    key["strokes_per_second"] = round(float(rng.uniform(2.5, 4.0)), 2)
    key["crackles"] = 12.0 if known else round(float(rng.uniform(8, 16)), 1)
    key["drops"] = 300.0 if known else round(float(rng.uniform(200, 400)))
    key["take_seconds"] = 4.0 if known else float(rng.choice([3.0, 3.5, 4.5]))
    return key


def _class(secret: str) -> str:
    """The class's mark, which listeners' files carry."""
    return f"{number(secret, 'class') % 16**6:06x}"


def task(key: Mapping[str, Any]) -> dict[str, Any]:
    """What students are told: no answer is in it."""
    sources, kinds = zip(*key["clips"], strict=True)
    order = ("texture", "noise", *DISGUISES)
    return {
        "class": key["class"],
        "recordings": sorted(set(sources)),
        "kinds": [kind for kind in order if kind in kinds],
        "take_seconds": key["take_seconds"],
    }


def mill(key: Mapping[str, Any], seed: int) -> np.ndarray:
    """A machine that nobody recorded: strokes, crackling, spray; 8 s."""
    strokes = key["strokes_per_second"]
    parts = {
        0.7: engine(strokes, seconds=8.0, jitter=0.05, seed=seed),
        0.5: crackle(key["crackles"], seconds=8.0, seed=seed + 1),
        0.3: rain(key["drops"], seconds=8.0, seed=seed + 2),
    }
    y = sum(gain * part for gain, part in parts.items())
    return (0.8 * y / np.abs(y).max()).astype(np.float32)


def sounds(key: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """All sounds by file name."""
    seed, found = number(key["secret"]), {}
    for i, (source, kind) in enumerate(key["clips"], 1):
        reference = load_sound(source, seconds=6.0)
        y = made(reference, kind, seed=(100 * seed + i) % 2**32)
        found[f"clip_{i}.flac"] = 0.5 * y / np.abs(y).max()
    firings = key["firings_per_second"]
    found["engine.flac"] = engine(firings, seconds=5.0, seed=seed)
    found["mill.flac"] = mill(key, seed)
    return found


def listeners(key: Mapping[str, Any]) -> dict[str, list[dict[str, object]]]:
    """Two simulated listeners: one hears a little, the other tosses coins."""
    rng = np.random.default_rng(number(key["secret"]))
    found = {}
    for name, skill in {"simulated-1": 0.8, "simulated-2": 0.5}.items():
        rows = []
        for trial in range(1, 13):
            truth, other = rng.permutation(["Sound 1", "Sound 2"])
            right = rng.random() < skill
            row = {"session": name, "trial": trial, "kind": "which"}
            row["question"] = f"Which is the recording? (mill {key['class']})"
            row |= {"choices": 2, "choice": truth if right else other}
            row |= {"truth": truth, "correct": int(right)}
            row["plays"] = int(rng.integers(2, 6))
            rows.append(row | {"seconds": f"{rng.uniform(5, 20):.1f}"})
        found[f"{name}.csv"] = rows
    return found


def write_data(folder: Path, key: Mapping[str, Any]) -> None:
    """What students get, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, y in sounds(key).items():
        sf.write(folder / name, y, SR, subtype="PCM_16")
    _write_json(folder / "task.json", task(key))


def write_key(path: Path, key: Mapping[str, Any]) -> None:
    """What the grader needs, and simulated listeners beside it."""
    (path.parent / "listeners").mkdir(parents=True, exist_ok=True)
    _write_json(path, key)
    for name, rows in listeners(key).items():
        _write(path.parent / "listeners" / name, COLUMNS, rows)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _write(
    path: Path, columns: tuple[str, ...], rows: Sequence[Mapping[str, object]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(to: Path, secret: str, students: Sequence[str] = ()) -> None:
    """A class: one set for all, and one for each student who is named."""
    key = drawn(secret)
    write_key(to / "key" / "key.json", key)
    if not students:
        write_data(to / "student" / "data", key)
    for name in students:
        own = drawn(f"{secret}/{name}") | {"class": key["class"]}
        _write_json(to / "key" / f"{name}.json", own)
        write_data(to / "student" / name / "data", own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=Path, required=True, help="a new folder")
    parser.add_argument("--secret", default=secrets.token_hex(8))
    parser.add_argument(
        "--students", type=Path, help="a text file, a name a line"
    )
    given = parser.parse_args()
    names = given.students.read_text("utf-8").split() if given.students else ()
    write(given.to, given.secret, names)
    print(f"{given.to}/student is for students, {given.to}/key for you only.")


if __name__ == "__main__":
    main()
