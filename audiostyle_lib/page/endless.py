"""A sound without end on a page: a trained generator makes it while it plays, without a kernel.

The generator's numbers and the engine's stream (`assets/engine`) are inside the page; a worker
makes the sound a moment before it is heard, as Python would make it. A knob is followed while it
plays. Where scripts are stripped, a plain player has some seconds of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from html import escape

import numpy as np

from ..audio import AudioError
from ..generator import STRETCH, STRETCH_TURNED, TextureGenerator
from ..levels import rms
from .engine import own_script, script
from .html import Html, asset, sound_address
from .packed import packed

_LEVEL = 0.1  # root mean square of full volume, as of the other players
_PEAK = 0.95
_TRIED_SECONDS = 3.0  # at each reference of the knob, for the loudest peak
_WAIT = 0.25  # seconds of sound that wait to be played, and a share of those made at once, in
_WAIT_SHARE = 0.3  # which the next are made


class Endless(Html):
    """A player of a generator's sound that goes on for as long as one likes.

    With start and stop, volume, another take, and the generator's knob, if it has one: what it does
    is heard within a second. Nothing plays by itself, and one player of a page at a time. Of one
    channel at 22,050 Hz it adds 200 to 300 kB to the page, of which 60 are the engine.

    Parameters
    ----------
    generator : TextureGenerator
        Of one or two channels (`train_generator`).
    title : str
    words : str
        A sentence on what to listen for.
    knob : str
        What the knob is, such as "drops a second".
    ends : pair of str, optional
        What is at its ends, where shares of them say more than numbers.
    start : number, optional
        Where the knob stands at first; half-way by default.
    seed : int
        Of the first take.
    seconds : number
        Length of the sound that is there without scripts.

    Raises
    ------
    AudioError
        If it makes more than two channels, or the page has no such transform, or `start` is no
        number.

    Examples
    --------
    >>> from audiostyle_lib import train_generator
    >>> from audiostyle_lib.sounds import rain
    >>> steps = dict(channel_steps=5, sound_steps=0, progress=False)
    >>> made = train_generator(rain(seconds=1.0), 22050, **steps)
    >>> page = Endless(made, "Rain", "It does not repeat.")
    >>> str(page).count("<audio")
    1
    """

    def __init__(
        self,
        generator: TextureGenerator,
        title: str,
        words: str = "",
        *,
        knob: str = "knob",
        ends: Sequence[str] | None = None,
        start: float | None = None,
        seed: int = 0,
        seconds: float = 3.0,
    ) -> None:
        kept, there = packed(generator)
        if ends is not None and (isinstance(ends, str) or len(ends) != 2):
            raise AudioError(f"ends are {ends!r}; expected two words, of the knob's two ends")
        settings = {"kept": kept, "title": title, "seed": seed, "knob": None}
        stretch, places = STRETCH, list[float | None]([None])
        if there.knob:
            stretch, places = STRETCH_TURNED, list(there.knob.positions)
            start = there.knob.middle if start is None else start
            settings["knob"] = {
                "name": knob,
                "ends": None if ends is None else list(ends),
                "start": start,
            }
        y = there.synthesize(seconds, seed, knob=start)
        tried = [there.synthesize(_TRIED_SECONDS, seed, knob=place) for place in places]
        peak = max(float(np.abs(x).max()) for x in [y, *tried])
        gain = min(_LEVEL / max(rms(y), 1e-9), _PEAK / max(peak, 1e-9))
        ahead = _WAIT + _WAIT_SHARE * (stretch - STRETCH_TURNED) * kept["hopLength"] / kept["sr"]
        settings |= {"gain": gain, "ahead": ahead}
        data = json.dumps(settings, separators=(",", ":")).replace("<", "\\u003c")
        worker, name, address = worker_text(), escape(title), sound_address(gain * y, there.sr)
        known = sha256(worker.encode()).hexdigest()[:12]
        super().__init__(
            f'<div class="as-widget as-endless" role="group" data-worker="{known}"'
            f' aria-label="Endless: {name}"><style>{asset("widgets.css")}</style>'
            f'<p class="as-title">{name}</p><p>{escape(words)}</p><div class="as-plain">'
            f'<audio controls preload="none" aria-label="{name}" src="{address}"></audio>'
            f"<p>{seconds:g} seconds of it: where scripts run, it plays without end.</p></div>"
            f'<script type="application/json" class="as-generator">{data}</script></div>'
            f'<script type="text/plain" data-as-worker="{known}">{worker}</script>'
            f"<script>{own_script('../endless', 'startEndless();')}</script>"
        )

    def __repr__(self) -> str:
        return f"Endless({len(self.source)} characters)"


@cache
def worker_text() -> str:
    """The text of the worker that makes an endless sound."""
    text = script("stream_worker") + "serveStream(self);\n"
    return re.sub(r"^ +", "", text, flags=re.MULTILINE)
