"""Live controls: takes are kept and shown, stopping and errors lose nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from audiostyle_lib import synthesize_texture
from audiostyle_lib.audio import AudioError
from audiostyle_lib.page.live import Live
from audiostyle_lib.page.widgets import Clip
from audiostyle_lib.quality import STANDARD
from audiostyle_lib.sounds import rain, tone

SR = 22050


def note(frequency: float, progress) -> Clip:
    progress("play", 0.5)
    return Clip(tone(frequency, seconds=0.5), SR, "Note", "One pitch.")


def shown(controls: Live) -> str:
    (output,) = controls.out.outputs
    return output["data"]["text/html"]


def take(controls: Live) -> str:
    controls.go.click()
    return controls.wait(60)


def test_takes_are_kept_and_compared() -> None:
    controls = Live(note, {"frequency": [220.0, 440.0, 880.0]})
    assert controls.knobs["frequency"].value == 440.0
    assert take(controls) == "Take 1 is ready."
    assert shown(controls).count("<audio") == 1 and "frequency 440.0: One pitch." in shown(controls)
    controls.knobs["frequency"].value = 880.0
    assert take(controls) == "Take 2 is ready."
    assert shown(controls).count("<audio") == 2 and "data-knobs" in shown(controls)
    assert [np.argmax(np.abs(np.fft.rfft(c.y))) * 2 for c in controls.takes] == [440, 880]
    assert controls.bar.value == 0.5 and not controls.go.disabled and controls.halt.disabled


def test_a_take_may_have_two_channels() -> None:
    def make(seed: int, progress) -> Clip:
        return Clip(np.stack([rain(seconds=0.5), rain(seconds=0.5, seed=seed)]), SR, "Rain", "")

    controls = Live(make, {"seed": [1, 2]})
    assert take(controls) == "Take 1 is ready." and take(controls) == "Take 2 is ready."
    assert [clip.y.shape for clip in controls.takes] == [(2, SR // 2)] * 2
    assert shown(controls).count("<audio") == 2


def test_stop_ends_a_real_synthesis_and_keeps_the_takes() -> None:
    begun = threading.Event()

    def make(seed: int, progress) -> Clip:
        if seed == 0:
            return note(440.0, progress)

        def tell(what: str, share: float) -> None:
            begun.set()
            progress(what, share)

        endless = STANDARD.but(n_steps=100_000)
        y = synthesize_texture(rain(seconds=2.0), SR, quality=endless, progress=tell).y
        return Clip(y, SR, "Never", "")

    controls = Live(make, {"seed": [1, 0]})
    assert take(controls) == "Take 1 is ready."
    controls.knobs["seed"].value = 1
    controls.go.click()
    assert begun.wait(60) and controls.go.disabled and not controls.halt.disabled
    controls.halt.click()
    assert controls.wait(60).startswith("Stopped after")
    assert len(controls.takes) == 1 and shown(controls).count("<audio") == 1
    assert not controls.go.disabled


def test_a_second_press_does_not_begin_a_second_take() -> None:
    free = threading.Event()

    def make(seed: int, progress) -> Clip:
        free.wait(60)
        return note(440.0, progress)

    controls = Live(make, {"seed": [0, 1]})
    controls.press()
    controls.press()
    free.set()
    assert controls.wait(60) == "Take 1 is ready."


@pytest.mark.parametrize("error", [AudioError("y is silent"), ValueError("y is silent")])
def test_errors_are_said(error: Exception) -> None:
    def make(seed: int, progress) -> Clip:
        raise error

    controls = Live(make, {"seed": [0, 1]})
    assert "did not work" in take(controls) and "y is silent" in controls.says.value
    assert not controls.go.disabled


@pytest.mark.parametrize("knobs", [{}, {"seed": [1]}])
def test_knobs_need_choices(knobs: dict) -> None:
    with pytest.raises(AudioError, match="expected at least"):
        Live(note, knobs)
