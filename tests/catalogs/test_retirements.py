"""What another portal says should no longer be used: read in each of its forms, told in each of ours."""

from __future__ import annotations

import json
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import datahall
import pytest
import yaml
from datahall import cli
from datahall._entries.entry import Entry, EntryDistribution
from datahall._entries.record_entries import describe_record
from datahall._exports.ckan import describe_package
from datahall._exports.dcat_us import describe_dataset as describe_dcat_us
from datahall._exports.eu_vocabulary import AUTHORITY
from datahall._exports.intake_parts import write_part
from datahall._exports.schema_org import describe_dataset as describe_schema_org
from datahall._harvesting.detection import read_content
from datahall._harvesting.record import Record
from datahall._index import open_index
from datahall.intake import find_metadata, to_intake_yaml

from tests.catalogs.card_drafts import draft, save_card
from tests.catalogs.harvested_records import keep_records, record
from tests.catalogs.portal_answers import data_json, package, search_answer

pytestmark = pytest.mark.filterwarnings("ignore::datahall.DatahallWarning")

HALL = "https://hall.example/services/hall"
OLD, NEW = "https://portal.example/dataset/old", "https://portal.example/dataset/new"
DEPRECATED_FILE = f"{AUTHORITY}distribution-status/DEPRECATED"
PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def read(content: bytes) -> dict[str, Record]:
    return {each.name: each for each in read_content(content).records}


def read_turtle(*, old: str = "", more: str = "") -> Record:
    text = f'{PREFIXES} <{OLD}> a dcat:Dataset ; dct:title "Old" {"; " + old if old else ""} . {more}'
    return read(text.encode())["old"]


@pytest.mark.parametrize(
    ("said", "retired"),
    [
        (f"adms:status <{AUTHORITY}dataset-status/DEPRECATED>", "deprecated"),
        (f"adms:status <{AUTHORITY}dataset-status/WITHDRAWN>", "withdrawn"),
        ("adms:status <http://purl.org/adms/status/Deprecated>", "deprecated"),
        ('adms:status [ a skos:Concept ; skos:prefLabel "Withdrawn"@en ]', "withdrawn"),
        ('adms:status "已弃用"', "deprecated"),
        ("owl:deprecated true", "deprecated"),
        ('owl:deprecated "false"^^xsd:boolean', None),
        (f"adms:status <{AUTHORITY}dataset-status/COMPLETED>", None),
        (f"adms:status <{AUTHORITY}dataset-status/DISCONT>", None),
        ("", None),
    ],
)
def test_dcat_says_it_by_a_status_or_by_owl(said: str, retired: str | None) -> None:
    assert read_turtle(old=said).retired == retired


@pytest.mark.parametrize(
    ("old", "more"),
    [
        (f"dct:isReplacedBy <{NEW}>", ""),
        ("", f'<{NEW}> a dcat:Dataset ; dct:title "New" ; dct:replaces <{OLD}> .'),
        (f"dct:isReplacedBy <{NEW}>", f'<{NEW}> a dcat:Dataset ; dct:title "New" ; dct:replaces <{OLD}> .'),
    ],
    ids=["at the old one", "at the new one", "at both"],
)
def test_what_dcat_replaces_is_deprecated_and_leads_to_the_newer_one(old: str, more: str) -> None:
    found = read_turtle(old=old, more=more)
    assert (found.retired, found.replaced_by) == ("deprecated", NEW)


def test_what_replaces_itself_is_a_slip() -> None:
    assert read_turtle(old=f"dct:isReplacedBy <{OLD}>").retired is None


@pytest.mark.parametrize(
    ("statuses", "retired"),
    [
        (("DEPRECATED", "DEPRECATED"), "deprecated"),
        (("WITHDRAWN", "WITHDRAWN"), "withdrawn"),
        (("DEPRECATED", "COMPLETED"), None),
        (("DEPRECATED", ""), None),
    ],
)
def test_a_dataset_is_retired_where_all_its_files_are(statuses: tuple[str, ...], retired: str | None) -> None:
    told = [f"adms:status <{AUTHORITY}distribution-status/{status}> ;" if status else "" for status in statuses]
    files = " , ".join(f"[ a dcat:Distribution ; {each} dcat:accessURL <{OLD}/{n}> ]" for n, each in enumerate(told))
    found = read_turtle(old=f"dcat:distribution {files}")
    assert found.retired == retired
    assert [note.field for note in found.notes if note.field == "retired"] == (["retired"] if retired else [])


