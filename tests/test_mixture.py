"""Mixtures: between their parents in every measure, morphs that move, and weights refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import kurtosis

from audiostyle_lib import AudioError, mix_textures
from audiostyle_lib.arguments import check_weights
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import spectrum_distance
from audiostyle_lib.model import TextureModel
from audiostyle_lib.musical import timbre_distance
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.sounding import sound_stretches
from audiostyle_lib.sounds import engine, load_sound, rain, tone

SR = 22050
QUICK = {"quality": DRAFT.but(n_filters=8, n_steps=10), "progress": False}


@pytest.fixture(scope="module")
def pair() -> list[np.ndarray]:
    return [rain(seconds=1.5), 0.3 * engine(seconds=1.0)]


def descends(values: list[float]) -> bool:
    return all(a > b for a, b in itertools.pairwise(values))


@pytest.mark.parametrize("names", [("sauna", "printer"), ("drum_roll", "glass_rub")])
def test_distance_to_the_parents_follows_the_weight(names: tuple[str, str]) -> None:
    a, b = (load_sound(name)[SR // 2 : 2 * SR] for name in names)
    quality = STANDARD.but(n_filters=32)
    made = [
        mix_textures([a, b], SR, weights=[1 - w, w], quality=quality, progress=False).y
        for w in (0, 0.25, 0.5, 0.75, 1)
    ]
    assert descends([timbre_distance(b, y, SR) for y in made])
    assert descends([timbre_distance(a, y, SR) for y in reversed(made)])
    assert spectrum_distance(a, made[0], SR) < 1.3 > 0.2 * spectrum_distance(b, made[-1], SR)


def test_a_morph_moves_from_one_to_the_other(pair: list[np.ndarray]) -> None:
    """Second by second, on average of four seeds."""
    moves = {"weights": [[1, 0], [0, 1]], "seconds": 6.0}
    takes = [mix_textures(pair, SR, seed=s, **moves, **QUICK).y.reshape(6, SR) for s in range(4)]
    for parent, order in ((pair[1], 1), (pair[0], -1)):
        distances = [[timbre_distance(parent, part, SR) for part in y[::order]] for y in takes]
        assert descends(list(np.mean(distances, axis=0)))


def test_only_shares_count(pair: list[np.ndarray]) -> None:
    first, same = (mix_textures(pair, SR, weights=w, **QUICK).y for w in ([1, 3], [0.25, 0.75]))
    assert np.array_equal(first, same)
    other = mix_textures(pair, SR, weights=[3, 1], **QUICK).y
    assert not np.allclose(first, other)


def test_result(pair: list[np.ndarray]) -> None:
    made = mix_textures(pair, SR, weights=[1, 1], **QUICK)
    assert made.y.shape == pair[0].shape and made.y.dtype == np.float32
    assert rms(made.y) == pytest.approx(np.sqrt(rms(pair[0]) * rms(pair[1])), rel=0.01)
    assert made.n_statistics == 3 * 8 * 9 // 2 and made.history[-1] < made.history[0]
    for seconds in (0.05, 2.5):
        made = mix_textures(pair, SR, weights=[[1, 0], [0, 1]], seconds=seconds, **QUICK)
        assert made.y.shape == (round(seconds * SR),) and np.isfinite(made.y).all()


def test_three_sounds_one_sound_and_a_parent_left_out(pair: list[np.ndarray]) -> None:
    three = [*pair, tone(440.0, seconds=1.0)]
    assert np.isfinite(mix_textures(three, SR, weights=[1, 1, 1], **QUICK).y).all()
    alone = mix_textures(pair[:1], SR, weights=[2], **QUICK).y
    assert timbre_distance(pair[0], alone, SR) < 1
    left_out = mix_textures(pair, SR, weights=[1, 0], **QUICK).y
    assert timbre_distance(pair[0], left_out, SR) < 1


def test_seeds_and_arguments(pair: list[np.ndarray]) -> None:
    before = [y.copy() for y in pair]
    first, again, other = (
        mix_textures(pair, SR, weights=[1, 1], seed=s, **QUICK).y for s in (0, 0, 1)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert all(np.array_equal(a, b) for a, b in zip(before, pair, strict=True))


def test_shares() -> None:
    assert check_weights([[1, 1], [0, 4]], 2).tolist() == [[0.5, 0.5], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0, 0], "weights are all 0 in row 0"),
        ([[1, 0], [0, 0]], "weights are all 0 in row 1"),
        ([-1, 2], "numbers of at least 0"),
        ([float("nan"), 1], "numbers of at least 0"),
        ([float("inf"), 1], "numbers of at least 0"),
        ([1], r"shape \(1,\); expected \(2,\)"),
        ([1, 1, 1], r"shape \(3,\)"),
        ([[[1, 1]]], r"shape \(1, 1, 2\)"),
        ([], r"shape \(0,\)"),
        ("much", "expected numbers"),
        ([[1, 2], [3]], "expected numbers"),
    ],
)
def test_bad_weights(pair: list[np.ndarray], weights: object, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        mix_textures(pair, SR, weights=weights, **QUICK)


@pytest.mark.parametrize(
    ("sounds", "message"),
    [
        ([], "no sounds"),
        ([rain(seconds=1.0), np.zeros(SR)], "sound 1 is silent"),
        ([tone(440.0, seconds=0.1), rain(seconds=1.0)], "sound 0 lasts 0.100 s"),
        ([rain(seconds=1.0), np.zeros((SR, 2))], "sound 1 has shape"),
        (
            [np.ones((2, 1)) * rain(seconds=1.0), np.ones((3, 1)) * rain(seconds=1.0)],
            r"sound 0: 2, sound 1: 3\); expected as many in each",
        ),
    ],
)
def test_bad_sounds(sounds: list[np.ndarray], message: str) -> None:
    with pytest.raises(AudioError, match=message):
        mix_textures(sounds, SR, weights=[1] * len(sounds), **QUICK)


def test_a_streams_levels_follow_the_shares_of_its_stretches() -> None:
    """The last touch and the sharper levels want what the stretch wants, not equal shares."""
    drizzle, pour = rain(20.0, seconds=3.0), rain(2000.0, seconds=3.0)
    model = TextureModel.measure([drizzle, pour], SR, DRAFT.but(n_filters=16))
    wishes = [0.0, 0.0, 1.0, 1.0, 1.0]
    rows = (np.tile([1 - wish, wish], (128, 1)) for wish in wishes)
    peaky = [
        kurtosis(y, fisher=False)
        for y in itertools.islice(sound_stretches(model, rows), len(wishes))
    ]
    assert peaky[1] > 3 * max(peaky[3:]) and max(peaky[3:]) < 1.5 * kurtosis(pour, fisher=False)
