"""Slides of a chapter, from cells that say so in their metadata, and a deck for one session.

    "slide": {"title": "A loop is found out", "text": "Words of the slide", "minutes": 3,
              "notes": "What the speaker may say"}

Below the words stands what the cell shows in the executed notebook, players and explorers included.
Without `title` or `text` a cell of words gives its own. A cell may have several, as a list. More:

- `show`: what of a code cell, of "html", "printed" and "code"; else "html"
- `blind`: names of sounds come with the next click; "swapped" exchanges left and right as well
- `questions`: numbers under "Check yourself", a slide each
- `exercises`: true below the heading of the exercises, which are listed
- `session`: row and minutes in the plan for 90 minutes; `only`: true if in no other deck
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import Any

from exercises import TITLE, exercises
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from questions import Question, questions

from audiostyle_lib.page.html import SLIDE

KEYS = {"title", "text", "minutes", "notes", "show", "blind", "questions", "exercises"}
KEYS |= {"session", "only"}
BLIND = {True: "blind", "swapped": "blind swapped"}
MOST = 18  # slides of a chapter
LINK = re.compile(r'<a href="(?!https?:|mailto:)[^"]*">(.*?)</a>', re.S)
HEADING = re.compile(r"\A#{1,3} +(.+)\n*")


@dataclass(frozen=True)
class Slide:
    """One slide: its words in Markdown, what a cell shows as HTML, and what to say."""

    title: str
    text: str
    notes: str
    minutes: float
    shown: tuple[str, ...] = ()
    kind: str = ""
    session: tuple[int, float] | None = None
    only: bool = False


def html(markdown: str) -> str:
    """Markdown as HTML. HTML in it stays: the chapters are our own.

    Links into the book are plain words: its pages do not lie beside the decks.
    """
    return LINK.sub(r"\1", _markdown().render(markdown))


def line(markdown: str) -> str:
    """One line of Markdown, a heading say, as HTML without a paragraph."""
    return LINK.sub(r"\1", _markdown().renderInline(markdown))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=_tex)


def _tex(formula: str, options: dict[str, Any]) -> str:
    """A formula between the marks that MathJax looks for by itself."""
    left, right = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
    return f"{left}{escape(formula)}{right}"


def chapter_slides(notebook: NotebookNode) -> list[Slide]:
    """The slides of an executed chapter, those of the session among them."""
    found: list[Slide] = []
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = next(iter(re.findall(r"(?m)^#{1,2} +(.+)$", cell.source)), section)
        given = cell.metadata.get("slide", [])
        for words in [given] if isinstance(given, dict) else given:
            if wrong := set(words) - KEYS:
                raise ValueError(f"cell {cell.id}: a slide has no {', '.join(sorted(wrong))}")
            found += _slides(notebook, cell, words, section)
    return found


def _slides(
    notebook: NotebookNode, cell: NotebookNode, words: dict[str, Any], section: str
) -> Iterator[Slide]:
    """The slides that a cell asks for by one entry."""
    code = cell.cell_type == "code"
    heading = HEADING.match(cell.source)
    row = words.get("session")
    made = Slide(
        title=words.get("title") or (heading[1] if heading and not code else section),
        text=words.get("text", "" if code else HEADING.sub("", cell.source)),
        notes=words.get("notes", ""),
        minutes=words["minutes"],
        shown=tuple(shown(cell, words.get("show", ["html"]))) if code else (),
        kind=BLIND[words["blind"]]
        if "blind" in words
        else "title" * (not code and cell.source.startswith("# ")),
        session=(row[0], row[1]) if row else None,
        only=words.get("only", False),
    )
    if "questions" in words:
        asked = {q.number: q for q in questions(notebook)}
        for number in words["questions"]:
            text, why = _asked(asked[number])
            notes = f"{made.notes}\n\n{why}".strip()
            yield replace(made, title=asked[number].text, text=text, notes=notes, kind="question")
    elif words.get("exercises"):
        titles = [TITLE.match(e.task)[2] for e in exercises(notebook)]  # type: ignore[index]
        tasks = "\n".join(f"{i}. {title.rstrip('.')}" for i, title in enumerate(titles, 1))
        yield replace(made, text=f"{tasks}\n\n{words.get('text', '')}")
    else:
        yield made


def _asked(question: Question) -> tuple[str, str]:
    """A question's answers, the right one to come with a click; and what is said of the others."""
    letters = "ABCDEFGH"
    list_of = "".join(f"<li>{html(a.text)}</li>" for a in question.answers)
    right = next(i for i, a in enumerate(question.answers) if a.right)
    said = f"**{letters[right]}.** {question.answers[right].why}"
    others = [f"{letters[i]}: {a.why}" for i, a in enumerate(question.answers) if not a.right]
    answer = f'<div class="fragment">{html(said)}</div>'
    return f'<ol type="A">{list_of}</ol>\n{answer}', "\n\n".join(others)


def shown(cell: NotebookNode, kinds: list[str]) -> Iterator[str]:
    """What a cell shows of some kinds: sounds, figures and tables, what it prints, its code."""
    if "code" in kinds:
        yield f"<pre>{escape(cell.source)}</pre>"
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "html" in kinds and "text/html" in data:
            yield "".join(data.get(SLIDE, data["text/html"]))
        elif "printed" in kinds and output.get("name") == "stdout":
            yield f"<pre>{escape(output.text)}</pre>"


def session_slides(slides: list[Slide], rows: list[tuple[int, str]]) -> list[Slide]:
    """Of all slides those of the session, in the order of its plan: minutes and what to do, by row.

    Each begins its notes with what the plan says, and the minutes at which that begins and ends.
    """
    found, begin = [], 0
    for number, (minutes, task) in enumerate(rows, 1):
        for s in slides:
            if s.session and s.session[0] == number:
                plan = f"Minute {begin} to {begin + minutes}: {task}"
                found.append(replace(s, notes=f"*{plan}*\n\n{s.notes}", minutes=s.session[1]))
        begin += minutes
    return found


def plan(page: str) -> list[tuple[int, str]]:
    """The rows of the plan for one session in the teaching guide: minutes, and what to do."""
    table = page.partition("### One session")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", table, re.M)
    return [(int(minutes), task) for minutes, task in rows]
