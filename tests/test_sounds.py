"""Recordings are what their table says; synthetic sounds have the parameters they were given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import scipy.stats
import soundfile as sf

from audiostyle_lib import sounds
from audiostyle_lib.audio import AudioError
from audiostyle_lib.auditory import erb_bands
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import spectrum_distance
from audiostyle_lib.panorama import channel_distances, channel_statistics

SR = 22050
RECORDINGS = sounds.recordings()
FIELD = sounds.field_recordings()
ROOT = Path(__file__).parents[1]
RATES = (8000, 11025, 16000, 22050, 37800, 44100, 48000, 96000, 192000)


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
    assert {path.stem for path in (folder / "field").iterdir()} == {*FIELD, "PROVENANCE"}
    assert {r.licence for r in RECORDINGS.values()} == {"CC0-1.0", "Public domain (LibriVox)"}
    assert sum(path.stat().st_size for path in folder.rglob("*.flac")) < 6.2e6


# ---- from the field --------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIELD)
def test_field_recordings_are_those_of_the_table(name: str) -> None:
    path = sounds.sound_path(f"field/{name}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == FIELD[name].sha256
    y, sr = sounds.load_field(name)
    assert sr == 44100 and y.dtype == np.float32
    assert y.shape == ((2, 6 * sr) if "stereo" in FIELD[name].what else (6 * sr,))
    assert y.shape[-1] / sr == FIELD[name].seconds
    there = sf.read(path)[0].T
    assert np.abs(there).max() == pytest.approx(0.9, abs=1e-3)
    offset = there.mean(axis=-1, keepdims=True)  # is taken out where it matters
    assert np.allclose(y, there, atol=1e-4) or np.allclose(y, there - offset, atol=1e-4)
    assert all(vars(FIELD[name]).values())


def test_licences_of_the_field() -> None:
    assert len(FIELD) == 8 and not set(FIELD) & set(RECORDINGS)
    assert {r.licence for r in FIELD.values()} == {
        "CC0-1.0", "Public domain", "CC BY (version as on the source page)"
    }  # fmt: skip
    named = {r.name: r.author for r in FIELD.values() if r.licence.startswith("CC BY")}
    assert named == {"rain": "alex36917", "waves": "Luftrum"}
    for notice in ("LICENSE-CONTENT", "README.md"):  # wherever licences are told
        words = (ROOT / notice).read_text("utf-8")
        assert all(author in words for author in named.values()), notice


@pytest.mark.parametrize("sr", [8000, 22050, 48000, 96000])
def test_the_field_at_any_rate_and_with_any_channels(sr: int) -> None:
    y, found = sounds.load_field("rain", sr=sr, seconds=1.0)
    assert found == sr and y.shape[0] == 2 and abs(y.shape[1] - sr) <= 1
    mono, found = sounds.load_field("rain", sr=sr, mono=True, seconds=1.0)
    assert found == sr and mono.shape == y[0].shape
    assert np.corrcoef(mono, y.mean(axis=0))[0, 1] > 0.9999  # the levels of peaks above 1 aside
    assert np.array_equal(sounds.load_sound("field/rain", sr=sr, seconds=1.0), mono)
    assert sounds.load_field("boat", sr=sr, seconds=1.0)[0].shape == mono.shape


def test_unknown_name() -> None:
    with pytest.raises(
        AudioError, match=r"no recording 'waterfall'; expected one of sauna.*field/"
    ):
        sounds.load_sound("waterfall")
    with pytest.raises(AudioError, match="no recording 'waves'; expected"):
        sounds.load_sound("waves")
    with pytest.raises(AudioError, match="no recording 'field/sauna'; expected"):
        sounds.load_field("sauna")
    with pytest.raises(AudioError, match=r"no recording 'field/\.\./sauna'"):
        sounds.load_field("../sauna")


# ---- synthetic -------------------------------------------------------------------------------


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


@pytest.mark.parametrize("sr", RATES)
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
    noise = sounds.matched_noise(sounds.rain(seconds=0.5, sr=sr), sr, seconds=0.7)
    assert noise.shape == (round(0.7 * sr),) and np.isfinite(noise).all()
    assert sounds.load_sound("crow", sr=sr).shape == (-(-10598 * sr // SR),)


def colour(y: np.ndarray, sr: int) -> np.ndarray:
    """Levels in dB of 22 bands from 100 Hz to 3.4 kHz, relative to all of them."""
    power = np.abs(np.fft.rfft(y.astype(np.float64))) ** 2
    bands = erb_bands(len(y), sr, n_bands=22, fmin=100.0, fmax=3400.0)
    levels = np.array([gains**2 @ power[first : first + len(gains)] for first, gains in bands])
    return 10 * np.log10(levels / levels.sum())


@pytest.mark.parametrize("sr", RATES)
@pytest.mark.parametrize("make", [sounds.rain, sounds.crackle, sounds.engine])
def test_noise_in_a_sound_is_as_strong_at_every_rate(
    make: Callable[..., np.ndarray], sr: int
) -> None:
    expected, found = colour(make(seconds=4.0), SR), colour(make(seconds=4.0, sr=sr), sr)
    assert np.abs(found - expected).mean() < 1.3
    quietest = expected.argsort()[:8]  # which the hiss and the bursts fill
    assert abs((found - expected)[quietest].mean()) < 1.5


@pytest.mark.parametrize("sr", RATES)
def test_noise_has_the_spectrum_at_every_rate(sr: int) -> None:
    y = sounds.crackle(seconds=2.0, sr=sr)
    noise = sounds.matched_noise(y, sr)
    assert spectrum_distance(y, noise, sr) < 0.6 and rms(noise) == pytest.approx(rms(y), rel=0.01)


@pytest.mark.parametrize("sr", RATES)
def test_noise_is_as_sharp_at_every_rate(sr: int) -> None:
    power = spectrum(sounds.matched_noise(sounds.tone(1000.0, seconds=1.0, sr=sr), sr)) ** 2
    assert power[960:1041].sum() > 0.97 * power.sum()  # narrower windows blur more
    assert power[997:1004].sum() < 0.6 * power.sum()  # and wider ones less


def test_noise_of_channels_has_their_spectra_levels_and_coherence() -> None:
    y, sr = sounds.load_field("waves")
    noise = sounds.matched_noise(y, sr)
    assert noise.shape == y.shape and noise.dtype == np.float32
    assert [rms(z) for z in noise] == pytest.approx([rms(z) for z in y], rel=0.01)
    assert spectrum_distance(y, noise, sr) < 0.3
    kept = channel_distances(y, noise, sr)
    apart = channel_distances(y, np.stack([noise[0], sounds.matched_noise(y, sr, seed=9)[1]]), sr)
    assert kept["channel_correlation"] < 0.03 < 0.5 < apart["channel_correlation"]
    assert kept["channel_level_db"] < 0.3
    # What moved together in loudness does so no more than noise of that coherence must.
    assert kept["channel_envelope_correlation"] > 0.2
    assert abs(scipy.stats.kurtosis(noise, axis=1)).max() < 0.3


@pytest.mark.parametrize("seconds", [0.5, 4.0])
def test_noise_of_channels_has_any_length(seconds: float) -> None:
    a, b = sounds.rain(seconds=2.0), sounds.crackle(seconds=2.0)
    y = 0.5 * np.stack([a, a + b, np.roll(b, 40), 0 * a])
    noise = sounds.matched_noise(y, SR, seconds=seconds)
    assert noise.shape == (4, round(seconds * SR)) and not noise[3].any()
    ours, theirs = (channel_statistics(z[:3], SR)["channel_correlation"] for z in (noise, y))
    assert np.abs(ours - theirs)[8:].mean() < 0.12  # bands that have many periods


def test_noise_of_a_late_channel_has_no_ripple() -> None:
    """Between the bins of the 93 ms windows, where the phase of 20 ms has turned by far."""
    white = (0.1 * np.random.default_rng(0).standard_normal(8 * SR)).astype(np.float32)
    noise = sounds.matched_noise(np.stack([white, np.roll(white, SR // 50)]), SR)
    _, power = scipy.signal.welch(noise[1], nperseg=8192)  # four bins for each of theirs
    at, between = (10 * np.log10(power[k:-8:4].mean()) for k in (8, 10))
    assert abs(at - between) < 0.5


def test_noise_of_equal_channels_is_equal_and_as_of_one() -> None:
    y = sounds.rain(seconds=1.0)
    left, right = sounds.matched_noise(np.stack([y, y]), SR)
    assert np.abs(left - right).max() < 1e-4 * np.abs(left).max() * 3
    assert np.allclose(left, sounds.matched_noise(y, SR), atol=1e-6)
    one = sounds.matched_noise(y[None], SR)
    assert one.shape == (1, SR) and np.array_equal(one[0], sounds.matched_noise(y, SR))
    turned = sounds.matched_noise(np.stack([y, -y]), SR)
    assert np.abs(turned[0] + turned[1]).max() < 1e-3


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
