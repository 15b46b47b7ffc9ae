"""What a sentence under a player claims, held against its sound: a false one stops the page.

    Clip(y, sr, "Synthesis", "Softer, and as bright.",
         checks=[less(SHARPNESS, recording), same(BRIGHTNESS, recording)])

`python -m audiostyle_lib.page.checks _build/html` lists what was checked on the pages of a book.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from ..audio import AudioError, check_audio
from .hearing import Measure, course
from .html import heard

# Correlations of level of sounds that have nothing to do with one another are of 3 s, in frames of
# 0.1 s, at most 0.18 two times of three, and 0.5 is hardly ever among them.
_TOGETHER, _APART = 0.5, 0.3


@dataclass(frozen=True)
class Check:
    """A claim on a clip: a measure of it is more, less or the same as something beside it.

    `beside` is a sound at the clip's rate, a number, or another measure of the clip itself.
    """

    measure: Measure
    relation: str
    beside: np.ndarray | float | Measure
    margin: float


@dataclass(frozen=True)
class Finding:
    """A check that was made, in numbers. The margin is a share of them where it is `relative`."""

    name: str
    relation: str
    measured: float
    beside: float
    margin: float
    unit: str
    relative: bool

    @property
    def holds(self) -> bool:
        """Whether the measured number is more, less or the same by as much as is heard."""
        ahead, margin = self.measured - self.beside, self.margin
        if self.relative:
            ahead = float(np.log(max(self.measured, 1e-12) / max(self.beside, 1e-12)))
            margin = float(np.log1p(margin))
        if self.relation == "same":
            return abs(ahead) <= margin
        return (ahead if self.relation == "more" else -ahead) >= margin

    def __str__(self) -> str:
        words = {"more": "more than", "less": "less than", "same": "the same as"}[self.relation]
        margin = f"{self.margin:.0%}" if self.relative else f"{self.margin:g}"
        measured = f"{self.name} {self.measured:.3g} {self.unit}".strip()
        return f"{measured}, expected {words} {self.beside:.3g}, margin {margin}"


def more(
    measure: Measure, than: np.ndarray | float | Measure, *, margin: float | None = None
) -> Check:
    """Its `measure` is larger than another sound's, audibly so, or than a number.

    The margin is what hearing tells (`Measure.least`); beside a number it is 0.
    """
    return _check(measure, "more", than, margin)


def less(
    measure: Measure, than: np.ndarray | float | Measure, *, margin: float | None = None
) -> Check:
    """Its `measure` is smaller than another sound's, audibly so, or than a number.

    Nearer to one sound than to another: `less(distance(one), than=distance(another))`.
    """
    return _check(measure, "less", than, margin)


def same(
    measure: Measure, beside: np.ndarray | float | Measure, *, margin: float | None = None
) -> Check:
    """Its `measure` is another sound's, or a number, as far as hearing tells."""
    return _check(measure, "same", beside, measure.least if margin is None else margin)


def follows(other: np.ndarray) -> Check:
    """It swells and fades when the other does."""
    return more(course(other), _TOGETHER)


def independent_of(other: np.ndarray) -> Check:
    """It swells and fades at other moments than the other."""
    return less(course(other), _APART)


def _check(
    measure: Measure, relation: str, beside: np.ndarray | float | Measure, margin: float | None
) -> Check:
    if margin is None:
        margin = measure.least if isinstance(beside, (np.ndarray, Measure)) else 0.0
    return Check(measure, relation, beside, margin)


