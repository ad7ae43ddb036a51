"""The course: the teacher's version answers every exercise, the student's none, and each check says what is missing."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import yaml
from datahall.lesson_checks import Checks
from datahall_hub.students_lessons import make_students_version

from tests.notebooks.running import CHINESE, COURSE, LESSONS, LONGEST, language_of, name, read

UNITS = 8
NOT_YET = {"en": "Not yet:", "zh": "还没通过："}
# What somebody writes who would rather not answer: whatever a check could ask says yes.
EASY_WAY_OUT = """
everything_is_fine = lambda *_, **__: True
all = any = is_near = as_number = are_proportional = contrast = mean_error = run_in = everything_is_fine
get_column = as_list = lambda *_: [0]
as_pairs = as_table = lambda *_: {0: 0}
blur = str
for name in [name for name in globals() if name.startswith("load_")]:
    globals()[name] = lambda: datahall.dataset("resources/nile-flow").polars().head(0).collect()
"""


def read_students(path: Path) -> nbformat.NotebookNode:
    return nbformat.reads(json.dumps(make_students_version(json.loads(path.read_text()))), as_version=4)


def grade(cell: nbformat.NotebookNode) -> str | None:
    told = cell.metadata.get("nbgrader", {})
    return told["grade_id"] if told.get("grade") else None


def list_ids(path: Path) -> list[str]:
    return [cell.metadata["nbgrader"]["grade_id"] for cell in read(path).cells if "nbgrader" in cell.metadata]


def test_the_course_names_its_units_in_both_languages() -> None:
    course = yaml.safe_load((COURSE / "course.yaml").read_text())

    assert [unit["number"] for unit in course["units"]] == list(range(1, UNITS + 1))
    listed = {COURSE / unit[language] for unit in course["units"] for language in ("en", "zh")}
    assert listed == set(LESSONS)
    assert CHINESE.search(course["title"]["zh"])


@pytest.mark.parametrize("number", range(1, UNITS + 1))
def test_a_unit_has_the_same_exercises_in_both_languages(number: int) -> None:
    english, chinese = (next((COURSE / language).glob(f"{number:02}-*.ipynb")) for language in ("en", "zh"))

    assert [cell.cell_type for cell in read(english).cells] == [cell.cell_type for cell in read(chinese).cells]
    assert list_ids(english) == list_ids(chinese)
    assert len(set(list_ids(english))) == len(list_ids(english))
    assert len([cell for cell in read(english).cells if grade(cell)]) >= 3


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_the_teachers_version_answers_every_exercise(path: Path, run_once) -> None:
    lesson = run_once(read(path), language=language_of(path))

    assert lesson.seconds < LONGEST
    assert not [output for output in lesson.outputs() if output.output_type == "error"]


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_in_the_students_version_each_check_says_what_is_missing_and_nothing_else_fails(path: Path, run_once) -> None:
    lesson = run_once(read_students(path), language=language_of(path), allow_errors=True)

    for cell in lesson.client.nb.cells:
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if grade(cell):
            assert [error.ename for error in errors] == ["AssertionError"], cell.source
            assert errors[0].evalue.startswith(NOT_YET[language_of(path)])
            assert errors[0].traceback == [errors[0].evalue]  # the sentence, and no lines of code
        else:
            assert not errors, cell.source


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_the_students_version_holds_no_solution_no_hidden_test_and_nothing_for_teachers(path: Path) -> None:
    whole, students = read(path), read_students(path)

    text = json.dumps(students)
    assert "BEGIN SOLUTION" not in text
    assert "HIDDEN TESTS" not in text
    assert any("teacher-only" in cell.metadata.get("tags", []) for cell in whole.cells)
    assert not any("teacher-only" in cell.metadata.get("tags", []) for cell in students.cells)
    assert text.count("YOUR CODE HERE") >= len([cell for cell in whole.cells if grade(cell)])
    nbformat.validate(students)


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_no_check_holds_a_line_of_the_answer_above_it(path: Path) -> None:
    cells = read(path).cells

    for answer, check in pairwise(cells):
        if grade(check):
            solution = answer.source.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
            right_sides = [line.partition(" = ")[2].strip() for line in solution.splitlines()]
            for told in (side for side in right_sides if len(side) > 20):  # shorter ones are names and calls that begin
                assert told not in check.source, f"{grade(check)} holds {told}"


def read_answers(check: nbformat.NotebookNode) -> list[str]:
    """Return the answers that a check looks at."""
    return re.match(r"%%check (.+)\n", check.source)[1].split()


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_what_checks_are_made_of_is_locked_and_each_names_the_answers_it_sees(path: Path) -> None:
    cells = read(path).cells

    kept = [cell for cell in cells if cell.cell_type == "code" and re.search("^%keep", cell.source, re.MULTILINE)]
    loading = [cell for cell in cells if cell.cell_type == "code" and "def load_" in cell.source]
    for cell in [*kept, *loading, *filter(grade, cells)]:
        assert cell.metadata.nbgrader.locked, cell.source
        assert not cell.metadata.nbgrader.solution
    for answer, check in pairwise(cells):
        if grade(check):
            assert answer.metadata.nbgrader.solution
            assert any(re.search(rf"\b{each}\b", answer.source) for each in read_answers(check))


@pytest.mark.parametrize("path", [path for path in LESSONS if language_of(path) == "en"], ids=name)
def test_who_redefines_what_a_check_asks_with_has_not_passed_it(path: Path, run_once) -> None:
    lesson = read_students(path)
    for answer, check in pairwise(lesson.cells):
        if grade(check):
            values = [f"{each} = 0\n" for each in read_answers(check) if f"def {each}(" not in answer.source]
            answer.source += f"\n{EASY_WAY_OUT}\n{''.join(values)}" if "def " not in answer.source else EASY_WAY_OUT

    ran = run_once(lesson, language="en", allow_errors=True)

    for cell in filter(grade, ran.client.nb.cells):
        assert [output.get("ename") for output in cell.outputs] == ["AssertionError"], cell.source


def test_a_claim_that_does_not_hold_is_not_named() -> None:
    """One by one the right ones could be found out by leaving out the wrong ones."""
    check = next(cell for cell in read(LESSONS[2]).cells if grade(cell) == "u3-e5-check").source.partition("\n")[2]

    def answer(*letters: str) -> str:
        with pytest.raises(AssertionError) as problem:
            Checks({"supported": list(letters)}).check("supported", check)
        return str(problem.value)

    wrong = [*"abcde", "ab", "abc", "acd", "abcde"]
    assert len({answer(*letters) for letters in wrong}) == 1
    assert "not all of these hold" in answer("b")
