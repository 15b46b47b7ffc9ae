"""Code serves the story: what teaches stands open, the rest is folded under a line that says what
is in it, in the page, in Colab and in JupyterLab; a page can show or hide all of its code at once.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from audiostyle_book import TITLE
from conftest import violations
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Locator, Page
from test_notebooks import CHAPTERS, NOTEBOOKS, cells

BOOK = Path(__file__).parents[1] / "book"
MOST_LINES = 200  # of code that stand open in a chapter
REMOVED = {"remove-cell", "remove-input"}
PLUMBING = re.compile(
    r"\b(?:Clip|Picture|players|figure|table|Explorer|Live|Method|Steps|subplots)\(|\balt=|\bcaption="
)
SHOWS = re.compile(r"^(?:players|figure|show|listen|Explorer|Method|Steps)\(", re.M)
SUMMARY = re.compile(re.escape(f"{TITLE}Code: ") + r"\S+ \S.*")


def tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def faults(code: list[dict]) -> list[str]:
    """What is wrong with the code cells of a notebook, in words."""
    found, titles = [], []
    shown = False  # has the page shown or played anything yet?
    for cell in code:
        title, _, _ = cell["source"].partition("\n")
        folded = "hide-input" in tags(cell)
        ways = [
            title.startswith(TITLE),
            cell["metadata"].get("cellView") == "form",
            cell["metadata"].get("jupyter", {}).get("source_hidden", False),
        ]
        if any(way != folded for way in ways):
            found.append(f"folded here and open there: {title}")
        if tags(cell) & REMOVED:
            continue
        if folded:
            titles.append(title)
            if not SUMMARY.fullmatch(title):
                found.append(f"does not say what is in it: {title}")
            shown = shown or bool(SHOWS.search(cell["source"]))
        else:
            if not shown:
                found.append(f"code before anything is shown: {title}")
            if "exercise" not in tags(cell) and PLUMBING.search(cell["source"]):
                found.append(f"plumbing stands open: {title}")
    found += [f"twice: {title}" for title in set(titles) if titles.count(title) > 1]
    return found


def open_lines(code: list[dict]) -> int:
    """Lines of code that a reader sees who opens nothing, blanks of exercises among them."""
    seen = [cell for cell in code if not tags(cell) & {"hide-input", *REMOVED}]
    return sum(len(cell["source"].splitlines()) for cell in seen)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_plumbing_is_folded(name: str) -> None:
    assert faults(cells(name, "code")) == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_open_code_is_short_and_there(name: str) -> None:
    assert 20 < open_lines(cells(name, "code")) <= MOST_LINES


def code_cell(source: str, *tags: str) -> dict:
    """A code cell; folded everywhere if it has the tag for it."""
    metadata: dict = {"tags": list(tags)}
    if "hide-input" in tags:
        metadata |= {"cellView": "form", "jupyter": {"source_hidden": True}}
    return {"source": source, "metadata": metadata}


FOLD = code_cell("# @title Code: a sound, to listen to\nplayers(sound)", "hide-input")
TEACHES = code_cell("S = forward(y)")


def test_a_notebook_in_order() -> None:
    blank = code_cell("table(...)", "exercise", "remove-output")
    setup = code_cell("import sys", "remove-cell")
    assert faults([setup, FOLD, TEACHES, blank]) == []
    assert open_lines([setup, FOLD, TEACHES, blank]) == 2


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ([TEACHES, FOLD], "before anything is shown"),
        ([FOLD, code_cell("players(Clip(y, sr, 'a', 'b'))")], "stands open"),
        ([FOLD, code_cell("figure(fig, alt='A curve.')")], "stands open"),
        ([FOLD, code_cell("players(y)", "hide-input")], "here and open there"),
        ([FOLD, code_cell("# @title Code: a sound\ny = 1")], "here and open there"),
        ([FOLD, {**FOLD, "metadata": {"tags": ["hide-input"]}}], "here and open there"),
        ([code_cell("# @title Code\nplayers(y)", "hide-input")], "what is in it"),
        ([code_cell("# @title Code: table\nplayers(y)", "hide-input")], "what is in it"),
        ([FOLD, FOLD], "twice"),
    ],
)
def test_a_fault_is_seen(code: list[dict], fault: str) -> None:
    assert any(fault in said for said in faults(code))


# In the page

CONF = f"""
import sys
sys.path.insert(0, {str(BOOK / "_ext")!r})
extensions = ["myst_nb", "audiostyle_book"]
html_theme = "sphinx_book_theme"
html_title = "Small"
html_static_path = [{str(BOOK / "_static")!r}]
html_css_files, html_js_files = ["book.css"], ["code.js"]
html_context = {{"default_mode": "auto"}}
nb_execution_mode = "off"
language = "en"
"""


def page_of(*code: tuple[str, list[str], str]) -> nbformat.NotebookNode:
    """A notebook of code cells: source, tags and what each has printed."""
    made = [
        new_code_cell(
            source,
            metadata={"tags": tags},
            outputs=[new_output("stream", text=text)] if text else [],
        )
        for source, tags, text in code
    ]
    language = {"name": "python", "pygments_lexer": "ipython3"}
    return new_notebook(
        cells=[new_markdown_cell("# Small\n\nWords."), *made],
        metadata={"language_info": language},
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages, built as the book's are: with folded code, without, with a folded section."""
    source, to = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("html")
    (source / "conf.py").write_text(CONF)
    folded = page_of(
        ("# @title Code: a <sum> & more\nprint(1 + 1)", ["hide-input"], "two\n"),
        ("import os\n\nx = 1\nprint(x)", [], "one\n"),
        ("# @title Code: the last one\ny = 2", ["hide-input"], ""),
        ("answer = ...", ["exercise"], ""),
    )
    nbformat.write(folded, source / "index.ipynb")
    nbformat.write(page_of(("x = 1", [], "")), source / "plain.ipynb")
    deep = page_of(("x = 1", [], ""))
    deep.cells += [
        new_markdown_cell("## Deeper: why\n\nFor those who ask."),
        new_code_cell("y = 2", outputs=[new_output("stream", text="three\n")]),
        new_markdown_cell("## Last\n\nFor all."),
    ]
    nbformat.write(deep, source / "deep.ipynb")
    command = [sys.executable, "-m", "sphinx", "-q", str(source), str(to)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return to


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def either(request: pytest.FixtureRequest, browser: Browser, built: Path) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    page = context.new_page()
    page.goto((built / "index.html").as_uri())
    yield page
    context.close()


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.goto((built / "index.html").as_uri())
    yield page
    page.close()


def code(page: Page) -> dict[str, Locator]:
    """The code cells of the small page."""
    names = ("sum", "teaches", "last", "blank")
    return dict(zip(names, page.locator(".cell_input").all(), strict=True))


def seen(page: Page) -> list[str]:
    """Which of them can be seen."""
    return [name for name, cell in code(page).items() if cell.is_visible()]


def test_each_fold_says_what_is_in_it_and_opens(either: Page) -> None:
    assert either.locator("details.code > summary").all_inner_texts() == [
        "Code: a <sum> & more",
        "Code: the last one",
    ]
    assert seen(either) == ["teaches", "blank"]
    assert either.get_by_text("two", exact=True).is_visible()
    either.locator("summary").first.focus()
    either.keyboard.press("Enter")
    assert seen(either) == ["sum", "teaches", "blank"]
    assert code(either)["sum"].inner_text().strip() == "print(1 + 1)"


def test_two_buttons_show_and_hide_all_code(page: Page) -> None:
    stored = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    show, hide = (page.get_by_role("button", name=f"{w} all code") for w in ("Show", "Hide"))
    everything = ["sum", "teaches", "last", "blank"]
    for button, after, said in (
        (hide, ["blank"], "All code is hidden."),
        (show, everything, "All code is shown."),
        (hide, ["blank"], "All code is hidden."),
        (show, everything, "All code is shown."),
    ):
        button.focus()
        page.keyboard.press("Enter")
        assert seen(page) == after
        assert page.get_by_role("status").filter(has_text=said).count() == 1
        assert page.get_by_text("two", exact=True).is_visible()
        assert page.get_by_text("one", exact=True).is_visible()
    assert page.locator("details.code > summary").all_inner_texts()[1] == "Code: x = 1"
    after = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert after == stored, "remembered"
    page.reload()
    assert seen(page) == ["teaches", "blank"]


def test_the_keyboard_reaches_the_buttons(page: Page) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == "Show all code":
            return
    pytest.fail("not reached")


def test_without_folds_there_are_no_buttons(browser: Browser, built: Path) -> None:
    page = browser.new_page()
    page.goto((built / "plain.html").as_uri())
    assert page.locator(".cell_input").is_visible()
    assert page.get_by_role("button", name="all code").count() == 0
    page.close()


def test_a_section_that_goes_deeper_is_folded_with_all_it_shows(
    browser: Browser, built: Path
) -> None:
    page = browser.new_page()
    page.goto((built / "deep.html").as_uri())
    heading, last = (page.get_by_role("heading", name=name) for name in ("Deeper: why", "Last"))
    inside = [page.get_by_text(words, exact=True) for words in ("For those who ask.", "three")]
    assert not any(piece.is_visible() for piece in inside)
    assert heading.is_visible() and last.is_visible() and page.get_by_text("For all.").is_visible()
    page.locator("details.deeper > summary").focus()
    page.keyboard.press("Enter")
    assert all(piece.is_visible() for piece in inside)
    for theme in ("light", "dark"):
        page.evaluate(f"() => {{ document.documentElement.dataset.theme = '{theme}'; }}")
        page.add_style_tag(content="* { transition: none !important; }")
        assert violations(page) == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("press", ["", "Show", "Hide"])
def test_axe_finds_no_violation(page: Page, theme: str, press: str) -> None:
    page.evaluate(f"() => {{ document.documentElement.dataset.theme = '{theme}'; }}")
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    if press:
        page.get_by_role("button", name=f"{press} all code").click()
    page.mouse.move(0, 0)
    assert violations(page) == []
