"""Chapters executed before the build: into the cache that the build reads, and errors by name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import execute_chapters
import nbformat
import pytest
from audiostyle_book import configure
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
TOC = "root: intro\nparts:\n- chapters:\n  - file: book/good\n  - file: book/bad\n"


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
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

    def write(name: str, code: str) -> None:
        notebook = new_notebook(cells=[new_code_cell(code)], metadata=kernel)
        nbformat.write(notebook, tmp_path / "book" / f"{name}.ipynb")

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
