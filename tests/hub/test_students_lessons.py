"""What students get of a lesson, and that nothing else of it can be read in their workbench."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from datahall_hub.catalog_mounts import update_lessons
from datahall_hub.home import Home, ensure_home
from datahall_hub.person_sandbox import LESSONS_INSIDE
from datahall_hub.server_environment import build_environment
from datahall_hub.settings import CHECKOUT, Settings
from datahall_hub.students_lessons import (
    UnclearLessonError,
    describe_lessons,
    make_students_version,
    read_students_lessons,
)

from tests.running_hall import RunningHall, RunningKernel

SOLVED = "answer = None\n### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION"
CHECKED = "assert answer\n### BEGIN HIDDEN TESTS\nassert answer == 42\n### END HIDDEN TESTS\n"
FIRST = "course/en/01-tables.ipynb"
SHIPPED = CHECKOUT / "notebooks/lessons"
# Every file that a kernel can read but those of the machine: its programs (/usr), its devices and its processes.
FIND_MARKS = "!grep -rIlE 'BEGIN (SOLUTION|HIDDEN TESTS)' / --exclude-dir=usr --exclude-dir=proc --exclude-dir=dev 2>&1"


def make_lesson(*sources: str) -> dict[str, object]:
    cells = [{"cell_type": "code", "source": each, "metadata": {}, "outputs": [1]} for each in sources]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def read_sources(notebook: dict[str, object]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return ensure_home(tmp_path / "hall")


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """The teacher's version of one lesson."""
    write_lesson(tmp_path / "lessons" / FIRST, SOLVED, CHECKED)
    return tmp_path / "lessons"


def write_lesson(place: Path, *sources: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(make_lesson(*sources)))


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# How a lesson is cleared.


def test_a_solution_becomes_room_for_ones_own_and_a_hidden_test_goes():
    students = make_students_version(make_lesson(SOLVED, CHECKED))
    assert read_sources(students) == ["answer = None\n# YOUR CODE HERE\n...", "assert answer"]
    assert [cell["outputs"] for cell in students["cells"]] == [[], []]


def test_a_cell_for_teachers_goes():
    lesson = make_lesson("for all", "for teachers")
    lesson["cells"][1]["metadata"] = {"tags": ["teacher-only"]}
    assert read_sources(make_students_version(lesson)) == ["for all"]


def test_a_locked_cell_cannot_be_changed_and_an_answer_not_deleted():
    lesson = make_lesson("x = 1", CHECKED, SOLVED, "own")
    for cell, role in zip(lesson["cells"], ({"locked": True}, {"grade": True}, {"solution": True}), strict=False):
        cell["metadata"] = {"nbgrader": role}
    students = make_students_version(lesson)["cells"]
    told = [[each["metadata"].get(name) for name in ("editable", "deletable")] for each in students]
    assert told == [[False, False], [False, False], [None, False], [None, None]]


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION\nanswer = 42",
        "answer = 42\n### END SOLUTION",
        "# BEGIN SOLUTION\nanswer = 42\n# END SOLUTION",
        "### begin solution\nanswer = 42\n### end solution",
        "### BEGIN HIDDEN TESTS\nassert answer == 42",
        "### BEGIN SOLUTION\n1\n### BEGIN SOLUTION\n2\n### END SOLUTION\n3\n### END SOLUTION",
    ],
    ids=["no end", "no beginning", "other signs", "small letters", "hidden tests without an end", "one in another"],
)
def test_a_lesson_with_a_mark_that_is_not_understood_is_not_given_to_students(source):
    with pytest.raises(UnclearLessonError, match=r"(?i)(begin|end) (solution|hidden tests)"):
        make_students_version(make_lesson(source))


def test_what_is_left_out_is_told_and_keeps_no_other_from_coming(lessons, capsys):
    write_lesson(lessons / "course/en/02-open.ipynb", "### BEGIN SOLUTION\n42")
    (lessons / "course/en/03-broken.ipynb").write_text("{")
    assert [name for name, _ in read_students_lessons(lessons)] == [FIRST]
    told = capsys.readouterr().err
    assert all(f"{name}.ipynb is not given to students" in told for name in ("02-open", "03-broken"))


# The folder that sandboxes show.


def test_students_get_notebooks_alone_and_without_solutions(home, lessons):
    (lessons / "course/README.md").write_text("### BEGIN SOLUTION")
    update_lessons(home, lessons=lessons)
    assert list_files(home.lessons) == [FIRST]
    assert "42" not in (home.lessons / FIRST).read_text()


def test_a_changed_lesson_changes_and_one_that_has_gone_goes(home, lessons):
    write_lesson(lessons / "course/zh/01-表格.ipynb", SOLVED)
    update_lessons(home, lessons=lessons)
    folder = home.lessons.stat().st_ino
    write_lesson(lessons / FIRST, "second edition")
    (lessons / "course/zh/01-表格.ipynb").unlink()
    update_lessons(home, lessons=lessons)
    assert list_files(home.lessons) == [FIRST]
    assert "second edition" in (home.lessons / FIRST).read_text()
    assert home.lessons.stat().st_ino == folder  # which is mounted


