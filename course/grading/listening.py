"""Listeners' files: are they the lab's, of this class, and of people who listened?

A file cannot be proved genuine: whoever knows its form can write one. What is checked makes that
more work than asking two friends, and finds what was copied. Who must be sure lets students listen
in class.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assignments import make_data

from audiostyle_lib.audio import AudioError
from audiostyle_lib.page import COLUMNS, evaluate

from .taken import Wrong

LISTENERS, ANSWERS = 2, 20
QUICKEST = 2.0  # seconds of a median answer: two sounds are played before it
Row = Mapping[str, str]


@dataclass
class Answers:
    """Files that hold, and what is wrong with the others."""

    files: list[Path] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def enough(self) -> tuple[int, str]:
        """A point for two listeners and twenty answers to each question."""
        if not self.files:
            raise Wrong("; ".join(self.refused) or "no file in `listeners`")
        report = evaluate(*self.files)
        least = min((int(row["n"]) for row in report.questions.values()), default=0)
        good = report.n_sessions >= LISTENERS and least >= ANSWERS and not self.refused
        said = f"{report.n_sessions} listeners, {least} answers to a question"
        return int(good), "; ".join([said, *self.refused])

    def agrees(self, verdict: object) -> tuple[int, str]:
        """A point for the verdict that follows from the files, if they are enough."""
        if not self.enough()[0]:
            raise Wrong("it follows from no files that hold")
        ps = [float(row["p"]) for row in evaluate(*self.files).questions.values()]
        right = {"heard" if p < 0.05 else "not shown" for p in ps}
        return int({verdict} == right), f"{verdict!r} for p = {', '.join(f'{p:.3f}' for p in ps)}"


def answers(folder: Path, key: Mapping, others: set[str]) -> Answers:
    """The files of a submission, checked. `others` are sessions of files that others handed in;
    those of this one are added."""
    found, seen = Answers(), set()
    for path in sorted(folder.glob("*.csv")):
        try:
            rows = _rows(path)
            _checked(rows, key)
            session, chosen = rows[0]["session"], tuple((r["truth"], r["choice"]) for r in rows)
            if session in others:
                raise Wrong("somebody else handed it in, too")
            if chosen in seen or session in {s for s in seen if isinstance(s, str)}:
                raise Wrong("a second copy of another file")
        except Wrong as error:
            found.refused.append(f"{path.name}: {error}")
        else:
            seen |= {session, chosen}
            found.files.append(path)
    others |= {s for s in seen if isinstance(s, str)}
    return found


def _rows(path: Path) -> list[Row]:
    try:
        evaluate(path)
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
    except (AudioError, UnicodeDecodeError, csv.Error, OSError) as error:
        raise Wrong("it is no file of the listening lab") from error
    if not 5 <= len(rows) <= 200 or tuple(rows[0]) != COLUMNS:
        raise Wrong(f"{len(rows)} answers")
    return rows


def _checked(rows: list[Row], key: Mapping) -> None:
    """Raise if the file is not as the lab writes it, of this class, or of somebody who listened."""
    sessions = {row["session"] for row in rows}
    if _simulated(rows, key) or any("simulated" in s for s in sessions):
        raise Wrong("these are the simulated listeners")
    if len(sessions) > 1 or not all(re.fullmatch("[0-9a-f]{8}", s) for s in sessions):
        raise Wrong("the lab writes no such session")
    if not all(f"(mill {key['class']})" in row["question"] for row in rows):
        raise Wrong(f"it is not of this class, which is {key['class']}")
    try:
        order = [int(row["trial"]) for row in rows]
        seconds = sorted(float(row["seconds"]) for row in rows)
        plays = [int(row["plays"]) for row in rows]
        agree = all((r["choice"] == r["truth"]) == (r["correct"] == "1") for r in rows)
    except ValueError as error:
        raise Wrong("the lab writes no such numbers") from error
    if order != list(range(1, len(rows) + 1)) or not agree:
        raise Wrong("its trials, or what is called right, do not agree")
    if len({row["truth"] for row in rows}) < 2:
        raise Wrong("the recording is always in one place: not drawn by the lab")
    if (
        min(plays) < 1
        or seconds[len(seconds) // 2] < QUICKEST
        or len(set(seconds)) < len(rows) // 2
    ):
        raise Wrong("nobody listened: sounds not played, or answers too quick or too regular")


def _simulated(rows: Iterable[Row], key: Mapping) -> bool:
    """Whether the answers are those that the instructors' copy comes with, whatever their names."""
    said = [(row["truth"], row["choice"]) for row in rows]
    made = [
        [(row["truth"], row["choice"]) for row in simulated]
        for one in (key, make_data.drawn(make_data.PUBLIC))
        for simulated in make_data.listeners(one).values()
    ]
    return said in made
