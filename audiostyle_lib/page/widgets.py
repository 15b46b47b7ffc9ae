"""What a reader can hear and turn on a page without a kernel: players and explorers.

Plain HTML and one small script (`assets/`), the same in the book, JupyterLab, Colab and VS Code.
Everything is inside the page, nothing plays by itself, all can be reached with the keyboard and
read aloud; where scripts are stripped, every sound and result is still there, one after another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import product

import numpy as np
from PIL import Image

from ..audio import AudioError, check_audio
from ..levels import match_levels
from .checks import as_attribute
from .clips import Clip, Picture
from .engine import own_script
from .html import (
    LEAST_RATE,
    Html,
    asset,
    heard,
    number_text,
    picture_address,
    sound_address,
    spectrogram_address,
)

# Scores that are good when they are small, or large: words in their names.
_LESS = re.compile(r"\b(auditory distance|loss|error|off|cop(y|ied)|differ|inconsistency)\b")
_MORE = re.compile(r"\b(kept|evenness)\b")


def players(*clips: Clip, level_db: float = -20.0) -> Html:
    """Show clips side by side at one level, each with spectrogram, player and listening hint.

    One plays at a time; a click in a spectrogram seeks; a button switches to the next sound at the
    same moment. Two channels play as such; the spectrogram is of their mean power.

    Parameters
    ----------
    *clips : Clip
        Sounds to compare, each of any number of channels; all get the same root mean square
        (`match_levels`).
    level_db : number
        That level, less where a peaky clip needs room.

    Returns
    -------
    Html

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> page = players(Clip(tone(440.0), 22050, "Tone", "One steady pitch."))
    >>> str(page).count("<audio")
    1
    """
    return _widget(f'<div class="as-row">{"".join(_figures(clips, level_db))}</div>', "Sounds")


class Explorer(Html):
    """Results of an experiment, chosen by knobs: sound, picture and numbers change together.

    Parameters
    ----------
    title : str
        What is explored.
    knobs : mapping of str to sequence
        One or two parameters by name, each with its values in order. Numbers make a slider, words
        a list to choose from.
    results : mapping, or function
        A `Clip` or `Picture` for every value (or pair of values); or a function of the values that
        returns it.
    beside : sequence of Clip
        Sounds to compare with, shown beside, such as content and style.
    start : value or pair of values, optional
        Where the knobs stand at first; in the middle by default.
    level_db : number
        Root mean square of all sounds, less where a peaky one needs room.

    Raises
    ------
    AudioError
        If a result is missing, of another kind, or a knob has fewer than two values.

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> def play(f):
    ...     return Clip(tone(f), 22050, "Tone", "One steady pitch.", {"octaves": f / 220})
    >>> page = Explorer("Pitch", {"frequency in Hz": [220.0, 440.0]}, play)
    >>> str(page).count("<audio")
    2
    """

    kind = "as-explorer"

    def __init__(
        self,
        title: str,
        knobs: Mapping[str, Sequence[float | str]],
        results: Mapping | Callable[..., Clip | Picture],
        *,
        beside: Sequence[Clip] = (),
        start: object = None,
        level_db: float = -20.0,
    ) -> None:
        if not 1 <= len(knobs) <= 2 or any(len(values) < 2 for values in knobs.values()):
            sizes = {name: len(values) for name, values in knobs.items()}
            raise AudioError(f"knobs have {sizes} values; expected one or two knobs of at least 2")
        places = list(product(*knobs.values()))
        found = [_result(results, place) for place in places]
        middle = tuple(values[len(values) // 2] for values in knobs.values())
        first = middle if start is None else start if isinstance(start, tuple) else (start,)
        if first not in places:
            raise AudioError(f"start is {start!r}; expected values of the knobs {list(knobs)}")
        marks = []
        for place, result in zip(places, found, strict=True):
            named = zip(knobs, place, strict=True)
            where = ", ".join(f"{name} {_text(value)}" for name, value in named)
            say = "; ".join([where, *_words(result.numbers), result.words])
            at = _indices(knobs, place)
            marks.append((f' data-at="{at}" data-say="{escape(say)}"', where))
        marks += [("", "")] * len(beside)
        shown = _figures([*found, *beside], level_db, marks)
        described = [
            {
                "name": name,
                "values": [_text(value) for value in values],
                "kind": "select" if isinstance(values[0], str) else "range",
            }
            for name, values in knobs.items()
        ]
        page = _widget(
            f'<p class="as-title">{escape(title)}</p><div class="as-row">{"".join(shown)}</div>',
            f"Explorer: {title}",
            f' data-knobs="{escape(json.dumps(described))}" data-start="{_indices(knobs, first)}"',
            self.kind,
        )
        super().__init__(page.source)

    def __repr__(self) -> str:
        return f"Explorer({len(self.source)} characters)"


def _result(results: Mapping | Callable, place: tuple) -> Clip | Picture:
    """The result at one place of the knobs."""
    key = place if len(place) > 1 else place[0]
    if isinstance(results, Mapping):
        if key not in results:
            raise AudioError(f"there is no result for {key!r}; expected one for each of its values")
        found = results[key]
    else:
        found = results(*place)
    if not isinstance(found, (Clip, Picture)):
        raise AudioError(f"the result for {key!r} is a {type(found).__name__}; expected a Clip")
    return found


def _indices(knobs: Mapping[str, Sequence], place: tuple) -> str:
    pairs = zip(knobs.values(), place, strict=True)
    return ",".join(str(list(values).index(value)) for values, value in pairs)


def _text(value: float | str) -> str:
    return (
        value
        if isinstance(value, str)
        else f"{value:,}"
        if isinstance(value, int)
        else f"{value:g}"
    )


def _words(numbers: Mapping[str, float | str]) -> list[str]:
    return [
        f"{name} {value if isinstance(value, str) else number_text(value)}"
        for name, value in numbers.items()
    ]


def _figures(
    shown: Sequence[Clip | Picture], level_db: float, marks: Sequence[tuple[str, str]] | None = None
) -> list[str]:
    """A `<figure>` for each, the sounds at one level, the bars of their numbers to one scale.

    `marks` are more attributes of each, and words that tell it from others of the same title.
    """
    clips = [item for item in shown if isinstance(item, Clip)]
    ys = match_levels(
        [heard(check_audio(c.y, c.sr, name=c.title)) for c in clips], level_db=level_db
    )
    sounds = iter(ys)
    largest: dict[str, float] = {}
    for item in shown:
        for name, value in item.numbers.items():
            if not isinstance(value, str):
                largest[name] = max(largest.get(name, 0.0), abs(float(value)))
    figures = []
    for item, (attributes, where) in zip(shown, marks or [("", "")] * len(shown), strict=True):
        notes = [where] if where else []
        if isinstance(item, Clip) and (channels := np.atleast_2d(item.y).shape[0]) > 2:
            notes.append(f"{channels} channels, heard as 2")
        title = escape(f"{item.title} ({'; '.join(notes)})" if notes else item.title)
        if isinstance(item, Clip):
            y = next(sounds)
            attributes += f' data-seconds="{y.shape[-1] / item.sr:.3f}"'
            attributes += f' data-rate="{max(item.sr, LEAST_RATE)}"'
            if item.findings:
                attributes += f' data-checks="{escape(as_attribute(item.findings))}"'
            body = _sound(y, item.sr, title, light=marks is not None)
        else:
            body = _picture(item)
        figures.append(
            f'<figure class="as-clip"{attributes}><figcaption>{title}</figcaption>{body}'
            f"{_numbers(item.numbers, largest)}<p>{escape(item.words)}</p>"
            f"{item.below or ''}</figure>"
        )
    return figures


def _sound(y: np.ndarray, sr: int, title: str, *, light: bool) -> str:
    """A picture and a player; the many sounds of an explorer are light."""
    address = sound_address(y, sr, light=light)
    return (
        f'<div class="as-stage"><img src="{spectrogram_address(y, sr)}"'
        f' alt="Spectrogram: {title}"></div>'
        f'<audio controls preload="none" aria-label="{title}" src="{address}"></audio>'
    )


def _picture(p: Picture) -> str:
    pixels = np.asarray(p.image)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise AudioError(f"{p.title} has shape {pixels.shape}; expected (height, width, 3)")
    image = Image.fromarray((pixels.clip(0, 1) * 255).round().astype(np.uint8))
    address, width = picture_address(image), max(pixels.shape[1], 320)
    return f'<img class="as-picture" src="{address}" alt="{escape(p.alt)}" width="{width}">'


def _numbers(numbers: Mapping[str, float | str], largest: Mapping[str, float]) -> str:
    """Scores as a list, each number with a bar as long as its share of the largest."""
    rows = []
    for name, value in numbers.items():
        if isinstance(value, str):
            rows.append(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd></dd>")
        else:
            share = 100 * abs(float(value)) / largest[name] if largest[name] > 0 else 0.0
            better = f" <small>{say}</small>" if (say := _better(name)) else ""
            rows.append(
                f"<dt>{escape(name)}{better}</dt><dd>{number_text(value)}</dd>"
                f'<dd><span class="as-size" style="width:{share:.0f}%"></span></dd>'
            )
    return f'<dl class="as-numbers">{"".join(rows)}</dl>' if rows else ""


def _better(name: str) -> str:
    """Which way a score is good, where its name says it; of many a number neither way is.

    >>> _better("copy score"), _better("rhythm kept"), _better("share above 10 kHz")
    ('less is better', 'more is better', '')
    """
    return (
        "more is better" if _MORE.search(name) else "less is better" if _LESS.search(name) else ""
    )


def _widget(inside: str, label: str, attributes: str = "", kind: str = "") -> Html:
    """The pieces with style and script, as one group with a name."""
    return Html(
        f'<div class="as-widget {kind}" role="group" aria-label="{escape(label)}"{attributes}>'
        f"<style>{asset('widgets.css')}</style>{inside}</div>"
        f"<script>{own_script('../widgets', 'startWidgets();')}</script>"
    )
