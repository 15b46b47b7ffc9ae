"""The claims about beats: of click tracks and of an engine, how much of a period comes back?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from effects import NETWORK, SR, sound, texture


def regularity(y: np.ndarray, period: float) -> float:
    """Autocorrelation of the envelope one period (seconds) later."""
    n = round(0.005 * SR)
    envelope = np.sqrt(np.square(y[: len(y) // n * n]).reshape(-1, n).mean(axis=1))
    envelope = np.convolve(envelope, np.hanning(7) / np.hanning(7).sum(), mode="same")
    envelope -= envelope.mean()
    c = np.correlate(envelope, envelope, "full")[len(envelope) - 1 :]
    c = c / c[0] * len(c) / np.arange(len(c), 0, -1)
    i = round(period / 0.005)
    return float(c[i - 2 : i + 4].max())


def field_keeps_beat(taps: int | None) -> Callable[[str, int], tuple[float, float]]:
    """Fields of 1.6 periods, of neighbouring frames or of some taps, beside one of 4 frames."""

    def experiment(name: str, seed: int) -> tuple[float, float]:
        period = 1 / float(name.split()[1])
        frames = round(1.6 * period * SR / 256)
        width, dilation = (frames, 1) if taps is None else (taps, frames // (taps - 1))
        wide, narrow = (
            texture(name, seed, NETWORK.but(widths=(w,), dilation=d, n_components=8))
            for w, d in ((width, dilation), (4, 1))
        )
        return regularity(wide, period), regularity(narrow, period)

    return experiment


def autocorrelation_keeps_beat(name: str, seed: int) -> tuple[float, float]:
    period = 1 / float(name.split()[1])
    qualities = (NETWORK.but(widths=(2, 8), rhythm=rhythm) for rhythm in (1.0, 0.0))
    return tuple(regularity(texture(name, seed, q), period) for q in qualities)


def accent(y: np.ndarray, stroke: float) -> float:
    """How much better a sound fits itself four strokes later than three or five."""
    three, four, five = (regularity(y, n * stroke) for n in (3, 4, 5))
    return four - (three + five) / 2


def field_keeps_accent(name: str, seed: int) -> tuple[float, float]:
    """Of an engine whose every fourth stroke is louder: with fields of 1.5 patterns, and its half.

    A narrow field is no measure here: its accent is that of chance, which is as large.
    """
    stroke = 1 / float(name.split()[1])
    field = round(1.5 * 4 * stroke * SR / 256)
    new = texture(name, seed, NETWORK.but(widths=(field,), n_components=8, n_steps=40))
    return accent(new, stroke), accent(sound(name), stroke) / 2
