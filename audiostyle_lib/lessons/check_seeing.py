"""Checks of chapters 1 to 5: pictures of sound, and what a network sees in them.

Readers find them in `check`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..sounds import tone
from .verdicts import NotYet, exercise, result

# Chapter 1


@exercise(1, "from level to level a filter sees twice as much; 7 on level 4 see 56 pixels.")
def filter_sees(function: Any) -> None:
    """Pixels of the photograph, in width, that a filter sees: a function of size and level."""
    for size, level in ((3, 1), (7, 1), (5, 2), (7, 4)):
        if (found := result(function, size, level)) != size * 2 ** (level - 1):
            why = "How many of the photograph's pixels is *one* of that copy's wide?"
            raise NotYet(f"size {size} on level {level}: not {found} pixels, in width. {why}")


@exercise(1, "products, averaged over all places: the places are gone, the pairs are left.")
def gram(function: Any) -> None:
    """The Gram matrix: a function of features (filters, places)."""
    features = torch.rand(3, 40, generator=torch.Generator().manual_seed(0))
    found = np.asarray(result(function, features), dtype=float)
    if found.shape != (3, 3):
        raise NotYet(f"3 filters at 40 places: one number for each pair is not {found.shape}.")
    if np.ptp(ratio := found / (features @ features.T / 40).numpy()) > 1e-3:
        raise NotYet("entry (i, j) is not the average of F[i] times F[j], place by place.")
    if abs(ratio[0, 0] - 1) > 1e-3:
        raise NotYet(f"entries are {ratio[0, 0]:.3g} times what is right. Averaged over what?")


# Chapter 2


@exercise(2, "the place of the strongest number, times the step from bin to bin in Hz.")
def strongest_tone(function: Any) -> None:
    """Frequency (Hz) of the strongest tone: a function of samples and sampling rate."""
    for f, sr, seconds in ((440.0, 22050, 2.0), (1234.0, 16000, 0.5)):
        y = tone(f, seconds=seconds, sr=sr) + 0.3 * tone(f / 4, seconds=seconds, sr=sr)
        if abs((found := float(result(function, y, sr))) - f) > sr / 1024:
            why = "Did you take the largest *size*? Its number is no frequency: how wide is a step?"
            raise NotYet(f"{found:.5g} Hz for {f:g} Hz and a weaker tone, {seconds:g} s. {why}")


# Chapter 3


@exercise(3, "moved by its own lowest frequency, each line stands where the next one was.")
def whole_again(function: Any) -> None:
    """Rows by which a note moves up until it is whole again: a function of its lowest line (Hz)."""
    for f in (220.0, 300.0, 330.0, 523.25):
        one = f * 1024 / 22050  # rows from line to line
        if abs((rows := float(result(function, f))) - one) > 0.5:
            off = abs(rows / one - round(rows / one))
            why = f"its lines are {off:.2f} off the ladder. Where must the lowest line come to?"
            if off < 0.1:
                why = "whole, or nearly. Is it for the first time, and is no other row nearer?"
            raise NotYet(f"{f:g} Hz, moved by {rows:.4g} rows of 21.5 Hz: {why}")


@exercise(3, "6 dB are a factor of 2, and the rival is all others together.")
def ruled(function: Any) -> None:
    """Share of points where one sound rules: a function of magnitudes (sounds, points)."""
    m = np.random.default_rng(0).rayleigh(size=(3, 2000)) ** 3
    _, second, top = np.sort(m, axis=0)
    found, rest = float(result(function, m)), m.sum(axis=0) - top
    shares = [(top >= k * rival).mean() for k, rival in ((2, rest), (2, second), (4, rest))]
    right, strongest, four = (abs(found - share) < 1e-3 for share in shares)
    if not right:
        why = "What do all others of a point add up to?" if strongest else "Begin with one point."
        why = "How many dB is a factor of 4, for magnitudes?" if four else why
        why = "A share lies between 0 and 1." if found > 1 else why
        raise NotYet(f"a share of {found:.3g} is not right here. {why}")


# Chapter 4


@exercise(4, "half as many moments, twice as many filters: the product stays.")
def equal_numbers(filters: Any) -> None:
    """Filters of four layers, first to last, that have as many numbers each as the first."""
    if np.shape(filters) != (4,):
        raise NotYet("four numbers are wanted: the filters of layer 1, 2, 3 and 4.")
    numbers = np.asarray(filters, dtype=float) * 240 / 2 ** np.arange(4)
    if np.ptp(numbers) > 1e-3 * numbers[0] or numbers[0] < 1:
        why = f"your layers have {numbers.round().tolist()} numbers, if the first has 240 moments."
        raise NotYet(f"{why} What does pooling in pairs do to the moments?")


@exercise(4, "each is what the sound scores with its own music at the wrong moments.")
def chance(function: Any) -> None:
    """Correlations of a curve with itself, shifted: a function of curve and shifts (in points)."""
    curve = np.random.default_rng(0).standard_normal(200).cumsum() + 20
    right = [np.corrcoef(curve, np.roll(curve, s))[0, 1] for s in (30, 100, 170)]
    found = np.asarray(result(function, curve, [30, 100, 170]), dtype=float)
    if found.shape != (3,):
        raise NotYet(f"for 3 shifts, 3 numbers are wanted; yours have the shape {found.shape}.")
    if not np.allclose(found, right, atol=0.02):
        why = "Is each copy shifted, in a circle? Does the curve's mean or size play a part?"
        raise NotYet(f"{np.round(found, 2).tolist()} for a curve that wanders and 3 shifts. {why}")


# Chapter 5


@exercise(5, "channels have weights of their own, positions share them.")
def filter_weights(count: Any) -> None:
    """Weights of one filter: a function of layout, bins, frames and kernel size."""
    for layout, right in (("frequency", 257 * 12), ("time", 173 * 12), ("2d", 12 * 12)):
        if (found := result(count, layout, 257, 173, 12)) != right:
            why = "How wide and how tall is this layout's box in the chapter's picture?"
            raise NotYet(f"{layout}, 257 bins x 173 frames, size 12: not {found}. {why}")


@exercise(5, "positions may change places and nobody notices; channels may not.")
def blind_spot(change: Any) -> None:
    """A change that only the other layout notices: a function of (bins, frames) and layout."""
    s = np.random.default_rng(0).random((6, 9))
    for k, layout in enumerate(("frequency", "time")):
        new = np.asarray(result(change, s.copy(), layout), dtype=float)
        if new.shape != s.shape:
            raise NotYet(f"{layout}: the shape was {s.shape}, now it is {new.shape}.")
        same = np.allclose(s @ s.T, new @ new.T), np.allclose(s.T @ s, new.T @ new)
        if not same[k]:
            raise NotYet(f"{layout}: its Gram matrix moved. Over which axis does it average?")
        if same[1 - k]:
            raise NotYet(f"{layout}: the other layout does not notice the change either.")
