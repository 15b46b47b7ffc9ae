"""The bank of a seed, as files for a learning platform, with its key."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from quizzes import Item, moodle, write_qti

from . import numbers, words  # noqa: F401  (they fill the bank)
from .draw import BANK, TITLES


def bank(seed: int) -> list[Item]:
    """All questions with the numbers of a seed, by subject."""
    items = [draw(Random(f"{seed} {i}")) for i, draw in enumerate(BANK)]
    order = list(TITLES.values())
    return sorted(items, key=lambda item: order.index(item.chapter))


def write_bank(seed: int, to: Path) -> None:
    """The bank for two kinds of platform, and its key."""
    items = bank(seed)
    to.mkdir(parents=True, exist_ok=True)
    (to / "exam-moodle.xml").write_bytes(moodle(items, "Hearing Style, exam"))
    write_qti(to / "exam-qti.zip", items, "Hearing Style: exam")
    with (to / "exam-key.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(["seed", "question", "text", "answer", "tolerance", "why"])
        for item in items:
            right = next((c.text for c in item.choices if c.right), item.number)
            writer.writerow([seed, item.name, item.text, right, item.tolerance, item.why])
