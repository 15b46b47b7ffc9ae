"""The judges in the page, expected realism and a texture's scores, against the library's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import librosa
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from test_engine_in_browser import Run, engine_on, off

from audiostyle_lib import AudioError, expected_realism
from audiostyle_lib.attacks import attack_statistics
from audiostyle_lib.auditory import erb_envelopes, log_mel
from audiostyle_lib.levels import without_offset
from audiostyle_lib.metrics import texture_report
from audiostyle_lib.page import engine as bundler
from audiostyle_lib.realism import steady_tones
from audiostyle_lib.references import typical_stretch
from audiostyle_lib.sounds import (
    clicks,
    crackle,
    engine,
    load_field,
    load_sound,
    matched_noise,
    rain,
    tone,
)
from audiostyle_lib.transforms.base import hop_for_rate
from audiostyle_lib.trend import without_course

SR = 22050
# What Python counts in float32, the page in float64; nothing but that makes a difference.
SAME = 5e-6


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def run(page: Page) -> Run:
    return engine_on(page, bundler.script("tasks"))


def channels(y: np.ndarray) -> list[np.ndarray]:
    return list(np.atleast_2d(y).astype(np.float32))


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


# ---- what they are made of --------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 8, 11, 12, 59, 67, 74, 105, 880, 1009, 2205, 10007])
def test_transforms_in_double_precision(n: int, run: Run) -> None:
    """Each factor has a pass of its own, large ones a convolution."""
    y = np.random.default_rng(n).standard_normal(n)
    found = run(
        """y => {
          const plan = new RealFourier(y.length), {re, im} = plan.forward(y);
          return {re, im, back: plan.backward({re, im})};
        }""", y,
    )  # fmt: skip
    Y = np.fft.rfft(y)
    assert np.abs(found["re"] + 1j * found["im"] - Y).max() < 1e-12 * np.sqrt(n) * max(np.abs(Y))
    assert np.abs(found["back"] - y).max() < 1e-13


@pytest.mark.parametrize("seed", [0, 3, 2**40])
def test_numpy_noise(seed: int, run: Run) -> None:
    """To the last digits, also where the ziggurat's edges and its tail are asked."""
    found = run("seed => new NumpyNoise(seed).normals(100000)", seed)
    expected = np.random.default_rng(seed).standard_normal(100_000)
    assert np.abs(expected).max() > 3.66  # the tail
    assert np.abs(found - expected).max() < 1e-13


@pytest.mark.parametrize("sr", [1000, 8000, 22050, 32000, 44100, 48000, 96000, 384_000])
def test_hops(sr: int, run: Run) -> None:
    assert run("hopForRate", sr) == hop_for_rate(sr)


@pytest.mark.parametrize(("n", "sr"), [(22050, SR), (22051, SR), (30011, 44100), (4000, 1000)])
def test_envelopes(n: int, sr: int, run: Run) -> None:
    """Of lengths that have many divisors, few, or none."""
    y = noise(n, seed=1)
    found = run("(Y, sr) => erbEnvelopes(Y, sr)", channels(y), sr)
    assert off(np.stack(found[0]), erb_envelopes(y, sr)) < 1e-10


@pytest.mark.parametrize("shape", [(20000,), (2, 9000), (3, 9001)])
def test_noises(shape: tuple[int, ...], run: Run) -> None:
    """With the spectrum of each channel, and the coherence of any two."""
    y = noise(*shape)
    y[..., ::3] *= 2
    if len(shape) > 1:
        y[1] = 0.5 * (y[0] + np.roll(y[1], 5))
    found = run("(Y, sr) => matchedNoise(Y, sr, {length: 7001, seed: 2})", channels(y), SR)
    expected = matched_noise(y, SR, seconds=7001 / SR, seed=2)
    assert np.abs(np.stack(found) - expected).max() < 1e-6


