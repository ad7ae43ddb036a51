"""Every text file of the shared mirror goes through `datahall.add`: right rows, encoding and delimiter, and it can be
fetched with the draft card. What is expected is counted and read here without any of the code under test."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import datahall
import pytest
from datahall._adding.tables import AddedTable
from datahall.card import Source

from tests.catalogs.added_files import accept_draft
from tests.catalogs.plain_sources import is_packaged, records_of

_MIRROR = Path(os.environ.get("DATAHALL_MIRROR") or "/nowhere")
_ENCODINGS = {
    "ASCII": "utf-8",
    "UTF-8": "utf-8",
    "UTF-8 with BOM": "utf-8",
    "Windows-1252/Latin-1": "cp1252",
    "Windows-1257 (Baltic)": "cp1257",
}
_DELIMITERS = {"TAB": "\t"}
# What a person sees in the files that are no plain "one header line, then data".
_LINES_ABOVE = {  # lines before the first data row
    "fisher.wheat_1852-1918.csv": 5,
    "apteegid010120.csv": 3,
    "apteegid150220.csv": 3,
    "RDB1Example.txt": 24,
    **dict.fromkeys(("airports.dat", "airlines.dat", "routes.dat", "planes.dat", "countries.dat"), 0),
    **dict.fromkeys(("meetmedmeasures.csv", "allmarkusedfootnotes.csv", "lisadokumendidadditionaldocuments.csv"), 0),
    **dict.fromkeys(
        ("lisakoodidadditionalcodes.csv", "meetmeliigidmeasuretypes.csv", "tegevuskoodidactioncodes.csv"), 0
    ),
    **dict.fromkeys(("mootuhikudmeasurementunits.csv", "tingimuseliigidconditiontypes.csv"), 0),
    "riiklikemeetmeteveergudekirjelduseddescriptionofnationalmeasurescolumns.csv": 0,
}
_NOTES_BELOW = {"fisher.wheat_1852-1918.csv": 3}
# Files of which no encoding reads all bytes; the one named reads nearly all.
_BROKEN = {"apc_se.csv": "utf-8", "biopics.csv": "utf-8"}
_UNDECIDED = ("nextBechdel_crewGender.csv",)  # mixed by its makers; any encoding that loses nothing will do
_FAMILIES = ("credit", "weather")  # dozens of files of one make: counted, but not each is fetched


def _text_files() -> list[tuple[str, str]]:
    index = _MIRROR / "index.json"
    entries = json.loads(index.read_text()) if index.is_file() else []
    texts = [entry for entry in entries if entry["path"].endswith((".csv", ".tsv", ".txt", ".dat"))]
    return [(entry["path"], entry["encoding"]) for entry in texts]


def _layouts() -> Iterator[tuple[str, str]]:
    """The mirror's own notes say how each file is laid out: ``sep ;, CRLF``."""
    for notes in _MIRROR.glob("*/*/SOURCE.md"):
        for name, layout in re.findall(r"^\| `([^`]+)` .*\| sep (TAB|.)[,;]? ", notes.read_text(), re.MULTILINE):
            yield str(notes.parent.relative_to(_MIRROR) / name), _DELIMITERS.get(layout, layout)


_DELIMITER_OF = dict(_layouts())


def _count_rows(path: Path, *, encoding: str, delimiter: str) -> int:
    """Count the rows in which something stands, below the lines above the table and without the notes below it."""
    text = path.read_bytes().decode(encoding, "replace").removeprefix("\ufeff")
    lines = text.splitlines(keepends=True) if "\r" in text and "\n" not in text else text.split("\n")
    above = _LINES_ABOVE.get(path.name, 1)
    body = "\n".join(line.rstrip("\r\n") for line in lines) if above == 0 else _without_header(lines, above)
    rows = csv.reader(io.StringIO(body), delimiter=delimiter)
    return sum(any(cells) for cells in rows) - _NOTES_BELOW.get(path.name, 0)


def _without_header(lines: list[str], above: int) -> str:
    return "\n".join(line.rstrip("\r\n") for line in lines[above:])


def test_the_mirror_holds_text_files(mirror_folder: Path) -> None:
    assert len(_text_files()) > 100
    assert {path for path, _ in _text_files()} <= set(_DELIMITER_OF)


@pytest.mark.parametrize(("path", "written"), _text_files())
def test_a_text_file_of_the_mirror_has_its_rows_and_can_be_fetched(path: str, written: str) -> None:
    file = _MIRROR / path
    theme = path.split("/")[0]
    addition = datahall.add(file, save=f"{theme}/draft")
    (table,) = addition.tables
    assert all(finding.as_json("en") != finding.as_json("zh") for finding in table.findings)
    source = table.card["sources"][0]
    encoding = _BROKEN.get(file.name) or _ENCODINGS.get(written, written)
    if file.name not in _UNDECIDED:
        assert source.get("encoding", "utf-8") == encoding
    delimiter = source.get("delimiter", "," if source["format"] == "csv" else "\t")
    assert delimiter == _DELIMITER_OF[path]
    assert addition.rows == _count_rows(file, encoding=source.get("encoding", "utf-8"), delimiter=delimiter)
    if theme in _FAMILIES:
        return
    accept_draft(f"{theme}/draft")
    version = datahall.store.fetch(f"{theme}/draft")
    assert datahall.store.load_record(f"{theme}/draft", version)["rows"] == addition.rows


