"""Exercises and questions of every chapter: their form, that solutions pass, that blanks do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import nbformat
import pytest
from conftest import run_code
from exercises import Exercise, exercises, instructor, student
from questions import questions
from test_notebooks import CHAPTERS, NOTEBOOKS

import audiostyle_lib.lessons.check  # noqa: F401 (fills CHECKS)
from audiostyle_lib.lessons.verdicts import CHECKS, Verdict

READ = {name: nbformat.read(NOTEBOOKS[name], as_version=4) for name in CHAPTERS}
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


def all_exercises() -> Iterator[tuple[str, Exercise]]:
    for name, notebook in READ.items():
        for exercise in exercises(notebook):
            yield f"{name[:2]}.{exercise.number}", exercise


EXERCISES = dict(all_exercises())
CHECKED = {name: e for name, e in EXERCISES.items() if e.blank}


def checks_in(code: str) -> list[str]:
    """Names of the checks that code calls."""
    return re.findall(r"\bcheck\.(\w+)\(", code)


def run(code: str) -> list[Verdict]:
    """What the checks say in a cell."""
    return [shown for shown in run_code(code, {}) if isinstance(shown, Verdict)]


@every_chapter
def test_three_to_five_exercises(name: str) -> None:
    found = exercises(READ[name])
    assert [e.number for e in found] == list(range(1, len(found) + 1))
    assert 3 <= len(found) <= 5
    assert found[-1].title == "Open-ended"
    assert any(e.blank for e in found), "no exercise with a check"


@pytest.mark.parametrize("name", EXERCISES)
def test_exercise_has_hint_and_solution(name: str) -> None:
    exercise = EXERCISES[name]
    assert len(exercise.hint.split()) >= 5, "a hint"
    assert exercise.solution.strip() and exercise.code, "a solution with code"
    ast.parse(exercise.code)
    assert checks_in(exercise.code) == checks_in(exercise.blank or "")
    if exercise.title != "Open-ended":
        assert re.search(r"\(\d+ minutes\)", exercise.title), "how long it takes"


@pytest.mark.parametrize("name", CHECKED)
def test_blank_does_not_pass_and_helps(name: str) -> None:
    blank = CHECKED[name].blank
    assert blank is not None and "..." in blank
    said = run(blank)
    assert said and not any(said)
    assert all(len(verdict.text.split()) >= 5 for verdict in said)


@pytest.mark.parametrize("name", CHECKED)
def test_solution_passes(name: str) -> None:
    said = run(CHECKED[name].code)
    assert said and all(said), said


def test_every_check_is_asked_for_in_its_chapter() -> None:
    asked = {
        check: int(name[:2]) for name, e in CHECKED.items() for check in checks_in(e.blank or "")
    }
    assert asked == CHECKS


@every_chapter
def test_questions(name: str) -> None:
    found = questions(READ[name])
    assert [q.number for q in found] == list(range(1, len(found) + 1))
    assert 3 <= len(found) <= 5
    for question in found:
        assert 3 <= len(question.answers) <= 4, question
        assert sum(answer.right for answer in question.answers) == 1, question
        assert {a.group for a in question.answers} == {f"q{name[:2]}-{question.number}"}
        assert all(len(answer.why.split()) >= 5 for answer in question.answers), question


@every_chapter
def test_place_of_the_right_answer_varies(name: str) -> None:
    places = [[a.right for a in q.answers].index(True) for q in questions(READ[name])]
    assert len(set(places)) > 1


@every_chapter
def test_student_copy_has_blanks_and_no_solution(name: str) -> None:
    copy = student(READ[name])
    nbformat.validate(copy)
    text = "\n".join(cell.source for cell in copy.cells)
    assert "<summary>Solution</summary>" not in text
    for exercise in exercises(READ[name]):
        assert exercise.task in text and exercise.code not in text
        assert (exercise.blank or "# Your code") in text


@every_chapter
def test_instructor_copy_runs_every_solution(name: str) -> None:
    copy = instructor(READ[name])
    nbformat.validate(copy)
    code = "\n\n".join(cell.source for cell in copy.cells if cell.cell_type == "code")
    ast.parse(re.sub(r"^\s*%.*$", "    pass", code, flags=re.M))
    for exercise in exercises(READ[name]):
        assert all(piece.strip() in code for piece in exercise.code.split("\n\n"))
        assert not exercise.blank or exercise.blank not in code


def test_a_cell_out_of_form_is_seen() -> None:
    notebook = nbformat.v4.new_notebook()
    cells = ["## Exercises", "**1. Change (5 minutes).** Do.", "No solution."]
    notebook.cells = [nbformat.v4.new_markdown_cell(text) for text in cells]
    with pytest.raises(ValueError, match="not the form"):
        exercises(notebook)
    notebook.cells.pop()
    with pytest.raises(ValueError, match="no solution follows"):
        exercises(notebook)
