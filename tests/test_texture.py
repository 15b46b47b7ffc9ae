"""Texture synthesis: what comes out, what it must be like, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from audiostyle_lib import AudioError, TextureResult, synthesize_texture, texture_report
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import auditory_distances, copy_score
from audiostyle_lib.quality import DRAFT, STANDARD, Quality
from audiostyle_lib.sounds import clicks, crackle, load_sound, matched_noise, rain, tone
from audiostyle_lib.statistics import SoundMeasure
from audiostyle_lib.transforms import STFT
from audiostyle_lib.trend import without_course

SR = 22050
SMALL = DRAFT.but(n_filters=8, n_steps=8)
QUICK = {"quality": SMALL, "progress": False}


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return rain(seconds=1.0)


@pytest.mark.parametrize("name", ["sauna", "printer", "drum_roll"])
def test_alike_and_new(name: str) -> None:
    """Far nearer than noise, and no more of a copy than noise is: the book's claim.

    Half as long as the recording: in less sound it is harder to be like all of it.
    """
    y = without_course(load_sound(name, seconds=5.0)[SR if name == "sauna" else 0 :])
    noise = texture_report(y, matched_noise(y, SR, seconds=2.5), SR)
    made = [synthesize_texture(y, SR, seconds=2.5, seed=s, progress=False).y for s in range(6)]
    halves = auditory_distances(y[: len(y) // 2], y[len(y) // 2 :], SR)["auditory"]
    found = max(auditory_distances(y, z, SR)["auditory"] for z in made)
    # A sauna that does not die away is nearly noise: noise is at 0.30, and its own halves at 0.31.
    assert found < 0.8 * halves and found <= (0.8 if name == "sauna" else 0.4) * noise["auditory"]
    copies = [copy_score(y, z, SR) for z in made]
    assert np.mean(copies) <= noise["copy_floor"] + 0.06  # a beat is found in the recording, too


def test_more_filters_come_closer_and_remember_more() -> None:
    y = load_sound("printer", seconds=5.0)
    alone = STANDARD.but(n_start=0, n_refine=0, n_sharpen=0)  # the filters
    qualities = (alone.but(n_filters=n) for n in (4, 128))
    few, many = (
        texture_report(y, synthesize_texture(y, SR, quality=q, progress=False).y, SR)
        for q in qualities
    )
    assert many["auditory"] < few["auditory"] - 0.05
    assert many["copy_spectrogram"] > few["copy_spectrogram"] + 0.1


def test_quality() -> None:
    """More work comes closer, by a measure that is not what is optimised."""
    y = crackle(12.0, seconds=3.0)
    draft, standard, best = (
        texture_report(y, synthesize_texture(y, SR, quality=quality, progress=False).y, SR)
        for quality in ("draft", "standard", "best")
    )
    assert standard["auditory"] < 0.7 * draft["auditory"]
    assert best["auditory"] < standard["auditory"]
    assert max(r["copy"] for r in (standard, best)) <= draft["copy"] + 0.05


def test_qualities_that_say_the_same_make_the_same(reference: np.ndarray) -> None:
    """Whatever they are made from; and every statistic and every step that is asked for counts."""
    plain = synthesize_texture(reference, SR, **QUICK).y
    none = {"n_refine": 0, "rhythm": 0, "diversity": 0, "widths": (2, 8, 32)}
    standard = STANDARD.but(n_filters=8, n_steps=8, n_sharpen=DRAFT.n_sharpen, **none)

    def made(quality: Quality) -> np.ndarray:
        return synthesize_texture(reference, SR, quality=quality, progress=False).y

    assert np.array_equal(plain, made(standard))
    for knob in ("n_refine", "rhythm"):
        assert not np.array_equal(plain, made(standard.but(**{knob: 3}))), knob


def test_result(reference: np.ndarray) -> None:
    result = synthesize_texture(reference, SR, seconds=1.7, **QUICK)
    assert isinstance(result, TextureResult)
    assert result.y.shape == (round(1.7 * SR),) and result.y.dtype == np.float32
    assert result.sr == SR and result.seconds_taken > 0
    assert result.n_statistics == 3 * 8 * 9 // 2
    assert len(result.history) >= 8 and result.history[-1] < result.history[0]


def test_level_is_the_references(reference: np.ndarray) -> None:
    for gain in (1e-3, 0.3):
        made = synthesize_texture(gain * reference, SR, **QUICK).y
        assert rms(made) == pytest.approx(rms(gain * reference), rel=1e-3)


def test_level_of_the_input_changes_nothing_else(reference: np.ndarray) -> None:
    loud, quiet = (synthesize_texture(g * reference, SR, **QUICK).y for g in (0.5, 0.25))
    assert np.corrcoef(loud, quiet)[0, 1] > 0.99


def test_seeds(reference: np.ndarray) -> None:
    first, again, other = (synthesize_texture(reference, SR, seed=s, **QUICK).y for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.2


def test_argument_stays_as_it_was(reference: np.ndarray) -> None:
    before = reference.copy()
    synthesize_texture(reference, SR, **QUICK)
    assert np.array_equal(reference, before)


def test_integers_are_the_same_sound(reference: np.ndarray) -> None:
    whole = np.round(reference * 32767).astype(np.int16)
    made = synthesize_texture(whole, SR, **QUICK).y
    as_float = synthesize_texture(whole.astype(np.float32) / 32768, SR, **QUICK).y
    assert np.array_equal(made, as_float)


def octave_levels(y: np.ndarray, sr: int) -> np.ndarray:
    """In dB, from 62.5 Hz upwards, of all whole octaves below half the rate."""
    power = np.abs(np.fft.rfft(y.astype(np.float64))) ** 2
    f = np.fft.rfftfreq(len(y), 1 / sr)
    edges = 62.5 * 2.0 ** np.arange(int(np.log2(sr / 2 / 62.5)) + 1)
    sums = [power[(f >= a) & (f < b)].sum() for a, b in itertools.pairwise(edges)]
    return 10 * np.log10(sums)


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 22051, 48000, 96000, 192000])
def test_any_rate(sr: int) -> None:
    """Of as many samples as came, and about as loud in every octave as the reference."""
    y = rain(seconds=1.0, sr=sr)
    made = synthesize_texture(y, sr, quality="draft", progress=False)
    assert made.sr == sr and made.y.shape == y.shape
    assert np.abs(octave_levels(made.y, sr) - octave_levels(y, sr)).max() < 1.5
    half = synthesize_texture(y, sr, seconds=0.5, **QUICK)
    assert half.y.shape == (round(sr / 2),)


@pytest.mark.parametrize("seconds", [1 / SR, 0.01, 0.2, 0.9999, 3.0])
def test_any_length(reference: np.ndarray, seconds: float) -> None:
    made = synthesize_texture(reference, SR, seconds=seconds, **QUICK).y
    assert made.shape == (round(seconds * SR),) and np.isfinite(made).all()


@pytest.mark.parametrize(
    "y",
    [
        tone(440.0, seconds=1.0),
        np.eye(1, SR, SR // 2)[0],
        np.sign(tone(100.0, seconds=1.0)),
        1e-4 * rain(seconds=1.0),
    ],
    ids=["tone", "one click", "clipped", "very quiet"],
)
def test_odd_sounds_give_finite_sounds(y: np.ndarray) -> None:
    made = synthesize_texture(y, SR, **QUICK).y
    assert made.shape == y.shape and np.isfinite(made).all() and np.abs(made).max() <= 1


def test_all_bins_as_channels(reference: np.ndarray) -> None:
    quality = SMALL.but(n_components=None, widths=(11,), transform=STFT(gain=1.0))
    made = synthesize_texture(reference, SR, quality=quality, progress=False)
    assert made.n_statistics == 36 and made.history[-1] < made.history[0]
    assert np.isfinite(made.y).all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(SR), "silent"),
        (np.full(SR, 0.5), "silent .*always the same"),
        (np.array([]), "empty"),
        (np.full(SR, np.nan), "NaN"),
        (np.full(SR, np.inf), "infinite"),
        (np.zeros((SR, 2)), r"shape \(22050, 2\)"),
        (np.zeros((9, SR)), r"shape \(9, 22050\)"),
        (np.zeros((2, SR)), "silent"),
        (2 * tone(440.0), "peak of"),
        (tone(440.0, seconds=0.1), "kernels of 32 frames"),
        (np.array(["a"]), "type"),
    ],
)
def test_bad_sounds(y: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        synthesize_texture(y, SR, **QUICK)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seconds": 0.0}, "seconds is 0"),
        ({"seconds": -1.0}, "seconds is -1"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"seconds": 1801.0}, r"seconds is 1801\.0; expected at most 1800"),
        ({"quality": "superb"}, "quality is 'superb'; expected one of draft, standard, best"),
        ({"quality": SMALL.but(widths=(2, 500))}, "kernels of 500 frames"),
        ({"sr": 0}, "sr is 0"),
    ],
)
def test_bad_parameters(reference: np.ndarray, arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        synthesize_texture(reference, **{"sr": SR, **QUICK, **arguments})


def test_rhythm_keeps_a_beat_beyond_the_filters_and_diversity_copies_less() -> None:
    beat = clicks(5.0, seconds=3.0)
    short = DRAFT.but(widths=(2, 8), n_start=0, n_sharpen=0)  # the network's own

    def made(quality: Quality) -> np.ndarray:
        return synthesize_texture(beat, SR, quality=quality, progress=False).y

    def repeats(y: np.ndarray) -> float:
        """Autocorrelation of the envelope at 200 ms."""
        envelope = np.sqrt(np.square(y[: len(y) // 110 * 110]).reshape(-1, 110).mean(axis=1))
        c = np.correlate(envelope - envelope.mean(), envelope - envelope.mean(), "full")
        c = c[len(envelope) - 1 :] / c.max()
        return float(c[37:44].max())

    plain, kept = made(short), made(short.but(rhythm=1))
    assert repeats(kept) > repeats(plain) + 0.3
    new = made(short.but(rhythm=1, diversity=3))  # which lets pass what is alike by chance
    copied, other = (texture_report(beat, y, SR)["copy_spectrogram"] for y in (kept, new))
    assert other < copied - 0.01 and repeats(new) > repeats(plain) + 0.1


def test_standard_has_short_filters_and_asks_for_the_rhythm() -> None:
    """Clicks farther apart than a filter sees: of the network alone, only its term keeps them."""
    y = clicks(5.0, seconds=3.0)
    alone = STANDARD.but(n_start=0, n_sharpen=0)
    made, without = (
        synthesize_texture(y, SR, quality=quality, progress=False)
        for quality in (alone, alone.but(rhythm=0))
    )
    touched = sum(SoundMeasure(len(y), SR).sizes)
    assert made.n_statistics == 2 * 64 * 65 // 2 + touched  # 2 and 8 frames, 64 each
    beats = [texture_report(y, take.y, SR)["modulation_power"] for take in (made, without)]
    assert beats[0] < beats[1] - 0.05


def test_what_is_too_short_for_envelopes_has_no_last_touch(reference: np.ndarray) -> None:
    """And as many rounds for its phases as a draft, and no statistics that were not used."""
    made, asked = (
        synthesize_texture(reference, SR, seconds=0.3, quality=quality, progress=False)
        for quality in (STANDARD, STANDARD.but(n_refine=0))
    )
    assert np.array_equal(made.y, asked.y)
    assert made.n_statistics == asked.n_statistics == 2 * 64 * 65 // 2
