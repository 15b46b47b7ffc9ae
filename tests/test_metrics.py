"""Scores: zero for the same, growing with the difference, and copies found however disguised."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.metrics import (
    copy_score,
    envelope_distance,
    relative_distance,
    spectrogram_copy_score,
    spectrum_distance,
    texture_report,
)
from audiostyle_lib.sounds import load_sound, matched_noise, rain, tone
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
        "copy",
        "copy_floor",
        "copy_spectrogram",
        "copy_spectrogram_floor",
        "copy_spectrogram_halves",
    ]
    assert all(type(score) is float for score in report.values())


def test_a_sound_is_itself(printer: np.ndarray) -> None:
    report = texture_report(printer, printer.copy(), SR)
    for name in [*DISTANCES, "auditory", "spectrum_db", "envelope_db"]:
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
        (np.zeros((2, SR)), tone(440.0), r"reference has shape \(2, 22050\)"),
        (tone(440.0), np.full(SR, np.nan), "synthetic has 22050 NaN"),
    ],
)
def test_bad_input(reference: np.ndarray, synthetic: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        texture_report(reference, synthetic, SR)


def test_copy_scores_need_half_a_second() -> None:
    with pytest.raises(AudioError, match="expected at least 11025"):
        copy_score(tone(440.0), tone(440.0, seconds=0.2), SR)


def test_arguments_stay_as_they_were(printer: np.ndarray) -> None:
    a, b = printer.copy(), matched_noise(printer, SR)
    before = b.copy()
    texture_report(a, b, SR)
    assert np.array_equal(a, printer) and np.array_equal(b, before)
