"""Figures in the shape of a slide: what is written on them is large enough and stands apart."""

from __future__ import annotations

from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from audiostyle_lib.page.slide_shape import letters, reshape

matplotlib.use("Agg")
import matplotlib.pyplot as plt

LAYOUTS = pytest.mark.parametrize("layout", ["constrained", "tight", None])


def shaped(fig: Figure, *, draw: bool = True) -> Figure:
    """As `page.figure` does it: after the page's drawing, whose layout is kept."""
    if draw:
        fig.canvas.draw()
        fig.set_layout_engine("none")
    reshape(fig)
    fig.canvas.draw()
    plt.close(fig)
    return fig


def overlapping(texts: list[Text]) -> list[tuple[str, str]]:
    seen = [text for text in texts if text.get_visible() and text.get_text()]
    pairs = [(a, b) for a, b in combinations(seen, 2)]
    return [
        (a.get_text(), b.get_text())
        for a, b in pairs
        if a.get_window_extent().overlaps(b.get_window_extent())
    ]


@LAYOUTS
def test_titles_do_not_meet(layout: str | None) -> None:
    fig, axes = plt.subplots(1, 4, figsize=(10, 2.4), layout=layout)
    for ax in axes:
        ax.set_title("frequencies as channels", fontsize=7)
    before = [ax.title for ax in axes]
    shaped(fig)
    assert overlapping(before) == [] and letters(fig) >= 9.75
    assert all("\n" in title.get_text() for title in before)


def test_a_title_with_room_and_a_formula_stay_whole() -> None:
    fig, axes = plt.subplots(1, 2, figsize=(12, 2))
    axes[0].set_title("with room")
    axes[1].set_title(
        formula := "$a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + a_0 + b_1$"
    )
    shaped(fig)
    assert [ax.get_title() for ax in axes] == ["with room", formula]


def test_numbers_stand_apart() -> None:
    fig, ax = plt.subplots(figsize=(8, 6))
    ax.set_yticks(marks := [0, 0.01, 0.02, 0.5, 1.0], [f"{1000 * m:,.0f}" for m in marks])
    shaped(fig)
    labels = ax.get_yticklabels()
    assert overlapping(labels) == []
    assert {t.get_text() for t in labels if t.get_visible()} >= {"0", "500", "1,000"}


@LAYOUTS
def test_a_legend_that_is_too_wide_goes_above(layout: str | None) -> None:
    fig, axes = plt.subplots(1, 5, figsize=(12, 2), layout=layout)
    for name in ("the recording itself", "what was made after it"):
        axes[0].plot([0, 1], label=name)
    axes[0].legend(fontsize=6)
    axes[0].set_title("first")
    shaped(fig)
    (key,) = fig.legends
    assert axes[0].get_legend() is None
    assert [t.get_text() for t in key.get_texts()] == [
        "the recording itself",
        "what was made after it",
    ]
    assert not key.get_window_extent().overlaps(axes[0].title.get_window_extent())


def test_a_legend_that_fits_stays() -> None:
    fig, ax = plt.subplots(figsize=(8, 3))
    ax.plot([0, 1], label="a line")
    ax.legend()
    shaped(fig)
    assert ax.get_legend() is not None and not fig.legends


@LAYOUTS
@pytest.mark.parametrize("panels", [1, 2])
def test_a_legend_over_what_is_drawn_goes_above(layout: str | None, panels: int) -> None:
    fig, axes = plt.subplots(1, panels, figsize=(8, 3), layout=layout, squeeze=False)
    x = np.linspace(0, 40, 400)
    for ax in axes.flat:
        ax.plot(x, np.sin(x), label="here")
        ax.plot(x, np.cos(x), label="there")
        ax.legend()
    shaped(fig)
    keys = [ax.get_legend() for ax in axes.flat] if panels > 1 else fig.legends
    assert len(keys) == panels
    for key, ax in zip(keys, axes.flat, strict=True):
        assert key.get_window_extent().y0 >= ax.get_window_extent().y1 - 1
        assert key.get_window_extent().y1 <= fig.bbox.height + 1
        assert [text.get_text() for text in key.get_texts()] == ["here", "there"]


@LAYOUTS
def test_a_long_legend_is_no_wider_than_the_figure(layout: str | None) -> None:
    fig, ax = plt.subplots(figsize=(8, 3), layout=layout)
    for n in (256, 64, 16):
        ax.plot(np.sin(np.linspace(0, n, 1000)), label=f"what a frame every {n} samples gives")
    ax.legend()
    (key,) = shaped(fig).legends
    assert key.get_window_extent().width <= fig.bbox.width
    assert key.get_window_extent().y0 >= ax.get_window_extent().y1 - 1


@pytest.mark.parametrize("kind", ["points", "bars"])
def test_points_and_bars_are_not_hidden(kind: str) -> None:
    fig, ax = plt.subplots(figsize=(8, 3))
    if kind == "bars":
        ax.bar(range(9), 1, width=1, label="a bar")
        ax.set_ylim(0, 1)
    else:
        grid = np.stack(np.meshgrid(np.arange(30), np.arange(30))).reshape(2, -1)
        ax.scatter(*grid, label="a point")
    ax.legend()
    shaped(fig)
    assert ax.get_legend() is None and len(fig.legends) == 1


def test_rows_name_their_axis_once() -> None:
    fig, axes = plt.subplots(2, 2, figsize=(9, 5))
    for ax, name in zip(axes.flat, ("time (s)", "frame", "time (s)", "lag"), strict=True):
        ax.set_xlabel(name)
    shaped(fig)
    assert [ax.get_xlabel() for ax in axes.flat] == ["", "frame", "time (s)", "lag"]


def test_colour_bars_keep_their_place() -> None:
    for layout in ("constrained", None):
        fig, ax = plt.subplots(figsize=(4, 4), layout=layout)
        fig.colorbar(ax.imshow(np.eye(3)), ax=ax)
        shaped(fig)
        assert not fig.axes[0].get_window_extent().overlaps(fig.axes[1].get_window_extent())
