"""The ear's view: filters, envelopes and statistics against what is known of simple sounds."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy.signal

from audiostyle_lib.audio import AudioError
from audiostyle_lib.auditory import (
    auditory_statistics,
    envelope_statistics,
    erb_bands,
    erb_count,
    erb_envelopes,
    erb_filters,
)
from audiostyle_lib.sounds import crackle, harmonic_note, load_sound, matched_noise, rain, tone

SR = 22050
RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000)


def erb_rate(f: float) -> float:
    return 21.4 * np.log10(1 + 0.00437 * f)  # as Glasberg and Moore print it


def centres(sr: int, n_bands: int | None = None) -> np.ndarray:
    """Centres of the bands in Hz: where gains are largest, at one bin a Hz."""
    return erb_filters(sr, sr, n_bands=n_bands).argmax(axis=1)


@pytest.mark.parametrize("sr", RATES)
def test_bands_are_as_close_at_every_rate_and_reach_as_high_as_is_heard(sr: int) -> None:
    found = centres(sr)
    assert found[0] == 50 and found[-1] == pytest.approx(min(20000, 0.45 * sr), abs=1)
    step = (erb_rate(9922.5) - erb_rate(50)) / 29  # 30 bands at the book's rate
    assert len(found) == erb_count(sr)
    assert np.diff([erb_rate(f) for f in found[3:]]).mean() == pytest.approx(step, rel=0.03)


@pytest.mark.parametrize("n_at_book_rate", [30, 48])
def test_as_many_bands_as_the_spacing_needs(n_at_book_rate: int) -> None:
    counts = [erb_count(sr, n_at_book_rate) for sr in RATES]
    assert erb_count(SR, n_at_book_rate) == n_at_book_rate and counts == sorted(counts)
    assert counts[-1] == counts[-3] and counts[0] < n_at_book_rate < counts[-1]
    high = (erb_rate(20000) - erb_rate(50)) / (erb_rate(9922.5) - erb_rate(50))
    assert counts[-1] == round(1 + high * (n_at_book_rate - 1))


def test_never_fewer_bands_than_the_correlations_need() -> None:
    y = tone(100.0, sr=1000)
    assert erb_count(1000) == 22
    assert auditory_statistics(y, 1000)["band_correlation"].shape == (22 * 8 - 67,)


def test_other_limits_and_other_numbers_of_bands() -> None:
    assert erb_count(44100, fmax=9922.5) == 30
    assert len(erb_bands(1000, 44100, n_bands=48)) == 48
    assert erb_filters(44100, 44100, n_bands=25, fmax=8000.0)[-1].argmax() == 8000


def test_bands_are_the_filters_without_zeros() -> None:
    gains = erb_filters(5000, 44100)
    assert gains.shape == (36, 2501) and (gains >= -1e-12).all()
    for row, (first, band) in zip(gains, erb_bands(5000, 44100), strict=True):
        assert np.array_equal(row[first : first + len(band)], band)
        assert not row[:first].any() and not row[first + len(band) :].any()


@pytest.mark.parametrize("sr", RATES)
def test_a_sound_has_the_same_envelopes_at_every_rate(sr: int) -> None:
    low = erb_envelopes(
        harmonic_note(300.0, n_harmonics=8, am_rate=5.0, seconds=0.6, sr=8000), 8000
    )
    y = harmonic_note(300.0, n_harmonics=8, am_rate=5.0, seconds=0.6, sr=sr)
    found = erb_envelopes(y, sr)
    assert found.shape == (erb_count(sr), 240)
    theirs, ours = low[:, 20:-20].mean(axis=0), found[: len(low), 20:-20].mean(axis=0)
    assert np.corrcoef(theirs, ours)[0, 1] > 0.99


@pytest.mark.parametrize(
    ("frequency", "sr"), [(15000.0, 44100), (19000.0, 48000), (19000.0, 192000)]
)
def test_the_highest_octave_is_heard(frequency: float, sr: int) -> None:
    envelopes = erb_envelopes(tone(frequency, sr=sr, seconds=0.6), sr)
    loudest = centres(sr)[envelopes.mean(axis=1).argmax()]
    assert loudest == pytest.approx(frequency, rel=0.08)


def test_what_is_above_hearing_does_not_count() -> None:
    y = rain(seconds=1.0, sr=96000)
    z = 0.5 * y + 0.4 * tone(30000.0, seconds=1.0, sr=96000)
    assert np.allclose(erb_envelopes(0.5 * y, 96000), erb_envelopes(z, 96000), atol=1e-3)


def test_band_after_band_is_as_all_at_once() -> None:
    y = load_sound("printer", seconds=1.0)
    analytic = np.zeros((30, SR), dtype=complex)
    analytic[:, : SR // 2 + 1] = 2 * np.fft.rfft(y.astype(np.float64)) * erb_filters(SR, SR)
    expected = scipy.signal.resample(np.abs(np.fft.ifft(analytic, axis=1)) ** 0.3, 400, axis=1)
    assert np.allclose(erb_envelopes(y, SR), np.maximum(expected, 0), rtol=0, atol=1e-12)


def test_channels_are_stacked() -> None:
    a, b = rain(seconds=1.0), crackle(seconds=1.0)
    y = np.stack([a, b])
    both = auditory_statistics(y, SR)
    for name, part in auditory_statistics(a, SR).items():
        assert both[name].shape == (2, *part.shape) and np.array_equal(both[name][0], part), name
        assert np.array_equal(both[name][1], auditory_statistics(b, SR)[name]), name
    assert np.array_equal(erb_envelopes(y, SR)[1], erb_envelopes(b, SR))
    again = envelope_statistics(erb_envelopes(y, SR))
    assert all(np.array_equal(again[name], both[name]) for name in both)
    assert auditory_statistics(a[None], SR)["envelope_mean"].shape == (1, 30)


def test_a_silent_channel_has_statistics_too() -> None:
    found = auditory_statistics(np.stack([rain(seconds=1.0), np.zeros(SR, np.float32)]), SR)
    assert all(np.isfinite(part).all() for part in found.values())
    assert not found["envelope_mean"][1].any()


def test_memory_is_a_few_times_the_sound_not_as_many_as_there_are_bands() -> None:
    y = rain(seconds=3.0, sr=96000)
    tracemalloc.start()
    auditory_statistics(y, 96000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15 * y.astype(complex).nbytes < 36 * y.astype(complex).nbytes


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
        (tone(440.0), 10, "n_bands is 10; expected at least 22"),
        (np.zeros((9, SR)), 30, r"y has shape \(9, 22050\)"),
    ],
)
def test_bad_input(y: np.ndarray, n_bands: int, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        auditory_statistics(y, SR, n_bands=n_bands)
