"""Loops: the end meets the beginning as any two neighbouring moments meet."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from audiostyle_lib import AudioError, mix_textures, synthesize_texture, train_generator
from audiostyle_lib.levels import finished, rms
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.refine import refined
from audiostyle_lib.sounds import crackle, load_field, load_sound, matched_noise, rain
from audiostyle_lib.transforms import STFT, Ring

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from tool import click, level, wrap_rank

SR = 22050
SMALL = {"quality": DRAFT.but(n_filters=16), "progress": False}


def ranks(takes: list[np.ndarray]) -> tuple[float, float, float]:
    """Mean ranks of the wrap over takes: its click, its level; and the lowest level's."""
    clicks, levels = ([wrap_rank(y, SR, f) for y in takes] for f in (click, level))
    return float(np.mean(clicks)), float(np.mean(levels)), min(levels)


@pytest.mark.parametrize("quality", [DRAFT, STANDARD], ids=["draft", "standard"])
@pytest.mark.parametrize("name", ["fireplace", "guitar"])
def test_the_wrap_is_a_place_like_any_other(name: str, quality) -> None:
    """By chance a rank is 0.5 with a deviation of 0.29, so the mean of eight is within 0.2 to 0.8.

    An end that is cut or faded has a click of rank 1 or a level of rank 0.
    """
    y = load_sound(name, seconds=3.0) if name == "guitar" else crackle(8.0, seconds=3.0)
    takes = [
        synthesize_texture(y, SR, seconds=1.7, loop=True, seed=s, quality=quality, progress=False).y
        for s in range(8)
    ]
    assert {len(z) for z in takes} == {round(1.7 * SR)}
    clicks, levels, _ = ranks(takes)
    assert 0.2 < clicks < 0.8 and 0.2 < levels < 0.8, (clicks, levels)
    plain = [
        synthesize_texture(y, SR, seconds=1.7, seed=s, quality=quality, progress=False).y
        for s in range(2)
    ]
    assert ranks(plain)[1] < 0.1  # they begin and end at zero


def test_long_loops_are_made_in_pieces() -> None:
    """Pieces of the last touch join, also the last one and the first."""
    y, quality = crackle(8.0, seconds=2.0), STANDARD.but(n_filters=16, n_steps=8, n_refine=4)
    takes = [
        synthesize_texture(
            y, SR, seconds=21.0, loop=True, seed=s, quality=quality, progress=False
        ).y
        for s in range(6)
    ]
    clicks, levels, _ = ranks(takes)
    assert 0.15 < clicks < 0.85 and 0.15 < levels < 0.85, (clicks, levels)


@pytest.mark.parametrize("how", [{"n_steps": 5}, {"n_steps": 0, "n_sharpen": 2}])
def test_the_last_touch_touches_the_wrap(how: dict[str, int]) -> None:
    """As it does other places; beside a piece that stays, a change would fade out."""
    reference = crackle(8.0, seconds=2.0)
    shares = []
    for seed in range(4):
        y = matched_noise(reference, SR, seed=seed)
        change = refined(y, [reference], SR, loop=True, **how) - y
        shares.append(rms(np.roll(change, SR // 50)[: SR // 25]) / rms(change))
    assert np.mean(shares) > 0.4  # pieces that join: 0.1 and 0.2


def test_channels_go_round_together() -> None:
    Y, sr = load_field("rain")
    Y = Y[:, : 2 * sr]
    made = [synthesize_texture(Y, sr, seconds=1.5, loop=True, seed=s, **SMALL).y for s in range(4)]
    assert {y.shape for y in made} == {(2, round(1.5 * sr))}
    for channel in range(2):
        clicks, levels, _ = ranks([y[channel] for y in made])
        assert 0.1 < clicks < 0.9 and 0.1 < levels < 0.9, (channel, clicks, levels)
    alike = [np.corrcoef(y)[0, 1] for y in (Y, *made)]
    assert np.mean(alike[1:]) == pytest.approx(alike[0], abs=0.05)


def test_a_mixture_goes_round() -> None:
    pair = [rain(seconds=2.0), crackle(8.0, seconds=2.0)]
    takes = [
        mix_textures(pair, SR, weights=[1, 1], seconds=1.5, loop=True, seed=s, **SMALL).y
        for s in range(8)
    ]
    clicks, levels, _ = ranks(takes)
    assert 0.2 < clicks < 0.8 and 0.2 < levels < 0.8, (clicks, levels)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_generator_goes_round(channels: int) -> None:
    """As long as is wanted, though its noise comes in whole steps."""
    Y = np.stack([crackle(8.0, seconds=2.0, seed=s) for s in range(channels)])
    made = train_generator(
        Y if channels > 1 else Y[0], SR, channel_steps=30, sound_steps=0, **SMALL
    )
    takes = [np.atleast_2d(made.synthesize(1.7, seed, loop=True)) for seed in range(8)]
    assert {y.shape for y in takes} == {(channels, round(1.7 * SR))}
    for channel in range(channels):
        clicks, levels, _ = ranks([y[channel] for y in takes])
        assert 0.2 < clicks < 0.8 and 0.2 < levels < 0.8, (clicks, levels)
    assert np.array_equal(np.atleast_2d(made.synthesize(1.7, 3, loop=True)), takes[3])


@pytest.mark.parametrize("seconds", [0.2, 0.33])
def test_short_loops(seconds: float) -> None:
    """Shorter than the widest filter sees, and with a length that no frame divides."""
    y = synthesize_texture(rain(seconds=2.0), SR, seconds=seconds, loop=True, **SMALL).y
    assert len(y) == round(seconds * SR) and 0.2 < rms(y) / rms(rain(seconds=2.0)) < 2
    assert wrap_rank(y, SR, click) < 0.99


def test_a_loop_is_as_like_its_recording() -> None:
    """At the level of the recording, and the same from the same seed."""
    y = rain(seconds=2.0)
    one, two = (synthesize_texture(y, SR, loop=True, **SMALL).y for _ in range(2))
    assert np.array_equal(one, two) and rms(one) == pytest.approx(rms(y), rel=0.01)


def test_peaks_of_a_loop_are_turned_down_across_its_end() -> None:
    y = 0.3 * np.random.default_rng(0).standard_normal(SR).clip(-3, 3)
    y[[0, -1]] = 1.4, -1.4
    loop = finished(y, SR, rms(y), loop=True)
    assert np.abs(loop).max() <= 1.0 and len(loop) == SR
    assert abs(loop[0]) > 0.9  # as loud as may be: no fade
    turned = finished(np.roll(y, 100), SR, rms(y), loop=True)
    assert np.allclose(np.roll(loop, 100), turned, atol=1e-6)


def test_frames_stand_evenly_on_a_ring() -> None:
    """Whatever the length: all of a sound counts, and comes back."""
    for length, n_frames in ((1030, 4), (4999, 20), (22051, 86)):
        ring = Ring(STFT(), length, n_frames)
        y = torch.randn(length)
        assert torch.allclose(ring.sound(ring.complex(y)), y, atol=1e-4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda y: synthesize_texture(y, SR, loop=True, keep_trend=True, **SMALL), "keep_trend"),
        (
            lambda y: synthesize_texture(y, SR, loop=True, quality=DRAFT.but(transform="cqt")),
            "a loop expects an STFT",
        ),
        (
            lambda y: mix_textures([y, y], SR, weights=[[1, 0], [0, 1]], loop=True, **SMALL),
            "weights have 2 rows; a loop expects one",
        ),
    ],
)
def test_what_cannot_be_a_loop(make, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        make(rain(seconds=1.0))
