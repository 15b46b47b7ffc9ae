"""The endless stream: the same whatever the blocks, without seams, flat, and small in memory."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
import torch

from audiostyle_lib import AudioError, stream_texture
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import auditory_distances, spectrogram_copy_score, spectrum_distance
from audiostyle_lib.model import TextureModel
from audiostyle_lib.quality import DRAFT, STANDARD, Quality
from audiostyle_lib.sounding import HELD, sound_stretches, stretch_frames, stretch_lengths
from audiostyle_lib.sounds import crackle, load_sound, rain, tone
from audiostyle_lib.transforms import CQT, STFT

SR = 22050
QUICK = DRAFT.but(n_filters=8, n_steps=6, n_iter=4)


@pytest.fixture(scope="module")
def y() -> np.ndarray:
    return rain(seconds=1.0)


def play(y: np.ndarray, seconds: float, quality: Quality = QUICK, *, seed: int = 0) -> np.ndarray:
    blocks = stream_texture(y, SR, block_seconds=0.5, seed=seed, quality=quality)
    return np.concatenate(list(islice(blocks, round(2 * seconds))), axis=-1)


def test_blocks(y: np.ndarray) -> None:
    blocks = list(islice(stream_texture(y, SR, block_seconds=0.3, quality=QUICK), 20))
    assert {block.shape for block in blocks} == {(round(0.3 * SR),)}
    assert all(b.dtype == np.float32 and np.abs(b).max() <= 1 for b in blocks)


def test_block_length_is_only_a_matter_of_cutting(y: np.ndarray) -> None:
    whole = np.concatenate(list(islice(stream_texture(y, SR, block_seconds=1.7, quality=QUICK), 3)))
    parts = np.concatenate(
        list(islice(stream_texture(y, SR, block_seconds=0.17, quality=QUICK), 30))
    )
    n = min(len(whole), len(parts))
    assert n > 5 * SR and np.array_equal(whole[:n], parts[:n])


def test_the_last_touch_streams(y: np.ndarray) -> None:
    """Blocks of any length, no drift, and nearer to the reference than without it."""
    fire = crackle(12.0, seconds=2.0)
    quality = STANDARD.but(n_filters=8, n_steps=20, n_iter=8, n_refine=15)
    whole = play(fire, 12, quality)
    parts = list(islice(stream_texture(fire, SR, block_seconds=0.7, quality=quality), 10))
    assert np.array_equal(np.concatenate(parts), whole[: round(7 * SR)])
    plain = play(fire, 12, quality.but(n_refine=0))
    for third in range(3):
        piece = slice(4 * SR * third, 4 * SR * (third + 1))
        near, far = (auditory_distances(fire, x[piece], SR)["auditory"] for x in (whole, plain))
        assert near < 0.8 * far
        assert rms(whole[piece]) == pytest.approx(rms(fire), rel=0.15)


def test_level_and_spectrum_stay(y: np.ndarray) -> None:
    made = play(y, 12)
    for part in made.reshape(4, -1):
        assert rms(part) == pytest.approx(rms(y), rel=0.05)
        assert spectrum_distance(y, part, SR) < 1.5


def test_it_does_not_repeat_itself() -> None:
    y = load_sound("sauna")[SR : 4 * SR]
    made = play(y, 12)
    first, last = made[: 4 * SR], made[8 * SR :]
    assert spectrogram_copy_score(first, last, SR) < 0.35


def seams(y: np.ndarray, *, overlap: bool, n_refine: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """How rough the sound is at the joints between stretches, and at all places.

    Roughness is the largest second difference within 20 ms, relative to the second around.
    """
    quality = QUICK.but(n_refine=n_refine)
    if overlap:
        made = play(y, 16, quality)
    else:  # what a stream would be that knew nothing of what it has played
        takes = (stream_texture(y, SR, seed=s, quality=quality) for s in range(16))
        made = np.concatenate([next(take) for take in takes])
    bends = np.abs(np.diff(made, 2))
    n = len(bends) // 441
    rough = bends[: n * 441].reshape(n, 441).max(axis=1)
    rough = rough / np.convolve(rough, np.ones(51) / 51, mode="same")
    if overlap:
        model = TextureModel.measure([y], SR, quality)
        hop = model.transform.hop_length
        step = stretch_frames(model) * hop
        joints = np.arange(1, len(made) // step) * step - (HELD + 1) * hop
        places = [(j // 441, (j + 1024) // 441 + 1) for j in joints]
    else:
        places = [(s * SR // 441 - 1, s * SR // 441 + 2) for s in range(1, 16)]
    return np.array([rough[a:b].max() for a, b in places]), rough


def test_no_seams_and_the_test_would_hear_them() -> None:
    y = tone(441.0, seconds=1.0) * 0.5  # on a pure tone every seam is a click
    joints, _ = seams(y, overlap=True)
    cut, _ = seams(y, overlap=False)
    assert len(joints) > 10
    assert np.median(cut) > 2 * np.median(joints)
    for n_refine in (0, 10):
        rain_joints, rain_places = seams(rain(seconds=1.0), overlap=True, n_refine=n_refine)
        assert np.mean(rain_joints) < np.quantile(rain_places, 0.9)


@pytest.mark.parametrize(
    ("sr", "channels", "first"), [(22050, 1, 6.0), (44100, 1, 3.0), (44100, 2, 2.5)]
)
def test_the_first_stretch_is_soon_there(sr: int, channels: int, first: float) -> None:
    """The work of six seconds of one channel at 22,050 Hz, but 2.5 seconds at least."""
    Y = np.random.default_rng(0).normal(0, 0.1, (channels, 8 * sr)).astype(np.float32)
    model = TextureModel.measure([Y], sr, DRAFT.but(n_filters=4))
    seconds = model.transform.hop_length / sr
    lengths = list(islice(stretch_lengths(model), 20))
    assert lengths[0] * seconds == pytest.approx(first, abs=0.03)
    assert lengths[-1] == stretch_frames(model) == max(lengths)
    assert all(n <= after <= 1.11 * n for n, after in itertools.pairwise(lengths))
    made = next(sound_stretches(model))
    assert made.shape[1] / sr == pytest.approx(first - HELD * seconds, abs=0.03)


def test_memory_stays(y: np.ndarray) -> None:
    stream = stream_texture(y, SR, quality=QUICK)
    next(stream)
    tracemalloc.start()
    try:
        for _ in islice(stream, 5):
            pass
        before = tracemalloc.get_traced_memory()[0]
        for _ in islice(stream, 30):
            pass
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 300_000  # a second of sound is 88,200 bytes


def test_seeds(y: np.ndarray) -> None:
    first, again, other = (play(y, 3, seed=s) for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.2


def test_two_streams_do_not_disturb_each_other(y: np.ndarray) -> None:
    alone = list(islice(stream_texture(y, SR, quality=QUICK), 4))
    a, b = stream_texture(y, SR, quality=QUICK), stream_texture(y, SR, seed=1, quality=QUICK)
    together = []
    for _ in range(4):
        together.append(next(a))
        next(b)
    assert all(np.array_equal(x, z) for x, z in zip(alone, together, strict=True))


def test_weights_may_move(y: np.ndarray) -> None:
    low = tone(200.0, seconds=1.0)
    model = TextureModel.measure([y, low], SR, QUICK.but(n_steps=5))
    n = stretch_frames(model)

    def shares() -> Iterator[np.ndarray]:
        for number in range(10**9):
            share = np.clip((number * n + np.arange(n)) / (4 * n), 0, 1)
            yield np.stack([1 - share, share], axis=1)

    made = list(islice(sound_stretches(model, shares()), 5))
    distances = [spectrum_distance(low, piece, SR) for piece in made]
    assert distances[-1] < 0.5 * distances[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": np.zeros(SR)}, "silent"),
        ({"y": tone(440.0, seconds=0.1)}, "kernels of 32 frames"),
        ({"block_seconds": 0.0}, "block_seconds is 0"),
        ({"block_seconds": float("nan")}, "block_seconds is nan"),
        ({"block_seconds": float("inf")}, "block_seconds is inf"),
        ({"seed": -1}, "seed is -1"),
        ({"quality": "superb"}, "quality is 'superb'"),
        ({"quality": QUICK.but(widths=(2, 500))}, "kernels of 500 frames"),
        ({"quality": QUICK.but(widths=(2, 8), dilation=90)}, "kernels of 631 frames"),
        ({"quality": QUICK.but(transform="cqt")}, "transform is 'cqt'; a stream expects an STFT"),
        ({"device": "abacus"}, "device is 'abacus'"),
    ],
)
def test_bad_input_is_refused_at_the_call(y: np.ndarray, arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        stream_texture(**{"y": y, "sr": SR, "quality": QUICK, **arguments})


def test_only_phases_of_an_stft_can_be_continued(y: np.ndarray) -> None:
    model = TextureModel.measure([y], SR, QUICK.but(transform=CQT(fmin=130.8)))
    with pytest.raises(AudioError, match="a stream expects an STFT"):
        next(sound_stretches(model))


def test_known_frames_stay() -> None:
    y = torch.as_tensor(rain(seconds=1.0))
    transform = STFT()
    D = transform.complex(y)
    again = transform.inverse(transform.forward(y), length=len(y), n_iter=8, known=D[:, :40])
    clean = 36 * 256  # what only known frames see
    assert torch.allclose(again[:clean], y[:clean], atol=1e-4)
    assert not torch.allclose(again[-clean:], y[-clean:], atol=1e-2)
