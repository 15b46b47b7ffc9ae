"""What a page can play and show without a kernel: plain HTML, the same in the book and in Colab.

Everything is inside the page (data addresses), nothing plays by itself, and every player, picture
and table can be read aloud.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import matplotlib.pyplot as plt
import numpy as np
import soundfile as sf
from matplotlib import colormaps
from matplotlib.figure import Figure
from PIL import Image

from .audio import check_audio, match_levels
from .auditory import log_mel

_DEPTH_DB = 60.0  # what is this far below the loudest point is black


@dataclass(frozen=True)
class Clip:
    """A sound on a page: its samples, a title, and a sentence on what to listen for."""

    y: np.ndarray
    sr: int
    title: str
    listen: str


@dataclass(frozen=True)
class Html:
    """A piece of a page; notebooks show it, `str` gives the source."""

    source: str

    def _repr_html_(self) -> str:
        return self.source

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Html({len(self.source)} characters)"


def players(*clips: Clip, level_db: float = -20.0) -> Html:
    """Show clips side by side at one level, each with spectrogram, player and listening hint.

    Parameters
    ----------
    *clips : Clip
        Sounds to compare; all get the same root mean square (`match_levels`).
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
    sounds = match_levels([check_audio(c.y, c.sr, name=c.title) for c in clips], level_db=level_db)
    cells = "".join(
        f'<figure style="margin:0;min-width:0">'
        f'<figcaption style="color:inherit;font-weight:bold">{escape(c.title)}</figcaption>'
        f'<img src="{_spectrogram_address(y, c.sr)}" alt="Spectrogram: {escape(c.title)}"'
        ' style="width:100%;height:90px;display:block">'
        f'<audio controls preload="none" aria-label="{escape(c.title)}"'
        f' src="{_sound_address(y, c.sr)}" style="width:100%;margin:0.3em 0"></audio>'
        f"<div>{escape(c.listen)}</div></figure>"
        for c, y in zip(clips, sounds, strict=True)
    )
    return Html(
        '<div style="display:grid;gap:1.2em;margin:1em 0;'
        f'grid-template-columns:repeat(auto-fit,minmax(190px,1fr))">{cells}</div>'
    )


def figure(fig: Figure, *, alt: str, caption: str = "", dpi: int = 90) -> Html:
    """Show a matplotlib figure with a text for those who do not see it, and close it.

    >>> fig, ax = plt.subplots()
    >>> 'alt="An empty plot"' in str(figure(fig, alt="An empty plot"))
    True
    """
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", facecolor="white")
    plt.close(fig)
    below = f'<figcaption style="color:inherit">{escape(caption)}</figcaption>' if caption else ""
    return Html(
        f'<figure style="margin:1em 0"><img src="{_address("image/png", buffer.getvalue())}"'
        f' alt="{escape(alt)}" style="max-width:100%;height:auto">{below}</figure>'
    )


def table(
    rows: Mapping[str, Mapping[str, float | str]],
    columns: Sequence[str],
    *,
    caption: str,
    decimals: int = 2,
) -> Html:
    """Show scores, or words, as a table: one line per entry of `rows`, one column per name.

    >>> str(table({"rain": {"copy": 0.125}}, ["copy"], caption="Scores")).count("0.12")
    1
    """
    head = "".join(f'<th scope="col">{escape(c.replace("_", " "))}</th>' for c in columns)
    body = "".join(
        f'<tr><th scope="row" style="text-align:left;white-space:nowrap">{escape(label)}</th>'
        + "".join(_cell(row[c], decimals) for c in columns)
        + "</tr>"
        for label, row in rows.items()
    )
    return Html(
        '<div style="overflow-x:auto"><table style="font-size:0.9em;border-spacing:0.7em 0.2em;'
        f'border-collapse:separate"><caption style="color:inherit">{escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: float | str, decimals: int) -> str:
    if isinstance(value, str):
        return f'<td style="text-align:left">{escape(value)}</td>'
    shown = f"{value:,}" if isinstance(value, int) else f"{value:.{decimals}f}"
    return f'<td style="text-align:right">{shown}</td>'


def _address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _sound_address(y: np.ndarray, sr: int) -> str:
    buffer = io.BytesIO()
    sf.write(buffer, y, sr, format="MP3", bitrate_mode="VARIABLE", compression_level=0.0)
    return _address("audio/mpeg", buffer.getvalue())


def _spectrogram_address(y: np.ndarray, sr: int) -> str:
    """A PNG of 64 colours, a third the weight of one in full colour, and no worse to look at."""
    S = log_mel(y, sr, n_mels=64, hop_seconds=max(0.01, len(y) / sr / 300))
    level = np.clip(np.flipud(S + _DEPTH_DB) / _DEPTH_DB * 63, 0, 63).astype(np.uint8)
    palette = (colormaps["magma"](np.linspace(0, 1, 64))[:, :3] * 255).astype(np.uint8)
    image = Image.fromarray(level)
    image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return _address("image/png", buffer.getvalue())
