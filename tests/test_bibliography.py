"""References are complete: what is cited in the book, the claims or the code is on their page."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "book" / "references.md"
CITING = [
    *sorted((ROOT / "book").glob("*.ipynb")),
    *(path for path in sorted((ROOT / "book").glob("*.md")) if path != PAGE),
    *sorted((ROOT / "audiostyle_lib").rglob("*.py")),
    *sorted((ROOT / "audiostyle_lib").rglob("*.js")),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
    ROOT / "benchmarks/results/claims.csv",
]
_NAME = r"(?:(?:van den |van |de )?[A-Z]'?[A-Z]?[\w\u00c0-\u024f]+(?:-[A-Z]\w+)?)"
_YEAR = r"((?:19|20)\d\d)(?![\d.]\d)"
# Two names or more and a year; or one name and a year in brackets. Initials and titles are none.
_NAMES = rf"{_NAME}(?:(?:, and | and |, ){_NAME})*(?: et al\.| and others| and {_NAME})"
CITATION = re.compile(
    rf"({_NAMES})[,)]? [(\[]*{_YEAR}|({_NAME}),? [(\[]+{_YEAR}"
    rf"|\(({_NAME}), {_YEAR}"
)
LINK = re.compile(r"arxiv\.org/abs/[\d.]+\d|doi\.org/10\.[^\s)>\"]+", re.I)
NO_NAMES = {"others", "and", "et", "al"}


class Work(NamedTuple):
    """An entry of the references."""

    authors: str
    title: str
    rest: str


def plain(text: str) -> str:
    """Small letters without accents, as a source in ASCII has them.

    >>> plain("Søndergaard, Dörfler, Doerfler")
    'sondergaard, dorfler, dorfler'
    """
    letters = unicodedata.normalize("NFD", text.lower().replace("ø", "o"))
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("oe", "o")


def works(page: str) -> list[Work]:
    """What the references list, but for software and standards' bodies."""
    found = []
    for entry in re.split(r"^- ", page, flags=re.M)[1:]:
        authors, title, rest = re.match(r"(.*?)\*(.+?)\*(.*)", entry, re.S).groups()
        where = re.match(r".*\]\(<?https?://\S+\)", rest, re.S)  # and then what it is used for
        found.append(Work(authors, title, where.group() if where else ""))
    return found


def citations(text: str) -> set[tuple[tuple[str, ...], str]]:
    """Names and year of every work that is cited.

    >>> sorted(citations("as Heeger and Bergen, 1995, did; So Li and others ([2017](x))"))
    [(('Heeger', 'Bergen'), '1995'), (('Li',), '2017')]
    >>> citations("In 2015 (CVPR 2016) at 1024 (2000 of them), arXiv 1901.10240")
    set()
    """
    text = re.sub(r"[\s#*/]+", " ", text)
    found = set()
    for match in CITATION.finditer(text):
        names, year = filter(None, match.groups())
        words = re.findall(_NAME, names)
        found.add((tuple(word for word in words if word not in NO_NAMES), year))
    return found


def prose(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


WORKS = works(PAGE.read_text("utf-8"))
# Names before years that are no citations: journals, conferences, standards.
OTHERS = {"Applications", "Challenges", "Processing", "Workshop", "Music"}


def listed(names: tuple[str, ...], year: str) -> bool:
    """Whether a work of these authors, or with these among others, is of that year."""
    return any(
        year in work.rest and all(plain(name) in plain(work.authors) for name in names)
        for work in WORKS
    )


@pytest.mark.parametrize("path", CITING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_cited_is_listed(path: Path) -> None:
    text = prose(path)
    for names, year in citations(text):
        if OTHERS & set(names):
            continue
        assert listed(names, year), f"{', '.join(names)} {year} is not in the references"
    page = PAGE.read_text("utf-8").lower()
    for link in LINK.findall(text):
        assert link.lower().rstrip(".,;") in page, f"{link} is not in the references"


def test_entries_are_complete() -> None:
    """Authors, title, year and a link, and every work once."""
    titles = [work.title for work in WORKS]
    assert len(titles) > 40 and len(set(titles)) == len(titles)
    for work in WORKS:
        if work.authors:  # software has none
            assert re.search(r"\b(?:19|20)\d\d\b", work.rest), work
            assert re.search(r"\[[^\]]+\]\(<?https://", work.rest), work


@pytest.mark.parametrize("text", ["Nobody and Noone (1999)", "Nobody et al. 2016", "Gatys (2012)"])
def test_a_missing_work_is_seen(text: str) -> None:
    ((names, year),) = citations(text)
    assert not listed(names, year)
