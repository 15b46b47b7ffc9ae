"""Pictures of sounds and scores: arrays in, drawn on the axes `ax`, artists out.

Nothing here calls `show` or keeps a current figure; colours are readable for the colour-blind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import librosa
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D

from .html import mean_log_mel

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito


def plot_waveform(y: np.ndarray, sr: int, *, ax: Axes | None = None) -> Line2D:
    """Draw samples over time in seconds.

    Several channels stand below one another, the first on top, each with its full scale.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
    sr : int
    ax : axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    the line, of the first channel where there are several: the others follow it in `ax.lines`

    Examples
    --------
    >>> plot_waveform(np.zeros(100), 22050).get_xdata().size
    100
    """
    ax = plt.figure().subplots() if ax is None else ax
    Y = np.atleast_2d(y)
    middles = -2.0 * np.arange(len(Y))  # full scale is from -1 to 1
    times = np.arange(Y.shape[1]) / sr
    lines = []
    for middle, channel in zip(middles, Y, strict=True):
        lines += ax.plot(times, channel + middle, color=COLOURS[0], linewidth=0.5)
    ax.set(xlabel="time (s)", xlim=(0, Y.shape[1] / sr), ylim=(middles[-1] - 1, 1))
    if len(Y) == 1:
        ax.set_ylabel("amplitude")
    else:
        names = ["left", "right"] if len(Y) == 2 else [str(k + 1) for k in range(len(Y))]
        ax.set_yticks(middles, names)
        ax.set_ylabel("channel")
    return lines[0]


def plot_spectrogram(
    y: np.ndarray, sr: int, *, ax: Axes | None = None, n_mels: int = 96, floor_db: float = -60.0
) -> QuadMesh:
    """Draw a mel spectrogram in dB: time to the right, frequency upwards, loud is bright.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        Of several channels the mean power is drawn.
    sr : int
    ax : axes, optional
        Where to draw; a new figure by default.
    n_mels : int
    floor_db : number < 0
        What is this far below the loudest point is black.

    Returns
    -------
    the mesh, for a colour bar

    Examples
    --------
    >>> mesh = plot_spectrogram(np.random.default_rng(0).normal(0, 0.1, 22050), 22050)
    >>> mesh.axes.get_ylabel()
    'frequency (Hz)'
    """
    ax = plt.figure().subplots() if ax is None else ax
    S = mean_log_mel(y, sr, n_mels=n_mels)
    centres = librosa.mel_frequencies(n_mels=n_mels, fmax=sr / 2)
    mesh = ax.pcolormesh(
        np.linspace(0, y.shape[-1] / sr, S.shape[1]),
        np.arange(n_mels),
        S,
        cmap="magma",
        vmin=floor_db,
        vmax=0,
    )
    marks = [f for f in (300, 1000, 3000, 10000) if f < centres[-1]]
    ax.set_yticks(np.interp(marks, centres, np.arange(n_mels)), [f"{f:,}" for f in marks])
    ax.set(xlabel="time (s)", ylabel="frequency (Hz)")
    return mesh


def plot_loss(histories: Mapping[str, Sequence[float]], *, ax: Axes | None = None) -> list[Line2D]:
    """Draw one loss curve per label, on a logarithmic scale.

    >>> [line.get_label() for line in plot_loss({"64 filters": [1.0, 0.1]})]
    ['64 filters']
    """
    ax = plt.figure().subplots() if ax is None else ax
    lines = []
    for i, (label, history) in enumerate(histories.items()):
        style = ("-", "--", ":", "-.")[i // len(COLOURS) % 4]
        lines += ax.semilogy(history, style, color=COLOURS[i % len(COLOURS)], label=label)
    ax.set(xlabel="evaluations of the loss", ylabel="loss")
    ax.grid(alpha=0.3)
    ax.legend()
    return lines


def plot_scores(
    reports: Mapping[str, Mapping[str, float]],
    names: Sequence[str],
    *,
    ax: Axes | None = None,
) -> list[BarContainer]:
    """Draw bars of the scores `names` below each other, one colour per report.

    Parameters
    ----------
    reports : dict of label to scores
        For instance of `texture_report`.
    names : sequence of str
        Which scores, from top to bottom.
    ax : axes, optional

    Returns
    -------
    list of bar containers, one per report

    Examples
    --------
    >>> bars = plot_scores({"noise": {"copy": 0.1}, "texture": {"copy": 0.2}}, ["copy"])
    >>> len(bars)
    2
    """
    ax = plt.figure().subplots() if ax is None else ax
    width = 0.8 / len(reports)
    containers = []
    for i, (label, report) in enumerate(reports.items()):
        place = np.arange(len(names)) + (i - (len(reports) - 1) / 2) * width
        values = [report[name] for name in names]
        containers.append(
            ax.barh(place, values, width, label=label, color=COLOURS[i % len(COLOURS)])
        )
    ax.set_yticks(np.arange(len(names)), [name.replace("_", " ") for name in names])
    ax.invert_yaxis()
    ax.set_xlim(left=0)
    ax.legend()
    return containers
