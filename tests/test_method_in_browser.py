"""The live figure of the method in Chromium: steps move, the loss falls, it sounds, files work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import as_page, violations, walk
from playwright.sync_api import Browser, Page
from test_engine_in_browser import MODULES, engine_on

from audiostyle_lib import DRAFT
from audiostyle_lib.files.writing import save_audio
from audiostyle_lib.frames import Frames, new_frames
from audiostyle_lib.model import TextureModel
from audiostyle_lib.page import engine as bundler
from audiostyle_lib.page.html import PALETTE
from audiostyle_lib.page.method import LONGEST, Method
from audiostyle_lib.page.steps import DIFFERENCES, distance, filter_order
from audiostyle_lib.page.widgets import Clip
from audiostyle_lib.sounds import load_sound, rain
from audiostyle_lib.statistics import gram_matrix

SR = 22050
QUIET = DRAFT.but(n_filters=16, n_start=0, n_sharpen=0, n_steps=8, start=0.1)
DRUM = load_sound("tabla", seconds=1.5)
SEARCHED = "() => /steps, found/.test(document.querySelector('.as-live output').textContent)"


def gram(features: dict[str, torch.Tensor]) -> np.ndarray:
    return gram_matrix(features["width_8"])[0].numpy()


@pytest.fixture(scope="module")
def search() -> tuple[TextureModel, list[Frames]]:
    model, steps = TextureModel.measure([DRUM], SR, QUIET), list[Frames]()
    new_frames(model, model.n_frames(len(DRUM)), watch=steps.append)
    return model, steps


@pytest.fixture(scope="module")
def source(search: tuple[TextureModel, list[Frames]], tmp_path_factory) -> Path:
    model, steps = search
    grams = {k: gram(model.network(now.seen[None])) for k, now in enumerate(steps)}
    clips = {k: Clip(rain(seconds=1.0, seed=k), SR, "Now", f"Step {k}.") for k in (0, 3, 6)}
    recording = Clip(DRUM, SR, "Tabla", "The recording.")
    page = Method(
        "From noise to strokes", clips, grams, gram(model.features[0]),
        [now.history[-1] for now in steps], recording=recording, quality=QUIET,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("method") / "page.html"
    path.write_text(as_page(page))
    return path


@pytest.fixture
def page(browser: Browser, source: Path) -> Iterator[Page]:
    page, wrong = browser.new_page(viewport={"width": 390, "height": 800}), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: wrong.append(r.url) if r.url.startswith("http") else None)
    page.goto(source.as_uri())
    yield page
    page.close()
    assert not wrong


def part(page: Page, name: str):
    return page.locator(f".as-live [data-part={name}]")


def live(page: Page) -> Page:
    page.get_by_role("button", name="Live, in this page").click()
    page.wait_for_function(SEARCHED)
    return page


def numbers(page: Page) -> tuple[float, float]:
    off = part(page, "off").inner_text().removesuffix("%")
    return float(part(page, "loss").inner_text()), float(off)


def picture(page: Page, name: str) -> str:
    return part(page, name).evaluate("canvas => canvas.toDataURL()")


def test_the_book_s_own_search_is_there_first(page: Page) -> None:
    assert len(walk(page.locator(".as-explorer"))) == 3
    assert not part(page, "go").is_visible()
    assert violations(page) == []


def test_without_scripts_all_steps_stand_there(browser: Browser, source: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(source.as_uri())
    assert page.locator("audio:visible").count() == 4
    assert page.locator(".as-loss svg:visible").count() == 3
    assert page.locator(".as-live:visible").count() == 0
    page.context.close()


def test_steps_move_and_the_loss_falls(page: Page) -> None:
    live(page)
    seen = [(*numbers(page), picture(page, "picture"), picture(page, "gram"))]
    while part(page, "next").is_enabled():
        part(page, "next").press("Enter")
        seen.append((*numbers(page), picture(page, "picture"), picture(page, "gram")))
        step = len(seen) - 1
        assert part(page, "slider").get_attribute("aria-valuetext") == f"step {step}"
        assert f"Step {step}: loss" in part(page, "live-status").inner_text()
    losses, off, pictures, grams = zip(*seen, strict=True)
    assert len(seen) >= 8 and list(losses) == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * losses[0] and off[-1] < 0.8 * off[0]
    assert len(set(pictures)) == len(seen)
    assert len(set(grams)) > len(seen) / 2, "but for the first, which are dark"
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    part(page, "slider").press("Home")
    assert numbers(page) == (losses[0], off[0])


def test_start_pause_and_restart(page: Page) -> None:
    live(page)
    part(page, "go").click()
    page.wait_for_function("Number(document.querySelector('[data-part=slider]').value) >= 2")
    part(page, "go").click()
    assert part(page, "go").inner_text() == "▶ Start"
    step = part(page, "value").inner_text()
    assert f"Step {step}:" in part(page, "live-status").inner_text()
    first = picture(page, "picture")
    part(page, "seed").fill("1")
    part(page, "seed").press("Tab")
    page.wait_for_function(SEARCHED)
    assert part(page, "value").inner_text() == "0"
    part(page, "slider").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", step
    )
    assert picture(page, "picture") != first, "another seed, another search"
    part(page, "go").click()
    page.get_by_text("The search ends with step").wait_for()


def test_a_step_sounds(page: Page) -> None:
    live(page)
    part(page, "next").click()
    part(page, "hear").click()
    page.get_by_role("button", name="Pause: what there is now").wait_for()
    assert not part(page, "hear").is_visible()
    part(page, "next").click()
    assert part(page, "hear").is_visible(), "this step has no sound yet"
    part(page, "slider").press("ArrowLeft")
    page.get_by_role("button", name="Play: what there is now").wait_for()


def test_own_sound(page: Page, tmp_path: Path) -> None:
    live(page)
    before = picture(page, "original")
    y = np.stack([rain(seconds=5.0, seed=1), rain(seconds=5.0, seed=2)])
    save_audio(tmp_path / "mine.wav", y, SR)
    part(page, "file").set_input_files(tmp_path / "mine.wav")
    page.get_by_text("mine.wav: ").wait_for()
    page.wait_for_function(SEARCHED)
    assert picture(page, "original") != before
    assert part(page, "recording").get_attribute("data-seconds") == f"{LONGEST:.3f}"
    assert part(page, "sound").input_value() == "own"
    (tmp_path / "text.wav").write_text("no sound at all")
    part(page, "file").set_input_files(tmp_path / "text.wav")
    page.get_by_text("text.wav is no sound").wait_for()


def test_the_page_searches_as_the_library(
    browser: Browser, search: tuple[TextureModel, list[Frames]]
) -> None:
    model, steps = search
    page = browser.new_page()
    run = engine_on(page, bundler.script(*MODULES, "../method/drawing"))
    found = run(
        """(y, quality) => {
          const told = [];
          method({y, sr: 22050, seconds: 3, seed: 0, quality, width: 8},
            (share, what, found) => told.push({what, ...found}));
          const gram = told[0].gram, order = filterOrder(gram, 16);
          const {channels: [sound]} = framesToSound({S: told[4].S, sr: 22050, length: y.length,
            level: told[0].level, seed: 0}, () => 0);
          return {told, order, off: told.slice(1).map(step => distance(gram, step.gram)), sound};
        }""",
        DRUM,
        bundler.plain(QUIET),
    )
    page.close()
    recording, *mine = found["told"]
    wanted = gram(model.features[0])
    assert np.abs(recording["gram"].reshape(16, 16) - wanted).max() < 1e-3 * wanted.max()
    assert found["order"] == filter_order(wanted).tolist()
    assert recording["level"] == pytest.approx(model.levels[0], rel=1e-4)
    for step, now in zip(mine[:5], steps[:5], strict=True):  # later on roundings tell
        assert step["loss"] == pytest.approx(now.history[-1], rel=1e-2)
        S = now.S.T.numpy().reshape(-1)
        assert np.sqrt(np.mean((step["S"] - S) ** 2) / np.mean(S**2)) < 0.02
    expected = [distance(wanted, gram(model.network(now.seen[None]))) for now in steps[:5]]
    assert found["off"][:5] == pytest.approx(expected, rel=1e-2)
    assert np.sqrt(np.mean(found["sound"] ** 2)) == pytest.approx(model.levels[0], rel=0.05)


def test_the_palettes_are_the_library_s() -> None:
    constants = bundler.constants()
    assert constants["steps"]["DIFFERENCES"] == DIFFERENCES
    assert constants["html"]["PALETTE"] == PALETTE
