"""The studio: on a page without a kernel, a reader's sound becomes new sound of its kind.

All of it is one piece of HTML. The browser decodes the file, the engine (`engine`) works in it, and
nothing is sent or asked for.
"""

from __future__ import annotations

import base64
import io
import json
from html import escape

import numpy as np
import soundfile as sf
from PIL import Image

from ..recordings import load_field, load_sound
from .engine import own_script, packed_worker
from .html import LIGHT, Html, asset, data_address, spectrogram
from .own_sound import ACCEPT

# The book's recordings to begin with, by the names of `load_field` and `load_sound`, and what they
# are called here: some that suit, and two that do not.
SHELF = {
    "field/rain": "Rain",
    "field/fireplace": "Fire",
    "field/summer_night": "Crickets",
    "field/waves": "Waves",
    "sauna": "Sizzling",
    "field/boat": "Lapping water",
    "drum_roll": "Drum roll",
    "field/coffee_shop": "Voices",
}
_THUMB = (160, 44)  # pixels
# By how far a sound can be off in `texture_report`'s "auditory", of ten recordings: a recording's
# one half from the other, and noise with its spectrum (book/benchmark.md).
YARDSTICKS = {"halves": 0.239, "noise": 0.602}


def Studio() -> Html:
    """A page part that makes textures by itself: drop a recording, hear a new one of its kind.

    It needs a browser that runs scripts, no kernel and no network. Nothing leaves the page.

    Returns
    -------
    Html

    Examples
    --------
    >>> "stays on this page" in str(Studio())
    True
    """
    shelf = "".join(_item(name, title) for name, title in SHELF.items())
    others = "".join(f'<option value="{escape(t)}">{escape(t)}</option>' for t in SHELF.values())
    page = asset("studio/studio.html")
    for mark, text in {"accept": ACCEPT, "shelf": shelf, "others": others}.items():
        page = page.replace(f"{{{mark}}}", text)
    config = json.dumps({"yardsticks": YARDSTICKS})
    script = own_script("../studio/studio", f'startStudios("{packed_worker()}", {config});')
    return Html(
        '<div class="as-studio" role="group" aria-label="The studio">'
        f"<style>{asset('widgets.css')}{asset('studio/studio.css')}</style>"
        f"{page}</div><script>{script}</script>"
    )


def _item(name: str, title: str) -> str:
    """A recording of the shelf: its sound as MP3, and a small picture of it."""
    if name.startswith("field/"):
        y, sr = load_field(name.removeprefix("field/"))
    else:
        y, sr = load_sound(name, seconds=None), 22050
    buffer = io.BytesIO()
    sf.write(buffer, y.T, sr, format="MP3", bitrate_mode="VARIABLE", compression_level=LIGHT)
    sound = base64.b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'<li><button type="button" data-name="{escape(title)}" data-sound="{sound}">'
        f'<img src="{_thumb(y, sr)}" alt="">'
        f"<span>{escape(title)}</span></button></li>"
    )


def _thumb(y: np.ndarray, sr: int) -> str:
    buffer = io.BytesIO()
    image = spectrogram(y, sr).convert("RGB").resize(_THUMB, Image.Resampling.BOX)
    image.save(buffer, format="JPEG", quality=60)
    return data_address("image/jpeg", buffer.getvalue())
