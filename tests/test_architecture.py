"""The shape of the library: small documented modules that import only from floors below."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "audiostyle_lib"
MODULES = {path.stem: path for path in sorted(LIBRARY.rglob("*.py"))}
FLOORS = [
    {"answers", "audio", "containers", "host"},
    {"arguments", "images", "levels", "stats"},
    {"channels", "optim", "writing"},
    {"reading"},
    {"auditory", "losses", "networks", "phase", "sounds", "vision"},
    {"check"},
    {"envelopes", "presets", "transforms"},
    {"engine", "image_transfer", "layouts", "metrics", "musical", "training"},
    {"mixture", "stream", "texture", "transfer"},
    {"generator"},
    {"page", "plotting", "cli", "__main__"},
    {"widgets"},
    {"lab", "live", "yours"},
]
# audio holds the one error class, which every module may raise; __main__ is a door to cli.
ANYONE_MAY_IMPORT = {"audio"}
ALLOWED_NEIGHBOURS = {("__main__", "cli")}
MAX_LINES = 350


def imports(source: str) -> set[str]:
    """Return the modules of the library that a module's source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                package = f"audiostyle_lib.{package}" if package else "audiostyle_lib"
            names = [package, *(f"{package}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "audiostyle_lib" and rest.split(".")[0] in set().union(*FLOORS):
                found.add(rest.split(".")[0])
    return found


def upward(module: str, source: str) -> set[str]:
    """Return what the module may not import but does."""
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    return {
        name
        for name in imports(source) - ANYONE_MAY_IMPORT
        if floor[name] >= floor[module] and (module, name) not in ALLOWED_NEIGHBOURS
    }


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__"])
def test_imports_go_down(module: str) -> None:
    assert module in set().union(*FLOORS), "give the new module its floor"
    assert upward(module, MODULES[module].read_text("utf-8")) == set()


@pytest.mark.parametrize("module", MODULES)
def test_small_and_documented(module: str) -> None:
    source = MODULES[module].read_text("utf-8")
    assert ast.get_docstring(ast.parse(source)), "a module opens by saying what it is for"
    assert len(source.splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("stats", "from .texture import synthesize_texture", {"texture"}),
        ("stats", "from audiostyle_lib import optim", {"optim"}),
        ("metrics", "def f():\n    import audiostyle_lib.page.plotting as p", {"plotting"}),
        ("texture", "from . import stream, stats", {"stream"}),
        ("__main__", "from .cli import main", set()),
        ("texture", "import numpy\nfrom .audio import AudioError", set()),
    ],
)
def test_the_rule_itself(module: str, source: str, wrong: set[str]) -> None:
    assert upward(module, source) == wrong
