"""The first cell of every notebook on Colab, and the line that says whether a host is ready."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import types
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import tomllib

from audiostyle_lib.host import host_report

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [*(ROOT / "book").glob("*.ipynb"), *(ROOT / "course").rglob("*.ipynb")]
VERSIONS = {"audiostyle": "0.1.0", "torch": "2.9.0+cu126", "numpy": "2.1.0", "tqdm": "4.67.1"}


def setup_cell(path: Path) -> str:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "".join(next(c for c in cells if c["cell_type"] == "code")["source"])


def installed(name: str) -> str:
    if name not in VERSIONS:
        raise PackageNotFoundError(name)
    return VERSIONS[name]


def test_every_notebook_has_the_same_first_cell() -> None:
    assert len(NOTEBOOKS) > 12
    assert len({setup_cell(path) for path in NOTEBOOKS}) == 1


def test_it_installs_this_release_and_nothing_else() -> None:
    (command,) = re.findall(r"%pip install (.*)", setup_cell(NOTEBOOKS[0]))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    address = project["urls"]["Repository"]
    assert command == f"-q --no-deps git+{address}@v{project['version']}"


@pytest.mark.parametrize("on_colab", [True, False])
def test_the_cell_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], on_colab: bool
) -> None:
    """As on Colab, where `%pip` stands for pip, which is not called here."""
    if on_colab:
        monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    called: list[str] = []
    code = re.sub(r"%pip (.*)", r"pip('\1')", setup_cell(NOTEBOOKS[0]))
    exec(code, {"pip": called.append})
    assert bool(called) == on_colab
    assert capsys.readouterr().out.startswith("Ready: audiostyle") == on_colab


def test_ready() -> None:
    ready, line = host_report(["numpy>=1.26", "torch>=2.3"], installed)
    assert ready and line.startswith("Ready: audiostyle 0.1.0, torch 2.9.0+cu126, numpy 2.1.0 on")


@pytest.mark.parametrize(
    ("needed", "says"),
    [
        ("librosa>=0.10.2", 'librosa is missing. In a cell: %pip install "librosa>=0.10.2"'),
        ("numpy>=2.2", "numpy is 2.1.0, and 2.2 or newer is needed."),
        ("tqdm>=4.68", "tqdm is 4.67.1, and 4.68 or newer is needed."),
    ],
)
def test_not_ready_says_what_and_what_to_do(needed: str, says: str) -> None:
    ready, line = host_report(["torch>=2.3", needed], installed)
    assert not ready and line.startswith("Not ready: ") and says in line
    assert "\n" not in line and needed in line


def test_what_is_asked_for_is_what_the_library_declares() -> None:
    """The real environment, in a process of its own: all dependencies and the notebook's extra."""
    done = subprocess.run(
        [sys.executable, "-m", "audiostyle_lib.host"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stdout.startswith("Ready: "), done
    asked: list[str] = []

    def note(name: str) -> str:
        asked.append(name)
        return "999"

    host_report(installed=note)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["notebook"]]
    assert set(asked) == {line.split(">=")[0] for line in lines} | {"audiostyle"}
