"""Run every notebook with its solutions, several at once, in the environment of this Python.

    python tests/every_notebook.py --needs oldest   # what to install before: or newest, or colab
    python tests/every_notebook.py --first-cell     # run it: it installs the library
    python tests/every_notebook.py                  # run all; or those that are named

`make versions` does so. A notebook that fails is named with its error, and the exit code is 1.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10; pip is in every environment, and brings the same
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TOOLS = ("nbclient", "ipykernel")


def needs(which: str) -> list[str]:
    """Requirements of the library and its notebooks, at their lower bounds for "oldest"."""
    if which == "colab":
        return (ROOT / "tests" / "colab.txt").read_text("utf-8").splitlines()
    lines = [*PROJECT["dependencies"], *EXTRAS["notebook"]]
    if which == "newest":  # as on Binder, with the networks that have seen photographs
        lines += [line for line in EXTRAS["book"] if line.startswith("efficientnet")]
    if which == "oldest":  # of torch, whatever there is: old ones come with gigabytes of CUDA
        lines = [line if line.startswith("torch") else line.replace(">=", "==") for line in lines]
    return [*lines, *TOOLS]


def first_cell() -> str:
    """What the notebooks' first cell prints where google.colab is: it installs this folder.

    For that, git takes the repository's address for a release made of the folder as it is.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "book" / "intro.ipynb", as_version=4)
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    colab = nbformat.v4.new_code_cell("import sys; sys.modules['google.colab'] = sys")
    notebook.cells = [colab, setup]
    with tempfile.TemporaryDirectory() as here:
        git = ["git", f"--git-dir={here}/.git", f"--work-tree={ROOT}"]
        for setting in ("user.name=nobody", "user.email=nobody", "commit.gpgsign=false"):
            git += ["-c", setting]
        release = ["tag", f"v{PROJECT['version']}"]
        for line in (["init", "-q"], ["add", "."], ["commit", "-qm", "as it is"], release):
            subprocess.run([*git, *line], cwd=ROOT, check=True)
        os.environ |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{here}.insteadOf",
            "GIT_CONFIG_VALUE_0": PROJECT["urls"]["Repository"],
        }
        place = {"metadata": {"path": here}}  # where nothing but an installed library is found
        NotebookClient(notebook, timeout=None, kernel_name="python3", resources=place).execute()
    return "".join(output.get("text", "") for output in setup.outputs)


def copies(to: Path) -> list[Path]:
    """The instructors' notebooks, written beside the data that they read."""
    import nbformat

    sys.path.insert(0, str(ROOT / "course"))
    from copies import ASSIGNMENTS, copy_data
    from exercises import instructor

    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    chapters = sorted((ROOT / "book").glob("[0-9]*.ipynb"))
    for path in [*chapters, *ASSIGNMENTS]:
        nbformat.write(instructor(nbformat.read(path, as_version=4)), to / path.name)
    copy_data(to, listeners=True)
    return sorted(to.glob("*.ipynb"))


def run(path: Path) -> tuple[float, str, str]:
    """Execute a notebook where it lies; seconds, the error or '', what a reader is warned of."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    began = time.perf_counter()
    try:
        NotebookClient(notebook, timeout=None, kernel_name="python3", resources=place).execute()
        error = ""
    except CellExecutionError as failed:
        error = str(failed)
    except Exception as failed:  # too long, or a kernel that died: the others go on
        error = f"{type(failed).__name__}: {failed}"
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    warned = "".join(output.text for output in outputs if output.get("name") == "stderr")
    return time.perf_counter() - began, error, warned


def run_all(paths: list[Path]) -> int:
    """Execute notebooks, as many at once as there are cores; how many failed."""
    from importlib.metadata import version

    os.environ |= {"TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}
    names = ("numpy", "ipywidgets", "torch", "librosa", "matplotlib", "scipy")
    print(f"Python {platform.python_version()}:", *(f"{name} {version(name)}" for name in names))
    failed = 0
    with ProcessPoolExecutor(min(len(paths), os.cpu_count() or 1)) as pool:
        running = {pool.submit(run, path): path for path in paths}
        for done in as_completed(running):
            seconds, error, warned = done.result()
            failed += bool(error)
            print(f"{running[done].name}: {'FAILED' if error else 'passed'} in {seconds:.0f} s")
            print(warned + error, end="\n" if error else "", flush=True)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return failed


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--needs"]:
        print(*needs(arguments[1]), sep="\n")
        return 0
    if arguments == ["--first-cell"]:
        said = first_cell()
        print(said)
        return 0 if "\nReady: " in f"\n{said}" else 1
    from audiostyle_lib.host import host_report

    ready, line = host_report()
    print(line, flush=True)
    named = [Path(name) for name in arguments]
    extra = [
        ROOT / "book/intro.ipynb",
        ROOT / "book/sounds_and_licences.ipynb",
        ROOT / "book/for_those_who_know.ipynb",
        ROOT / "course/class_results.ipynb",
    ]
    folder = ROOT / "_build" / "notebooks" / platform.python_version()
    return 0 if ready and not run_all(named or [*copies(folder), *extra]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
