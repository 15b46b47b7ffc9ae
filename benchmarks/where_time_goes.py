"""Where the engine's time goes, how far that is from what the machine can do, and what more costs.

    .venv/bin/python benchmarks/where_time_goes.py           # minutes
    .venv/bin/python benchmarks/where_time_goes.py --device cuda
    .venv/bin/python benchmarks/where_time_goes.py --write   # and put the tables into the appendix

Three tables. Stages of one standard texture of five seconds: time beside what their matrix
products, or Fourier transforms, would take alone. Threads. And length: seconds and memory for a
second of result, made at once and streamed, each in a process of its own. Time on a processor is
what the process computed, so that others beside it count little; of threads, what has passed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice

import torch
from texture_tables import ROOT, filled, table
from textures import machine
from torch.utils.flop_counter import FlopCounterMode

from audiostyle_lib import STANDARD, stream_texture, synthesize_texture
from audiostyle_lib.frames import Frames, new_frames
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.model import TextureModel
from audiostyle_lib.optim import cpu_threads
from audiostyle_lib.refine import refined
from audiostyle_lib.sounds import load_sound
from audiostyle_lib.statistics import SoundMeasure, sound_targets

SR = 22050
MARKS = "<!-- profile: begin -->", "<!-- profile: end -->"
LENGTHS = (5.0, 20.0, 60.0, 240.0)


def passed() -> float:
    """Seconds that have passed, when a GPU, too, has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def now() -> float:
    """Seconds that this process has computed; on a GPU, that have passed."""
    return passed() if torch.cuda.is_available() else time.process_time()


def best_of(what: Callable[[], object], n: int = 3, clock: Callable[[], float] = now) -> float:
    """Least seconds of `n` calls, after one that does not count."""
    found = []
    for _ in range(n + 1):
        began = clock()
        what()
        found.append(clock() - began)
    return min(found[1:])


def matrix_rate(threads: int, device: str) -> float:
    """GFLOP/s of a product of two square matrices of 2,048 rows."""
    a = torch.randn(2048, 2048, device=device)
    with cpu_threads(threads):
        return 2 * 2048**3 / best_of(lambda: a @ a, 20, passed) / 1e9


