"""The ear's view: filters, envelopes and statistics against what is known of simple sounds."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib.audio import AudioError
from audiostyle_lib.auditory import auditory_statistics, erb_envelopes, erb_filters
from audiostyle_lib.sounds import crackle, harmonic_note, load_sound, matched_noise, tone

SR = 22050


def test_filters_share_the_power_between_the_outer_centres() -> None:
    gains = erb_filters(8192, SR, n_bands=30, fmin=50.0, fmax=8000.0)
    frequencies = np.fft.rfftfreq(8192, 1 / SR)
    inside = (frequencies > 50) & (frequencies < 8000)
    assert np.allclose((gains**2).sum(axis=0)[inside], 1.0)
    assert gains[:, frequencies > 9500].max() == 0


@pytest.mark.parametrize("frequency", [100.0, 440.0, 3000.0])
def test_a_tone_is_loudest_in_its_own_band(frequency: float) -> None:
    envelopes = erb_envelopes(tone(frequency, seconds=1.0), SR)
    gains = erb_filters(SR, SR)  # one bin a Hz
    assert envelopes.mean(axis=1).argmax() == gains[:, round(frequency)].argmax()


def test_envelope_follows_a_known_modulation() -> None:
    y = harmonic_note(1000.0, n_harmonics=1, am_rate=8.0, seconds=2.0)
    band = erb_filters(SR, SR)[:, 1000].argmax()
    envelope = erb_envelopes(y, SR)[band]
    spectrum = np.abs(np.fft.rfft(envelope - envelope.mean()))
    assert spectrum.argmax() / 2.0 == pytest.approx(8.0)  # 2 s: half a Hz a bin


def test_modulation_power_peaks_at_the_rate() -> None:
    y = harmonic_note(1000.0, n_harmonics=1, am_rate=8.0, seconds=2.0)
    band = erb_filters(SR, SR)[:, 1000].argmax()
    power = auditory_statistics(y, SR)["modulation_power"][band]
    rates = np.geomspace(0.5, 200, 20)
    assert abs(np.log2(rates[power.argmax()] / 8.0)) < 0.5


def test_shapes_and_range() -> None:
    stats = auditory_statistics(load_sound("sauna", seconds=1.0), SR)
    assert {name: s.shape for name, s in stats.items()} == {
        "envelope_mean": (30,),
        "envelope_variation": (30,),
        "envelope_skewness": (30,),
        "band_correlation": (173,),
        "modulation_power": (30, 20),
        "modulation_correlation": (6, 57),
    }
    assert np.abs(stats["band_correlation"]).max() <= 1 + 1e-9


def test_sparse_events_are_skewed_and_correlated_and_noise_is_not() -> None:
    events = auditory_statistics(crackle(8.0, seconds=4.0), SR)
    noise = auditory_statistics(matched_noise(crackle(8.0, seconds=4.0), SR), SR)
    assert events["envelope_skewness"].mean() > 1 > abs(noise["envelope_skewness"].mean())
    assert events["band_correlation"].mean() > 0.5 > noise["band_correlation"].mean() + 0.3


def test_level_changes_the_mean_alone() -> None:
    y = load_sound("printer", seconds=2.0)
    loud, quiet = auditory_statistics(y, SR), auditory_statistics(0.1 * y, SR)
    assert np.allclose(quiet["envelope_mean"], loud["envelope_mean"] * 0.1**0.3)
    for name in set(loud) - {"envelope_mean"}:
        assert np.allclose(loud[name], quiet[name], atol=1e-4), name


@pytest.mark.parametrize(
    ("y", "n_bands", "message"),
    [
        (np.zeros(SR), 30, "silent"),
        (tone(440.0, seconds=0.3), 30, "at least 0.500 s"),
        (tone(440.0), 10, "n_bands is 10"),
    ],
)
def test_bad_input(y: np.ndarray, n_bands: int, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        auditory_statistics(y, SR, n_bands=n_bands)
