"""Questions for a learning platform: Moodle's XML, and a package of QTI 2.1 for the others.

The public ones are those under "Check yourself"; an exam's come from `exam`. Only what every
platform shows is used: paragraphs, emphasis, one choice or one number.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from nbformat import NotebookNode
from questions import questions
from slides import line

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
ALWAYS = "general_feedback"  # a name by which Canvas knows it
FORMULA = re.compile(r'<span class="math inline">\\\((.*?)\\\)</span>')


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and what is said of it."""

    text: str
    right: bool
    why: str = ""


@dataclass(frozen=True)
class Item:
    """A question in Markdown: either with choices, or with a number that is the answer.

    `tolerance` is how far from the number an answer may be.
    """

    name: str  # letters, digits, - and _
    chapter: str
    text: str
    choices: Sequence[Choice] = field(default=())
    number: float | None = None
    tolerance: float = 0.0
    why: str = ""

    def __post_init__(self) -> None:
        if (self.number is None) == (not self.choices):
            raise ValueError(f"{self.name}: either choices or a number")
        if self.choices and sum(choice.right for choice in self.choices) != 1:
            raise ValueError(f"{self.name}: one choice must be right")
        if not re.fullmatch(r"[A-Za-z][\w-]*", self.name):
            raise ValueError(f"{self.name!r} is no name")


def public(notebooks: Mapping[str, NotebookNode]) -> list[Item]:
    """The questions of the chapters."""
    items = []
    for stem, notebook in notebooks.items():
        title = next(c.source for c in notebook.cells[1:] if c.source.startswith("# "))
        for q in questions(notebook):
            choices = [Choice(a.text, a.right, a.why) for a in q.answers]
            chapter = title.splitlines()[0].removeprefix("# ")
            items.append(Item(f"q{stem[:2]}-{q.number}", chapter, q.text, choices))
    return items


def plain(markdown: str) -> str:
    """One line of XHTML: formulas are short here, and become italics with exponents."""
    formula = FORMULA.sub(lambda m: f"<em>{_exponents(m[1])}</em>", line(markdown))
    return formula.replace("<br>", "<br/>")


def _exponents(formula: str) -> str:
    if "\\" in formula:
        raise ValueError(f"too much of a formula for a learning platform: {formula}")
    return re.sub(r"\^(\w+)", r"<sup>\1</sup>", formula)


# Moodle


def moodle(items: Iterable[Item], category: str) -> bytes:
    """A file for Moodle's question bank: Question bank, Import, Moodle XML format."""
    quiz, last = ET.Element("quiz"), ""
    for item in items:
        if item.chapter != last:
            last = item.chapter
            top = ET.SubElement(quiz, "question", type="category")
            _text(top, "category", f"$course$/top/{category}/{last.replace('/', '//')}", html=False)
        kind = "multichoice" if item.choices else "numerical"
        q = ET.SubElement(quiz, "question", type=kind)
        _text(q, "name", f"{item.name} {re.sub('[*`$]', '', item.text)[:60]}", html=False)
        _text(q, "questiontext", f"<p>{plain(item.text)}</p>")
        _text(q, "generalfeedback", plain(item.why))
        ET.SubElement(q, "defaultgrade").text = "1"
        ET.SubElement(q, "penalty").text = "0.3333333"
        if item.choices:
            ET.SubElement(q, "single").text = "true"
            ET.SubElement(q, "shuffleanswers").text = "true"
            ET.SubElement(q, "answernumbering").text = "ABCD"
        for choice in item.choices:
            answer = ET.SubElement(q, "answer", fraction="100" if choice.right else "0")
            answer.set("format", "html")
            ET.SubElement(answer, "text").text = plain(choice.text)
            _text(answer, "feedback", plain(choice.why))
        if item.number is not None:
            answer = ET.SubElement(q, "answer", fraction="100", format="moodle_auto_format")
            ET.SubElement(answer, "text").text = repr(item.number)
            ET.SubElement(answer, "tolerance").text = repr(item.tolerance)
            _text(answer, "feedback", "")
    return _bytes(quiz)


def _text(parent: ET.Element, tag: str, words: str, *, html: bool = True) -> None:
    made = ET.SubElement(parent, tag, {"format": "html"} if html else {})
    ET.SubElement(made, "text").text = words


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8") + b"\n"


# QTI


