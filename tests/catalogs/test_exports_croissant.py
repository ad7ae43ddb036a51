"""A dataset's Croissant is valid by the standard's own library, which loads the very rows from it."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import store
from datahall._entries.entry import Entry, EntryDistribution, EntryField, EntryFile, Publisher
from datahall._exports.croissant import Loading, describe_dataset, write_dataset
from datahall._exports.shelf import find_digests, find_entry, open_shelf

HALL = "https://hall.example/services/hall"
DATASET = "weather/seattle-weather"


@pytest.fixture
def entry(home: Path) -> Entry:
    """A dataset that needs no network, in the store."""
    store.fetch(DATASET)
    found = find_entry(DATASET)
    assert found is not None
    return found.entry


def read(document: dict[str, Any], *, mapping: dict[str, Path] | None = None) -> Any:
    """Let the standard's library judge; its warnings count, but for the one on how versions are numbered."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that it imports
        import mlcroissant

        dataset = mlcroissant.Dataset(document, mapping=mapping)
    remarks = [each for each in dataset.metadata.issues.warnings if "MAJOR.MINOR.PATCH" not in each]
    assert remarks == []
    return dataset


def test_the_standards_library_loads_the_rows(entry: Entry) -> None:
    path = store.parquet_paths(entry.id, str(entry.version))[0]
    document = json.loads(write_dataset(entry, base_url=HALL, loading=Loading("@misc{x}", primary_key=("date",))))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        records = list(read(document, mapping={"data.parquet": path}).records("rows"))

    frame = datahall.dataset(DATASET).pandas()
    assert len(records) == len(frame)
    assert {name.partition("/")[2] for name in records[0]} == set(frame.columns)
    assert records[0]["rows/temp_max"] == frame["temp_max"].iloc[0]


def test_a_new_version_notes_the_digests_of_its_files(entry: Entry) -> None:
    (file,) = entry.files

    assert len(file.sha256) == 64
    assert find_digests(replace(entry, files=(replace(file, sha256=""),))).files == entry.files


def test_every_dataset_of_our_own_is_valid() -> None:
    for entry in open_shelf().own:
        here = replace(entry, version="2024-01-02.0123abcd", files=(EntryFile("data.parquet", 9, "ab" * 32),))
        if entry.access == "open":
            read(describe_dataset(here, base_url=HALL, loading=Loading("@misc{x}")))


def test_rows_in_parts_are_one_record_set() -> None:
    files = tuple(EntryFile(f"part-0000{number}.parquet", 9, "ab" * 32) for number in range(2))
    fields = (EntryField("list", "list", {"en": "List"}), EntryField("at", "datetime", {"en": "Moment"}))
    entry = Entry(
        "weather/x", {"en": "X"}, {"en": "One row."}, license="CC-BY-4.0", access="open", fields=fields,
        version="2024-01-02.0123abcd", files=files,
    )  # fmt: skip

    document = describe_dataset(entry, base_url=HALL, loading=Loading("@misc{x}", is_live=True))

    assert [each["@id"] for each in document["distribution"]] == ["part-00000.parquet", "part-00001.parquet", "parts"]
    assert document["isLiveDataset"] is True
    assert [field["dataType"] for field in document["recordSet"][0]["field"]] == ["sc:Text", "sc:DateTime"]
    assert document["recordSet"][0]["field"][0]["repeated"] is True


@pytest.mark.parametrize(
    ("license", "texts", "told"),
    [
        ("CC-BY-4.0", (), "https://creativecommons.org/licenses/by/4.0/"),
        (None, ("Ask us first",), "Ask us first"),
    ],
)
def test_what_was_brought_from_a_portal_is_valid(license: str | None, texts: tuple[str, ...], told: str) -> None:
    """Its own files stand here, not those that its portal offers."""
    entry = Entry(
        "harvested/portal--rain", {"en": "Rain"}, {"en": "One row per day."}, license=license, license_texts=texts,
        publisher=Publisher(None, {"en": "Rain office"}), modified=date(2024, 2, 1), access="open", source="portal",
        distributions=(EntryDistribution("https://portal.example/rain.parquet", format="parquet"),),
        fields=(EntryField("day", "date", {"en": "Day"}),), version="2024-02-01.0123abcd",
        files=(EntryFile("data.parquet", 9, "ab" * 32),),
    )  # fmt: skip

    document = describe_dataset(entry, base_url=HALL, loading=Loading("@misc{x}"))

    read(document)
    assert document["license"] == told
    assert [each["contentUrl"].removeprefix(HALL) for each in document["distribution"]] == [
        "/datasets/harvested/portal--rain/data.parquet?version=2024-02-01.0123abcd"
    ]
