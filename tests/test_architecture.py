"""The shape of the library: small documented modules in groups, imports that only go downwards."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "audiostyle_lib"
# By dotted name: "stream", "files.reading"; a package by its own name: "files", "" for the library.
MODULES = {
    ".".join(path.relative_to(LIBRARY).with_suffix("").parts)
    .removesuffix("__init__")
    .removesuffix("."): path
    for path in sorted(LIBRARY.rglob("*.py"))
}
LOW = {"files", "transforms", "statistics"}  # what the calls at the top level ("") are made of
CORE = {"", *LOW}  # of use without the book; imports nothing that is made for it
GROUPS = {  # by group: the others that its modules may import from
    "": LOW,
    "files": {""},
    "transforms": {""},
    "statistics": {""},
    "commands": CORE,
    "images": {"", "statistics"},  # a picture is neither read nor transformed as a sound
    "page": CORE,
    "lessons": CORE,
}
ANYONE_MAY_IMPORT = {"audio", "_lazy"}  # the one error class; names that are loaded when used
DOORS = {  # what else these may import, since they only lead there
    "": {"lessons.check"},
    "__main__": {"commands.main"},
}
MAX_LINES = 300


def group(module: str) -> str:
    """Return the group that a module belongs to: a package is in its own."""
    first = module.partition(".")[0]
    return first if first in GROUPS else ""


def imports(module: str, source: str) -> set[str]:
    """Return the modules of the library that a module's source imports, wherever in it."""
    package = module if module in GROUPS else module.rpartition(".")[0]
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            start = resolve_name(start, f"audiostyle_lib.{package}".strip("."))
            names |= {f"{start}.{alias.name}" for alias in node.names}
    inside = {name.partition(".")[2] for name in names if name.startswith("audiostyle_lib")}
    # What is no module itself is a name in one.
    return {name if name in MODULES else name.rpartition(".")[0] for name in inside} - {module}


def wrong(module: str, source: str) -> set[str]:
    """Return what the module imports and may not, by the rule of its group."""
    mine = group(module)
    return {
        name
        for name in imports(module, source) - ANYONE_MAY_IMPORT - DOORS.get(module, set())
        if group(name) not in GROUPS[mine] | {mine}
    }


def all_imports() -> dict[str, set[str]]:
    return {name: imports(name, path.read_text("utf-8")) for name, path in MODULES.items()}


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import one another in a circle; none if there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def below(module: str, graph: Mapping[str, set[str]]) -> set[str]:
    """Return all that stands under a module: what it imports, what that imports, and so on."""
    found: set[str] = set()
    new = graph[module]
    while new:
        found |= new
        new = set().union(*(graph[name] for name in new)) - found
    return found


def test_every_group_has_its_rule() -> None:
    assert {path.parent.name for path in LIBRARY.glob("*/__init__.py")} == set(GROUPS) - {""}


@pytest.mark.parametrize("module", MODULES)
def test_imports_what_its_group_may(module: str) -> None:
    assert wrong(module, MODULES[module].read_text("utf-8")) == set()


def test_imports_go_down() -> None:
    assert cycle(all_imports()) == []


@pytest.mark.parametrize("module", [name for name in MODULES if group(name) in LOW])
def test_a_low_group_stands_alone(module: str) -> None:
    """What it takes from the top level needs no group either: no call, only what calls need."""
    assert {group(name) for name in below(module, all_imports())} <= {"", group(module)}


@pytest.mark.parametrize("module", MODULES)
def test_small_and_documented(module: str) -> None:
    source = MODULES[module].read_text("utf-8")
    assert ast.get_docstring(ast.parse(source)), "a module opens by saying what it is for"
    assert len(source.splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("stream", "from .page.html import Html", {"page.html"}),
        ("stream", "from . import lessons, levels", {"lessons"}),
        ("metrics", "def f():\n    import audiostyle_lib.page.plotting as p", {"page.plotting"}),
        ("files.reading", "from ..transforms import STFT", {"transforms"}),
        ("files", "from ..commands import main", {"commands.main"}),
        ("transforms.stft", "from audiostyle_lib import images", {"images"}),
        ("images.transfer", "from ..transforms.stft import STFT", {"transforms.stft"}),
        ("page.live", "from ..lessons.verdicts import NotYet", {"lessons.verdicts"}),
        ("lessons.check", "from ..page import Clip", {"page"}),
        ("lessons.check", "import numpy\nfrom ..sounds import tone\nfrom . import verdicts", set()),
        ("page", "from .._lazy import attach\nfrom .live import Live", set()),
        ("__main__", "from .commands.main import main", set()),
        ("host", "from .commands.main import main", {"commands.main"}),
    ],
)
def test_the_rule_itself(module: str, source: str, expected: set[str]) -> None:
    assert wrong(module, source) == expected


def test_a_cycle_is_found() -> None:
    sources = {
        "levels": "from .files import reading",
        "files.reading": "def late():\n    from ..sounds import SR",
        "sounds": "from audiostyle_lib.levels import rms",
    }
    graph = {name: imports(name, source) for name, source in sources.items()}
    assert set(cycle(graph)) == set(sources)
    assert not cycle({**graph, "sounds": set()})
    assert {group(name) for name in below("levels", {**graph, "sounds": set()})} == {"", "files"}
