"""A network trained on photographs, beside the same with random filters: on pictures, on sounds.

Either makes a texture from noise in the same steps, scaled and optimised alike. Pictures are judged
by a third network, which has seen photographs too and had no part in them; sounds by the ear's
statistics and by their spectrum.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from effects import RECORDINGS, SR, sound
from torch import Tensor

from audiostyle_lib.images.efficientnet import EfficientNetLite, load_efficientnet
from audiostyle_lib.images.networks import RandomPyramid
from audiostyle_lib.images.pictures import load_picture
from audiostyle_lib.metrics import spectrum_distance
from audiostyle_lib.optim import cpu_threads, optimise
from audiostyle_lib.statistics import GramLoss
from audiostyle_lib.transforms import STFT

TRANSFORM = STFT(512, 256)
N_STEPS = 40  # for pictures and for sounds


def picture(name: str) -> Tensor:
    """A picture of the book; small ones, for tests, say their size in their name."""
    name, _, size = name.partition(" ")
    return load_picture(name, size=int(size or 96))


@cpu_threads(1)
def texture_of(target: Tensor, network: EfficientNetLite, seed: int, n_steps: int) -> Tensor:
    """From noise, a picture of one or three channels with the statistics of `target`."""

    def features(x: Tensor) -> dict[str, Tensor]:
        return {"picture": x, **network(x.expand(1, 3, -1, -1))}

    network.calibrate(target.expand(1, 3, -1, -1))
    style = GramLoss(features(target), with_mean=True)

    def loss(x: Tensor) -> Tensor:
        return style(features(x)) + (x - x.clamp(0, 1)).square().mean()

    noise = torch.randn(target.shape, generator=torch.Generator().manual_seed(seed))
    mean, deviation = (f(target, dim=(2, 3), keepdim=True) for f in (torch.mean, torch.std))
    found = optimise(mean + deviation * noise, loss, n_steps=n_steps, progress=False)
    return found.x.clamp(0, 1)


def network(kind: str, seed: int, zoom: int = 1) -> EfficientNetLite:
    trained = kind == "trained"
    return load_efficientnet(zoom=zoom) if trained else EfficientNetLite(zoom=zoom, seed=seed)


@cache
def new_picture(name: str, seed: int, kind: str) -> Tensor:
    return texture_of(picture(name), network(kind, seed, zoom=2), seed, N_STEPS)


def excerpt(name: str) -> np.ndarray:
    """A second of a recording, half a second of a synthetic sound, which is for tests."""
    return sound(name)[: SR if name in RECORDINGS else SR // 2]


@cache
def new_sound(name: str, seed: int, kind: str) -> np.ndarray:
    """By its spectrogram as a grey picture; phases are invented."""
    y = excerpt(name)
    S = TRANSFORM.forward(torch.from_numpy(y * 0.1 / y.std()).float())
    made = texture_of((S / S.max())[None, None], network(kind, seed), seed, N_STEPS)[0, 0]
    z = TRANSFORM.inverse(made * S.max(), length=len(y), seed=seed).numpy()
    return z / max(1, abs(z).max())


def seen_by(judge: str, x: Tensor, y: Tensor) -> float:
    """Style loss of picture `y`, to be like `x`, by a judge that had no part in making it."""
    if judge == "random":
        features = RandomPyramid(n_filters=24, seed=99)
    else:
        features = load_efficientnet(number=1)
    return float(GramLoss(features(x))(features(y)))


def pictures(judge: str, sides: tuple[str, str]) -> Callable[[str, int], tuple[float, float]]:
    def experiment(name: str, seed: int) -> tuple[float, float]:
        return tuple(seen_by(judge, picture(name), new_picture(name, seed, kind)) for kind in sides)

    return experiment


def sounds(measure: Callable, sides: tuple[str, str]) -> Callable[[str, int], tuple[float, float]]:
    def experiment(name: str, seed: int) -> tuple[float, float]:
        y = excerpt(name)
        return tuple(measure(y, new_sound(name, seed, kind)) for kind in sides)

    return experiment


def colour(y: np.ndarray, z: np.ndarray) -> float:
    return spectrum_distance(y, z, SR)
