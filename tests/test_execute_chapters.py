"""Chapters executed before the build: into the cache that the build reads, and errors by name.

Also every notebook with its solutions, for `make versions`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import every_notebook
import execute_chapters
import nbformat
import pytest
from audiostyle_book import configure
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
TOC = "root: intro\nparts:\n- chapters:\n  - file: book/good\n  - file: book/bad\n"


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def write_notebook(path: Path, code: str) -> Path:
    nbformat.write(new_notebook(cells=[new_code_cell(code)], metadata=KERNEL), path)
    return path


def test_the_build_reads_the_same_cache() -> None:
    config = SimpleNamespace(nb_execution_cache_path="")
    configure(SimpleNamespace(outdir=ROOT / "_build" / "html"), config)  # type: ignore[arg-type]
    assert config.nb_execution_cache_path == str(execute_chapters.CACHE)


@pytest.mark.parametrize("wrong", ["1 / 0", "import os; os._exit(1)"], ids=["error", "dead kernel"])
def test_a_chapter_that_fails_is_named_and_the_others_are_kept(tmp_path: Path, wrong: str) -> None:
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext")
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "_config.yml").write_text("execute:\n  timeout: 60\n")

    def write(name: str, code: str) -> None:
        write_notebook(tmp_path / "book" / f"{name}.ipynb", code)

    def execute() -> subprocess.CompletedProcess[str]:
        script = tmp_path / "book" / "_ext" / "execute_chapters.py"
        return subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)

    write("good", "from pathlib import Path\nPath('ran').open('a').write('once')")
    write("bad", wrong)
    done = execute()
    assert done.returncode == 1
    assert f"bad.ipynb:\n{'An error' if '/' in wrong else 'DeadKernelError'}" in done.stderr
    assert ("ZeroDivisionError" in done.stderr) == ("/" in wrong)
    assert "concurrent.futures" not in done.stderr  # the reader's cell, not our machinery
    write("bad", "1")
    assert execute().returncode == 0
    assert (tmp_path / "book" / "ran").read_text() == "once"


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    codes = {"wrong": "1 / 0", "dead": "import os; os._exit(1)", "good": "1"}
    paths = [write_notebook(tmp_path / f"{name}.ipynb", code) for name, code in codes.items()]
    command = [sys.executable, every_notebook.__file__, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for words in ("wrong.ipynb: FAILED", "ZeroDivisionError", "dead.ipynb: FAILED"):
        assert words in done.stdout
    assert "DeadKernelError" in done.stdout and "good.ipynb: passed" in done.stdout
    assert done.stdout.endswith("1 passed, 2 failed\n")


def test_what_is_needed() -> None:
    oldest, newest = every_notebook.needs("oldest"), every_notebook.needs("newest")
    assert "numpy==1.26" in oldest and "numpy>=1.26" in newest
    assert "torch>=2.3" in oldest, "old builds of torch come with gigabytes of CUDA"
    assert {"nbclient", "ipykernel", "ipywidgets>=7.7.1"} <= set(newest)
    weights = [line for line in newest if line.startswith("efficientnet")]
    assert len(weights) == 2, "as on Binder: the others run without"
    assert {"ipython==7.34.0", "ipywidgets==7.7.1"} <= set(every_notebook.needs("colab"))
