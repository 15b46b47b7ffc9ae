"""Recordings are what their table says; synthetic sounds have the parameters they were given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pytest
import scipy.signal
import scipy.stats

from audiostyle_lib import sounds
from audiostyle_lib.audio import AudioError
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import spectrum_distance

SR = 22050
RECORDINGS = sounds.recordings()


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_are_those_of_the_table(name: str) -> None:
    found = hashlib.sha256(sounds.sound_path(name).read_bytes()).hexdigest()
    assert found == RECORDINGS[name].sha256
    y = sounds.load_sound(name)
    assert len(y) / SR == pytest.approx(RECORDINGS[name].seconds, abs=0.01)
    assert np.isfinite(y).all() and 0.5 < np.abs(y).max() <= 1
    assert all(vars(RECORDINGS[name]).values())


def test_every_file_is_in_the_table() -> None:
    folder = sounds.sound_path("sauna").parent
    assert {path.stem for path in folder.glob("*.flac")} == set(RECORDINGS)
    assert {r.licence for r in RECORDINGS.values()} == {"CC0-1.0", "Public domain (LibriVox)"}


def test_unknown_name() -> None:
    with pytest.raises(AudioError, match="no recording 'waterfall'; expected one of sauna"):
        sounds.load_sound("waterfall")


def spectrum(y: np.ndarray) -> np.ndarray:
    """Magnitudes; for a sound of 1 s one entry a Hz."""
    return np.abs(np.fft.rfft(y))


def period(y: np.ndarray, longest: float) -> float:
    """The best repeat of the envelope in seconds, between 5 ms and `longest`."""
    hop = SR // 1000
    envelope = np.abs(y[: len(y) // hop * hop]).reshape(-1, hop).mean(axis=1)
    envelope -= envelope.mean()
    n = len(envelope)
    repeats = np.correlate(envelope, envelope, "full")[n - 1 :] / np.arange(n, 0, -1)
    last = round(longest * SR / hop)
    return (5 + repeats[5:last].argmax()) * hop / SR


@pytest.mark.parametrize("frequency", [50.0, 440.0, 9000.0])
def test_tone(frequency: float) -> None:
    assert spectrum(sounds.tone(frequency, seconds=1.0)).argmax() == frequency


def test_note_has_harmonics_that_fall_by_their_number() -> None:
    levels = spectrum(sounds.harmonic_note(200.0, seconds=1.0, n_harmonics=5))
    peaks = levels[200:1001:200]
    assert np.allclose(peaks / peaks[0], 1 / np.arange(1, 6), rtol=1e-3)
    assert levels[1200] < 1e-3 * peaks[0]


def test_note_keeps_below_half_the_rate() -> None:
    levels = spectrum(sounds.harmonic_note(4000.0, seconds=1.0, n_harmonics=10))
    assert (levels > 0.01 * levels.max()).sum() == 2  # 4 and 8 kHz, and no mirror images


def test_note_swells_at_its_rate() -> None:
    y = sounds.harmonic_note(500.0, seconds=2.0, am_rate=6.0)
    envelope = np.abs(scipy.signal.hilbert(y))
    assert spectrum(envelope - envelope.mean()).argmax() / 2 == 6


def test_chirp_goes_from_one_pitch_to_the_other() -> None:
    y = sounds.chirp(200.0, 3200.0, seconds=4.0)
    for start, expected in [(0, 200), (len(y) // 2 - 500, 800), (len(y) - 2000, 3200)]:
        piece = y[start : start + 2000] * np.hanning(2000)
        assert spectrum(np.pad(piece, (0, SR - 2000))).argmax() == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("rate", [4.0, 10.0])
def test_clicks_repeat_at_their_rate(rate: float) -> None:
    y = sounds.clicks(rate, seconds=4.0)
    assert period(y, 1.5 / rate) == pytest.approx(1 / rate, abs=0.002)


def test_engine_has_two_periods() -> None:
    y = sounds.engine(20.0, seconds=5.0, jitter=0.0)
    assert period(y, 0.07) == pytest.approx(1 / 20, abs=0.002)
    assert period(y, 0.3) == pytest.approx(4 / 20, abs=0.002)


def test_crackles_are_as_many_as_asked() -> None:
    counts = []
    for rate in (5.0, 20.0):
        y = sounds.crackle(rate, seconds=20.0)
        envelope = np.abs(y).reshape(-1, SR // 50).max(axis=1)
        counts.append((envelope > 0.1).sum() / 20)
    assert 1 < counts[0] < 6 and 2.5 < counts[1] / counts[0] < 5


def test_more_drops_make_denser_rain() -> None:
    sparse, dense = (scipy.stats.kurtosis(sounds.rain(d, seconds=4.0)) for d in (20.0, 2000.0))
    assert sparse > 3 * dense > 0


@pytest.mark.parametrize("make", [sounds.rain, sounds.crackle, sounds.engine])
def test_seeds(make: Callable[..., np.ndarray]) -> None:
    first, again, other = (make(seconds=0.5, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("sr", [8000, 22050, 48000])
def test_every_sound_at_every_rate(sr: int) -> None:
    for make in (
        lambda: sounds.tone(440.0, seconds=0.5, sr=sr),
        lambda: sounds.harmonic_note(220.0, seconds=0.5, sr=sr),
        lambda: sounds.chirp(200.0, 3000.0, seconds=0.5, sr=sr),
        lambda: sounds.clicks(8.0, seconds=0.5, sr=sr),
        lambda: sounds.rain(seconds=0.5, sr=sr),
        lambda: sounds.crackle(seconds=0.5, sr=sr),
        lambda: sounds.engine(seconds=0.5, sr=sr),
    ):
        y = make()
        assert y.shape == (sr // 2,) and y.dtype == np.float32
        assert np.abs(y).max() == pytest.approx(0.9, rel=1e-4)


def test_noise_has_the_spectrum_and_nothing_else() -> None:
    y = sounds.load_sound("drum_roll", seconds=5.0)
    noise = sounds.matched_noise(y, SR)
    assert noise.shape == y.shape and rms(noise) == pytest.approx(rms(y), rel=0.01)
    assert spectrum_distance(y, noise, SR) < 0.5
    assert abs(scipy.stats.kurtosis(noise)) < 0.3 < scipy.stats.kurtosis(y)
    assert len(sounds.matched_noise(y, SR, seconds=1.5)) == 1.5 * SR


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sounds.tone(12000.0), "frequency is 12000"),
        (lambda: sounds.tone(-1.0), "frequency is -1"),
        (lambda: sounds.chirp(0.0, 100.0), "f0 is 0"),
        (lambda: sounds.clicks(0.0), "rate is 0"),
        (lambda: sounds.rain(0.0), "events a second"),
        (lambda: sounds.crackle(float("nan")), "events a second"),
        (lambda: sounds.tone(440.0, seconds=0.0), "seconds is 0"),
        (lambda: sounds.engine(seconds=-1.0), "seconds is -1"),
        (lambda: sounds.harmonic_note(220.0, n_harmonics=0), "n_harmonics is 0"),
        (lambda: sounds.harmonic_note(220.0, am_depth=2.0), "am_depth 2"),
        (lambda: sounds.matched_noise(np.zeros(SR), SR), "silent"),
    ],
)
def test_bad_parameters(make: Callable[[], np.ndarray], message: str) -> None:
    with pytest.raises(AudioError, match=message):
        make()
