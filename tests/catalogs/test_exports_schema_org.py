"""What search engines are told of a dataset is what its entry says, and cannot break out of its script element."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from datahall._entries.entry import Entry, EntryField, EntryFile, Publisher
from datahall._exports.schema_org import describe_dataset, write_script
from datahall._exports.shelf import open_shelf

from tests.catalogs.portal_entries import load_portal_entries, sample
from tests.catalogs.test_exports_dcat_ap import HOSTILE

HALL = "https://hall.example/services/hall"
ENTRY = Entry(
    "weather/rain",
    {"en": "Rain", "zh": "雨量"},
    {"en": "One row per day.", "zh": "每行一天。"},
    {"en": ("rain",), "zh": ("降雨",)},
    theme="weather",
    publisher=Publisher("office", {"en": "Office", "zh": "局"}, "https://office.example/"),
    license="CC-BY-4.0",
    access="open",
    modified=date(2024, 5, 1),
    temporal_start=date(2020, 1, 1),
    spatial=("US-CA", "DE"),
    bbox=(10, 20, 30, 40),
    homepage="https://office.example/rain",
    languages=("en", "zh"),
    fields=(EntryField("mm", "number", {"en": "Rainfall", "zh": "降雨量"}, unit="mm"),),
    version="2024-05-01.0123abcd",
    files=(EntryFile("data.parquet", 99, "ab" * 32),),
)


def test_a_page_tells_all_that_is_known_in_its_language() -> None:
    told = describe_dataset(ENTRY, language="zh", base_url=HALL)

    assert (told["name"], told["description"], told["keywords"]) == ("雨量", "每行一天。", ["降雨", "rain"])
    assert told["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert told["variableMeasured"] == [
        {"@type": "PropertyValue", "name": "mm", "description": "降雨量", "unitText": "mm"}
    ]
    assert (told["temporalCoverage"], told["version"], told["dateModified"]) == (
        "2020-01-01/..",
        "2024-05-01.0123abcd",
        "2024-05-01",
    )
    assert [place.get("name") for place in told["spatialCoverage"]] == ["California", "Germany", None]
    assert told["spatialCoverage"][2]["geo"]["box"] == "20 10 40 30"
    assert told["isBasedOn"] == "https://office.example/rain"
    assert told["includedInDataCatalog"]["name"] == "数据大厅"
    parquet = next(each for each in told["distribution"] if each["encodingFormat"] == "application/vnd.apache.parquet")
    assert parquet["contentUrl"] == f"{HALL}/datasets/weather/rain/data.parquet?version=2024-05-01.0123abcd"
    assert parquet["sha256"] == "ab" * 32


def test_what_is_not_here_yet_offers_no_download() -> None:
    told = describe_dataset(Entry("weather/x", {"en": "X"}, access="open"), language="en", base_url=HALL)

    assert "distribution" not in told


def test_an_unknown_licence_is_told_in_the_portals_words() -> None:
    entry = Entry("harvested/x--1", {"en": "X"}, license_texts=("ask us",), source="x", homepage="https://x.example/1")

    told = describe_dataset(entry, language="en", base_url=HALL)

    assert "license" not in told
    assert "isAccessibleForFree" not in told
    assert (told["conditionsOfAccess"], told["sameAs"]) == ("ask us", "https://x.example/1")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_dataset_has_what_search_engines_demand(portals: Path, language: str) -> None:
    harvested = [each for found in load_portal_entries(portals).values() for each in sample(found)]

    for entry in (*open_shelf().own, *harvested, HOSTILE):
        told = describe_dataset(entry, language=language, base_url=HALL)
        assert told["name"]
        assert told["description"]
        assert json.loads(write_script(told)) == told


@pytest.mark.parametrize("trap", ["</script><script>alert(1)</script>", "<!--", "a\u2028b", "&lt;", "]]>"])
def test_nothing_breaks_out_of_a_script_element(trap: str) -> None:
    entry = Entry("harvested/x--1", {"en": trap}, {"en": trap}, {"en": (trap,)}, source=trap, homepage=trap)

    script = write_script(describe_dataset(entry, language="en", base_url=HALL))

    assert not set(script) & set("<>&\u2028\u2029")
    assert json.loads(script)["name"] == trap
