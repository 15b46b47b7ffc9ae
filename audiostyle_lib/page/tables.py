"""Tables of scores or words on a page, which a phone can show too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from .html import Html, asset, number_text

_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"[-+−]?[\d.,]*\d ?%?|[-–]?")
_PHONE, _GAP = 37, 2  # letters that a phone has room for side by side, and between columns
_SHORT = 12  # letters of words that stand beside others there


def table(
    rows: Mapping[str, Mapping[str, float | str | Html]],
    columns: Sequence[str],
    *,
    caption: str,
    decimals: int = 2,
) -> Html:
    """Show scores, words or links as a table: one line per entry of `rows`, one column per name.

    Where it is too wide for a phone, its cells stand below one another there, each with its name.

    >>> str(table({"rain": {"copy": 0.125}}, ["copy"], caption="Scores")).count("0.12")
    1
    """
    names = {c: escape(c.replace("_", " ")) for c in columns}
    sides = {c: _side([row[c] for row in rows.values()]) for c in columns}
    head = "".join(f'<th scope="col" {sides[c]}>{name}</th>' for c, name in names.items())
    stack = _width(rows, names, decimals) > _PHONE
    labels = {
        c: f'<span class="as-label">{name}</span>' if stack else "" for c, name in names.items()
    }
    body = "".join(
        f'<tr><th scope="row" class="as-name" style="text-align:left">{escape(label)}</th>'
        + "".join(f"<td {sides[c]}>{labels[c]}{_text(row[c], decimals)}</td>" for c in columns)
        + "</tr>"
        for label, row in rows.items()
    )
    return Html(
        f'<div class="as-table" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<style>{asset('pieces.css')}</style><table{' class=as-stack' if stack else ''}>"
        f'<caption style="color:inherit">{escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _text(value: float | str | Html, decimals: int) -> str:
    if isinstance(value, Html):
        return str(value)
    return escape(value) if isinstance(value, str) else number_text(value, decimals)


def _seen(value: float | str | Html, decimals: int = 2) -> str:
    return _TAG.sub("", _text(value, decimals))


def _side(values: Sequence[float | str | Html]) -> str:
    """Numbers stand to the right, and their header over them; words to the left.

    >>> columns = [0.5, "-", "2,460"], [0.5, "no"], ["reproduced, partly"]
    >>> [_side(values)[7:16] for values in columns]
    ['as-number', 'as-short"', 'as-words"']
    """
    words = [_seen(value) for value in values if isinstance(value, (str, Html))]
    if all(map(_NUMBER.fullmatch, words)):
        return 'class="as-number" style="text-align:right"'
    kind = "as-words" if max(map(len, words)) > _SHORT else "as-short"
    return f'class="{kind}" style="text-align:left"'


def _width(
    rows: Mapping[str, Mapping[str, float | str | Html]], names: Mapping[str, str], decimals: int
) -> int:
    """Letters that a table needs side by side: headers break between words, cells of words do not
    gain by it."""
    width = max((max(map(len, label.split() or [""])) for label in rows), default=0)
    for c, name in names.items():
        cells = [len(_seen(row[c], decimals)) for row in rows.values()]
        width += _GAP + max([*cells, *map(len, name.split())])
    return width
