"""The benchmarks measure what they say: a notebook of known outputs gives a known row."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import chapters


@pytest.fixture
def book(tmp_path: Path) -> Path:
    cells = [
        new_code_cell("x = 2"),
        new_code_cell("from IPython.display import HTML\nHTML('<audio></audio>' * 3)"),
        new_code_cell("print('x is', x)\nprint('indeed')", metadata={"tags": ["claim"]}),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "01_known.ipynb")
    broken = new_notebook(cells=[new_code_cell("1 / 0")])
    nbformat.write(broken, tmp_path / "02_broken.ipynb")
    return tmp_path


def test_chapters(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chapters.main(["01", "--book", str(book)])
    head, _, row = capsys.readouterr().out.splitlines()
    cells = dict(
        zip(*([c.strip() for c in line.split("|")[1:-1]] for line in (head, row)), strict=True)
    )
    assert cells["page"] == "01_known" and cells["sounds"] == "3"
    assert cells["claim"] == "x is 2 indeed" and float(cells["peak MB"]) > 20


def test_a_failing_chapter_is_not_measured(book: Path) -> None:
    with pytest.raises(Exception, match="ZeroDivisionError"):
        chapters.main(["02", "--book", str(book)])
