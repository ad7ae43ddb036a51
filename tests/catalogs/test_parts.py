"""Rows that are too many for one file lie in parts, and everything reads them like one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datahall
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest
import yaml
from datahall import DatahallError, Dataset, _version_writing, store
from datahall.cli import app
from datahall.retention import collect_garbage
from typer.testing import CliRunner

from tests.catalogs.card_drafts import draft, save_card, save_data

ID = "culture/visitors"
COUNTS = [day * day for day in range(1, 13)]
FILES = ["chart.json", "data.parquet", "sketches.npz", "version.json"]
NAMES = ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]


def write_edition(home: Path, counts: list[int]) -> None:
    """Write a card and its data: one row for each day."""
    rows = "".join(f"2024-01-{day:02},{count}\n" for day, count in enumerate(counts, start=1))
    save_data(home, f"day,visitors\n{rows}".encode())
    save_card(home, draft(primary_key=["day"]))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is full when it has five rows."""
    monkeypatch.setattr(_version_writing, "GROUP_ROWS", 5)
    monkeypatch.setattr(_version_writing, "PART_BYTES", 1)


@pytest.fixture
def in_parts(home: Path) -> Dataset:
    """Twelve days in three parts."""
    write_edition(home, COUNTS)
    dataset = datahall.dataset(ID)
    dataset.fetch()
    return dataset


def test_rows_beyond_the_size_of_a_part_go_to_the_next(in_parts: Dataset) -> None:
    parts = in_parts.parquet_paths()
    assert [path.name for path in parts] == in_parts.record()["parts"] == NAMES
    assert [pl.read_parquet(path).height for path in parts] == [5, 5, 2]
    assert in_parts.rows == 12


@pytest.mark.parametrize("rows", [0, 1, 5], ids=["no rows", "one row", "as many as a part holds"])
def test_what_one_part_can_hold_is_one_file(home: Path, rows: int) -> None:
    write_edition(home, COUNTS[:rows])
    version = datahall.dataset(ID).fetch()
    assert datahall.dataset(ID).parquet_paths() == [datahall.dataset(ID).parquet_path()]
    assert sorted(path.name for path in (home / "store" / ID / version).iterdir()) == FILES


