"""Where results begin and end: at zero within milliseconds, so that there is no click."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest

import audiostyle_lib as al
from audiostyle_lib.lessons.layouts import LayoutModel
from audiostyle_lib.levels import rms
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.sounds import harmonic_note, load_sound

SR = 22050
N = round(0.005 * SR)  # 5 ms
SMALL, TOUCHED = (q.but(n_filters=8, n_steps=4) for q in (DRAFT, STANDARD.but(n_refine=3)))
QUICK = {"quality": SMALL, "progress": False}
GUITAR = load_sound("guitar", seconds=1.0)
LOUD = np.clip(8 * load_sound("sauna", seconds=2.0), -1, 1)  # recorded too hot
CALLS: dict[str, Callable[[], np.ndarray]] = {
    "texture": lambda: al.synthesize_texture(GUITAR, SR, quality=TOUCHED, progress=False).y,
    "draft": lambda: al.synthesize_texture(GUITAR, SR, **QUICK).y,
    "mix": lambda: al.mix_textures([GUITAR, GUITAR], SR, weights=[1, 1], **QUICK).y,
    "transfer": lambda: (
        al.transfer_style(harmonic_note(220.0, seconds=1.0), GUITAR, SR, begin="noise", **QUICK).y
    ),
    "generator": lambda: trained(GUITAR).synthesize(1.0, seed=1),
    "layout": lambda: (
        LayoutModel.of(GUITAR, SR, layout="frequency", widths=(3,), n_filters=8)
        .synthesise(n_steps=4, progress=False)
        .y
    ),
}


def trained(y: np.ndarray) -> al.TextureGenerator:
    return al.train_generator(y, SR, channel_steps=6, sound_steps=0, **QUICK)


@pytest.mark.parametrize("call", CALLS)
def test_results_begin_and_end_at_zero(call: str) -> None:
    y = CALLS[call]()
    inside = np.quantile(np.abs(y[N:-N]), 0.9)
    assert abs(y[0]) == abs(y[-1]) == 0 < inside
    rise = [np.abs(part).max() for part in (y[:8], y[-8:])]
    assert max(rise) < 0.2 * np.abs(y).max()
    assert rms(y[N : 4 * N]) > 0.1 * rms(y)  # and only some milliseconds are faded


def test_a_stream_begins_at_zero_and_goes_on() -> None:
    first, second = islice(al.stream_texture(GUITAR, SR, quality=DRAFT.but(n_filters=8)), 2)
    assert first[0] == 0 and np.abs(first[-N:]).max() > 0.01 and np.abs(second[:N]).max() > 0.01


@pytest.mark.parametrize("how", ["stream", "generator"])
def test_a_loud_stream_is_not_clipped(how: str) -> None:
    """One gain is known at the start; rare peaks are turned down, smoothly."""
    if how == "stream":
        blocks = al.stream_texture(LOUD, SR, quality=DRAFT.but(n_filters=8))
    else:
        blocks = trained(LOUD).stream()
    y = np.concatenate(list(islice(blocks, 15)))
    assert rms(LOUD) > 0.4 and np.abs(y).max() <= 1
    assert (np.abs(y) > 0.999).mean() < 3e-3  # a clipped one would lie flat there
    assert rms(y) > 0.1
    levels = [rms(part) for part in np.split(y, 15)]
    assert max(levels) < 1.3 * min(levels)
