"""`datahall add` opens every format by its content, with all its tables and rows; the shared files are counted anew."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datahall._adding.formats import open_tables
from datahall._adding.raw_tables import RawTable
from datahall.errors import UnreadableSource
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.test_source_formats import zipped_shapefile
from tests.catalogs.zip_archives import zipped

_SHARED = Path(os.environ.get("DATAHALL_MIRROR") or "/nowhere")
_SUFFIXES = {".xlsx": "xlsx", ".json": "json", ".xml": "xml", ".ics": "ics"}


def shared(*suffixes: str) -> list[str]:
    files = (path for path in _SHARED.rglob("*") if path.suffix in suffixes and path.name != "index.json")
    return sorted(str(path.relative_to(_SHARED)) for path in files)


def open_file(folder: Path, content: bytes, name: str = "file") -> list[RawTable]:
    """Open `content` under a name that says nothing."""
    path = folder / name
    path.write_bytes(content)
    tables = open_tables(path)
    assert tables is not None
    return tables


def rows(table: RawTable) -> list[tuple[Any, ...]]:
    read = [row.cells for row in table.read_rows()]
    assert read == [row.cells for row in table.read_rows()]  # may be called again
    return read


def filled(table: RawTable) -> int:
    return sum(any(cell not in (None, "") for cell in row.cells) for row in table.read_rows())


def count_sheet_rows(path: Path) -> list[int]:
    """Count the rows with any value in the XML of each sheet, which no library of ours reads here."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    counts = []
    with zipfile.ZipFile(path) as archive:
        has_strings = "xl/sharedStrings.xml" in archive.namelist()
        strings = list(ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))) if has_strings else []
        parts = sorted(part for part in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", part))
        for part in parts:
            count = 0
            for row in ElementTree.fromstring(archive.read(part)).iter(f"{name}row"):
                texts = [cell.findtext(f"{name}v") or "".join(cell.itertext()) for cell in row]
                shared_ones = [cell.get("t") == "s" for cell in row]
                parts_of_row = zip(texts, shared_ones, strict=True)
                count += any("".join(strings[int(text)].itertext()) if s and text else text for text, s in parts_of_row)
            counts.append(count)
    return [count for count in counts if count]


@pytest.mark.parametrize("name", shared(".xlsx"))
def test_every_shared_workbook_has_the_rows_that_its_xml_has(mirror_folder: Path, name: str) -> None:
    tables = open_tables(mirror_folder / name)
    assert tables is not None
    assert [filled(table) for table in tables] == count_sheet_rows(mirror_folder / name)


def count_records(content: Any) -> int:
    """Count the objects in the lists that the file has at its top; an object without such lists is itself counted."""
    if isinstance(content, list):
        return len(content)
    lists = [value for value in content.values() if isinstance(value, list) and any(isinstance(v, dict) for v in value)]
    is_keyed = all(isinstance(value, dict) for value in content.values())
    return sum(map(len, lists)) if lists else count_named(content) if is_keyed else 1


def count_named(content: dict[str, Any]) -> int:
    """Count the objects with a value of their own, however deep under names, and what lists under names hold."""
    has_values = any(not isinstance(value, (dict, list)) for value in content.values())
    inner = sum(count_named(value) for value in content.values() if isinstance(value, dict))
    return has_values + inner + sum(len(value) for value in content.values() if isinstance(value, list))


@pytest.mark.parametrize("name", shared(".json"))
def test_every_shared_json_file_has_its_records(mirror_folder: Path, name: str) -> None:
    tables = open_tables(mirror_folder / name)
    assert tables is not None
    assert sum(len(rows(table)) for table in tables) == count_records(json.loads((mirror_folder / name).read_bytes()))


MARKS = {
    "ocean/estonia-seafarer-documents/meremehed.xml": r"<meremees>",
    "resources/usgs-water-nwis/WaterML1Example.xml": r"<ns1:value |<ns2:value |<value ",
    "resources/usgs-water-nwis/WaterML2Example.xml": r"<wml2:point>",
    "employment/holiday-cn/2024.ics": r"BEGIN:VEVENT",
    "resources/usgs-water-nwis/RDB1Example.txt": r"(?m)^USGS\t",
}


@pytest.mark.parametrize(("name", "mark"), MARKS.items(), ids=MARKS)
def test_every_other_shared_file_has_a_row_for_each_mark(mirror_folder: Path, name: str, mark: str) -> None:
    tables = open_tables(mirror_folder / name)
    assert tables is not None
    [table] = tables
    assert len(rows(table)) == len(re.findall(mark, (mirror_folder / name).read_text()))


def test_plain_text_is_left_to_the_reader_of_text(mirror_folder: Path) -> None:
    texts = [path for path in mirror_folder.rglob("*") if path.suffix in (".csv", ".txt", ".tsv", ".md")]
    opened = [path.name for path in texts if path.name != "RDB1Example.txt" and open_tables(path) is not None]
    assert texts
    assert opened == []


UNOPENED = {
    "nothing": b"",
    "a footnote": b"[1] a footnote\n",
    "a title in brackets": b"[Notes], 2024\n1,2\n",
    "braces": b"{not json}\na,b\n",
    "names in angle brackets": b"<name>,<age>\n1,2\n",
    "limits of detection": b"<0.05,<b \n",
    "a page of the web": b"<!DOCTYPE html><html><table></table></html>",
    "what is to be unpacked": b"\x1f\x8b\x08x",
}


@pytest.mark.parametrize("content", UNOPENED.values(), ids=UNOPENED)
def test_what_only_looks_like_a_format_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert open_tables(tmp_path / "file") is None


def codes(tables: Iterable[RawTable]) -> list[str]:
    return [finding.code for table in tables for finding in table.findings]


def test_every_sheet_is_a_table_and_what_is_special_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "=1+1"])
    book.active.append([1, 2])
    book.active.merge_cells("A2:A3")
    book.create_sheet("empty")
    book.create_sheet("secret").append(["x"])
    book["secret"].sheet_state = "hidden"
    book.save(tmp_path / "book")
    tables = open_tables(tmp_path / "book")
    assert tables is not None
    assert [(table.name, table.source["sheet"], rows(table)) for table in tables] == [
        ("Sheet", "Sheet", [("a", "=1+1"), (1, 2), (1,)]),
        ("secret", "secret", [("x",)]),
    ]
    assert codes(tables) == ["empty-sheet", "merged-cells", "formulas", "hidden-sheet"]


