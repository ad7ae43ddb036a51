"""Source files become typed tables exactly as the card says; nothing is guessed, nothing dropped in silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest

from tests.catalogs.card_drafts import draft, field, save_card, save_data

ID = "culture/visitors"


def read(home: Path, content: bytes | list[bytes], *, fields: list[dict[str, Any]], **source: Any) -> pl.DataFrame:
    """Read `content` by a card with these fields; further words describe the source."""
    parts = content if isinstance(content, list) else [content]
    sources = []
    for number, part in enumerate(parts):
        save_data(home, part, name=f"culture/{number}.txt")
        sources.append({"path": f"culture/{number}.txt", "format": "csv", **source})
    save_card(home, draft(sources=sources, fields=fields))
    assert datahall.invalid_cards() == []
    return datahall.dataset(ID).polars().collect()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "big5", "utf-16"])
def test_chinese_text_in_any_declared_encoding(home: Path, encoding: str) -> None:
    content = "城市,人口\n北京,2\n上海,3\n".encode(encoding)
    frame = read(
        home,
        content,
        fields=[field("city", "string", source_name="城市"), field("people", "integer", source_name="人口")],
        encoding=encoding,
    )
    assert frame.rows() == [("北京", 2), ("上海", 3)]


TABLES = {
    "tabs": (b"a\tb\n1\t2\n", {"format": "tsv"}, [("1", "2")]),
    "semicolons": (b"a;b\n1,5;2\n", {"delimiter": ";"}, [("1,5", "2")]),
    "lines before the header": (b"A title\nby me\na,b\n1,2\n", {"skip_rows": 2}, [("1", "2")]),
    "no header": (b"1,2\n3,4\n", {"header": False, "columns": ["a", "b"]}, [("1", "2"), ("3", "4")]),
    "other names for a header": (b"x,y\n1,2\n", {"columns": ["a", "b"]}, [("1", "2")]),
    "quoted delimiters and line breaks": (b'a,b\n"1,\n2","say ""x"""\n', {}, [("1,\n2", 'say "x"')]),
    "escaped quotes": (b'a,b\n"1\\"",2\n', {"escape": "\\"}, [('1"', "2")]),
    "quotes that are ordinary": (b'a,b\n5",2\n', {"quote": None}, [('5"', "2")]),
    "words for nothing": (b"a,b\nNA,-\n", {"null_values": ["NA", "-"]}, [(None, None)]),
    "an empty cell": (b'a,b\n,""\n', {}, [(None, None)]),
    "no words for nothing": (b"a,b\nNA,\n", {"null_values": []}, [("NA", "")]),
    "columns left out on purpose": (b"a,b,c\n1,2,3\n", {"ignore": ["c"]}, [("1", "2")]),
    "carriage returns": (b"a,b\r\n1,2\r\n", {}, [("1", "2")]),
    "columns in another order": (b"b,a\n2,1\n", {}, [("1", "2")]),
    "a constant column": (b"a\n1\n", {"constants": {"b": "z"}}, [("1", "z")]),
    "text put right": (b"a,b\nO\\'Hare,2\n", {"replace": {"\\'": "'"}}, [("O'Hare", "2")]),
    "rows without a value": (b"a,b\n1,2\n,\n,\n3,\n", {"skip_empty": True}, [("1", "2"), ("3", None)]),
    "no rows": (b"a,b\n", {}, []),
}


@pytest.mark.parametrize(("content", "source", "rows"), TABLES.values(), ids=TABLES)
def test_a_table_is_read_as_the_card_says(
    home: Path, content: bytes, source: dict[str, Any], rows: list[tuple[str | None, ...]]
) -> None:
    assert read(home, content, fields=[field("a", "string"), field("b", "string")], **source).rows() == rows


