"""Tables and figures on a phone and on a dark page, in headless Chromium."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Callable, Iterator
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from audiostyle_book import fit_tables
from conftest import as_page, violations
from docutils import nodes
from docutils.core import publish_doctree
from PIL import Image
from playwright.sync_api import Browser, Page

from audiostyle_lib.page.figures import figure, with_holes, without_white
from audiostyle_lib.page.html import Html
from audiostyle_lib.page.plotting import COLOURS
from audiostyle_lib.page.tables import table

matplotlib.use("Agg")
import matplotlib.pyplot as plt

NAMES = ["style loss", "spectrum to style, dB", "spectrum to content, dB", "copy", "verdict"]
LONG = "a distance in words that would fill the width of a phone by itself"
WIDE = {
    name: dict(zip(NAMES, (0.47, -139.09, 1.3, 12345, words), strict=True))
    for name, words in (("frequencies as channels", "yes"), ("guitar", LONG))
}
DARK = (18, 18, 18)
THEME = (
    "<style>body { background: rgb(18, 18, 18); color: rgb(206, 206, 206); }</style>"
    "<script>document.documentElement.dataset.theme = 'dark'</script>"
)

Open = Callable[..., Page]


@pytest.fixture
def show(browser: Browser) -> Iterator[Open]:
    pages = []

    def opened(*pieces: object, width: int = 390) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.set_content(as_page(*pieces))
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()


def luminance(colour: np.ndarray) -> np.ndarray:
    """Of sRGB colours (..., 3) from 0 to 255, as WCAG has it."""
    c = np.asarray(colour, float)[..., :3] / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


def contrast(colours: np.ndarray, ground: tuple[int, int, int]) -> np.ndarray:
    a, b = luminance(colours), luminance(np.array(ground))
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def seen(page: Page, selector: str = ".as-figure") -> np.ndarray:
    data = page.locator(selector).first.screenshot()
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


# Tables


def test_no_cell_is_out_of_reach_on_a_phone(show: Open) -> None:
    page = show(table(WIDE, NAMES, caption="Losses, and how far the spectra are, " + LONG))
    boxes = page.locator("table :is(caption, th, td):visible").evaluate_all(
        "cells => cells.map(c => [c.getBoundingClientRect().right, c.innerText])"
    )
    assert max(right for right, _ in boxes) <= 390
    words = [" ".join(text.split()) for _, text in boxes]
    assert words.count(f"verdict {LONG}") == 1 and words.count("copy 12,345") == 2
    assert not page.locator("thead").is_visible()  # its words stand in the cells
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []


@pytest.mark.parametrize("columns", [["copy", "style loss"], NAMES])
def test_headers_stand_over_their_numbers(show: Open, columns: list[str]) -> None:
    page = show(table(WIDE, columns, caption="Scores"), width=390 if len(columns) < 3 else 1000)
    assert page.locator("thead").is_visible() and not page.locator(".as-label:visible").count()
    for k, name in enumerate(columns, 2):
        edge = "left" if name == "verdict" else "right"
        cells = page.locator(f"tr > :nth-child({k})").evaluate_all(
            """(cells, edge) => cells.map(c => { const range = document.createRange();
            range.selectNodeContents(c); return range.getBoundingClientRect()[edge]; })""",
            edge,
        )
        assert max(cells) - min(cells) < 1, name


MARKDOWN = f"""
=======  ======  ==========  =======
engine   copy    in words    verdict
=======  ======  ==========  =======
ours     0.12    {LONG[:10]}      yes
theirs   +0.3    some words
=======  ======  ==========  =======
"""


def test_tables_of_the_book_name_their_cells(show: Open) -> None:
    doctree = publish_doctree(MARKDOWN)
    fit_tables(None, doctree)
    made = doctree.next_node(nodes.table)
    assert made["classes"] == ["as-stack"]
    entries = list(doctree.findall(nodes.entry))
    kinds = [entry["classes"] for entry in entries]
    assert kinds[:4] == kinds[4:8] == [["as-name"], ["as-number"], ["as-short"], ["as-short"]]
    said = [
        label.astext() for label in doctree.findall(nodes.inline) if "as-label" in label["classes"]
    ]
    assert said == ["copy", "in words", "verdict", "copy", "in words"]  # none for an empty cell


# Figures


def panels(n: int = 3, *, pictures: bool = True) -> Html:
    fig, axes = plt.subplots(1, n, figsize=(9, 2.4), squeeze=False)
    for k, ax in enumerate(axes[0]):
        if pictures:
            ax.imshow(np.full((4, 4), 0.7), vmin=0, vmax=1, cmap="magma", aspect="auto")
            ax.plot([0, 3], [3, 0], color="white")
        else:
            ax.plot([0, 1], [k, 1])
        ax.set(title=f"Panel {k}", xlabel="time (s)", ylabel="frequency")
    fig.tight_layout()
    return figure(fig, alt="Three panels", caption="Panels.")


def test_panels_stack_on_a_phone_and_stand_side_by_side(show: Open) -> None:
    for width, sides in ((1000, 3), (390, 1)):
        page = show(panels(), width=width)
        boxes = [panel.bounding_box() for panel in page.locator(".as-panel").all()]
        assert len(boxes) == 3 and len({box["x"] for box in boxes}) == sides
        assert max(box["x"] + box["width"] for box in boxes) <= width
        assert not page.get_by_text("more to the right").count()
        natural = page.locator(".as-drawing").first.evaluate("i => i.naturalWidth")
        assert boxes[0]["width"] >= 0.9 * natural, "labels are as large as they were drawn"


def test_a_wide_panel_is_moved_sideways_and_says_so(show: Open) -> None:
    page = show(panels(1))
    box = page.locator(".as-panels").first
    assert box.evaluate("b => b.scrollWidth > b.clientWidth")
    says = page.locator(".as-figure").evaluate("f => getComputedStyle(f, '::after').content")
    assert "right" in says
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []


def test_colour_bars_stay_with_their_picture() -> None:
    fig, ax = plt.subplots(figsize=(8, 3))
    fig.colorbar(ax.imshow(np.eye(3), aspect="auto"), ax=ax)
    assert str(figure(fig, alt="One")).count('class="as-panel"') == 1
    fig, _ = plt.subplots(1, 2, figsize=(8, 3), width_ratios=[1, 7])
    assert str(figure(fig, alt="One")).count('class="as-panel"') == 1


def test_a_dark_page_has_no_pale_figure(show: Open) -> None:
    fig, ax = plt.subplots(figsize=(4, 3))
    for k, colour in enumerate(COLOURS):
        ax.axhspan(k, k + 0.9, color=colour)
    ax.set(title="Title", xlabel="time (s)")
    made = figure(fig, alt="Bands")
    light, dark = seen(show(made)), seen(show(THEME, made))
    assert tuple(light[2, 2]) == (255, 255, 255) and tuple(dark[2, 2]) == DARK
    words = contrast(dark, DARK).max()
    assert words > 12, "words and axes"
    for colour in COLOURS:
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        here = np.abs(light.astype(int) - rgb).max(axis=2) <= 2
        assert here.sum() > 500, colour
        assert contrast(np.median(dark[here], axis=0), DARK) >= 3, colour


def test_a_dark_page_leaves_colour_maps_alone(show: Open) -> None:
    light, dark = seen(show(panels(1))), seen(show(THEME, panels(1)))
    picture = np.array(matplotlib.colormaps["magma"](0.7)[:3]) * 255
    inside = np.abs(light - picture).max(axis=2) <= 2
    assert inside.mean() > 0.3
    assert np.abs(dark[inside] - picture).max() <= 2
    line = light.shape[0] // 2, slice(150, 390)  # across the picture
    white = light[line].min(axis=1) > 250
    assert 0 < white.sum() < 20 and dark[line][white].min() > 240


def layers(made: Html) -> list[Image.Image]:
    """The pictures of a figure: of each panel its drawing, then what has colours of its own."""
    found = [part.split('"')[0] for part in str(made).split('src="data:image/png;base64,')[1:]]
    return [Image.open(io.BytesIO(b64decode(data))).convert("RGBA") for data in found]


def test_layers_make_the_figure() -> None:
    """On white the two are what matplotlib draws in one; a picture's edge may be a pixel off."""
    fig, ax = plt.subplots(figsize=(4, 3))
    ax.imshow(np.linspace(0, 1, 12).reshape(3, 4), cmap="magma")
    ax.text(1, 1, "text", color="white")
    ax.set(title="Title")
    buffer = io.BytesIO()
    fig.savefig(buffer, dpi=90, facecolor="white", bbox_inches="tight", pad_inches=0.08)
    whole = np.asarray(Image.open(buffer).convert("RGB")).astype(int)
    drawing, colours = layers(figure(fig, alt="A picture"))
    found = Image.new("RGBA", drawing.size, "white")
    for layer in (colours, drawing):
        found = Image.alpha_composite(found, layer)
    h, w = (min(a, b) for a, b in zip(whole.shape[:2], drawing.size[::-1], strict=True))
    assert h > 250 and w > 300
    off = np.abs(whole[:h, :w] - np.asarray(found.convert("RGB"))[:h, :w]).max(axis=2)
    assert np.mean(off > 40) < 0.015 and off.mean() < 1.5


