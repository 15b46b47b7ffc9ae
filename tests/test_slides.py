"""Slides: what becomes of links, formulas and HTML; a deck of a small chapter in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser
from slides import MATH, chapter_slides, deck, html, lead, mathjax

TABLE = new_output("display_data", {"text/html": "<table><tr><td>7</td></tr></table>"})
PRINTED = new_output("stream", name="stdout", text="a < b")
LONG = " ".join(["One sentence of exactly seven words here."] * 20)
CHAPTER = new_notebook(
    cells=[
        new_markdown_cell("# 3 Small\n\nWhy?\n\n**What you will learn.** All.\n\n**Time.** Short."),
        new_markdown_cell(
            f"## First\n\n{LONG} In [chapter 2](02_sound_as_image.ipynb#x), $a_i^2$."
        ),
        new_code_cell("1", outputs=[TABLE, PRINTED]),
        new_code_cell("2", outputs=[PRINTED], metadata={"tags": ["remove-output"]}),
        new_markdown_cell("$$\nx_{ij} < y_{ij}\n$$"),
        new_markdown_cell("## Check yourself\n\n**1. Who?**\n\n**2. What?**"),
        new_markdown_cell("## Exercises"),
        new_markdown_cell("**1. Change (5 minutes).** Do."),
        new_markdown_cell("<details>\n<summary>Solution</summary>\n\nDone.\n\n</details>"),
        new_markdown_cell("## Sources\n\n- Nobody"),
    ]
)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[two](02_sound_as_image.ipynb)", '<a href="02_sound_as_image.html">two</a>'),
        ("[two](02_sound_as_image.ipynb#a-part)", '<a href="02_sound_as_image.html">two</a>'),
        ('<a href="02_sound_as_image.ipynb">two</a>', '<a href="02_sound_as_image.html">two</a>'),
        ("[slow *ones*](benchmark.md)", "slow <em>ones</em>"),
        ("[sounds](sounds_and_licences.ipynb)", "sounds"),
        ("[far](https://a.org/b.md)", '<a href="https://a.org/b.md">far</a>'),
        ("$F_{ij} F_{kj}$", r'<span class="math inline">\(F_{ij} F_{kj}\)</span>'),
        ("$a < b$", r'<span class="math inline">\(a &lt; b\)</span>'),
        ("**it**", "<strong>it</strong>"),
    ],
)
def test_words(markdown: str, shown: str) -> None:
    assert html(markdown) == f"<p>{shown}</p>\n"


def test_html_of_a_chapter_stays() -> None:
    assert html('<div class="tip">\n\nA *tip*\n\n</div>') == (
        '<div class="tip">\n<p>A <em>tip</em></p>\n</div>'
    )


def test_the_first_sentences_are_shown_and_all_is_in_the_notes() -> None:
    shown, notes = lead(f"{LONG}\n\nAnd more.")
    assert shown == " ".join([LONG[: LONG.index(".") + 1]] * 6)  # 42 words
    assert notes == f"{LONG}\n\nAnd more."
    assert lead("- a\n- b\n\nMore.")[0] == "- a\n- b"
    assert lead(" \n") == ("", "")


def test_a_chapter_becomes_slides() -> None:
    slides = chapter_slides(CHAPTER)
    assert len(slides) == 2 + 1 + 2 + 1 + 2 + 1
    title, aims, first, table, printed, formula, who, what, tasks = slides
    assert "<h1>3 Small</h1>" in title and "Why?" in title and "What you will learn" not in title
    assert "What you will learn" in aims and "Time." not in aims
    assert "02_sound_as_image.html" in first.partition("<aside")[2]
    assert "<h2>First</h2>" in table and "<td>7</td>" in table
    assert "<pre>a &lt; b</pre>" in printed and r"\[" in formula
    assert "Who?" in who and "What?" in what and "1. Change (5 minutes)" in tasks
    assert not any("Done." in slide or "Nobody" in slide for slide in slides)


def test_a_deck_draws_formulas(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "03.html").write_text(deck(CHAPTER, "3 <Small>"), "utf-8")
    (tmp_path / MATH).write_text(mathjax(), "utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto((tmp_path / "03.html").as_uri())
    page.wait_for_selector("mjx-container svg", state="attached")
    assert page.title() == "3 <Small>" and page.evaluate("Reveal.getTotalSlides()") == 9
    assert page.locator("mjx-container").count() == 2 + 1  # slide and notes, and in the notes
    assert not errors
    page.close()