def test_json_tells_lists_doubled_keys_and_what_lies_outside_its_tables(tmp_path: Path) -> None:
    content = b'{"year": 2024, "rows": [{"a": 1, "a": 1.50}, {"b": [1]}], "n": {"more": [{"c": null}]}, "list": [1, 2]}'
    tables = open_file(tmp_path, content)
    assert [(table.source.get("records"), table.header, rows(table)) for table in tables] == [
        ("rows", ("a", "b"), [(1.5, None), (None, "[1]")]),
        ("n.more", ("c",), [(None,)]),
    ]
    assert codes(tables) == ["left-out", "left-out", "nested", "doubled-key"]
    assert "year = 2024" in tables[0].findings[0].message.spoken("en")


JSON: dict[str, tuple[bytes, str, tuple[str, ...] | None, list[tuple[Any, ...]]]] = {
    "lists of lists": (b'[["a", "b"], [1, null]]', "json", None, [("a", "b"), (1, None)]),
    "an object of objects": (b'{"x": {"n": 1}, "y": {"n": 2}}', "json", ("key", "n"), [("x", 1), ("y", 2)]),
    "one object": (b'{"n": 1, "l": [1]}', "json", ("n", "l"), [(1, "[1]")]),
    "UTF-16": ('[{"城": "北京"}]'.encode("utf-16"), "json", ("城",), [("北京",)]),
    "GB18030": ('[{"城": "北京"}]'.encode("gb18030"), "json", ("城",), [("北京",)]),
    "digits beyond a float": (b'[{"n": 0.12345678901234567890}]', "json", ("n",), [("0.12345678901234567890",)]),
    "JSON Lines": (b'{"a": 1}\n\n{"b": {"c": 2.0}}\n', "jsonl", ("a", "b"), [(1, None), (None, '{"c": 2.0}')]),
    "GeoJSON": (
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": 1}, "id": 2,'
        b' "geometry": null}]}',
        "geojson",
        ("id", "id_2", "geometry"),
        [(1, 2, None)],
    ),
}


