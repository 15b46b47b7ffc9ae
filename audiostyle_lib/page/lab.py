"""The listening lab: a blind test on the page, and what its answers say.

`listening_lab` makes a page part that needs no kernel: it plays, asks, keeps nothing anywhere else,
and gives the answers as a CSV file. `evaluate` reads one or many such files.
"""

from __future__ import annotations

import csv
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from scipy.stats import binom, binomtest

from ..audio import AudioError, check_audio
from ..loudness import match_loudness
from .clips import Clip
from .html import Html, asset, heard, sound_address
from .tables import table

COLUMNS = (
    *("session", "trial", "kind", "question", "choices", "choice", "truth", "correct"),
    *("sound", "rating", "plays", "seconds"),
)
_ASK = {
    "abx": ("Is X the same as A, or as B?", "X is"),
    "which": ("Which is the recording?", "The recording is"),
    "rate": ("How alike are these to the reference?", ""),
}

_FAINT = 0.7  # share of trials in which who hears a small difference is right: lab.js names it


@dataclass(frozen=True)
class Trial:
    """One question of the lab.

    `kind` is "abx" (two sounds: which of them is X?), "which" (the first of `sounds` is the
    recording: find it) or "rate" (the first is the reference, also hidden among those to rate from
    0 to 100). `about` names what is compared: answers are counted by it, and the page tells it when
    all are given.
    """

    kind: str
    about: str
    sounds: tuple[Clip, ...]
    repeats: int = 1


def listening_lab(*trials: Trial, title: str, lufs: float = -20.0) -> Html:
    """A blind test on the page, without a kernel; its answers can be saved as CSV.

    The order of trials, and of the sounds in each, is drawn anew by the browser for every round.
    Another round adds to the answers. Nothing is sent or stored: what is not saved is forgotten.

    Parameters
    ----------
    *trials : Trial
        Their sounds may have several channels; of more than two, two are made to be heard.
    title : str
    lufs : number
        All sounds get this loudness as they are heard, one channel from both sides; less where a
        peaky one needs room. What is left to tell them apart is their sound.

    Returns
    -------
    Html

    Raises
    ------
    AudioError
        If a trial is of no known kind, or has too few sounds, or two for "abx" are not two.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain, tone
    >>> a, b = Clip(rain(), 22050, "rain", ""), Clip(tone(440.0), 22050, "tone", "")
    >>> page = listening_lab(Trial("abx", "rain or tone", (a, b), repeats=3), title="Easy")
    >>> str(page).count("<audio")
    2
    """
    for trial in trials:
        _check(trial)
    clips = list({id(clip): clip for trial in trials for clip in trial.sounds}.values())
    names = {id(clip): f"s{i}" for i, clip in enumerate(clips)}
    ys = _equally_loud(clips, lufs)
    audio = "".join(
        f'<audio controls preload="none" data-sound="s{i}" data-name="{escape(c.title)}"'
        f' aria-label="A sound of the test, number {i + 1}" src="{sound_address(y, c.sr)}"></audio>'
        for i, (c, y) in enumerate(zip(clips, ys, strict=True))
    )
    plan = [
        {
            "kind": trial.kind,
            "asked": _ASK[trial.kind][0],  # what is compared is for the answers, not for the eye
            "question": f"{_ASK[trial.kind][0]} ({trial.about})",
            "ask": _ASK[trial.kind][1],
            "sounds": [names[id(clip)] for clip in trial.sounds],
        }
        for trial in trials
        for _ in range(trial.repeats)
    ]
    return Html(
        f'<div class="as-lab" role="group" aria-label="{escape(title)}"'
        f' data-enough="{answers_needed(_FAINT)}" data-trials="{escape(json.dumps(plan))}">'
        f"<style>{asset('widgets.css')}</style>"
        f'<p class="as-title">{escape(title)}</p><div class="as-trials"><p>A blind test needs '
        "scripts, which are switched off here: open the page in a browser that runs them.</p></div>"
        f"{audio}</div><script>{asset('lab.js')}</script>"
    )


def answers_needed(share: float) -> int:
    """How many answers of two choices find a listener who is right in this share of trials.

    That many, or more: then four of five tests have p < 0.05.

    Parameters
    ----------
    share : number
        0.55 to 1; a coin is right in 0.5.

    Raises
    ------
    AudioError
        If the share is another.

    Examples
    --------
    >>> answers_needed(0.7), answers_needed(0.8)
    (42, 18)
    """
    n = np.arange(1, 1000)
    right = binom.isf(0.05, n, 0.5) + 1  # fewest that guessing reaches in less than 5 % of cases
    missed = np.flatnonzero(binom.sf(right - 1, n, share) < 0.8)
    if not 0 <= share <= 1 or len(missed) == len(n) or missed[-1] == len(n) - 1:
        raise AudioError(f"the share is {share}; expected 0.55 to 1: below, thousands are needed")
    return int(n[missed[-1]]) + 1


def _equally_loud(clips: Sequence[Clip], lufs: float) -> list[np.ndarray]:
    """The clips as they are heard, (n,) or (2, n), at one loudness."""
    ys = [heard(check_audio(clip.y, clip.sr, name=clip.title)) for clip in clips]
    both = [np.stack([y, y]) if y.ndim == 1 else y for y in ys]  # one channel plays on both sides
    matched = match_loudness(both, [clip.sr for clip in clips], lufs=lufs)
    return [two[0] if y.ndim == 1 else two for y, two in zip(ys, matched, strict=True)]


