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

from ..auditory import log_mel

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito


def plot_waveform(y: np.ndarray, sr: int, *, ax: Axes | None = None) -> Line2D:
    """Draw samples over time in seconds.

    >>> plot_waveform(np.zeros(100), 22050).get_xdata().size
    100
    """
    ax = plt.figure().subplots() if ax is None else ax
    (line,) = ax.plot(np.arange(len(y)) / sr, y, color=COLOURS[0], linewidth=0.5)
    ax.set(xlabel="time (s)", ylabel="amplitude", xlim=(0, len(y) / sr), ylim=(-1, 1))
    return line


def plot_spectrogram(
    y: np.ndarray, sr: int, *, ax: Axes | None = None, n_mels: int = 96, floor_db: float = -60.0
) -> QuadMesh:
    """Draw a mel spectrogram in dB: time to the right, frequency upwards, loud is bright.

    Parameters
    ----------
    y : array of shape (n,)
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
    S = log_mel(y, sr, n_mels=n_mels)
    centres = librosa.mel_frequencies(n_mels=n_mels, fmax=sr / 2)
    mesh = ax.pcolormesh(
        np.linspace(0, len(y) / sr, S.shape[1]),
        np.arange(n_mels),
        S,
        cmap="magma",
        vmin=floor_db,
        vmax=0,
    )
    marks = [f for f in (100, 300, 1000, 3000, 10000) if f < centres[-1]]
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
