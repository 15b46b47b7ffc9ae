"""The questions under `## Check yourself`: multiple choice in plain HTML, no script needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

QUESTION = re.compile(r"^\*\*(\d+)\. (.+?)\*\*$", re.M)
ANSWER = re.compile(
    r'<details name="(q\d\d-\d)" class="(quiz|quiz right)">\n<summary>(.+?)</summary>\n\n'
    r"(.+?)\n\n</details>",
    re.S,
)


@dataclass(frozen=True)
class Answer:
    """One answer to choose, and what is said of it."""

    group: str
    right: bool
    text: str
    why: str


@dataclass(frozen=True)
class Question:
    """A question with its answers."""

    number: int
    text: str
    answers: tuple[Answer, ...]


def questions(notebook: NotebookNode) -> list[Question]:
    """All questions of a chapter."""
    source = next(
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.source.startswith("## Check yourself")
    )
    _, *pieces = QUESTION.split(source)
    found = []
    for number, text, below in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        answers = [
            Answer(name, kind == "quiz right", choice, why)
            for name, kind, choice, why in ANSWER.findall(below)
        ]
        found.append(Question(int(number), text, tuple(answers)))
    return found