@pytest.mark.parametrize(
    ("more", "retired", "since", "other"),
    [
        ({"extras": [{"key": "Status", "value": "obsolete"}]}, "deprecated", None, ""),
        ({"dataset_status": "Withdrawn"}, "withdrawn", None, ""),
        ({"deprecated": True, "replaced_by": "new"}, "deprecated", None, "new"),
        ({"extras": {"deprecated": "2024-05-01", "superseded by": NEW}}, "deprecated", date(2024, 5, 1), NEW),
        ({"extras": {"status": "withdrawn", "withdrawn since": "2024-05-01"}}, "withdrawn", date(2024, 5, 1), ""),
        ({"extras": {"deprecated": "no"}}, None, None, ""),
        ({"extras": {"deprecated": "see the notes"}}, None, None, ""),
        ({"state": "active", "extras": {"status": "published"}}, None, None, ""),
        ({"resources": [{"url": f"{OLD}.csv", "status": DEPRECATED_FILE}]}, "deprecated", None, ""),
    ],
)
def test_ckan_says_it_in_fields_of_the_portals_own(
    more: dict[str, Any], retired: str | None, since: date | None, other: str
) -> None:
    found = read(search_answer(package("old", **more)))["old"]
    assert (found.retired, found.retired_since, found.replaced_by) == (retired, since, other)


def test_dcat_us_3_says_it_by_a_concept_and_at_the_newer_one() -> None:
    shared = {"accessLevel": "public", "description": "Rain."}
    old = {"identifier": "old", "title": "Old", **shared, "status": {"@type": "Concept", "prefLabel": "Withdrawn"}}
    older = {"identifier": "older", "title": "Older", **shared}
    new = {"identifier": "new", "title": "New", **shared, "replaces": [{"identifier": "old"}, {"identifier": "older"}]}
    found = read(data_json(old, older, new))
    assert {name: (each.retired, each.replaced_by) for name, each in found.items()} == {
        "old": ("withdrawn", "new"),
        "older": ("deprecated", "new"),
        "new": (None, ""),
    }


def test_a_collection_of_stac_is_deprecated_by_its_extension_for_versions() -> None:
    links = [{"rel": "successor-version", "href": NEW}]
    stac = {"type": "Collection", "stac_version": "1.0.0", "id": "old", "description": "Rain.", "license": "CC0-1.0"}
    extent = {"spatial": {"bbox": [[0, 0, 1, 1]]}, "temporal": {"interval": [["2020-01-01T00:00:00Z", None]]}}
    found = read(json.dumps({**stac, "extent": extent, "deprecated": True, "links": links}).encode())["old"]
    assert (found.retired, found.replaced_by) == ("deprecated", NEW)


def test_another_hall_passes_on_since_when_and_what_replaces_it() -> None:
    card = draft(deprecated="2024-05-01", replaced_by="culture/new")
    item = {"id": "culture/old", "url": f"{HALL}/datasets/culture/old", "card": card}
    found = next(iter(read(json.dumps({"datahall": "0.1", "total": 1, "cards": [item]}).encode()).values()))
    assert (found.retired, found.retired_since, found.replaced_by) == ("deprecated", date(2024, 5, 1), "culture/new")


# What is here of it


@pytest.mark.parametrize("name", ["new-id", "new", f"{NEW}/"], ids=["identifier", "short name", "page"])
def test_what_replaces_it_is_found_among_the_records_of_its_portal(home: Path, name: str) -> None:
    old = record(id="old-id", name="old", retired="deprecated", replaced_by=name)
    keep_records(home, old, record(id="new-id", name="new"))
    entry = open_index().get("harvested/portal--old")
    assert entry is not None
    assert (entry.retired, entry.replaced_by, entry.replacement) == ("deprecated", "harvested/portal--new", "")


def test_what_replaces_it_elsewhere_keeps_the_portals_own_words(home: Path) -> None:
    keep_records(home, record(id="old-id", name="old", retired="deprecated", replaced_by="https://other.example/new"))
    entry = open_index().get("harvested/portal--old")
    assert entry is not None
    assert (entry.replaced_by, entry.replacement) == (None, "https://other.example/new")


