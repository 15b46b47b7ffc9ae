"""What the studio asks of the engine: pictures, and where to begin, as the library has them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser
from test_engine_in_browser import Run, engine_on

from audiostyle_lib.finding import find_stretches
from audiostyle_lib.page import engine as bundler
from audiostyle_lib.page.html import _COLUMNS, _ROWS, spectrogram
from audiostyle_lib.sounds import clicks, load_field, rain


@pytest.fixture(scope="module")
def run(browser: Browser) -> Iterator[Run]:
    page = browser.new_page()
    yield engine_on(page, bundler.script("picture", "finding"))
    page.close()


@pytest.mark.parametrize("seconds", [0.4, 2.0, 4.5])
@pytest.mark.parametrize("sr", [22050, 44100])
def test_pictures_are_the_books(run: Run, seconds: float, sr: int) -> None:
    y, own = load_field("rain")
    y = y[:, : round(seconds * own)]
    found = run(
        "(l, r, sr, width, height) => picture({channels: [l, r], sr, width, height})",
        *(channel.copy() for channel in y), sr, _COLUMNS, _ROWS,
    )  # fmt: skip
    expected = np.asarray(spectrogram(y, sr).convert("RGB")).astype(int)
    assert (found["height"], found["width"]) == expected.shape[:2]
    pixels = found["pixels"].reshape(*expected.shape[:2], 4)
    assert (pixels[..., 3] == 255).all()
    steps = np.abs(pixels[..., :3] - expected).max(axis=2)
    assert (steps > 0).mean() < 0.01 and steps.max() < 16  # the next shade, where one ends


def test_a_long_picture_has_as_many_columns(run: Run) -> None:
    y = np.tile(rain(seconds=1.0), 90)
    found = run("(y, w, h) => picture({channels: [y], sr: 22050, width: w, height: h})", y, 300, 64)
    assert found["width"] in (300, 301) and found["pixels"].size == 4 * found["width"] * 64
    columns = found["pixels"].reshape(64, -1, 4)
    assert len(np.unique(columns[..., 0])) > 5  # not black


@pytest.mark.parametrize("sr", [22050, 16000])
def test_the_steadiest_seconds(run: Run, sr: int) -> None:
    calm = rain(seconds=5.0, sr=sr, seed=1)
    wild = clicks(1.3, seconds=6.0, sr=sr) * np.repeat([1.0, 0.2, 0.7], 2 * sr)
    y = np.concatenate([wild, calm, wild[: 3 * sr]]).astype(np.float32)
    found = run("(y, sr) => steadiest({channels: [y], sr, seconds: 4})", y, sr)
    (expected,) = find_stretches(y, sr, seconds=4.0, n=1)
    assert found["start"] == pytest.approx(expected.start) and 5.5 < found["start"] < 7.5
    assert found["change"] == pytest.approx(expected.change, rel=1e-4)


def test_silence_has_no_steadiest_second(run: Run) -> None:
    words = run(
        """() => { try { steadiest({channels: [new Float32Array(88200)], sr: 22050, seconds: 2}); }
        catch (error) { return error.message; } }"""
    )
    assert "silent" in words