@pytest.mark.parametrize(("sr", "hop"), [(SR, 0.01), (44100, 0.01), (8000, 0.02), (48000, 0.013)])
def test_mel_spectrograms(sr: int, hop: float, run: Run) -> None:
    y = np.stack([clicks(4.0, seconds=0.5, sr=sr), 0.1 * tone(440.0, seconds=0.5, sr=sr)])
    found = run("(Y, sr, options) => logMel(Y, sr, options)", channels(y), sr, {"hopSeconds": hop})
    S = log_mel(y, sr, hop_seconds=hop)
    assert found["nFrames"] == S.shape[2]
    assert np.abs(np.stack(found["mels"]) - S.reshape(2, -1)).max() < 0.05  # at -80 dB, of float32
    assert off(np.stack(found["mels"]), S) < 1e-4


@pytest.mark.parametrize("sr", [24000, 32000, 44100, 48000, 44101, 16000])
def test_resampling(sr: int, run: Run) -> None:
    """As soxr does it, but for some thousandths where it fades out."""
    y = noise(sr, seed=3)
    found = run("resample", y, sr, SR)
    expected = librosa.resample(y, orig_sr=sr, target_sr=SR)
    assert len(found) == len(expected)
    inner = slice(500, -500)  # at the ends soxr's filter has begun before the sound
    assert off(found[inner], expected[inner]) < 4e-3
    assert np.array_equal(run("resample", y, sr, sr), y)


@pytest.mark.parametrize("sr", [8000, 44100])
def test_the_typical_stretch(sr: int, run: Run) -> None:
    y = noise(2, 23 * sr)
    y[:, : 8 * sr] *= np.linspace(5, 1, 8 * sr, dtype=np.float32)
    y /= np.abs(y).max()
    stretch = typical_stretch(y, sr, seconds=5.0)
    assert stretch.start > 0
    assert run("typicalStretch", channels(y), sr, 5) == [stretch.start, stretch.stop]
    assert run("typicalStretch", channels(y), sr, 24) == [0, 23 * sr]


@pytest.mark.parametrize("offset", [0.0, 1e-4, 0.2])
@pytest.mark.parametrize("drift", [0.0, 0.2])
@pytest.mark.parametrize("n", [4000, 25000])
def test_without_offset(n: int, drift: float, offset: float, run: Run) -> None:
    y = noise(2, n) + np.float32(offset)
    y[1] += np.float32(drift) * np.sin(np.arange(n, dtype=np.float32) / 4000)
    found = run("withoutOffset", channels(y), SR)
    assert np.abs(np.stack(found) - without_offset(y, SR)).max() < 1e-6


@pytest.mark.parametrize("place", [0, -1])
def test_one_large_sample_at_an_end_is_no_drift(place: int, run: Run) -> None:
    y = noise(25000)
    y[place] = 0.9
    [found] = run("withoutOffset", channels(y), SR)
    assert np.array_equal(found, y) and np.array_equal(without_offset(y, SR), y)


@pytest.mark.parametrize("shape", [(50,), (20011,), (2, 20000)])
def test_without_course(shape: tuple[int, ...], run: Run) -> None:
    y = noise(*shape) * np.geomspace(1, 0.1, shape[-1], dtype=np.float32)
    found = run("withoutCourse", channels(y))
    assert np.abs(np.stack(found).reshape(shape) - without_course(y)).max() < 1e-6


@pytest.mark.parametrize(
    "y",
    [clicks(4.0, sr=44100), crackle(seconds=2.0, sr=44100), np.outer([1, 0], rain(sr=44100))],
    ids=["clicks", "fire", "one silent side"],
)
def test_attacks(y: np.ndarray, run: Run) -> None:
    found, expected = run("attackStatistics", channels(y), 44100), attack_statistics(y, 44100)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("sr", [8000, 22050, 48000])
def test_steady_tones(sr: int, run: Run) -> None:
    y = 0.5 * tone(1000.0, sr=sr) + noise(2 * sr)
    for sound in (y, np.stack([y, noise(2 * sr, seed=1)])):
        found = run("steadyTones", channels(sound), sr)
        assert found == pytest.approx(steady_tones(sound, sr), abs=1e-6)
        assert 0.1 < found < 0.99


# ---- the judges -------------------------------------------------------------------------------

