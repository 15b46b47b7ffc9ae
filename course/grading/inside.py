"""Runs one submission, and answers what is asked about it: the part that the grader does not trust.

    python inside.py SUBMISSION DATA WORK NOTEBOOK

It needs nothing of the grader's. Questions come on standard input, answers go to standard output,
each as a line of JSON and then the samples of its sounds, as 32-bit floats: nothing that could run.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

MOST = 2000  # values of a list, and characters of a text, that are handed on


def plain(x: Any, depth: int = 0) -> Any:
    """A value as JSON knows it; None for all that is neither number, text, list nor table."""
    import numpy as np

    if isinstance(x, (np.generic, np.ndarray)) and x.dtype.kind in "biufU" and x.size <= MOST:
        x = x.tolist()
    if isinstance(x, (bool, int, float)):
        return x
    if isinstance(x, str):
        return x[: 5 * MOST]
    if isinstance(x, (list, tuple)) and depth < 4:
        return [plain(value, depth + 1) for value in x[:MOST]]
    if isinstance(x, dict) and depth < 4:
        return {str(k): plain(v, depth + 1) for k, v in list(x.items())[:MOST]}
    return None


def send(to: BinaryIO, header: dict[str, Any], sounds: Sequence[Any] = ()) -> None:
    import numpy as np

    blocks = [np.asarray(y, "<f4").ravel().tobytes() for y in sounds]
    to.write(json.dumps(header | {"sizes": [len(b) for b in blocks]}).encode() + b"\n")
    to.write(b"".join(blocks))
    to.flush()


def run_cells(notebook: Path, space: dict[str, Any]) -> list[str]:
    """Run all code cells, also after one that failed; what went wrong."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance(user_ns=space)
    shell.ast_node_interactivity = "none"  # nobody looks at what cells show
    errors = []
    for i, cell in enumerate(json.loads(notebook.read_text("utf-8"))["cells"]):
        if cell.get("cell_type") != "code":
            continue
        done = shell.run_cell("".join(cell.get("source", "")), store_history=False)
        error = done.error_before_exec or done.error_in_exec
        if error is not None:
            errors.append(f"cell {i}: {type(error).__name__}: {str(error)[:200]}")
    return errors[:20]


def answer(question: dict[str, Any], sounds: list[Any], space: dict[str, Any]) -> tuple[dict, list]:
    """What is asked for: values by name, a table of sounds, or a function's result."""
    import numpy as np

    if names := question.get("values"):
        return {"value": {name: plain(space.get(name)) for name in names}}, []
    if name := question.get("table"):
        rows = [(str(k), y) for k, ys in list(space[name].items())[:8] for y in list(ys)[:5]]
        return {"value": [k for k, _ in rows]}, [y for _, y in rows]
    found = space[question["call"]](*sounds, *question["rest"])
    if np.ndim(found) == 1:
        return {"value": None}, [found]
    return {"value": plain(found)}, []


def main(submission: str, data: str, work: str, notebook: str) -> None:
    ask, tell = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # what a submission prints is no answer
        os.dup2(nothing, number)
    shutil.copytree(submission, work, dirs_exist_ok=True)
    place = Path(work, notebook).parent
    shutil.copytree(data, place / "data", dirs_exist_ok=True)
    os.chdir(place)
    sys.path.insert(0, str(place))
    space: dict[str, Any] = {}
    send(tell, {"errors": run_cells(Path(work, notebook), space)})
    import numpy as np

    while line := ask.readline():
        question = json.loads(line)
        sounds = [np.frombuffer(ask.read(n), "<f4").copy() for n in question["sizes"]]
        try:
            send(tell, *answer(question, sounds, space))
        except Exception as error:  # the submission's, or what it returned is no sound
            send(tell, {"error": f"{type(error).__name__}: {str(error)[:200]}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
