"""For learning platforms: questions as Moodle XML and QTI, an exam, nbgrader's metadata."""

from __future__ import annotations

import csv
import re
import zipfile
from math import isfinite
from pathlib import Path
from xml.etree import ElementTree as ET

import gradebook
import nbformat
import pytest
from exam.bank import BANK, bank, write_bank
from exam.draw import TITLES
from exercises import exercises
from for_nbgrader import CONFIG, assignment, blank, write_course
from grading.parts import Mark, Part
from grading.report import Graded, write_marks
from lxml import etree
from quizzes import Choice, Item, manifest, moodle, plain, public, qti_item, write_qti
from scipy.stats import binom

ROOT = Path(__file__).parents[1]
CHAPTERS = {
    p.stem: nbformat.read(p, as_version=4) for p in sorted((ROOT / "book").glob("[0-9]*.ipynb"))
}
ASSIGNMENTS = sorted((ROOT / "course" / "assignments").glob("*.ipynb"))
PUBLIC = public(CHAPTERS)
EVERY = [*PUBLIC, *bank(7)]
NS = {
    "q": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "p": "http://www.imsglobal.org/xsd/imscp_v1p1",
}
GRAMMAR = etree.RelaxNG(file=ROOT / "tests" / "data" / "qti.rng")


def test_all_questions_of_the_chapters_are_there() -> None:
    assert len(PUBLIC) >= 50 and len({item.name for item in PUBLIC}) == len(PUBLIC)
    assert len({item.chapter for item in PUBLIC}) == 12
    assert PUBLIC[0].chapter == "1 Image style transfer"


def test_a_question_has_one_right_answer() -> None:
    two = [Choice("a", True), Choice("b", True)]
    with pytest.raises(ValueError, match="one choice must be right"):
        Item("q", "c", "t", two)
    with pytest.raises(ValueError, match="either choices or a number"):
        Item("q", "c", "t")
    with pytest.raises(ValueError, match="is no name"):
        Item("1 q", "c", "t", number=1.0)


def test_formulas_become_italics() -> None:
    assert plain("at $1 - w^2 = 0$, *now*") == "at <em>1 - w<sup>2</sup> = 0</em>, <em>now</em>"
    with pytest.raises(ValueError, match="too much of a formula"):
        plain(r"$\frac{1}{2}$")


def test_moodle() -> None:
    """As Moodle's importer reads it: a category, then questions whose fractions add to one."""
    quiz = ET.fromstring(moodle(EVERY, "Hearing Style"))
    kinds = [q.get("type") for q in quiz]
    assert quiz.tag == "quiz" and kinds[0] == "category"
    assert set(kinds) == {"category", "multichoice", "numerical"}
    assert kinds.count("category") == 12 + len(TITLES)
    for q in quiz:
        if q.get("type") == "category":
            assert q.findtext("category/text", "").startswith("$course$/top/Hearing Style/")
            continue
        assert q.findtext("name/text") and q.findtext("questiontext/text")
        answers = q.findall("answer")
        assert [a.get("fraction") for a in answers].count("100") == 1
        assert {a.get("fraction") for a in answers} <= {"0", "100"}
        for html in (q.findtext("questiontext/text"), *(a.findtext("text") for a in answers)):
            ET.fromstring(f"<x>{html}</x>")  # well-formed inside, too
        if q.get("type") == "numerical":
            assert isfinite(float(answers[0].findtext("text", "")))
            assert float(answers[0].findtext("tolerance", "")) >= 0
        else:
            assert q.findtext("single") == "true" and len(answers) >= 3


