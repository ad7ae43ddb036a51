"""What departments hand over is read as a careful clerk expects; `messy/README.md` says what that is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall.cli import run

from tests.catalogs.added_files import accept_draft
from tests.catalogs.messy_packs import PACKS, TEXTS, make_pack


def _rows(*, column: str) -> Iterator[dict[str, str]]:
    """Yield the rows of the README's tables that have a `column`."""
    header: list[str] = []
    for line in (TEXTS / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("\0", "|") for cell in line.replace("\\|", "\0").strip("|").split("|")]
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells
        elif column in header and not cells[0].startswith("---"):
            yield dict(zip(header, cells, strict=True))


def _expected(*, column: str) -> list[Any]:
    return [pytest.param(row, id=row["file"]) for row in _rows(column=column)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own, so that nothing is written beside the shipped files."""
    place = tmp_path / "handed-over"
    place.mkdir()
    return place


def _hand_over(name: str, *, folder: Path) -> Path:
    if name in PACKS:
        return make_pack(name, folder=folder)
    return Path(shutil.copy(TEXTS / name, folder / name))


def _first_lines(answer: dict[str, Any], *, codes_with_line: set[str]) -> set[str]:
    """Return each code that was told, with its first line where one is expected."""
    lines: dict[str, list[int]] = {}
    for finding in (finding for table in answer["tables"] for finding in table["findings"]):
        lines.setdefault(finding["code"], []).extend([finding["line"]] if finding["line"] else [])
    return {f"{code}@{min(told, default=None)}" if code in codes_with_line else code for code, told in lines.items()}


def _fetch_row(file: Path, *, table: str | None, at: int) -> list[Any]:
    datahall.add(file, save="statistics/messy", table=table)
    accept_draft("statistics/messy")
    row = datahall.dataset("statistics/messy").polars().collect().row(at)
    return [value if value is None or isinstance(value, str | int | float) else str(value) for value in row]


@pytest.mark.parametrize("expected", _expected(column="rows"))
def test_a_messy_file_is_read_as_a_careful_clerk_expects(
    expected: dict[str, str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _hand_over(expected["file"], folder=folder)
    findings = set(expected["findings"].split())

    exit_code = run(["add", str(file), "--json"])
    answer = json.loads(capsys.readouterr().out)

    assert answer["rows"] == int(expected["rows"])
    source = answer["tables"][0]["card"]["sources"][0]
    if expected["encoding"]:
        assert source.get("encoding", "utf-8") == expected["encoding"]
    if expected["delimiter"]:
        used = source.get("delimiter", "\t" if source["format"] == "tsv" else ",")
        assert f"`{used}`" == expected["delimiter"].replace("\\t", "\t")
    if expected["types"]:
        types = [" ".join(field["type"] for field in table["fields"]) for table in answer["tables"]]
        assert types == expected["types"].split(" / ")
    told = _first_lines(answer, codes_with_line={code.split("@")[0] for code in findings if "@" in code})
    assert told == findings
    assert exit_code == bool(findings)
    if expected["a row"]:
        at, cells = expected["a row"].split(":", 1)
        table = answer["tables"][0]["name"] if len(answer["tables"]) > 1 else None
        assert _fetch_row(file, table=table, at=int(at)) == json.loads(cells)


@pytest.mark.parametrize("expected", _expected(column="code"))
def test_what_is_no_table_is_refused(
    expected: dict[str, str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _hand_over(expected["file"], folder=folder)

    exit_code = run(["add", str(file), "--json"])
    error = json.loads(capsys.readouterr().out)["error"]

    assert (exit_code, error["code"]) == (2, expected["code"])
    assert expected["file"] in error["message"]
    assert error["hint"]


def test_every_messy_file_has_its_row() -> None:
    rows = {row["file"] for column in ("rows", "code") for row in _rows(column=column)}

    assert rows == {file.name for file in TEXTS.iterdir() if file.name != "README.md"} | set(PACKS)
