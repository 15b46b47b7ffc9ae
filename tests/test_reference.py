"""The library's page in the book names every module and every public call."""

from __future__ import annotations

import re
from pathlib import Path

from test_architecture import MODULES

import audiostyle_lib

PAGE = (Path(__file__).parents[1] / "book" / "api.md").read_text("utf-8")
DOORS = {"__init__", "__main__", "cli"}  # the command is in the README


def test_every_module_once() -> None:
    named = re.findall(r"automodule:: audiostyle_lib\.(\w+)", PAGE)
    assert sorted(named) == sorted(set(MODULES) - DOORS)


def test_every_public_call_first() -> None:
    calls = re.findall(r"auto(?:function|class|exception):: audiostyle_lib\.(\w+)", PAGE)
    assert sorted(calls) == sorted(audiostyle_lib.__all__)