@pytest.mark.parametrize(
    ("text", "workbook"),
    [
        ("medical/estonia-pharmacies/apteegid010120.csv", "medical/estonia-pharmacies/apteegid010120.xlsx"),
        (
            "social-security/estonia-star-benefit-parameters/parameeter.csv",
            "social-security/estonia-star-benefit-parameters/parameeterexcel.xlsx",
        ),
    ],
)
def test_a_workbook_has_the_rows_of_its_twin_in_text(mirror_folder: Path, text: str, workbook: str) -> None:
    addition = datahall.add(mirror_folder / workbook, save="statistics/draft")
    accept_draft("statistics/draft")
    assert addition.rows == datahall.add(mirror_folder / text).rows
    assert datahall.dataset("statistics/draft").polars().collect().height == addition.rows


# What a draft may say otherwise than the card that a person has written: (type of the card, type of the draft).
_AS_SENSIBLE = {
    ("number", "integer"): "all numbers of the file happen to be whole",
    ("string", "integer"): "codes without zeros before them lose nothing as numbers",
    ("boolean", "integer"): "1 and 0 may be numbers",
    ("boolean", "string"): "words of other languages, or a mark and nothing, mean yes and no to a reader only",
    ("list", "string"): "what stands between the items of a list, only a reader knows",
    ("date", "datetime"): "moments that all are midnight are still moments",
}
_OTHERWISE = {
    (
        "agriculture/broadbalk-wheat",
        "year",
    ): "the lines of means below are called Mean and Table 1 Fisher, and are told",
    ("finance/estonia-customs-measures", "valid_to"): "the column is empty",
    ("health/china-covid-19-early-2020", "city_code"): "codes that a spreadsheet made numbers of: 330300.0",
    ("quality/arabica-coffee-grades", "graded"): "days with endings: April 4th, 2015",
    ("quality/robusta-coffee-grades", "graded"): "days with endings: April 4th, 2015",
    ("safety/us-accident-injuries", "loaded"): "names of zones, which mean several offsets: EDT",
    ("safety/us-inspection-triggers", "loaded"): "names of zones, which mean several offsets: EDT",
    ("safety/us-inspections-by-emphasis-programme", "loaded"): "names of zones, which mean several offsets: EDT",
    ("statistics/country-codes", "currency_decimals"): "2,2 for two currencies looks like a decimal comma, and is told",
}
_OTHER_TABLES = {
    "geography/canada-provinces": "the draft has the states of both countries, with the country as a column",
    "geography/us-counties": "the draft has the country as a column",
    "geography/us-states": "the draft has the states of both countries, with the country as a column",
    "resources/potomac-river-discharge": "the draft has the element around the card's as its rows",
}
_MEANS_BELOW = {"agriculture/broadbalk-wheat": 2}  # lines of totals stay rows, with a finding; the card has them not
_MANY = 5  # sources; of more, dozens of files of one make, the first is enough


def _mirrored() -> list[str]:
    cards = [item for item in datahall.datasets() if not item.card.synthetic and not is_packaged(item.card)]
    return sorted({item.id for item in cards} - set(_OTHER_TABLES))


@cache
def _add(path: Path) -> tuple[AddedTable, ...]:
    return datahall.add(path).tables


def _draft_of(source: Source, folder: Path) -> AddedTable:
    index = {entry["sha256"]: entry["path"] for entry in json.loads((folder / "index.json").read_text())}
    tables = _add(folder / index[source.sha256 or ""])
    wanted = (source.sheet or tables[0].card["sources"][0].get("sheet"), source.records)
    [table] = [table for table in tables if _part_of(table) == wanted]
    return table


def _part_of(table: AddedTable) -> tuple[str | None, str | None]:
    [source] = table.card["sources"]
    return source.get("sheet"), source.get("records")


@pytest.mark.parametrize("dataset_id", _mirrored())
def test_a_draft_has_the_rows_and_the_fields_of_the_card_that_a_person_wrote(
    dataset_id: str, mirror_folder: Path
) -> None:
    card = datahall.dataset(dataset_id).card
    for source in card.sources if len(card.sources) <= _MANY else card.sources[:1]:
        table = _draft_of(source, mirror_folder)
        as_it_is = source.model_copy(update={"unpivot": None})
        expected = sum(1 for _ in records_of(as_it_is, mirror_folder)) + _MEANS_BELOW.get(dataset_id, 0)
        assert table.rows == expected
        drafted = _types_by_source_name(table, source=source)
        made = (*source.constants, *((source.unpivot.name, source.unpivot.value) if source.unpivot else ()))
        for field in card.fields:
            if field.source_column not in made and (dataset_id, field.name) not in _OTHERWISE:
                types = (field.type, drafted[field.source_column])
                assert types[0] == types[1] or types in _AS_SENSIBLE, field.name


def _types_by_source_name(table: AddedTable, *, source: Source) -> dict[str, str]:
    """Return the types of the draft's fields, by the names that the card gives columns which have none."""
    fields = table.card["fields"]
    given = source.columns or source.keys
    return {
        **{entry.get("source_name", entry["name"]): entry["type"] for entry in fields},
        **dict(zip(given, (entry["type"] for entry in fields), strict=False)),
    }


def test_every_exception_of_a_draft_is_still_one_of_a_card() -> None:
    fields = {(item.id, field.name) for item in datahall.datasets() for field in item.card.fields}
    assert set(_OTHERWISE) <= fields
    assert {*_OTHER_TABLES, *_MEANS_BELOW} <= {dataset_id for dataset_id, _ in fields}


def test_what_describes_data_in_yaml_is_no_table(mirror_folder: Path) -> None:
    with pytest.raises(datahall.UnreadableSource, match="a YAML document"):
        datahall.add(mirror_folder / "statistics/country-codes-un-m49/datapackage.yml")