RATED: dict[str, Callable[[], tuple[np.ndarray, int]]] = {
    "rain": lambda: (rain(seconds=2.0), SR),
    "engine": lambda: (engine(seconds=2.0, sr=16000), 16000),
    "tone": lambda: (tone(440.0), SR),
    "few samples": lambda: (rain(seconds=1.0, sr=1000), 1000),
    "sauna": lambda: (load_sound("sauna"), SR),
    "bell": lambda: (load_sound("bell"), SR),
    "with an offset": lambda: (0.5 * load_sound("speech")[: 3 * SR] + np.float32(0.2), SR),
    "44,100": lambda: load_field("fireplace", seconds=4.0),
    "two channels": lambda: load_field("waves", seconds=3.0),
    "48,000": lambda: load_field("birds", sr=48000, seconds=3.0),
    "of more the usual": lambda: load_field("coffee_shop", sr=SR, seconds=25.0),
}


@pytest.mark.parametrize("name", RATED)
def test_expected_realism(name: str, run: Run) -> None:
    y, sr = RATED[name]()
    found, expected = run("realism", {"channels": channels(y), "sr": sr}), expected_realism(y, sr)
    # Where it is brought to another rate: see test_resampling.
    assert found["rating"] == pytest.approx(expected.rating, abs=1e-6 if sr <= SR else 1e-4)
    assert found["low"] == pytest.approx(expected.low, abs=1e-4)
    assert found["high"] == pytest.approx(expected.high, abs=1e-4)
    assert found["pitched"] == expected.pitched and found["warning"] == expected.warning
    if expected.pitched:
        assert "bells and alarms" in found["warning"]


def two_sides(y: np.ndarray, z: np.ndarray) -> np.ndarray:
    n = min(len(y), len(z))
    return np.stack([y[:n], 0.5 * (y[:n] + z[:n])])


SCORED: dict[str, Callable[[], tuple[np.ndarray, np.ndarray, int]]] = {
    "rain": lambda: (rain(seconds=2.0), rain(seconds=1.5, seed=1), SR),
    "copy": lambda: (clicks(4.0, sr=44100), 0.3 * clicks(4.0, seconds=1.0, sr=44100), 44100),
    "sauna and noise": lambda: (
        load_sound("sauna")[:40009],
        matched_noise(load_sound("sauna"), SR)[:30011],
        SR,
    ),
    "two sides": lambda: (
        two_sides(crackle(seconds=1.2, sr=48000), noise(60000)),
        two_sides(rain(seconds=1.0, sr=48000), noise(60000, seed=1)),
        48000,
    ),
    "one silent side": lambda: (
        np.stack([rain(seconds=1.0), np.zeros(SR, np.float32)]),
        np.stack([rain(seconds=1.0, seed=1), np.zeros(SR, np.float32)]),
        SR,
    ),
    "bands too quiet to be heard": lambda: (
        0.5 * tone(220.0, seconds=1.0) + 1e-3 * noise(2, SR),
        0.5 * tone(200.0, seconds=1.0) + 1e-3 * noise(2, SR, seed=1),
        SR,
    ),
    "dying away": lambda: (
        crackle(seconds=2.0) * np.geomspace(1, 0.01, 2 * SR, dtype=np.float32),
        load_sound("speech")[: 2 * SR],
        SR,
    ),
    "a low rate": lambda: (rain(seconds=2.0, sr=2000), rain(seconds=1.0, sr=2000, seed=2), 2000),
}


@pytest.mark.parametrize("name", SCORED)
def test_scores(name: str, run: Run) -> None:
    reference, synthetic, sr = SCORED[name]()
    expected = texture_report(reference, synthetic, sr)
    args = {"reference": channels(reference), "synthetic": channels(synthetic), "sr": sr}
    found = run("args => scores(args)", args)
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, abs=SAME)


