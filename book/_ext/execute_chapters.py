"""Execute chapters before the build, one per core, into the cache that the build then reads.

    python book/_ext/execute_chapters.py     # what is cached already is skipped

Sphinx would execute them too, but one after another.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nbformat
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from tqdm import tqdm

from audiostyle_book import ROOT, library_hash

CACHE = ROOT / "_build" / ".jupyter_cache" / library_hash()
TIMEOUT = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["execute"]["timeout"]


def chapters() -> list[Path]:
    """The notebooks of the table of contents, in its order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    names = [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]
    return [path for name in names if (path := ROOT / f"{name}.ipynb").exists()]


def cached(path: Path) -> nbformat.NotebookNode | None:
    """The chapter with its outputs, if it was executed as it stands."""
    cache = get_cache(str(CACHE))
    try:
        _, notebook = cache.merge_match_into_notebook(nbformat.read(path, as_version=4))
    except KeyError:
        return None
    return notebook


def execute(path: Path) -> str:
    """Execute a chapter into the cache; the error as text, empty if there is none."""
    notebook = nbformat.read(path, as_version=4)
    try:
        result = single_nb_execution(
            notebook, cwd=str(path.parent), timeout=TIMEOUT, allow_errors=False
        )
    except Exception as error:  # a kernel that died or did not start
        return f"{type(error).__name__}: {error}"
    if result.err is not None:
        return str(result.err)  # the cell and its traceback, without those of the machinery
    bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": result.time})
    get_cache(str(CACHE)).cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return ""


def main() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # for the kernels; the bar below says so itself
    os.environ["AUDIOSTYLE_SLIDES"] = "1"  # figures in the shape of slides, too
    os.environ["PYTHONFAULTHANDLER"] = "1"  # a kernel that dies says where
    todo = [path for path in chapters() if cached(path) is None]
    workers = max(1, min(len(todo), os.cpu_count() or 1))
    with (
        ProcessPoolExecutor(workers) as pool,
        tqdm(total=len(todo), desc="chapters executed", disable=not todo) as bar,
    ):
        running = {pool.submit(execute, path): path for path in todo}
        for future in as_completed(running):
            if error := future.result():
                pool.shutdown(cancel_futures=True)
                sys.exit(f"{running[future].name}:\n{error}")
            bar.update()


if __name__ == "__main__":
    main()