@pytest.mark.parametrize(("content", "form", "header", "cells"), JSON.values(), ids=JSON)
def test_json_of_every_shape_is_a_table(
    tmp_path: Path, content: bytes, form: str, header: tuple[str, ...] | None, cells: list[tuple[Any, ...]]
) -> None:
    [table] = open_file(tmp_path, content)
    assert (table.source["format"], table.header, rows(table)) == (form, header, cells)


COUNTIES = {"AL": {"name": "Alabama", "counties": {"001": {"name": "Autauga"}, "003": {"name": "Baldwin"}}}}
STATES = {**COUNTIES, "AK": {"name": "Alaska", "counties": {"013": {"name": "Aleutians"}}}}
NAMED: dict[str, tuple[Any, list[tuple[Any, Any, Any, list[tuple[Any, ...]]]]]] = {
    "one level below a key": (
        {"year": 2020, "states": {"AL": {"n": 1}, "AK": {"n": 2}}},
        [("states.*", ["states"], None, [("AL", 1), ("AK", 2)])],
    ),
    "two levels": (
        {"states": STATES},
        [
            ("states.*", ["states"], ["counties"], [("AL", "Alabama"), ("AK", "Alaska")]),
            (
                "states.*.counties.*",
                ["states", "counties"],
                None,
                [("AL", "001", "Autauga"), ("AL", "003", "Baldwin"), ("AK", "013", "Aleutians")],
            ),
        ],
    ),
    "lists of values": (
        {"HK": {"island": ["east", "south"], "sea": ["west"]}, "MO": {"shore": ["a"]}},
        [
            (
                "*.*",
                ["key", "key_2"],
                None,
                [("HK", "island", "east"), ("HK", "island", "south"), ("HK", "sea", "west"), ("MO", "shore", "a")],
            )
        ],
    ),
    "the same names in each": (
        {"2020": {"AL": {"n": 1}, "AK": {"n": 2}}, "2021": {"AL": {"n": 3}, "AK": {"n": 4}}},
        [("*.*", ["key", "key_2"], None, [("2020", "AL", 1), ("2020", "AK", 2), ("2021", "AL", 3), ("2021", "AK", 4)])],
    ),
    "more lists of records than a file has tables": (
        {f"{number:03}": [{"n": number}, {"n": -number}] for number in range(201)},
        [("*", ["key"], None, [(f"{number:03}", n) for number in range(201) for n in (number, -number)])],
    ),
    "a key that no path leads to": (
        {"a.b": {"x": {"n": 1}}, "c": {"y": {"m": 1}, "z": {"m": 2}}},
        [("c.*", ["c"], None, [("y", 1), ("z", 2)])],
    ),
    "records with objects that all of them have": (
        {"s": {"A": {"n": 1, "at": {"x": 1}}, "B": {"n": 2, "at": {"x": 2}}}},
        [("s.*", ["s"], None, [("A", 1, '{"x": 1}'), ("B", 2, '{"x": 2}')])],
    ),
    "a name that a column has already": (
        {"n": {"A": {"n": 1}, "B": {"n": 2}}},
        [("n.*", ["n_2"], None, [("A", 1), ("B", 2)])],
    ),
    "settings, which are one record": ({"a": {"x": 1}, "b": {"y": {"z": 2}}}, [(None, None, None, [])]),
}


@pytest.mark.parametrize(("content", "expected"), NAMED.values(), ids=NAMED)
def test_json_records_under_names_are_tables_with_the_names_as_columns(
    tmp_path: Path, content: Any, expected: list[tuple[Any, Any, Any, list[tuple[Any, ...]]]]
) -> None:
    tables = open_file(tmp_path, json.dumps(content).encode())
    sources = [tuple(table.source.get(key) for key in ("records", "keys", "ignore")) for table in tables]
    assert sources == [described[:3] for described in expected]
    assert [rows(table) for table in tables if table.source.get("keys")] == [cells for *_, cells in expected if cells]


def test_what_lies_beside_records_under_names_is_told(tmp_path: Path) -> None:
    content = b'{"year": 2020, "notes": ["x"], "states": {"AL": {"n": 1, "l": [1]}, "AK": {"n": 2, "l": [2]}}}'
    [table] = open_file(tmp_path, content)
    assert table.header == ("states", "n", "l")
    words = [finding.message.spoken("en") for finding in table.findings if finding.code == "left-out"]
    assert ["year = 2020" in words[0], "notes" in words[1], len(words)] == [True, True, 2]


