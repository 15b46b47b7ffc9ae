"""Checks of the exercises against wrong answers: the mistakes that are likely, and what is said.

That solutions pass is in test_course.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from audiostyle_lib import check
from audiostyle_lib.lessons.verdicts import CHECKS, Verdict

RNG = np.random.default_rng(1)
TURN = np.linalg.qr(RNG.standard_normal((60, 60)))[0]  # mixes moments, keeps the Gram matrix


def dominance(factor: float, *, all_others: bool) -> Any:
    """Share of points where the strongest is `factor` times its rival."""

    def share(m: np.ndarray) -> float:
        _, second, top = np.sort(m, axis=0)
        return (top >= factor * (m.sum(axis=0) - top if all_others else second)).mean()

    return share


def bin_of_strongest(y: np.ndarray, sr: int) -> int:
    return int(np.abs(np.fft.rfft(y)).argmax())


def centred(x: np.ndarray) -> np.ndarray:
    return x - x.mean()


WRONG: list[tuple[str, Any, str]] = [  # check, answer, words of the verdict
    ("filter_sees", lambda size, level: size * level, "28 pixels"),
    ("gram", lambda f: f @ f.T, "40 times what is right"),
    ("gram", lambda f: f.T @ f / 3, "not (40, 40)"),
    ("gram", torch.corrcoef, "not the average of F[i] times F[j]"),
    ("strongest_tone", bin_of_strongest, "880 Hz for 440"),
    ("whole_again", lambda f: 2 * f * 1024 / 22050, "Is it for the first time"),
    ("whole_again", lambda f: f * 512 / 22050, "0.50 off the ladder"),
    ("ruled", dominance(2, all_others=False), "add up to"),
    ("ruled", dominance(4, all_others=True), "How many dB is a factor of 4"),
    ("ruled", lambda m: 40.0, "between 0 and 1"),
    ("ruled", dominance(1, all_others=True), "Begin with one point"),
    ("equal_numbers", [64, 64, 64, 64], "[15360.0, 7680.0, 3840.0, 1920.0]"),
    ("equal_numbers", [0, 0, 0, 0], "[0.0, 0.0, 0.0, 0.0]"),
    ("equal_numbers", 64, "four numbers are wanted"),
    ("chance", lambda curve, shifts: [1.0] * len(shifts), "[1.0, 1.0, 1.0]"),
    ("chance", lambda curve, shifts: 0.3, "yours have the shape ()"),
    ("filter_weights", lambda layout, bins, frames, size: size**2, "frequency, 257 bins"),
    ("blind_spot", lambda s, layout: s, "the other layout does not notice"),
    ("blind_spot", lambda s, layout: 2 * s, "its Gram matrix moved"),
    ("blind_spot", lambda s, layout: s.T, "now it is (9, 6)"),
    ("fair_filters", 192, "more different pairs"),
    ("fair_filters", 64, "fewer different pairs"),
    ("hidden_copy", lambda y: y, "match the original's by 1.00"),
    ("hidden_copy", lambda y: np.roll(y, 5000), "correlate by"),
    ("hidden_copy", lambda y: y[1:], "(44099,) came out"),
    ("receptive_field", lambda width, dilation: width * dilation, "dilation 9: not 9 frames"),
    ("frames_for_period", lambda period, hop: period * 22050 / 256, "last 0.4 s"),
    ("equal_power", lambda n: (np.linspace(1, 0, n), np.linspace(0, 1, n)), "0.50 and 0.50"),
    ("equal_power", lambda n: (np.linspace(0, 1, n), np.linspace(1, 0, n)), "from 1 to 0"),
    ("frames_to_keep", lambda widths, dilation: max(widths) * dilation, "never used again"),
    ("frames_to_keep", lambda widths, dilation: max(widths) - 1, "would lack some"),
    ("share_of_second", lambda rows, seconds, t: t / seconds, "at 4 s: 0.333"),
    ("nothing_mixed", lambda a, b: (a + b) / 2, "off the mean of both"),
    ("nothing_mixed", lambda a, b: np.hstack([a, b]) @ TURN, "of neither sound"),
    ("nothing_mixed", lambda a, b: np.vstack([a, b]), "your answer has the shape (8, 30)"),
    ("cents_behind", lambda k, semitones: 100 * semitones, "not 400 cents"),
    ("gaps_above", lambda hop, rows: 22050 / hop, "What is Q for 24 rows"),
    ("worth_training", lambda training, fast, slow: training / slow, "40 s of sound cost 20.4 s"),
    ("fits_itself", lambda x, lag: (centred(x)[lag:] * centred(x)[:-lag]).sum(), "Sum or mean?"),
    ("fits_itself", lambda x, lag: (centred(x)[lag:] * centred(x)[:-lag]).sum() / 200, "how many?"),
    ("fits_itself", lambda x, lag: (x[lag:] * x[:-lag]).mean(), "Is the mean gone?"),
    ("needed_right", lambda n: n // 2 + 1, "a coin gets 4 or more of 6 right in 34.4%"),
    ("needed_right", lambda n: n, "as few as will do"),
    ("lucky_one", 10 / 64, "chances do not just add up"),
    ("lucky_one", (1 - 1 / 64) ** 10, "that all ten fail"),
    ("lucky_one", 1 / 64, "any of the ten"),
    ("lucky_one", 10, "between 0 and 1"),
]
NAN = {"gram": np.full((3, 3), np.nan), "equal_power": np.full((2, 201), np.nan)}


def said(name: str, answer: Any) -> Verdict:
    return getattr(check, name)(answer)


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_does_not_pass_and_helps(name: str, answer: Any, words: str) -> None:
    verdict = said(name, answer)
    assert not verdict and words in verdict.text, verdict


def test_readers_find_every_check() -> None:
    assert set(check.__all__) == set(CHECKS)


def test_every_check_has_been_given_a_wrong_answer() -> None:
    assert {name for name, *_ in WRONG} == set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_nan_is_no_answer(name: str) -> None:
    numbers = name in {"equal_numbers", "fair_filters", "lucky_one"}
    verdict = said(name, float("nan") if numbers else lambda *given: NAN.get(name, np.nan))
    assert not verdict and "nan" in verdict.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (..., "replace the `...`"),
        (None, "replace the `...`"),
        (3, "the answer is 3; a function is wanted"),
        (lambda width, dilation: None, "does it end with `return`?"),
        (lambda width, dilation: ..., "does it end with `return`?"),
        (lambda width, dilation: width / 0, "ZeroDivisionError: division by zero"),
        (lambda width: width, "could not be tried (TypeError"),
    ],
)
def test_what_is_no_answer_is_told_so(answer: Any, words: str) -> None:
    verdict = said("receptive_field", answer)
    assert not verdict and words in verdict.text
    assert repr(verdict) == f"Not yet: {verdict.text}"
