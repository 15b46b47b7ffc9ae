"""The library's page in the book names every module and every public call."""

from __future__ import annotations

import re
from pathlib import Path

from test_architecture import GROUPS, MODULES, group

import audiostyle_lib

PAGE = (Path(__file__).parents[1] / "book" / "api.md").read_text("utf-8")
DOORS = {*GROUPS, "__main__", "_lazy"}  # the packages themselves; no program calls into the others


def test_every_module_once() -> None:
    named = re.findall(r"automodule:: audiostyle_lib\.([\w.]+)", PAGE)
    command = {name for name in MODULES if group(name) == "commands"}  # it is in the README
    assert sorted(named) == sorted(set(MODULES) - DOORS - command)


def test_every_public_call_first() -> None:
    kinds = "autofunction|autoclass|autoexception|py:data"
    calls = re.findall(rf"(?:{kinds}):: audiostyle_lib\.(\w+)", PAGE)
    assert sorted(calls) == sorted(audiostyle_lib.__all__)