def transforms_alone(measure: SoundMeasure, y: torch.Tensor) -> float:
    """Seconds of the Fourier transforms of one evaluation of loss and gradient."""
    bands = measure.bands
    slices = [
        (cut, size)
        for (size, _, _), cut in zip(bands.slices, bands.cuts(torch.fft.rfft(y)[None]), strict=True)
    ]
    envelopes = [torch.randn(*cut.shape[:2], size).to(y) for cut, size in slices]
    spectra = torch.zeros(1, bands.n_bands, bands.n_env // 2 + 1, 2).to(y)

    def once() -> None:
        for _ in range(2):  # there, and back for the gradient
            torch.fft.rfft(y)
            for (part, size), envelope in zip(slices, envelopes, strict=True):
                torch.fft.ifft(part, size)
                torch.fft.rfft(envelope)
            torch.fft.irfft(torch.view_as_complex(spectra), bands.n_env)

    return best_of(once, 10)


def stages(device: str) -> list[dict[str, str]]:
    """One standard texture of five seconds, stage by stage, on one thread."""
    y, work = load_sound("printer", seconds=5.0), STANDARD
    rate = matrix_rate(1, device)

    def measured() -> TextureModel:
        return TextureModel.measure([y], SR, work, device=device)

    def all_measured() -> None:
        found = measured()
        assert found.level_targets and len(found.sound_targets)  # computed when asked for

    def made() -> Frames:
        return new_frames(model, model.n_frames(len(y)))

    model = measured()
    transform, rounds, steps = model.transform, work.rounds(model.n_refine()), model.n_refine()
    frames = made()
    with FlopCounterMode(display=False) as counted:
        made()
    flops = counted.get_total_flops() / 1e9
    rough = transform.inverse(frames.S, length=len(y), n_iter=rounds)
    measure = SoundMeasure(len(y), SR, device=device)
    alone = transforms_alone(measure, rough) * (1.1 * steps)  # line searches: a tenth more
    sound = rough.cpu().numpy()
    levels, targets = model.level_targets, model.sound_targets
    parts: list[tuple[str, Callable[[], object], float, str]] = [
        ("measure the reference", all_measured, 0.0, ""),
        (
            f"spectrogram, {work.n_steps} steps",
            made,
            flops / rate,
            f"{flops:.0f} GFLOP of products",
        ),
        (
            f"phases, {rounds} rounds",
            lambda: transform.inverse(frames.S, length=len(y), n_iter=rounds),
            0.0,
            "",
        ),
        (
            f"levels and rises, {work.n_sharpen} rounds",
            lambda: refined(
                sound, [y], SR, n_steps=0, n_sharpen=work.n_sharpen, levels=levels, device=device
            ),
            0.0,
            "",
        ),
        (
            f"last touch, {steps} steps",
            lambda: refined(
                sound, [y], SR, n_steps=steps, sound=work.sound, targets=targets, device=device
            ),
            alone,
            "Fourier transforms",
        ),
    ]
    lines = []
    with cpu_threads(1):
        for name, what, limit, of in parts:
            taken = best_of(what)
            lines.append(
                {
                    "stage": name,
                    "seconds": f"{taken:.2f}",
                    "the least": f"{limit:.2f}" if limit else "",
                    "of what": of,
                }
            )
        whole = best_of(lambda: synthesize_texture(y, SR, progress=False, device=device))
    lines.append({"stage": "all", "seconds": f"{whole:.2f}", "the least": "", "of what": ""})
    return lines


def threads(device: str) -> list[dict[str, str]]:
    """Evaluations of loss and gradient on one thread and on two."""
    y = load_sound("printer", seconds=5.0)
    model = TextureModel.measure([y], SR, device=device)
    x = torch.randn(1, 32, 493, device=device, requires_grad=True)
    measure = SoundMeasure(len(y), SR, device=device)
    z = torch.as_tensor(y * (LEVEL / rms(y))).to(device).requires_grad_(True)
    target = torch.as_tensor(sound_targets([y], SR)[0]).to(device)

    def network() -> None:
        sum(r.square().mean() for r in model.network(x).values()).backward()

    def envelopes() -> None:
        (measure(z) - target).square().sum().backward()

    lines = []
    for n in (1, 2):
        with cpu_threads(n):
            lines.append(
                {
                    "threads": str(n),
                    "network, ms": f"{1e3 * best_of(network, 40, passed):.1f}",
                    "envelopes, ms": f"{1e3 * best_of(envelopes, 40, passed):.1f}",
                    "matrix product, GFLOP/s": f"{matrix_rate(n, device):.0f}",
                }
            )
    return lines


def one(how: str, seconds: float, device: str) -> dict[str, float]:
    """Seconds and memory of one result, in a process of its own."""
    y = load_sound("printer", seconds=5.0)
    hasty = STANDARD.but(n_steps=1, n_refine=1)
    warm = synthesize_texture(y, SR, quality=hasty, progress=False, device=device)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = now()
    if how == "at once":
        synthesize_texture(y, SR, seconds=seconds, progress=False, device=device)
    else:
        for _ in islice(stream_texture(y, SR, device=device), round(seconds)):
            pass
    spent = now() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"seconds": spent, "MB": memory, "warm": float(len(warm.y))}


def lengths(device: str) -> list[dict[str, str]]:
    """What a second of result costs, by how long the result is."""
    lines = []
    for how in ("at once", "streamed"):
        for seconds in LENGTHS:
            call = json.dumps([how, seconds, device])
            found = subprocess.run(
                [sys.executable, __file__, "--one", call],
                capture_output=True,
                text=True,
                check=True,
            )
            cost = json.loads(found.stdout.splitlines()[-1])
            lines.append(
                {
                    "made": how,
                    "length, s": f"{seconds:.0f}",
                    "s per s": f"{cost['seconds'] / seconds:.2f}",
                    "MB": f"{cost['MB']:.0f}",
                }
            )
    return lines


def main(argv: Sequence[str] | None = None) -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--write", action="store_true", help="put the tables into the appendix")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.one:
        print(json.dumps(one(*json.loads(args.one))))
        return
    tables = []
    for make in (stages, threads, lengths):
        tables.append(f"{(make.__doc__ or '').splitlines()[0]}\n\n{table(make(args.device))}")
        print(tables[-1], end="\n\n", flush=True)
    if args.write:
        page = ROOT / "book" / "benchmark.md"
        tables.append(f"Processor: {machine()}, {args.device}.")
        page.write_text(filled(page.read_text("utf-8"), "\n\n".join(tables), *MARKS), "utf-8")


if __name__ == "__main__":
    main()