def test_a_lesson_that_is_no_longer_understood_goes(home, lessons):
    update_lessons(home, lessons=lessons)
    write_lesson(lessons / FIRST, "### BEGIN SOLUTION\n42")
    update_lessons(home, lessons=lessons)
    assert list_files(home.lessons) == []


def test_a_hall_without_lessons_gives_none(home, tmp_path):
    update_lessons(home, lessons=tmp_path / "none")
    assert (list_files(home.lessons), describe_lessons(tmp_path / "none")) == ([], "")


def test_a_change_of_a_lesson_is_seen(lessons):
    before = describe_lessons(lessons)
    write_lesson(lessons / FIRST, SOLVED, CHECKED, "more")
    assert describe_lessons(lessons) != before


# What a server is told.


@pytest.mark.parametrize("has_walls", [True, False], ids=["walls", "no walls"])
def test_only_a_teachers_server_is_told_where_the_solutions_are(home, tmp_path, has_walls):
    person_home = None if has_walls else tmp_path

    def told(*, is_teacher: bool) -> dict[str, str]:
        environment = build_environment(
            Settings(), home=home, person_home=person_home, language="en", is_teacher=is_teacher
        )
        return {name: value for name, value in environment.items() if "LESSONS" in name}

    students = {"DATAHALL_LESSONS_FOLDER": str(LESSONS_INSIDE if has_walls else home.lessons)}
    assert told(is_teacher=False) == students
    assert told(is_teacher=True) == students | {"DATAHALL_TEACHERS_LESSONS_FOLDER": str(SHIPPED)}


# In a real hall.


@pytest.fixture(scope="module")
def opened(hall: RunningHall, bubblewrap: str, request: pytest.FixtureRequest) -> Iterator[RunningKernel]:
    """A kernel of somebody with the role that the test names."""
    role = request.param
    name = f"lesson-{role}"
    with closing(hall.person(name, [role])) as person:
        hall.start_server(person, name)
        kernel = hall.open_kernel(person, name)
        yield kernel
        kernel.close()
        hall.stop_server(person, name)


@pytest.mark.sandbox
@pytest.mark.parametrize("opened", ["student"], indirect=True)
def test_a_student_can_read_no_solution_no_hidden_test_and_nothing_else_of_the_checkout(opened):
    opened.run("import os, pathlib; pathlib.Path('~/own.txt').expanduser().write_text('BEGIN ' + 'SOLUTION')")
    seen = opened.run(FIND_MARKS).splitlines()
    assert [line for line in seen if not line.startswith("grep: ")] == ["/home/jovyan/own.txt"]  # which it can find
    assert opened.run(f"print(sorted(os.listdir({str(CHECKOUT / 'notebooks')!r})))").strip() == "['guides']"
    for hidden in (SHIPPED, CHECKOUT / "tests", CHECKOUT / ".git", CHECKOUT / "hub/datahall_hub/spawner.py"):
        assert opened.run(f"print(os.path.exists({str(hidden)!r}))").strip() == "False", hidden


@pytest.mark.sandbox
@pytest.mark.parametrize("opened", ["student"], indirect=True)
def test_a_student_begins_every_lesson_and_can_change_none_of_the_halls(opened):
    shown = opened.run(
        "import os, pathlib; there = pathlib.Path(os.environ['DATAHALL_LESSONS_FOLDER'])\n"
        "print(len(list(there.glob('*/*/*.ipynb'))), os.access(there, os.W_OK))"
    )
    assert shown.split() == [str(len(list(SHIPPED.glob("*/*/*.ipynb")))), "False"]
    assert list_starters(opened) == {"template", "guide", "guide-folder", "lesson"}


@pytest.mark.sandbox
@pytest.mark.parametrize("opened", ["teacher", "admin"], indirect=True)
def test_a_teacher_reads_both_versions(opened):
    marks = opened.run("!grep -rlE 'BEGIN SOLUTION' $DATAHALL_TEACHERS_LESSONS_FOLDER --include=*.ipynb | wc -l")
    assert int(marks) == len(list(SHIPPED.glob("*/*/*.ipynb")))
    assert opened.run("!grep -rl 'BEGIN SOLUTION' $DATAHALL_LESSONS_FOLDER") == ""
    assert list_starters(opened) == {"template", "guide", "guide-folder", "lesson", "teachers-lesson"}


@pytest.mark.sandbox
@pytest.mark.parametrize("opened", ["student"], indirect=True)
def test_a_template_begun_in_the_catalogs_lies_in_the_home(opened):
    place = opened.path.replace("/api/kernels", "/datahall/starters")
    wish = {"kind": "template", "id": "en/01-explore-a-dataset.ipynb", "folder": "catalogs"}
    answer = opened.client.post(place, json=wish)
    assert (answer.status_code, answer.json()) == (200, {"path": "explore-a-dataset.ipynb"})


def list_starters(kernel: RunningKernel) -> set[str]:
    answer = kernel.client.get(kernel.path.replace("/api/kernels", "/datahall/starters"))
    return {each["kind"] for each in answer.json()["results"]}
