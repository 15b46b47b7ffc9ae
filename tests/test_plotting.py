"""Pictures show the numbers they were given, on the axes they were given."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes

from audiostyle_lib.page import plotting
from audiostyle_lib.sounds import tone

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SR = 22050


@pytest.fixture
def ax() -> Iterator[Axes]:
    fig, ax = plt.subplots()
    before = plt.get_fignums()
    yield ax
    assert plt.get_fignums() == before  # nothing else was opened
    plt.close(fig)


def test_waveform(ax: Axes) -> None:
    y = tone(440.0, seconds=0.5)
    line = plotting.plot_waveform(y, SR, ax=ax)
    assert line.axes is ax and np.array_equal(line.get_ydata(), y)
    assert line.get_xdata()[-1] == pytest.approx(0.5, abs=1e-3)
    assert ax.get_xlabel() == "time (s)"


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_waveforms_of_channels_do_not_hide_one_another(ax: Axes, channels: int) -> None:
    y = np.stack([tone(110.0 * (k + 2), seconds=0.1) for k in range(channels)])
    first = plotting.plot_waveform(y, SR, ax=ax)
    assert first is ax.lines[0] and len(ax.lines) == channels
    for k, line in enumerate(ax.lines):
        np.testing.assert_allclose(line.get_ydata(), y[k] - 2 * k, atol=1e-6)
    assert ax.get_ylim() == (1 - 2 * channels, 1) and ax.get_xlim()[1] == pytest.approx(0.1)
    names = [label.get_text() for label in ax.get_yticklabels()]
    if channels > 1:
        assert names == (["left", "right"] if channels == 2 else list("123456"))
    assert ax.get_ylabel() == ("channel" if channels > 1 else "amplitude")


def test_spectrogram_of_channels(ax: Axes) -> None:
    """Their mean power: what is in one of them is there, and nothing cancels."""
    y = tone(1000.0, seconds=1.0)
    alone = np.asarray(plotting.plot_spectrogram(y, SR, ax=ax).get_array())
    for other in (-y, 0 * y):
        mesh = plotting.plot_spectrogram(np.stack([y, other]), SR, ax=ax)
        S = np.asarray(mesh.get_array())
        loud = alone > -40
        np.testing.assert_allclose(S[loud], alone[loud], atol=0.01)
    assert ax.get_xlim()[1] == pytest.approx(1.0, abs=0.02)


def test_spectrogram(ax: Axes) -> None:
    mesh = plotting.plot_spectrogram(tone(1000.0, seconds=2.0), SR, ax=ax, n_mels=48)
    S = np.asarray(mesh.get_array())
    assert mesh.axes is ax and S.shape[0] == 48 and S.max() > -0.01
    ticks = {
        label.get_text(): y for y, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    assert abs(ticks["1,000"] - S.mean(axis=1).argmax()) <= 1.5
    assert ax.get_xlim()[1] == pytest.approx(2.0, abs=0.02)


def test_loss(ax: Axes) -> None:
    lines = plotting.plot_loss({"a": [1.0, 0.1], "b": [2.0, 0.5, 0.2]}, ax=ax)
    assert ax.get_yscale() == "log"
    assert [list(line.get_ydata()) for line in lines] == [[1.0, 0.1], [2.0, 0.5, 0.2]]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", "b"]


def test_scores(ax: Axes) -> None:
    reports = {"noise": {"copy": 0.1, "auditory": 0.5}, "new": {"copy": 0.2, "auditory": 0.3}}
    bars = plotting.plot_scores(reports, ["auditory", "copy"], ax=ax)
    assert [[bar.get_width() for bar in group] for group in bars] == [[0.5, 0.1], [0.3, 0.2]]
    places = [bar.get_y() for group in bars for bar in group]
    assert len(set(np.round(places, 6))) == 4  # none hides another
    assert [t.get_text() for t in ax.get_yticklabels()] == ["auditory", "copy"]


def test_a_figure_of_its_own_where_none_is_given() -> None:
    before = len(plt.get_fignums())
    plotting.plot_waveform(tone(440.0), SR)
    assert len(plt.get_fignums()) == before + 1
    plt.close("all")
