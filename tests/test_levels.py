"""Levels: matched, kept below full scale without clipping; offsets and ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from audiostyle_lib.levels import (
    _deviation,
    _running_mean,
    fade_ends,
    finished,
    limited,
    match_levels,
    mean_square,
    rms,
    without_offset,
)
from audiostyle_lib.sounds import tone

SR = 22050
Y = tone(440.0, seconds=1.0)
TWO = np.stack([Y, 0.25 * np.roll(Y, 30)])


def gain(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """By how much samples were changed, where there is something to see it by."""
    return after / np.where(np.abs(before) > 1e-3, before, np.nan)


@pytest.mark.parametrize("n", [1, 1000, (1 << 20) + 1, 3_000_019])
def test_levels_of_long_sounds_are_to_the_last_bit_as_numpys(n: int) -> None:
    for seed in range(6):  # another way of adding up differs in some of them
        y = np.random.default_rng(seed).normal(0.1, 0.3, n).astype(np.float32)
        assert mean_square(y) == np.mean(np.square(y, dtype=np.float64))
    assert rms(y) == np.sqrt(np.mean(np.square(y, dtype=np.float64)))
    assert _deviation(y) == y.std(dtype=np.float64)
    for size in (1, 2, 4001):
        np.testing.assert_array_equal(
            _running_mean(y, size), uniform_filter1d(y, size, mode="nearest")
        )


def test_the_level_is_of_all_channels() -> None:
    assert rms(TWO) == pytest.approx(np.sqrt((rms(TWO[0]) ** 2 + rms(TWO[1]) ** 2) / 2))
    assert rms(np.stack([Y, Y])) == pytest.approx(rms(Y))


def test_levels_are_matched_and_peaks_fit() -> None:
    sounds = [Y, 0.01 * Y, np.eye(1, SR, 5)[0], np.zeros(SR)]
    before = [y.copy() for y in sounds]
    *loud, silent = match_levels(sounds, level_db=-20.0, peak=0.9)
    assert np.ptp([rms(y) for y in loud]) < 1e-5 * rms(loud[0])
    assert max(np.abs(y).max() for y in loud) == pytest.approx(0.9)
    assert not silent.any()
    assert all(np.array_equal(a, b) for a, b in zip(sounds, before, strict=True))
    assert rms(match_levels([Y])[0]) == pytest.approx(0.1)


def test_matched_channels_keep_their_places() -> None:
    """One gain for all channels of a sound, whose common level counts."""
    for matched, before in zip(match_levels([TWO, 0.1 * TWO, Y]), (TWO, TWO, Y), strict=True):
        assert rms(matched) == pytest.approx(0.1) and matched.shape == before.shape
        assert np.nanstd(gain(matched, before)) < 1e-6


def test_finished_channels_keep_their_places() -> None:
    for level in (0.1, 0.9):  # the latter is more than the peak allows
        made = finished(TWO, SR, level)
        assert made.dtype == np.float32 and not made[:, [0, -1]].any()
        n = round(0.004 * SR)
        gains = gain(made, TWO)[:, n:-n]  # the same in both, whatever the peaks need
        assert np.nanmax(np.abs(gains[0] / gains[1] - 1)) < 1e-3
        assert np.abs(made).max() <= 1
        assert level > 0.5 or rms(made) == pytest.approx(level)


def test_a_result_has_its_level_its_peak_and_its_ends() -> None:
    y = np.tile([0.1, -0.1], 5000)
    made = finished(y, SR, 0.5)
    assert made[0] == made[-1] == 0 and made.dtype == np.float32
    assert rms(made) == pytest.approx(0.5) and y[0] == 0.1
    assert np.abs(finished(np.eye(1, 3000, 1500)[0], SR, 0.9)).max() == 1
    assert not finished(np.zeros(3), SR, 0.5).any()


def test_one_peak_does_not_make_a_result_quieter() -> None:
    """Up to 6 dB it is turned down alone; higher ones take the rest with them."""
    for peak, level in ((1.6, 0.2), (4.0, 0.1)):
        y = 0.2 * np.random.default_rng(0).standard_normal(SR).clip(-2, 2)
        y[5000] = peak * rms(y) / 0.2
        made = finished(y, SR, 0.2)
        assert np.abs(made).max() <= 1
        assert rms(made[6000:]) == pytest.approx(level, rel=0.03)


def test_ends_are_faded_within_4_ms_and_only_where_asked() -> None:
    y = np.ones(SR, np.float32)
    n = round(0.004 * SR)
    both, first = fade_ends(y, SR), fade_ends(y, SR, end=False)
    assert both[0] == both[-1] == 0 and (both[n:-n] == 1).all() and (np.diff(both[:n]) > 0).all()
    assert first[0] == 0 and (first[n:] == 1).all() and y[0] == 1
    assert fade_ends(np.ones(1), SR).shape == (1,)
    both = fade_ends(np.stack([y, -y]), SR)
    np.testing.assert_array_equal(both, [fade_ends(y, SR), -fade_ends(y, SR)])


@pytest.mark.parametrize("offset", [0.4, 0.05, -0.3])
def test_an_offset_is_removed(offset: float) -> None:
    np.testing.assert_allclose(without_offset(0.3 * Y + offset, SR), 0.3 * Y, atol=1e-4)


def test_what_has_no_offset_is_left_alone() -> None:
    assert without_offset(Y, SR) is Y
    low = tone(20.0, seconds=1.0)  # the lowest that one hears
    assert without_offset(low, SR) is low


def test_each_channel_has_an_offset_of_its_own() -> None:
    Y2 = np.stack([Y + 0.2, Y - 0.2])
    np.testing.assert_allclose(without_offset(Y2, SR), np.stack([Y, Y]), atol=1e-4)
    one = np.stack([Y, Y + 0.2])
    found = without_offset(one, SR)
    np.testing.assert_array_equal(found[0], Y)
    np.testing.assert_array_equal(found[1], without_offset(one[1], SR))
    assert without_offset(TWO, SR) is TWO and one[1, 0] == Y[0] + np.float32(0.2)


def test_an_offset_is_removed_within_the_memory_of_some_channels() -> None:
    """Nothing is in double precision, which for an hour of stereo would be gigabytes."""
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say how much memory a process took")
    code = """
