"""Levels: matched, kept below full scale without clipping; offsets and ends."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib.levels import (
    fade_ends,
    finished,
    limited,
    match_levels,
    rms,
    without_offset,
)
from audiostyle_lib.sounds import tone

SR = 22050
Y = tone(440.0, seconds=1.0)


def test_levels_are_matched_and_peaks_fit() -> None:
    sounds = [Y, 0.01 * Y, np.eye(1, SR, 5)[0], np.zeros(SR)]
    before = [y.copy() for y in sounds]
    *loud, silent = match_levels(sounds, level_db=-20.0, peak=0.9)
    assert np.ptp([rms(y) for y in loud]) < 1e-5 * rms(loud[0])
    assert max(np.abs(y).max() for y in loud) == pytest.approx(0.9)
    assert not silent.any()
    assert all(np.array_equal(a, b) for a, b in zip(sounds, before, strict=True))
    assert rms(match_levels([Y])[0]) == pytest.approx(0.1)


def test_a_result_has_its_level_its_peak_and_its_ends() -> None:
    y = np.tile([0.1, -0.1], 5000)
    made = finished(y, SR, 0.5)
    assert made[0] == made[-1] == 0 and made.dtype == np.float32
    assert rms(made) == pytest.approx(0.5) and y[0] == 0.1
    assert np.abs(finished(np.eye(1, 3000, 1500)[0], SR, 0.9)).max() == 1
    assert not finished(np.zeros(3), SR, 0.5).any()


def test_ends_are_faded_within_4_ms_and_only_where_asked() -> None:
    y = np.ones(SR, np.float32)
    n = round(0.004 * SR)
    both, first = fade_ends(y, SR), fade_ends(y, SR, end=False)
    assert both[0] == both[-1] == 0 and (both[n:-n] == 1).all() and (np.diff(both[:n]) > 0).all()
    assert first[0] == 0 and (first[n:] == 1).all() and y[0] == 1
    assert fade_ends(np.ones(1), SR).shape == (1,)


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


def test_a_drift_is_removed_and_a_jump_of_the_offset() -> None:
    """What moves more slowly than any sound, and by more than the sound itself."""
    time = np.arange(3 * SR) / SR
    y = 0.05 * np.sin(2 * np.pi * 440 * time)
    for drift in (0.4 * np.sin(2 * np.pi * 0.3 * time), np.where(time < 1.5, 0.4, -0.4)):
        found = without_offset(y + drift, SR)
        steady = np.abs(time - 1.5) > 0.5
        power = np.abs(np.fft.rfft(found * steady)) ** 2
        assert power[:30].sum() < 0.2 * power[1300:1340].sum()  # below 10 Hz; around 440 Hz


def loud_noise(seconds: float = 2.0) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.5, int(seconds * SR)).astype(np.float32)


def test_a_limiter_keeps_below_full_scale_without_clipping() -> None:
    y = loud_noise()
    assert (np.abs(y) > 1).mean() > 0.04
    z = np.concatenate(list(limited([y], SR)))
    assert z.shape == y.shape and np.abs(z).max() <= 1
    gain = z / np.where(np.abs(y) > 1e-3, y, np.nan)
    assert np.nanmin(gain) > 0.4 and (np.abs(z) == 1).mean() < 4e-3  # a clipped one: 4 %
    change = np.abs(np.diff(gain[~np.isnan(gain)]))
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
