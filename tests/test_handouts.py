"""Printable handouts: what a sheet of paper cannot do is gone, and all else is there."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import handouts
import numpy as np
import pytest
from conftest import as_page
from handouts import PREPARE, STYLE, print_handouts, print_page
from playwright.sync_api import Browser

from audiostyle_lib.page import Clip, Explorer, players

ROOT = Path(__file__).parents[1]
MADE = sorted((ROOT / "_build" / "course" / "handouts").glob("*.pdf"))
QUIZ = '<details class="quiz"><summary>Perhaps</summary><p>Not so.</p></details>'
FOLDED = "<details{}><summary>{}</summary><p>{}</p></details>"


def sheet(text: bytes) -> list[tuple[float, float]]:
    """Width and height of each page of a PDF, in points."""
    streams = [text]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", text, re.S):
        try:
            streams.append(zlib.decompress(found[1]))
        except zlib.error:  # a picture, or not compressed
            continue
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", b"".join(streams))
    return [(float(w), float(h)) for w, h in boxes]


def test_a_page_is_made_ready_for_paper(browser: Browser) -> None:
    y = np.random.default_rng(0).normal(0, 0.1, 22050)
    clip = Clip(y, 22050, "Rain", "Drops.")
    explorer = Explorer("Knob", {"loud": [1, 2]}, lambda loud: clip, beside=[])
    page = browser.new_page(viewport={"width": 760, "height": 1000})
    folded = [FOLDED.format("", name, "Secret.") for name in ("Hint", "Solution")]
    folded.append(FOLDED.format(' class="code"', "Code: how", "Secret."))
    folded.append(FOLDED.format(' class="deeper"', "Open this section", "Deeper words."))
    page.set_content(as_page(players(clip, clip), explorer, QUIZ, *folded))
    page.evaluate(PREPARE)
    page.add_style_tag(content=STYLE.read_text("utf-8"))
    text = page.locator("main").inner_text()
    assert "Secret" not in text and "Not so" not in text
    assert not re.search("Hint|Solution|Code|Open", text) and "Deeper words." in text
    assert "Perhaps" in text and page.locator(".handout-choice").count() == 1
    assert page.locator("audio, button, input").count() == 0
    assert page.locator(".as-clip:visible").count() == 3  # of the explorer one position is left
    assert text.count("Drops.") == 3
    page.close()


def test_a_handout_is_a4(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(as_page(*(f"<p>Line {i}</p>" for i in range(150))))
    print_page(browser, tmp_path / "page.html", tmp_path / "page.pdf")
    pages = sheet((tmp_path / "page.pdf").read_bytes())
    assert len(pages) >= 2
    assert all(abs(w - 595) < 2 and abs(h - 842) < 2 for w, h in pages)


def test_without_chromium_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(handouts.shutil, "which", lambda _: None)
    assert print_handouts([tmp_path / "no.html"], tmp_path / "out") == 0
    assert capsys.readouterr().out == "Handouts are left out: that takes Chromium.\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_every_handout_has_its_pages(path: Path) -> None:
    pages = sheet(path.read_bytes())
    assert 5 <= len(pages) <= 40 and path.stat().st_size < 8_000_000