def test_a_broken_line_is_told_with_its_text_and_the_others_are_read(tmp_path: Path) -> None:
    [table] = open_file(tmp_path, b'{"a": 1}\n{"a": 2}\n{"a": oops\n{"a": 3}\n')
    assert [(row.line, row.cells) for row in table.read_rows()] == [(1, (1,)), (2, (2,)), (4, (3,))]
    [finding] = table.findings
    assert (finding.code, finding.severity, finding.line) == ("unreadable-line", "problem", 3)
    assert "oops" in finding.message.spoken("en")


def test_a_database_has_its_tables_but_not_its_views(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "file")
    connection.executescript(
        "CREATE TABLE t (a, b); CREATE TABLE u (c); CREATE VIEW v AS SELECT 1;"
        "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO t VALUES (1, x'00')"
    )
    connection.close()
    tables = open_tables(tmp_path / "file")
    assert tables is not None
    assert [(table.name, rows(table)) for table in tables] == [("t", [(1, "AA==")]), ("u", [])]
    assert codes(tables) == ["view", "view", "bytes"]


def test_a_kmz_file_is_read_like_the_kml_in_it(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("doc.kml", "<kml><Placemark><name>A</name></Placemark></kml>")
        archive.writestr("icon.png", b"x")
    [table] = open_file(tmp_path, out.getvalue())
    assert rows(table) == [("A",)]
    assert table.source == {"format": "kml", "compression": "zip", "member": "doc.kml"}
    assert codes([table]) == ["left-out"]


def test_a_zipped_shapefile_tells_its_encoding_its_coordinates_and_what_lies_beside_it(tmp_path: Path) -> None:
    out = io.BytesIO(zipped_shapefile("maps/cities", [("名", 1, None, None)]))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("maps/cities.prj", 'PROJCS["Beijing_1954_GK_20N",GEOGCS["x"]]')
        archive.writestr("readme.txt", "x")
    [table] = open_file(tmp_path, out.getvalue())
    assert rows(table) == [("名", "1.000", None, None, '{"type": "Point", "coordinates": [1.0, 2.0, 0.5]}')]
    assert table.source == {"format": "shapefile", "member": "maps/cities.shp", "encoding": "gb18030"}
    assert codes([table]) == ["left-out", "encoding", "projection"]


HOSTILE: dict[str, bytes] = {
    "a letter": zipped({"word/document.xml": b"<x/>"}),
    "a sheet of another program": zipped({"content.xml": b"<x/>"}),
    "JSON cut off": b'[{"a": 1}, {"a"',
    "JSON nested without end": b'[{"a": ' + b"[" * 100_000,
    "objects nested without end": b'{"a":' * 200_000,
    "XML with an entity": b'<!DOCTYPE x [<!ENTITY e "boom">]><x><r>&e;</r><r/></x>',
    "XML cut off": b"<x><r><a>1</a></r><r>",
    "a database cut off": b"SQLite format 3\0" + b"\x10\0\1\1" * 10,
    "Parquet cut off": b"PAR1" + b"\0" * 100,
    "an old workbook of nothing": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
    "a calendar cut off": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableSource, match="dossier"):
        list(map(rows, open_file(tmp_path, content, name="dossier")))


_CELLS = st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.text(max_size=8))
_TEXTS = st.text(min_size=1, max_size=6)


def _as_json(columns: dict[str, list[Any]]) -> bytes:
    return json.dumps([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]).encode()


def _as_parquet(columns: dict[str, list[Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(map(json.dumps, values)) for name, values in columns.items()}), out)
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(
    ("write", "expect"), [(_as_json, lambda cell: cell), (_as_parquet, json.dumps)], ids=["JSON", "Parquet"]
)
def test_whatever_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    write: Callable[[dict[str, list[Any]]], bytes],
    expect: Callable[[Any], Any],
    data: st.DataObject,
) -> None:
    height = data.draw(st.integers(1, 5))
    column = st.lists(_CELLS, min_size=height, max_size=height)
    columns = data.draw(st.dictionaries(_TEXTS, column, min_size=1, max_size=4))
    [table] = open_file(tmp_path_factory.getbasetemp(), write(columns), name="drawn")
    assert table.header == tuple(columns)
    assert rows(table) == [tuple(map(expect, row)) for row in zip(*columns.values(), strict=True)]
