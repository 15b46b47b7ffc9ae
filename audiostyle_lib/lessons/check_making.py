"""Checks of chapters 6 to 12: textures, how they are made, and whether they are any good.

Readers find them in `check`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.signal import correlate, stft
from scipy.stats import binom

from .verdicts import NotYet, exercise, result

# Chapter 6


@exercise(6, "pairs are counted, not filters.")
def fair_filters(filters: Any) -> None:
    """Filters of one width whose Gram matrix has as many entries as three of 64 filters."""
    entries, wanted = float(filters) * (float(filters) + 1) / 2, 3 * 64 * 65 / 2
    if abs(entries / wanted - 1) > 0.025:
        more = "more" if entries > wanted else "fewer"
        raise NotYet(f"{filters} filters make {more} different pairs than three times 64 do.")


@exercise(6, "it looks the same, and its samples are nowhere in the original: a hidden copy.")
def hidden_copy(hide: Any) -> None:
    """A copy with the same spectrogram and other samples: a function of the samples."""
    swell = 0.11 + 0.1 * np.sin(np.arange(44100) * 6 * np.pi / 22050)
    y = (swell * np.random.default_rng(0).standard_normal(44100)).astype(np.float32)
    z = np.asarray(result(hide, y.copy()), dtype=float)
    if z.shape != y.shape:
        raise NotYet(f"{y.shape} samples went in, {z.shape} came out.")
    a, b = (np.log(np.abs(stft(x, nperseg=1024)[2]) + 1e-3).ravel() for x in (y, z))
    if not (alike := np.corrcoef(a, b)[0, 1]) > 0.85:  # nan is not alike either
        why = "Is all in its place, and does each frame fit its neighbours?"
        raise NotYet(f"the two spectrograms correlate by {alike:.2f} only. {why}")
    piece = z[22050:33075]
    match = np.abs(correlate(y, piece)).max() / np.linalg.norm(piece) / y.std() / 105
    if match > 0.4:
        raise NotYet(f"its samples match the original's by {min(match, 1):.2f}, at some place.")


# Chapter 7


@exercise(7, "a gap for every tap but the last, and each gap is `dilation` frames.")
def receptive_field(span: Any) -> None:
    """Frames seen by a kernel: a function of its width (taps) and its dilation."""
    for width, dilation in ((1, 1), (5, 1), (1, 9), (2, 4), (7, 3)):
        if (found := result(span, width, dilation)) != dilation * (width - 1) + 1:
            why = "Draw the frames as dots, mark the taps, and count from the first to the last."
            raise NotYet(f"width {width}, dilation {dilation}: not {found} frames. {why}")


@exercise(7, "what counts is time, so frames that come half as often need half as wide a kernel.")
def frames_for_period(width: Any) -> None:
    """Frames as long as a period: a function of the period (s) and the hop, at 22,050 Hz."""
    for period, hop in ((0.2, 256), (0.2, 512), (0.1, 256), (0.5, 100)):
        found = float(result(width, period, hop))
        if abs(found - period * 22050 / hop) > 1.001:
            why = f"last {found * hop / 22050:.3g} s. How many samples belong to a period?"
            raise NotYet(f"{period} s wanted; {found:g} frames, one every {hop} samples, {why}")


# Chapter 8


@exercise(8, "powers that add to one keep the level of sounds that know nothing of each other.")
def equal_power(fades: Any) -> None:
    """Curves of a fade, out and in: a function of their number of values."""
    out, new = (np.asarray(curve, dtype=float) for curve in result(fades, 201))
    if not np.allclose([*out[[0, -1]], *new[[0, -1]]], [1, 0, 0, 1], atol=0.05):
        raise NotYet("the first curve should go from 1 to 0, the second from 0 to 1.")
    if abs(out**2 + new**2 - 1).max() > 0.02:
        half = f"half-way they are at {out[100]:.2f} and {new[100]:.2f}"
        raise NotYet(f"{half}. Which powers are these, and what do they add to?")


@exercise(8, "at least one frame under every kernel is new, whatever else it spans.")
def frames_to_keep(keep: Any) -> None:
    """Old frames that a stream must keep: a function of the kernels' widths and their dilation."""
    for widths, dilation in (((5,), 1), ((2, 8, 32), 1), ((7, 3), 4)):
        span = max(width - 1 for width in widths) * dilation
        if (found := result(keep, widths, dilation)) != span:
            why = "A kernel would lack some." if found < span else "Some are never used again."
            raise NotYet(f"widths {widths}, dilation {dilation}: {found} are not right. {why}")


# Chapter 9


@exercise(9, "rows have gaps between them, one fewer than rows, and each row is its own ratio.")
def share_of_second(share: Any) -> None:
    """Share of the second of two sounds in a morph: a function of rows, seconds and time."""
    breath = [[1, 0], [0, 1], [1, 0], [0, 1]]
    for rows, t in ((breath[:2], 3), (breath, 4), (breath, 10), ([[3, 1], [0, 2]], 6)):
        right = np.interp(t, np.linspace(0, 12, len(rows)), [b / (a + b) for a, b in rows])
        if abs((found := float(result(share, rows, 12, t))) - right) > 0.01:
            why = "When does each row hold, the last one too? Is it a ratio?"
            raise NotYet(f"{rows} in 12 s, at {t} s: {found:.3g} is not right. {why}")


