"""Slides of a chapter: its headings, first sentences, sounds, figures, tables and questions.

Made from the executed notebook, with reveal.js inside each file, so that a deck opens from a folder
in a classroom without network. What the chapter says beside is in the speaker's notes (press S).
Formulas are drawn by MathJax, in a file that all decks share: without it they show as TeX.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.metadata import distribution
from pathlib import Path

from exercises import TITLE, exercises
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

LONGEST = 45  # words of a text on a slide, about; the rest goes to the notes
SECTION = re.compile(r"(?m)^(?=## )")
SKIPPED = ("Sources", "Exercises", "Check yourself")
STYLE = """
:root { --r-heading-text-transform: none; }
.reveal { font-size: 24px; } .reveal h1 { font-size: 2em; } .reveal h2 { font-size: 1.4em; }
.reveal section { text-align: left; padding: 1em 1.5em; box-sizing: border-box; }
.reveal section > p, .reveal section > ul, .reveal section > ol {
  font-size: 1.35em; line-height: 1.45; }
.reveal .as-row { justify-content: center; }
.reveal figure { margin: 0 auto !important; } .reveal figure > img { max-height: 60vh; margin: 0; }
.reveal figure:not(.as-clip) > img { width: 75%; object-fit: contain; }
.reveal .slides section { max-height: 100vh; overflow: auto; }
.reveal table { font-size: 0.8em; } .reveal pre { font-size: 0.5em; }
.reveal details { border: 1px solid #888; border-radius: 6px; padding: 0.2em 0.8em; margin: 0.3em; }
"""
MATH = "mathjax.js"  # beside the decks
DECK = re.compile(r'href="(\d\d_\w+)\.ipynb(?:#[^"]*)?"')
PAGE = re.compile(r'<a href="(?!https?:|#|mailto:|\d\d_\w+\.html")[^"]*">(.*?)</a>', re.S)


def carried(package: str, path: str) -> str:
    """A script or style sheet that a Python package carries, so that no CDN is needed."""
    return Path(str(distribution(package).locate_file(path))).read_text("utf-8")


@cache
def reveal(name: str) -> str:
    """A file of reveal.js, but for the fonts that it would load: the system has one."""
    text = carried("sphinx-revealjs", f"sphinx_revealjs/_static/revealjs/{name}")
    return re.sub(r"@import url\([^)]*\);", "", text)


def mathjax() -> str:
    """MathJax in one file, which draws without fonts."""
    return carried(
        "sphinx-mathjax-offline", "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js"
    )


def _tex(formula: str, options: dict) -> str:
    """A formula between the marks that MathJax looks for by itself."""
    left, right = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
    return f"{left}{escape(formula)}{right}"


def html(markdown: str) -> str:
    """Markdown as HTML. HTML in it stays: the chapters are our own.

    Links to chapters lead to their decks; links to the book's other pages are plain words, since
    these pages do not lie beside the decks.
    """
    rendered = _markdown().render(markdown)
    return PAGE.sub(r"\1", DECK.sub(r'href="\1.html"', rendered))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=_tex)


def slide(body: str, notes: str = "") -> str:
    """One slide with what the speaker may say."""
    aside = f'<aside class="notes">{html(notes)}</aside>' if notes.strip() else ""
    return f"<section>{body}{aside}</section>"


def lead(text: str) -> tuple[str, str]:
    """The first sentences of a text, for the slide, and the whole of it, for the notes."""
    paragraphs = [p for p in text.strip().split("\n\n") if p.strip()]
    if not paragraphs:
        return "", ""
    first = paragraphs[0].replace("\n", " ")
    if first.startswith(("- ", "|", "<", "```")):
        return paragraphs[0], text
    shown = ""
    for sentence in re.split(r"(?<=[.?!:])\s+", first):
        if shown and len((shown + sentence).split()) > LONGEST:
            break
        shown = f"{shown} {sentence}".strip()
    return shown, text


def outputs(cell: NotebookNode) -> list[str]:
    """What a cell shows, as HTML: sounds, figures, tables, and what it prints."""
    if {"remove-output", "remove-cell"} & set(cell.metadata.get("tags", [])):
        return []
    shown = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/html" in data:
            shown.append("".join(data["text/html"]))
        elif output.output_type == "stream" and output.name == "stdout":
            shown.append(f"<pre>{escape(output.text)}</pre>")
    return shown


def chapter_slides(notebook: NotebookNode) -> list[str]:
    """The slides of an executed chapter."""
    slides: list[str] = []
    heading, skipping = "", False
    for cell in notebook.cells:
        if cell.cell_type == "code" and not skipping:
            slides += [slide(html(heading) + shown) for shown in outputs(cell)]
        # A cell may end one section and begin the next.
        pieces = SECTION.split(cell.source) if cell.cell_type == "markdown" else []
        for piece in filter(str.strip, pieces):
            if piece.startswith("# "):
                title, _, rest = piece.partition("\n")
                question, *parts = re.split(r"^\*\*", rest, flags=re.M)
                slides.append(slide(html(f"{title}\n\n{question}")))
                slides += [slide(html(f"**{part}")) for part in parts[:1]]
                continue
            text = piece
            if piece.startswith("## "):
                heading, _, text = piece.partition("\n")
                skipping = heading.removeprefix("## ").strip() in SKIPPED
            if not skipping:
                shown, notes = lead(text)
                slides.append(slide(html(f"{heading}\n\n{shown}"), notes))
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## Check yourself"):
            pieces = re.split(r"(?m)^(?=\*\*\d+\. )", cell.source)[1:]
            slides += [slide(html(f"## Check yourself\n\n{piece}")) for piece in pieces]
    tasks = [TITLE.match(e.task).group() for e in exercises(notebook)]  # type: ignore[union-attr]
    slides.append(slide(html("## Exercises\n\n" + "\n\n".join(tasks))))
    return slides


def deck(notebook: NotebookNode, title: str) -> str:
    """A page with all slides; arrows turn them, S opens the notes, ?print-pdf in the address lays
    them out for print."""
    styles = "".join(
        f"<style>{reveal(name)}</style>" for name in ("dist/reveal.css", "dist/theme/white.css")
    )
    scripts = "".join(
        f"<script>{reveal(name)}</script>" for name in ("dist/reveal.js", "plugin/notes/notes.js")
    )
    scripts += f'<script src="{MATH}"></script>'
    start = "Reveal.initialize({hash: true, transition: 'none', center: false, width: 1280, \
height: 800, plugins: [RevealNotes]})"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width">{styles}<style>{STYLE}</style></head>'
        f'<body><div class="reveal"><div class="slides">{"".join(chapter_slides(notebook))}'
        f"</div></div>{scripts}<script>{start}</script></body></html>"
    )
