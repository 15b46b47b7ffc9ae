"""Expected realism: the published line, on sounds whose order is known; and where it is fooled."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.signal

from audiostyle_lib import AudioError, Realism, expected_realism, realism
from audiostyle_lib.metrics import auditory_distances
from audiostyle_lib.realism import steady_tones
from audiostyle_lib.sounds import (
    crackle,
    engine,
    harmonic_note,
    load_field,
    load_sound,
    matched_noise,
    rain,
    tone,
)

SR = 22050


def ring(f0: float, decay: float, ratios: tuple[float, ...]) -> np.ndarray:
    """One stroke: partials that die away, the high ones sooner."""
    t = np.arange(round(4 * decay * SR)) / SR
    return sum(np.sin(2 * np.pi * f0 * r * t) * np.exp(-t * np.sqrt(r) / decay) for r in ratios)


def strokes(times: np.ndarray, pitches: list[float], *shape: float, seed: int = 0) -> np.ndarray:
    """Bells struck at those times, over a faint hiss."""
    rng, decay, *ratios = np.random.default_rng(seed), *shape
    y = 0.01 * rng.standard_normal(20 * SR)
    for start in (times * SR).astype(int):
        stroke = ring(rng.choice(pitches), decay, tuple(ratios))
        y[start : start + len(stroke)] += stroke
    return 0.9 * y[: 5 * SR] / np.abs(y).max()


def beeps(on: float, pause: float, *pitches: float) -> np.ndarray:
    """An alarm: tones that go on and off, in turn, over a faint hiss."""
    t = np.arange(5 * SR) / SR
    turn = (t // (on + pause)).astype(int) % len(pitches)
    y = np.sin(2 * np.pi * np.array(pitches)[turn] * t) * (t % (on + pause) < on)
    return 0.9 * (y + 0.01 * np.random.default_rng(0).standard_normal(len(t))) / 1.1


def noise(low: float, high: float) -> np.ndarray:
    band = scipy.signal.butter(4, [low, high], "bandpass", fs=SR, output="sos")
    y = scipy.signal.sosfilt(band, np.random.default_rng(0).standard_normal(5 * SR))
    return 0.9 * y / np.abs(y).max()


PITCHED = {
    "tone": tone(440.0, seconds=5.0),
    "note": harmonic_note(220.0, seconds=5.0, am_rate=8.0),
    "church bells": strokes(np.arange(0, 5, 0.6), [300, 340, 400], 2.0, 0.5, 1, 1.2, 1.5, 2, 2.67),
    "chimes": strokes(np.arange(0, 5, 0.2), [1400, 1600, 1900, 2100], 1.0, 1, 2.76, 5.4),
    "alarm": beeps(0.125, 0.125, 3000.0),
    "two tones": beeps(0.25, 0.0, 800.0, 1000.0),
    "glass": load_sound("glass_rub"),
    "bell": load_sound("bell"),
}
NOT_PITCHED = {
    "rain": rain(),
    "fire": crackle(),
    "engine": engine(),
    "white noise": noise(50, 10000),
    "third of an octave": noise(900, 1120),
    "tone in noise": 0.5 * noise(50, 10000) + 0.05 * tone(440.0, seconds=5.0),
    "speech": load_sound("speech"),
    "printer": load_sound("printer"),
}


# ---- the rating -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["printer", "sauna"])
def test_the_line_that_was_found(name: str) -> None:
    y = load_sound(name)
    d = auditory_distances(y, matched_noise(y, SR), SR)["modulation_power"]
    found = expected_realism(y, SR)
    assert found.rating == pytest.approx(7.16 - 5.57 * d, abs=0.01)
    assert found.high - found.rating == pytest.approx(found.rating - found.low)
    assert found.high - found.rating == pytest.approx(1.16, abs=0.01)
    assert type(found.rating) is type(found.low) is float and type(found.pitched) is bool


def test_the_more_like_noise_the_higher() -> None:
    sounds = [noise(50, 10000), load_field("rain", sr=SR, mono=True)[0], rain(), crackle()]
    sounds += [load_sound("safari"), load_sound("choir")]
    ratings = [expected_realism(y, SR).rating for y in sounds]
    assert ratings == sorted(ratings, reverse=True)
    assert ratings[0] > 6.5 and ratings[-1] < 2.5


def test_it_stays_on_the_scale() -> None:
    white = expected_realism(noise(50, 10000), SR)
    assert white.rating <= white.high == 7 and white.low < 6
    assert expected_realism(load_sound("choir"), SR).low == 1


def test_one_recording_one_rating() -> None:
    """Whatever its level, its rate above 22,050 Hz, its form; and it is not changed."""
    y, sr = load_field("fireplace")
    before, found = y.copy(), expected_realism(y, sr)
    assert np.array_equal(y, before) and expected_realism(y, float(sr)) == found
    assert expected_realism(y[None], sr) == found
    for other, rate in (
        (y / 1000, sr),
        (y / np.abs(y).max(), sr),
        (0.5 * y + np.float32(0.4), sr),
        (np.stack([y, y, 0 * y]), sr),
        load_field("fireplace", sr=SR),
        load_field("fireplace", sr=48000),
    ):
        assert expected_realism(other, rate).rating == pytest.approx(found.rating, abs=0.05)


def test_channels_are_rated_together() -> None:
    y, sr = load_field("waves", seconds=5.0)
    each = [expected_realism(side, sr).rating for side in y]
    assert min(each) - 0.1 < expected_realism(y, sr).rating < max(each) + 0.1
    assert expected_realism(np.stack([y[0], -y[0]]), sr).rating == pytest.approx(each[0], abs=0.1)


def test_lower_rates_are_measured_as_they_are() -> None:
    found = [expected_realism(*load_field("rain", sr=sr)).rating for sr in (SR, 16000, 8000)]
    assert np.ptp(found) < 0.2
    assert 1 <= expected_realism(rain(sr=1000), 1000).rating <= 7


def test_of_long_recordings_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = matched_noise(rain(), SR, seconds=25.0)
    y = np.concatenate([load_sound("speech"), 0.3 * usual])
    seen = []

    def distances(a: np.ndarray, b: np.ndarray, sr: int) -> dict[str, float]:
        seen.append(max(a.shape[-1], b.shape[-1]) / sr)
        return auditory_distances(a, b, sr)

    monkeypatch.setattr(realism, "auditory_distances", distances)
    expected = expected_realism(usual, SR).rating
    assert expected_realism(y, SR).rating == pytest.approx(expected, abs=0.3)
    assert max(seen) <= 10


# ---- where it is fooled -----------------------------------------------------------------------


@pytest.mark.parametrize("name", PITCHED)
def test_pitched(name: str) -> None:
    found = expected_realism(PITCHED[name], SR)
    assert found.pitched and "bells" in found.warning and found.warning in str(found)


@pytest.mark.parametrize("name", NOT_PITCHED)
def test_not_pitched(name: str) -> None:
    found = expected_realism(NOT_PITCHED[name], SR)
    assert not found.pitched and not found.warning
    assert re.fullmatch(r"expected realism \d\.\d of 7 \(\d\.\d to \d\.\d\)", str(found))


@pytest.mark.parametrize("sr", [8000, 22050, 48000])
def test_share_of_tones(sr: int) -> None:
    """As much as there is of them, at any rate and level."""
    hiss = np.random.default_rng(0).standard_normal(4 * sr)
    hiss *= 0.1 / hiss.std()
    for share in (0.0, 0.3, 0.7, 1.0):
        sine = np.sqrt(2) * 0.1 * tone(1000.0, seconds=4.0, sr=sr) / 0.9
        y = np.sqrt(share) * sine + np.sqrt(1 - share) * hiss
        assert steady_tones(y, sr) == pytest.approx(share, abs=0.02)
        assert steady_tones(y / 1000, sr) == pytest.approx(share, abs=0.02)


def test_a_tone_must_hold() -> None:
    """A quarter of a second is heard as a tone, a twentieth as an event."""
    long, short = (steady_tones(beeps(s, 1.0 - s, 2000.0), SR) for s in (0.5, 0.05))
    assert long > 0.8 and short < 0.1


# ---- what cannot be rated ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "sr", "message"),
    [
        (rain(seconds=0.9), SR, r"y lasts 0\.900 s .*at least 1\.000 s"),
        (np.zeros(2 * SR), SR, "y is silent"),
        (np.full(2 * SR, 0.5), SR, "y is silent"),
        (np.concatenate([np.zeros(40 * SR), rain(seconds=1.0)]), SR, "y is silent"),
        (np.full(2 * SR, np.nan), SR, "y has .* NaN"),
        (2 * rain(), SR, "y has a peak"),
        (rain()[:, None], SR, r"y has shape \(110250, 1\)"),
        (rain(), 22050.5, r"sr is 22050\.5"),
        (["rain"], SR, "y has type"),
    ],
)
def test_refused(y: np.ndarray, sr: float, message: str) -> None:
    with pytest.raises(AudioError, match=message) as refused:
        expected_realism(y, sr)
    assert "\n" not in str(refused.value)


def test_one_line_of_plain_english() -> None:
    assert str(Realism(5.2, 4.04, 6.36, pitched=False)) == "expected realism 5.2 of 7 (4.0 to 6.4)"
    warned = str(Realism(5.2, 4.04, 6.36, pitched=True))
    assert warned.startswith("expected realism 5.2 of 7 (4.0 to 6.4); most of it is steady tones")
    assert "\n" not in warned
