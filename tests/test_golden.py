"""Every call makes what it made: its results, as numbers that are heard, beside those written down.

So that a change that should change nothing is seen to change something. What is compared is what a
listener would notice, loosely: another processor's last digits make another sound of the same kind.
After a change that is meant to be heard: look at what has moved, then

    .venv/bin/python tests/test_golden.py --write
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audiostyle_lib as al
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import auditory_distances
from audiostyle_lib.quality import QUALITIES
from audiostyle_lib.sounds import crackle, engine, load_sound, rain

GOLDEN = Path(__file__).parent / "data" / "golden.json"
SR = 22050
SECONDS = 1.2
N_BANDS = 12  # from 60 Hz to 9 kHz, 7 semitones each
AUDIBLE = 45.0  # dB below the loudest band, in the golden numbers
# By how much another processor, or the other side of a rounding error, may differ.
LEVEL, BAND, SCORE, CORRELATION = 1.0, 1.5, 0.05, 0.05


@cache
def sound(name: str) -> np.ndarray:
    """A reference: synthetic, a recording, or two channels that have something in common."""
    if name == "crackle":
        return crackle(20.0, seconds=SECONDS)
    if name == "engine":
        return engine(8.0, seconds=SECONDS)
    if name == "printer":
        return load_sound("printer")[SR : SR + round(SECONDS * SR)]
    both, left, right = (rain(seconds=SECONDS, seed=seed) for seed in range(3))
    return np.stack([0.5 * both + 0.4 * left, 0.4 * np.roll(both, 6) + 0.15 * right])


def texture(quality: str, name: str) -> np.ndarray:
    return al.synthesize_texture(sound(name), SR, quality=quality, progress=False).y


def mixture(quality: str, *names: str) -> np.ndarray:
    pair = [sound(name) for name in names]
    return al.mix_textures(pair, SR, weights=[2, 1], quality=quality, progress=False).y


def stream(quality: str, name: str) -> np.ndarray:
    blocks = al.stream_texture(sound(name), SR, block_seconds=0.75, quality=quality)
    return np.concatenate(list(islice(blocks, 2)), axis=-1)


def transfer(quality: str, content: str, style: str) -> np.ndarray:
    return al.transfer_style(sound(content), sound(style), SR, quality=quality, progress=False).y


def generator(quality: str, name: str) -> np.ndarray:
    """Hardly trained: it is the way that is compared, not the goal."""
    steps = {"channel_steps": 20, "sound_steps": 4}
    made = al.train_generator(sound(name), SR, quality=quality, progress=False, **steps)
    return made.synthesize(SECONDS, seed=1)


CALLS: list[tuple[Callable[..., np.ndarray], tuple[str, ...]]] = [
    (texture, ("crackle",)),
    (texture, ("printer",)),
    (texture, ("stereo",)),
    (mixture, ("crackle", "engine")),
    (mixture, ("stereo", "printer")),
    (stream, ("printer",)),
    (stream, ("stereo",)),
    (transfer, ("engine", "printer")),
    (transfer, ("stereo", "crackle")),
    (generator, ("printer",)),
    (generator, ("stereo",)),
]
CASES = {
    f"{call.__name__} {quality}: {', '.join(names)}": (call, quality, names)
    for call, names in CALLS
    for quality in ("standard", "draft")
}


def heard(y: np.ndarray, reference: np.ndarray) -> dict[str, Any]:
    """What is compared of a result: levels, scores beside the first reference, how alike channels
    are."""
    channels = np.atleast_2d(y).astype(np.float64)
    power = (np.abs(np.fft.rfft(channels, axis=1)) ** 2).mean(axis=0)
    f = np.fft.rfftfreq(channels.shape[1], 1 / SR)
    edges = np.geomspace(60.0, 9000.0, N_BANDS + 1)
    bands = [power[(f >= a) & (f < b)].mean() for a, b in pairwise(edges)]
    compared = y if y.ndim == reference.ndim else channels[0].astype(np.float32)
    found = {
        "level": float(20 * np.log10(rms(y))),
        "bands": (10 * np.log10(np.array(bands) + 1e-12)).tolist(),
        "scores": auditory_distances(reference, compared, SR),
    }
    if len(channels) > 1:
        found["correlation"] = float(np.corrcoef(channels)[0, 1])
    return found


def made(name: str) -> dict[str, Any]:
    call, quality, names = CASES[name]
    return heard(call(quality, *names), sound(names[0]))


def moved(now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    """What differs by more than it may, in words."""
    found = []
    if abs(now["level"] - then["level"]) > LEVEL:
        found.append(f"level {now['level'] - then['level']:+.1f} dB")
    loudest = max(then["bands"])
    for i, (a, b) in enumerate(zip(now["bands"], then["bands"], strict=True)):
        if b > loudest - AUDIBLE and abs(a - b) > BAND:
            found.append(f"band {i} {a - b:+.1f} dB")
    for key in sorted(set(now["scores"]) | set(then["scores"])):
        a, b = (scores.get(key, np.nan) for scores in (now["scores"], then["scores"]))
        if not abs(a - b) <= SCORE:
            found.append(f"{key} {a:.3f} instead of {b:.3f}")
    if ("correlation" in now) != ("correlation" in then):
        found.append("another number of channels")
    elif "correlation" in now and abs(now["correlation"] - then["correlation"]) > CORRELATION:
        found.append(f"correlation {now['correlation']:.2f} instead of {then['correlation']:.2f}")
    return found


def written() -> dict[str, dict[str, Any]]:
    return json.loads(GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_it_makes_what_it_made(name: str) -> None:
    """If this was meant to change: python tests/test_golden.py --write"""
    assert moved(made(name), written()[name]) == []


def test_nothing_else_is_written_down() -> None:
    assert set(written()) == set(CASES)


def test_a_step_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(QUALITIES, "standard", al.STANDARD.but(n_refine=0))
    for name in ("texture standard: crackle", "stream standard: printer"):
        assert moved(made(name), written()[name]), name


def test_what_counts_as_moved() -> None:
    then = written()["texture standard: stereo"]
    bands, scores = then["bands"], then["scores"]
    faint = [*bands[:-1], max(bands) - 70.0]
    for now, words in (
        (then, []),
        (then | {"level": then["level"] - 3}, ["level -3.0 dB"]),
        (then | {"bands": [bands[0] + 2, *bands[1:]]}, ["band 0 +2.0 dB"]),
        (then | {"correlation": then["correlation"] - 0.2}, ["correlation"]),
        (then | {"scores": scores | {"auditory": 0.9}}, ["auditory 0.900 instead of"]),
        (then | {"scores": scores | {"newly": 0.0}}, ["newly 0.000 instead of nan"]),
        ({k: v for k, v in then.items() if k != "correlation"}, ["another number of channels"]),
    ):
        found = moved(now, then)
        assert len(found) == len(words), found
        assert all(said.startswith(word) for said, word in zip(found, words, strict=True))
    assert moved(then | {"bands": faint}, then | {"bands": [*bands[:-1], max(bands) - 50.0]}) == []


def write() -> None:
    """Write down what every call makes now, and say what has moved since it was done last."""
    then = written() if GOLDEN.exists() else {}
    lines = []
    for name in CASES:
        now = made(name)
        for what in moved(now, then[name]) if name in then else ["new"]:
            print(f"{name}: {what}")
        rounded = json.loads(json.dumps(now), parse_float=lambda text: round(float(text), 3))
        lines.append(f"{json.dumps(name)}: {json.dumps(rounded)}")
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit((__doc__ or "").strip())
    write()
