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

import audiostyle_lib
from audiostyle_lib.host import host_report

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [*(ROOT / "book").glob("*.ipynb"), *(ROOT / "course").rglob("*.ipynb")]
VERSIONS = {"torch": "2.9.0+cu126", "numpy": "2.1.0", "tqdm": "4.67.1"}


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


def test_it_installs_this_release_and_what_colab_lacks() -> None:
    (command,) = re.findall(r"%pip install (.*)", setup_cell(NOTEBOOKS[0]))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    address = project["urls"]["Repository"]
    assert command == f"-q --no-deps pyloudnorm git+{address}@v{project['version']}"


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


def test_the_cell_says_in_one_line_that_nothing_was_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where pip failed: no address, no network."""
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "audiostyle_lib.host", None)  # an import of it fails
    exec(re.sub(r"%pip .*", "pass", setup_cell(NOTEBOOKS[0])), {})
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Not ready: pip could not install the library")


def test_ready() -> None:
    ready, line = host_report(["numpy>=1.26", "torch>=2.3"], installed)
    own = f"audiostyle {audiostyle_lib.__version__}"
    assert ready and line.startswith(f"Ready: {own}, torch 2.9.0+cu126, numpy 2.1.0 on Python 3.")


@pytest.mark.parametrize(
    ("found", "needed", "enough"),
    [
        ("2.9.0+cu126", "2.9", True),
        ("2.3", "2.3.0", True),
        ("2.3.0rc1", "2.3", True),  # a host's own build; its release is what counts
        ("2.3.0.dev1", "2.3.1", False),
        ("10.0", "9.5", True),
        ("1.26.4", "1.27", False),
        ("unknown", "1", False),
    ],
)
def test_versions_are_compared_as_numbers(found: str, needed: str, enough: bool) -> None:
    versions = {**VERSIONS, "tqdm": found}
    assert host_report([f"tqdm>={needed}"], versions.__getitem__)[0] == enough


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


def report_without(*, package: str = "", metadata: bool = True) -> str:
    """What the module prints where a package is missing, or the library is not installed."""
    code = f"""
import runpy, sys
from importlib import metadata

def version(name, found=metadata.version):
    if name == {package!r}:
        raise metadata.PackageNotFoundError(name)
    return found(name)

def requires(name, found=metadata.requires):
    if not {metadata}:
        raise metadata.PackageNotFoundError(name)
    return found(name)

sys.modules[{package!r}] = None  # an import of it fails
metadata.version, metadata.requires = version, requires
runpy.run_module("audiostyle_lib.host", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr == "", done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "package", ["joblib", "librosa", "numpy", "scipy", "soundfile", "torch", "tqdm"]
)
def test_it_says_what_is_missing_though_the_library_cannot_do_without(package: str) -> None:
    said = report_without(package=package)
    assert said.startswith(f"Not ready: {package} is missing. In a cell: %pip install")


def test_a_folder_that_is_not_installed() -> None:
    assert "not installed. In a terminal, there: pip install" in report_without(metadata=False)


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
    assert set(asked) == {line.split(">=")[0] for line in lines}