def findings(
    y: np.ndarray, sr: int, checks: Sequence[Check], *, title: str = "sound", words: str = ""
) -> tuple[Finding, ...]:
    """Make checks of a sound, as a page plays it.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
    sr : int
        Rate in Hz, also of the sounds it is compared with.
    checks : sequence of Check
    title, words : str
        What to name where one fails.

    Raises
    ------
    AudioError
        If one does not hold.

    Examples
    --------
    >>> from audiostyle_lib.page.hearing import BRIGHTNESS
    >>> from audiostyle_lib.sounds import tone
    >>> low, high = tone(440.0), tone(880.0)
    >>> print(*findings(high, 22050, [more(BRIGHTNESS, low)]))
    brightness 888 Hz, expected more than 445, margin 7%
    >>> findings(high, 22050, [same(BRIGHTNESS, low)], title="Tone", words="As dull.")
    Traceback (most recent call last):
    ...
    audiostyle_lib.audio.AudioError: "As dull." (Tone) is not borne out: brightness 888 Hz, \
expected the same as 445, margin 7%
    """
    if not checks:
        return ()
    y = heard(check_audio(y, sr, name=title))
    found = tuple(_found(y, sr, check) for check in checks)
    if failed := [str(finding) for finding in found if not finding.holds]:
        raise AudioError(f'"{words}" ({title}) is not borne out: {"; ".join(failed)}')
    return found


def _found(y: np.ndarray, sr: int, check: Check) -> Finding:
    measure, beside = check.measure, check.beside
    if isinstance(beside, Measure):
        other = float(beside.of(y, sr))
    elif isinstance(beside, np.ndarray):
        other = float(measure.of(heard(check_audio(beside, sr)), sr))
    else:
        other = float(beside)
    mine, margin = float(measure.of(y, sr)), check.margin
    return Finding(
        measure.name, check.relation, mine, other, margin, measure.unit, measure.relative
    )


def as_attribute(found: Sequence[Finding]) -> str:
    """Findings as a text that a page carries: read by `checks_on`."""
    rows = [astuple(finding) for finding in found]
    short = [[float(f"{x:.5g}") if type(x) is float else x for x in row] for row in rows]
    return json.dumps(short, separators=(",", ":"))


class _Page(HTMLParser):
    """Clips of a page: how many there are, and what was checked of each, with its title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.n_clips, self.found = 0, list[tuple[str, Finding]]()
        self._waiting, self._inside, self._clip = list[list](), False, False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "figure":
            self._clip = "as-clip" in (named.get("class") or "").split()
            self._waiting = json.loads(named.get("data-checks") or "[]")
        if tag == "audio" and self._clip:  # else it is a picture
            self.n_clips += 1
        self._inside = tag == "figcaption"

    def handle_data(self, data: str) -> None:
        if self._inside and self._waiting:
            self.found += [(data.strip(), Finding(*row)) for row in self._waiting]
            self._waiting = []


def checks_on(html: str) -> tuple[int, list[tuple[str, Finding]]]:
    """Of a page's source: how many clips it has, and what was found of them, with their titles.

    >>> from audiostyle_lib.page import Clip, players
    >>> from audiostyle_lib.page.hearing import PITCH
    >>> from audiostyle_lib.sounds import tone
    >>> page = players(Clip(tone(440.0), 22050, "A", "440 Hz.", checks=[same(PITCH, 440.0)]))
    >>> n_clips, found = checks_on(str(page))
    >>> n_clips, found[0][0], found[0][1].name, found[0][1].holds
    (1, 'A', 'pitch', True)
    """
    page = _Page(html)
    return page.n_clips, page.found


def main(root: str) -> None:
    """Print what was checked on every page below a folder, as a table in Markdown."""
    print("| page | clip | measure | measured | | beside | margin |\n|---|---|---|---|---|---|---|")
    for path in sorted(Path(root).rglob("*.html")):
        n_clips, found = checks_on(path.read_text("utf-8"))
        for title, f in found:
            sign = {"more": ">", "less": "<", "same": "="}[f.relation]
            margin = f"{f.margin:.0%}" if f.relative else f"{f.margin:g}"
            cells = title, f.name, f"{f.measured:.4g} {f.unit}", sign, f"{f.beside:.4g}", margin
            print(f"| {path.stem} | {' | '.join(cells)} |")
        if n_clips:
            print(f"| {path.stem} | {n_clips} clips, {len(found)} checks | | | | | |")


if __name__ == "__main__":
    main(sys.argv[1])
