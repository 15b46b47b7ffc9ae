"""The command on the project's field recordings, as a sound maker uses it: a table for the book.

    .venv/bin/python benchmarks/tool.py            # print it; a minute
    .venv/bin/python benchmarks/tool.py --write    # and put it into the page "Using the tool"

Each recording is written as a 24-bit WAV file at 48,000 Hz; `audiostyle texture --loop` makes one
of it, four times, which are read back and judged: rate, channels, depth, seconds of work, how sharp
events are beside the recording's halves, how channels differ, and how the wrap ranks among random
places. Numbers are means.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import librosa
import numpy as np
import soundfile as sf
from texture_tables import filled, table
from tqdm import tqdm

from audiostyle_lib import load_audio, texture_report
from audiostyle_lib.commands.main import main as audiostyle
from audiostyle_lib.recordings import field_recordings, load_field

PAGE = Path(__file__).parents[1] / "book" / "using.md"
BEGIN, END = "<!-- tool: begin -->", "<!-- tool: end -->"
SR = 48_000
N_PLACES, N_TAKES = 400, 4


def wrap_rank(y: np.ndarray, sr: int, measure: Callable[[np.ndarray], float]) -> float:
    """Share of random places of a loop `y` (n,) where a measure of 20 ms is below the wrap's.

    >>> y = np.random.default_rng(0).normal(size=8000)
    >>> 0.0 <= wrap_rank(y, 8000, click) <= 1.0
    True
    """
    half = sr // 100
    places = np.random.default_rng(0).integers(0, len(y), N_PLACES)
    found = [measure(np.roll(y, half - place)[: 2 * half]) for place in (0, *places)]
    return float(np.mean(np.array(found[1:]) < found[0]))


def click(y: np.ndarray) -> float:
    """How far the middle is from smooth, relative to what is around it."""
    rough, middle = np.abs(np.diff(y, 3)), len(y) // 2
    return float(rough[middle - 3 : middle + 1].max() / (np.median(rough) + 1e-9))


def level(y: np.ndarray) -> float:
    """Mean square of the middle 4 ms."""
    near = 2 * len(y) // 5
    return float(np.mean(y[near:-near] ** 2))


def judged(name: str, folder: Path) -> dict[str, str]:
    """One line of the table."""
    Y, native = load_field(name)
    Y = librosa.resample(np.atleast_2d(Y), orig_sr=native, target_sr=SR)
    source, target = folder / f"{name}.wav", folder / f"{name}-loop.wav"
    sf.write(source, (Y / max(1.0, np.abs(Y).max())).T, SR, "PCM_24")
    said, options = StringIO(), ["--loop", "--json", "--takes", str(N_TAKES)]
    with redirect_stdout(said):
        status = audiostyle(["texture", str(source), str(target), *options])
    assert status == 0, name
    recorded, sr = load_audio(source, sr=None, mono=False)
    found: dict[str, list[float]] = {}
    for row in map(json.loads, said.getvalue().splitlines()):
        made, _ = load_audio(row["output"], sr=None, mono=False)
        report, first = texture_report(recorded, made, sr), np.atleast_2d(made)[0]
        numbers = {
            **report,
            **{"work": row["work_seconds"] / row["seconds"], "lufs": row["lufs"]},
            **{"recorded": row["lufs_of_recording"]},
            **{f.__name__: wrap_rank(first, sr, f) for f in (click, level)},
        }
        for key, value in numbers.items():
            found.setdefault(key, []).append(value)
        info = sf.info(row["output"])
    mean = {key: float(np.mean(values)) for key, values in found.items()}
    apart = [mean.get(f"channel_{key}") for key in ("correlation", "level_db")]
    plural = "s" if info.channels > 1 else ""
    return {
        "recording": name,
        "out": f"{info.samplerate:,} Hz, {info.channels} channel{plural}, {info.subtype}",
        "work, s per s": f"{mean['work']:.2f}",
        "LUFS, recorded and made": f"{mean['recorded']:.1f}, {mean['lufs']:.1f}",
        "attack (halves)": f"{mean['attack']:.2f} ({mean['attack_halves']:.2f})",
        "channels: correlation, level in dB": ", ".join(f"{x:.2f}" for x in apart if x is not None),
        "wrap: click, level": f"{mean['click']:.2f}, {mean['level']:.2f}",
    }


def main(argv: list[str] | None = None) -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        lines = [judged(name, Path(folder)) for name in tqdm(field_recordings())]
    print(table(lines))
    if args.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), table(lines), BEGIN, END), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
