"""The claims about networks that are trained on one texture: their work, likeness, variety."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import torch
from effects import RECORDINGS, SR, auditory, sound, texture
from torch.utils.flop_counter import FlopCounterMode

from audiostyle_lib import STANDARD, synthesize_texture, train_generator
from audiostyle_lib.generator import TextureGenerator
from audiostyle_lib.metrics import spectrogram_copy_score

HASTY = STANDARD.but(n_filters=16)  # of a generator for synthetic sounds, which are for tests


@cache
def trained(name: str, seed: int, variety: float = 4.0) -> TextureGenerator:
    """A generator; a hasty one for synthetic sounds, which are for tests."""
    hasty = name not in RECORDINGS
    steps = {"channel_steps": 60, "sound_steps": 20, "quality": HASTY} if hasty else {}
    return train_generator(sound(name), SR, seed=seed, variety=variety, progress=False, **steps)


def _transform_operations(shape: Sequence[int], *_: object, out_shape: Sequence[int]) -> float:
    """Of a Fourier transform: 5 n log2 n for each, and half of that for real sounds."""
    n = max(shape[-1], out_shape[-1], 2)
    return 2.5 * max(np.prod(shape), np.prod(out_shape)) * np.log2(n)


def operations(make: Callable[[], object]) -> float:
    """Additions and multiplications, counted: those of filters, matrices and Fourier transforms.

    The same on every machine, however busy.
    """
    aten = torch.ops.aten
    transforms = dict.fromkeys((aten._fft_r2c, aten._fft_c2r, aten._fft_c2c), _transform_operations)
    with FlopCounterMode(display=False, custom_mapping=transforms) as counter:
        make()
    return float(counter.get_total_flops())


def generator_work(name: str, seed: int) -> tuple[float, float]:
    """Operations for a second of sound, as a power of ten, beside the optimiser's usual quality."""
    made, y = trained(name, seed), sound(name)
    work = (
        operations(lambda: made.synthesize(30.0, seed)) / 30,
        operations(lambda: synthesize_texture(y, SR, seconds=6.0, seed=seed, progress=False)) / 6,
    )
    return float(np.log10(work[0])), float(np.log10(work[1]))


def takes(name: str, seed: int, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Two sounds by one generator, or by the optimiser, that should be different."""
    seeds = (2 * seed, 2 * seed + 1)
    if how == "optimiser":
        return tuple(texture(name, s, STANDARD) for s in seeds)
    made = trained(name, seed, 0.0 if how == "no variety" else 4.0)
    return tuple(made.synthesize(3.0, s) for s in seeds)


def generator_likeness(name: str, seed: int) -> tuple[float, float]:
    """Mean distance of both takes, by generator and by the optimiser at its usual quality."""
    y = sound(name)
    return tuple(
        float(np.mean([auditory(y, z) for z in takes(name, seed, how)]))
        for how in ("generator", "optimiser")
    )


def takes_alike(one: str, other: str) -> Callable[[str, int], tuple[float, float]]:
    """How much of a take is found in another take."""

    def experiment(name: str, seed: int) -> tuple[float, float]:
        return tuple(spectrogram_copy_score(*takes(name, seed, how), SR) for how in (one, other))

    return experiment
