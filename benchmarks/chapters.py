"""What each page of the book costs: seconds, memory, sounds, weight, and the number of its claim.

    .venv/bin/python benchmarks/chapters.py            # every notebook, one after the other
    .venv/bin/python benchmarks/chapters.py 07 08      # those whose names begin so

Runs each notebook in a kernel of its own and prints a Markdown table. The claim is what the cell
tagged `claim` prints. Nothing is stored.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

BOOK = Path(__file__).resolve().parents[1] / "book"
COLUMNS = ("page", "seconds", "CPU seconds", "peak MB", "sounds", "page MB", "claim")
USAGE = """
import json, resource
_usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([_usage.ru_utime + _usage.ru_stime, _usage.ru_maxrss / 1024]))
"""


def measure(path: Path) -> dict[str, str]:
    """Run a notebook and return its row of the table, one text per column."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(USAGE))
    began = time.perf_counter()
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": path.parent}}).execute()
    seconds = time.perf_counter() - began
    cpu, memory = json.loads(notebook.cells[-1].outputs[0].text)
    html, claim = "", ""
    for cell in notebook.cells[:-1]:
        for output in cell.get("outputs", []):
            html += output.get("data", {}).get("text/html", "")
            if "claim" in cell.metadata.get("tags", []):
                claim += output.get("text", "")
    return {
        "page": path.stem,
        "seconds": f"{seconds:.0f}",
        "CPU seconds": f"{cpu:.0f}",
        "peak MB": f"{memory:.0f}",
        "sounds": str(len(re.findall("<audio", html))),
        "page MB": f"{len(html) / 1e6:.2f}",
        "claim": " ".join(claim.split()),
    }


def table(rows: Sequence[dict[str, str]]) -> str:
    """Rows as a Markdown table.

    >>> print(table([dict.fromkeys(COLUMNS, "1")]).splitlines()[2])
    | 1 | 1 | 1 | 1 | 1 | 1 | 1 |
    """
    lines = [COLUMNS, ("---",) * len(COLUMNS), *([row[c] for c in COLUMNS] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure the notebooks named in `argv`, or all, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="beginnings of file names [all]")
    parser.add_argument("--book", type=Path, default=BOOK, help="folder of the notebooks")
    options = parser.parse_args(argv)
    os.environ["TQDM_DISABLE"] = "1"  # for the kernels, whose bars nobody sees
    paths = [
        path
        for path in sorted(options.book.glob("*.ipynb"))
        if path.stem.startswith(tuple(options.names) or "")
    ]
    rows = []
    for path in (bar := tqdm(paths, file=sys.stderr, disable=False)):
        bar.set_description(path.stem)
        rows.append(measure(path))
    print(table(rows))


if __name__ == "__main__":
    main()
