"""Decks in a browser: a small one, then all that `make course` made, slide by slide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import IN_CI, serve, walk
from decks import HEIGHT, MATH, WIDTH, deck, mathjax
from playwright.sync_api import Browser, Page
from slides import Slide
from test_pages import visit

from audiostyle_lib.page import Clip, figure, players
from audiostyle_lib.page.html import Html

ROOT = Path(__file__).parents[1]
DECKS = ROOT / "_build" / "course" / "slides"
MADE = sorted(DECKS.glob("*.html"))
AUDIT = (ROOT / "tests" / "slides_audit.js").read_text("utf-8").partition("\n")[2]
WORDS = "Some words that say what is to be seen here, and why."

with_decks = pytest.mark.skipif(
    not MADE and not IN_CI, reason="no slides in _build/course: run `make course`"
)


def opened(browser: Browser, path: Path) -> tuple[Page, list[str]]:
    """A deck as it opens from a folder, and a list that errors go to."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_function("window.MathJax?.startup?.promise && Reveal.isReady()")
    page.evaluate("MathJax.startup.promise")
    return page, errors


KNOBS = ".present .as-explorer .as-knobs :is(input, select)"
TURN = """(knob, place) => {
  if (knob.options) knob.selectedIndex = place; else knob.value = place;
  knob.dispatchEvent(new Event("input", {bubbles: true}));
}"""


def faults(page: Page) -> list[str]:
    """What is wrong with all slides: before and after their clicks, at every place of a knob."""
    found = []

    def look() -> None:
        title = page.evaluate("Reveal.getCurrentSlide().querySelector('h1, h2').innerText")
        found.extend(f"{title}: {fault}" for fault in page.evaluate(AUDIT))

    for i in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({i})")
        look()
        for _ in range(page.locator(".present .fragment").count()):
            page.evaluate("Reveal.nextFragment()")
            look()
        for knob in page.locator(KNOBS).all():
            for place in range(knob.evaluate("k => k.options?.length ?? Number(k.max) + 1")):
                knob.evaluate(TURN, place)
                look()
    return found


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / MATH).write_text(mathjax(), "utf-8")
    return tmp_path / "03.html"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Html:
    """A figure of three panels, on a page and on a slide."""
    monkeypatch.setenv("AUDIOSTYLE_SLIDES", "1")
    fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    for ax in axes:
        ax.plot([0, 1])
        ax.set_title("A line of many words", fontsize=8)
    return figure(fig, alt="A line", caption="Rising.")


def test_a_deck_draws_plays_and_keeps_names_for_the_next_click(
    browser: Browser, small: Path, drawn: Html
) -> None:
    y = np.random.default_rng(0).normal(0, 0.1, 22050)
    pair = str(players(Clip(y, 22050, "Left", "A hiss."), Clip(y, 22050, "Right", "A hiss.")))
    slides = [
        Slide("3 Small", f"{WORDS} $a_i^2$\n\n- one\n- two\n- three", "$b$", 1, kind="title"),
        Slide("Which?", WORDS, "", 2, (pair,), kind="blind swapped"),
        Slide("Last", WORDS, "", 2, (drawn.slide,)),
    ]
    small.write_text(deck(slides, "3 <Small>"), "utf-8")
    page, errors = opened(browser, small)
    assert page.title() == "3 <Small>" and page.locator("mjx-container svg").count() >= 2
    assert page.evaluate("Reveal.getConfig().totalTime") == 300
    page.keyboard.press("ArrowRight")
    left, right = (page.locator(f"figcaption:text-is('{name}')") for name in ("Left", "Right"))
    assert not left.is_visible() and not right.is_visible()
    assert right.evaluate("e => e.getBoundingClientRect().left") < left.evaluate(
        "e => e.getBoundingClientRect().left"
    )
    play = page.locator(".present .as-play").first
    play.focus()
    page.keyboard.press("Space")  # plays, and turns no slide
    page.wait_for_function("document.querySelector('audio').currentTime > 0")
    assert page.evaluate("Reveal.getIndices().h") == 1
    page.keyboard.press("ArrowRight")
    assert left.is_visible() and right.is_visible() and page.evaluate("Reveal.getIndices().h") == 1
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.isLastSlide()")
    wide = page.locator(".as-panels").evaluate("e => e.getBoundingClientRect().width")
    assert wide > 0.8 * WIDTH  # a figure grows until the slide is full
    assert faults(page) == [] and not errors
    page.close()