@exercise(9, "each moment is one sound's or the other's, and the average does not see it.")
def nothing_mixed(join: Any) -> None:
    """Features with the mean of two Gram matrices, no moment mixed: a function of both sounds'."""
    a, b = np.random.default_rng(0).random((2, 4, 30)) ** [[[1]], [[3]]]
    x = np.asarray(result(join, a.copy(), b.copy()), dtype=float)
    if x.ndim != 2 or len(x) != 4:
        raise NotYet(f"both sounds have 4 channels, your answer has the shape {x.shape}.")
    if (off := abs(x @ x.T / x.shape[1] / (a @ a.T + b @ b.T) * 60 - 1).max()) > 0.01:
        why = "Which moments does your matrix multiply with which, and is it fair to both?"
        raise NotYet(f"your Gram matrix is up to {off:.0%} off the mean of both. {why}")
    if not (x[:, :, None] == np.hstack([a, b])[:, None]).all(axis=0).any(axis=1).all():
        raise NotYet("the Gram matrix is right, but some moments are of neither sound.")


# Chapter 10


@exercise(10, "each harmonic rose by the same hertz, and should have by the same factor.")
def cents_behind(below: Any) -> None:
    """Cents that a harmonic lacks in a moved STFT: a function of its number and of semitones."""
    for k, semitones in ((1, 4), (2, 12), (8, 4), (5, 7)):
        right = 1200 * np.log2(k * (factor := 2 ** (semitones / 12)) / (k - 1 + factor))
        if abs(abs(found := float(result(below, k, semitones))) - right) > 0.5:
            moved = f"Moved by {semitones} semitones, where is harmonic {k}"
            raise NotYet(f"not {found:.4g} cents. {moved}, and where should it be?")


@exercise(10, "twice the frequency needs frames twice as close.")
def gaps_above(frequency: Any) -> None:
    """Hz above which Q periods are shorter than a hop: a function of hop and rows per octave."""
    for hop, rows in ((256, 24), (64, 24), (256, 12)):
        found = float(result(frequency, hop, rows))
        if abs(found * hop / 22050 * (2 ** (1 / rows) - 1) - 1) > 0.02:
            raise NotYet(f"{found:.5g} Hz? What is Q for {rows} rows, how long are {hop} samples?")


# Chapter 11


@exercise(11, "each second by the generator saves a little, until the training is paid.")
def worth_training(seconds: Any) -> None:
    """Seconds of sound that repay a training: a function of it, and of both costs of a second."""
    for training, fast, slow in ((20.0, 0.01, 0.5), (30.0, 0.5, 2.0), (8.0, 0.0, 1.0)):
        found = float(result(seconds, training, fast, slow))
        one, other = training + found * fast, found * slow
        if not abs(one - other) < 0.01 * other:
            why = f"{found:.4g} s of sound cost {one:.4g} s with it and {other:.4g} s without."
            raise NotYet(f"training {training:g}, then {fast:g} or {slow:g} for a second: {why}")


@exercise(11, "a mean of products: it knows distances, and neither moments nor directions.")
def fits_itself(function: Any) -> None:
    """Autocorrelation of a curve at one lag: a function of array and lag."""
    x = np.random.default_rng(0).random(200) + np.sin(np.arange(200) / 5) + 3
    z = x - x.mean()
    for lag in (1, 30, 150):
        right, total = (z[lag:] * z[:-lag]).mean(), (z[lag:] * z[:-lag]).sum()
        if abs((found := float(result(function, x, lag))) - right) > 1e-3:
            why = "Is the mean gone? Do only places with a partner count?"
            why = "Sum or mean, and of how many?" if abs(found / total) * 200 < 1.5 else why
            why = "Sum or mean?" if abs(found - total) < 1e-3 else why
            raise NotYet(f"{found:.4g} at lag {lag} is not it. {why}")


# Chapter 12


@exercise(12, "with one right answer less, a coin does as well too often.")
def needed_right(function: Any) -> None:
    """Right answers that a coin reaches in less than 5 % of cases: a function of the trials."""
    for n in (6, 10, 25, 40):
        right = int(result(function, n))
        coin, less = binom.sf(right - 1, n, 0.5), binom.sf(right - 2, n, 0.5)
        if coin >= 0.05 or less < 0.05:
            why = f"{right - 1} or more in {less:.1%}. Below 5 %, but as few as will do."
            raise NotYet(f"a coin gets {right} or more of {n} right in {coin:.1%}, {why}")


@exercise(12, "so somebody is lucky in every seventh class.")
def lucky_one(chance: Any) -> None:
    """Chance that at least one of ten coins is right in 6 of 6 trials."""
    if not 0 < (found := float(chance)) < 1:
        raise NotYet(f"a chance lies between 0 and 1, not at {found:g}.")
    if abs(found - 1 + (1 - 0.5**6) ** 10) > 0.01:
        why = "Two may be lucky at once: chances do not just add up."
        why = "It may be any of the ten." if found < 0.1 else why
        why = "Is it the chance that all ten fail?" if found > 0.5 else why
        raise NotYet(f"{found:.3g} is not it. {why}")
