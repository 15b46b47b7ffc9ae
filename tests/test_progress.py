"""How far work is: drawn in a terminal, told in lines where nothing can be drawn."""

from __future__ import annotations

import io
import math

import pytest

from audiostyle_lib import progress
from audiostyle_lib.progress import beside_bars, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    monkeypatch.setattr(progress._Lines, "said", -math.inf)


def work(file: io.StringIO) -> str:
    with progress_bar(2, "work", True, file=file) as bar:
        bar.update(1)
        with beside_bars(file):
            file.write("a word\n")
        bar.update(1)
    return file.getvalue()


def test_lines_in_a_log() -> None:
    said = work(io.StringIO())
    assert "\r" not in said and "\n\n" not in said
    begun, half, word, *_, done = said.splitlines()
    assert begun.startswith("work: 0 %, 0 of 2, 00:0") and half.startswith("work: 50 %, 1 of 2")
    assert word == "a word" and done.startswith("work: 100 %, 2 of 2") and done.endswith(" left")


def test_few_lines_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages that last less than a moment have one line together."""
    monkeypatch.setattr(progress, "LINE_EVERY", 1e9)
    log = io.StringIO()
    for stage in ("first", "second"):
        with progress_bar(1000, stage, True, file=log) as bar:
            for _ in range(1000):
                bar.update(1)
    assert log.getvalue().startswith("first: 0 %") and log.getvalue().count("\n") == 1


def test_a_bar_in_a_terminal() -> None:
    said = work(Terminal())
    assert "\rwork:" in said and "a word\n" in said and said.count("\n") == 1
