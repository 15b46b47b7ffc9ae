"""The last touch: it brings a sound nearer, by shares, in any shape, and pieces still join."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from audiostyle_lib import synthesize_texture
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.metrics import auditory_distances, spectrum_distance
from audiostyle_lib.panorama import channel_distances
from audiostyle_lib.refine import refine, refined
from audiostyle_lib.sharpen import level_targets
from audiostyle_lib.sounds import crackle, harmonic_note, load_sound, matched_noise, rain, tone
from audiostyle_lib.statistics import sound_targets
from audiostyle_lib.trend import without_course

SR = 22050


@pytest.fixture(scope="module")
def fire() -> np.ndarray:
    return crackle(12.0, seconds=2.0)


@pytest.fixture(scope="module")
def noise(fire: np.ndarray) -> np.ndarray:
    return matched_noise(fire, SR)


@pytest.mark.parametrize("n", [SR, SR + 1, 22051 + 997, 11025])
def test_any_length(n: int) -> None:
    y = matched_noise(crackle(seconds=2.0), SR)[:n]
    found = refined(y, [crackle(seconds=1.0)], SR, n_steps=4)
    assert found.shape == (n,) and np.isfinite(found).all()


def test_noise_becomes_a_fire(fire: np.ndarray, noise: np.ndarray) -> None:
    found = refined(noise, [fire], SR, n_steps=40)
    before, after = (auditory_distances(fire / 2, y / 2, SR) for y in (noise, found))
    assert after["auditory"] < 0.4 * before["auditory"]
    assert all(after[name] < before[name] for name in before)
    assert rms(fire) / 2 < rms(found) < 2 * rms(noise)


def test_a_change_has_the_colour_of_the_sound() -> None:
    """Quiet bands take small steps: else noise would fill them first, and steps be lost on it."""
    y, spans = load_sound("choir"), []
    for seed in range(3):
        rough = synthesize_texture(y, SR, seed=seed, quality="draft", progress=False).y
        change = refined(rough, [y], SR, n_steps=1) - rough
        power = [np.abs(np.fft.rfft(x))[500:15000].reshape(-1, 500) ** 2 for x in (change, y)]
        levels = 10 * np.log10([p.mean(axis=1) for p in power])
        assert np.corrcoef(levels)[0, 1] > 0.9
        spans.append(np.ptp(levels, axis=1))
    span, whole = np.median(spans, axis=0)
    assert 0.5 * whole < span < 1.2 * whole, (span, whole)


def test_nothing_is_changed_without_steps_or_sound(fire: np.ndarray, noise: np.ndarray) -> None:
    assert refined(noise, [fire], SR, n_steps=0) is noise
    assert refined(noise[:5000], [fire], SR, n_steps=5).tolist() == noise[:5000].tolist()
    assert refined(noise, [fire[:5000]], SR, n_steps=5).tolist() == noise.tolist()


def test_level_of_the_sounds_does_not_count(fire: np.ndarray, noise: np.ndarray) -> None:
    loud = refined(noise, [fire], SR, n_steps=5)
    quiet = refined(0.25 * noise, [0.5 * fire], SR, n_steps=5)
    assert np.allclose(loud, 4 * quiet, atol=1e-5)


def test_shares_choose_the_reference(fire: np.ndarray, noise: np.ndarray) -> None:
    other = rain(seconds=2.0)
    alone = refined(noise, [fire], SR, n_steps=5)
    first = refined(noise, [fire, other], SR, n_steps=5, shares=np.array([[1.0, 0.0]]))
    second = refined(noise, [fire, other], SR, n_steps=5, shares=np.array([[0.0, 1.0]]))
    assert np.allclose(alone, first, atol=1e-5)
    assert not np.allclose(alone, second, atol=1e-2)


def test_shares_that_move_are_followed(fire: np.ndarray) -> None:
    other = rain(seconds=2.0)
    y = matched_noise(fire, SR, seconds=6.0)
    moving = np.array([[0.0, 1.0], [1.0, 0.0]])
    found = refined(y, [fire, other], SR, n_steps=40, shares=moving)
    first, last = found[: 2 * SR], found[-2 * SR :]
    for to_fire, nearer, farther in ((True, last, first), (False, first, last)):
        parent = fire if to_fire else other
        distances = [auditory_distances(parent, y, SR)["auditory"] for y in (nearer, farther)]
        assert distances[0] < 0.9 * distances[1]


def pieces_of(y: np.ndarray, n: int) -> list[tuple[torch.Tensor, np.ndarray]]:
    scaled = torch.as_tensor(np.atleast_2d(y) * (LEVEL / rms(y)))
    return [(part, np.ones(1)) for part in torch.tensor_split(scaled, n, dim=1)]


@pytest.mark.parametrize("n_sharpen", [0, 12])
def test_pieces_join_as_they_did(fire: np.ndarray, n_sharpen: int) -> None:
    y = matched_noise(fire, SR, seconds=4.0)
    wanted = {"targets": sound_targets([fire], SR), "levels": level_targets([fire], SR)}
    pieces = pieces_of(y, 4)
    found = torch.cat(list(refine(pieces, SR, n_steps=10, n_sharpen=n_sharpen, **wanted)), dim=1)
    found = found[0].numpy()
    plain = torch.cat([piece for piece, _ in pieces], dim=1)[0].numpy()
    assert found.shape == plain.shape and np.abs(found - plain).max() > LEVEL
    joints = [sum(p.shape[1] for p, _ in pieces[: i + 1]) for i in range(3)]
    jumps = np.abs(np.diff(found - plain))
    usual = np.quantile(jumps, 0.9)
    assert all(jumps[j - 2 : j + 2].max() < usual for j in joints)


def test_an_endless_sound_is_not_asked_ahead(fire: np.ndarray, noise: np.ndarray) -> None:
    wanted = {"targets": sound_targets([fire], SR)}
    asked = []

    def source() -> Iterator[tuple[torch.Tensor, np.ndarray]]:
        for number, piece in enumerate(pieces_of(noise, 4)):
            asked.append(number)
            yield piece

    stream = refine(source(), SR, n_steps=2, endless=True, **wanted)
    next(stream)
    assert asked == [0]
    next(stream)
    assert asked == [0, 1]
    # What comes first does not depend on how much follows.
    few = next(refine(pieces_of(noise, 4), SR, n_steps=2, **wanted))
    many = next(refine(source(), SR, n_steps=2, endless=True, **wanted))
    assert torch.equal(few, many)


@pytest.mark.parametrize(
    "y",
    [
        tone(440.0, seconds=1.0),
        np.full(SR, 0.5, dtype=np.float32),
        np.eye(1, SR, SR // 2, dtype=np.float32)[0],
        np.concatenate([rain(seconds=0.5), np.zeros(SR // 2, dtype=np.float32)]),
    ],
    ids=["tone", "constant", "one click", "half silent"],
)
def test_odd_references(y: np.ndarray, noise: np.ndarray) -> None:
    assert np.isfinite(refined(noise, [y], SR, n_steps=8)).all()
    assert np.isfinite(refined(y, [noise], SR, n_steps=8)).all()


@pytest.mark.parametrize("sr", [8000, 16000, 44100])
def test_other_rates(sr: int) -> None:
    y = crackle(seconds=1.0, sr=sr)
    found = refined(matched_noise(y, sr), [y], sr, n_steps=20)
    before, after = (
        auditory_distances(y / 2, x / 2, sr)["auditory"] for x in (matched_noise(y, sr), found)
    )
    assert after < 0.6 * before


@pytest.mark.parametrize(
    ("y", "more"),
    [(without_course(load_sound("choir")), 1.0), (harmonic_note(220.0), 3.0)],
    ids=["choir", "note"],
)
def test_quiet_bands_stay_quiet(y: np.ndarray, more: float) -> None:
    """Noise in a band where nothing is heard would be the cheapest way to steady envelopes."""
    rough = synthesize_texture(y, SR, quality="draft", progress=False).y
    found = refined(rough, [y], SR, n_steps=30)
    assert spectrum_distance(y, found, SR) < spectrum_distance(y, rough, SR) + more


@pytest.mark.parametrize("n", [2, 3])
def test_channels_are_refined_together(fire: np.ndarray, n: int) -> None:
    """Each comes nearer, and so does what they have in common."""
    others = [crackle(12.0, seconds=2.0, seed=seed) for seed in range(1, n)]
    Y = np.stack([fire, *(0.5 * fire + 0.5 * other for other in others)])
    noises = np.stack([matched_noise(y, SR, seed=s) for s, y in enumerate(Y)])
    found = refined(noises, [Y], SR, n_steps=30)
    assert found.shape == Y.shape and np.isfinite(found).all()
    for y, rough, new in zip(Y, noises, found, strict=True):
        halves = ((y / 2, x / 2) for x in (rough, new))  # some peaks are higher than 1
        before, after = (auditory_distances(a, b, SR)["auditory"] for a, b in halves)
        assert after < 0.7 * before
    before, after = (channel_distances(Y / 2, x / 2, SR) for x in (noises, found))
    for name in ("channel_correlation", "channel_envelope_correlation"):
        assert after[name] < 0.5 * before[name], name


def test_what_is_wanted_may_be_said(fire: np.ndarray, noise: np.ndarray) -> None:
    """Instead of being measured of the references."""
    other = rain(seconds=2.0)
    targets = sound_targets([other], SR)
    found = refined(noise, [fire], SR, n_steps=5, targets=targets)
    assert np.array_equal(found, refined(noise, [other], SR, n_steps=5))
