"""The engine in the page: its scripts, made one of the modules in `assets/engine`.

The modules mirror the library's. Their constants are the library's own: `constants` reads them, so
that a number stands in one place.
"""

from __future__ import annotations

import ast
import gzip
import inspect
import json
import posixpath
import re
import sys
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from ..statistics import SOUND_STATISTICS

FOLDER = Path(__file__).parent / "assets" / "engine"
# Whose constants the engine needs, by the names that it knows them by.
MODULES = (
    "generator", "maker",
    "arguments", "attacks", "audio", "auditory", "finding", "levels", "metrics", "mixture", "model",
    "networks", "optim", "panorama", "quality", "realism", "references", "refine", "remainder",
    "result", "sharpen", "sounding", "sounds", "spatial", "trend",
    "statistics.bands", "statistics.channels", "statistics.envelopes", "statistics.frames",
    "statistics.newness", "statistics.rises", "statistics.sound", "statistics.surrogates",
    "statistics.tensors", "transforms.base", "transforms.phase", "transforms.stft", "page.html",
    "page.steps",
)  # fmt: skip
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[\w./-]+)\.js";\n', re.MULTILINE)
_COMMENT = re.compile(r"^ */\*\*[\s\S]*?\*/\n|^ *//.*\n|^\n", re.MULTILINE)
# Behind code; one with a quotation mark is left, since it might be within a string.
_BEHIND = re.compile(r"""(?<=[;,{}()\]]) +// [^"'`\n]*$""", re.MULTILINE)
_TYPE_OR_INDENT = re.compile(r"/\*\*[^\n]*?\*/ ?|^ +", re.MULTILINE)
_CONSTANT = re.compile(r"\bK\.(\w+)(?:\.([A-Z]\w*))?")


def constants() -> dict[str, Any]:
    """What modules of the library call constants, by module and by name, and the compiled kernels.

    A leading underscore is left out; the presets' attributes have JavaScript's names. The sizes
    that count as large in statistics of a sound are `units`, by the statistics' names.

    >>> constants()["levels"]["LEVEL"], constants()["quality"]["DRAFT"]["nFilters"]
    (0.1, 64)
    """
    found: dict[str, Any] = {}
    for name in MODULES:
        module = import_module(f"audiostyle_lib.{name}")
        values = {key: plain(getattr(module, key)) for key in _assigned(module)}
        values = {key.lstrip("_"): value for key, value in values.items() if value is not None}
        found[name.rpartition(".")[2]] = {**found.get(name.rpartition(".")[2], {}), **values}
    found["units"] = {name: statistic.unit for name, statistic in SOUND_STATISTICS.items()}
    found["KERNELS"] = b64encode((FOLDER / "kernels.wasm").read_bytes()).decode()
    return found


def script(*entries: str) -> str:
    """Modules and all that they import, as the text of one classic script.

    Each module comes after those that it imports, without its imports, exports, comments, types
    and indents. Of the constants there are those that are used. Modules are named by their place
    beside the engine's: "client", "../widgets".

    >>> "class Engine" in script("client")
    True
    """
    order: list[str] = []
    for entry in entries:
        _visit(entry, order, ())
    parts = [_code(name) for name in order if name != "constants"]
    return f'"use strict";\n{_used(parts)}{"".join(parts)}'


@cache
def own_script(entry: str, call: str) -> str:
    """Like `script`, but with its names for itself, and a call at its end.

    >>> own_script("client", "new Engine('');").startswith("(() => {")
    True
    """
    return f"(() => {{\n{script(entry)}{call}\n}})();\n"


def worker_script() -> str:
    """The text of the worker that does the engine's tasks."""
    return script("worker") + "serve(self);\n"


@cache
def packed_worker() -> str:
    """`worker_script`, compressed, in letters: `unpacked` of engine/unpack.js has it again."""
    data = gzip.compress(worker_script().encode(), mtime=0)
    return b64encode(data).decode()


def _visit(name: str, order: list[str], path: tuple[str, ...]) -> None:
    """Add a module to `order`, after what it imports."""
    if name in path:
        raise ValueError(f"modules import one another: {' > '.join([*path, name])}")
    if name in order:
        return
    if name != "constants":
        for _, other in _IMPORT.findall(_source(name)):
            place = posixpath.join("engine", posixpath.dirname(name), other)
            _visit(posixpath.relpath(place, "engine"), order, (*path, name))
    order.append(name)


def _source(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text("utf-8")


def _code(name: str) -> str:
    source = _source(name)
    for left_out in (_IMPORT, _COMMENT, _BEHIND, _TYPE_OR_INDENT):
        source = left_out.sub("", source)
    return re.sub(r"^export ", "", source, flags=re.MULTILINE)


def _used(parts: Iterable[str]) -> str:
    """The constants that are named in these texts, as `K`."""
    named = sorted({names for part in parts for names in _CONSTANT.findall(part)})
    if not named:
        return ""
    known, found = constants(), dict[str, Any]()
    for first, second in named:
        if second:
            found.setdefault(first, {})[second] = known[first][second]
        else:
            found[first] = known[first]
    return f"const K = {json.dumps(found, separators=(',', ':'), allow_nan=False)};\n"


def plain(value: Any) -> Any:
    """As JSON has it; None for what is no constant."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(f.name): plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        rows = {str(key): plain(row) for key, row in value.items()}
        return None if None in rows.values() else rows
    if isinstance(value, (tuple, list)):
        items = [plain(item) for item in value]
        return None if None in items else items
    return value if isinstance(value, (bool, int, float, str)) else None


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@cache
def _assigned(module: ModuleType) -> tuple[str, ...]:
    """Names in capitals that a module assigns itself: others are another one's."""
    body = ast.parse(inspect.getsource(module)).body
    targets = [
        target
        for node in body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    names = [node.id for t in targets for node in ast.walk(t) if isinstance(node, ast.Name)]
    return tuple(name for name in names if name.isupper())


def declarations() -> str:
    """The shape of `K`, as TypeScript has it: the text of constants.d.ts, for a type checker."""
    about = "// What `K` holds. Written by `python -m audiostyle_lib.page.engine`."
    return f"{about}\nexport const K: {_type(constants())};\n"


def _type(value: Any, indent: str = "") -> str:
    if isinstance(value, dict):
        inner = indent + "  "
        rows = [f"{inner}{_key(key)}: {_type(row, inner)};\n" for key, row in value.items()]
        return f"{{\n{''.join(rows)}{indent}}}"
    if isinstance(value, list):
        return f"readonly ({' | '.join(sorted({_type(item, indent) for item in value}))})[]"
    names = {bool: "boolean", str: "string", type(None): "number | null"}
    return names.get(type(value), "number")


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def assemble() -> bytes:
    """The compiled kernels, from their text; it needs wasmtime."""
    from wasmtime import wat2wasm

    return bytes(wat2wasm((FOLDER / "kernels.wat").read_text("utf-8")))


if __name__ == "__main__":
    (FOLDER / "constants.d.ts").write_text(declarations(), "utf-8")
    if "kernels" in sys.argv:
        (FOLDER / "kernels.wasm").write_bytes(assemble())
