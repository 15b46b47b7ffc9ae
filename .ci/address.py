"""Set the repository's address wherever it stands: make address URL=https://github.com/you/book"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
KINDS = {".cff", ".ipynb", ".md", ".toml", ".yml"}  # files that may name it
LEFT_OUT = {".git", ".venv", "_build", "node_modules"}


def files(root: Path) -> Iterator[Path]:
    """All files that may name the address."""
    for path in sorted(root.iterdir()):
        if path.is_dir() and not path.is_symlink() and path.name not in LEFT_OUT:
            yield from files(path)
        elif path.is_file() and path.suffix in KINDS:
            yield path


def address(root: Path, new: str) -> int:
    """Write the new address in place of that in _config.yml into every file; how many had it."""
    if not re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]*[\w-]", new):
        raise ValueError(f"the address is {new!r}; expected https://github.com/OWNER/NAME")
    old = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["repository"]["url"]
    here = re.compile(rf"{re.escape(old)}(?![\w-]|\.\w)")
    n = 0
    for path in files(root):
        text = path.read_bytes().decode("utf-8")
        if here.search(text):
            path.write_bytes(here.sub(new, text).encode("utf-8"))
            n += 1
    return n


if __name__ == "__main__":
    try:
        print(f"The address is set in {address(ROOT, sys.argv[1])} files.")
    except (ValueError, IndexError) as error:
        sys.exit(f"make address URL=https://github.com/OWNER/NAME: {error}")
