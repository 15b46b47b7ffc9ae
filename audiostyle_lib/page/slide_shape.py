"""A figure of matplotlib in the shape of a slide, with letters for those in the last row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import TightLayoutEngine
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

# A slide of 1280 x 720 has at least 1168 x 458 for a figure. In that, one of this size is shown
# twice as large as at 90 dots an inch, and a letter of 9.75 points is 24 pixels high.
_SHAPE = (6.4, 2.55)  # inches
_LEAST, _TITLE = 9.75, 10.5  # points
_ROOM = 0.97  # of the way from panel to panel that a title may be wide
DENSITY = 2  # what the page draws with one dot is two on a slide


def reshape(fig: Figure) -> None:
    """Give a figure the shape of a slide: no letter too small, no title wider than its panel.

    >>> fig = Figure(figsize=(10, 2))
    >>> fig.subplots(1, 5)[0].set_title("a title of many words", fontsize=6).get_fontsize()
    6.0
    >>> reshape(fig)
    >>> fig.axes[0].get_title().count("\\n"), letters(fig)
    (1, 9.75)
    """
    kept = fig.get_layout_engine()
    fits = kept is not None and not kept.colorbar_gridspec
    fig.set_layout_engine("constrained" if fits else "tight")  # as its colour bars were made
    fig.set_size_inches(*_SHAPE)
    for ax in fig.axes:
        ax.tick_params(labelsize=_LEAST)
    for text in _texts(fig):
        text.set_fontsize(min(max(float(text.get_fontsize()), _LEAST), _TITLE))
    _say_once(fig)
    fig.canvas.draw()
    for ax in fig.axes:
        box = ax.get_window_extent()
        room = _room(fig, box)
        _break(ax.title, ax.title.get_window_extent().width / room)
        _break(ax.xaxis.label, ax.xaxis.label.get_window_extent().width / room)
        _break(ax.yaxis.label, ax.yaxis.label.get_window_extent().height / box.height)
        if key := ax.get_legend():
            covered = key.get_window_extent()
            if covered.overlaps(box) and covered.width > box.width:
                _lift(fig, key)
            elif _hides(ax, covered):
                if sum(other.get_legend() is not None for other in fig.axes) == 1:
                    _lift(fig, key)
                elif not ax.get_title():
                    _raise(ax, key)
    fig.canvas.draw()  # what is broken takes more room
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        _thin(axis)


def letters(fig: Figure) -> float:
    """The smallest letters, in points."""
    return min((float(text.get_fontsize()) for text in _texts(fig)), default=_LEAST)


def _texts(fig: Figure) -> Iterator[Text]:
    """What is written on a figure."""
    for text in fig.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip():
            yield text


def _room(fig: Figure, box: Bbox) -> float:
    """How wide a panel's title may be: as far as to the next panel's middle, or as the panel."""
    others = [ax.get_window_extent() for ax in fig.axes]
    row = [other for other in others if other.y0 < (box.y0 + box.y1) / 2 < other.y1]
    far = [abs(other.x0 + other.x1 - box.x0 - box.x1) / 2 for other in row]
    return max(box.width, min((x for x in far if x > 1), default=fig.bbox.width))


def _break(text: Text, length: float) -> None:
    """Break a line that is so many times as long as there is room; formulas stay whole."""
    words = text.get_text()
    if length > _ROOM and "$" not in words and "\n" not in words:
        text.set_text(fill(words, max(6, int(_ROOM * len(words) / length)), break_long_words=False))


def _say_once(fig: Figure) -> None:
    """Below one another, panels need the name of their axis only once."""
    last: dict[range, str] = {}  # by columns
    for ax in reversed(fig.axes):
        if spec := ax.get_subplotspec():
            name = ax.get_xlabel()
            if last.setdefault(spec.colspan, name) == name and not spec.is_last_row():
                ax.set_xlabel("")


def _thin(axis: Axis) -> None:
    """Take away numbers that stand over the one before."""
    kept: list[Bbox] = []
    for tick in axis.get_major_ticks():
        label = tick.label1
        if label.get_visible() and label.get_text().strip():
            box = label.get_window_extent()
            if any(box.overlaps(other) for other in kept):
                label.set_visible(False)
            else:
                kept.append(box)


def _hides(ax: Axes, box: Bbox) -> bool:
    """Whether a line, a point or a bar of a panel lies in this box."""
    paths = (line.get_path().transformed(line.get_transform()) for line in ax.lines)
    points = (c.get_offset_transform().transform(c.get_offsets()) for c in ax.collections)
    return (
        any(path.intersects_bbox(box, filled=False) for path in paths)
        or any(box.count_contains(place) for place in points)
        or any(bar.get_window_extent().overlaps(box) for bar in ax.patches)
    )


def _raise(ax: Axes, key: Legend) -> None:
    """Set a legend above its panel."""
    place = partial(ax.legend, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _in_columns(place, key, ax.get_window_extent().width)


def _lift(fig: Figure, key: Legend) -> None:
    """Set a legend above all panels."""
    engine = fig.get_layout_engine()
    key.remove()
    tight = isinstance(engine, TightLayoutEngine)
    place = partial(fig.legend, loc="upper center" if tight else "outside upper center")
    lifted = _in_columns(place, key, fig.bbox.width)
    if isinstance(engine, TightLayoutEngine):  # of which it knows nothing
        engine.set(rect=(0, 0, 1, 1 - lifted.get_window_extent().height / fig.bbox.height))


def _in_columns(place: Callable[..., Legend], key: Legend, room: float) -> Legend:
    """Place a legend's lines and names in as many columns as there is room for."""
    names = [text.get_text() for text in key.get_texts()]
    lines = [line for line in key.legend_handles if line]
    look = {"fontsize": _LEAST, "frameon": False, "columnspacing": 1.0}
    placed = place(lines, names, ncols=(n := len(names)), **look)
    while placed.get_window_extent().width > room and n > 1:
        placed.remove()
        placed = place(lines, names, ncols=(n := n - 1), **look)
    return placed
