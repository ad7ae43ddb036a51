"""The exported data.json is valid against the official JSON Schemas and says nothing that nobody knows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from datahall._entries.entry import ContactPoint, Entry, EntryDistribution
from datahall._exports.dcat_us import describe_dataset, write_catalog
from datahall._exports.forms import FORMS
from datahall._exports.pages import Page
from datahall._exports.shelf import open_shelf
from datahall._harvesting.detection import read_content
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.catalogs.portal_entries import load_portal_entries
from tests.catalogs.test_exports_dcat_ap import HOSTILE

HALL = "https://hall.example/services/hall"
SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
# What the official schemas of these say, which are not among the shared files.
CONTACT = {
    "type": "object",
    "required": ["fn", "hasEmail"],
    "properties": {
        "@type": {"enum": ["vcard:Contact"]},
        "fn": {"type": "string", "minLength": 1},
        "hasEmail": {"type": "string", "pattern": r"^mailto:([\w.-]+@[\w.-]+\.[\w.-]+)?$"},
    },
}
ORGANIZATION = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
ADDRESS = {"type": "string", "format": "uri"}
DISTRIBUTION = {
    "type": "object",
    "dependencies": {"downloadURL": ["mediaType", "format"]},
    "properties": {
        "@type": {"enum": ["dcat:Distribution"]},
        "downloadURL": ADDRESS,
        "accessURL": ADDRESS,
        "mediaType": {"type": "string", "pattern": r"^[-\w]+/[-\w]+(\.[-\w]+)*([+][-\w]+)?$"},
        "format": {"type": "string", "minLength": 1},
        "title": {"type": "string", "minLength": 1},
    },
}


@cache
def validator(portals: Path) -> Draft4Validator:
    """Return what checks a catalog, each part with its official schema, formats too."""
    catalog, dataset = (
        json.loads((portals / "shapes" / f"dcat-us-1.1-{name}.schema.json").read_text())
        for name in ("catalog", "dataset")
    )
    parts = {"dataset": dataset, "vcard": CONTACT, "organization": ORGANIZATION, "distribution": DISTRIBUTION}
    registry: Registry[Any] = Registry().with_resources(
        (f"{SCHEMA}/{name}.json", Resource(contents=schema, specification=DRAFT4)) for name, schema in parts.items()
    )
    return Draft4Validator(catalog, registry=registry, format_checker=FormatChecker())


def faults(entries: Iterable[Entry], *, portals: Path) -> list[str]:
    document = json.loads(write_catalog(entries, base_url=HALL, document=f"{HALL}/data.json"))
    return [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator(portals).iter_errors(document)]


def test_the_check_itself_finds_faults(portals: Path) -> None:
    document = json.loads(write_catalog([Entry("weather/x", {"en": "X"})], base_url=HALL, document=f"{HALL}/data.json"))
    document["dataset"][0] |= {"modified": "soon", "landingPage": "no address", "contactPoint": {"fn": "X"}}

    found = {error.absolute_path[-1] for error in validator(portals).iter_errors(document)}

    assert found == {"modified", "landingPage", "contactPoint"}


def test_all_datasets_of_our_own_are_valid(portals: Path) -> None:
    assert faults(open_shelf().own, portals=portals) == []


def test_a_later_page_is_a_valid_catalog_of_its_own(portals: Path) -> None:
    shelf = open_shelf()
    page = Page(shelf.total, 2, 50)

    document = json.loads(FORMS["dcat-us"].write(shelf.take_shares(page), HALL, page))

    assert (document["@id"], len(document["dataset"])) == (f"{HALL}/data.json?page=2", 50)
    assert list(validator(portals).iter_errors(document)) == []


def test_datasets_of_every_portal_are_valid(portals: Path) -> None:
    share = 1 if os.environ.get("DATAHALL_SOAK") else 10  # each takes milliseconds, since addresses are checked, too
    entries = [entry for each in load_portal_entries(portals).values() for entry in each[::share]]

    assert faults(entries, portals=portals) == []


def test_a_hostile_record_is_valid(portals: Path) -> None:
    assert faults([HOSTILE], portals=portals) == []


@pytest.mark.parametrize(
    ("access", "level", "rights"),
    [
        ("open", "public", ""),
        ("conditional", "restricted public", "request"),
        ("restricted", "non-public", "Only the description"),
        ("unknown", "restricted public", "not stated"),
    ],
)
def test_nothing_is_more_public_than_its_portal_says(access: Any, level: str, rights: str) -> None:
    told = describe_dataset(Entry("harvested/x--1", {"en": "X"}, access=access, source="x"), base_url=HALL)

    assert told["accessLevel"] == level
    assert rights in told.get("rights", "")


def test_what_nobody_knows_is_not_made_up() -> None:
    entry = Entry("harvested/x--1", {"pt": "Chuva"}, source="portal", license_texts=("ask us",))

    told = describe_dataset(entry, base_url=HALL)

    assert (told["modified"], told["bureauCode"], told["programCode"]) == ("R/P", ["000:00"], ["000:000"])
    assert told["contactPoint"]["hasEmail"] == "mailto:"
    assert "license" not in told
    assert "ask us" in told["rights"]


def test_it_is_harvested_with_what_it_says() -> None:
    entry = Entry(
        "harvested/x--1",
        {"en": "Rain"},
        {"en": "One row per day."},
        {"en": ("rain", "weather")},
        theme="weather",
        license="CC-BY-4.0",
        access="open",
        frequency="P1M",
        contact=ContactPoint("Ann", "ann@office.example"),
        distributions=(EntryDistribution("https://portal.example/r.csv", is_download=True, format="csv"),),
        source="x",
    )

    (record,) = read_content(write_catalog([entry], base_url=HALL, document=f"{HALL}/data.json")).records

    assert (record.license, record.access, record.frequency, record.theme) == ("CC-BY-4.0", "open", "P1M", "weather")
    assert (record.contact.name, record.contact.email) == ("Ann", "ann@office.example")
    assert [(each.url, each.format, each.is_download) for each in record.distributions] == [
        ("https://portal.example/r.csv", "csv", True)
    ]


def test_rights_are_no_longer_than_the_schema_allows() -> None:
    told = describe_dataset(Entry("harvested/x--1", {"en": "X"}, source="x", license_texts=("y" * 900,)), base_url=HALL)

    assert len(told["rights"]) == 255
    assert re.search("y…$", told["rights"])
