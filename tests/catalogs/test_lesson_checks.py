"""What a check of a lesson sees: the lesson as its author wrote it, the answers, and nothing else of the notebook."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from datahall import lesson_checks
from datahall.lesson_checks import Checks, as_list, as_number, as_pairs, as_table, get_column, is_near

LESSON = "RIGHT = 42\ndef load_number(): return RIGHT\ndef load_more(*, by=1): return load_number() + by"
CHECK = "assert is_near(answer, load_number()), 'Not yet'"


def begin(source: str = LESSON) -> Checks:
    """Return the checks of a notebook that has run a cell, and has kept what it defines."""
    notebook: dict[str, Any] = {}
    exec(source, notebook)  # as a kernel does
    checks = Checks(notebook)
    checks.keep("")
    return checks


def write(checks: Checks, source: str) -> None:
    """Run an answer cell."""
    exec(source, checks.theirs)


def test_a_right_answer_passes() -> None:
    checks = begin()
    write(checks, "answer = 42.001")

    checks.check("answer", CHECK)


@pytest.mark.parametrize(
    "cell",
    [
        "answer = 0",
        "answer = None",
        "is_near = lambda *_: True",
        "load_number = lambda: 0\nanswer = 0",
        "RIGHT = 0\nanswer = 0",
        "RIGHT = answer = 0\nload_number = lambda: 0",
    ],
    ids=["wrong", "none yet", "another comparison", "other data", "another number in the data", "all of them"],
)
def test_no_other_answer_does_and_its_problem_is_a_sentence_alone(cell: str) -> None:
    checks = begin()
    write(checks, cell)

    with pytest.raises(AssertionError, match="Not yet") as problem:
        checks.check("answer", CHECK)

    assert problem.value._render_traceback_() == ["Not yet"]


def test_builtins_are_pythons_own() -> None:
    checks = begin()
    write(checks, "all = lambda _: True\nanswer = [1, 0]")

    with pytest.raises(AssertionError):
        checks.check("answer", "assert all(answer)")


def test_of_each_name_the_first_meaning_is_kept() -> None:
    checks = begin()
    write(checks, "def load_number(): return 0\ndef find_more(): return load_number() + 1\nanswer = 0")
    checks.keep("")
    checks.keep("load_number find_more")

    checks.check("", "assert (load_number(), find_more(), load_more(by=2)) == (42, 43, 44)")


def test_a_check_leaves_nothing_in_the_notebook() -> None:
    checks = begin()
    before = set(checks.theirs)

    checks.check("", "right = load_number()")

    assert set(checks.theirs) == before


def test_answers_of_other_kinds_are_read_as_what_is_asked_for_or_as_nothing() -> None:
    table = pl.DataFrame({"mode": ["bus"], "len": [3]})

    assert [as_table(each).height for each in (table, table.lazy(), table.to_pandas(), "bus", None)] == [1, 1, 1, 0, 0]
    assert get_column(table.to_pandas().groupby("mode")["len"].sum(), "mode") == ["bus"]
    assert (get_column(table, "len"), get_column(table, "minutes"), get_column(None, "len")) == ([3], [], [])
    assert (as_pairs(table), as_pairs(0)) == ({"bus": 3}, {})
    assert (as_list(("a", "b")), as_list("ab"), as_list(None)) == (["a", "b"], [], [])
    assert as_number(table.select("len")) == 3
    assert not is_near("3", 3)
    assert not is_near(None, 3)


def test_all_that_checks_call_by_name_is_told_to_them() -> None:
    assert sorted(lesson_checks._TOOLS) == lesson_checks.__all__