def _check(trial: Trial) -> None:
    if trial.kind not in _ASK:
        raise AudioError(f"a trial is of kind {trial.kind!r}; expected one of {sorted(_ASK)}")
    n = len(trial.sounds)
    if n < 2 or (trial.kind == "abx" and n != 2) or trial.repeats < 1:
        raise AudioError(
            f"the trial {trial.about!r} has {n} sounds and {trial.repeats} repeats; expected "
            "two sounds for abx, at least two for others, and at least one repeat"
        )


@dataclass(frozen=True)
class LabReport:
    """What listeners answered: rows by question, rows by rated sound, number of sessions.

    Each row has `n`, its mean, and `low` and `high`, a 95 % interval: `right` and `p` (the chance
    that guessing does as well) for questions, `rating` from 0 to 100 for sounds.
    """

    questions: Mapping[str, Mapping[str, float]]
    ratings: Mapping[str, Mapping[str, float]]
    n_sessions: int

    def __str__(self) -> str:
        return str(self.tables())

    def tables(self) -> Html:
        """Both tables, for the page."""
        how = f"{self.n_sessions} session{'s' if self.n_sessions > 1 else ''}, 95 % intervals"
        parts = []
        if self.questions:
            columns = ["n", "right", "low", "high", "p"]
            parts.append(table(self.questions, columns, caption=f"Share of right answers, {how}"))
        if self.ratings:
            columns = ["n", "rating", "low", "high"]
            caption = f"How alike, 0 to 100, {how}"
            parts.append(table(self.ratings, columns, caption=caption, decimals=0))
        return Html("".join(map(str, parts)))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.tables()._repr_mimebundle_()


def evaluate(*paths: str | os.PathLike) -> LabReport:
    """Read the answers of one or many listeners and say what can be concluded.

    Shares of right answers have Wilson's interval and an exact binomial test against guessing;
    ratings have a bootstrap interval over listeners (over trials, if there is one listener).

    Parameters
    ----------
    *paths : paths
        CSV files saved by `listening_lab`, or folders of them.

    Raises
    ------
    AudioError
        If there is no file, or one is not of this kind; a file given twice counts once.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "one.csv")
    ...     lines = [",".join(COLUMNS)] + ["ann,1,abx,Q,2,A,A,1,,,2,3.0"] * 10
    ...     _ = path.write_text("\\n".join(lines))
    ...     row = evaluate(path).questions["Q"]
    >>> row["n"], row["right"], round(row["low"], 2), row["p"] < 0.01
    (10, 1.0, 0.72, True)
    """
    files = sorted(
        {
            file.resolve()
            for path in map(Path, paths)
            for file in (path.glob("*.csv") if path.is_dir() else [path])
        }
    )
    if not files:
        raise AudioError("there are no answers; expected CSV files saved by the listening lab")
    rows = {json.dumps(row, sort_keys=True): row for file in files for row in _read(file)}
    return _report(list(rows.values()))


def _read(file: Path) -> list[dict[str, str]]:
    """Rows of one file, checked; each is given its place, so that only whole files can repeat."""
    try:
        with file.open(newline="", encoding="utf-8") as opened:
            reader = csv.DictReader(opened)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise AudioError(f"{file} is no answer of the listening lab: other columns")
            rows = [{**row, "place": str(i)} for i, row in enumerate(reader)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AudioError(f"{file} cannot be read: {error}") from error
    for i, row in enumerate(rows, 2):
        try:
            asked = row["correct"] in ("0", "1") and int(row["choices"]) >= 2
            good = asked or 0 <= float(row["rating"]) <= 100
        except (TypeError, ValueError):
            good = False
        if not good:
            raise AudioError(
                f"{file}, line {i}: correct is {row['correct']!r}, rating {row['rating']!r}; "
                "expected 0 or 1, or a number from 0 to 100"
            )
    return rows


def _report(rows: Sequence[Mapping[str, str]]) -> LabReport:
    right: dict[tuple[str, int], list[int]] = defaultdict(list)
    marks: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["correct"]:
            right[row["question"], int(row["choices"])].append(int(row["correct"]))
        else:
            hidden = " (the hidden reference)" if row["truth"] == "reference" else ""
            marks[row["sound"] + hidden][row["session"]].append(float(row["rating"]))
    questions = {}
    for (question, choices), answers in sorted(right.items()):
        test = binomtest(sum(answers), len(answers), 1 / choices, alternative="greater")
        wilson = binomtest(sum(answers), len(answers)).proportion_ci(method="wilson")
        questions[question] = {
            **{"n": len(answers), "right": float(np.mean(answers)), "p": float(test.pvalue)},
            **{"low": float(wilson.low), "high": float(wilson.high)},
        }
    ratings = {}
    for sound, sessions in sorted(marks.items()):
        many = len(sessions) > 1
        values = [float(np.mean(m)) for m in sessions.values()]
        values = values if many else next(iter(sessions.values()))
        low, high = _interval(values)
        ratings[sound] = {
            **{"n": len(values), "rating": float(np.mean(values))},
            **{"low": low, "high": high},
        }
    return LabReport(questions, ratings, len({row["session"] for row in rows}))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean by bootstrap; nan where one value says nothing about spread."""
    if len(values) < 2:
        return float("nan"), float("nan")
    if min(values) == max(values):
        return float(values[0]), float(values[0])
    drawn = np.random.default_rng(0).choice(values, (4000, len(values)))
    low, high = np.quantile(drawn.mean(axis=1), (0.025, 0.975))
    return float(low), float(high)
