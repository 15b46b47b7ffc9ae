"""What goes on a page: players that decode at one level, pictures and tables with their texts."""

from __future__ import annotations

import base64
import io
import re

import matplotlib
import numpy as np
import pytest
import soundfile as sf
from PIL import Image

from audiostyle_lib.audio import AudioError
from audiostyle_lib.levels import rms
from audiostyle_lib.page.widgets import Clip, Html, figure, players, table
from audiostyle_lib.sounds import load_sound, tone

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SR = 22050


def decoded(kind: str, source: str) -> list[io.BytesIO]:
    found = re.findall(rf'src="data:{kind};base64,([^"]+)"', source)
    return [io.BytesIO(base64.b64decode(data)) for data in found]


def test_players_decode_at_one_level() -> None:
    sounds = [load_sound("sauna", seconds=1.5), 0.01 * tone(440.0, seconds=2.0)]
    page = str(players(*(Clip(y, SR, f"Clip {i}", "Listen.") for i, y in enumerate(sounds))))
    audio = re.findall("<audio[^>]*>", page)
    assert len(audio) == 2
    for tag, number in zip(audio, "01", strict=True):
        assert 'preload="none"' in tag and " controls" in tag and "autoplay" not in tag
        assert f'aria-label="Clip {number}"' in tag
    levels = []
    for y, data in zip(sounds, decoded("audio/mpeg", page), strict=True):
        heard, sr = sf.read(data)
        assert sr == SR and abs(len(heard) - len(y)) < 0.1 * SR
        levels.append(20 * np.log10(rms(heard)))
    assert abs(levels[0] - levels[1]) < 1 and levels[0] == pytest.approx(-20, abs=1)


def test_players_have_pictures_and_words() -> None:
    page = str(players(Clip(tone(440.0), SR, 'A "loud" <tone>', "Hear & listen.")))
    assert "Hear &amp; listen." in page
    assert 'alt="Spectrogram: A &quot;loud&quot; &lt;tone&gt;"' in page and "<tone>" not in page
    image = Image.open(decoded("image/png", page)[0])
    assert image.height == 64 and 100 < image.width <= 301
    loudest = np.asarray(image.convert("RGB")).sum(axis=2).mean(axis=1).argmax()
    assert loudest > 48  # 440 Hz is near the bottom


def test_a_bad_clip_is_named() -> None:
    with pytest.raises(AudioError, match="Broken has 3 NaN"):
        players(Clip(np.full(3, np.nan), SR, "Broken", ""))


def test_figure_has_its_text_and_is_closed() -> None:
    fig, _ = plt.subplots()
    page = str(figure(fig, alt="Two <curves>", caption="They fall."))
    assert 'alt="Two &lt;curves&gt;"' in page and ">They fall.</figcaption>" in page
    assert Image.open(decoded("image/png", page)[0]).width > 200
    assert not plt.fignum_exists(fig.number)


def test_table() -> None:
    rows = {"rain": {"copy": 0.126, "n": 12345, "note": "a < b"}}
    page = str(table(rows, ["copy", "n", "note"], caption="Scores"))
    assert ">Scores</caption>" in page and ">0.13<" in page
    assert ">12,345<" in page and "a &lt; b" in page
    assert page.count('scope="col"') == 3 and page.count('scope="row"') == 1


def test_html_is_shown_and_its_repr_is_short() -> None:
    assert Html("<b>x</b>")._repr_mimebundle_()["text/html"] == "<b>x</b>"
    assert len(repr(Html("x" * 1000))) < 40


@pytest.mark.parametrize(
    "sr", [1000, 8000, 11_024, 22_051, 44_100, 88_200, 96_000, 192_000, 384_000]
)
def test_players_of_any_rate(sr: int) -> None:
    """MP3 knows nine rates; what a player holds has the pitch, the level and the length."""
    y = tone(220.0, seconds=1.0, sr=sr)
    page = str(players(Clip(y, sr, "A note", "One pitch."), level_db=-20.0))
    found, rate = sf.read(decoded("audio/mpeg", page)[0])
    assert rate >= min(sr, 48_000) and len(found) / rate == pytest.approx(1.0, abs=0.1)
    assert np.abs(np.fft.rfft(found, rate)).argmax() == pytest.approx(220, abs=1)
    assert rms(found) == pytest.approx(0.1, rel=0.1)
