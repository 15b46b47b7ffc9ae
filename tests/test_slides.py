"""Slides: what cells ask for becomes slides, and what the stored chapters ask for is in order."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from decks import section
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from slides import MOST, Slide, chapter_slides, html, line, plan, session_slides

BOOK = Path(__file__).parents[1] / "book"
TAGGED = [*sorted(BOOK.glob("[0-9][0-9]_*.ipynb")), BOOK / "intro.ipynb"]
SLIDES = {p.stem: chapter_slides(nbformat.read(p, as_version=4)) for p in TAGGED}
PLAN = plan((BOOK / "teaching.md").read_text("utf-8"))

TABLE = new_output("display_data", {"text/html": "<table><tr><td>7</td></tr></table>"})
PRINTED = new_output("stream", name="stdout", text="a < b")
QUIZ = """## Check yourself

**1. Who?**

<details name="q03-1" class="quiz">
<summary>Nobody</summary>

Not so: somebody.

</details>
<details name="q03-1" class="quiz right">
<summary>All</summary>

Right: *all*.

</details>"""


def asking(**slide: object) -> dict[str, object]:
    """Metadata of a cell that asks for a slide."""
    return {"slide": {"minutes": 2, **slide}}


CHAPTER = new_notebook(
    cells=[
        new_markdown_cell("# 3 Small\n\nWhy?", metadata=asking(notes="Hello.")),
        new_markdown_cell("## First\n\nWords of the page. Not on a slide."),
        new_code_cell("1", outputs=[TABLE, PRINTED], metadata=asking(text="In *short*.")),
        new_code_cell("2", outputs=[PRINTED], metadata=asking(show=["code", "printed"])),
        new_code_cell("3", outputs=[TABLE], metadata=asking(blind="swapped", session=[2, 1.5])),
        new_code_cell("4", outputs=[TABLE]),
        new_markdown_cell(QUIZ, metadata=asking(questions=[1])),
        new_markdown_cell("## Exercises", metadata=asking(exercises=True, text="In class: 1.")),
        new_markdown_cell("**1. Change (5 minutes).** Do."),
        new_markdown_cell("<details>\n<summary>Solution</summary>\n\nDone.\n\n</details>"),
        new_markdown_cell("## Sources\n\n- Nobody"),
    ]
)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[two](02_sound_as_image.ipynb#a-part)", "two"),
        ("[slow *ones*](benchmark.md)", "slow <em>ones</em>"),
        ("[far](https://a.org/b.md)", '<a href="https://a.org/b.md">far</a>'),
        ("$F_{ij} F_{kj}$", r'<span class="math inline">\(F_{ij} F_{kj}\)</span>'),
        ("$a < b$", r'<span class="math inline">\(a &lt; b\)</span>'),
    ],
)
def test_words(markdown: str, shown: str) -> None:
    assert html(markdown) == f"<p>{shown}</p>\n"
    assert line(markdown) == shown


def test_a_heading_with_a_number_is_no_list() -> None:
    assert line("1. The two *axes*") == "1. The two <em>axes</em>"


def test_cells_become_slides() -> None:
    title, table, code, blind, asked, tasks = chapter_slides(CHAPTER)
    assert (title.title, title.text, title.notes, title.kind) == (
        "3 Small",
        "Why?",
        "Hello.",
        "title",
    )
    assert (table.title, table.text) == ("First", "In *short*.")
    assert table.shown == ("<table><tr><td>7</td></tr></table>",)
    assert code.shown == ("<pre>2</pre>", "<pre>a &lt; b</pre>")
    assert blind.kind == "blind swapped" and blind.session == (2, 1.5)
    assert asked.title == "Who?" and "<li><p>Nobody</p>" in asked.text
    assert asked.text.index("All") < asked.text.index("<strong>B.</strong> Right: <em>all</em>")
    assert asked.notes == "A: Not so: somebody."
    assert tasks.text == "1. Change (5 minutes)\n\nIn class: 1."
    assert not any("Nobody" in s.text for s in (title, table, code, blind, tasks))


def test_a_word_that_no_slide_knows_is_refused() -> None:
    cell = new_markdown_cell("# A", id="first", metadata=asking(note="x"))
    with pytest.raises(ValueError, match="cell first: a slide has no note"):
        chapter_slides(new_notebook(cells=[cell]))


def test_captions_and_minutes_are_in_the_notes() -> None:
    figure = '<figure><img><figcaption style="x">A line.</figcaption></figure>'
    made = section(Slide("T", "", "Ask.", 2, (figure,)), begin=3)
    notes = made.partition('<aside class="notes">')[2]
    assert "<strong>2 min</strong> (from 3 to 5)" in notes
    assert "Ask." in notes and "On the page: A line." in notes


def test_the_session_follows_its_plan() -> None:
    slides = [Slide("b", "", "", 9, session=(2, 4)), Slide("a", "", "Ask.", 9, session=(1, 5))]
    slides.append(Slide("c", "", "", 9))
    first, second = session_slides(slides, [(5, "Hear"), (10, "See")])
    assert (first.title, first.minutes) == ("a", 5) and (second.title, second.minutes) == ("b", 4)
    assert first.notes == "*Minute 0 to 5: Hear*\n\nAsk."
    assert second.notes.startswith("*Minute 5 to 15: See*")


# What the chapters ask for


@pytest.mark.parametrize("name", [path.stem for path in TAGGED[:-1]])
def test_a_chapter_has_a_talk_s_worth_of_slides(name: str) -> None:
    slides = [s for s in SLIDES[name] if not s.only]
    assert 10 <= len(slides) <= MOST
    assert slides[0].kind == "title" and slides[-1].title == "Exercises"
    assert 25 <= sum(s.minutes for s in slides) <= 60
    assert sum(s.kind == "question" for s in slides) >= 2


@pytest.mark.parametrize("name", SLIDES)
def test_slides_can_be_spoken(name: str) -> None:
    titles = [s.title for s in SLIDES[name]]
    assert len(set(titles)) == len(titles)
    for s in SLIDES[name]:
        assert 0 < s.minutes <= 15 and len(s.notes.split()) >= 4, s.title
        words = re.sub(r"<[^>]+>", "", s.text)
        assert len(words.split()) <= 110 and not words.rstrip().endswith(":"), s.title
        page = re.search(r"\b(?:next cell|this page|this section)\b", words)
        assert s.kind == "question" or not page, s.title  # a slide has no page around it


def test_the_session_fills_its_plan() -> None:
    assert sum(minutes for minutes, _ in PLAN) == 90
    every = [s for slides in SLIDES.values() for s in slides]
    for number, (minutes, task) in enumerate(PLAN, 1):
        given = [s.session[1] for s in every if s.session and s.session[0] == number]
        assert sum(given) == minutes, task
    made = session_slides(every, PLAN)
    assert sum(s.minutes for s in made) == 90 and len(made) <= 25
    assert replace(made[0], notes="").title == "Can a computer go on raining?"