def test_what_is_white_is_left_out() -> None:
    rng = np.random.default_rng(0)
    drawing = rng.integers(0, 256, (9, 9, 3)).astype(np.uint8)
    drawing[:3] = 255
    clear = without_white(Image.fromarray(drawing)).convert("RGBA")
    assert np.asarray(clear)[:3, :, 3].max() == 0
    ground = Image.new("RGBA", clear.size, "white")
    again = np.asarray(Image.alpha_composite(ground, clear).convert("RGB"))
    assert np.abs(again.astype(int) - drawing).max() <= 3


def test_holes_stay_open() -> None:
    image = Image.new("RGBA", (8, 8), (10, 200, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 4, 8))
    holed = np.asarray(with_holes(image).convert("RGBA"))
    assert holed[:, :4, 3].max() == 0 and holed[:, 4:, 3].min() == 255
    assert tuple(holed[0, 6, :3]) == (10, 200, 30)


def test_figures_are_cut_between_panels_alone() -> None:
    """All that stands in a panel is in it: no cut goes through ink."""
    fig, axes = plt.subplots(1, 4, figsize=(9, 2), sharey=True)
    for ax in axes:
        ax.set(title="A title", xlabel="time (s)")
    drawn = [np.asarray(layer)[..., 3] for layer in layers(figure(fig, alt="Four"))]
    assert len(drawn) == 4
    for left, right in pairwise(drawn):
        assert not left[:, -1].any() and not right[:, 0].any()


def test_a_cell_may_be_a_link() -> None:
    """It is not escaped, and its address does not make the table wide."""
    long = Html(f'<a href="https://example.org/{"x" * 60}">origin</a>')
    page = str(table({"rain": {"source": long, "bad": "<b>"}}, ["source", "bad"], caption="Of"))
    assert str(long) in page and "&lt;b&gt;" in page
    assert "as-stack" not in page.split("</style>")[1]
