"""The stereo image: known mixtures of channels have known correlations and levels."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib.audio import AudioError
from audiostyle_lib.auditory import erb_bands, erb_envelopes
from audiostyle_lib.panorama import channel_distances, channel_statistics, same_channels
from audiostyle_lib.sounds import crackle, matched_noise, rain, tone

SR = 22050
NAMES = ["channel_correlation", "channel_level_db", "channel_envelope_correlation"]


def noises(n_channels: int, *, seconds: float = 4.0, sr: int = SR) -> np.ndarray:
    rng = np.random.default_rng(0)
    return 0.1 * rng.standard_normal((n_channels, round(seconds * sr)))


def filtered(y: np.ndarray, gain: np.ndarray) -> np.ndarray:
    return np.fft.irfft(np.fft.rfft(y) * gain, y.shape[-1])


@pytest.mark.parametrize("mixed", [1.0, 0.6, 0.0, -0.6, -1.0])
def test_correlation_is_the_share_that_is_common(mixed: float) -> None:
    a, b = noises(2)
    found = channel_statistics(np.stack([a, mixed * a + np.sqrt(1 - mixed**2) * b]), SR)
    correlation = found["channel_correlation"][:, 0]
    assert correlation.shape == (30,)
    assert np.abs(correlation - mixed).mean() < 0.04  # bands of few periods stray
    # Envelopes follow: alike whatever the sign, since loudness has none.
    envelopes = found["channel_envelope_correlation"][:, 0]
    assert envelopes.mean() == pytest.approx(abs(mixed) ** 2, abs=0.08)


@pytest.mark.parametrize("gain", [2.0, 1.0, 0.25])
def test_level_is_that_of_the_first_over_the_second(gain: float) -> None:
    (a,) = noises(1)
    found = channel_statistics(np.stack([gain * a, a]), SR)
    assert np.allclose(found["channel_level_db"], 20 * np.log10(gain), atol=1e-6)
    assert np.allclose(found["channel_correlation"], 1, atol=1e-6)


def test_each_band_has_its_own() -> None:
    """Below 1 kHz the same in both; above it independent, and louder on the right."""
    a, b = noises(2)
    low = np.fft.rfftfreq(len(a), 1 / SR) < 1000
    y = np.stack([a, filtered(a, low) + 2 * filtered(b, ~low)])
    found = {name: part[:, 0] for name, part in channel_statistics(y, SR).items()}
    tops = [first + gains.argmax() for first, gains in erb_bands(len(a), SR)]
    below = np.array(tops) * SR / len(a) < 800
    above = np.array(tops) * SR / len(a) > 1300
    assert found["channel_correlation"][below].min() > 0.99
    assert np.abs(found["channel_correlation"][above]).max() < 0.1
    assert np.allclose(found["channel_level_db"][below], 0, atol=0.1)
    assert np.allclose(found["channel_level_db"][above], -6, atol=1.0)


def test_quadrature_is_no_correlation_and_a_delay_turns_it_with_frequency() -> None:
    (a,) = noises(1)
    turned = filtered(a, np.full(len(a) // 2 + 1, 1j))
    correlation = channel_statistics(np.stack([a, turned]), SR)["channel_correlation"]
    assert np.abs(correlation).max() < 0.1
    late = np.roll(a, SR // 1000)  # 1 ms: in phase at 1 kHz, against at 500 Hz
    correlation = channel_statistics(np.stack([a, late]), SR)["channel_correlation"][:, 0]
    tops = np.array([first + g.argmax() for first, g in erb_bands(len(a), SR)]) * SR / len(a)
    assert correlation[np.abs(tops - 1000).argmin()] > 0.8
    assert correlation[np.abs(tops - 500).argmin()] < -0.8


def test_envelopes_tell_common_events_from_own_ones() -> None:
    a, b = noises(2)
    swell = np.abs(np.sin(2 * np.pi * 2 * np.arange(len(a)) / SR))
    together, apart = (
        channel_statistics(np.stack([a * swell, b * other]), SR)["channel_envelope_correlation"]
        for other in (swell, np.roll(swell, SR // 8))
    )
    assert together.mean() > 0.5 and apart.mean() < -0.3


def test_what_is_too_quiet_to_be_heard_does_not_count() -> None:
    rng = np.random.default_rng(1)
    y = np.stack([tone(1000.0, seconds=2.0)] * 2) * 0.5
    still, noisy = (
        channel_statistics((y + g * rng.standard_normal(y.shape)).astype(np.float32), SR)
        for g in (1e-6, 1e-4)
    )
    for name in NAMES:
        quiet = np.abs(still[name][:, 0]) < (1.0 if name == "channel_level_db" else 0.1)
        assert quiet.sum() >= 20 and np.abs(still[name] - noisy[name]).max() < 0.2, name
    one_side = channel_statistics(np.stack([rain(seconds=1.0), np.zeros(SR, np.float32)]), SR)
    assert np.abs(one_side["channel_level_db"]).max() == pytest.approx(60, abs=0.01)
    assert not one_side["channel_correlation"].any()
    assert np.isfinite(one_side["channel_envelope_correlation"]).all()


def test_neither_do_envelopes_of_quiet_noise_nor_the_tremble_of_a_steady_one() -> None:
    steady = 0.5 * tone(1000.0, seconds=2.0)
    (noise,) = noises(1, seconds=2.0)
    rest = noise * 1e-3  # common to both channels, 75 dB below in most bands
    y = np.stack([steady + rest, steady + rest])
    envelopes = channel_statistics(y, SR)["channel_envelope_correlation"][:, 0]
    assert np.median(envelopes) < 0.1  # their noise is one, but is not heard
    assert envelopes[erb_envelopes(y[0], SR).mean(axis=1).argmax()] < 0.1  # the tone's band


@pytest.mark.parametrize("n_channels", [2, 3, 8])
def test_every_pair(n_channels: int) -> None:
    y = noises(n_channels, seconds=1.0)
    found = channel_statistics(y, SR)
    pairs = [(i, j) for i in range(n_channels) for j in range(i + 1, n_channels)]
    assert {name: part.shape for name, part in found.items()} == dict.fromkeys(
        NAMES, (30, len(pairs))
    )
    one = channel_statistics(y[[0, n_channels - 1]], SR)
    place = pairs.index((0, n_channels - 1))
    for name in NAMES:
        assert np.allclose(found[name][:, place], one[name][:, 0], atol=1e-6), name


@pytest.mark.parametrize("sr", [8000, 44100, 96000, 192000])
def test_every_rate(sr: int) -> None:
    a, b = noises(2, seconds=1.0, sr=sr)
    found = channel_statistics(np.stack([a, 0.5 * a + 0.5 * b]), sr)
    assert found["channel_correlation"].mean() == pytest.approx(0.5**0.5, abs=0.07)
    assert found["channel_level_db"].mean() == pytest.approx(3, abs=0.6)


def test_distances_answer_each_to_its_own() -> None:
    a, b, c, d = noises(4)
    wide, other = np.stack([a, b]), np.stack([c, d])
    narrow, louder = np.stack([a, a]), np.stack([a, 0.5 * b])
    same = channel_distances(wide, other, SR)
    assert same["channel_correlation"] < 0.15 and same["channel_level_db"] < 0.6
    assert same["channel_envelope_correlation"] < 0.15
    less = channel_distances(wide, narrow, SR)
    assert min(less["channel_correlation"], less["channel_envelope_correlation"]) > 0.8
    assert less["channel_level_db"] < 0.6
    side = channel_distances(wide, louder, SR)
    assert side["channel_level_db"] == pytest.approx(6.02, abs=0.05)
    assert side["channel_correlation"] < 1e-6
    assert channel_distances(wide, wide, SR) == dict.fromkeys(NAMES, 0.0)
    assert channel_distances(wide, louder, SR) == channel_distances(louder, wide, SR)


def test_known_envelopes_save_the_work() -> None:
    a, b = np.stack([rain(seconds=1.0)] * 2), np.stack([rain(seconds=1.0), crackle(seconds=1.0)])
    envelopes = erb_envelopes(a, SR), erb_envelopes(b, SR)
    assert channel_distances(a, b, SR, envelopes=envelopes) == channel_distances(a, b, SR)


def test_arguments_stay_as_they_were() -> None:
    y = np.stack([rain(seconds=1.0), crackle(seconds=1.0)])
    envelopes = erb_envelopes(y, SR)
    before, known = y.copy(), envelopes.copy()
    channel_statistics(y, SR, envelopes=envelopes)
    assert np.array_equal(y, before) and np.array_equal(envelopes, known)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (rain(seconds=1.0), r"y has shape \(22050,\); expected \(channels, n\), two channels"),
        (rain(seconds=1.0)[None], r"y has shape \(1, 22050\)"),
        (np.zeros((2, SR)), "y is silent"),
        (np.stack([tone(440.0, seconds=0.3)] * 2), "y lasts 0.300 s"),
    ],
)
def test_bad_input(y: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        channel_statistics(y, SR)


def test_unequal_numbers_of_channels() -> None:
    a = np.stack([matched_noise(rain(seconds=1.0), SR)] * 3)
    with pytest.raises(AudioError, match="reference has 3 channels, synthetic 2; expected equally"):
        channel_distances(a, a[:2], SR)
    with pytest.raises(AudioError, match="reference has 1 channel, synthetic 3"):
        same_channels(a[0], a)
    same_channels(a[0], a[:1])
