"""One stray quote swallows no rows in silence, and alters none of the others."""

from __future__ import annotations

import datahall
import pytest

from tests.catalogs.added_files import Write, add_and_fetch, codes


def write_rows(*, stray: int, count: int, name: str = "n{}") -> str:
    rows = [f"{number},{name.format(number)},{number * 2}" for number in range(1, count + 1)]
    rows[stray - 1] = f'{stray},"open,{stray * 2}'
    return "\n".join(["id,name,v", *rows, ""])


@pytest.mark.parametrize(("stray", "count"), [(500, 1_000), (1_500, 4_000)], ids=["in the head", "behind the head"])
def test_a_quote_that_is_never_closed_swallows_no_rows(write: Write, stray: int, count: int) -> None:
    table, frame = add_and_fetch(write(write_rows(stray=stray, count=count)))
    assert frame.height == count
    assert frame["v"].to_list() == [number * 2 for number in range(1, count + 1)]
    assert frame["name"][stray - 1] == '"open'
    (told,) = [finding for finding in table.findings if finding.code == "stray-quote"]
    assert (told.severity, told.line) == ("problem", stray + 1)
    assert f"line {count + 1}." in told.message.spoken("en")


def test_a_quote_that_is_never_closed_in_a_large_file_is_no_reason_to_give_up(write: Write) -> None:
    table, frame = add_and_fetch(write(write_rows(stray=60_000, count=400_000, name="n" * 50 + "{}")))
    assert frame.height == 400_000
    assert codes(table)["unclosed-quote"] == 60_001


def test_where_quotes_are_needed_a_stray_one_is_told_and_the_others_are_read_as_ever(write: Write) -> None:
    quoted = [f'{number},"a, {number}",{number * 2}' for number in range(1, 1_501)]
    text = "\n".join(["id,name,v", *quoted]) + "\n" + write_rows(stray=3, count=50).partition("\n")[2]
    table, _ = add_and_fetch(write(text))
    (told,) = [finding for finding in table.findings if finding.code == "swallowed-lines"]
    assert (told.severity, told.line) == ("problem", 1_504)
    assert "line 1551;" in told.message.spoken("en")
    assert table.card["sources"][0].get("quote", '"') == '"'


@pytest.mark.parametrize(
    "value",
    ["one\ntwo\nthree\nfour\nfive", "a, b\nc\nd, e, f, g\nh", "x,y\n" * 2],
    ids=["words", "commas here and there", "two lines"],
)
def test_a_value_of_several_lines_is_no_stray_quote(write: Write, value: str) -> None:
    rows = "".join(f'{number},"{value}",{number}\n' for number in range(1_200))
    tables = datahall.add(write("id,text,v\n" + rows)).tables
    assert [table.rows for table in tables] == [1_200]
    assert not {"stray-quote", "swallowed-lines", "unclosed-quote"} & set(codes(tables[0]))
