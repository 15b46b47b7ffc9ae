"""Scores: zero for the same, growing with the difference, and copies found however disguised."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.auditory import auditory_statistics
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import (
    auditory_distances,
    copy_score,
    envelope_distance,
    relative_distance,
    spectrogram_copy_score,
    spectrum_distance,
    texture_report,
)
from audiostyle_lib.sounds import crackle, load_field, load_sound, matched_noise, rain, tone
from audiostyle_lib.transforms import STFT

SR = 22050
DISTANCES = [
    "envelope_mean",
    "envelope_variation",
    "envelope_skewness",
    "band_correlation",
    "modulation_power",
    "modulation_correlation",
]
LIKENESS = [*DISTANCES, "auditory", "spectrum_db", "envelope_db"]
OF_CHANNELS = ["channel_correlation", "channel_level_db", "channel_envelope_correlation"]


@pytest.fixture(scope="module")
def printer() -> np.ndarray:
    return load_sound("printer", seconds=4.0)


def test_report_names(printer: np.ndarray) -> None:
    report = texture_report(printer, printer, SR)
    assert list(report) == [
        *DISTANCES,
        "auditory",
        "spectrum_db",
        "envelope_db",
        "attack",
        "attack_halves",
        "attack_level_rise",
        "attack_mel_rise",
        "attack_rise_ms",
        "attack_kurtosis",
        "copy",
        "copy_floor",
        "copy_spectrogram",
        "copy_spectrogram_floor",
        "copy_spectrogram_halves",
    ]
    assert all(type(score) is float for score in report.values())


def test_a_sound_is_itself(printer: np.ndarray) -> None:
    report = texture_report(printer, printer.copy(), SR)
    for name in LIKENESS:
        assert report[name] == pytest.approx(0.0, abs=1e-9), name
    assert report["copy"] == pytest.approx(1.0, abs=1e-4)
    assert report["copy_spectrogram"] == pytest.approx(1.0, abs=1e-4)
    assert report["copy_floor"] < 0.3 and report["copy_spectrogram_floor"] < 0.3


def test_distance_grows_with_the_share_of_noise(printer: np.ndarray) -> None:
    noise = matched_noise(printer, SR)
    scores = [
        texture_report(printer, np.sqrt(1 - a) * printer * 0.7 + np.sqrt(a) * noise * 0.7, SR)
        for a in (0.0, 0.3, 1.0)
    ]
    for name in ("auditory", "band_correlation", "modulation_power"):
        low, middle, high = (s[name] for s in scores)
        assert low < middle < high, name


def test_auditory_is_the_mean_of_its_classes(printer: np.ndarray) -> None:
    report = texture_report(printer, matched_noise(printer, SR), SR)
    assert report["auditory"] == pytest.approx(np.mean([report[name] for name in DISTANCES]))


@pytest.mark.parametrize(
    ("a", "b", "unit", "expected"),
    [([1, 0], [0, 1], 0.0, 1.0), ([0.01], [-0.01], 1.0, 0.02), ([0, 0], [0, 0], 0.0, 0.0)],
)
def test_relative_distance(a: list, b: list, unit: float, expected: float) -> None:
    found = relative_distance(np.array(a, float), np.array(b, float), unit=unit)
    assert found == pytest.approx(expected, rel=0.01)


def test_spectrum_distance_is_the_shift_of_a_filter() -> None:
    y = matched_noise(rain(seconds=4.0), SR)
    spectrum = np.fft.rfft(y)
    spectrum[np.fft.rfftfreq(len(y), 1 / SR) > 2000] *= 0.5  # 6 dB less above 2 kHz
    assert 1.0 < spectrum_distance(y, np.fft.irfft(spectrum), SR) < 6.0
    assert spectrum_distance(y, 0.3 * y, SR) < 1e-6


def test_envelope_distance_knows_a_step() -> None:
    steady = tone(440.0, seconds=2.0)
    half_off = steady * (np.arange(len(steady)) < SR)
    # Half of the frames fall by 60 dB, the others rise by 3 dB above the mean.
    assert envelope_distance(steady, half_off, SR) == pytest.approx(31.5, abs=1.0)


@pytest.mark.parametrize("gain", [1.0, -1.0, 0.1])
def test_a_hidden_copy_is_found(gain: float) -> None:
    reference, noise = rain(seconds=3.0), matched_noise(rain(seconds=3.0), SR)
    assert copy_score(reference, noise, SR) < 0.3
    hidden = noise.copy()
    hidden[SR : 2 * SR] = gain * reference[5000 : 5000 + SR]
    assert copy_score(reference, hidden, SR) > 0.99


def test_new_phases_hide_a_copy_from_the_samples_but_not_from_the_spectrogram() -> None:
    y = load_sound("sauna")[SR : 4 * SR]
    transform = STFT()
    again = transform.inverse(transform.forward(torch.as_tensor(y)), length=len(y)).numpy()
    floor = texture_report(y, matched_noise(y, SR), SR)
    assert copy_score(y, again, SR) < 0.4
    assert spectrogram_copy_score(y, again, SR) > 0.9 > floor["copy_spectrogram_floor"] + 0.5


def test_slow_swells_are_no_copy() -> None:
    noises = [matched_noise(rain(seconds=3.0), SR, seed=seed) for seed in (1, 2)]
    swell = np.geomspace(0.3, 1.0, len(noises[0]), dtype=np.float32)  # 10 dB in 3 s
    plain = spectrogram_copy_score(*noises, SR)
    assert spectrogram_copy_score(noises[0] * swell, noises[1] * swell, SR) < plain + 0.1


@pytest.mark.parametrize(
    ("reference", "synthetic", "message"),
    [
        (np.zeros(2 * SR), tone(440.0), "reference is silent"),
        (tone(440.0), np.zeros(2 * SR), "synthetic is silent"),
        (tone(440.0, seconds=0.9), tone(440.0), "reference lasts 0.900 s"),
        (tone(440.0), tone(440.0, seconds=0.3), "synthetic lasts 0.300 s"),
        (np.zeros((2, SR)), tone(440.0), "reference is silent"),
        (np.zeros((9, SR)), tone(440.0), r"reference has shape \(9, 22050\)"),
        (tone(440.0), np.full(SR, np.nan), "synthetic has 22050 NaN"),
    ],
)
def test_bad_input(reference: np.ndarray, synthetic: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        texture_report(reference, synthetic, SR)


# ---- every rate ------------------------------------------------------------------------------


def with_hiss(y: np.ndarray, sr: int, level: float) -> np.ndarray:
    """`y` and noise from 12.5 to 20 kHz, `level` times as loud."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(y.shape))
    f = np.fft.rfftfreq(y.shape[-1], 1 / sr)
    spectrum[..., (f < 12_500) | (f > 20_000)] = 0
    hiss = np.fft.irfft(spectrum, y.shape[-1])
    return (y + hiss * level * rms(y) / rms(hiss)).astype(np.float32)