def test_a_terminal_and_a_notebook_tell_what_the_portal_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_records(home, record(id="o", name="old", retired="withdrawn", replaced_by="n"), record(id="n", name="new"))
    assert cli.run(["show", "harvested/portal--old"]) == 0
    assert "Withdrawn, as its portal says. Use harvested/portal--new instead." in capsys.readouterr().out
    assert "Use harvested/portal--new instead." in datahall.dataset("harvested/portal--old")._repr_html_()


# Told in the forms of others


def retired_entry(**more: Any) -> Entry:
    known: dict[str, Any] = {
        "access": "open",
        "license": "CC-BY-4.0",
        "retired": "deprecated",
        "retired_since": date(2024, 5, 1),
        "replaced_by": "weather/showers",
    }
    return Entry("weather/rain", {"en": "Rain", "zh": "雨"}, **{**known, **more})


def test_ckan_is_told_in_extras_and_at_each_file_and_reads_it_back() -> None:
    told = describe_package(retired_entry(), base_url=HALL, language="en")
    extras = {extra["key"]: extra["value"] for extra in told["extras"]}
    assert told["state"] == "active"  # CKAN's word for a page that is there
    assert {key: extras[key] for key in ("status", "deprecated_since", "replaced_by")} == {
        "status": "deprecated",
        "deprecated_since": "2024-05-01",
        "replaced_by": "weather--showers",
    }
    assert {each["status"] for each in told["resources"]} == {DEPRECATED_FILE}
    back = next(iter(read(json.dumps({"success": True, "result": told}).encode()).values()))
    assert (back.retired, back.retired_since, back.replaced_by) == ("deprecated", date(2024, 5, 1), "weather--showers")


@pytest.mark.parametrize(("language", "word"), [("en", "withdrawn"), ("zh", "已撤回")])
def test_schema_org_has_the_status_and_no_word_for_what_replaces_it(language: str, word: str) -> None:
    told = describe_schema_org(retired_entry(retired="withdrawn"), language=language, base_url=HALL)
    assert told["creativeWorkStatus"] == {
        "@type": "DefinedTerm",
        "@id": f"{AUTHORITY}dataset-status/WITHDRAWN",
        "name": word,
        "termCode": "WITHDRAWN",
        "inDefinedTermSet": f"{AUTHORITY}dataset-status",
    }
    assert "supersededBy" not in told


def test_dcat_us_1_1_has_no_place_for_it() -> None:
    plain = describe_dcat_us(retired_entry(retired=None, retired_since=None, replaced_by=None), base_url=HALL)
    assert describe_dcat_us(retired_entry(), base_url=HALL) == plain


def test_entries_of_intake_tell_it_in_their_metadata(home: Path) -> None:
    save_card(home, draft(deprecated="2024-05-01", replaced_by="weather/seattle-weather"))
    told = {"status": "deprecated", "deprecated_since": "2024-05-01", "replaced_by": "weather/seattle-weather"}
    card = datahall.dataset("culture/visitors")
    data = yaml.safe_load(to_intake_yaml([card], base_url=HALL))["data"]["culture/visitors.parquet"]
    assert (find_metadata("culture/visitors") or {}).items() >= told.items()
    assert data["metadata"].items() >= told.items()
    assert "status" not in (find_metadata("weather/seattle-weather") or {})


def test_harvested_entries_of_intake_tell_it_too() -> None:
    entry = describe_record(record(retired="deprecated", replaced_by=NEW), id="harvested/portal--rain", source="portal")
    offer = EntryDistribution("https://portal.example/rain.csv", is_download=True, format="csv")
    whole = Entry(**{name: getattr(entry, name) for name in entry.__slots__} | {"distributions": (offer,)})
    data = yaml.safe_load(write_part([], [whole]))["data"]["harvested/portal--rain.csv"]
    assert data["metadata"].items() >= {"status": "deprecated", "replaced_by": NEW}.items()


def test_opening_what_its_portal_has_retired_warns(home: Path) -> None:
    keep_records(home, record(id="o", name="old", retired="deprecated", replaced_by="n"), record(id="n", name="new"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        datahall.dataset("harvested/portal--old")._warn_of_source()
    assert any("deprecated, as its portal says" in str(each.message) for each in caught)
