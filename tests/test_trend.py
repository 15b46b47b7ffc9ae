"""The slow course of level is no part of a texture, and only asked for is it kept."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from audiostyle_lib import DRAFT, synthesize_texture, texture_report
from audiostyle_lib.levels import rms
from audiostyle_lib.recordings import field_recordings, recordings
from audiostyle_lib.sounds import load_field, load_sound
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


def all_sounds(seconds: float) -> dict[str, np.ndarray]:
    """The first seconds of the project's recordings, in one channel; the crow's cry is shorter."""
    found = {name: load_sound(name) for name in recordings() if name != "crow"}
    for name in field_recordings():
        y, sr = load_field(name)
        found[name] = librosa.resample(np.atleast_2d(y).mean(axis=0), orig_sr=sr, target_sr=SR)
    n = round(seconds * SR)
    return {name: np.ascontiguousarray(y[:n], np.float32) for name, y in found.items()}


def follows(a: np.ndarray, b: np.ndarray) -> float:
    """How far one sound's level in tenths of a second follows another's, or that turned around."""
    n = min(len(a), len(b)) // (SR // 10)
    levels = []
    for y in (a, b):
        power = np.square(y[: n * (SR // 10)]).reshape(n, -1).mean(axis=1)
        levels.append(np.log(power + 1e-6 * power.max()))
    first, second = levels
    return max(abs(np.corrcoef(first, x)[0, 1]) for x in (second, second[::-1]))


@pytest.mark.parametrize("quality", ["draft", "standard"])
def test_a_texture_follows_its_recording_no_more_than_another_recording_does(quality: str) -> None:
    """On average over all sounds and six seeds: the course of level is its own."""
    sounds = all_sounds(3.0)
    by_chance, found = [], []
    for number, (name, y) in enumerate(sounds.items()):
        by_chance.append(np.mean([follows(y, z) for other, z in sounds.items() if other != name]))
        made = (
            synthesize_texture(y, SR, seed=100 * number + s, quality=quality, progress=False).y
            for s in range(6)
        )
        found.append(np.mean([follows(y, z) for z in made]))
    print(np.mean(by_chance), np.mean(found))
    assert len(found) == 19 and np.mean(found) <= np.mean(by_chance)
