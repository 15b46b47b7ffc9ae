"""What a texture is made after: refused in one line, or the part that is most like the whole."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest

from audiostyle_lib import DRAFT, AudioError, Quality, stream_texture, synthesize_texture
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import spectrum_distance
from audiostyle_lib.references import MEASURED_SECONDS, check_references, typical_stretch
from audiostyle_lib.sounds import crackle, rain, tone
from audiostyle_lib.transforms import CQT, STFT

SR = 8000
QUICK = DRAFT.but(n_filters=4, n_steps=2, n_iter=2)


def checked(
    *sounds: np.ndarray, sr: int = SR, quality: Quality = DRAFT, names: Sequence[str] = ("y", "z")
) -> list[np.ndarray]:
    transform = STFT.for_rate(sr) if quality.transform == "stft" else CQT.for_rate(sr)
    return check_references(sounds, sr, quality, transform, names=names[: len(sounds)])


def noise(seconds: float, *, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.05, round(seconds * SR)).astype(np.float32)


# ---- what cannot be used ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sounds", "quality", "message"),
    [
        (
            [rain(seconds=0.1)],
            DRAFT.but(widths=(32,)),
            r"y lasts 0\.276 s; expected at least 0\.37",
        ),
        ([rain(seconds=0.3)], DRAFT.but(widths=(2, 80)), "for kernels of 80 frames: take a longer"),
        ([rain(seconds=0.3)], DRAFT.but(widths=(4,), dilation=30), "kernels of 91 frames"),
        ([tone(440.0, seconds=0.1)], DRAFT.but(widths=(2,), transform="cqt"), "lasts .* at least"),
        ([np.zeros(SR)], DRAFT, "y is silent"),
        ([np.zeros((2, SR))], DRAFT, "y is silent"),
        ([rain(), np.zeros(SR)], DRAFT, "z is silent"),
        ([rain(), np.full(SR, 0.5)], DRAFT, "z is silent .*always the same"),
        ([np.stack([rain()] * 2), np.stack([rain()] * 3)], DRAFT, r"\(y: 2, z: 3\)"),
        ([np.stack([rain()] * 9)], DRAFT, r"y has shape \(9, .*1 to 8 channels"),
        ([np.stack([rain(), np.full(len(rain()), np.nan)])], DRAFT, "y has .* NaN"),
    ],
)
def test_refused(sounds: list, quality: Quality, message: str) -> None:
    with pytest.raises(AudioError, match=message) as refused:
        checked(*sounds, quality=quality)
    assert "\n" not in str(refused.value)


def test_shapes_are_brought_together() -> None:
    """Channels first, also where there is one; nothing that was given is changed."""
    y, wide = noise(1.0), np.stack([noise(1.0, seed=s) for s in (1, 2)])
    before = y.copy(), wide.copy()
    assert [Y.shape for Y in checked(y, wide)] == [(1, SR), (2, SR)]
    (found,) = checked(y[None] + np.float32(0.1))
    assert found.shape == (1, SR) and abs(found.mean()) < 1e-4
    assert np.array_equal(y, before[0]) and np.array_equal(wide, before[1])


# ---- the typical stretch ----------------------------------------------------------------------


def test_a_short_sound_is_taken_whole() -> None:
    y = noise(MEASURED_SECONDS)
    assert typical_stretch(y[None], SR) == slice(0, len(y))
    assert checked(y)[0].shape == (1, len(y))


@pytest.mark.parametrize("where", ["beginning", "middle", "end"])
def test_what_is_unlike_the_rest_is_left_out(where: str) -> None:
    """A loud beginning, a sound that passes, silence after the end."""
    y = noise(100.0)
    if where == "beginning":
        odd = slice(0, 12 * SR)
        y[odd] *= 10
    elif where == "middle":
        odd = slice(46 * SR, 54 * SR)
        y[odd] += 0.3 * np.sin(np.arange(8 * SR))
    else:
        odd = slice(80 * SR, 100 * SR)
        y[odd] *= 1e-4
    found = typical_stretch(y[None], SR)
    assert found.stop - found.start == 30 * SR and found.start >= 0 and found.stop <= len(y)
    assert found.stop <= odd.start or odd.stop <= found.start, found


def test_what_is_usual_is_in_it() -> None:
    """Of a sound that is half of this and half of that, it has both."""
    y = noise(120.0)
    loud = (np.arange(len(y)) // (10 * SR)) % 2 == 1  # ten seconds each
    y[loud] *= 8
    found = loud[typical_stretch(y[None], SR)].mean()
    assert 0.3 <= found <= 0.7


def test_any_channel_can_make_a_moment_unusual() -> None:
    y = np.stack([noise(90.0, seed=s) for s in range(2)])
    y[1, : 25 * SR] *= 10
    assert typical_stretch(y, SR).start >= 25 * SR


@pytest.mark.parametrize("seconds", [30.2, 31.0, 45.5, 61.0])
def test_it_is_always_whole(seconds: float) -> None:
    y = noise(seconds)[None]
    found = typical_stretch(y, SR)
    assert found.stop - found.start == 30 * SR and found.stop <= y.shape[1]


def test_no_copy_of_the_whole_is_made() -> None:
    """An hour may be measured where its samples just fit into memory."""
    y = noise(600.0)
    for work, most in ((lambda: typical_stretch(y[None], SR), 0.1), (lambda: checked(y), 0.7)):
        tracemalloc.start()
        try:
            work()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < most * y.nbytes, peak / y.nbytes


def test_textures_of_long_sounds() -> None:
    """As long as what is measured, and like it: the loud beginning is not heard."""
    y = np.tile(crackle(seconds=2.0, sr=SR), 20)
    y[: 5 * SR] = 0.9 * np.sign(noise(5.0))
    usual = y[6 * SR :]
    made = synthesize_texture(y, SR, quality=QUICK, progress=False).y
    assert made.shape == (30 * SR,)
    assert rms(made) == pytest.approx(rms(usual), rel=0.1)
    assert spectrum_distance(usual, made, SR) < 3.0 < spectrum_distance(y[: 5 * SR], made, SR)
    assert next(stream_texture(y, SR, quality=QUICK)).shape == (SR,)
