"""A printable handout of each chapter: its built page as A4, for a room without screens.

Sounds become their pictures with what to listen for, explorers the position they begin with; code
stays folded, solutions and answers are left out. Chromium prints; where there is none, handouts
are left out, and one line says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
STYLE = Path(__file__).with_suffix(".css")
FOOT = (
    '<div style="font:8px sans-serif;width:100%;padding:0 15mm;display:flex;'
    'justify-content:space-between;color:#444"><span class="title"></span>'
    '<span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>'
)
# What a sheet of paper cannot do goes; what folds away a hint or a choice shows its first line.
PREPARE = """() => {
  const all = (what, act) => document.querySelectorAll(what).forEach(act);
  all(".as-steps .as-knobs input", knob => {  // a search shows where it ends
    knob.value = knob.max;
    knob.dispatchEvent(new Event("input", {bubbles: true}));
  });
  all("details", e => {
    const line = e.querySelector("summary");
    const words = line?.textContent.trim() ?? "";
    if (e.matches(".quiz")) {
      const choice = document.createElement("p");
      choice.className = "handout-choice";
      choice.innerHTML = line.innerHTML;
      e.replaceWith(choice);
    } else if (e.matches(".deeper")) { e.open = true; line.remove(); }
    else if (e.matches(".code") || /^(Hint|Solution)/.test(words)) e.remove();
  });
  all("p", e => { if (e.textContent.startsWith("Choose an answer: it opens")) e.remove(); });
  all("audio, .as-bar, .as-knobs, .as-endless, .as-lab, .as-head", e => e.remove());
  all(".as-off, .as-say, .as-stage input", e => e.remove());
  all("img", e => { e.loading = "eager"; });
}"""


def print_page(browser: Browser, path: Path, to: Path) -> None:
    """A built page as a PDF."""
    page = browser.new_page(viewport={"width": 760, "height": 1000})
    page.set_default_timeout(0)
    page.goto(path.resolve().as_uri())
    page.emulate_media(media="print", color_scheme="light")
    page.evaluate(PREPARE)
    page.add_style_tag(content=STYLE.read_text("utf-8"))
    page.evaluate("Promise.all([...document.images].map(i => i.decode().catch(() => 0)))")
    page.pdf(
        path=to,
        format="A4",
        print_background=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOT,
        margin={"top": "14mm", "bottom": "16mm", "left": "15mm", "right": "15mm"},
    )
    page.close()


def print_handouts(pages: Sequence[Path], to: Path) -> int:
    """A PDF of each built page; how many there are."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        print("Handouts are left out: that takes Chromium.")
        return 0
    from playwright.sync_api import sync_playwright

    to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"], timeout=0
        )
        for path in pages:
            print_page(browser, path, to / f"{path.stem}.pdf")
        browser.close()
    return len(pages)
