"""Pieces of a page: sounds and pictures as a page plays and draws them, and addresses that carry
them inside the page itself.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import librosa
import numpy as np
import soundfile as sf
from matplotlib import colormaps
from PIL import Image

from ..auditory import log_mel

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)  # Hz: no others
SLIDE = "application/vnd.audiostyle.slide"
LIGHT = 0.3  # level of compression: MP3 is a third smaller than the best, and sounds no worse
_UNSEEN = 0.5  # of 255 that colours may be off in the mean
_DEPTH_DB = 60.0  # what is this far below the loudest point is black
PALETTE = (colormaps["magma"](np.linspace(0, 1, 64))[:, :3] * 255).astype(np.uint8).tolist()
_COLUMNS, _ROWS = 300, 64  # of a spectrogram, at most
LEAST_RATE = _MP3_RATES[0]  # Hz, of a spectrogram: below there are too few frequencies for its rows
_HOP_SECONDS = 0.01  # from column to column, at least
# Where the channels of a WAV or FLAC file stand, by their number: left, right, or between (C), as a
# centre and a subwoofer do.
_SIDES = {3: "LRC", 4: "LRLR", 5: "LRCLR", 6: "LRCCLR", 7: "LRCCCLR", 8: "LRCCLRLR"}


@dataclass(frozen=True)
class Html:
    """A piece of a page; notebooks show it, `str` gives the source.

    `slide` is the same for a slide, where that is not as on the page: under a name of its own, so
    that nothing but the maker of slides shows it.
    """

    source: str
    slide: str = ""

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        bundle = {"text/html": self.source, "text/plain": repr(self)}
        return bundle | ({SLIDE: self.slide} if self.slide else {})

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Html({len(self.source)} characters)"


@cache
def asset(name: str) -> str:
    """A style sheet or script, to go into a page; style sheets without spaces that only we need.

    >>> asset("pieces.css")[:40]
    '.as-table{overflow-x: auto;max-width: 10'
    """
    text = (files(__package__) / "assets" / name).read_text("utf-8")
    if not name.endswith(".css"):
        return text
    return re.sub(r"\s*([{};])\s*", r"\1", text).replace(";}", "}")


def number_text(value: float, decimals: int | None = None) -> str:
    """A number as the pages write it: whole numbers with commas, others rounded, none as a dash.

    Without `decimals` there are two, or two digits of a small one.

    >>> number_text(12345), number_text(0.126), number_text(0.00123), number_text(float("nan"))
    ('12,345', '0.13', '0.0012', '–')
    """
    if value != value:
        return "–"
    if decimals is None:
        if 1e-12 < abs(value) < 0.095:
            return f"{value:.2g}"
        decimals = 2
    return f"{value:,}" if isinstance(value, int) else f"{value:.{decimals}f}"


def data_address(kind: str, data: bytes) -> str:
    """An address that is the data itself: a page needs no other file for it.

    >>> data_address("text/plain", b"rain")
    'data:text/plain;base64,cmFpbg=='
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def heard(y: np.ndarray) -> np.ndarray:
    """The sound as a page plays it: (n,) or (2, n).

    More than two channels are averaged into two by where they stand, front and back alike, in the
    order of WAV and FLAC files: left, right, centre, subwoofer, and the pairs behind or beside. The
    centre and the subwoofer go to both sides.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n), 1 to 8 channels

    Examples
    --------
    >>> heard(np.array([[0.8, 0.0], [0.0, 0.8], [0.0, 0.0], [0.4, 0.0]])).round(1)
    array([[0.4, 0. ],
           [0.2, 0.4]])
    """
    if y.ndim == 1 or len(y) == 2:
        return y
    if len(y) == 1:
        return y[0]
    sides = _SIDES[len(y)]
    gains = {"L": (1.0, 0.0), "R": (0.0, 1.0), "C": (np.sqrt(0.5), np.sqrt(0.5))}
    weights = np.transpose([gains[side] for side in sides])
    return (weights / weights.sum(axis=1, keepdims=True)).astype(y.dtype) @ y


