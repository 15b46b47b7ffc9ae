"""Loudness as the standard defines it, and sounds that are equally loud."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from audiostyle_lib import AudioError
from audiostyle_lib.levels import rms
from audiostyle_lib.loudness import loudness, match_loudness
from audiostyle_lib.sounds import crackle, rain

SR = 22050


def sine(frequency: float, sr: int = SR, seconds: float = 2.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * sr)) / sr)


def noise(low: float, high: float, seed: int = 0, seconds: float = 3.0) -> np.ndarray:
    """Noise of one band in Hz, at root mean square 0.1."""
    Y = np.fft.rfft(np.random.default_rng(seed).normal(size=round(seconds * SR)))
    frequencies = np.fft.rfftfreq(round(seconds * SR), 1 / SR)
    y = np.fft.irfft(Y * ((frequencies >= low) & (frequencies <= high)))
    return 0.1 * y / rms(y)


BASS, BRIGHT = noise(20, 80), noise(3000, 8000, 1)


@pytest.mark.parametrize("sr", [8000, 16_000, SR, 44_100, 48_000, 96_000, 192_000])
def test_the_standard_s_own_example(sr: int) -> None:
    """A sine of 997 Hz at full scale, in one channel of one, two, or three."""
    y = sine(997, sr)
    assert loudness(y, sr) == pytest.approx(-3.01, abs=0.1)
    for place in range(3):
        Y = np.zeros((3, len(y)))
        Y[place] = y
        assert loudness(Y, sr) == pytest.approx(-3.01, abs=0.1)
    assert loudness(0.1 * y, sr) == pytest.approx(-23.01, abs=0.1)


@pytest.mark.parametrize("sr", [1000, 2500, 4000, 6000])
def test_low_rates_are_measured_too(sr: int) -> None:
    y = 0.5 * sine(200, sr)
    assert loudness(y, sr) == pytest.approx(loudness(0.5 * sine(200, 48_000), 48_000), abs=0.4)


def test_the_ear_counts_bass_less() -> None:
    assert rms(BASS) == pytest.approx(rms(BRIGHT))
    assert loudness(BRIGHT, SR) > loudness(BASS, SR) + 5


def test_pauses_do_not_count() -> None:
    y = np.concatenate([BRIGHT, np.zeros(5 * SR)])
    assert rms(y) < 0.65 * rms(BRIGHT)
    assert loudness(y, SR) == pytest.approx(loudness(BRIGHT, SR), abs=0.4)


def test_channels_add_up_where_they_stand() -> None:
    y = 0.1 * sine(997)
    one = loudness(y, SR)
    for n, places in ((2, (0, 1)), (3, (0, 1, 2)), (4, (0, 1)), (5, (0, 1, 2)), (6, (0, 1, 2))):
        alone = np.eye(n)[:, :, None] * y  # each channel by itself
        found = [loudness(Y, SR) for Y in alone]
        front = [found[i] for i in places]
        behind = [x for i, x in enumerate(found) if i not in places and not (n == 6 and i == 3)]
        assert front == pytest.approx([one] * len(front))
        assert behind == pytest.approx([one + 1.49] * len(behind), abs=0.01)
    assert found[3] == -np.inf  # the subwoofer of six
    assert loudness(np.stack([y, y]), SR) == pytest.approx(one + 3.01, abs=0.01)
    with pytest.raises(AudioError, match="y has 7 channels; loudness expects 1 to 6"):
        loudness(np.zeros((7, SR)), SR)


def test_short_sounds_go_on() -> None:
    y = 0.3 * sine(441, seconds=0.1)  # whole periods
    assert loudness(y, SR) == pytest.approx(loudness(0.3 * sine(441, seconds=0.8), SR), abs=0.3)
    assert np.isfinite(loudness(np.array([0.5, -0.5]), SR))
    assert loudness(np.array([0.0]), SR) == -np.inf


def test_silence_and_nearly() -> None:
    assert loudness(np.zeros((2, SR)), SR) == -np.inf
    assert loudness(1e-4 * sine(997), SR) == -np.inf  # -83 LUFS, below the standard's gate
    with pytest.raises(AudioError, match="peak of 2"):
        loudness(2 * sine(997), SR)


def test_nothing_is_changed() -> None:
    y = BASS.astype(np.float32)
    before = y.copy()
    assert loudness(y, SR) == loudness(y, SR)
    match_loudness([y], SR)
    assert np.array_equal(y, before)


def test_matched_sounds_are_equally_loud() -> None:
    sounds = [BASS, 0.01 * BRIGHT, rain(seconds=2.0), crackle(5.0), np.stack([BASS, 0.1 * BRIGHT])]
    matched = match_loudness(sounds, SR, lufs=-40.0)
    assert [loudness(y, SR) for y in matched] == pytest.approx([-40.0] * 5, abs=0.1)
    for x, y in zip(sounds, matched, strict=True):  # one gain for all of a sound
        assert y.dtype == np.float32 and y.shape == x.shape
        assert np.allclose(y / rms(y), x / rms(x), atol=1e-3)
    assert match_loudness([], SR) == []


def test_a_peaky_one_makes_all_quieter() -> None:
    click = np.zeros(2 * SR)
    click[SR] = 0.2
    matched = match_loudness([BRIGHT, click], SR, peak=0.8)
    first, second = (loudness(y, SR) for y in matched)
    assert first == pytest.approx(second, abs=0.1) and first < -26
    assert np.abs(matched[1]).max() == pytest.approx(0.8)


def test_silence_stays_silent() -> None:
    quiet, silent = match_loudness([0.001 * BRIGHT, np.zeros(SR)], SR)
    assert loudness(quiet, SR) == pytest.approx(-23, abs=0.1) and not silent.any()
    assert not match_loudness([np.zeros(SR)], SR)[0].any()


def test_a_rate_for_each() -> None:
    sounds = [sine(997, sr) for sr in (SR, 48_000)]
    matched = match_loudness(sounds, (SR, 48_000))
    assert loudness(matched[0], SR) == pytest.approx(loudness(matched[1], 48_000), abs=0.01)
    with pytest.raises(AudioError, match="sr has 1 rates for 2 sounds"):
        match_loudness(sounds, [SR])
    for wrong, message in (({"lufs": 3.0}, "lufs is 3.0"), ({"peak": 2.0}, "peak is 2.0")):
        with pytest.raises(AudioError, match=message):
            match_loudness(sounds, SR, **wrong)


def test_it_is_imported_when_it_is_used() -> None:
    code = "import sys, audiostyle_lib.page.lab; sys.exit('pyloudnorm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
