"""Arguments of the public calls: refused in one clear line before any work, or accepted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import audiostyle_lib as al
from audiostyle_lib.arguments import check_choice, check_number, check_whole, check_widths
from audiostyle_lib.sounds import rain
from audiostyle_lib.transforms import STFT

SR = 22050
Y = rain(seconds=1.0)
CALLS: dict[str, Callable] = {
    "texture": lambda **more: al.synthesize_texture(Y, SR, progress=False, **more),
    "stream": lambda **more: al.stream_texture(Y, SR, **more),
    "mix": lambda **more: al.mix_textures([Y, Y], SR, **{"weights": [1, 1]} | more, progress=False),
    "transfer": lambda **more: al.transfer_style(Y, Y, SR, progress=False, **more),
    "generator": lambda **more: al.train_generator(Y, SR, progress=False, **more),
}
HUGE = al.DRAFT.but(transform=STFT(n_fft=32768, hop_length=8192))
EVERYWHERE = [
    ({"seed": True}, "seed is True"),
    ({"seed": 0.5}, "seed is 0.5"),
    ({"seed": "0"}, "seed is '0'"),
    ({"seed": None}, "seed is None"),
    ({"seed": 2**62}, "seed is 4611686018427387904"),
    ({"quality": 5}, "quality is 5"),
    ({"quality": ["draft"]}, "quality is"),
    ({"quality": None}, "quality is None"),
    ({"quality": "superb"}, "quality is 'superb'; expected one of draft, standard, best"),
    ({"quality": HUGE}, "16,385 bins; expected at most 8,193"),
    ({"device": 3.5}, "device is '3.5'"),
]
OWN = {
    "texture": [
        ({"seconds": "3"}, "seconds is '3'"),
        ({"seconds": True}, "seconds is True"),
    ],
    "stream": [({"block_seconds": "1"}, "block_seconds is '1'")],
    "mix": [
        ({"weights": [1, "x"]}, "weights are"),
        ({"seconds": float("inf")}, "seconds is inf"),
    ],
    "transfer": [
        ({"style_weight": "half"}, "style_weight is 'half'"),
        ({"style_weight": 1.5}, "style_weight is 1.5; expected .* at least 0 and at most 1"),
        ({"begin": 1.0}, "begin is 1.0"),
    ],
    "generator": [
        ({"variety": "some"}, "variety is 'some'"),
        ({"channel_steps": 2.5}, "channel_steps is 2.5"),
        ({"sound_steps": True}, "sound_steps is True"),
    ],
}
CASES = [(call, *case) for call in CALLS for case in [*EVERYWHERE, *OWN[call]]]


@pytest.mark.parametrize(("call", "wrong", "message"), CASES)
def test_refused_before_work(
    call: str, wrong: dict, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, and before anything is measured."""
    for work in ("spatial.cross_spectra", "model.principal_components"):
        monkeypatch.setattr(f"audiostyle_lib.{work}", lambda *_: pytest.fail("worked in vain"))
    with pytest.raises(al.AudioError, match=message) as refused:
        CALLS[call](**wrong)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("call", CALLS)
def test_a_quality_is_no_longer_many_arguments(call: str) -> None:
    for name in ("n_filters", "widths", "rhythm", "n_refine", "transform"):
        with pytest.raises(TypeError, match=name):
            CALLS[call](**{name: 3})


def test_numbers_of_numpy_are_numbers() -> None:
    few = al.DRAFT.but(n_filters=np.int64(4), n_steps=np.int32(2), widths=np.array([2, 8]))
    same = al.DRAFT.but(n_filters=4, n_steps=2, widths=(2, 8))
    assert few == same and hash(few) == hash(same)
    made = CALLS["texture"](quality=few, seed=np.uint8(3), seconds=np.float32(0.5))
    again = CALLS["texture"](quality=same, seed=3, seconds=0.5)
    assert np.array_equal(made.y, again.y)


def test_huge_and_tiny_weights_are_shares() -> None:
    quick = {"quality": al.DRAFT.but(n_filters=4, n_steps=2), "seconds": 0.5}
    usual = CALLS["mix"](weights=[1, 1], **quick).y
    for size in (1e308, 1e-300):
        found = CALLS["mix"](weights=[size, size], **quick).y
        np.testing.assert_allclose(found, usual, atol=1e-6)


def test_bounds() -> None:
    assert (check_number("x", 2, 0, 2), check_whole("x", 2.0, 2, 2)) == (2.0, 2)
    assert check_widths([1, 4096]) == (1, 4096) and check_choice("x", "a", ("a",)) == "a"
    for value in (3, -1, np.inf, None, "1", 1j):
        with pytest.raises(al.AudioError, match="x is"):
            check_number("x", value, 0, 2)  # type: ignore[arg-type]
