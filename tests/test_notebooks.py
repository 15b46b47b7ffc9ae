"""The stored notebooks: no outputs, readable in Colab, one shape for every chapter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "book").glob("*.ipynb"))}
CHAPTERS = [name for name in NOTEBOOKS if re.match(r"\d\d_", name)]
OPENING = ["What you will learn", "What you need", "How long it takes"]
CLOSING = ["Summary", "What the paper says, and what we measured", "Check yourself", "Exercises"]
SCREEN = 30  # lines
MYST = {  # what MyST understands and Colab shows raw
    "directive": re.compile(r"^\s*(?:```|~~~|:::)\s*\{", re.M),
    "role": re.compile(r"(?<![\w\\}`])\{[\w:+-]+\}`[^`]"),
    "label": re.compile(r"^\([\w-]+\)=\s*$", re.M),
    "substitution": re.compile(r"\{\{.*?\}\}"),
    "comment": re.compile(r"^%\s", re.M),
}

every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def cells(name: str, kind: str) -> list[dict]:
    """Return the notebook's cells of a kind, each with its source as one string."""
    notebook = json.loads(NOTEBOOKS[name].read_text("utf-8"))
    chosen = [cell for cell in notebook["cells"] if cell["cell_type"] == kind]
    return [{**cell, "source": "".join(cell["source"])} for cell in chosen]


def myst(text: str) -> list[str]:
    """Return the kinds of MyST syntax in a Markdown text."""
    return [kind for kind, pattern in MYST.items() if pattern.search(text)]


def test_there_are_chapters() -> None:
    assert CHAPTERS


@every_notebook
def test_stored_without_outputs(name: str) -> None:
    for cell in cells(name, "code"):
        assert cell["outputs"] == [] and cell["execution_count"] is None, cell["source"]


@every_notebook
def test_no_myst_in_markdown(name: str) -> None:
    for cell in cells(name, "markdown"):
        assert not myst(cell["source"]), cell["source"]


@every_notebook
def test_code_fits_a_screen(name: str) -> None:
    for cell in cells(name, "code"):
        assert len(cell["source"].splitlines()) <= SCREEN, cell["source"]


@every_notebook
def test_setup_comes_first(name: str) -> None:
    first = cells(name, "code")[0]
    assert "google.colab" in first["source"]
    assert "remove-cell" in first["metadata"].get("tags", [])


@every_notebook
def test_runs_on_any_python_kernel(name: str) -> None:
    kernel = json.loads(NOTEBOOKS[name].read_text("utf-8"))["metadata"]["kernelspec"]["name"]
    assert kernel == "python3"  # a kernel's private name opens nowhere else


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_says_what_it_is_for_and_what_it_found(name: str) -> None:
    text = "\n".join(cell["source"] for cell in cells(name, "markdown"))
    opening, *sections = re.split(r"^## +", text, flags=re.M)
    labels = re.findall(r"(?:\*\*|<b>)(.*?)(?:\*\*|</b>)", opening)
    assert [label for label in labels if label in OPENING] == OPENING
    headings = [section.splitlines()[0].strip() for section in sections]
    closing = [heading for heading in headings if heading != "Sources"][-4:]
    assert closing[-2:] == CLOSING[-2:] and sorted(closing) == sorted(CLOSING)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("```{note}\nOnly in MyST\n```", ["directive"]),
        (":::{admonition} Title\n:::", ["directive"]),
        ("see {ref}`there`", ["role"]),
        ("(a-label)=\n# Title", ["label"]),
        ("{{ value }}", ["substitution"]),
        ("% hidden", ["comment"]),
        ('<div class="admonition tip">$x_{ij}$, 50 % of `{a}`</div>\n\n```python\nf()\n```', []),
    ],
)
def test_myst_is_recognised(text: str, kinds: list[str]) -> None:
    assert myst(text) == kinds
