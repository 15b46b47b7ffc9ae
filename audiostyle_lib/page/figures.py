"""Figures of matplotlib on a page: panels that stack on a phone, drawings that follow the theme.

A figure is cut between its panels, and each panel comes in two layers: the drawing, on what the
page has behind it, and what has colours of its own (spectrograms, photographs). In a dark theme the
style sheet turns the drawing's lightness round, and leaves the colours as they are.

Where AUDIOSTYLE_SLIDES is set, as when the book is built, each is drawn a second time for a slide.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from .html import Html, asset, fewer_colours, picture_address
from .slide_shape import DENSITY, letters, reshape

_MARGIN = 0.08  # inches around all that is drawn
_SOLE = 5.0  # inches: what is narrower is not cut
_NARROW = 0.5  # of the widest panel: what is narrower belongs to its neighbour, as colour bars do
_LEGIBLE = 0.72  # of its size, to which a phone may bring a panel: its numbers are 9 pixels high
_PHONE = 350  # pixels across


def figure(fig: Figure, *, alt: str, caption: str = "", dpi: int = 90) -> Html:
    """Show a matplotlib figure with a text for those who do not see it, and close it.

    >>> fig, ax = plt.subplots()
    >>> 'alt="An empty plot"' in str(figure(fig, alt="An empty plot"))
    True
    """
    page, slide = _source(fig, alt, caption, dpi), ""
    if os.environ.get("AUDIOSTYLE_SLIDES"):
        reshape(fig)
        kept = f' data-letters="{letters(fig) * dpi / 72:.1f}"'  # pixels, for a test
        slide = _source(fig, alt, caption, dpi, density=DENSITY, more=kept)
    plt.close(fig)
    return Html(page, slide)


def _source(
    fig: Figure, alt: str, caption: str, dpi: int, *, density: int = 1, more: str = ""
) -> str:
    """The figure as HTML; with a higher density of points it is sharp when it is enlarged."""
    dpi *= density
    fig.canvas.draw()
    fig.set_layout_engine("none")  # what is hidden in a layer keeps its place
    box = fig.get_tightbbox().padded(_MARGIN)
    with_data = [ax for ax in fig.axes if pictured(ax)]
    data = [artist for ax in with_data for artist in _data(ax)]
    with _hidden(data):
        drawing = _rendered(fig, box, dpi, transparent=False).convert("RGB")
    others = {
        artist for ax in fig.axes for artist in (ax.get_children() if ax in with_data else [ax])
    }
    with _hidden({*others, *fig.texts, *fig.legends} - set(data)):
        colours = _rendered(fig, box, dpi, transparent=True)
    edges = [0, *(round((x - box.x0) * dpi) for x in _cuts(fig)), drawing.width]
    panels = ""
    for left, right in pairwise(edges):
        part = (left, 0, right, drawing.height)
        layers = [picture_address(without_white(drawing.crop(part)))]
        if np.asarray(seen := colours.crop(part))[..., 3].any():
            layers.append(picture_address(with_holes(seen)))
        width = round((right - left) / density)
        panels += _panel(layers, "" if left else alt, width, round(drawing.width / density))
    below = f'<figcaption style="color:inherit">{escape(caption)}</figcaption>' if caption else ""
    wide = max(b - a for a, b in pairwise(edges)) / density * _LEGIBLE > _PHONE
    kind = "as-figure as-wide" if wide else "as-figure"
    reach = f' tabindex="0" role="region" aria-label="Figure: {escape(alt)}"' if wide else ""
    return (
        f'<figure class="{kind}" style="margin:1em 0"{more}><style>{asset("pieces.css")}</style>'
        f'<div class="as-panels"{reach}>{panels}</div>{below}</figure>'
    )


def pictured(ax: Axes) -> bool:
    """Whether what is drawn on these axes has colours of its own, as an image or a colour bar."""
    return bool(ax.images) or any(isinstance(mesh, QuadMesh) for mesh in ax.collections)


def without_white(image: Image.Image) -> Image.Image:
    """A drawing on white as one on nothing: on white it looks the same.

    >>> without_white(Image.new("RGB", (1, 1), (255, 127, 127))).convert("RGBA").getpixel((0, 0))
    (255, 0, 0, 128)
    """
    few = fewer_colours(image)
    if few.mode != "P":
        pixels, alpha = _unmixed(np.asarray(image, np.float64))
        return Image.fromarray(np.dstack([pixels, alpha]))
    colours, alpha = _unmixed(np.reshape(few.getpalette() or [], (-1, 3)).astype(np.float64))
    few.putpalette(colours.tobytes())
    few.info["transparency"] = alpha.tobytes()
    return few


def _unmixed(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours (..., 3) from 0 to 255 as the purest that look the same over white, and opacities."""
    alpha = 255 - colours.min(axis=-1)
    share = np.maximum(alpha, 1)[..., None] / 255
    return (255 - (255 - colours) / share).round().astype(np.uint8), alpha.astype(np.uint8)


