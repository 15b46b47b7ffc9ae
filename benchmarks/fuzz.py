"""Broken sound files by the thousand: each must give a sound or an `AudioError`, nothing else.

    .venv/bin/python benchmarks/fuzz.py --files 4000 --seed 1

Files of every kind that libsndfile writes, and where PyAV is installed of many that FFmpeg writes,
broken in a dozen ways by a seeded generator, are loaded in a process of its own with limits of
memory and of computing time. A process that dies names the file, and the next one goes on behind
it. `tests/test_fuzz.py` does some of it.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from audiostyle_lib.files.foreign import installed

MEMORY = 2 << 30  # bytes above what the process has at its start
CPU_SECONDS = 600  # for all files of a process: so that a loop without end ends
ODD = (0, 1, 2, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
Bytes = bytearray
FOREIGN = 0.3  # share of the files that FFmpeg writes
# Containers and codings of FFmpeg, with the format of samples where it has several.
KINDS = [
    *(("ipod", "aac", "fltp"), ("ipod", "alac", "s16p"), ("ipod", "alac", "s32p")),
    *(("mov", "pcm_s24le", "s32"), ("mov", "adpcm_ima_qt", "s16p"), ("mp4", "libmp3lame", "fltp")),
    *(("adts", "aac", "fltp"), ("webm", "libopus", "flt")),
    *(("matroska", "flac", "s16"), ("matroska", "pcm_f32le", "flt"), ("caf", "alac", "s16p")),
    *(("3gp", "libopencore_amrnb", "s16"), ("amr", "libopencore_amrnb", "s16")),
    *(("asf", "wmav2", "fltp"), ("wav", "wmav2", "fltp"), ("avi", "ac3", "fltp")),
    *(
        ("flv", "aac", "fltp"),
        ("wv", "wavpack", "s16p"),
        ("tta", "tta", "s16"),
        ("wv", "wavpack", "fltp"),
    ),
]


def whole_files() -> list[Bytes]:
    """A short sound in every format and coding that can be written, of one and of two channels."""
    y = 0.3 * np.random.default_rng(0).normal(0, 0.3, (4000, 2)).clip(-3, 3)
    found = []
    for kind in sorted(set(sf.available_formats()) - {"SD2"}):  # it writes a second file, here
        for coding in sf.available_subtypes(kind):
            for n, sr in ((1, 22050), (2, 48000)):
                file = io.BytesIO()
                try:
                    sf.write(file, y[:, :n], sr, format=kind, subtype=coding)
                except (sf.LibsndfileError, ValueError, TypeError):
                    continue
                found.append(Bytes(file.getvalue()))
    return found


def foreign_file(Y: np.ndarray, sr: int, container: str, coding: str, sample: str) -> bytes:
    """A sound, shape (channels, n), as FFmpeg writes it; `LookupError` if this one does not."""
    import av

    layout = {1: "mono", 2: "stereo"}[len(Y)]
    file = io.BytesIO()
    try:
        with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as out:
            stream: Any = out.add_stream(coding, rate=sr)
            stream.codec_context.layout = layout
            stream.codec_context.format = sample
            stream.codec_context.bit_rate = 12_200 if "amr" in coding else 96_000
            whole: Any = np.ascontiguousarray(Y, np.float32)
            frame = av.AudioFrame.from_ndarray(whole, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = sr, 0
            for part in (frame, None):
                out.mux(stream.encode(part))
    except (av.error.FFmpegError, ValueError) as error:  # of older ones, and other builds
        raise LookupError(f"no {coding} in {container}: {error}") from error
    return file.getvalue()


def foreign_files() -> list[Bytes]:
    """A short sound in every kind that FFmpeg writes here; none where there is no PyAV."""
    if not installed():
        return []
    Y = 0.3 * np.random.default_rng(0).normal(0, 0.3, (2, 4000)).clip(-3, 3)
    found = []
    for container, coding, sample in KINDS:
        for n, sr in ((1, 8000),) if "amr" in coding else ((1, 22050), (2, 48000)):
            with contextlib.suppress(LookupError):
                found.append(Bytes(foreign_file(Y[:n], sr, container, coding, sample)))
    return found


def _flip(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    for at in rng.integers(len(data), size=int(rng.integers(1, 20))):
        data[at] = int(rng.integers(256))
    return data


def _flip_head(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    for at in rng.integers(min(len(data), 128), size=int(rng.integers(1, 5))):
        data[at] = int(rng.integers(256))
    return data


def _field(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    """A number of the header becomes an odd one."""
    size = int(rng.choice([1, 2, 4, 8]))
    at = int(rng.integers(max(1, min(len(data), 200) - size)))
    order = "little" if rng.random() < 0.5 else "big"
    data[at : at + size] = (int(rng.choice(ODD)) % 256**size).to_bytes(size, order)  # type: ignore
    return data


def _cut(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    return data[: int(rng.integers(1, len(data)))]


def _cut_head(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    return data[int(rng.integers(min(100, len(data) - 1))) :]


def _hole(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    a, b = sorted(rng.integers(len(data), size=2))
    return data[:a] + data[b:]


def _zeros(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    a, b = sorted(rng.integers(len(data), size=2))
    data[a:b] = bytes(b - a)
    return data


def _insert(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    at = int(rng.integers(len(data)))
    return data[:at] + rng.bytes(int(rng.integers(1, 3000))) + data[at:]


def _repeat(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    a, b = sorted(rng.integers(len(data), size=2))
    return data[:b] + data[a:b] * int(rng.integers(1, 5)) + data[b:]


def _join(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    return data + files[rng.integers(len(files))]


def _other_head(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    other = files[rng.integers(len(files))]
    n = int(rng.integers(4, 64))
    return other[:n] + data[n:]


def _rubbish(data: Bytes, rng: np.random.Generator, files: list[Bytes]) -> Bytes:
    return data[: int(rng.integers(12, 64))] + rng.bytes(int(rng.integers(1, 30000)))


WAYS: list[Callable[[Bytes, np.random.Generator, list[Bytes]], Bytes]] = [
    *(_flip, _flip_head, _field, _cut, _cut_head, _hole),
    *(_zeros, _insert, _repeat, _join, _other_head, _rubbish),
]


def broken_files(seed: int) -> Iterator[bytes]:
    """Endless broken files; the same seed gives the same, but for the serial numbers in Ogg."""
    native, foreign = whole_files(), foreign_files()
    files = native + foreign
    rng = np.random.default_rng(seed)
    while True:
        chosen = foreign if foreign and rng.random() < FOREIGN else native
        data = Bytes(chosen[rng.integers(len(chosen))])
        for _ in range(int(rng.integers(1, 4))):
            data = Bytes(WAYS[rng.integers(len(WAYS))](data, rng, files)) or Bytes(b"\0")
        yield bytes(data)


def _load_all(seed: int, first: int, last: int, folder: Path) -> None:
    """In a process of its own: load, and write a line about each file before and after."""
    from audiostyle_lib import AudioError
    from audiostyle_lib.files.foreign import foreign_kind
    from audiostyle_lib.files.reading import read_audio

    for whole in (
        whole_files()[0],
        *foreign_files(),
    ):  # what is imported late takes no memory later
        read_audio(io.BytesIO(whole))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    warnings.simplefilter("error")

    def say(row: dict) -> None:
        with (folder / "report").open("a") as file:  # C libraries write to standard output
            file.write(json.dumps(row) + "\n")

    for number, data in enumerate(broken_files(seed)):
        if number >= last:
            return
        if number < first:
            continue
        path = folder / f"{number}.{('wav', 'raw', 'mp3', 'flac')[number % 4]}"
        path.write_bytes(data)
        say({"file": number})
        began = time.process_time()
        row: dict[str, object] = {"file": number, "bytes": len(data)}
        kind = foreign_kind(Bytes(data))
        row["kind"] = kind.demuxer if kind else "other"
        try:
            found = read_audio(path, sr=None if number % 3 else 22050)
            good = found.y.dtype == np.float32 and np.isfinite(found.y).all() and len(found.y)
            row |= {"end": "sound" if good else "no sound", "samples": len(found.y)}
            row["warnings"] = len(found.warnings)
        except AudioError:
            row["end"] = "AudioError"
        except BaseException as error:  # what this is about
            row |= {"end": type(error).__name__, "says": str(error)[:200]}
        row["seconds"] = round(time.process_time() - began, 3)
        row["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        say(row)
        path.unlink()


def fuzz(n_files: int, seed: int) -> list[dict]:
    """What became of each file, in order."""
    rows: dict[int, dict] = {}
    first = 0
    with tempfile.TemporaryDirectory() as folder:
        while first < n_files:
            command = [sys.executable, __file__, "--load", str(first), str(n_files)]
            done = subprocess.run(
                [*command, "--seed", str(seed), "--folder", folder], capture_output=True, text=True
            )
            lines = [json.loads(line) for line in Path(folder, "report").read_text().splitlines()]
            rows |= {row["file"]: row for row in lines if "end" in row}
            if done.returncode == 0:
                break
            if not lines or lines[-1]["file"] < first:
                raise RuntimeError(done.stderr)
            first = lines[-1]["file"] + 1
            if "end" not in lines[-1]:
                rows[first - 1] = {"file": first - 1, "end": f"died: {done.returncode}"}
    return [rows[number] for number in sorted(rows)]


def main() -> None:
    """Load broken files and print what became of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--load", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.load:
        _load_all(args.seed, *args.load, args.folder)
        return
    rows = fuzz(args.files, args.seed)
    for end, count in collections.Counter(row["end"] for row in rows).most_common():
        print(f"{end:12} {count:6}")
    kinds = collections.Counter((row.get("kind", "?"), row["end"]) for row in rows)
    print(", ".join(f"{kind}: {count} {end}" for (kind, end), count in sorted(kinds.items())))
    for row in rows:
        if row["end"] not in ("sound", "AudioError"):
            print(row)
    slowest = max(rows, key=lambda row: row.get("seconds", 0))
    largest = max(rows, key=lambda row: row.get("samples", 0))
    print(f"slowest: {slowest}\nlargest: {largest}\nmemory: {max(r.get('MB', 0) for r in rows)} MB")


if __name__ == "__main__":
    main()
