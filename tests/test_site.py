"""The built book without a browser: it is there, and its links lead somewhere.

Also what decides whether a chapter is executed again. test_pages.py tries the pages in a browser.
"""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from audiostyle_book import library_hash
from conftest import IN_CI

HTML = Path(__file__).parents[1] / "_build" / "html"
PAGES = sorted(
    p.relative_to(HTML).as_posix() for p in HTML.rglob("*.html") if "_static" not in p.parts
)


def test_book_is_built() -> None:
    if not PAGES and not IN_CI:
        pytest.skip("no built book in _build/html: run `make book`")
    assert {"index.html", "book/intro.html"} <= set(PAGES)


@pytest.mark.parametrize(
    "name", ["audiostyle_lib/a.py", "audiostyle_lib/data/a", "requirements.lock"]
)
def test_the_cache_sees_what_results_depend_on(tmp_path: Path, name: str) -> None:
    (tmp_path / "audiostyle_lib/data").mkdir(parents=True)
    for path in ("audiostyle_lib/a.py", "audiostyle_lib/data/a", "requirements.lock"):
        (tmp_path / path).write_text("old")
    before = library_hash(tmp_path)
    assert library_hash(tmp_path) == before
    (tmp_path / name).write_text("new")
    assert library_hash(tmp_path) != before


@pytest.mark.parametrize("page", PAGES)
def test_no_widget_is_left_on_a_page(page: str) -> None:
    """A progress bar or slider of ipywidgets needs a kernel, and its scripts a CDN."""
    assert "application/vnd.jupyter.widget" not in (HTML / page).read_text("utf-8")


# Links


class LinkParser(HTMLParser):
    """Collect where a page points and the places on it that can be pointed at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors = {"", "top"}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.targets.append(value)
            elif value and (name == "id" or (tag, name) == ("a", "name")):
                self.anchors.add(value)


@cache
def read_links(file: Path) -> LinkParser:
    """Each page once: a page has hundreds of links into a few others."""
    return LinkParser(file.read_text("utf-8"))


def broken_links(root: Path, page: str) -> list[str]:
    """Return the links of a page that lead to no file of the site, or to no place in it."""
    broken = []
    for target in read_links(root / page).targets:
        url = urlsplit(target)
        if url.scheme or url.netloc:
            continue
        file = ((root / page).parent / unquote(url.path)).resolve() if url.path else root / page
        if not file.is_file() or (
            file.suffix == ".html" and unquote(url.fragment) not in read_links(file).anchors
        ):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES)
def test_internal_links(page: str) -> None:
    assert broken_links(HTML, page) == []


@pytest.mark.parametrize("target", ["absent.html", "page.html#nowhere", "#nowhere", "../", "a.png"])
def test_a_broken_link_is_seen(tmp_path: Path, target: str) -> None:
    (tmp_path / "page.html").write_text(f'<a id="here" href="#here"></a><a href="{target}"></a>')
    assert broken_links(tmp_path, "page.html") == [target]