def test_a_page_s_figure_has_letters_too_small_for_a_slide(
    browser: Browser, small: Path, drawn: Html
) -> None:
    page_s = str(drawn).replace("<figure ", '<figure data-letters="10.0" ', 1)
    small.write_text(deck([Slide("T", WORDS, "", 1, (page_s,))], "T"), "utf-8")
    page, _ = opened(browser, small)
    assert any("letters of" in fault and "in a figure" in fault for fault in faults(page))
    page.close()


PIXEL = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 4'>"
    "<path d='M0 0h9v4z'/></svg>"
)


@pytest.mark.parametrize(
    ("slide", "fault"),
    [
        (Slide("T", WORDS + " And:", "", 1), "ends in a colon"),
        (Slide("T", "", "", 1), "nearly empty"),
        (Slide("T", 60 * f"{WORDS} ", "", 1), "outside"),
        (Slide("T", 60 * f"{WORDS} ", "", 1), "overflows"),
        (Slide("T", WORDS, "", 1, (60 * "<p>More and more.</p>",)), "outside"),
        (Slide("T", WORDS, "", 1, ('<p style="font-size: 20px">Small</p>',)), "type of 20.0 px"),
        (
            Slide("T", WORDS, "", 1, (f'<p><img src="{PIXEL}" width="90" height="40"></p>',)),
            "picture",
        ),
        (
            Slide("T", WORDS, "", 1, ('<p style="position: relative; top: -260px">Over</p>',)),
            "over the words",
        ),
    ],
)
def test_the_audit_finds(browser: Browser, small: Path, slide: Slide, fault: str) -> None:
    small.write_text(deck([slide], "T"), "utf-8")
    page, _ = opened(browser, small)
    assert any(fault in found for found in faults(page))
    page.close()


# What `make course` made


@with_decks
def test_every_chapter_has_a_deck_and_so_has_the_session() -> None:
    chapters = {path.stem for path in (ROOT / "book").glob("[0-9]*.ipynb")}
    assert {path.stem for path in MADE} == chapters | {"session"}


@pytest.fixture(scope="module")
def decks() -> Iterator[str]:
    yield from serve(DECKS)


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_slides_show_and_sound_without_network(browser: Browser, decks: str, path: Path) -> None:
    seen = visit(browser, f"{decks}/{path.name}")
    seen.check_players()
    seen.check_requests()
    seen.check_errors()
    seen.check_images()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_slides_are_full_and_fit(browser: Browser, path: Path) -> None:
    page, errors = opened(browser, path)
    assert faults(page) == []
    assert page.evaluate("Reveal.isLastSlide()") and not errors
    page.close()


@with_decks
def test_a_player_and_an_explorer_work_in_a_deck(browser: Browser) -> None:
    page, errors = opened(browser, DECKS / "07_receptive_fields.html")
    for what in (".as-explorer", ".as-widget:not(.as-explorer)"):
        slide = f"document.querySelector('{what}').closest('section')"
        page.evaluate(f"Reveal.slide(Reveal.getIndices({slide}).h)")
        if what == ".as-explorer":
            walk(page.locator(f".present {what}"))
        at = page.evaluate("Reveal.getIndices().h")
        page.locator(".present .as-play:visible").first.click()
        page.wait_for_function(
            "[...document.querySelectorAll('.present audio')].some(a => a.currentTime > 0)"
        )
        assert page.evaluate("Reveal.getIndices().h") == at
    assert not errors
    page.close()