UTC = UTC
POINT = '{"type": "Point", "coordinates": [1, 2]}'
VALUES = {
    "integer": ("-7", {"type": "integer"}, -7),
    "largest integer": ("9223372036854775807", {"type": "integer"}, 2**63 - 1),
    "grouped integer": ("1,234,567", {"type": "integer", "group": ","}, 1234567),
    "number": ("0.1", {"type": "number"}, 0.1),
    "number with exponent": ("1.5E+3", {"type": "number"}, 1500.0),
    "European number": ("1.234,5", {"type": "number", "group": ".", "decimal": ","}, 1234.5),
    "percentage": ("12.5 %", {"type": "number", "suffix": "%"}, 12.5),
    "code that a spreadsheet wrote as a number": (
        "330300.0",
        {"type": "string", "suffix": ".0", "pattern": r"^\d{6}$"},
        "330300",
    ),
    "code that lost its leading zero": ("1.0", {"type": "string", "suffix": ".0", "zero_fill": 2}, "01"),
    "boolean": ("是", {"type": "boolean", "true_values": ["是"], "false_values": ["否"]}, True),
    "date": ("2024-02-29", {"type": "date"}, date(2024, 2, 29)),
    "date in its own form": ("29/2/2024", {"type": "date", "format": "%d/%m/%Y"}, date(2024, 2, 29)),
    "datetime": ("2024-02-29T01:02:03", {"type": "datetime"}, datetime(2024, 2, 29, 1, 2, 3)),
    "date with an ordinal": (
        "August 31st, 2015",
        {"type": "date", "format": "%B %d, %Y", "replace": {"st,": ",", "th,": ","}},
        date(2015, 8, 31),
    ),
    "datetime with the name of a zone": (
        "2020-09-25 00:18:59 EDT",
        {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S %z", "replace": {"EDT": "-0400"}},
        datetime(2020, 9, 25, 4, 18, 59, tzinfo=UTC),
    ),
    "datetime in UTC": (
        "2024-02-29T01:02:03Z",
        {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%SZ"},
        datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC),
    ),
    "datetime with offset": (
        "2024-02-29 08:00+0800",
        {"type": "datetime", "format": "%Y-%m-%d %H:%M%z"},
        datetime(2024, 2, 29, tzinfo=UTC),
    ),
    "datetime with a Z for the offset": (
        "2024-02-29 08:00Z",
        {"type": "datetime", "format": "%Y-%m-%d %H:%M%z"},
        datetime(2024, 2, 29, 8, tzinfo=UTC),
    ),
    "time": ("23:59:59", {"type": "time"}, time(23, 59, 59)),
    "duration": ("-P1DT2H3M4.5S", {"type": "duration"}, -timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
    "geopoint": ("31.23, 121.47", {"type": "geopoint"}, "31.23,121.47"),
    "list": ("a|b", {"type": "list", "separator": "|"}, ["a", "b"]),
    "JSON list": ('["a", 1]', {"type": "list"}, ["a", "1"]),
    "geojson": (
        POINT,
        {"type": "geojson"},
        POINT,
    ),
}


@pytest.mark.parametrize(("text", "kind", "value"), VALUES.values(), ids=VALUES)
def test_a_value_gets_its_type(home: Path, text: str, kind: dict[str, Any], value: object) -> None:
    fields = [field("a", kind["type"], **{key: word for key, word in kind.items() if key != "type"})]
    content = 'a\n"{}"\n""\n'.format(text.replace('"', '""')).encode()
    frame = read(home, content, fields=fields)
    assert frame["a"].to_list() == [value] or frame["a"].to_list() == [value, None]


MISFITS = {
    "integer": ("1.5", {"type": "integer"}, "not a whole number"),
    "too large an integer": ("9223372036854775808", {"type": "integer"}, "not a whole number"),
    "number": ("1,5", {"type": "number"}, "not a number"),
    "not a number": ("nan", {"type": "number"}, "not a number"),
    "infinity": ("inf", {"type": "number"}, "not a number"),
    "wrongly grouped": ("12,34", {"type": "integer", "group": ","}, "not a whole number"),
    "boolean": ("maybe", {"type": "boolean"}, "neither true nor false"),
    "date that is none": ("2023-02-29", {"type": "date"}, "not a date"),
    "date in another form": ("29.02.2024", {"type": "date"}, "not a date"),
    "datetime": ("2024-02-29", {"type": "datetime"}, "not a date and time"),
    "datetime without the offset that others have": (
        "2024-02-29T01:02:03",
        {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z", "other_formats": ["%Y-%m-%dT%H:%M:%S"]},
        "not a date and time",
    ),
    "time": ("25:00:00", {"type": "time"}, "not a time"),
    "duration": ("P1Y", {"type": "duration"}, "not an ISO 8601 duration"),
    "geopoint": ("95,10", {"type": "geopoint"}, "not latitude,longitude"),
    "geojson": ("POINT(1 2)", {"type": "geojson"}, "not GeoJSON"),
    "list": ("[1, 2", {"type": "list"}, "not a list"),
    "list of lists": ("[[1], 2]", {"type": "list"}, "not a list"),
    "GeoJSON of no known type": ('{"type": "Dot"}', {"type": "geojson"}, "not GeoJSON"),
    "below the minimum": ("-1", {"type": "integer", "minimum": 0}, "below the minimum"),
    "above the maximum": ("101", {"type": "number", "maximum": 100}, "above the maximum"),
    "not allowed": ("E", {"type": "string", "enum": ["A", "B"]}, "not one of the allowed values"),
    "other form": ("1234", {"type": "string", "pattern": "^\\d{6}$"}, "does not fit the pattern"),
}


@pytest.mark.parametrize(("text", "kind", "reason"), MISFITS.values(), ids=MISFITS)
def test_a_value_that_does_not_fit_is_named_with_its_line(
    home: Path, text: str, kind: dict[str, Any], reason: str
) -> None:
    fields = [
        field("note", "string"),
        field("a", kind["type"], **{key: word for key, word in kind.items() if key != "type"}),
    ]
    good = {"enum": "A", "pattern": "123456"}
    filler = next((good[key] for key in good if key in kind), "")
    quoted = text.replace('"', '""')
    content = f'note,a\n"two\nlines","{filler}"\n\nx,"{quoted}"\n'.encode()
    with pytest.raises(datahall.UnreadableSource) as caught:
        read(home, content, fields=fields)
    message = caught.value.message("en")
    assert message.startswith(f"culture/0.txt, line 5, field a: {text!r}: {reason}")


BROKEN = {
    "a row with a value too many": (b"a,b\n1,2\n1,2,3\n", {}, "Expected 2 columns, got 3"),
    "a row with a value too few": (b"a,b\n1,2\n1\n", {}, "Expected 2 columns, got 1"),
    "another encoding": ("a,b\nü,2\n".encode("latin-1"), {}, "can't decode"),
    "a late byte of another encoding": (b"a,b\n" + b"1,2\n" * 50_000 + b"\xfc,2\n", {}, "UTF8"),
    "a late byte that is no GB 18030": (
        b"a,b\n" + b"1,2\n" * 50_000 + b"\xff,2\n",
        {"encoding": "gb18030"},
        "can't decode",
    ),
    "an unknown encoding": (b"a,b\n1,2\n", {"encoding": "klingon"}, "unknown encoding"),
    "a column that is missing": (b"a\n1\n", {}, "has no column b; it has: a"),
    "a column nobody named": (b"a,b,c\n1,2,3\n", {}, "does not name: 'c'"),
    "an empty file": (b"", {}, "empty"),
    "a constant that is a column too": (b"a,b\n1,2\n", {"constants": {"b": "x"}}, "columns of its own called b"),
}


@pytest.mark.parametrize(("content", "source", "words"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_does_not_fit_is_refused(home: Path, content: bytes, source: dict[str, Any], words: str) -> None:
    with pytest.raises(datahall.UnreadableSource) as caught:
        read(home, content, fields=[field("a", "string"), field("b", "string")], **source)
    assert words in caught.value.message("en")


def test_a_value_that_must_be_there_is_asked_for(home: Path) -> None:
    with pytest.raises(datahall.UnreadableSource, match="line 3, field a: None: a value is required here"):
        read(home, b"a,b\n1,2\n,3\n", fields=[field("a", "string", required=True), field("b", "string")])


@pytest.mark.parametrize("content", [b"a,b\n1,x\n1,y\n", b"a,b\n1,x\n,y\n"], ids=["twice", "empty"])
def test_a_primary_key_is_one(home: Path, content: bytes) -> None:
    save_data(home, content, name="culture/0.txt")
    fields = [field("a", "integer"), field("b", "string")]
    source = {"path": "culture/0.txt", "format": "csv"}
    save_card(home, draft(sources=[source], fields=fields, primary_key=["a"]))
    with pytest.raises(datahall.UnreadableSource, match=r"Row 2: a = .*primary key is empty or occurs twice"):
        datahall.dataset(ID).fetch()


def test_several_sources_are_one_table_in_their_order(home: Path) -> None:
    frame = read(home, [b"a\n3\n", b"a\n1\n", b"a\n2\n"], fields=[field("a", "integer")])
    assert frame["a"].to_list() == [3, 1, 2]


def test_a_wide_table_becomes_rows(home: Path) -> None:
    frame = read(
        home,
        b"city,note,2023,2024\nA,x,1,\nB,y,3,4\n",
        fields=[field("city", "string"), field("year", "integer"), field("value", "integer")],
        ignore=["note"],
        unpivot={"keep": ["city"], "name": "year", "value": "value", "drop_empty": True},
    )
    assert frame.rows() == [("A", 2023, 1), ("B", 2023, 3), ("B", 2024, 4)]


def test_the_line_of_a_misfit_in_a_wide_table_is_that_of_the_file(home: Path) -> None:
    with pytest.raises(datahall.UnreadableSource, match="line 3, field value: 'many'"):
        read(
            home,
            b"city,2023,2024\nA,1,2\nB,3,many\n",
            fields=[field("city", "string"), field("year", "integer"), field("value", "integer")],
            unpivot={"keep": ["city"], "name": "year", "value": "value"},
        )


def test_the_line_of_a_misfit_counts_the_rows_left_out(home: Path) -> None:
    with pytest.raises(datahall.UnreadableSource, match="line 4, field a: 'many'"):
        read(home, b"a,b\n1,2\n,\nmany,2\n", fields=[field("a", "integer"), field("b", "string")], skip_empty=True)


JSON_FIELDS = [
    field("name", "string"),
    field("size", "number", source_name="measure.size"),
    field("big", "integer"),
    field("open", "boolean"),
    field("tags", "list"),
    field("text", "string", separator="\n"),
]


def test_json_records_are_found_by_their_path_and_keep_every_digit(home: Path) -> None:
    content = (
        b'{"meta": {"rows": [{"name": "A", "measure": {"size": 0.1}, "big": 9007199254740993, "open": true,'
        b' "tags": ["x", "y"], "text": ["one", "two"]}, {"name": "", "big": null}]}}'
    )
    frame = read(home, content, fields=JSON_FIELDS, format="json", records="meta.rows", ignore=["measure"])
    assert frame.rows() == [
        ("A", 0.1, 9007199254740993, True, ["x", "y"], "one\ntwo"),
        (None, None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"rows": 1}', "rows is not a list of objects"),
        (b'{"other": []}', "there is no rows"),
        (b'{"rows": [1]}', "it has: value"),
        (b'{"rows": [', "Expecting value"),
        (b'{"rows": [{"a": "x", "b": 1}]}', "record 1, field a: 'x': not a whole number"),
        (b'{"rows": [{"a": 1, "b": 1, "c": 2}]}', "does not name: 'c'"),
    ],
)
def test_json_that_does_not_fit_is_refused(home: Path, content: bytes, words: str) -> None:
    with pytest.raises(datahall.UnreadableSource) as caught:
        read(home, content, fields=[field("a", "integer"), field("b", "integer")], format="json", records="rows")
    assert words in caught.value.message("en")


UNDER_NAMES = (
    b'{"US": {"01": {"name": "A", "in": {"1": {"name": "a"}, "3": {"name": "b"}}}, "02": {"name": "B", "in": {}}},'
    b' "HK": {"island": ["east", "south"], "sea": []}}'
)


@pytest.mark.parametrize(
    ("path", "keys", "rows"),
    [
        ("US.*", ["code"], [("01", "A"), ("02", "B")]),
        ("US.*.in.*", ["state", "county"], [("01", "1", "a"), ("01", "3", "b")]),
    ],
    ids=["one step", "two steps, one of them without members"],
)
def test_json_records_stand_under_names_that_become_columns(
    home: Path, path: str, keys: list[str], rows: list[tuple[str, ...]]
) -> None:
    fields = [field(name, "string") for name in (*keys, "name")]
    ignored = [] if "county" in keys else ["in"]
    assert read(home, UNDER_NAMES, fields=fields, format="json", records=path, keys=keys, ignore=ignored).rows() == rows


def test_the_elements_of_json_lists_under_names_are_rows(home: Path) -> None:
    fields = [field(name, "string") for name in ("area", "value")]
    frame = read(home, UNDER_NAMES, fields=fields, format="json", records="HK.*", keys=["area"])
    assert frame.rows() == [("island", "east"), ("island", "south")]


@pytest.mark.parametrize(
    ("path", "keys", "words"),
    [
        ("US.*.out.*", ["a", "b"], "there is no out"),
        ("US.*.name.*", ["a", "b"], "01 is not an object"),
        ("*.US.*", ["a", "b"], "there is no US"),
        ("US.*.*.*", ["a", "b", "c"], "01.name is not an object"),
        ("US.*", ["name"], "01 has a name of its own"),
    ],
)
def test_json_under_other_names_is_refused(home: Path, path: str, keys: list[str], words: str) -> None:
    with pytest.raises(datahall.UnreadableSource, match=words):
        read(home, UNDER_NAMES, fields=[field("a", "string")], format="json", records=path, keys=keys)


@pytest.mark.parametrize(
    ("path", "keys"), [("US.*", []), ("US", ["a"]), (None, ["a"]), ("*.*", ["a"]), ("*.*", ["a", "a"])]
)
def test_there_is_a_column_for_every_star(home: Path, path: str | None, keys: list[str]) -> None:
    source = {"path": "culture/0.txt", "format": "json", "records": path, "keys": keys}
    save_card(home, draft(sources=[source]))
    assert "keys names one column for each * in records" in datahall.invalid_cards()[0].message


def test_the_sources_of_one_card_may_have_their_own_decimal_marks(home: Path) -> None:
    fields = [field("fee", "number", decimal=",", group="."), field("n", "integer", group=".")]
    save_data(home, b"fee;n\n1.234,5;1.000\n", name="culture/0.csv")
    save_data(home, b"fee;n\n1,234.5;1,000\n", name="culture/1.csv")
    sources = [{"path": f"culture/{n}.csv", "format": "csv", "delimiter": ";"} for n in range(2)]
    save_card(home, draft(sources=[sources[0], {**sources[1], "decimal": "."}], fields=fields))
    assert datahall.dataset(ID).polars().collect().rows() == [(1234.5, 1000)] * 2


def test_a_pattern_that_would_look_around_is_refused(home: Path) -> None:
    with pytest.raises(datahall.UnreadableSource, match="look-around"):
        read(home, b"a\nx\n", fields=[field("a", "string", pattern="(?=x)x")])


def test_moments_with_and_without_an_offset_do_not_mix(home: Path) -> None:
    forms = {"format": "%Y-%m-%d %H:%M%z", "other_formats": ["%Y-%m-%d %H:%M"]}
    with pytest.raises(datahall.UnreadableSource, match="line 3, field a: '2024-03-01 08:00': not a date and time"):
        read(home, b"a\n2024-03-01 08:00Z\n2024-03-01 08:00\n", fields=[field("a", "datetime", **forms)])


def test_titles_and_units_stand_in_the_columns_metadata(home: Path) -> None:
    read(home, b"a\n1\n", fields=[field("a", "integer", unit="km")])
    metadata = datahall.dataset(ID).arrow().schema.field("a").metadata
    assert (metadata[b"unit"], metadata[b"title:zh"]) == (b"km", b"a")
