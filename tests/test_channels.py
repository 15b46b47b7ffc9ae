"""Sounds of several channels, through every call: as many come out, and where they were."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
from test_spatial import wide

import audiostyle_lib as al
from audiostyle_lib import DRAFT, STANDARD, AudioError, Quality
from audiostyle_lib.levels import rms
from audiostyle_lib.model import TextureModel
from audiostyle_lib.panorama import channel_distances, channel_statistics
from audiostyle_lib.sounding import HELD, stretch_frames
from audiostyle_lib.sounds import crackle, engine, rain

SR = 22050
LOW = 8000  # Hz, where only shapes matter
TINY = STANDARD.but(n_filters=4, n_steps=2, n_refine=2)
LESS = STANDARD.but(n_filters=16, n_steps=10, n_refine=60)
OTHER = crackle(seconds=1.0)


def streamed(
    Y: np.ndarray, sr: int, quality: Quality, *, seconds: int = 2, seed: int = 0
) -> np.ndarray:
    blocks = al.stream_texture(Y, sr, quality=quality, seed=seed)
    return np.concatenate(list(islice(blocks, seconds)), axis=-1)


def generated(Y: np.ndarray, sr: int, quality: Quality) -> np.ndarray:
    made = al.train_generator(
        Y, sr, quality=quality, channel_steps=2, sound_steps=1, progress=False
    )
    return made.synthesize(1.0)


CALLS: dict[str, Callable[..., np.ndarray]] = {
    "texture": lambda Y, sr, q: al.synthesize_texture(Y, sr, quality=q, progress=False).y,
    "mixture": lambda Y, sr, q: (
        al.mix_textures([Y, Y], sr, weights=[[1, 0], [0, 1]], quality=q, progress=False).y
    ),
    "mixture with one channel": lambda Y, sr, q: (
        al.mix_textures([OTHER, Y], sr, weights=[1, 1], quality=q, progress=False).y
    ),
    "stream": streamed,
    "transfer": lambda Y, sr, q: al.transfer_style(Y, Y, sr, quality=q, progress=False).y,
    "transfer to one channel": lambda Y, sr, q: (
        al.transfer_style(OTHER, Y, sr, quality=q, progress=False).y
    ),
    "transfer from one channel": lambda Y, sr, q: (
        al.transfer_style(Y, OTHER, sr, quality=q, progress=False).y
    ),
    "generator": generated,
}


def channels(n: int, *, sr: int = LOW) -> np.ndarray:
    """Rains that have a part in common."""
    both = rain(seconds=1.0, sr=sr, seed=99)
    return np.stack([0.3 * both + 0.3 * rain(seconds=1.0, sr=sr, seed=s) for s in range(n)])


@pytest.mark.parametrize("n", [1, 2, 3, 8])
@pytest.mark.parametrize("call", CALLS)
def test_as_many_channels_as_came(call: str, n: int) -> None:
    Y = channels(n)
    before = Y.copy()
    y = CALLS[call](Y, LOW, TINY)
    assert y.shape[0] == n and y.ndim == 2 and y.dtype == np.float32
    assert np.isfinite(y).all() and 0 < np.abs(y).max() <= 1
    assert all(rms(channel) > 0.2 * rms(y) for channel in y)
    assert np.array_equal(Y, before)


@pytest.mark.parametrize("call", CALLS)
def test_one_channel_is_the_same_in_either_shape(call: str) -> None:
    y = rain(seconds=1.0)
    flat, stacked = CALLS[call](y, SR, TINY), CALLS[call](y[None], SR, TINY)
    assert flat.ndim == 1 and np.array_equal(flat, stacked[0])


@pytest.mark.parametrize("call", CALLS)
def test_what_channels_are_to_each_other_they_stay(call: str) -> None:
    """Equal, opposite and silent ones exactly; and so is what the one of them sounds like."""
    y, none = rain(seconds=1.0), np.zeros(SR, np.float32)
    Y = CALLS[call](np.stack([y, y, -y, none]), SR, TINY)
    assert np.array_equal(Y[0], Y[1]) and np.array_equal(Y[0], -Y[2])
    assert not Y[3].any() and Y[0].any()
    alone = CALLS[call](y, SR, TINY)
    assert abs(np.corrcoef(alone, Y[0])[0, 1]) > 0.998


@pytest.mark.parametrize("call", CALLS)
def test_nearly_opposite_channels(call: str) -> None:
    """Their sum is hardly there, and must not become noise or blow up."""
    y = rain(seconds=1.0)
    Y = CALLS[call](np.stack([y, -0.98 * y]), SR, TINY)
    assert np.isfinite(Y).all() and np.corrcoef(Y)[0, 1] < -0.999
    assert rms(Y[1]) / rms(Y[0]) == pytest.approx(0.98, abs=0.005)


def test_channels_in_another_order_are_the_sound_in_another_order() -> None:
    """To the ear: none is the first."""
    Y = wide(4.0, share=0.6, level=0.5)
    made, other = (
        al.synthesize_texture(X, SR, quality=DRAFT, progress=False).y for X in (Y, Y[::-1].copy())
    )
    for name, value in channel_distances(made, other[::-1].copy(), SR).items():
        assert value < (0.8 if name == "channel_level_db" else 0.1), name


# ---- the image ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    """Partly alike, the second later and quieter."""
    return wide(4.0)


MAKERS: dict[str, Callable[..., np.ndarray]] = {
    "texture": lambda Y, **how: al.synthesize_texture(Y, SR, seconds=2.0, progress=False, **how).y,
    "stream": lambda Y, *, quality, seed: streamed(Y, SR, quality, seconds=4, seed=seed)[
        :, SR : 3 * SR
    ],
    "mixture": lambda Y, **how: (
        al.mix_textures([Y, Y], SR, weights=[1, 1], seconds=2.0, progress=False, **how).y
    ),
}


@pytest.fixture(scope="module")
def own(reference: np.ndarray) -> dict[str, float]:
    """How far the recording's own halves are apart."""
    half = reference.shape[1] // 2
    return channel_distances(reference[:, :half], reference[:, half:], SR)


