"""The method as one figure: a search for a texture, computed before, and the same search live.

Live means that the engine in the page (`assets/engine/method.js`) searches there and then, with the
recording or with a reader's own sound. Where no script runs, what was computed stands alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from ..quality import Quality, as_quality
from .engine import own_script, packed_worker, plain
from .html import Html, asset
from .own_sound import ACCEPT
from .steps import Steps
from .widgets import Clip

LONGEST = 3.0  # s of a reader's sound that are used: the most typical ones


class Method(Html):
    """`Steps` of a search for a texture, and controls to run it in the page.

    Parameters
    ----------
    title, moments, grams, wanted, history, start
        As for `Steps`.
    recording : Clip
        Whose texture it is, of one channel.
    quality : str or Quality
        With what was searched: the page does the same.
    width : int
        Of the filters whose Gram matrices are shown, in frames.

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> clips = {n: Clip(tone(220.0 * (n + 1)), 22050, "Tone", "A pitch.") for n in range(2)}
    >>> grams, rain = {0: np.eye(3), 1: np.ones((3, 3))}, Clip(tone(440.0), 22050, "Rain", "")
    >>> page = Method("Up", clips, grams, np.eye(3), [1.0, 0.1], recording=rain, quality="draft")
    >>> str(page).count("<audio")
    3
    """

    def __init__(
        self,
        title: str,
        moments: Mapping[int, Clip],
        grams: Mapping[int, np.ndarray],
        wanted: np.ndarray,
        history: Sequence[float],
        *,
        recording: Clip,
        quality: str | Quality,
        width: int = 8,
        start: int | None = None,
    ) -> None:
        steps = Steps(title, moments, grams, wanted, history, beside=[recording], start=start)
        config = {"quality": plain(as_quality(quality)), "width": width, "seconds": LONGEST}
        live = asset("method/live.html")
        for mark, text in {"accept": ACCEPT, "recording": recording.title}.items():
            live = live.replace(f"{{{mark}}}", escape(text))
        script = own_script(
            "../method/method", f'startMethods("{packed_worker()}", {json.dumps(config)});'
        )
        super().__init__(
            f'<div class="as-method" role="group" aria-label="{escape(title)}">{steps}'
            f'<div class="as-live as-off" role="group" aria-label="Live: {escape(title)}"'
            f' data-name="{escape(recording.title)}">{live}</div></div><script>{script}</script>'
        )
