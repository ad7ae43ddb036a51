"""Every format that a card's source may have becomes a typed table; a damaged file is an error that names it."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import datahall
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapefile
from datahall.errors import UnreadableSource

from tests.catalogs.card_drafts import draft, field, save_card, save_data

Rows = list[tuple[Any, ...]]


def read(home: Path, content: bytes, *, fields: list[dict[str, Any]], **source: Any) -> Rows:
    """Read `content` by a card with these fields; further words describe the source."""
    save_data(home, content, name="culture/data.bin")
    save_card(home, draft(sources=[{"path": "culture/data.bin", **source}], fields=fields))
    assert datahall.invalid_cards() == []
    return datahall.dataset("culture/visitors").polars().collect().rows()


def parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def database(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return bytes(connection.serialize())


def zipped_shapefile(name: str, rows: list[tuple[Any, ...]]) -> bytes:
    parts = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.POINTZ, encoding="gbk") as writer:
        writer.field("NAME", "C", size=20)
        writer.field("SIZE", "N", size=10, decimal=3)
        writer.field("DAY", "D")
        writer.field("OPEN", "L")
        for row in rows:
            writer.pointz(1, 2, 0.5)
            writer.record(*row)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for suffix, part in parts.items():
            archive.writestr(f"{name}.{suffix}", part.getvalue())
    return out.getvalue()


FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": 7,
            "properties": {"name": "A", "size": 1.50},
            "geometry": {"type": "Point", "coordinates": [1.5, 2]},
        },
        {"type": "Feature", "id": 8, "properties": None, "geometry": None},
    ],
}
RDB = b"# USGS\n#\nsite_no\tdt\tflow\n15s\t20d\t14n\n01\t2012-09-01\t191\n02\t2012-09-02\t\n"
ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:New Year\\, \r
 observed\r
DTSTART;VALUE=DATE:20240101\r
BEGIN:VALARM\r
TRIGGER:-PT1H\r
END:VALARM\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:20240202\r
DTSTART;TZID=Asia/Shanghai:20240202T080000\r
DTSTAMP:20240101T000000Z\r
END:VEVENT\r
END:VCALENDAR\r
"""
POINT = '{"type": "Point", "coordinates": [1.5, 2]}'
XML = b"""<?xml version="1.0"?><ns:towns xmlns:ns="urn:x"><about>2024</about><list>
<ns:town id="1"><name>A &amp; B</name><area unit="km2">5</area><tag>x</tag><tag>y</tag></ns:town>
<ns:town id="2"><name/><at><lat>1.5</lat></at>note</ns:town></list></ns:towns>"""
KML = b"""<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>All</name><Folder><name>Parks</name>
<Placemark><name>P</name><ExtendedData><Data name="size"><value>7</value></Data></ExtendedData>
<Point><coordinates> 1.5,2,0 </coordinates></Point></Placemark></Folder>
<Placemark><name>Q</name><ExtendedData><SchemaData>
<SimpleData name="name">inner</SimpleData></SchemaData></ExtendedData>
<MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 0,1 1,1 0,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></MultiGeometry></Placemark></Document></kml>"""
SQUARE = '{"type": "MultiPolygon", "coordinates": [[[[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]]]}'
TABLES: dict[str, tuple[bytes, dict[str, Any], list[dict[str, Any]], Rows]] = {
    "JSON Lines": (
        b'{"n": 1, "who": {"name": "A"}}\n\n{"n": 2.50, "tags": ["x", "y"]}\n',
        {"format": "jsonl"},
        [
            field("n", "string"),
            field("name", "string", source_name="who.name"),
            field("tags", "list"),
            field("who", "string"),
        ],
        [("1", "A", None, '{"name": "A"}'), ("2.50", None, ["x", "y"], None)],
    ),
    "GeoJSON": (
        json.dumps(FEATURES).encode(),
        {"format": "geojson"},
        [field("id", "integer"), field("name", "string"), field("size", "number"), field("geometry", "geojson")],
        [(7, "A", 1.5, POINT), (8, None, None, None)],
    ),
    "Parquet": (
        parquet(
            {
                "n": pa.array([1, None], pa.int32()),
                "price": pa.array([Decimal("1.10"), Decimal("12345678901234567890.12")]),
                "at": pa.array([datetime(2024, 1, 2, tzinfo=UTC), None], pa.timestamp("ns", tz="UTC")),
                "day": [date(2024, 1, 2), None],
                "tags": pa.array([["x"], None]).cast(pa.list_(pa.string())),
                "raw": [b"\x00\xff", None],
                "word": pa.array(["a", "b"]).dictionary_encode(),
            }
        ),
        {"format": "parquet"},
        [
            field("n", "integer"),
            field("price", "string"),
            field("at", "datetime", format="%Y-%m-%dT%H:%M:%S%z"),
            field("day", "date"),
            field("tags", "list"),
            field("raw", "string"),
            field("word", "string"),
        ],
        [
            (1, "1.1", datetime(2024, 1, 2, tzinfo=UTC), date(2024, 1, 2), ["x"], "AP8=", "a"),
            (None, "12345678901234567890.12", None, None, None, None, "b"),
        ],
    ),
    "SQLite": (
        database(
            'CREATE TABLE "a ""b""" (n INTEGER, t TEXT, b BLOB)',
            "CREATE TABLE other (x)",
            "CREATE VIEW seen AS SELECT 1",
            "INSERT INTO \"a \"\"b\"\"\" VALUES (1, 'ü', x'00ff'), (9007199254740993, CAST(x'61e9' AS TEXT), NULL)",
        ),
        {"format": "sqlite", "table": 'a "b"'},
        [field("n", "integer"), field("t", "string"), field("b", "string")],
        [(1, "ü", "AP8="), (9007199254740993, "a\\xe9", None)],
    ),
    "USGS RDB": (
        RDB,
        {"format": "rdb"},
        [field("site_no", "string"), field("dt", "date"), field("flow", "integer")],
        [("01", date(2012, 9, 1), 191), ("02", date(2012, 9, 2), None)],
    ),
    "iCalendar": (
        ICS,
        {"format": "ics", "ignore": ["nested", "DTSTAMP"]},
        [
            field("uid", "string", source_name="UID"),
            field("title", "string", source_name="SUMMARY"),
            field("start", "datetime", source_name="DTSTART"),
            field("zone", "string", source_name="DTSTART;TZID"),
        ],
        [
            ("1", "New Year, observed", datetime(2024, 1, 1), None),
            ("20240202", None, datetime(2024, 2, 2, 8), "Asia/Shanghai"),
        ],
    ),
    "XML": (
        XML,
        {"format": "xml", "records": "towns/list/town", "ignore": ["area@unit"]},
        [
            field("id", "integer", source_name="@id"),
            field("name", "string"),
            field("area", "number"),
            field("tags", "list", source_name="tag"),
            field("lat", "number", source_name="at/lat"),
            field("note", "string", source_name="#text"),
        ],
        [(1, "A & B", 5.0, ["x", "y"], None, None), (2, None, None, None, 1.5, "note")],
    ),
    "XML with one name in two namespaces": (
        b'<x xmlns:a="urn:a" xmlns:b="urn:b"><r a:n="1" b:n="2"><a:c>3</a:c><b:c>4</b:c></r></x>',
        {"format": "xml", "records": "x/r"},
        [field("n", "list", source_name="@n"), field("c", "list")],
        [(["1", "2"], ["3", "4"])],
    ),
    "KML": (
        KML,
        {"format": "kml"},
        [
            field("name", "string"),
            field("folder", "string"),
            field("size", "integer"),
            field("inner", "string", source_name="name_2"),
            field("geometry", "geojson"),
        ],
        [
            ("P", "Parks", 7, None, '{"type": "Point", "coordinates": [1.5, 2.0, 0.0]}'),
            ("Q", None, None, "inner", SQUARE),
        ],
    ),
    "shapefile": (
        zipped_shapefile("maps/cities", [("名", 1.25, date(2024, 1, 2), True), ("", None, None, None)]),
        {"format": "shapefile", "member": "maps/cities.shp", "encoding": "gbk"},
        [
            field("name", "string", source_name="NAME"),
            field("size", "number", source_name="SIZE"),
            field("day", "date", source_name="DAY"),
            field("open", "boolean", source_name="OPEN"),
            field("geometry", "geojson"),
        ],
        [
            ("名", 1.25, date(2024, 1, 2), True, '{"type": "Point", "coordinates": [1.0, 2.0, 0.5]}'),
            (None, None, None, None, '{"type": "Point", "coordinates": [1.0, 2.0, 0.5]}'),
        ],
    ),
}