def likeness(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> dict[str, float]:
    return auditory_distances(reference, synthetic, sr) | {
        "spectrum_db": spectrum_distance(reference, synthetic, sr),
        "envelope_db": envelope_distance(reference, synthetic, sr),
    }


# What each score must say of hiss as loud as the sound: far from 0, half or less of what is found.
NOTICED = dict.fromkeys(DISTANCES, 0.01) | {"auditory": 0.05, "spectrum_db": 1.0}
NOTICED |= {"envelope_db": 0.1, "envelope_skewness": 0.04, "band_correlation": 0.1}


@pytest.mark.parametrize("name", ["synthetic rain", "rain", "fireplace"])
def test_every_score_of_likeness_hears_hiss_up_to_20_khz(name: str) -> None:
    sr = 44100
    y = rain(seconds=3.0, sr=sr) if name == "synthetic rain" else load_field(name, seconds=3.0)[0]
    y = 0.4 * y
    hissing = likeness(y, with_hiss(y, sr, 1.0), sr)
    assert list(hissing) == LIKENESS == list(NOTICED | hissing)
    for score in LIKENESS:
        assert hissing[score] > NOTICED[score], score
    quiet = likeness(y, with_hiss(y, sr, 0.1), sr)  # 20 dB less
    assert all(quiet[score] > 0.002 for score in LIKENESS)
    assert all(quiet[score] < 0.5 * hissing[score] for score in ("spectrum_db", "envelope_db"))
    assert set(likeness(y, y, sr).values()) == {0.0}


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 44100, 48000, 96000, 192000])
def test_reports_at_every_rate(sr: int) -> None:
    y, other, noise = (rain(seconds=1.0, sr=sr, seed=seed) for seed in (0, 1, 2))
    alike = texture_report(y, other, sr)
    noise = matched_noise(noise, sr)
    assert np.isfinite(list(alike.values())).all()
    assert alike["auditory"] < 0.6 * auditory_distances(y, noise, sr)["auditory"]
    assert alike["spectrum_db"] < 3 and alike["copy"] < 0.5
    assert copy_score(y, y[sr // 4 :], sr) > 0.999
    assert spectrogram_copy_score(y, y[round(0.01 * sr) * 10 :], sr) > 0.9


# ---- several channels ------------------------------------------------------------------------


def stereo(seed: int = 0, seconds: float = 2.0) -> np.ndarray:
    """Rain on the left; on the right half of it, and a fire."""
    left, fire = rain(seconds=seconds, seed=seed), crackle(seconds=seconds, seed=seed)
    return np.stack([left, 0.5 * left + 0.3 * fire])


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    return stereo(), stereo(seed=1)


def test_report_of_channels(pair: tuple[np.ndarray, np.ndarray], printer: np.ndarray) -> None:
    report = texture_report(*pair, SR)
    assert list(report) == [*texture_report(printer, printer, SR), *OF_CHANNELS]
    assert all(type(score) is float and np.isfinite(score) for score in report.values())
    same = texture_report(pair[0], pair[0].copy(), SR)
    assert {same[name] for name in [*LIKENESS, *OF_CHANNELS]} == {0.0}
    assert min(same["copy"], same["copy_spectrogram"]) > 0.999 > report["copy"]
    assert 0 < report["copy_floor"] < 0.4


def test_one_channel_is_one_channel(printer: np.ndarray) -> None:
    noise = matched_noise(printer, SR)
    plain = texture_report(printer, noise, SR)
    assert texture_report(printer[None], noise[None], SR) == plain
    assert texture_report(printer, noise[None], SR) == plain


def test_channels_are_compared_as_one_sound(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = (auditory_statistics(y, SR) for y in pair)
    found = auditory_distances(*pair, SR)
    for name in DISTANCES:
        unit = 1.0 if name == "envelope_skewness" else 0.0
        assert found[name] == relative_distance(a[name], b[name], unit=unit), name


def test_twice_the_same_is_as_far_as_once() -> None:
    a, b = rain(seconds=1.0), crackle(seconds=1.0)
    once, twice = (likeness(y, z, SR) for y, z in ((a, b), (np.stack([a, a]), np.stack([b, b]))))
    # Spectra too, but that each channel now has half of the power: all bands are 3 dB lower.
    assert twice == pytest.approx(once, rel=1e-6)
    copied = np.stack([a, a])
    assert copy_score(copied, copied, SR) == pytest.approx(copy_score(a, a, SR))


def test_one_level_for_all_channels(pair: tuple[np.ndarray, np.ndarray]) -> None:
    y = pair[0]
    assert spectrum_distance(y, 0.3 * y, SR) < 1e-6 and envelope_distance(y, 0.3 * y, SR) < 1e-5
    tilted = y * np.array([[1.0], [0.3]], np.float32)
    assert spectrum_distance(y, tilted, SR) > 3 and envelope_distance(y, tilted, SR) > 3


def test_channels_that_changed_places_are_noticed(pair: tuple[np.ndarray, np.ndarray]) -> None:
    y = pair[0]
    found = texture_report(y, y[::-1].copy(), SR)
    for name in [*LIKENESS, "channel_level_db"]:
        assert found[name] > 0.01, name
    assert found["copy"] < 0.95


def test_a_copy_is_one_of_all_channels_at_one_moment() -> None:
    y = np.stack([rain(seconds=3.0), rain(seconds=3.0, seed=1)])
    noise = matched_noise(y, SR)
    hidden, torn = noise.copy(), noise.copy()
    hidden[:, SR : 2 * SR] = y[:, 5000 : 5000 + SR]
    torn[0, SR : 2 * SR] = y[0, 5000 : 5000 + SR]
    torn[1, SR : 2 * SR] = y[1, 15000 : 15000 + SR]
    for score in (copy_score, spectrogram_copy_score):
        assert score(y, hidden, SR) > 0.85 > score(y, torn, SR) + 0.1
        assert score(y, noise, SR) < 0.4


def test_one_half_may_be_silent() -> None:
    """As where a recording stops and the file goes on."""
    y = np.concatenate([rain(seconds=0.5), np.zeros(SR // 2, np.float32)])
    report = texture_report(y, rain(seconds=1.0), SR)
    assert np.isfinite(list(report.values())).all()
    assert report["attack_halves"] > 1


def test_eight_channels_and_a_silent_one() -> None:
    y = np.stack([rain(seconds=1.0, seed=seed) for seed in range(7)] + [np.zeros(SR, np.float32)])
    report = texture_report(y, matched_noise(y, SR), SR)
    assert np.isfinite(list(report.values())).all() and report["spectrum_db"] < 1.5


@pytest.mark.parametrize("shapes", [((2,), ()), ((), (2,)), ((2,), (3,)), ((1,), (2,))])
def test_other_numbers_of_channels(shapes: tuple[tuple, tuple]) -> None:
    a, b = (np.broadcast_to(rain(seconds=1.0), (*shape, SR)) for shape in shapes)
    message = r"reference has \d channels?, synthetic \d; expected equally many"
    for score in (
        texture_report,
        auditory_distances,
        spectrum_distance,
        envelope_distance,
        copy_score,
        spectrogram_copy_score,
    ):
        with pytest.raises(AudioError, match=message):
            score(a, b, SR)


def test_copy_scores_need_half_a_second() -> None:
    with pytest.raises(AudioError, match="expected at least 11025"):
        copy_score(tone(440.0), tone(440.0, seconds=0.2), SR)


def test_arguments_stay_as_they_were(printer: np.ndarray) -> None:
    a, b = printer.copy(), matched_noise(printer, SR)
    before = b.copy()
    texture_report(a, b, SR)
    assert np.array_equal(a, printer) and np.array_equal(b, before)