def write_qti(path: Path, items: Sequence[Item], title: str) -> None:
    """A package: a file for each question, a test that holds them all, and the manifest."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for item in items:
            package.writestr(f"items/{item.name}.xml", qti_item(item))
        package.writestr("test.xml", qti_test(items, title))
        package.writestr("imsmanifest.xml", manifest(items))


def _root(tag: str, identifier: str, title: str, **more: str) -> ET.Element:
    location = {f"{{{SCHEMA}}}schemaLocation": f"{QTI} {XSD}"}
    ET.register_namespace("xsi", SCHEMA)
    return ET.Element(tag, {"xmlns": QTI} | location | more, identifier=identifier, title=title)


def _hung(parent: ET.Element, xhtml: str) -> None:
    """Hang XHTML below an element."""
    made = ET.fromstring(f"<x>{xhtml}</x>")
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + (made.text or "")
    else:
        parent.text = made.text
    parent.extend(made)


def qti_item(item: Item) -> bytes:
    """One question: points for the right answer, and what is said of the one that was given."""
    title = re.sub("[*`$]", "", item.text)[:80]
    root = _root("assessmentItem", item.name, title, adaptive="false", timeDependent="false")
    names = [f"choice_{i}" for i in range(len(item.choices))]
    right = next((n for n, c in zip(names, item.choices, strict=True) if c.right), None)
    kind = "identifier" if item.choices else "float"
    declared = {"identifier": "RESPONSE", "cardinality": "single", "baseType": kind}
    correct = ET.SubElement(ET.SubElement(root, "responseDeclaration", declared), "correctResponse")
    ET.SubElement(correct, "value").text = right or repr(item.number)
    for name, base in (("SCORE", "float"), ("FEEDBACK", "identifier")):
        outcome = {"identifier": name, "cardinality": "single", "baseType": base}
        made = ET.SubElement(root, "outcomeDeclaration", outcome)
        if base == "float":
            made.set("normalMaximum", "1")
            ET.SubElement(ET.SubElement(made, "defaultValue"), "value").text = "0"
    body = ET.SubElement(root, "itemBody")
    if item.choices:
        asked = {"responseIdentifier": "RESPONSE", "shuffle": "true", "maxChoices": "1"}
        choices = ET.SubElement(body, "choiceInteraction", asked)
        _hung(ET.SubElement(choices, "prompt"), plain(item.text))
        for name, choice in zip(names, item.choices, strict=True):
            _hung(ET.SubElement(choices, "simpleChoice", identifier=name), plain(choice.text))
    else:
        _hung(ET.SubElement(body, "p"), plain(item.text))
        entry = {"responseIdentifier": "RESPONSE", "expectedLength": "12"}
        ET.SubElement(ET.SubElement(body, "p"), "textEntryInteraction", entry)
    _processing(root, item)
    said = [(n, c.why) for n, c in zip(names, item.choices, strict=True)] or [(ALWAYS, item.why)]
    for name, why in said:
        if why:
            shown = {"outcomeIdentifier": "FEEDBACK", "showHide": "show", "identifier": name}
            feedback = ET.SubElement(root, "modalFeedback", shown)
            _hung(ET.SubElement(feedback, "p"), plain(why))
    return _bytes(root)


def _processing(root: ET.Element, item: Item) -> None:
    """A point if the response is right; FEEDBACK names what is to be said.

    Each choice by its own rule: Canvas finds what is said of it nowhere else.
    """
    processing = ET.SubElement(root, "responseProcessing")
    rule = ET.SubElement(ET.SubElement(processing, "responseCondition"), "responseIf")
    if item.choices:
        test = ET.SubElement(rule, "match")
    else:
        tolerance = {"toleranceMode": "absolute", "tolerance": f"{item.tolerance} {item.tolerance}"}
        test = ET.SubElement(rule, "equal", tolerance)
    ET.SubElement(test, "variable", identifier="RESPONSE")
    ET.SubElement(test, "correct", identifier="RESPONSE")
    _outcome(rule, "SCORE", "float", "1")
    if not item.choices:
        _outcome(processing, "FEEDBACK", "identifier", ALWAYS)
        return
    each = ET.SubElement(processing, "responseCondition")
    for i in range(len(item.choices)):
        given = ET.SubElement(each, "responseElseIf" if i else "responseIf")
        test = ET.SubElement(given, "match")
        ET.SubElement(test, "variable", identifier="RESPONSE")
        ET.SubElement(test, "baseValue", baseType="identifier").text = f"choice_{i}"
        _outcome(given, "FEEDBACK", "identifier", f"choice_{i}")


def _outcome(parent: ET.Element, identifier: str, kind: str, value: str) -> None:
    made = ET.SubElement(parent, "setOutcomeValue", identifier=identifier)
    ET.SubElement(made, "baseValue", baseType=kind).text = value


def qti_test(items: Sequence[Item], title: str) -> bytes:
    """A test with a section for each chapter."""
    root = _root("assessmentTest", "test", title)
    freely = {"identifier": "part", "navigationMode": "nonlinear", "submissionMode": "individual"}
    part = ET.SubElement(root, "testPart", freely)
    chapters = list(dict.fromkeys(item.chapter for item in items))
    for i, chapter in enumerate(chapters):
        section = {"identifier": f"section_{i}", "title": chapter, "visible": "true"}
        made = ET.SubElement(part, "assessmentSection", section)
        for item in items:
            if item.chapter == chapter:
                where = {"identifier": item.name, "href": f"items/{item.name}.xml"}
                ET.SubElement(made, "assessmentItemRef", where)
    return _bytes(root)


def manifest(items: Sequence[Item]) -> bytes:
    """What is in the package."""
    root = ET.Element("manifest", xmlns=PACKAGE, identifier="hearing-style")
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "schema").text = "QTIv2.1 Package"
    ET.SubElement(metadata, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    test = {"identifier": "test", "type": "imsqti_test_xmlv2p1", "href": "test.xml"}
    whole = ET.SubElement(resources, "resource", test)
    ET.SubElement(whole, "file", href="test.xml")
    for item in items:
        ET.SubElement(whole, "dependency", identifierref=item.name)
        href = f"items/{item.name}.xml"
        kind = {"identifier": item.name, "type": "imsqti_item_xmlv2p1", "href": href}
        ET.SubElement(ET.SubElement(resources, "resource", kind), "file", href=href)
    return _bytes(root)


def write_quizzes(notebooks: Mapping[str, NotebookNode], to: Path) -> None:
    """The chapters' questions in both forms."""
    to.mkdir(parents=True, exist_ok=True)
    items = public(notebooks)
    (to / "questions-moodle.xml").write_bytes(moodle(items, "Hearing Style"))
    write_qti(to / "questions-qti.zip", items, "Hearing Style: check yourself")
