"""The forty points: which part of which task each is for, and who gives it.

The words are those under "Points" in the solutions of the notebooks; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .sandbox import Refused, Stopped
from .taken import Wrong


@dataclass(frozen=True)
class Part:
    """Points for one thing; `by` names what computes them, "" leaves them to the lecturer."""

    assignment: int
    task: int
    points: int
    what: str
    by: str = ""


@dataclass(frozen=True)
class Mark:
    """The points of a part, None if they are the lecturer's to give, and why."""

    part: Part
    points: int | None
    why: str


PARTS = (
    Part(1, 1, 1, "six guesses", "guesses"),
    Part(1, 1, 1, "a confusion with a reason that can be tested"),
    Part(1, 2, 2, "a measure that knows other clips at any level and length", "measure"),
    Part(1, 2, 1, "the table"),
    Part(1, 2, 1, "six right names", "sources"),
    Part(1, 3, 2, "a rule that knows other clips", "rule"),
    Part(1, 3, 2, "six right kinds (1 if one is wrong)", "kinds"),
    Part(1, 3, 1, "the answer about likeness"),
    Part(1, 4, 1, "the gaps that follow from the clips", "gaps"),
    Part(1, 4, 1, "the reason"),
    Part(1, 4, 1, "an honest word about the prediction"),
    Part(1, 5, 1, "both periods (within 3 %)", "periods"),
    Part(1, 5, 1, "width and taps with the formula", "widths"),
    Part(1, 5, 1, "three seeds of two widths, whose beats show the knee", "knee"),
    Part(1, 5, 1, "saying what the experiment does not show"),
    Part(1, 6, 1, "likeness *and* newness, each with its yardstick"),
    Part(1, 6, 1, "a limit that could be tested"),
    Part(2, 1, 1, "both rows with the halves the right way round", "yardsticks"),
    Part(2, 1, 1, "the strokes (within 5 %)", "strokes"),
    Part(2, 1, 1, "the reason"),
    Part(2, 2, 1, "five takes of a draft", "baseline"),
    Part(2, 2, 1, "the interval", "interval"),
    Part(2, 2, 1, "saying what it does not cover"),
    Part(2, 3, 2, "predictions with reasons written before the results"),
    Part(2, 3, 1, "changes one at a time with several seeds"),
    Part(2, 3, 1, "keeping the limits", "limits"),
    Part(2, 3, 1, "a mean distance below 0.8 of a draft's, within the limits", "better"),
    Part(2, 4, 1, "the paired interval", "paired"),
    Part(2, 4, 1, '"beyond chance"'),
    Part(2, 4, 1, '"large" with a yardstick'),
    Part(2, 5, 1, "a test that is blind and at one loudness"),
    Part(2, 5, 1, "two listeners and 20 trials", "listeners"),
    Part(2, 5, 1, "the verdict with its interval", "verdict"),
    Part(2, 5, 1, "the last question"),
    Part(2, 6, 1, "an artefact that others can hear, shown"),
    Part(
        2, 6, 1, "a cause inside the method together with an experiment that could prove it wrong"
    ),
)

Judge = Callable[[], tuple[int, str]]  # points, and why


def judged(assignment: int, judges: Mapping[str, Judge], public: Mapping[int, str]) -> list[Mark]:
    """The marks of an assignment; tasks whose code is public get none, and say why."""
    marks = []
    for part in PARTS:
        if part.assignment != assignment:
            continue
        if not part.by:
            marks.append(Mark(part, None, public.get(part.task, "")))
        elif part.task in public:
            marks.append(Mark(part, 0, public[part.task]))
        else:
            try:
                marks.append(Mark(part, *judges[part.by]()))
            except (Wrong, Refused, Stopped) as error:
                marks.append(Mark(part, 0, str(error)))
    return marks


def none(assignment: int, why: str, *, read: bool) -> list[Mark]:
    """All marks of an assignment that does not run; a reader may find more in it."""
    parts = [part for part in PARTS if part.assignment == assignment]
    return [Mark(part, None if read and not part.by else 0, why) for part in parts]


def total(marks: Iterable[Mark]) -> int:
    """The points that were computed."""
    return sum(mark.points or 0 for mark in marks)
