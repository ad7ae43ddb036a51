"""Code of strangers is shown as it is: nothing runs, nothing hides, nothing is left out untold."""

from __future__ import annotations

import pytest
from datahall_hub.services.hall.app_desk.changes import Line
from datahall_hub.services.hall.app_desk.notebook_cells import Cell, read_cells
from datahall_hub.services.hall.app_desk.shown_code import (
    LONGEST_LINE,
    MOST_SHOWN,
    count_unseen,
    show_line,
    show_notebook,
    show_pair,
    show_text,
)


def test_markup_is_shown_and_not_obeyed() -> None:
    assert show_text("<script>&'\"") == "&lt;script&gt;&amp;&#39;&#34;"


@pytest.mark.parametrize(
    ("sign", "number"),
    [
        ("\u202e", "202E"), ("\u2066", "2066"), ("\u200b", "200B"), ("\u200d", "200D"), ("\ufeff", "FEFF"),
        ("\u00ad", "00AD"), ("\x00", "0000"), ("\x1b", "001B"), ("\u3164", "3164"), ("\u2800", "2800"),
        ("\U000e0041", "E0041"), ("\u2028", "2028"), ("\ud800", "D800"), ("\ue000", "E000"),
    ],
    ids=[
        "right-to-left", "isolate", "no width", "joiner", "byte order mark", "soft hyphen", "zero", "escape",
        "filler", "blank of Braille", "tag", "line separator", "half a character", "private",
    ],
)  # fmt: skip
def test_what_nobody_would_see_is_shown_by_its_number(sign: str, number: str) -> None:
    shown = show_text(f"a{sign}b")
    assert sign not in shown
    assert f'<span class="unseen">U+{number}</span>' in shown
    assert count_unseen([f"a{sign}b"]) == 1


def test_many_of_them_take_little_room() -> None:
    assert show_text("\u202e" * 9_000) == '<span class="unseen">9000 × U+202E</span>'
    assert count_unseen(["\u202e" * 9_000]) == 9_000


@pytest.mark.parametrize("text", ["数据，集。", "\tx = 1", "naïve café", "Ωμέγα", "日本語　カナ", "🎉"])
def test_writing_of_people_stays_as_it_is(text: str) -> None:
    assert show_text(text) == text


def test_the_end_of_a_very_long_line_is_folded_and_not_left_out() -> None:
    shown = show_line("x" * LONGEST_LINE + "<b>")
    assert (len(shown.text), shown.folded, shown.folded_length) == (LONGEST_LINE, "&lt;b&gt;", 3)


def test_cells_without_room_are_counted() -> None:
    shown = show_notebook([Cell(n, "code", "x" * 100_000) for n in range(1, 6)])
    assert len(shown.cells) + shown.left_out == 5
    assert 0 < len(shown.cells) < 4
    assert shown.left_out_characters == shown.left_out * 100_000


@pytest.mark.parametrize("source", ["x" * 2_000_000, "\n" * 2_000_000, "\u202ea" * 500_000])
def test_one_huge_cell_is_cut_and_its_rest_counted(source: str) -> None:
    shown = show_notebook([Cell(1, "code", source), Cell(2, "code", "y")])
    written = sum(len(line.text) + len(line.folded) + 40 for line in shown.cells[0].lines)
    assert written < 2 * MOST_SHOWN
    assert shown.left_out_characters > 0


def test_what_differs_in_two_lines_is_marked() -> None:
    pair = show_pair(Line("changed", "show(2014)", "show(<b>)", 1, 1))
    assert pair.before.text == "show(<mark>2014</mark>)"
    assert pair.after.text == "show(<mark>&lt;b&gt;</mark>)"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"cells": 1}', b'{"cells": [1]}', b'{"cells": [{}]}', b"[" * 99_999]
)
def test_what_is_no_notebook_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 whatever its words
        read_cells(content)


def test_all_ends_of_lines_are_ends_of_lines() -> None:
    (cell,) = read_cells(b'{"cells": [{"cell_type": "code", "source": ["a\\r\\n", "b\\rc"]}]}')
    assert cell.lines == ["a", "b", "c"]
