"""One synthesis for every layout: what each must keep, forget and refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.lessons.layouts import LayoutModel
from audiostyle_lib.levels import rms
from audiostyle_lib.metrics import spectrum_distance
from audiostyle_lib.musical import envelope_correlation
from audiostyle_lib.sounds import harmonic_note, load_sound, rain
from audiostyle_lib.transforms import STFT

SR = 22050
WIDTHS = {"frequency": (3, 9), "time": (3, 9), "2d": ((3, 3), (5, 5)), "rows": ((3, 3), (5, 5))}


def model(y: np.ndarray, layout: str, **options: object) -> LayoutModel:
    return LayoutModel.of(
        y, SR, layout=layout, **{"widths": WIDTHS[layout], "n_filters": 16, **options}
    )


@pytest.mark.parametrize("layout", WIDTHS)
def test_statistics_are_taken_over(layout: str) -> None:
    y = rain(seconds=0.6)
    m = model(y, layout)
    made = m.synthesise(n_steps=15, progress=False)
    rows = 255 + 253 if layout == "rows" else 2  # one matrix for each, or one for each size
    assert m.n_statistics == rows * 16 * 17 // 2
    assert made.history[-1] < 0.2 * made.history[0] and made.n_operations > 0
    assert made.y.shape == ((m.fluctuation.shape[1] - 1) * 256,) and made.S.shape[0] == 257
    assert rms(made.y) == pytest.approx(rms(y), rel=0.02)
    assert m.distance(y) < 1e-6 < m.distance(harmonic_note(220.0, seconds=0.6))


def test_equal_work_is_counted_and_the_same_every_time() -> None:
    """In operations, not in seconds: 2D gets as many, and so fewer steps."""
    y = rain(seconds=0.6)
    budget = 20 * model(y, "2d").n_operations
    made = {
        layout: model(y, layout).synthesise(n_operations=budget, progress=False)
        for layout in WIDTHS
    }
    assert len(made.pop("rows").history) < 310  # it may have fewer
    for result in made.values():
        assert result.n_operations == pytest.approx(budget, rel=0.25)
    assert len(made["2d"].history) < len(made["frequency"].history) / 4
    again = model(y, "2d").synthesise(n_operations=budget, progress=False)
    assert again.history == made["2d"].history


def test_rows_tell_frequencies_apart_with_the_filters_of_2d() -> None:
    """What 2D forgets it forgets by averaging over frequency."""
    note = harmonic_note(10 * SR / 512, seconds=0.6, n_harmonics=20)
    higher = harmonic_note(14 * SR / 512, seconds=0.6, n_harmonics=20)
    picture, rows = (model(note, layout) for layout in ("2d", "rows"))
    filters = zip(picture.network.buffers(), rows.network.buffers(), strict=True)
    assert all(torch.equal(a, b) for a, b in filters)
    assert rows.distance(higher) > 10 * picture.distance(higher)
    later = np.roll(note, 5 * 256)
    assert rows.distance(later) < 0.1 * rows.distance(higher)


@pytest.mark.parametrize("layout", WIDTHS)
def test_colour_may_be_given_to_all(layout: str) -> None:
    note = harmonic_note(330.0, seconds=0.6)
    off = [
        spectrum_distance(
            note, model(note, layout, colour=c).synthesise(n_steps=8, progress=False).y, SR
        )
        for c in (True, False)
    ]
    assert off[0] < 0.7 * off[1]


def test_what_each_layout_cannot_tell() -> None:
    note = harmonic_note(10 * SR / 512, seconds=0.6, n_harmonics=20)
    later = np.r_[note[: SR // 4] * 0, note][: len(note)].astype(np.float32)
    higher = harmonic_note(14 * SR / 512, seconds=0.6, n_harmonics=20)
    for layout, when, which in (("frequency", 0.5, 5.0), ("time", 5.0, 0.5)):
        m = model(note, layout)
        # each change in units of the other: time is told apart by one, frequency by the other
        ratio = m.distance(later) / m.distance(higher)
        assert (ratio < when) if layout == "frequency" else (ratio > which), (layout, ratio)


def test_moments_as_channels_repeat_the_envelope() -> None:
    choir = load_sound("choir")
    found = {
        layout: np.mean(
            [
                envelope_correlation(
                    choir,
                    model(choir, layout, n_filters=48, seed=seed)
                    .synthesise(start=0.3, seed=seed, progress=False)
                    .y,
                    SR,
                )
                for seed in range(2)
            ]
        )
        for layout in ("frequency", "time")
    }
    assert found["time"] > 0.5 > 0.3 > found["frequency"]


@pytest.mark.parametrize("sr", [8000, 16000, 22050, 37800, 44100, 48000, 96000, 192000])
def test_windows_last_as_long_at_every_rate(sr: int) -> None:
    y = rain(seconds=0.4, sr=sr)
    m = LayoutModel.of(y, sr, layout="frequency", widths=(3, 9), n_filters=8)
    assert m.transform.n_fft / sr == pytest.approx(512 / SR, rel=0.04)
    assert m.transform.hop_length / sr == pytest.approx(256 / SR, rel=0.04)
    made = m.synthesise(n_steps=3, progress=False)
    assert len(made.y) / sr == pytest.approx(0.4, abs=0.013) and np.isfinite(made.y).all()


def test_settings_at_the_books_rate_are_what_they_were() -> None:
    assert model(rain(seconds=0.4), "frequency").transform == STFT(512, 256)


@pytest.mark.parametrize("layout", ["frequency", "2d", "rows"])
def test_other_lengths(layout: str) -> None:
    made = model(rain(seconds=0.4), layout).synthesise(80, n_steps=3, progress=False)
    assert made.S.shape == (257, 80) and np.isfinite(made.y).all()


def test_moments_as_channels_have_no_other_length() -> None:
    m = model(rain(seconds=0.4), "time")
    with pytest.raises(AudioError, match="n_frames is 80; in layout 'time' each frame is a chan"):
        m.synthesise(80)


def test_seeds_and_arguments() -> None:
    y = rain(seconds=0.4)
    before = y.copy()
    m = model(y, "frequency")
    first, again, other = (m.synthesise(n_steps=3, seed=s, progress=False).y for s in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.array_equal(y, before)


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (np.zeros(SR), {}, "silent"),
        (rain(seconds=0.05), {}, "expected at least 0.100 s"),
        (np.stack([rain(seconds=0.3)] * 2), {}, "expected \\(n,\\), one channel"),
        (rain(seconds=0.3), {"layout": "3d", "widths": (3,)}, "layout is '3d'"),
        (rain(seconds=0.3), {"widths": (500,)}, "widest kernel, 500"),
        (rain(seconds=0.3), {"widths": (3,), "dilation": 99}, "widest kernel, 199"),
    ],
)
def test_bad_input(y: np.ndarray, options: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        LayoutModel.of(y, SR, **{"layout": "frequency", "widths": (3,), **options})
