"""Slides as a page: reveal.js inside the file, so that a deck opens from a folder without network.

Arrows turn the slides, S opens the speaker's notes, ?print-pdf in the address
lays all out for print. Formulas are drawn by MathJax, in a file that all decks share: without
it they show as TeX.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.metadata import distribution
from pathlib import Path

from nbformat import NotebookNode
from slides import Slide, chapter_slides, html, line, plan, session_slides

WIDTH, HEIGHT = 1280, 720  # what a projector shows; a slide is scaled to other screens
MATH = "mathjax.js"  # beside the decks
STYLE = Path(__file__).with_suffix(".css")
# On a button the space bar presses it, on a slider or in a list arrows move that: no slide turns.
KEYS = """event => {
  const at = event.target.closest("input, select, button, summary, canvas");
  return !at || (at.matches("button, summary") && event.code !== "Space" && event.code !== "Enter");
}"""

# A figure is made of panels of a fixed size: they grow until the slide is full. Where the words of
# players need more room than there is, their pictures give way.
FIT = """const fit = slide => {
  for (const figure of slide.querySelectorAll(".shown > .as-figure")) {
    const panels = figure.querySelector(".as-panels");
    panels.style.zoom = 1;
    const wide = figure.clientWidth / panels.offsetWidth;
    panels.style.zoom = Math.min(wide, figure.clientHeight / panels.offsetHeight);
  }
  let less = parseInt(slide.style.getPropertyValue("--less")) || 0;
  for (; less < 200 && slide.scrollHeight > slide.clientHeight; less += 10)
    slide.style.setProperty("--less", `${less + 10}px`);
};
const fitNow = () => fit(Reveal.getCurrentSlide());
Reveal.on("ready", fitNow);
Reveal.on("slidechanged", fitNow);
Reveal.on("pdf-ready", () => document.querySelectorAll(".slides section").forEach(fit));
document.addEventListener("input", fitNow);  // a knob was turned
"""


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


def section(slide: Slide, begin: float) -> str:
    """One slide, which begins at some minute; captions of figures go to the notes."""
    level = "h1" if slide.kind == "title" else "h2"
    shown = "".join(slide.shown)
    captions = re.findall(r"<figcaption style[^>]*>(.*?)</figcaption>", shown, re.S)
    said = [f"**{slide.minutes:g} min** (from {begin:g} to {begin + slide.minutes:g})", slide.notes]
    said += [f"On the page: {caption}" for caption in captions]
    words = f'<div class="words">{html(slide.text)}</div>' if slide.text.strip() else ""
    below = f'<div class="shown">{shown}</div>' if shown else ""
    clips = shown.count('<figure class="as-clip"')
    kind = f"{slide.kind} {'alone' if not shown else 'many' if clips > 4 else ''}".strip()
    if "blind" in kind:
        below += '<p class="fragment">Now the names.</p>'
    return (
        f'<section class="{kind}"><{level}>{line(slide.title)}</{level}>{words}{below}'
        f'<aside class="notes">{html((chr(10) * 2).join(said))}</aside></section>'
    )


def deck(slides: list[Slide], title: str) -> str:
    """A page with all slides, one after the other."""
    sections, begin = "", 0.0
    for slide in slides:
        sections += section(slide, begin)
        begin += slide.minutes
    styles = "".join(
        f"<style>{reveal(name)}</style>" for name in ("dist/reveal.css", "dist/theme/white.css")
    )
    scripts = "".join(
        f"<script>{reveal(name)}</script>" for name in ("dist/reveal.js", "plugin/notes/notes.js")
    )
    scripts += f'<script src="{MATH}"></script>'
    start = (
        f"Reveal.initialize({{hash: true, transition: 'none', center: false, margin: 0, width: "
        f"{WIDTH}, height: {HEIGHT}, slideNumber: 'c/t', controlsLayout: 'edges', "
        f"totalTime: {60 * begin:g}, keyboardCondition: {KEYS}, plugins: [RevealNotes]}})"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width">{styles}'
        f"<style>{STYLE.read_text('utf-8')}</style></head>"
        f'<body><div class="reveal"><div class="slides">{sections}</div></div>'
        f"{scripts}<script>{FIT}{start}</script></body></html>"
    )


def write_decks(notebooks: Mapping[str, NotebookNode], guide: str, to: Path) -> None:
    """A deck for each executed notebook that has slides, and one for the guide's single session."""
    to.mkdir(parents=True, exist_ok=True)
    (to / MATH).write_text(mathjax(), "utf-8")
    every = {name: chapter_slides(notebook) for name, notebook in notebooks.items()}
    for name, slides in every.items():
        if mine := [slide for slide in slides if not slide.only]:
            (to / f"{name}.html").write_text(deck(mine, mine[0].title), "utf-8")
    chosen = session_slides([s for slides in every.values() for s in slides], plan(guide))
    (to / "session.html").write_text(deck(chosen, "One session of 90 minutes"), "utf-8")
