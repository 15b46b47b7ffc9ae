"""What was handed in, taken with tongs: plain files of a sensible size, and values of known kinds.

A link is never followed, since it may lead to a key; nothing is unpickled or imported.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

MAX_FILE = 50_000_000  # bytes; a notebook with its sounds has some 20 million
MAX_ALL = 200_000_000
MAX_FILES = 200


class Wrong(Exception):
    """An answer that gets no points; why."""


@dataclass
class Submission:
    """A student's notebooks by assignment, a copy of what was handed in, and what was left out."""

    name: str
    folder: Path
    notebooks: dict[int, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def names_in(folder: Path) -> list[str]:
    """Students: the folders and notebooks that lie in `folder`, whatever they are named."""
    return sorted(
        entry.name
        for entry in os.scandir(folder)
        if not entry.name.startswith(".")
        and (entry.is_symlink() or entry.is_dir() or entry.name.endswith(".ipynb"))
    )


def take(folder: Path, name: str, to: Path) -> Submission:
    """Copy what a student handed in into the empty folder `to`."""
    found = Submission(name.removesuffix(".ipynb"), to)
    source, total, n = folder / name, 0, 0
    for path in _files(source, found.notes):
        where = path.relative_to(source) if path != source else Path(name)
        if "data" in where.parts[:-1]:  # everybody gets the data that they were given
            continue
        size = path.lstat().st_size
        n, total = n + 1, total + size
        if size > MAX_FILE or total > MAX_ALL or n > MAX_FILES:
            found.notes.append(f"{where}: left out, too much")
            continue
        (to / where).parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as opened, (to / where).open("wb") as copy:
            shutil.copyfileobj(opened, copy)
    for path in sorted(to.rglob("*.ipynb")):
        number = _assignment(path, found.notes)
        if number in found.notebooks:
            found.notes.append(f"{path.name}: a second notebook of assignment {number}, left out")
        elif number:
            found.notebooks[number] = path
    return found


def _files(path: Path, notes: list[str]) -> Iterator[Path]:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        yield path
    elif stat.S_ISDIR(mode):
        for entry in sorted(path.iterdir()):
            yield from _files(entry, notes)
    else:
        kind = "a link" if stat.S_ISLNK(mode) else "no plain file"
        notes.append(f"{path.name}: left out, {kind}")


def cells(path: Path, kind: str = "code") -> list[str]:
    """Sources of a notebook's cells of one kind."""
    try:
        found = json.loads(path.read_text("utf-8"))["cells"]
        sources = [c.get("source", "") for c in found if c.get("cell_type") == kind]
        return [s if isinstance(s, str) else "".join(map(str, s)) for s in sources]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Wrong("it is no notebook") from error


def _assignment(path: Path, notes: list[str]) -> int:
    """Which assignment a notebook answers, by its heading or else by its name; 0 for none."""
    try:
        text = "\n".join(cells(path, "markdown"))
    except Wrong as error:
        notes.append(f"{path.name}: {error}")
        text = ""
    heading = re.search(r"^# Assignment ([12])\b", text, re.M) or re.match(r"([12])_", path.name)
    return int(heading.group(1)) if heading else 0


# Values


def number(x: Any) -> float:
    """A finite number."""
    if isinstance(x, bool) or not isinstance(x, (int, float)) or not isfinite(x):
        raise Wrong(f"{_short(x)} where a number was expected")
    return float(x)


def numbers(x: Any, n: int) -> list[float]:
    """So many finite numbers."""
    if not isinstance(x, list) or len(x) != n:
        raise Wrong(f"{_short(x)} where {n} numbers were expected")
    return [number(value) for value in x]


def mapping(x: Any, *keys: str) -> Mapping[str, Any]:
    """A table with these keys, at least."""
    if not isinstance(x, dict) or not set(keys) <= set(x):
        raise Wrong(f"{_short(x)} where a table of {', '.join(keys)} was expected")
    return x


def sound(x: Any, seconds: float, sr: int) -> np.ndarray:
    """A sound (n,) of that length, give or take 10 ms, finite and not silent."""
    if not isinstance(x, np.ndarray) or abs(len(x) - seconds * sr) > 0.01 * sr:
        what = f"{len(x) / sr:.2f} s" if isinstance(x, np.ndarray) else _short(x)
        raise Wrong(f"{what} where a sound of {seconds:g} s was expected")
    if not np.isfinite(x).all() or not 1e-4 < np.abs(x).max() < 1e3:
        raise Wrong("a sound that is silent or not finite")
    return x


def _short(x: Any) -> str:
    return "nothing" if x is None else repr(x)[:40]
