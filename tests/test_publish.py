"""What carries the book to its readers: launch links, workflow, the release's number, the course.

The workflow cannot run here; that each of its commands and files exists can be seen.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
import tomllib
import yaml
from conftest import IN_CI
from test_site import HTML, PAGES, LinkParser

import audiostyle_lib

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "_build" / "course"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text("utf-8"))
RELEASE = f"v{PROJECT['version']}"
RELEASING = runpy.run_path(str(ROOT / ".ci" / "release.py"))
ADDRESSING = runpy.run_path(str(ROOT / ".ci" / "address.py"))
LAUNCHED = [page for page in PAGES if (ROOT / page).with_suffix(".ipynb").exists()]


def launched(page: str) -> dict[str, tuple[str, str]]:
    """Branch and file that a page's launch buttons open, by host."""
    found = {}
    for target in LinkParser((HTML / page).read_text("utf-8")).targets:
        url = urlsplit(target)
        if url.hostname == "colab.research.google.com":
            branch, file = url.path.partition("/blob/")[2].split("/", 1)
            found["colab"] = (branch, unquote(file))
        elif url.hostname == "mybinder.org":
            found["binder"] = (
                url.path.rpartition("/")[2],
                parse_qs(url.query)["urlpath"][0].removeprefix("lab/tree/"),
            )
    return found


@pytest.mark.parametrize("page", LAUNCHED)
def test_launch_links_open_this_release_s_file(page: str) -> None:
    found = launched(page)
    assert set(found) == {"colab", "binder"}
    for branch, file in found.values():
        assert branch == RELEASE
        assert file == page.replace(".html", ".ipynb") and (ROOT / file).is_file()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in LAUNCHED])
def test_other_pages_have_nothing_to_launch(page: str) -> None:
    assert launched(page) == {}


def test_one_number() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert CONFIG["repository"]["branch"] == RELEASE
    assert audiostyle_lib.__version__ == citation["version"] == PROJECT["version"]
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    if os.environ.get("GITHUB_REF_TYPE") == "tag":  # else this release would go out under another
        assert os.environ["GITHUB_REF_NAME"] == RELEASE


def copied(to: Path) -> Path:
    """A folder with every file that holds the number."""
    for pattern in RELEASING["BEFORE"]:
        for path in ROOT.glob(pattern):
            target = to / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return to


def test_release_sets_the_number_everywhere(tmp_path: Path) -> None:
    n = RELEASING["release"](copied(tmp_path), "17.3.0")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert n == len(files) > 15
    for path in files:
        text = path.read_text("utf-8")
        assert "17.3.0" in text and text.replace("17.3.0", PROJECT["version"]) == (
            ROOT / path.relative_to(tmp_path)
        ).read_text("utf-8")


@pytest.mark.parametrize("number", ["", "1.2", "v1.2.3", "1.2.3rc1"])
def test_release_wants_a_whole_number(tmp_path: Path, number: str) -> None:
    with pytest.raises(ValueError, match=r"expected one like 1\.2\.3"):
        RELEASING["release"](tmp_path, number)


def test_release_changes_nothing_where_a_number_is_not_found(tmp_path: Path) -> None:
    citation = copied(tmp_path) / "CITATION.cff"
    citation.write_text(citation.read_text("utf-8").replace(PROJECT["version"], "9.9.9"))
    with pytest.raises(ValueError, match=r"CITATION\.cff: .* 0 times"):
        RELEASING["release"](tmp_path, "17.3.0")
    assert "17.3.0" not in (tmp_path / "pyproject.toml").read_text("utf-8")


ADDRESS = CONFIG["repository"]["url"]
NEW = "https://github.com/some-one/another.book"


def everywhere(to: Path) -> dict[Path, bytes]:
    """A copy of every file that may name the address, and what was in them."""
    found = {}
    for path in ADDRESSING["files"](ROOT):
        found[path.relative_to(ROOT)] = path.read_bytes()
        (to / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to / path.relative_to(ROOT))
    return found


