"""Style transfer: content and style trade places as the weight moves; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from audiostyle_lib import AudioError, TextureResult, transfer_style
from audiostyle_lib.levels import rms
from audiostyle_lib.musical import transfer_report
from audiostyle_lib.quality import DRAFT
from audiostyle_lib.sounds import harmonic_note, load_sound, rain, tone
from audiostyle_lib.transforms import CQT

SR = 22050
SMALL = DRAFT.but(n_filters=16, n_steps=12)
QUICK = {"quality": SMALL, "progress": False}


@pytest.fixture(scope="module")
def melody() -> np.ndarray:
    """Eight notes up and down, with gaps."""
    notes = [harmonic_note(f, seconds=0.2) for f in (220, 262, 330, 440, 330, 262, 294, 220)]
    gap = np.zeros(SR // 20, np.float32)
    return 0.3 * np.concatenate([np.r_[note, gap] for note in notes])


@pytest.fixture(scope="module")
def style() -> np.ndarray:
    return rain(seconds=1.5)


@pytest.mark.parametrize("names", [("guitar", "sauna"), ("piano", "printer"), ("tabla", "choir")])
def test_the_weight_trades_content_for_style(names: tuple[str, str]) -> None:
    content, style = load_sound(names[0], seconds=3.0), load_sound(names[1], seconds=3.0)[SR // 2 :]
    reports = [
        transfer_report(
            content,
            style,
            transfer_style(content, style, SR, style_weight=w, progress=False).y,
            SR,
        )
        for w in (0.0, 0.5, 1.0)
    ]
    to_style, to_content, chroma = (
        [r[k] for r in reports] for k in ("timbre_to_style", "timbre_to_content", "chroma")
    )
    assert to_style == sorted(to_style, reverse=True) and to_style[2] < 0.2 * to_style[0]
    assert to_content == sorted(to_content)
    assert chroma[0] > chroma[1] > chroma[2] and chroma[0] > 0.85
    assert chroma[2] < 0.5 * chroma[0]  # the last digits differ from processor to processor
    assert reports[0]["onsets"] > 0.95 and reports[0]["chroma"] > 0.95


def test_the_style_is_heard_in_the_events_and_not_between_them() -> None:
    """Between strokes of a bell, rain may only come in as its style outweighs the content."""
    stroke = harmonic_note(440.0, seconds=0.3) * np.geomspace(1, 1e-2, round(0.3 * SR))
    content = 0.5 * np.tile(np.r_[stroke, np.zeros(SR // 4)], 4).astype(np.float32)
    quiet = slice(round(0.38 * SR), round(0.5 * SR))
    found = []
    for weight in (0.25, 0.5, 1.0):
        made = transfer_style(
            content, rain(seconds=2.0), SR, style_weight=weight, begin="noise", progress=False
        )
        found.append(20 * np.log10(rms(made.y[quiet]) / rms(made.y)))
    assert found[0] < -30 and found[1] < -20 and found[2] > -6


def test_nothing_of_the_style_gives_the_content_back_phases_and_all(
    melody: np.ndarray, style: np.ndarray
) -> None:
    made = transfer_style(melody, style, SR, style_weight=0.0, progress=False).y
    assert np.corrcoef(made, melody)[0, 1] > 0.98
    chance = transfer_style(melody, style, SR, style_weight=0.0, begin="noise", progress=False).y
    assert abs(np.corrcoef(chance, melody)[0, 1]) < 0.9


def test_result(melody: np.ndarray, style: np.ndarray) -> None:
    made = transfer_style(melody, style, SR, **QUICK)
    assert isinstance(made, TextureResult) and made.sr == SR and made.seconds_taken > 0
    assert made.y.shape == melody.shape and made.y.dtype == np.float32
    assert made.n_statistics == 3 * 16 * 17 // 2 and made.history[-1] < made.history[0]
    assert rms(made.y) == pytest.approx(rms(melody), rel=1e-3)


def test_any_length_and_level_of_the_style(melody: np.ndarray, style: np.ndarray) -> None:
    for other in (style[: SR // 2], np.tile(style, 3), 1e-3 * style):
        made = transfer_style(melody, other, SR, **QUICK).y
        assert made.shape == melody.shape and rms(made) == pytest.approx(rms(melody), rel=1e-3)


def test_seeds_and_arguments(melody: np.ndarray, style: np.ndarray) -> None:
    before = melody.copy(), style.copy()
    first, again, other = (transfer_style(melody, style, SR, seed=s, **QUICK).y for s in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.array_equal(melody, before[0]) and np.array_equal(style, before[1])


def test_noise_start_forgets_what_only_the_start_held(
    melody: np.ndarray, style: np.ndarray
) -> None:
    onsets = {}
    for begin in ("content", "noise"):
        made = transfer_style(melody, style, SR, style_weight=1.0, begin=begin, progress=False)
        onsets[begin] = transfer_report(melody, style, made.y, SR)["onsets"]
    assert onsets["content"] > onsets["noise"] + 0.2


def test_on_the_constant_q_transform(melody: np.ndarray, style: np.ndarray) -> None:
    quality = SMALL.but(transform=CQT(fmin=65.4))
    made = transfer_style(melody, style, SR, quality=quality, progress=False)
    assert made.y.shape == melody.shape and np.isfinite(made.y).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"content": np.zeros(SR)}, "content is silent"),
        ({"style": np.zeros(SR)}, "style is silent"),
        ({"style": np.full(SR, np.nan)}, "style has 22050 NaN"),
        ({"content": 3 * tone(440.0)}, "content has a peak of"),
        ({"content": np.zeros((SR, 2))}, "content has shape"),
        (
            {
                "content": np.ones((2, 1)) * rain(seconds=1.0),
                "style": np.ones((4, 1)) * tone(440.0),
            },
            "content: 2, style: 4",
        ),
        ({"style": tone(440.0, seconds=0.1)}, "style lasts 0.100 s.* kernels of 32"),
        ({"content": tone(440.0, seconds=0.1)}, "content lasts 0.100 s.* kernels of 32"),
        ({"sr": (22050, 44100)}, "sr is .22050, 44100."),
        ({"style_weight": -0.1}, "style_weight is -0.1"),
        ({"style_weight": 1.1}, "style_weight is 1.1"),
        ({"style_weight": float("nan")}, "style_weight is nan"),
        ({"style_weight": "much"}, "style_weight is 'much'"),
        ({"begin": "middle"}, "begin is 'middle'"),
        ({"seed": -1}, "seed is -1"),
        ({"quality": "superb"}, "quality is 'superb'"),
        ({"device": "abacus"}, "device is 'abacus'"),
    ],
)
def test_bad_input(melody: np.ndarray, style: np.ndarray, arguments: dict, message: str) -> None:
    given = {"content": melody, "style": style, "sr": SR, **QUICK, **arguments}
    with pytest.raises(AudioError, match=message):
        transfer_style(**given)