@pytest.mark.parametrize(("content", "source", "fields", "rows"), TABLES.values(), ids=TABLES)
def test_a_table_is_read_as_the_card_says(
    home: Path, content: bytes, source: dict[str, Any], fields: list[dict[str, Any]], rows: Rows
) -> None:
    assert read(home, content, fields=fields, **source) == rows


@pytest.mark.parametrize(("content", "source", "fields", "_rows"), TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("damage", ["empty", "cut off", "something else"])
def test_a_damaged_file_is_an_error_that_names_it(
    home: Path, content: bytes, source: dict[str, Any], fields: list[dict[str, Any]], _rows: Rows, damage: str
) -> None:
    damaged = {"empty": b"", "cut off": content[: len(content) // 3], "something else": b"\x00\xffday\x93"}[damage]
    with pytest.raises(UnreadableSource, match=r"data\.bin"):
        read(home, damaged, fields=fields, **source)


TABLE, VIEW = "CREATE TABLE t (a)", "CREATE VIEW v AS SELECT 1 a"
LINES: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "a broken line of JSON": (b'{"a": 1}\n{"a": \n', {"format": "jsonl"}, "line 2"),
    "a line of JSON that is no object": (b'{"a": 1}\n\n[1]\n', {"format": "jsonl"}, "line 3: it is no JSON object"),
    "a value that does not fit": (b'{"a": 1}\n\n{"a": "x"}\n', {"format": "jsonl"}, "line 3, field a: 'x'"),
    "a short row of RDB": (b"a\tb\n1s\t1s\n1\t2\n1\n", {"format": "rdb"}, "line 4: it has fewer cells"),
    "a long row of RDB": (b"a\n1s\n1\n1\t2\n", {"format": "rdb"}, "line 4: it has more cells"),
    "an END without BEGIN": (b"BEGIN:VCALENDAR\nEND:VEVENT\n", {"format": "ics"}, "line 2: this END"),
    "a table that is not there": (
        database(TABLE),
        {"format": "sqlite", "table": "sqlite_schema"},
        "'t'",
    ),
    "an entity": (
        b'<!DOCTYPE x [<!ENTITY e "boom">]><x><r><a>&e;</a></r></x>',
        {"format": "xml", "records": "x/r"},
        "declares entities",
    ),
    "a file of the machine": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x><r><a>&e;</a></r></x>',
        {"format": "xml", "records": "x/r"},
        "declares entities",
    ),
    "elements in each other without end": (
        b"<a>" * 5_000,
        {"format": "xml", "records": "a/a"},
        "nested or repeated beyond measure",
    ),
    "records that are not there": (XML, {"format": "xml", "records": "towns/item"}, "it has: 'towns/about'"),
    "coordinates that are none": (
        KML.replace(b"1.5,2,0", b"1.5;2"),
        {"format": "kml"},
        "record 1: its coordinates are not",
    ),
    "a view": (
        database(TABLE, VIEW),
        {"format": "sqlite", "table": "v"},
        "'t'",
    ),
}


@pytest.mark.parametrize(("content", "source", "message"), LINES.values(), ids=LINES)
def test_what_cannot_be_read_is_named_with_its_place(
    home: Path, content: bytes, source: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnreadableSource, match=message):
        read(home, content, fields=[field("a", "integer")], **source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"format": "xml"}, "an XML source needs records"),
        ({"format": "csv", "member": "a.csv"}, "member names a file in a zip archive"),
    ],
    ids=["XML without a path", "a member of what is no archive"],
)
def test_a_source_that_cannot_be_read_as_described_is_a_fault_of_its_card(
    home: Path, source: dict[str, Any], words: str
) -> None:
    save_card(home, draft(sources=[{"path": "culture/data.bin", **source}]))
    [problem] = datahall.invalid_cards()
    assert words in problem.message


def test_every_format_of_a_source_has_its_names_in_the_vocabulary() -> None:
    from datahall.card import FileFormat

    assert set(FileFormat.__args__) <= set(datahall.formats())


def test_reading_a_database_leaves_nothing_beside_it(home: Path) -> None:
    read(home, database(TABLE), fields=[field("a", "integer")], format="sqlite")
    assert sorted(path.name for path in (home / "datasets/culture").iterdir()) == ["data.bin", "visitors.yaml"]


def test_a_table_without_rows_is_an_empty_table(home: Path) -> None:
    assert read(home, b"a\n1s\n", fields=[field("a", "integer")], format="rdb") == []