def faults(xml: bytes) -> list[str]:
    """What the grammar says against a file."""
    GRAMMAR.validate(etree.fromstring(xml))
    return [error.message for error in GRAMMAR.error_log]


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_a_qti_item_is_in_form(item: Item) -> None:
    assert faults(qti_item(item)) == []
    root = ET.fromstring(qti_item(item))
    declared = {e.get("identifier") for e in root.iter() if e.tag.endswith("Declaration")}
    used = {e.get("identifier") for e in root.iter(f"{{{NS['q']}}}variable")}
    used |= {e.get("identifier") for e in root.iter(f"{{{NS['q']}}}setOutcomeValue")}
    used |= {e.get("outcomeIdentifier") for e in root.findall("q:modalFeedback", NS)}
    assert used | {"RESPONSE", "SCORE"} <= declared
    right = root.findtext("q:responseDeclaration/q:correctResponse/q:value", "", NS)
    choices = {e.get("identifier"): e for e in root.iter(f"{{{NS['q']}}}simpleChoice")}
    if item.choices:
        words = next(plain(c.text) for c in item.choices if c.right)
        assert "".join(choices[right].itertext()) == re.sub(r"<[^>]+>", "", words)
    else:
        assert float(right) == item.number and not choices


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_what_is_said_of_an_answer_is_named_by_its_rule(item: Item) -> None:
    """As Canvas reads it: by the value that a rule compares with, a paragraph with that name."""
    root = ET.fromstring(qti_item(item))
    feedback = root.findall("q:modalFeedback", NS)
    said = {e.get("identifier"): "".join(e.find("q:p", NS).itertext()) for e in feedback}
    if not item.choices:
        assert set(said) == {"general_feedback"} and bool(said["general_feedback"])
        return
    named = {}
    for way in ("responseIf", "responseElseIf"):
        for rule in root.findall(f".//q:{way}", NS):
            value = rule.findtext("q:match/q:baseValue", None, NS)
            if value:
                named[value] = rule.findtext("q:setOutcomeValue/q:baseValue", None, NS)
    assert list(named) == [f"choice_{i}" for i in range(len(item.choices))]
    for i, choice in enumerate(item.choices):
        assert named[f"choice_{i}"] == f"choice_{i}"
        assert bool(said.get(f"choice_{i}")) == bool(choice.why)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b' shuffle="true"', b""),
        (b'maxChoices="1"', b'maxChoices="one"'),
        (b'adaptive="false"', b'adaptive="no"'),
        (b"itemBody>", b"body>"),
        (b"<prompt>", b"<prompt><p>A block.</p>"),
        (b'identifier="choice_0"', b'identifier="0 choice"'),
    ],
)
def test_the_grammar_sees(good: bytes, bad: bytes) -> None:
    xml = qti_item(PUBLIC[0])
    assert good in xml and not faults(xml) and faults(xml.replace(good, bad))


def test_a_package_holds_what_its_manifest_says(tmp_path: Path) -> None:
    write_qti(tmp_path / "qti.zip", EVERY, "All")
    with zipfile.ZipFile(tmp_path / "qti.zip") as package:
        names = set(package.namelist())
        listed = ET.fromstring(package.read("imsmanifest.xml"))
        test = ET.fromstring(package.read("test.xml"))
        assert {name: found for name in names if (found := faults(package.read(name)))} == {}
    hrefs = {e.get("href") for e in listed.iter(f"{{{NS['p']}}}file")}
    assert names == hrefs | {"imsmanifest.xml"}
    resources = {e.get("identifier"): e for e in listed.iter(f"{{{NS['p']}}}resource")}
    depends = {e.get("identifierref") for e in listed.iter(f"{{{NS['p']}}}dependency")}
    assert depends | {"test"} == set(resources)
    assert {e.get("href") for e in test.iter(f"{{{NS['q']}}}assessmentItemRef")} < names
    assert len(ET.fromstring(manifest(EVERY[:2])).findall("p:resources/p:resource", NS)) == 3


# The exam


def test_the_exam_asks_other_questions_than_the_book() -> None:
    texts = {re.sub(r"\W+", " ", item.text.lower()) for item in PUBLIC}
    assert len(BANK) >= 25 and len({item.name for item in bank(0)}) == len(BANK)
    assert not {re.sub(r"\W+", " ", item.text.lower()) for item in bank(0)} & texts
    assert {item.chapter for item in bank(0)} == set(TITLES.values())


def test_a_seed_draws_its_numbers_and_no_other() -> None:
    assert bank(5) == bank(5)
    for one in zip(*(bank(seed) for seed in range(30)), strict=True):
        numbers = {item.number for item in one} - {None}
        answers = {tuple(c.text for c in item.choices) for item in one}
        assert len(numbers) >= 3 or len(answers) >= 3, one[0].name
        for item in one:
            assert item.why and not any(0 < len({c.text for c in item.choices}) < 4 for _ in "1")


def numbers_in(text: str) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def test_keys_are_right_as_others_compute_them() -> None:
    """From the numbers in the text alone, by other code."""
    for seed in range(10):
        items = {item.name: item for item in bank(seed)}
        k, n, *_ = numbers_in(items["guessed"].text)
        assert items["guessed"].number == pytest.approx(binom.sf(k - 1, n, 0.5), abs=1e-5)
        taps, dilation = numbers_in(items["field-in-frames"].text)
        span = range(0, int(taps * dilation), int(dilation))
        assert items["field-in-frames"].number == span[-1] + 1
        hop, bpm = numbers_in(items["width-for-a-beat"].text)
        width = next(w for w in range(1, 999) if (w - 1) * hop >= 60_000 / bpm - 1e-9)
        assert items["width-for-a-beat"].number == width
        row = items["gram-entry"].text
        a, b = (numbers_in(part) for part in re.findall(r"\[(.*?)\]", row))
        assert items["gram-entry"].number == sum(map(lambda x, y: x * y, a, b)) / len(a)