@pytest.mark.parametrize("quality", [DRAFT, LESS], ids=["draft", "with the last touch"])
@pytest.mark.parametrize("maker", MAKERS)
def test_the_image_is_the_references(
    reference: np.ndarray, own: dict[str, float], maker: str, quality: Quality
) -> None:
    """No farther from the recording than its own other half is, on average of three seeds. A draft
    has its levels and its coherence by construction, and nearly what swells together; where it is
    sharp, fewer moments count, so that both are known less well."""
    found = [
        channel_distances(reference, MAKERS[maker](reference, quality=quality, seed=seed), SR)
        for seed in range(3)
    ]
    more = {"channel_envelope_correlation": 0.05, "channel_correlation": 0.005}
    more = more if quality is DRAFT else {}
    for name in found[0]:
        value = np.mean([f[name] for f in found])
        assert value <= own[name] + more.get(name, 0.0), name


def test_the_delay_is_kept() -> None:
    """As phases: what is heard first on one side still is."""
    Y = wide(3.0, share=0.9, delay=4.1e-4, level=0.7)
    y = al.synthesize_texture(Y, SR, quality=DRAFT, progress=False).y
    lags = np.arange(-20, 21)
    for sound in (Y, y):
        match = [float(np.dot(sound[0][30:-30], np.roll(sound[1], -k)[30:-30])) for k in lags]
        assert lags[int(np.argmax(match))] == 9  # samples


def test_a_generator_keeps_the_image(reference: np.ndarray, own: dict[str, float]) -> None:
    made = al.train_generator(
        reference, SR, quality=STANDARD.but(n_filters=8), channel_steps=40, sound_steps=10,
        progress=False,
    )  # fmt: skip
    found = channel_distances(reference, made.synthesize(2.0, seed=1), SR)
    assert found["channel_correlation"] <= own["channel_correlation"] + 0.03  # hardly trained
    assert found["channel_level_db"] <= own["channel_level_db"]


