"""What a sound is, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib.audio import AudioError, check_audio, check_rate
from audiostyle_lib.sounds import tone

SR = 22050
Y = tone(440.0, seconds=1.0)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((9, 50)), r"\(9, 50\); expected \(n,\) or \(channels, n\), 1 to 8 channels$"),
        (np.zeros((50, 2)), r"shape \(50, 2\); .*: transpose it"),
        (np.zeros((2, 3, 4)), r"shape \(2, 3, 4\)"),
        (np.zeros((2, 0)), "empty"),
        (np.zeros(()), r"shape \(\)"),
        (np.array([]), "empty"),
        (np.array([0.0, np.nan]), "1 NaN or infinite samples of 2"),
        (np.array([0.0, np.inf]), "1 NaN or infinite"),
        (np.array([1j]), "complex"),
        (np.array([True]), "bool"),
        (np.array(["a"]), "type"),
        (np.array([0.0, 1.5]), "peak of 1.5"),
    ],
)
def test_what_is_no_sound(y: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        check_audio(y, SR)


def test_a_sound_may_have_channels() -> None:
    both = np.stack([Y, 0 * Y])  # one of them is silent, the sound is not
    assert np.array_equal(check_audio(both, SR, min_seconds=1.0), both)
    with pytest.raises(AudioError, match=r"lasts 1\.000 s \(22050 samples"):
        check_audio(both, SR, min_seconds=1.1)
    with pytest.raises(AudioError, match="silent"):
        check_audio(0 * both, SR, min_seconds=1.0)
    with pytest.raises(AudioError, match=r"shape \(2, 22050\); expected \(n,\), one channel"):
        check_audio(both, SR, mono=True)


def test_length_and_silence_are_checked_on_demand() -> None:
    assert len(check_audio(np.zeros(10), SR)) == 10
    with pytest.raises(AudioError, match=r"at least 1\.000 s"):
        check_audio(Y[:100], SR, min_seconds=1.0)
    with pytest.raises(AudioError, match="silent"):
        check_audio(np.zeros(SR), SR, min_seconds=0.5)


def test_a_constant_is_silence() -> None:
    with pytest.raises(AudioError, match=r"silent \(peak 0.4, always the same\)"):
        check_audio(np.full(SR, 0.4), SR, min_seconds=0.5)
    assert check_audio(np.full(9, 0.4), SR).max() > 0.3  # to save it is no fault


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("int16", [-32768, 0, 16384], [-1, 0, 0.5]),
        ("int32", [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        ("uint8", [0, 128, 192], [-1, 0, 0.5]),
        ("float64", [-1, 0, 0.5], [-1, 0, 0.5]),
    ],
)
def test_number_types(dtype: str, values: list, expected: list) -> None:
    y = np.array(values, dtype=dtype)
    before = y.copy()
    assert check_audio(y, SR).tolist() == expected
    assert np.array_equal(y, before)


@pytest.mark.parametrize("sr", [0, 999, 400_000, float("nan"), 22050.5, True, "44k", None])
def test_what_is_no_rate(sr: object) -> None:
    with pytest.raises(AudioError, match="sr is"):
        check_rate(sr)


def test_rates_are_whole_numbers_of_any_type() -> None:
    assert [check_rate(sr) for sr in (22050, 22050.0, np.int64(8000))] == [22050, 22050, 8000]
