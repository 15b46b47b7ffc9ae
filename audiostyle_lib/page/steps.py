"""A search seen step by step: sound or picture, Gram matrices as heat maps, and the loss, together.

`Steps` holds what was computed before; `method` adds a search that runs in the page and looks the
same (`assets/method`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from math import ceil, log10

import numpy as np
from matplotlib import colormaps
from PIL import Image

from ..audio import AudioError
from .html import PALETTE, Html, number_text, picture_address
from .widgets import Clip, Explorer, Picture

FILTERS = 32  # rows of a heat map, at most
DIFFERENCES = (colormaps["PuOr_r"](np.linspace(0, 1, 64))[:, :3] * 255).astype(np.uint8).tolist()
BRIGHT = 0.995  # share of the wanted matrix's entries that lie within the colours
DECADES = 3  # of loss below the first that a curve shows
WIDTH, HEIGHT, LEFT, BOTTOM = 240, 126, 40, 22  # of a curve; room for the words beside it


class Steps(Explorer):
    """What a search had come to at some of its steps, with a slider from noise to the result.

    Parameters
    ----------
    title : str
    moments : mapping of int to Clip or Picture
        What there was, by step.
    grams : mapping of int to array (n, n)
        The Gram matrix at each of these steps; of larger ones 32 filters are shown.
    wanted : array (n, n)
        That of the recording, or of the picture.
    history : sequence of numbers
        The loss at every step.
    beside : sequence of Clip
        Sounds to compare with, such as the recording.
    start : int, optional
        The step that is shown first; that in the middle by default.
    name : str
        What the wanted matrix is of.

    Raises
    ------
    AudioError
        If a step has no matrix, or one of another shape than the wanted one, or no loss.

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> clips = {n: Clip(tone(220.0 * (n + 1)), 22050, "Tone", "A pitch.") for n in range(2)}
    >>> page = Steps("Up", clips, {0: np.eye(3), 1: np.ones((3, 3))}, np.eye(3), [1.0, 0.1])
    >>> str(page).count("<svg")
    2
    """

    kind = "as-explorer as-steps"

    def __init__(
        self,
        title: str,
        moments: Mapping[int, Clip | Picture],
        grams: Mapping[int, np.ndarray],
        wanted: np.ndarray,
        history: Sequence[float],
        *,
        beside: Sequence[Clip] = (),
        start: int | None = None,
        name: str = "Recording",
    ) -> None:
        wanted = np.asarray(wanted)
        for step in moments:
            if step not in grams or np.shape(grams[step]) != wanted.shape:
                raise AudioError(f"step {step} has no Gram matrix of shape {wanted.shape}")
            if not 0 <= step < len(history):
                raise AudioError(f"step is {step}; expected one of {len(history)} with a loss")

        def moment(step: int) -> Clip | Picture:
            found, off = moments[step], distance(wanted, grams[step])
            numbers: dict[str, float | str] = {"loss": float(history[step])}
            numbers["matrices differ by"] = f"{off:.0%}"
            below = (
                '<div class="as-inside">'
                f"{heat_maps(wanted, np.asarray(grams[step]), name=name)}"
                f"{loss_curve(history, step)}</div>"
            )
            return replace(found, numbers={**numbers, **found.numbers}, below=Html(below))

        super().__init__(title, {"step": list(moments)}, moment, beside=beside, start=start)


def distance(wanted: np.ndarray, now: np.ndarray) -> float:
    """Size of the difference of two matrices, relative to the wanted one.

    >>> distance(np.eye(2), 1.5 * np.eye(2))
    0.5
    """
    return float(np.linalg.norm(np.asarray(now) - wanted) / np.linalg.norm(wanted))


def filter_order(gram: np.ndarray) -> np.ndarray:
    """An order of filters in which those that respond together stand together, so blocks appear.

    It begins with the strongest; then comes, of those that are left, the one most like the last.

    >>> filter_order(np.array([[4.0, 0.0, 1.0], [0.0, 9.0, 3.0], [1.0, 3.0, 2.0]]))
    array([1, 2, 0])
    """
    size = np.sqrt(np.diag(gram).clip(1e-12))
    likeness = gram / np.outer(size, size)
    order, left = [int(size.argmax())], set(range(len(gram)))
    left.remove(order[0])
    while left:
        order.append(max(left, key=lambda i: (likeness[order[-1], i], -i)))
        left.remove(order[-1])
    return np.array(order)


def heat_maps(wanted: np.ndarray, now: np.ndarray, *, name: str = "Recording") -> str:
    """Three squares: the wanted Gram matrix, the present one, and their difference."""
    order = filter_order(wanted[:FILTERS, :FILTERS])
    wanted, now = (gram[np.ix_(order, order)] for gram in (wanted, now))
    top = float(np.quantile(wanted, BRIGHT)) or 1.0
    n, off = len(order), distance(wanted, now)
    alts = (
        f"Gram matrix of {n} filters: {escape(name.lower())}",
        "Gram matrix now",
        f"Difference of both: {off:.0%} of the first",
    )
    images = (
        coloured(wanted / top, PALETTE),
        coloured(now / top, PALETTE),
        coloured((now - wanted) / top / 2 + 0.5, DIFFERENCES),
    )
    return "".join(
        f'<div class="as-matrix"><img src="{picture_address(image)}" alt="{alt}">'
        f"<span>{title}</span></div>"
        for title, alt, image in zip((escape(name), "Now", "Difference"), alts, images, strict=True)
    )


def coloured(values: np.ndarray, palette: Sequence[Sequence[int]]) -> Image.Image:
    """Numbers from 0 to 1 as colours of a palette; what is beyond has the colour of the end."""
    last = len(palette) - 1
    image = Image.fromarray((values * last).round().clip(0, last).astype(np.uint8))
    image.putpalette(bytes(np.ravel(palette).tolist()))
    return image


def loss_curve(history: Sequence[float], at: int) -> str:
    """The loss at every step as a curve, with a dot at one of them: a drawing of lines and words.

    The scale is logarithmic, `DECADES` down from the first loss.
    """
    first, last = float(history[0]), len(history) - 1

    def place(step: int) -> tuple[float, float]:
        down = log10(max(first, 1e-30) / max(float(history[step]), 1e-30)) / DECADES
        x = LEFT + (WIDTH - LEFT - 8) * step / max(last, 1)
        return x, 8 + (HEIGHT - 8 - BOTTOM) * min(1.0, max(0.0, down))

    curve = " ".join("{:.1f},{:.1f}".format(*place(step)) for step in range(len(history)))
    x, y = place(at)
    floor, marks = HEIGHT - BOTTOM, []
    for power in range(ceil(log10(first) - DECADES), ceil(log10(first) + 1e-9)):
        level = 8 + (floor - 8) * (log10(first) - power) / DECADES
        text = np.format_float_positional(10.0**power, trim="-")
        marks.append(
            f'<path d="M{LEFT} {level:.1f}H{WIDTH - 8}" class="as-grid"/>'
            f'<text x="{LEFT - 5}" y="{level + 4:.1f}" text-anchor="end">{text}</text>'
        )
    say = (
        f"Loss at step {at} of {last}: {number_text(float(history[at]))}. "
        f"It falls from {number_text(first)} to {number_text(float(history[-1]))}."
    )
    return (
        f'<div class="as-loss"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(say)}">{"".join(marks)}'
        f'<polyline points="{curve}"/><path d="M{x:.1f} 8V{floor}" class="as-now"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">0</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end">step {last}</text></svg>'
        "<span>Loss</span></div>"
    )