def test_a_transfer_moves_from_one_image_to_the_other() -> None:
    """With the weight: from the content's side to the style's."""
    content = np.stack([engine(seconds=2.0), 0.2 * engine(seconds=2.0)])
    style = np.stack([0.2 * rain(seconds=2.0), rain(seconds=2.0)])
    hiss = np.random.default_rng(0).normal(0, 1e-3, (2, content.shape[1])).astype(np.float32)
    balances = []
    for weight in (0.0, 0.5, 1.0):
        y = al.transfer_style(
            0.5 * content + hiss, 0.5 * style, SR, style_weight=weight, quality=DRAFT,
            progress=False,
        ).y  # fmt: skip
        balances.append(20 * np.log10(rms(y[0]) / rms(y[1])))
    assert balances[0] > 10 and balances[2] < -10
    assert balances[0] > balances[1] > balances[2]


# ---- one channel with several ------------------------------------------------------------------


def test_one_channel_takes_the_image_of_the_others() -> None:
    Y, q = wide(2.0, share=0.8, level=0.5, delay=0.0), STANDARD.but(n_steps=10, n_refine=20)
    wanted = channel_statistics(Y, SR)
    for weights in ([1, 1], [0, 1]):
        y = al.mix_textures([Y, OTHER], SR, weights=weights, quality=q, progress=False).y
        found = channel_statistics(y, SR)
        for name, most in (("channel_correlation", 0.15), ("channel_level_db", 1.5)):
            assert abs(np.mean(found[name] - wanted[name])) < most, (weights, name)


def test_other_numbers_of_channels_are_no_mixture() -> None:
    for other in (channels(3), channels(4)):
        with pytest.raises(AudioError, match="as many in each"):
            al.mix_textures([channels(2), other], LOW, weights=[1, 1], progress=False)
    with pytest.raises(AudioError, match=r"content: 2, style: 3"):
        al.transfer_style(channels(2), channels(3), LOW, progress=False)


# ---- streams -----------------------------------------------------------------------------------


def test_blocks_of_a_stream_join(reference: np.ndarray) -> None:
    """Of any length they are one sound, from zero; and no block begins with a jump."""
    q = STANDARD.but(n_filters=4, n_steps=3, n_refine=3)
    Y = reference[:, : 2 * SR]
    whole = streamed(Y, SR, q, seconds=7)
    parts = list(islice(al.stream_texture(Y, SR, block_seconds=0.37, quality=q), 18))
    assert {part.shape for part in parts} == {(2, round(0.37 * SR))}
    joined = np.concatenate(parts, axis=1)
    n = min(joined.shape[1], whole.shape[1])
    assert n > 6 * SR and np.array_equal(joined[:, :n], whole[:, :n])
    assert not whole[:, 0].any()


def test_no_seams_between_stretches() -> None:
    """In either channel, on tones that a click would be heard on: as at other places."""
    t, q = np.arange(SR) / SR, DRAFT.but(n_filters=4, n_steps=6, n_iter=8)
    Y = 0.3 * np.stack([np.sin(880 * t), 0.5 * np.sin(880 * t) + 0.5 * np.sin(2600 * t)])
    model = TextureModel.measure([Y], SR, q)
    hop = model.transform.hop_length
    joints = (np.arange(1, 7) * stretch_frames(model) - HELD - 1) * hop
    others = np.random.default_rng(0).integers(SR // 2, 7 * SR, 40)
    cut = [next(al.stream_texture(Y, SR, quality=q, seed=seed)) for seed in range(6)]

    def bends(y: np.ndarray, places: np.ndarray) -> np.ndarray:
        """The largest second difference near some places, relative to the half second around."""
        second = np.abs(np.diff(y, 2))
        parts = [second[k - SR // 4 : k + SR // 4] for k in places]
        near = [part[SR // 4 - 1200 : SR // 4 + 1200].max() for part in parts]
        return np.array(near) / [np.quantile(part, 0.95) for part in parts]

    for channel, other in zip(streamed(Y, SR, q, seconds=8), np.concatenate(cut, 1), strict=True):
        smooth, broken = bends(channel, joints), bends(other, np.arange(1, 6) * SR)
        assert np.median(smooth) < np.quantile(bends(channel, others), 0.9)
        assert np.median(broken) > 3 * np.median(smooth)
