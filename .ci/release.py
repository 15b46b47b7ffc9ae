"""Set the release's number wherever it stands: make release VERSION=1.2.3"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parents[1]
# What stands before the number: in the package, the citation, the launch links, the first cells.
BEFORE = {
    "pyproject.toml": r'^version = "',
    "audiostyle_lib/__init__.py": r'^__version__ = "',
    "CITATION.cff": r"^version: ",
    "_config.yml": r"^  branch: v",
    "book/*.ipynb": r"pip install .*@v",
    "course/**/*.ipynb": r"pip install .*@v",
}


def release(root: Path, new: str) -> int:
    """Write the new number into every file; how many there are."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", new):
        raise ValueError(f"the number is {new!r}; expected one like 1.2.3")
    old = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changed = {}
    for pattern, before in BEFORE.items():
        for path in root.glob(pattern):
            number = re.compile(rf"({before}){re.escape(old)}(?!\d)", re.M)
            changed[path], n = number.subn(rf"\g<1>{new}", path.read_text("utf-8"))
            if n != 1:
                raise ValueError(f"{path}: {old} stands {n} times after {before}; expected once")
    for path, text in changed.items():  # none, if one of them is not as expected
        path.write_text(text, "utf-8")
    return len(changed)


if __name__ == "__main__":
    try:
        print(f"The number is set in {release(ROOT, sys.argv[1])} files.")
    except (ValueError, IndexError) as error:
        sys.exit(f"make release VERSION=1.2.3: {error}")
