"""The glossary: in order, with a page for each word, and linked where a word first comes up."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = sorted(path.name for path in BOOK.glob("[01][0-9]_*.ipynb"))

# How a word is written in a text, where that is not the entry's name, or more than it.
FORMS = {
    "ABX test": r"ABX",
    "Band": r"bands? of the ear|frequency bands?",
    "Blind test": r"blind",
    "Complex number": r"complex",
    "Constant-Q transform (CQT)": r"constant-Q transform|CQT",
    "Convolutional neural network (CNN)": r"convolutional neural networks?|CNNs?",
    "Decibel (dB)": r"decibels?",
    "EfficientNet": r"EfficientNet(?:-Lite[01])?",
    "Feature": r"features",
    "Frequency": r"frequency|frequencies",
    "Gram matrix": r"Gram matri(?:x|ces)",
    "Hop": r"hops?",
    "Kernel": r"kernels?(?! shows)",
    "Kernel of a notebook": r"with(?:out)? a kernel",
    "Layout": r"layouts?",
    "Log compression": r"logarithm",
    "Mel scale": r"mel (?:scale|bands?|spectrograms?)",
    "Noise floor": r"floor",
    "Normal distribution": r"\*normal\*|normal distribution",
    "p-value": r"\*p\*",
    "Pitch": r"pitch(?:es)?",
    "Principal components": r"principal components?",
    "Q factor": r"\*\*Q\*\*",
    "Quality": r"drafts?|quality|qualities",
    "Random network": r"random (?:networks?|filters)",
    "Spectrum": r"spectrum|spectra",
    "Start": r"starts?",
    "STFT": r"STFT|short-time Fourier transform",
    "Tap": r"\*\*taps\*\*",
    "Training": r"trained|training",
    "Transposition": r"transpos(?:es?|ed|ition)",
}
# Words that a chapter may use as everybody does, before another one makes a term of them.
EVERYDAY = {
    "Accent", "Artefact", "Attack", "Band", "Batch", "Blind test", "Channel", "Complex number",
    "Consistent", "Content", "Deviation", "Distribution", "Expected realism", "Flux", "Frame",
    "Held out", "Interval", "Kernel", "Layer", "Level", "Loudness", "Mask",
    "Morph", "Noise floor", "Period", "Power", "Quality", "Ring", "Sample", "Seam", "Spectrogram",
    "Start", "Statistic", "Step", "Stream", "Style", "Surrogate", "Tap", "Weight", "Window",
}  # fmt: skip


class Entry(NamedTuple):
    """A word, where it stands in the glossary, what is said of it, and the pages it names."""

    name: str
    slug: str
    text: str
    pages: list[str]

    @property
    def pattern(self) -> re.Pattern[str]:
        """How the word is found in a text."""
        words = FORMS.get(self.name) or re.escape(self.name) + "s?"
        return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.I)


def slug_of(heading: str) -> str:
    """The anchor that MyST, as GitHub, gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def read_entries(text: str) -> list[Entry]:
    """The entries of a glossary, in its order."""
    found = []
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        name, body = part.split("\n", 1)
        body = re.split(r"^## ", body, flags=re.M)[0].strip()
        pages = re.findall(r"\]\((\w+\.(?:ipynb|md))\)", body)
        found.append(Entry(name, slug_of(name), body, pages))
    return found


ENTRIES = read_entries((BOOK / "glossary.md").read_text("utf-8"))
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)


@cache
def source(page: str) -> list[str]:
    """What a page says, cell by cell: only Markdown, and of a chapter only up to its quiz."""
    text = (BOOK / page).read_text("utf-8")
    if page.endswith(".md"):
        return [text]
    cells = []
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "markdown":
            cells.append("".join(cell["source"]))
            if cells[-1].startswith("## Check yourself"):
                return cells[:-1]
    return cells


NO_PROSE = re.compile(
    r"^```.*?^```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|^#+ .*?$|<[^>\n]*>|\[([^\]\n]*)\]\(([^)\n]*)\)",
    re.M | re.S,
)


def blanked(text: str) -> str:
    """A Markdown text, equally long, without headings, code, formulas and links.

    What links into the glossary keeps its words.

    >>> blanked("a `b` [c](d.md) [e](glossary.md#e)").split()
    ['a', '[e]']
    """

    def blank(match: re.Match[str]) -> str:
        words, target = match.groups()
        kept = f"[{words}]" if "glossary.md#" in (target or "") else ""
        return kept + re.sub(r"\S", " ", match.group()[len(kept) :])

    return NO_PROSE.sub(blank, text)


@cache
def prose(page: str) -> list[str]:
    """The cells of a page, less its opening, as `blanked` has them."""
    return [blanked(text) for text in source(page)[1:]]


def links_to(entry: Entry, page: str) -> bool:
    """Whether a page links to an entry."""
    return f"](glossary.md#{entry.slug})" in "\n".join(source(page))


def test_in_order() -> None:
    names = [re.sub(r"[\W_]", "", entry.name.lower()) for entry in ENTRIES]
    assert len(names) > 100 and names == sorted(set(names))
    assert set(FORMS) | EVERYDAY <= {entry.name for entry in ENTRIES}


@every_entry
def test_says_what_and_where(entry: Entry) -> None:
    """A sentence or two, and a page that exists."""
    words = re.sub(r"\[[^\]]*\]\([^)]*\)", "", entry.text)
    assert 1 <= len(re.findall(r"[.!?](?=\s|,|$)", words)) <= 6, words
    assert entry.pages and all((BOOK / page).is_file() for page in entry.pages)


@every_entry
def test_linked_where_it_first_comes_up(entry: Entry) -> None:
    """From the first page that the entry names, and there where the word first stands."""
    page = entry.pages[0]
    assert links_to(entry, page), f"{page} does not link to glossary.md#{entry.slug}"
    if page.endswith(".md"):
        return
    for text, plain in zip(source(page)[1:], prose(page), strict=True):
        if f"](glossary.md#{entry.slug})" in text:
            return
        used = None if entry.name in EVERYDAY else entry.pattern.search(plain)
        assert not used, f"{page} uses {used and used.group()!r} before it is linked: {text[:300]}"


@every_entry
def test_comes_up_nowhere_before(entry: Entry) -> None:
    """No earlier chapter uses the word: there a reader would look for the link."""
    if entry.name in EVERYDAY or entry.pages[0] not in CHAPTERS:
        return
    for page in CHAPTERS[: CHAPTERS.index(entry.pages[0])]:
        found = [m.group() for text in prose(page) for m in entry.pattern.finditer(text)]
        assert not found, f"{page} has {found[0]!r}, and {entry.pages[0]} is named first"


@pytest.mark.parametrize("page", CHAPTERS)
def test_links_lead_to_entries(page: str) -> None:
    slugs = set(re.findall(r"glossary\.md#([\w-]+)", "\n".join(source(page))))
    assert slugs <= {entry.slug for entry in ENTRIES}
