"""Timbre, rhythm and pitch: each measure answers to its own change and not to the others."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib.audio import AudioError
from audiostyle_lib.musical import (
    chroma_correlation,
    envelope_correlation,
    onset_correlation,
    pitch_agreement,
    timbre_distance,
    transfer_report,
)
from audiostyle_lib.sounds import clicks, harmonic_note, load_sound, rain, tone

SR = 22050


def melody(pitches: tuple[float, ...], n_harmonics: int = 10) -> np.ndarray:
    ramp = np.minimum(1, np.linspace(0, 20, SR // 2)).astype(np.float32)
    notes = [harmonic_note(f, seconds=0.5, n_harmonics=n_harmonics) for f in pitches]
    return np.concatenate([note * ramp * ramp[::-1] for note in notes])


TUNE = melody((220.0, 262.0, 330.0, 294.0))


def test_equal_sounds() -> None:
    report = transfer_report(TUNE, rain(seconds=2.0), TUNE, SR)
    assert report["timbre_to_content"] == 0 and report["timbre_to_style"] > 5
    assert [report[k] for k in ("envelope", "onsets", "chroma", "pitch")] == pytest.approx(
        [1] * 4, abs=1e-6
    )


def test_timbre_answers_to_timbre_alone() -> None:
    other_order = melody((294.0, 330.0, 220.0, 262.0))
    dull = melody((220.0, 262.0, 330.0, 294.0), n_harmonics=2)
    assert timbre_distance(TUNE, other_order, SR) < 0.1 * timbre_distance(TUNE, dull, SR)
    assert timbre_distance(TUNE, 0.1 * TUNE, SR) < 0.1
    assert timbre_distance(TUNE, dull, SR) == pytest.approx(timbre_distance(dull, TUNE, SR))


def test_pitch_answers_to_pitch_alone() -> None:
    dull = melody((220.0, 262.0, 330.0, 294.0), n_harmonics=4)
    other = melody((233.0, 311.0, 247.0, 349.0))
    for measure, same in ((chroma_correlation, 0.8), (pitch_agreement, 0.9)):
        assert measure(TUNE, dull, SR) > same
        assert measure(TUNE, other, SR) < 0.3


def test_rhythm_answers_to_time() -> None:
    beat = clicks(3.0, seconds=2.0)
    late = np.roll(beat, SR // 6)
    for measure in (envelope_correlation, onset_correlation):
        assert measure(beat, beat, SR) > 0.999
        assert measure(beat, 0.3 * beat, SR) > 0.98
        assert measure(beat, late, SR) < 0.2


def test_unrelated_sounds_are_near_zero() -> None:
    speech, tabla = load_sound("speech", seconds=5.0), load_sound("tabla", seconds=5.0)
    assert abs(envelope_correlation(speech, tabla, SR)) < 0.3
    assert abs(onset_correlation(speech, tabla, SR)) < 0.3
    assert abs(chroma_correlation(speech, tabla, SR)) < 0.3


def test_held_notes_are_compared_by_their_pitch_class() -> None:
    assert chroma_correlation(tone(440.0), tone(440.0), SR) > 0.99
    assert chroma_correlation(tone(440.0), tone(622.25), SR) < 0.2


def test_constant_curves_are_unrelated_not_nan() -> None:
    assert np.isfinite(
        list(transfer_report(tone(440.0), TUNE, 0.5 * tone(440.0), SR).values())
    ).all()


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 44100, 48000, 96000, 192000])
def test_other_rates(sr: int) -> None:
    note = harmonic_note(220.0, sr=sr)
    report = transfer_report(note, rain(seconds=2.0, sr=sr), note, sr)
    assert report["pitch"] == 1 and report["timbre_to_content"] == 0


def test_timbre_and_onsets_are_heard_up_to_20_khz_and_no_further() -> None:
    sr = 96000
    note = 0.4 * harmonic_note(220.0, sr=sr)
    beat = np.sign(np.sin(2 * np.pi * 3 * np.arange(len(note)) / sr)) > 0
    noise = np.fft.rfft(0.1 * beat * np.random.default_rng(0).standard_normal(len(note)))
    f = np.fft.rfftfreq(len(note), 1 / sr)
    heard, unheard = (
        (note + np.fft.irfft(noise * ((f > low) & (f < high)))).astype(np.float32)
        for low, high in ((12_500, 19_500), (24_000, 46_000))
    )
    assert timbre_distance(note, unheard, sr) < 0.5 < 3 < timbre_distance(note, heard, sr)
    tune = 0.4 * np.concatenate([harmonic_note(f, sr=sr)[: sr // 2] for f in (220.0, 330.0)])
    plain, masked = tune, tune + (unheard - note)[: len(tune)]
    assert onset_correlation(plain, masked, sr) > 0.99


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros(SR), TUNE, "a is silent"),
        (TUNE, np.zeros(SR), "b is silent"),
        (TUNE, TUNE[:1000], "b lasts 0.045 s"),
        (TUNE, TUNE[:SR], "2.00 s and 1.00 s; expected about the same length"),
        (np.zeros((2, SR)), TUNE, "a has shape"),
    ],
)
def test_bad_input(a: np.ndarray, b: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        envelope_correlation(a, b, SR)