def test_one_command_moves_the_book_and_back(tmp_path: Path) -> None:
    before = everywhere(tmp_path)
    named = {path for path, content in before.items() if ADDRESS.encode() in content}
    assert len(named) > 20 and {Path("_config.yml"), Path("pyproject.toml")} < named
    assert ADDRESSING["address"](tmp_path, NEW) == len(named)
    for path, content in before.items():
        assert (tmp_path / path).read_bytes() == content.replace(ADDRESS.encode(), NEW.encode())
    assert ADDRESSING["address"](tmp_path, ADDRESS) == len(named)
    assert {path: (tmp_path / path).read_bytes() for path in before} == before


def test_no_other_file_names_the_address() -> None:
    """Of those that are under version control: none is of a kind that the command leaves out."""
    listed = subprocess.run(
        ["git", "grep", "-lzF", ADDRESS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = {ROOT / name for name in listed.stdout.split("\0") if name}
    assert found <= set(ADDRESSING["files"](ROOT))


def test_a_longer_name_is_another_repository(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text(f"repository:\n  url: {ADDRESS}\n")
    other = f"{ADDRESS}-two {ADDRESS}2 {ADDRESS}.net {ADDRESS}. {ADDRESS}/x"
    (tmp_path / "a.md").write_text(other)
    assert ADDRESSING["address"](tmp_path, NEW) == 2
    assert (tmp_path / "a.md").read_text() == other.replace(f"{ADDRESS}. ", f"{NEW}. ").replace(
        f"{ADDRESS}/x", f"{NEW}/x"
    )


@pytest.mark.parametrize(
    "url", ["", "github.com/a/b", "https://github.com/a", f"{ADDRESS}/", "x y"]
)
def test_an_address_of_another_form_changes_nothing(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="expected https://github"):
        ADDRESSING["address"](tmp_path, url)


# The workflow


def steps(job: str) -> list[dict]:
    return WORKFLOW["jobs"][job]["steps"]


def test_workflow_calls_what_there_is() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    called = [
        word
        for job in WORKFLOW["jobs"]
        for step in steps(job)
        for word in re.findall(r"\bmake ([a-z]+)", step.get("run", ""))
    ]
    assert {"lint", "test", "versions"} <= set(called) <= set(targets)


def test_workflow_runs_on_what_the_package_accepts() -> None:
    rows = WORKFLOW["jobs"]["versions"]["strategy"]["matrix"]["include"]
    least = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    assert {row["packages"] for row in rows} == {"oldest", "newest", "colab"}
    assert min(tuple(map(int, row["python"].split("."))) for row in rows) == least


def test_only_a_release_that_passed_is_published() -> None:
    release = WORKFLOW["jobs"]["release"]
    assert set(release["needs"]) == {"test", "versions"}
    assert release["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert WORKFLOW[True]["push"]["tags"] == ["v*"]  # YAML reads `on` as true
    assert "schedule" in WORKFLOW[True]


# The course

with_course = pytest.mark.skipif(
    not COURSE.exists() and not IN_CI, reason="no course in _build/course: run `make course`"
)


@with_course
def test_the_course_is_made() -> None:
    names = {path.name for path in (ROOT / "book").glob("[0-9]*.ipynb")}
    names |= {path.name for path in (ROOT / "course/assignments").glob("*.ipynb")}
    for kind in ("student", "instructor"):
        made = {path.name: path for path in (COURSE / kind).glob("*.ipynb")}
        assert set(made) == names
        for path in made.values():
            nbformat.validate(nbformat.read(path, as_version=4))
        assert list((COURSE / kind / "data").iterdir())


@with_course
def test_the_zip_is_the_book() -> None:
    with zipfile.ZipFile(COURSE / "hearing-style.zip") as file:
        assert file.testzip() is None
        inside = {name for name in file.namelist() if not name.endswith("/")}
        assert inside == {p.relative_to(HTML).as_posix() for p in HTML.rglob("*") if p.is_file()}
        assert "index.html" in inside
