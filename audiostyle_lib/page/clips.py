"""A sound or a picture on a page, with its title, its sentence and its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .checks import Check, Finding, findings
from .html import Html


@dataclass(frozen=True)
class Clip:
    """A sound on a page: its samples, a title, a sentence on what to listen for, and its scores.

    `y` is of shape (n,) or (channels, n). Of more than two channels two are made to be heard, as
    `html.heard` does, and the title says so. `below` is a piece of page that belongs to it.
    `checks` hold the sentence against the sound, and raise an `AudioError` where it is false;
    `findings` are what they measured.

    >>> from audiostyle_lib.page.checks import more
    >>> from audiostyle_lib.page.hearing import BRIGHTNESS
    >>> from audiostyle_lib.sounds import tone
    >>> brighter = [more(BRIGHTNESS, tone(440.0))]
    >>> Clip(tone(880.0), 22050, "Tone", "Brighter.", checks=brighter).findings[0].holds
    True
    """

    y: np.ndarray
    sr: int
    title: str
    words: str
    numbers: Mapping[str, float | str] = field(default_factory=dict)
    below: Html | None = None
    checks: Sequence[Check] = ()
    findings: tuple[Finding, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        found = findings(self.y, self.sr, self.checks, title=self.title, words=self.words)
        object.__setattr__(self, "findings", found)


@dataclass(frozen=True)
class Picture:
    """An image on a page, (height, width, 3) in [0, 1], with a text for those who do not see it."""

    image: np.ndarray
    title: str
    alt: str
    words: str = ""
    numbers: Mapping[str, float | str] = field(default_factory=dict)
    below: Html | None = None