def test_parts_have_no_influence_on_a_versions_name(
    in_parts: Dataset, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = in_parts.version
    monkeypatch.setattr(_version_writing, "PART_BYTES", 1 << 30)
    monkeypatch.setenv("DATAHALL_HOME", str(home / "other"))
    write_edition(home / "other", COUNTS)
    assert datahall.dataset(ID).fetch() == version
    assert len(datahall.dataset(ID).parquet_paths()) == 1


READERS: dict[str, Callable[[Dataset], list[int]]] = {
    "polars": lambda ds: ds.polars().collect()["visitors"].to_list(),
    "pandas": lambda ds: ds.pandas()["visitors"].tolist(),
    "arrow": lambda ds: ds.arrow()["visitors"].to_pylist(),
    "sql": lambda ds: ds.sql("select visitors from data order by day")["visitors"].to_list(),
    "intake": lambda _: datahall.catalog["culture"]["visitors"].read().collect()["visitors"].to_list(),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_gives_all_rows_in_their_order(in_parts: Dataset, read: Callable[[Dataset], list[int]]) -> None:
    assert read(in_parts) == COUNTS


OTHERS: dict[str, Callable[[str], int]] = {
    "polars": lambda path: pl.scan_parquet(path).collect().height,
    "pandas": lambda path: len(pd.read_parquet(path)),
    "pyarrow": lambda path: int(pyarrow.dataset.dataset(path).count_rows()),
}


@pytest.mark.parametrize("read", OTHERS.values(), ids=OTHERS)
def test_programs_that_know_nothing_of_us_read_the_path_that_stays(
    in_parts: Dataset, home: Path, read: Callable[[str], int]
) -> None:
    assert read(str(home / "store" / ID / "latest" / "data.parquet")) == 12


def test_who_asks_for_the_one_file_is_told_of_the_parts(in_parts: Dataset) -> None:
    with pytest.raises(DatahallError) as caught:
        in_parts.parquet_path()
    assert caught.value.code == "several-parts"
    assert "3 parts" in str(caught.value)
    assert "parquet_paths()" in caught.value.hint


def test_the_command_line_reads_parts(in_parts: Dataset) -> None:
    fetched = json.loads(CliRunner().invoke(app, ["fetch", ID, "--json"]).stdout)[0]
    assert [Path(path).name for path in fetched["paths"]] == NAMES
    assert "100" in CliRunner().invoke(app, ["open", ID, "--json"]).stdout


def test_quality_difference_and_display_look_into_all_parts(in_parts: Dataset, home: Path) -> None:
    old = in_parts.version
    write_edition(home, [*COUNTS[:-1], -5])
    new = datahall.dataset(ID).fetch()
    assert datahall.dataset(ID).diff(str(old), new).rows == {"added": 0, "removed": 0, "changed": 1, "unchanged": 11}
    quality = datahall.dataset(ID).quality()
    assert (quality["completeness"].of, quality["uniqueness"].count) == (24, 12)
    assert "2024-01-01" in datahall.dataset(ID)._repr_html_()


def test_an_older_version_in_parts_is_collected_with_its_size(in_parts: Dataset, home: Path) -> None:
    folder = home / "store" / ID / str(in_parts.version)
    size = sum((folder / name).stat().st_size for name in (*NAMES, *(name for name in FILES if name != "data.parquet")))
    write_edition(home, COUNTS[1:])
    datahall.dataset(ID).fetch()
    collection = collect_garbage()
    assert [(each.version, each.bytes) for each in collection.removed] == [(folder.name, size)]
    assert not folder.exists()


@pytest.mark.parametrize("second", ["2024-01-12,5", ",5"], ids=["a key that occurred two parts before", "an empty key"])
def test_a_key_is_checked_over_all_parts(home: Path, second: str) -> None:
    rows = "".join(f"2024-01-{day:02},{day}\n" for day in range(12, 0, -1))
    save_data(home, f"day,visitors\n{rows}{second}\n".encode())
    save_card(home, draft(primary_key=["day"]))
    with pytest.raises(DatahallError, match=r"Row 13: day = .* the primary key is empty or occurs twice") as caught:
        datahall.dataset(ID).fetch()
    assert caught.value.code == "unreadable-source"
    assert store.list_versions(ID) == []


INTAKE = """
import sys, intake
catalog = intake.from_yaml_file(sys.argv[1])
print(catalog[sys.argv[2]].read().collect()["visitors"].to_list())
print(catalog[sys.argv[2] + ".pandas"].read()["visitors"].tolist())
"""


@pytest.mark.parametrize("store_url", ["{CATALOG_DIR}/store", "file://{home}/store"], ids=["beside it", "elsewhere"])
def test_plain_intake_reads_a_store_with_parts(in_parts: Dataset, home: Path, store_url: str) -> None:
    text = datahall.to_intake_yaml([in_parts], store_url=store_url.replace("{home}", str(home)))
    (home / "catalog.yaml").write_text(text)
    command = [sys.executable, "-W", "ignore", "-c", INTAKE, str(home / "catalog.yaml"), ID]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == f"{COUNTS}\n{COUNTS}\n", done.stderr


def test_a_catalog_of_addresses_names_each_part_of_its_version(in_parts: Dataset) -> None:
    document: dict[str, Any] = yaml.safe_load(datahall.to_intake_yaml([in_parts], base_url="https://hall.example"))
    assert document["data"][f"{ID}.parquet"]["kwargs"]["url"] == [
        f"https://hall.example/datasets/{ID}/{name}?version={in_parts.version}" for name in NAMES
    ]
