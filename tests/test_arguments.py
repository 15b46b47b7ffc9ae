"""Arguments of the public calls: refused in one clear line before any work, or accepted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import audiostyle_lib as al
from audiostyle_lib import model
from audiostyle_lib.arguments import check_choice, check_number, check_whole, check_widths
from audiostyle_lib.sounds import rain
from audiostyle_lib.transforms import STFT

SR = 22050
Y = rain(seconds=1.0)
NOTHING: dict = {}
CALLS: dict[str, Callable] = {
    "texture": lambda **more: al.synthesize_texture(Y, SR, progress=False, **more),
    "stream": lambda **more: al.stream_texture(Y, SR, **more),
    "mix": lambda **more: al.mix_textures([Y, Y], SR, **{"weights": [1, 1]} | more, progress=False),
    "transfer": lambda **more: al.transfer_style(Y, Y, SR, progress=False, **more),
    "generator": lambda **more: al.train_generator(Y, SR, progress=False, **more),
}
EVERYWHERE = [
    ({"seed": True}, "seed is True"),
    ({"seed": 0.5}, "seed is 0.5"),
    ({"seed": "0"}, "seed is '0'"),
    ({"seed": None}, "seed is None"),
    ({"n_filters": "many"}, "n_filters is 'many'"),
    ({"n_filters": 10**5}, "n_filters is 100000; expected .* at most 1,024"),
    ({"n_filters": 2.5}, "n_filters is 2.5"),
    ({"n_filters": 0}, "n_filters is 0"),
    ({"n_components": "all"}, "n_components is 'all'"),
    ({"n_components": 0}, "n_components is 0"),
    ({"n_steps": 2.5}, "n_steps is 2.5"),
    ({"n_steps": "3"}, "n_steps is '3'"),
    ({"n_steps": 0}, "n_steps is 0"),
    ({"widths": 8}, "widths is 8"),
    ({"widths": ()}, r"widths is \(\)"),
    ({"widths": (2, 2)}, r"widths is \(2, 2\)"),
    ({"widths": (2.5,)}, "a width is 2.5"),
    ({"widths": "wide"}, "a width is 'w'"),
    ({"transform": "cqt"}, "transform is 'cqt'"),
    ({"transform": STFT(n_fft=16384, hop_length=4096)}, "8,193 bins; expected at most 4,097"),
    ({"device": 3.5}, "device is '3.5'"),
]
OWN = {
    "texture": [
        ({"start": "content"}, "start is 'content'"),
        ({"start": -1.0}, "start is -1.0"),
        ({"rhythm": "much"}, "rhythm is 'much'"),
        ({"diversity": float("nan")}, "diversity is nan"),
        ({"seconds": "3"}, "seconds is '3'"),
        ({"seconds": True}, "seconds is True"),
        ({"quality": 5}, "quality is 5"),
        ({"quality": ["draft"]}, "quality is"),
        ({"n_refine": 1.5}, "n_refine is 1.5"),
        ({"n_refine": -1}, "n_refine is -1"),
        ({"dilation": 1.5}, "dilation is 1.5"),
    ],
    "stream": [
        ({"block_seconds": "1"}, "block_seconds is '1'"),
        ({"n_iter": 0}, "n_iter is 0"),
        ({"quality": None}, "quality is None"),
    ],
    "mix": [
        ({"weights": [1, "x"]}, "weights are"),
        ({"seconds": float("inf")}, "seconds is inf"),
        ({"quality": "superb"}, "quality is 'superb'"),
    ],
    "transfer": [
        ({"style_weight": "half"}, "style_weight is 'half'"),
        ({"style_weight": 1.5}, "style_weight is 1.5; expected .* at least 0 and at most 1"),
        ({"start": 1.0}, "start is 1.0"),
    ],
    "generator": [
        ({"variety": "some"}, "variety is 'some'"),
        ({"n_hidden": 2.5}, "n_hidden is 2.5"),
        ({"n_refine": True}, "n_refine is True"),
    ],
}
CASES = [(call, *case) for call in CALLS for case in [*EVERYWHERE, *OWN[call]]]


@pytest.mark.parametrize(("call", "wrong", "message"), CASES)
def test_refused_before_work(
    call: str, wrong: dict, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, and before anything is measured."""
    monkeypatch.setattr(model, "principal_components", lambda *_: pytest.fail("worked in vain"))
    monkeypatch.setattr(
        "audiostyle_lib.transfer.principal_components", lambda *_: pytest.fail("worked in vain")
    )
    with pytest.raises(al.AudioError, match=message) as refused:
        CALLS[call](**wrong)
    assert "\n" not in str(refused.value)


def test_numbers_of_numpy_are_numbers() -> None:
    quick = {"n_filters": np.int64(4), "n_steps": np.int32(2), "seed": np.uint8(3)}
    made = CALLS["texture"](**quick, widths=np.array([2, 8]), seconds=np.float32(0.5), n_refine=0)
    same = CALLS["texture"](n_filters=4, n_steps=2, seed=3, widths=(2, 8), seconds=0.5, n_refine=0)
    assert np.array_equal(made.y, same.y)


def test_huge_and_tiny_weights_are_shares() -> None:
    quick = {"n_filters": 4, "n_steps": 2, "quality": "draft", "seconds": 0.5}
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
