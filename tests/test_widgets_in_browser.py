"""Players and explorers in headless Chromium: heard, seen, reached by keyboard, read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from conftest import as_page, violations, walk
from playwright.sync_api import Browser, Locator, Page

from audiostyle_lib.page.widgets import Clip, Explorer, Html, Picture, players
from audiostyle_lib.sounds import rain, tone

SR = 22050


LONG = 60.0  # s: what plays still plays when it is looked at, however slow the machine


def note(f: float) -> Clip:
    return Clip(tone(f, seconds=LONG), SR, "Note", f"{f:g} Hz.", {"octaves": f / 220})


def either(kind: str, f: float) -> Clip:
    y = tone(f, seconds=2.0) if kind == "tone" else rain(seconds=f / 220, seed=int(f))
    return Clip(y, SR, "Either", f"{kind} {f:g}")


def wall(light: float) -> Picture:
    return Picture(np.full((8, 8, 3), light), "Wall", "A plain wall", "", {"light": light})


NOISE = Clip(rain(seconds=LONG), SR, "Rain", "Drops.")
PLAYERS = players(NOISE, Clip(tone(440.0, seconds=LONG), SR, "Tone", "One pitch."))
ONE = Explorer("Pitch", {"frequency": [220.0, 440.0, 880.0]}, note, beside=[NOISE])
TWO = Explorer("Both", {"sound": ["rain", "tone"], "frequency": [220.0, 440.0]}, either)
SEEN = Explorer("Light", {"light": [0.2, 0.5, 1.0]}, wall, start=0.2)


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[object]:
    """A function that opens a page with these pieces, and notes what goes wrong on it."""
    contexts, errors = [], []

    def open_page(*pieces: Html, scripts: bool = True, phone: bool = False) -> Page:
        (tmp_path / "page.html").write_text(as_page(*pieces))
        size = {"width": 390 if phone else 1000, "height": 800}
        context = browser.new_context(java_script_enabled=scripts, viewport=size)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


# The share of a picture's height, from below, at which the middle of its brightest row is.
BRIGHTEST = """async image => {
  await image.decode();
  const canvas = document.createElement("canvas"), { naturalWidth: w, naturalHeight: h } = image;
  Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, w, h);
  const rows = Array.from({ length: h }, (_, i) =>
    data.slice(4 * i * w, 4 * (i + 1) * w).reduce((sum, v) => sum + v, 0));
  return 1 - (rows.indexOf(Math.max(...rows)) + 0.5) / h;
}"""


def playing(page: Page) -> list[str]:
    """Names of the sounds that play now."""
    return page.evaluate(
        "() => [...document.querySelectorAll('audio')].filter(a => !a.paused).map(a => a.ariaLabel)"
    )


def position(page: Page, figure: Locator) -> float:
    return float(figure.locator(".as-stage input").input_value())


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('audio')].every(a => a.paused || a.currentTime > 0)"
    )


def wait_for_position(page: Page, figure: Locator, seconds: float) -> None:
    """Until the playhead of what plays is there."""
    page.wait_for_function(
        "([f, s]) => Number(f.querySelector('.as-stage input').value) > s",
        arg=[figure.element_handle(), seconds],
    )


def test_one_sound_plays_at_a_time(show) -> None:
    page = show(PLAYERS, ONE)
    press(page, "Play: Tone")
    assert playing(page) == ["Tone"]
    press(page, "Play: Note (frequency 440)")  # of another widget
    assert playing(page) == ["Note (frequency 440)"]
    press(page, "Pause: Note (frequency 440)")
    assert playing(page) == []


def test_the_playhead_moves_and_the_end_is_noticed(show) -> None:
    page = show(PLAYERS)
    figure = page.locator("figure", has_text="Rain")
    press(page, "Play: Rain")
    wait_for_position(page, figure, 0.2)
    assert position(page, figure) < LONG
    assert "%" in figure.locator(".as-head").evaluate("e => e.style.left")
    figure.get_by_role("button", name="Pause: Rain").wait_for()
    figure.locator(".as-stage input").evaluate(
        "(i, s) => { i.value = s; i.dispatchEvent(new Event('input')); }", str(LONG - 0.5)
    )
    figure.get_by_role("button", name="Play: Rain").wait_for()
    assert playing(page) == [] and position(page, figure) == 0


def test_a_pause_from_elsewhere_is_noticed(show) -> None:
    """By a media key: the button says so, and the page is still."""
    page = show(PLAYERS)
    page.locator(".as-play").first.click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0")
    page.evaluate("() => document.querySelector('audio').pause()")
    page.get_by_text("▶ Play").nth(1).wait_for()  # both buttons offer to play again
    assert playing(page) == []


def test_a_click_seeks_before_and_while_it_plays(show) -> None:
    page = show(PLAYERS)
    figure = page.locator("figure", has_text="Tone")
    box = figure.locator(".as-stage").bounding_box()
    figure.locator(".as-stage input").click(position={"x": box["width"] / 2, "y": 20})
    assert position(page, figure) == pytest.approx(LONG / 2, rel=0.04)
    press(page, "Play: Tone")
    assert 0.46 * LONG < position(page, figure) < LONG
    figure.locator(".as-stage input").click(position={"x": box["width"] / 6, "y": 20})
    assert 0.1 * LONG < figure.locator("audio").evaluate("a => a.currentTime") < 0.46 * LONG


def test_what_plays_can_be_saved(show) -> None:
    """By the keyboard, too; of an explorer the sound that its knobs have chosen."""
    page = show(PLAYERS, ONE)
    for label, name, pitch in (
        ("Save: Tone", "tone.mp3", 440),
        ("Save: Note (frequency 440)", "note-frequency-440.mp3", 440),
    ):
        button = page.get_by_role("button", name=label, exact=True)
        button.focus()
        with page.expect_download() as saving:
            page.keyboard.press("Enter")
        assert saving.value.suggested_filename == name
        y, sr = sf.read(saving.value.path())
        assert sr == SR and len(y) / sr == pytest.approx(LONG, abs=0.1)
        assert np.abs(np.fft.rfft(y[:sr])).argmax() == pytest.approx(pitch, abs=1)
    assert page.locator("a").count() == 0  # nothing is left behind


@pytest.mark.parametrize(("sr", "seconds"), [(8000, 0.8), (22050, 5.0), (44100, 6.0), (4000, 12.0)])
def test_axes_say_where_sounds_are(show, sr: int, seconds: float) -> None:
    """A mark stands at the bright row of its tone, and at the moment when a click is heard."""
    marks = [f for f in (300, 1000, 3000, 10000) if f < 0.46 * max(sr, 8000)]
    tones = [Clip(tone(f, seconds=seconds, sr=sr), sr, f"{f}", "") for f in marks if f < sr / 2]
    page = show(players(*tones))
    for clip in tones:
        f = float(clip.title)
        figure = page.locator(f"figure:has(figcaption:text-is('{clip.title}'))")
        words = [w.split() for w in figure.locator(".as-hertz span").all_inner_texts()]
        found = [float(n) * {"Hz": 1, "kHz": 1000}[unit] for n, unit in words]
        assert found == marks
        places = figure.locator(".as-hertz span").evaluate_all(
            "all => all.map(e => Number(e.style.getPropertyValue('--at')))"
        )
        row = figure.locator("img").evaluate(BRIGHTEST)
        assert abs(places[marks.index(int(f))] - row) < 0.012, "less than a row of 64"
        times = figure.locator(".as-seconds span").all_inner_texts()
        assert times[-1].endswith(" s") and 3 <= len(times) <= 6
        moments = [float(t.removesuffix(" s")) for t in times]
        at = figure.locator(".as-seconds span").evaluate_all(
            "all => all.map(e => Number(e.style.getPropertyValue('--at')))"
        )
        np.testing.assert_allclose(np.array(at) * seconds, moments, atol=0.01 * seconds)
        box, stage = (
            figure.locator(s).bounding_box() for s in (".as-seconds span >> nth=-1", "img")
        )
        assert box["x"] + box["width"] <= stage["x"] + stage["width"] + 1
        assert box["y"] >= stage["y"] + stage["height"], "below the picture"


def test_scores_say_which_way_is_good(show) -> None:
    numbers = {"auditory distance": 0.2, "rhythm kept": 0.4, "share above 10 kHz": 0.3}
    page = show(players(Clip(tone(440.0), SR, "Tone", "", numbers)))
    names = [" ".join(t.split()) for t in page.locator("dt").all_inner_texts()]
    assert names == [
        "auditory distance less is better",
        "rhythm kept more is better",
        "share above 10 kHz",
    ]


def test_switch_goes_on_at_the_same_moment(show) -> None:
    page = show(PLAYERS)
    press(page, "Play: Rain")
    rain = page.locator("figure", has_text="Rain")
    wait_for_position(page, rain, 0.4)
    before = position(page, rain)
    press(page, "Switch to the next sound at the same moment")
    assert playing(page) == ["Tone"]
    after = page.locator("figure", has_text="Tone").locator("audio").evaluate("a => a.currentTime")
    assert before <= after < LONG


@pytest.mark.parametrize(("explorer", "n"), [(ONE, 3), (TWO, 4), (SEEN, 3)])
def test_every_position_has_its_own_sound_and_picture(show, explorer: Html, n: int) -> None:
    assert len(set(walk(show(explorer).locator(".as-explorer")))) == n


def test_a_knob_keeps_the_sound_going(show) -> None:
    page = show(ONE)
    press(page, "Play: Note (frequency 440)")
    figure = page.locator("figure:visible", has_text="Note")
    wait_for_position(page, figure, 0.3)
    page.get_by_role("slider", name="frequency", exact=True).press("ArrowRight")
    assert playing(page) == ["Note (frequency 880)"]
    seconds = page.locator("figure:visible audio").first.evaluate("a => a.currentTime")
    assert seconds > 0.3  # where the other was, not from the start


def test_the_keyboard_reaches_everything(show) -> None:
    page = show(PLAYERS, TWO)
    wanted = page.locator("button:visible, input:visible, select:visible").count()
    reached = set()
    for _ in range(wanted):
        page.keyboard.press("Tab")
        name = page.evaluate("() => document.activeElement.outerHTML")
        assert name.startswith(("<button", "<input", "<select")), name
        assert 'data-lm-suppress-shortcuts="true"' in name
        reached.add(
            page.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")["y"]
        )
    assert len(reached) > 3
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement === document.body")  # and leaves again


def test_position_is_said(show) -> None:
    page = show(ONE)
    knob = page.get_by_role("slider", name="frequency", exact=True)
    knob.press("ArrowLeft")
    assert knob.get_attribute("aria-valuetext") == "220"
    say = page.locator(".as-say")
    assert say.get_attribute("aria-live") == "polite"
    assert say.inner_text() == "frequency 220; octaves 1.00; 220 Hz."


@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing(show, phone: bool) -> None:
    page = show(PLAYERS, ONE, TWO, SEEN, phone=phone)
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_axe_can_find_something(show) -> None:
    assert violations(show(Html('<input type="range"><img src="data:,">')))


def test_without_scripts_all_is_there(show) -> None:
    page = show(ONE, TWO, scripts=False)
    audio = page.locator("audio").all()
    assert len(audio) == 8
    assert all(a.is_visible() and a.get_attribute("controls") is not None for a in audio)
    for f in (220, 440, 880):
        assert page.get_by_text(f"Note (frequency {f})").is_visible()


def test_the_same_widget_twice(show) -> None:
    """As when a notebook shows one object in two cells."""
    page = show(ONE, ONE)
    page.get_by_role("slider", name="frequency", exact=True).first.press("ArrowRight")
    shown = [state.inner_text() for state in page.locator("[data-at]:visible figcaption").all()]
    assert shown == ["Note (frequency 880)", "Note (frequency 440)"]