def sound_address(y: np.ndarray, sr: int, *, light: bool = False) -> str:
    """The sound, (n,) or (2, n), as MP3 inside an address: of 3 s at 22,050 Hz 8 to 35 kB, or, with
    two channels, 11 to 61 kB. A `light` one has a quarter or a third less where it has one channel.

    MP3 knows nine rates. Others are brought to the next one above, or to 48,000 Hz, which is
    beyond what ears or loudspeakers need.
    """
    if sr not in _MP3_RATES:
        y, sr = _at_rate(y, sr, next((r for r in _MP3_RATES if r > sr), _MP3_RATES[-1]))
    buffer = io.BytesIO()
    # At level 0 the encoder keeps two channels apart; at the next they begin to run together.
    level = LIGHT if light and y.ndim == 1 else 0.0
    sf.write(buffer, y.T, sr, format="MP3", bitrate_mode="VARIABLE", compression_level=level)
    return data_address("audio/mpeg", buffer.getvalue())


def _at_rate(y: np.ndarray, sr: int, rate: int) -> tuple[np.ndarray, int]:
    """The sound at another rate, and that rate."""
    y = librosa.resample(np.asarray(y, np.float32), orig_sr=sr, target_sr=rate)
    return y / max(1.0, float(np.abs(y).max(initial=0.0))), rate


def mean_log_mel(
    y: np.ndarray, sr: int, *, n_mels: int = 40, hop_seconds: float = 0.01
) -> np.ndarray:
    """`auditory.log_mel` of the mean power of all channels, (n_mels, n_frames).

    >>> y = np.random.default_rng(0).normal(0, 0.1, 22050)
    >>> both, one = mean_log_mel(np.stack([y, y]), 22050), mean_log_mel(y, 22050)
    >>> bool(np.allclose(both, one, atol=1e-4))
    True
    """
    S = log_mel(y, sr, n_mels=n_mels, hop_seconds=hop_seconds)
    if y.ndim == 1:
        return S
    S = librosa.power_to_db(librosa.db_to_power(S).mean(axis=0))
    return S - S.max() if y.any() else S  # silence stays below all


def spectrogram_address(y: np.ndarray, sr: int) -> str:
    """`spectrogram` as PNG, inside an address."""
    return picture_address(spectrogram(y, sr))


def spectrogram(y: np.ndarray, sr: int) -> Image.Image:
    """A picture of the mean power of all channels of a sound, (n,) or (channels, n).

    Of 64 colours: as PNG a third the weight of one in full colour, and no worse to look at.
    """
    if sr < LEAST_RATE:
        y, sr = _at_rate(y, sr, LEAST_RATE)
    hop_seconds = max(_HOP_SECONDS, y.shape[-1] / sr / _COLUMNS)
    S = mean_log_mel(y, sr, n_mels=_ROWS, hop_seconds=hop_seconds)
    brightest = len(PALETTE) - 1
    level = np.clip(np.flipud(S + _DEPTH_DB) / _DEPTH_DB * brightest, 0, brightest)
    image = Image.fromarray(level.astype(np.uint8))
    image.putpalette(bytes(np.ravel(PALETTE).tolist()))
    return image


def fewer_colours(image: Image.Image, n: int = 256) -> Image.Image:
    """The picture in `n` colours, as PNG a third the weight, where nobody sees the difference.

    A drawing has few colours; a photograph, or several, stays as it is.

    >>> fewer_colours(Image.new("RGB", (9, 9), "teal")).mode
    'P'
    """
    few = image.quantize(n, dither=Image.Dither.NONE)
    off = np.asarray(few.convert("RGB"), dtype=float) - np.asarray(image)
    return few if np.abs(off).mean() <= _UNSEEN else image


def picture_address(image: Image.Image) -> str:
    """The picture as PNG, inside an address."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return data_address("image/png", buffer.getvalue())
