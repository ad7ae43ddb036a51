"""Every text file of the shared mirror goes through `datahall.add`: right rows, encoding and delimiter, and it can be
fetched with the draft card. What is expected is counted and read here without any of the code under test."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import datahall
import pytest

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
    assert addition.rows == datahall.add(mirror_folder / text).rows
    assert datahall.dataset("statistics/draft").polars().collect().height == addition.rows
