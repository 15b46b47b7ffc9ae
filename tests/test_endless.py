"""A generator with a knob: it stands between its references, follows, and can be kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import torch
from scipy.stats import kurtosis

from audiostyle_lib import AudioError, load_generator, train_generator
from audiostyle_lib.generator import STRETCH_TURNED, TextureGenerator
from audiostyle_lib.knob import Knob
from audiostyle_lib.levels import rms
from audiostyle_lib.maker import NoiseToChannels
from audiostyle_lib.metrics import spectrum_distance
from audiostyle_lib.page import Endless
from audiostyle_lib.page.packed import packed
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.sounds import crackle, rain

SR = 22050
QUICK = {"channel_steps": 6, "sound_steps": 2, "quality": STANDARD.but(n_filters=8)}
QUICK |= {"progress": False}
DROPS = (40.0, 160.0, 640.0)
STRETCH_SECONDS = STRETCH_TURNED * 256 / SR


def shower(drops: float, seed: int = 0) -> np.ndarray:
    """Rain, as much louder as its drops are more."""
    y = rain(drops, seconds=3.0, seed=seed)
    return y * np.float32(0.003 * drops**0.5 / rms(y))


@pytest.fixture(scope="module")
def made() -> TextureGenerator:
    """Trained for some seconds: enough to turn, not to convince."""
    sounds = {drops: shower(drops, seed) for seed, drops in enumerate(DROPS)}
    steps = {"channel_steps": 150, "sound_steps": 20, "quality": STANDARD.but(n_filters=16)}
    return train_generator(sounds, SR, progress=False, **steps)


@pytest.fixture(scope="module")
def hasty() -> TextureGenerator:
    """Hardly trained, between two sounds in stereo."""
    a, b = crackle(20.0, seconds=1.5), rain(seconds=1.5)
    left, right = np.stack([a, 0.3 * np.roll(b, 99)]), np.stack([0.2 * np.roll(a, 99), b])
    return train_generator({0: left, 1: right}, SR, **QUICK)


def test_it_rains_as_the_knob_says(made: TextureGenerator) -> None:
    """More drops are less sparse, and louder, all along the knob."""
    takes = [np.concatenate([made.synthesize(8.0, s, knob=d) for s in (1, 2)]) for d in DROPS]
    sparse = [kurtosis(y) for y in takes]
    assert all(a > 1.3 * b for a, b in pairwise(sparse)), sparse
    for y, drops in zip(takes, DROPS, strict=True):
        assert rms(y) == pytest.approx(rms(shower(drops)), rel=0.2)
        assert spectrum_distance(shower(drops), y, SR) < 4.0
    between = [kurtosis(made.synthesize(16.0, 1, knob=d)) for d in (80.0, 320.0)]
    assert sparse[0] > between[0] > between[1] > sparse[2]


def test_it_stands_between_two_recordings() -> None:
    """Each end has its own spectrum; half-way is as far from both."""
    noise = np.random.default_rng(0).normal(0, 0.05, (2, 2 * SR))
    dull, bright = (
        scipy.signal.lfilter([1, sign * 0.8], 1, y).astype(np.float32)
        for y, sign in zip(noise, (1, -1), strict=True)
    )
    steps = QUICK | {"channel_steps": 60, "sound_steps": 0, "quality": DRAFT.but(n_filters=16)}
    morph = train_generator({0: dull, 1: bright}, SR, **steps)
    off = np.array([
        [spectrum_distance(y, morph.synthesize(3.0, 1, knob=k), SR) for y in (dull, bright)]
        for k in (0, 0.25, 0.5, 0.75, 1)
    ])  # fmt: skip
    assert (np.diff(off[:, 0]) > 0).all() and (np.diff(off[:, 1]) < 0).all(), off
    assert off[0, 0] < off[0, 1] / 2 and off[4, 1] < off[4, 0] / 2


def step(at: float, low: float, high: float) -> Callable[[float], float]:
    return lambda seconds: low if seconds < at else high


def test_a_turn_is_heard_within_a_second_and_nothing_jumps(made: TextureGenerator) -> None:
    turn = step(10.0, *made.knob.positions[::2])
    y = made.synthesize(20.0, 1, knob=turn)
    unturned = made.synthesize(20.0, 1, knob=made.knob.positions[0])
    first = np.flatnonzero(y != unturned)[0] / SR
    # The knob is looked at when a stretch begins, and phases of the end of the last may still move.
    assert 10.0 - 0.2 < first < 10.0 + STRETCH_SECONDS
    power = np.square(y[: len(y) // 2205 * 2205].reshape(-1, 2205)).mean(axis=1)
    level = 10 * np.log10(power)  # of tenths of a second
    before, after = np.median(level[:98]), np.median(level[115:])
    assert after > before + 6
    assert np.median(level[110:113]) > before + 0.7 * (after - before)  # a second later
    # A click would be as steep as none of the drops that it falls among.
    steep = np.abs(np.diff(y))
    assert steep[int(9.8 * SR) : int(11 * SR)].max() <= steep[11 * SR :].max()


def test_a_knob_that_stands_still_is_a_number(made: TextureGenerator) -> None:
    a = list(islice(made.stream(0.7, 3, knob=80.0), 5))
    b = list(islice(made.stream(1.75, 3, knob=lambda _: 80.0), 2))
    whole = np.concatenate(a)
    assert np.array_equal(whole, np.concatenate(b)[: len(whole)])
    half_way = (DROPS[0] * DROPS[2]) ** 0.5
    assert np.array_equal(made.synthesize(1.0, 3), made.synthesize(1.0, 3, knob=half_way))
    beyond = made.synthesize(1.0, 3, knob=9999.0)
    assert np.array_equal(beyond, made.synthesize(1.0, 3, knob=DROPS[2]))


def test_no_seam_is_heard(made: TextureGenerator) -> None:
    """The sound is as rough at the joints of stretches as elsewhere."""
    y = made.synthesize(20.0, 1, knob=DROPS[2])
    bends = np.square(np.diff(y, 2))
    stretch = STRETCH_TURNED * 256
    joints = np.arange(stretch, len(bends) - stretch, stretch) - 8 * 256
    at = np.mean([bends[j - 512 : j + 513].mean() for j in joints])
    assert at < 1.3 * bends.mean()


@pytest.mark.parametrize("which", ["made", "hasty"])
def test_it_is_kept(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    made = request.getfixturevalue(which)
    made.save(tmp_path / "a.safetensors")
    found = load_generator(tmp_path / "a.safetensors")
    assert found.knob == made.knob and found.gains == made.gains
    turn = step(1.0, *made.knob.positions[:2])
    assert np.array_equal(found.synthesize(3.0, 5, knob=turn), made.synthesize(3.0, 5, knob=turn))


def test_a_loop_has_a_knob_too(hasty: TextureGenerator) -> None:
    one, other = (hasty.synthesize(2.0, 1, loop=True, knob=k) for k in (0, 1))
    assert one.shape == other.shape == (2, 2 * SR)
    assert rms(one[0]) > 1.4 * rms(one[1]) and rms(other[1]) > 5 * rms(other[0])
    with pytest.raises(AudioError, match="knob moves; a loop expects a number"):
        hasty.synthesize(2.0, loop=True, knob=lambda t: t)


def test_images_mix(hasty: TextureGenerator) -> None:
    """What stands left at one end and right at the other stands between them half-way."""
    sides = [
        20 * np.log10(rms(y[0]) / rms(y[1]))
        for k in (0, 0.5, 1)
        for y in [hasty.synthesize(6.0, 1, knob=k)]
    ]
    assert sides[0] > sides[1] + 4 > sides[2] + 8, sides
    loud = [rms(hasty.synthesize(6.0, 1, knob=k)) for k in (0, 0.5, 1)]
    assert min(loud[::2]) * 0.6 < loud[1] < max(loud[::2]) * 1.2  # nothing cancels out


def test_shares_of_others_do_nothing() -> None:
    network = NoiseToChannels(4, n_textures=2)
    noise = network.noise(64, torch.Generator().manual_seed(0))
    first, half = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5, 0.5]])
    before = network(noise, first), network(noise, half)
    with torch.no_grad():
        for own in [*network.gains, *network.biases]:
            own[1] += 0.5
    assert torch.equal(network(noise, first), before[0])
    assert not torch.allclose(network(noise, half), before[1])
    moving = torch.cat([first.expand(64, -1), half.expand(64, -1)])
    noise = network.noise(128, torch.Generator().manual_seed(0))
    assert torch.equal(network(noise, first)[..., :10], network(noise, moving)[..., :10]) is False
    still = network(noise, first.expand(128, -1))
    torch.testing.assert_close(still, network(noise, first))


def test_path_moves_evenly_and_looks_once_a_stretch() -> None:
    knob = Knob((10.0, 1000.0))
    asked = []

    def turn(seconds: float) -> float:
        asked.append(seconds)
        return 10.0 if seconds < 1.9 else 1000.0

    path = np.concatenate(list(islice(knob.path(turn, 4, 1.0), 4)))
    assert asked == [0.0, 0.0, 1.0, 2.0, 3.0]
    assert path[:, 1] == pytest.approx([0.0] * 8 + [0.25, 0.5, 0.75, 1.0] + [1.0] * 4)


@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ((2, 1), "positions are .2, 1.; expected two or more rising numbers"),
        ((1,), "positions are .1.; expected two"),
        ((), "positions are ..; expected two"),
        (("a", "b"), "a position of the knob is 'a'"),
        ((0, float("nan")), "a position of the knob is nan"),
    ],
)
def test_positions_that_are_none(knob: tuple, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        train_generator(dict.fromkeys(knob, shower(40.0)), SR, **QUICK)


def test_errors_come_at_once(made: TextureGenerator) -> None:
    with pytest.raises(AudioError, match="knob is 'wet'"):
        made.stream(1.0, knob="wet")  # type: ignore[arg-type]
    plain = train_generator(shower(40.0), SR, **QUICK)
    with pytest.raises(AudioError, match=r"knob is 0\.5; expected none"):
        plain.stream(1.0, knob=0.5)


def test_what_a_page_carries_is_nearly_the_same(made: TextureGenerator) -> None:
    """Eight bits and fewer quantiles: a spectrogram off by a small part of how much it moves."""
    _, there = packed(made)
    shares = [np.tile([0.0, 1.0, 0.0], (512, 1))]
    (S,), (found,) = (list(it.stretches(1, shares)) for it in (made, there))
    moves = (S - S.mean(dim=1, keepdim=True)).square().mean().sqrt()
    assert (found - S).square().mean().sqrt() < 0.15 * moves
    assert (found.mean(dim=1) - S.mean(dim=1)).abs().mean() < 0.05 * moves
    a, b = (it.synthesize(8.0, 1, knob=DROPS[1]) for it in (made, there))
    assert rms(a) == pytest.approx(rms(b), rel=0.05)
    assert spectrum_distance(a, b, SR) < 0.5  # dB


def test_a_player_is_light_and_says_what_it_is(made: TextureGenerator) -> None:
    page = Endless(made, "Rain & <more>", "Turn it.", knob="drops a second", seconds=2.0)
    text = str(page)
    assert len(text) < 300_000 and "Rain &amp; &lt;more&gt;" in text and "<more>" not in text
    settings = json.loads(text.split('class="as-generator">')[1].split("</script>")[0])
    assert settings["knob"] == {"name": "drops a second", "ends": None, "start": made.knob.middle}
    assert text.count("<audio controls") == 1 and "autoplay" not in text
    assert repr(page) == f"Endless({len(text)} characters)"
    assert (
        str(Endless(made, "Rain & <more>", "Turn it.", knob="drops a second", seconds=2.0)) == text
    )


def test_players_that_cannot_be(made: TextureGenerator) -> None:
    y = np.stack([shower(40.0, seed) for seed in range(3)])
    with pytest.raises(AudioError, match="makes 3 channels; expected one or two"):
        Endless(train_generator(y, SR, **QUICK), "Three")
    with pytest.raises(AudioError, match="ends are 'dry'; expected two words"):
        Endless(made, "Rain", ends="dry")
    with pytest.raises(AudioError, match="knob is 'wet'"):
        Endless(made, "Rain", start="wet")  # type: ignore[arg-type]
