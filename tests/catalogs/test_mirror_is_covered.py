"""No data of the mirror is forgotten: each of its tables is a source of a card, or is left out for a stated reason."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import datahall
import pytest
import yaml
from datahall.card import Source

from tests.catalogs.plain_workbook import read_cells

_MIRROR = Path(os.environ.get("DATAHALL_MIRROR") or "/nowhere")
_KINDS = ("twin-format", "twin-encoding", "twin-copy", "messy-variant", "derived", "documentation")
_ABOUT_THE_MIRROR = ("SOURCE.md", "index.json")
_LEFT_OUT: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("left_out.yaml").read_text())
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"


def _of_kind(*kinds: str) -> list[str]:
    return [path for path, entry in _LEFT_OUT.items() if entry["kind"] in kinds]


@pytest.fixture(scope="module")
def sources() -> dict[str, list[Source]]:
    """The sources of all cards by their sha256."""
    found: dict[str, list[Source]] = {}
    for item in datahall.datasets():
        for source in item.card.sources:
            found.setdefault(source.sha256 or "", []).append(source)
    return found


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name not in _ABOUT_THE_MIRROR:
            yield file.relative_to(folder).as_posix(), file


def test_every_file_is_a_source_of_a_card_or_left_out_for_a_reason(
    mirror_folder: Path, sources: dict[str, list[Source]]
) -> None:
    files = dict(_files(mirror_folder))
    used = {path for path, file in files.items() if _digest(file) in sources}
    assert len(used) > 180
    assert set(files) - used - set(_LEFT_OUT) == set(), "write a card for it, or an entry of left_out.yaml"
    assert used & set(_LEFT_OUT) == set(), "it has a card; take it out of left_out.yaml"
    assert set(_LEFT_OUT) - set(files) == set(), "there is no such file any more"


def test_the_mirror_has_no_file_whose_tables_nobody_counts(mirror_folder: Path) -> None:
    """A database, an archive or layers would need a test of their own here, as workbooks and JSON have."""
    of_one_table = {".csv", ".txt", ".dat", ".xml", ".ics", ".yml"}
    assert {file.suffix for _, file in _files(mirror_folder)} <= {*of_one_table, ".xlsx", ".json"}


def test_every_sheet_of_a_workbook_is_a_source_of_a_card(mirror_folder: Path, sources: dict[str, list[Source]]) -> None:
    books = [(path, file) for path, file in _files(mirror_folder) if file.suffix == ".xlsx" and path not in _LEFT_OUT]
    assert len(books) >= 4
    for path, book in books:
        with zipfile.ZipFile(book) as archive:
            tree = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        sheets = [sheet.get("name") for sheet in tree.iter(_SHEET)]
        assert {source.sheet or sheets[0] for source in sources[_digest(book)]} == set(sheets), path


def test_every_list_of_records_in_a_json_file_is_a_source_of_a_card(
    mirror_folder: Path, sources: dict[str, list[Source]]
) -> None:
    for path, file in _files(mirror_folder):
        if file.suffix != ".json" or path in _LEFT_OUT:
            continue
        content = json.loads(file.read_text())
        lists = (
            {key for key, value in content.items() if isinstance(value, list)} if isinstance(content, dict) else {""}
        )
        wanted = (lists - {"papers"}) or set(content)  # papers are the addresses of the notices
        roots = {(source.records or "").partition(".")[0] for source in sources[_digest(file)]}
        assert roots in ({"*"}, wanted), path


@pytest.mark.parametrize("path", _LEFT_OUT)
def test_what_is_left_out_has_a_known_reason_and_names_cards_that_exist(path: str) -> None:
    entry = _LEFT_OUT[path]
    assert set(entry) == {"kind", "of"}
    assert entry["kind"] in _KINDS
    assert entry["of"]
    for dataset_id in entry["of"]:
        assert datahall.dataset(dataset_id).card.theme == path.split("/")[0]


def _originals(path: str, folder: Path) -> Iterator[tuple[Source, Path]]:
    """Yield the sources of the cards that stand for a file which is left out."""
    index = {entry["sha256"]: entry["path"] for entry in json.loads((folder / "index.json").read_text())}
    for dataset_id in _LEFT_OUT[path]["of"]:
        for source in datahall.dataset(dataset_id).card.sources:
            yield source, folder / index[source.sha256 or ""]


def _rows(file: Path, *, source: Source) -> list[list[str]]:
    """Return the rows in which something stands, as the csv module reads them."""
    text = file.read_bytes().decode(source.encoding).removeprefix("\ufeff")
    for old, new in source.replace.items():
        text = text.replace(old, new)
    delimiter = source.delimiter or ("\t" if source.format == "tsv" else ",")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]


@pytest.mark.parametrize("path", _of_kind("twin-encoding"))
def test_a_twin_in_another_encoding_has_the_same_text(path: str, mirror_folder: Path) -> None:
    ((_, original),) = _originals(path, mirror_folder)
    encoding = "utf-16" if "utf-16" in path else "gb18030"
    assert (mirror_folder / path).read_bytes().decode(encoding) == original.read_text()


@pytest.mark.parametrize("path", _of_kind("twin-copy"))
def test_a_copy_has_the_same_rows(path: str, mirror_folder: Path) -> None:
    ((source, original),) = _originals(path, mirror_folder)
    assert _rows(mirror_folder / path, source=source)[1:] == _rows(original, source=source)[1:]


@pytest.mark.parametrize("path", [path for path in _of_kind("twin-format") if path.endswith(".xlsx")])
def test_a_workbook_has_the_rows_of_its_twin_in_text(path: str, mirror_folder: Path) -> None:
    twins = (twin for twin in _originals(path, mirror_folder) if Path(path).stem.startswith(twin[1].stem))
    source, original = next(twins)
    book = [row for row in read_cells((mirror_folder / path).read_bytes(), sheet=None) if any(row)]
    assert _beginnings(book) == _beginnings(_rows(original, source=source))


def _beginnings(rows: list[list[str]]) -> list[list[str]]:
    """Return what rows begin with, sorted: one of the twins has its rows and columns in another order."""
    below_the_header = [row for row in rows if any(map(str.isdecimal, row))]
    return sorted(sorted((*row, "")[:2]) for row in below_the_header)


def test_the_calendar_has_days_off_of_its_twin(mirror_folder: Path) -> None:
    (path,) = [path for path in _of_kind("twin-format") if path.endswith(".ics")]
    file = mirror_folder / path
    days = {day["date"].replace("-", "") for day in json.loads(file.with_suffix(".json").read_text())["days"]}
    lines = file.read_text().splitlines()
    begins = {line.partition(":")[2] for line in lines if line.startswith("DTSTART;VALUE=DATE:")}
    assert begins <= days
    assert len(begins) == lines.count("BEGIN:VEVENT")


def test_the_tree_of_divisions_holds_nothing_but_them(mirror_folder: Path) -> None:
    (path,) = _of_kind("derived")
    tables = [_rows(file, source=source) for source, file in _originals(path, mirror_folder)]
    known = {(row[0], row[1]) for table in tables for row in table}
    assert set(_divisions(json.loads((mirror_folder / path).read_text()))) <= known


def _divisions(nodes: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        yield node["code"], node["name"]
        yield from _divisions(node.get("children", []))