from pathlib import Path
import numpy as np
from audiostyle_lib.levels import without_offset
def most():  # MB
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
without_offset(np.ones((2, 99_999), np.float32), 22050)
y = np.full((4, 10_000_000), 0.3, np.float32)
y[:, ::2] = 0.1
before = most()
without_offset(y, 22050)
print(most() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    channel, blocks = 40, 10 * 8  # MB; the latter of a million samples in double precision
    assert float(done.stdout) < (4 + 2) * channel + blocks  # the result, what is left, what is slow


def test_a_drift_is_removed_and_a_jump_of_the_offset() -> None:
    """What moves more slowly than any sound, and by more than the sound itself."""
    time = np.arange(3 * SR) / SR
    y = 0.05 * np.sin(2 * np.pi * 440 * time)
    for drift in (0.4 * np.sin(2 * np.pi * 0.3 * time), np.where(time < 1.5, 0.4, -0.4)):
        found = without_offset(y + drift, SR)
        steady = np.abs(time - 1.5) > 0.5
        power = np.abs(np.fft.rfft(found * steady)) ** 2
        assert power[:30].sum() < 0.2 * power[1300:1340].sum()  # below 10 Hz; around 440 Hz


def test_a_large_sample_at_an_end_is_no_drift() -> None:
    """As where a part of a longer sound begins."""
    y = np.random.default_rng(0).normal(0, 0.1, SR)
    y[0], y[-1] = 0.5, -0.5
    assert without_offset(y, SR) is y


def loud_noise(seconds: float = 2.0) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.5, int(seconds * SR)).astype(np.float32)


def test_a_limiter_keeps_below_full_scale_without_clipping() -> None:
    y = loud_noise()
    assert (np.abs(y) > 1).mean() > 0.04
    z = np.concatenate(list(limited([y], SR)))
    assert z.shape == y.shape and np.abs(z).max() <= 1
    by = gain(z, y)
    assert np.nanmin(by) > 0.4 and (np.abs(z) == 1).mean() < 4e-3  # a clipped one: 4 %
    change = np.abs(np.diff(by[~np.isnan(by)]))
    assert change.max() < 0.03  # the gain glides


def test_where_nothing_exceeds_nothing_is_changed() -> None:
    y = loud_noise() / 4
    y[SR] = 1.5
    z = np.concatenate(list(limited([y], SR)))
    far = np.abs(np.arange(len(y)) - SR) > 0.011 * SR
    np.testing.assert_array_equal(z[far], y[far])
    assert z[SR] == pytest.approx(1.0)


def test_pieces_do_not_matter() -> None:
    y = loud_noise()
    whole = np.concatenate(list(limited([y], SR)))
    for size in (50, 7000):
        pieces = [y[i : i + size] for i in range(0, len(y), size)]
        np.testing.assert_allclose(np.concatenate(list(limited(pieces, SR))), whole, atol=1e-6)


@pytest.mark.parametrize("size", [50, 7000, 2 * SR])
def test_a_limiter_turns_all_channels_down_by_the_same(size: int) -> None:
    """As the largest of them needs it, so that what is heard left stays left."""
    y = loud_noise()
    both = np.stack([0.2 * np.roll(y, 7), y, 0 * y])
    pieces = [both[:, i : i + size] for i in range(0, both.shape[1], size)]
    out = list(limited(pieces, SR))
    assert all(len(piece) == 3 for piece in out)
    z = np.concatenate(out, axis=1)
    assert z.shape == both.shape and np.abs(z).max() <= 1 and not z[2].any()
    np.testing.assert_allclose(z[1], np.concatenate(list(limited([y], SR))), atol=1e-6)
    first, second, _ = gain(z, both)
    assert np.nanmin(first) < 0.6 and np.nanmax(np.abs(first - second)) < 1e-5


def test_one_channel_as_such_is_limited_as_samples_alone() -> None:
    y = loud_noise()
    for alone, one in zip(limited([y], SR), limited([y[None]], SR), strict=True):
        np.testing.assert_array_equal(alone, one[0])