def test_one_half_may_be_silent(run: Run) -> None:
    """What is left of it there after all transforms is no sound, and not the same in both."""
    reference = np.concatenate([rain(seconds=0.5), np.zeros(SR // 2, np.float32)])
    synthetic = rain(seconds=1.0, seed=1)
    expected = texture_report(reference, synthetic, SR)
    args = {"reference": channels(reference), "synthetic": channels(synthetic), "sr": SR}
    found = run("args => scores(args)", args)
    assert found.pop("copy_spectrogram_halves") < 0.5
    assert found.pop("attack_halves") == pytest.approx(expected["attack_halves"], rel=1e-3)
    assert found == pytest.approx({name: expected[name] for name in found}, abs=SAME)


def test_progress_is_told(run: Run) -> None:
    y = channels(noise(SR))
    told = run(
        """args => {
          const told = [];
          scores(args, (share, what) => told.push([share, what]));
          return told;
        }""", {"reference": y, "synthetic": y, "sr": SR},
    )  # fmt: skip
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] <= 1
    assert {what for _, what in told} == {"likeness", "newness"}


def test_nothing_is_changed(run: Run) -> None:
    y = {"channels": channels(0.5 * noise(2, SR) + 0.2), "sr": SR}
    pair = {"reference": y["channels"], "synthetic": channels(noise(2, SR)), "sr": SR}
    for task, args in (("realism", y), ("scores", pair)):
        call = """(name, args) => {
          const before = structuredClone(args), task = TASKS[name];
          const twice = [task(args), task(args)].map(found => JSON.stringify(found));
          return [before, args, twice];
        }"""
        before, after, twice = run(call, task, args)
        for name in args:
            assert np.array_equal(before[name], after[name])
        assert twice[0] == twice[1]


# ---- what cannot be judged --------------------------------------------------------------------

CATCH = """(name, args) => {
  try { TASKS[name](args); } catch (error) { return [error.name, error.message]; }
}"""
BAD: dict[str, tuple[np.ndarray, float]] = {
    "short": (noise(20000), SR),
    "silent": (np.zeros(2 * SR), SR),
    "constant": (np.full(2 * SR, -0.5), SR),
    "nearly silent": (5e-6 * noise(2 * SR), SR),
    "silent where it is typical": (np.concatenate([np.zeros(40 * 8000), noise(8000)]), 8000),
    "empty": (np.zeros(0), SR),
    "one sample": (np.ones(1), SR),
    "NaN": (np.where(np.arange(2 * SR) == 7, np.nan, 0.1), SR),
    "infinite": (np.where(np.arange(2 * SR) < 3, -np.inf, 0.1), SR),
    "too loud": (np.array([*noise(2 * SR), -1.234567]), SR),
    "half a hertz": (noise(2 * SR), 22050.5),
    "too slow": (noise(2 * SR), 999),
    "too fast": (noise(2 * SR), 384_001),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_the_same_sentence(name: str, run: Run) -> None:
    y, sr = BAD[name]
    good = noise(2 * SR)
    with pytest.raises(AudioError) as refused:
        expected_realism(y, sr)
    args: dict[str, Any] = {"channels": channels(y), "sr": sr}
    assert run(CATCH, "realism", args) == ["AudioError", str(refused.value)]
    if name == "silent where it is typical":
        return
    for reference, synthetic in ((y, good), (good, y[: SR // 3] if name == "short" else y)):
        with pytest.raises(AudioError) as refused:
            texture_report(reference, synthetic, sr)
        pair = {"reference": channels(reference), "synthetic": channels(synthetic), "sr": sr}
        assert run(CATCH, "scores", pair) == ["AudioError", str(refused.value)]


def test_unlike_channels_are_refused(run: Run) -> None:
    one, two = noise(SR), noise(2, SR)
    for reference, synthetic in ((one, two), (two, one)):
        with pytest.raises(AudioError) as refused:
            texture_report(reference, synthetic, SR)
        pair = {"reference": channels(reference), "synthetic": channels(synthetic), "sr": SR}
        assert run(CATCH, "scores", pair) == ["AudioError", str(refused.value)]


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ([], "y has 0 channels; expected 1 to 8"),
        ([noise(SR)] * 9, "y has 9 channels; expected 1 to 8"),
        ([noise(SR), noise(SR - 1)], "y has channels of 22050, 22049 samples; expected equally"),
        ("rain", "y is no list of Float32Arrays; expected one for each channel"),
        ([np.zeros(SR)], "y is no list of Float32Arrays; expected one for each channel"),
    ],
)
def test_what_only_a_page_can_get_wrong(sides: Any, message: str, run: Run) -> None:
    name, found = run(CATCH, "realism", {"channels": sides, "sr": SR})
    assert name == "AudioError" and found.startswith(message)
