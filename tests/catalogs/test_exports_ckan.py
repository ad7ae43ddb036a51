"""Datasets as CKAN's packages: our own and every record of real portals, read back by our own harvester."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datahall._cards import load_shelf
from datahall._entries.card_entries import describe_card
from datahall._entries.entry import Entry
from datahall._exports.ckan import describe_package, last_change, package_name, read_package_name
from datahall._harvesting.detection import read_content
from datahall._harvesting.record import Record

from tests.catalogs.portal_entries import load_portal_entries, sample

BASE = "https://hall.example/services/hall"


def packages(entries: list[Entry], *, language: str = "en") -> list[dict[str, Any]]:
    return [describe_package(entry, base_url=BASE, language=language) for entry in entries]


def read_back(described: list[dict[str, Any]]) -> tuple[Record, ...]:
    """Read packages as another Datahall harvests them."""
    answer = {"help": "", "success": True, "result": {"count": len(described), "results": described}}
    harvest = read_content(json.dumps(answer).encode(), address=f"{BASE}/api/3/action/package_search?rows=1000")
    assert not harvest.rejected
    assert not harvest.left_out
    return harvest.records


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("transport/metro", "transport--metro"),
        ("harvested/portal--a--b", "harvested--portal--a--b"),
        ("social-security/x-y", "social-security--x-y"),
    ],
)
def test_a_name_and_an_id_lead_to_each_other(id: str, name: str) -> None:
    assert package_name(id) == name
    assert read_package_name(name) == read_package_name(id) == id


def own_entries() -> list[Entry]:
    return [describe_card(loaded) for loaded in load_shelf().cards.values()]


def check_alike(entry: Entry, record: Record, package: dict[str, Any]) -> None:
    """Claim that what was read back says the same, and never allows more."""
    assert record.id == entry.id
    assert record.license == entry.license
    assert record.access in {entry.access, "unknown"}
    assert record.modified == last_change(entry)
    assert record.issued == entry.issued
    assert record.frequency == entry.frequency
    assert (record.temporal_start, record.temporal_end) == (entry.temporal_start, entry.temporal_end)
    assert [each.url for each in record.distributions] == [each["url"] for each in package["resources"] if each["url"]]


def test_our_own_datasets_are_read_back_alike() -> None:
    entries = own_entries()
    described = packages(entries)
    records = read_back(described)
    for entry, record, package in zip(entries, records, described, strict=True):
        check_alike(entry, record, package)
        assert (record.title, record.theme) == (entry.title, entry.theme)


def test_datasets_of_every_real_portal_are_read_back_alike(portals: Path) -> None:
    for name, all_entries in load_portal_entries(portals).items():
        entries = sample(all_entries, usual=5, odd=20)
        described = packages(entries)
        for entry, record, package in zip(entries, read_back(described), described, strict=True):
            try:
                check_alike(entry, record, package)
            except AssertionError as error:
                raise AssertionError(f"{name}: {entry.source_id}") from error