def test_the_key_is_complete(tmp_path: Path) -> None:
    write_bank(11, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {
        "exam-moodle.xml",
        "exam-qti.zip",
        "exam-key.csv",
    }
    with (tmp_path / "exam-key.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == len(BANK) and all(row["answer"] and row["seed"] == "11" for row in rows)


# nbgrader


@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_both_copies_have_the_same_cells(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    given, source = (assignment(notebook, "a1", solutions=s) for s in (False, True))
    ids = [cell.metadata.nbgrader["grade_id"] for cell in given.cells]
    assert ids == [cell.metadata.nbgrader["grade_id"] for cell in source.cells]
    assert len(set(ids)) == len(ids)
    marks = [c.metadata.nbgrader for c in given.cells if c.metadata.nbgrader["solution"]]
    assert sum(m["points"] for m in marks) == 20 and all(m["grade"] for m in marks)
    for cell in given.cells:
        meta = cell.metadata.nbgrader
        assert set(meta) - {"points"} == {
            "schema_version", "grade", "solution", "task", "locked", "grade_id"
        }  # fmt: skip
        assert re.fullmatch(r"[\w-]+", meta["grade_id"]) and meta["locked"] != meta["solution"]
        assert ("points" in meta) == meta["grade"]
    text = "\n".join(cell.source for cell in given.cells)
    assert "SOLUTION" not in text and "# Points" not in text
    for e in exercises(notebook):
        assert blank(e) in text and e.code not in text
    asked = set(re.findall(r"^(\w+) = ", "\n".join(blank(e) for e in exercises(notebook)), re.M))
    checks = [c.source for c in given.cells if "-check-" in c.metadata.nbgrader["grade_id"]]
    for check in checks:  # the grader reads answers by name after all cells have run
        assert not asked & set(re.findall(r"^(\w+) = ", check, re.M))


def test_nbgrader_accepts_the_metadata() -> None:
    v3 = pytest.importorskip("nbgrader.nbgraderformat.v3", reason="nbgrader is not installed")
    for path in ASSIGNMENTS:
        for solutions in (False, True):
            notebook = assignment(nbformat.read(path, as_version=4), "a1", solutions=solutions)
            v3.MetadataValidatorV3().validate_nb(notebook)


def test_a_course_for_nbgrader(tmp_path: Path) -> None:
    write_course(ASSIGNMENTS, ROOT / "course" / "assignments" / "data", tmp_path)
    compile((tmp_path / "nbgrader_config.py").read_text("utf-8"), "config", "exec")
    for path in ASSIGNMENTS:
        folder = tmp_path / "source" / path.stem
        assert "### BEGIN SOLUTION" in (folder / path.name).read_text("utf-8")
        assert (folder / "data" / "engine.flac").exists()
    pattern = re.compile("".join(re.findall(r'^    r"(.+)"$', CONFIG, re.M)))
    moodle_s = "x/extracted/moodle/Ada Lovelace_1234_assignsubmission_file"
    for name, student, file in (
        (f"{moodle_s}/1_which_machine.ipynb", "Ada Lovelace", "1_which_machine"),
        (f"{moodle_s}_/1_which_machine.ipynb", "Ada Lovelace", "1_which_machine"),
        (f"{moodle_s}/my zip/work/2_a.ipynb", "Ada Lovelace", "2_a"),
        (f"{moodle_s}/my zip/listeners/0badcafe.csv", "Ada Lovelace", "listeners/0badcafe"),
        ("x/extracted/class/ada_l/1_which_machine.ipynb", "ada_l", "1_which_machine"),
        ("x/extracted/ada/listeners/0badcafe.csv", "ada", "listeners/0badcafe"),
    ):
        found = pattern.match(name)
        assert found and (found["student_id"], found["file_id"]) == (student, file), name
    for name in (f"{moodle_s}/marks.csv", f"{moodle_s}/data/clip_1.flac"):
        assert not pattern.match(name)


# A gradebook


def test_marks_become_a_gradebook_s_import(tmp_path: Path) -> None:
    part = Part(1, 2, 4, "a part", "by")
    open_part = Part(2, 6, 1, "to read")
    graded = [
        Graded("ada", [Mark(part, 3, "why"), Mark(open_part, None, "")], ["late"]),
        Graded("ben", [Mark(part, 0, "why")]),
    ]
    write_marks(tmp_path / "marks.csv", graded)
    marks = gradebook.read(tmp_path / "marks.csv")
    ada, ben = gradebook.rows(marks, {"ada": "ada@a.org", "ben": "ben@a.org"})
    assert (ada["id"], ada["total"]) == ("ada@a.org", "3") and "1.2: 3" in ada["feedback"]
    assert "Up to 1 more are still to be given." in ada["feedback"] and "late" in ada["feedback"]
    assert (ben["id"], ben["total"]) == ("ben@a.org", "0") and "more" not in ben["feedback"]
    (given,) = gradebook.rows([marks[0] | {"given": "0.5"}], {})
    assert (given["id"], given["total"]) == ("ada", "3.5") and "more" not in given["feedback"]
    with pytest.raises(ValueError, match="ben is not among the people"):
        gradebook.rows(marks, {"ada": "ada@a.org"})
