"""The slow course of level is no part of a texture, and only asked for is it kept."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib import DRAFT, synthesize_texture, texture_report
from audiostyle_lib.levels import rms
from audiostyle_lib.trend import slow_course, without_course

SR = 22050


def test_a_slow_course_is_found_and_what_is_faster_is_not() -> None:
    t = np.linspace(0, 1, 6 * SR)
    noise = np.random.default_rng(0).standard_normal(6 * SR)
    fading = slow_course(noise * 10 ** (-0.6 * t))  # 12 dB from begin to end
    assert 20 * np.log10(fading[0] / fading[-1]) == pytest.approx(12, abs=4)
    swelling = slow_course(noise * (1 + 0.5 * np.cos(2 * np.pi * t)))
    assert swelling[3 * SR] < 0.7 * min(swelling[0], swelling[-1])
    for steady in (noise, noise * (1 + 0.9 * np.sin(40 * np.pi * t)), np.zeros(SR), np.ones(3)):
        assert np.abs(20 * np.log10(slow_course(steady))).max() < 0.6
    both = slow_course(np.stack([noise, noise * 10 ** (-0.6 * t)]), 999)
    assert both.shape == (999,) and both[0] > both[-1] > 0.25


def test_what_is_left_is_even_and_as_loud() -> None:
    y = np.random.default_rng(0).standard_normal(3 * SR) * np.linspace(0.15, 0.05, 3 * SR)
    even = without_course(y.astype(np.float32))
    assert rms(even) == pytest.approx(rms(y)) and even.dtype == np.float32
    assert rms(even[:SR]) == pytest.approx(rms(even[2 * SR :]), rel=0.1)
    steady = texture_report(even, even, SR)["auditory"]
    assert abs(texture_report(y.astype(np.float32), even, SR)["auditory"] - steady) < 0.05


def test_a_texture_does_not_die_away_unless_that_is_asked_for() -> None:
    noise = np.random.default_rng(0).standard_normal(4 * SR).astype(np.float32)
    y = 0.05 * noise * np.geomspace(3, 0.3, 4 * SR, dtype=np.float32)
    few = DRAFT.but(n_filters=8, n_steps=5)

    def fall(z: np.ndarray) -> float:
        return 20 * np.log10(rms(z[: 2 * SR]) / rms(z[-2 * SR :]))

    without = [
        fall(synthesize_texture(y, SR, quality=few, seed=s, progress=False).y) for s in (0, 1)
    ]
    kept = synthesize_texture(y, SR, seconds=6.0, quality=few, keep_trend=True, progress=False).y
    assert np.abs(without).max() < 2 < 8 < fall(kept)
    assert rms(kept) == pytest.approx(rms(y), rel=0.02)
