"""What changed between two notebooks: told completely, in bounded time, whoever wrote them."""

from __future__ import annotations

import time

from datahall_hub.services.hall.app_desk.changes import (
    MOST_LINES,
    Line,
    compare_lines,
    compare_notebooks,
    find_differing,
)
from datahall_hub.services.hall.app_desk.line_script import MOST_EDITS, find_script
from datahall_hub.services.hall.app_desk.notebook_cells import Cell
from hypothesis import given
from hypothesis import strategies as st

texts = st.lists(st.sampled_from("abc"), max_size=12)


def cells(*sources: str) -> list[Cell]:
    return [Cell(number, "code", source) for number, source in enumerate(sources, start=1)]


@given(before=texts, after=texts)
def test_a_script_leads_from_one_list_to_the_other(before: list[str], after: list[str]) -> None:
    script = find_script(before, after)
    assert [before[i] for step, i, _ in script if step != "in"] == before
    assert [after[j] for step, _, j in script if step != "out"] == after
    assert all(before[i] == after[j] for step, i, j in script if step == "keep")


def test_the_shortest_script_is_found() -> None:
    script = find_script("abcabba", "cbabac")
    assert sum(step != "keep" for step, *_ in script) == 5


def test_lists_that_differ_in_too_much_are_told_as_two() -> None:
    before, after = ([f"{side} {n}" for n in range(MOST_EDITS)] for side in ("old", "new"))
    assert [step for step, *_ in find_script(before, after)] == ["out"] * MOST_EDITS + ["in"] * MOST_EDITS


@given(before=texts, after=texts)
def test_every_line_of_both_sides_stands_once_and_in_its_place(before: list[str], after: list[str]) -> None:
    lines = compare_lines(before, after)
    assert [line.before for line in lines if line.number_before] == before
    assert [line.after for line in lines if line.number_after] == after
    assert [line.number_before for line in lines if line.number_before] == list(range(1, len(before) + 1))
    assert [line.number_after for line in lines if line.number_after] == list(range(1, len(after) + 1))


def test_a_changed_line_stands_beside_what_it_was() -> None:
    assert compare_lines(["a", "b = 1", "c"], ["a", "b = 2", "c"])[1] == Line("changed", "b = 1", "b = 2", 2, 2)


def test_the_same_notebook_has_not_changed() -> None:
    comparison = compare_notebooks(cells("1", "2"), cells("1", "2"))
    assert (comparison.count("same"), len(comparison.cells)) == (2, 2)


def test_cells_are_told_as_added_removed_and_changed() -> None:
    before = cells("import polars", "first\nsecond\nthird", "goes away entirely", "show()")
    after = cells("# new, and nothing like it", "import polars", "first\nother\nthird", "show()")
    told = [(each.kind, each.before and each.before.number, each.after and each.after.number)
            for each in compare_notebooks(before, after).cells]  # fmt: skip
    assert told == [("added", None, 1), ("same", 1, 2), ("changed", 2, 3), ("removed", 3, None), ("same", 4, 4)]


def test_code_that_became_text_is_another_cell() -> None:
    told = compare_notebooks(cells("x = 1"), [Cell(1, "markdown", "x = 1")])
    assert {each.kind for each in told.cells} == {"removed", "added"}


def test_cells_that_were_swapped_are_told_completely() -> None:
    told = compare_notebooks(cells("a\nb", "c\nd"), cells("c\nd", "a\nb"))
    assert sorted(each.before.number for each in told.cells if each.before) == [1, 2]
    assert sorted(each.after.number for each in told.cells if each.after) == [1, 2]


def test_a_notebook_that_is_too_long_is_not_compared() -> None:
    assert compare_notebooks(cells("\n" * MOST_LINES), cells("x")).is_too_long


def test_hostile_notebooks_take_bounded_time() -> None:
    began = time.process_time()
    alike = ["\n".join("abcdefgh"[(n * k) % 8] for n in range(150)) for k in range(1, 34)]
    compare_notebooks(cells(*alike), cells(*reversed(alike)))
    compare_notebooks(cells(*("x" * n for n in range(2_000))), cells(*("y" * n for n in range(2_000))))
    assert time.process_time() - began < 10  # a second or two on a slow machine; quadratic ways take minutes


def test_what_two_lines_share_is_counted_once() -> None:
    assert find_differing("aaa", "aa") == (2, 0)
    assert find_differing("x = 1;", "x = 22;") == (4, 1)