def with_holes(image: Image.Image) -> Image.Image:
    """A picture with opacities in fewer colours, if nobody sees it; one of them is a hole."""
    few = fewer_colours(image.convert("RGB"), 255)
    if few.mode != "P":
        return image
    pixels = np.asarray(few).copy()
    pixels[np.asarray(image)[..., 3] < 128] = 255
    holed = Image.fromarray(pixels)
    holed.putpalette(bytes(few.getpalette() or []).ljust(768, b"\0"))
    holed.info["transparency"] = 255
    return holed


def _panel(layers: Sequence[str], alt: str, width: int, whole: int) -> str:
    """One panel; on a wide page it has its share of the width, on a phone its own width."""
    least = (
        width * _LEGIBLE if width * _LEGIBLE > _PHONE else 0
    )  # others become as narrow as they must
    share = int(1000 * width / whole) / 10  # rounded down: all shall fit side by side
    style = f"--share:{share}%;--width:{width}px;--least:{least:.0f}px"
    images = "".join(
        f'<img class="{name} dark-light" src="{address}" alt="{escape(alt) if k == 0 else ""}">'
        for k, (name, address) in enumerate(zip(("as-drawing", "as-colours"), layers, strict=False))
    )
    return f'<span class="as-panel" style="{style}">{images}</span>'


def _data(ax: Axes) -> list[Artist]:
    """What stands on these axes: all but their frame and titles, which are the last three texts."""
    children = ax.get_children()
    titles = [artist for artist in children if isinstance(artist, Text)][-3:]
    frame = {ax.patch, ax.xaxis, ax.yaxis, *titles, *ax.spines.values()}
    return [artist for artist in children if artist not in frame]


@contextmanager
def _hidden(artists: Collection[Artist]) -> Iterator[None]:
    shown = [artist for artist in artists if artist.get_visible()]
    for artist in shown:
        artist.set_visible(False)
    yield
    for artist in shown:
        artist.set_visible(True)


def _rendered(fig: Figure, box: Bbox, dpi: int, *, transparent: bool) -> Image.Image:
    """What is visible within the box, in inches."""
    buffer = io.BytesIO()
    ground = "none" if transparent else "white"
    fig.savefig(buffer, format="png", dpi=dpi, bbox_inches=box, facecolor=ground)
    return Image.open(buffer)


def _cuts(fig: Figure) -> list[float]:
    """Where a figure may be cut from top to bottom, in inches from its left edge."""
    parts = [*fig.axes, *fig.texts, *fig.legends]
    boxes = [box for part in parts if part.get_visible() and (box := part.get_tightbbox())]
    spans: list[list[float]] = []
    for left, right in sorted((box.x0 / fig.dpi, box.x1 / fig.dpi) for box in boxes):
        if spans and left <= spans[-1][1]:
            spans[-1][1] = max(right, spans[-1][1])
        else:
            spans.append([left, right])
    if not spans or spans[-1][1] - spans[0][0] < _SOLE:
        return []
    widest = max(right - left for left, right in spans)
    cuts = [(a[1] + b[0]) / 2 for a, b in pairwise(spans)]
    narrow = [right - left < _NARROW * widest for left, right in spans]
    return [x for k, x in enumerate(cuts) if not (narrow[k + 1] or (k == 0 and narrow[0]))]
