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
from audiostyle_lib.page.figures import figure
from audiostyle_lib.page.html import SLIDE, Html, fewer_colours, heard, mean_log_mel
from audiostyle_lib.page.tables import table
from audiostyle_lib.page.widgets import Clip, Explorer, players
from audiostyle_lib.sounds import load_sound, rain, tone

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


def test_a_drawing_has_few_colours_and_a_photograph_all() -> None:
    drawing = np.full((80, 120, 3), 255, np.uint8)
    drawing[20:60, 30] = (0, 114, 178)
    few = fewer_colours(Image.fromarray(drawing))
    assert few.mode == "P" and np.array_equal(np.asarray(few.convert("RGB")), drawing)
    photograph = np.random.default_rng(0).integers(0, 256, (80, 120, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(fewer_colours(Image.fromarray(photograph))), photograph)


def test_a_figure_is_drawn_again_for_a_slide(monkeypatch: pytest.MonkeyPatch) -> None:
    """In another shape, twice as fine, its smallest letters as large as is written on it."""

    def drawn() -> Html:
        fig, axes = plt.subplots(1, 2, figsize=(10, 2))
        axes[0].set_title("small", fontsize=5)
        axes[1].plot([0, 1], label="a line")
        axes[1].legend(fontsize=6)
        return figure(fig, alt="Two")

    opened = plt.get_fignums()  # by others
    before = drawn()
    monkeypatch.setenv("AUDIOSTYLE_SLIDES", "1")
    after = drawn()
    assert (str(after), before.slide) == (str(before), "") and plt.get_fignums() == opened
    assert SLIDE not in before._repr_mimebundle_()
    assert after._repr_mimebundle_()[SLIDE] == after.slide
    sizes = [float(x) for x in re.findall(r'data-letters="([\d.]+)"', after.slide)]
    assert sizes == [pytest.approx(9.75 * 90 / 72, abs=0.1)] and "data-letters" not in str(after)
    widths = [int(x) for x in re.findall(r"--width:(\d+)px", after.slide)]
    pixels = Image.open(decoded("image/png", after.slide)[0])
    assert sum(widths) < 620 and pixels.width == pytest.approx(2 * widths[0], abs=1)


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


def image(y: np.ndarray) -> tuple[float, float]:
    """Of two channels the correlation, and by how many dB the first is louder."""
    return float(np.corrcoef(y)[0, 1]), 20 * np.log10(rms(y[0]) / rms(y[1]))


@pytest.mark.parametrize("sr", [8000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("kind", ["left", "apart", "opposite"])
def test_two_channels_stay_where_they_are(sr: int, kind: str) -> None:
    """Measured: at most 0.015 dB and 0.004; at 8,000 Hz 0.24 dB and 0.016."""
    a, b = (rain(seconds=2.0, sr=sr, seed=seed) for seed in (0, 1))
    other = {"left": 0.4 * a + 0.3 * b, "apart": 0.25 * b, "opposite": 0.1 * b - 0.5 * a}[kind]
    y = np.stack([a, other])
    page = str(players(Clip(y, sr, "Two", "Wide."), Clip(a, sr, "One", "Narrow.")))
    two, one = decoded("audio/mpeg", page)
    found, rate = sf.read(two)
    narrow, _ = sf.read(one)
    assert found.shape == (2 * rate, 2) and narrow.shape == (2 * rate,)
    assert image(found.T)[0] == pytest.approx(image(y)[0], abs=0.02)
    assert image(found.T)[1] == pytest.approx(image(y)[1], abs=0.1 if sr > 8000 else 0.3)
    assert rms(found) == pytest.approx(rms(narrow), rel=0.05)
    assert "Two</figcaption>" in page and page.count('data-seconds="2.000"') == 2


@pytest.mark.parametrize(
    ("n", "left", "right"),
    [
        (3, (0, 2), (1, 2)),
        (4, (0, 2), (1, 3)),
        (5, (0, 2, 3), (1, 2, 4)),
        (6, (0, 2, 3, 4), (1, 2, 3, 5)),
        (7, (0, 2, 3, 4, 5), (1, 2, 3, 4, 6)),
        (8, (0, 2, 3, 4, 6), (1, 2, 3, 5, 7)),
    ],
)
def test_more_channels_are_heard_as_two(n: int, left: tuple, right: tuple) -> None:
    """Each where it stands, as in a WAV file: the second is right, the third in the middle."""
    two = heard(np.eye(n))
    assert two.shape == (2, n)
    assert (tuple(np.flatnonzero(two[0])), tuple(np.flatnonzero(two[1]))) == (left, right)
    assert two.sum(axis=1) == pytest.approx(1)  # no sample can become larger than there were
    assert heard(np.ones((1, 5))).shape == (5,) and heard(np.ones(5)).shape == (5,)


def test_a_title_says_how_channels_are_heard() -> None:
    six = np.stack([tone(110.0 * k, seconds=0.5) for k in range(2, 8)])
    page = str(players(Clip(six, SR, "Room", "All around."), Clip(six[:1], SR, "One", "")))
    assert ">Room (6 channels, heard as 2)</figcaption>" in page and ">One</figcaption>" in page
    assert 'alt="Spectrogram: Room (6 channels, heard as 2)"' in page
    assert [sf.read(data)[0].ndim for data in decoded("audio/mpeg", page)] == [2, 1]
    page = str(Explorer("Room", {"n": [3, 4]}, lambda n: Clip(six[:n], SR, "Room", "")))
    assert ">Room (n 3; 3 channels, heard as 2)</figcaption>" in page
    with pytest.raises(AudioError, match=r"Room has shape \(9, 100\)"):
        players(Clip(np.zeros((9, 100)), SR, "Room", ""))


def test_a_spectrogram_is_of_the_mean_power_of_the_channels() -> None:
    low, high = tone(440.0), tone(3000.0)
    both = mean_log_mel(np.stack([low, high]), SR)
    sounding = np.flatnonzero(both.mean(axis=1) > -10)
    for y in (low, high):  # which in one channel would be above one another
        assert mean_log_mel(y, SR).mean(axis=1).argmax() in sounding
    opposite = mean_log_mel(np.stack([low, -low]), SR)  # which the average would not hold
    np.testing.assert_allclose(opposite, mean_log_mel(low, SR), atol=1e-3)
    half = mean_log_mel(np.stack([low, 0.1 * high]), SR)
    other = mean_log_mel(high, SR).mean(axis=1).argmax()
    assert np.mean(half[other] - both[other]) == pytest.approx(-20, abs=0.5)
    mixed = 0.5 * (low + high)
    once = mean_log_mel(np.stack([mixed, 0.5 * low]), SR)  # the high one in one channel of two
    assert np.mean(once[other] - mean_log_mel(mixed, SR)[other]) == pytest.approx(-3, abs=0.2)
    silence = mean_log_mel(np.zeros((2, SR)), SR)
    assert silence.max() <= -60  # black
