"""Made-up data stays made-up for whoever harvests it from any export, and real data real."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from datahall._entries.entry import Entry
from datahall._exports import dcat_ap, dcat_us, gov_cn
from datahall._exports.ckan import describe_package
from datahall._exports.pages import Page
from datahall._harvesting.detection import read_content

HALL = "https://hall.example/datahall"
PAGE = Page(number=1, total=2, size=10)


def write_ckan(entries: Sequence[Entry]) -> bytes:
    packages = [describe_package(entry, base_url=HALL, language="en") for entry in entries]
    return json.dumps({"success": True, "result": {"count": len(packages), "results": packages}}).encode()


WRITERS: dict[str, Callable[[Sequence[Entry]], bytes]] = {
    "ckan": write_ckan,
    "dcat": lambda entries: dcat_ap.write_catalog(entries, base_url=HALL, page=PAGE, form="ttl"),
    "dcat-us": lambda entries: dcat_us.write_catalog(entries, base_url=HALL, document=f"{HALL}/data.json"),
    "gov-cn": lambda entries: gov_cn.write_catalog(entries, base_url=HALL, page=PAGE),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_made_up_data_is_told_from_real_data_in_every_export(kind: str) -> None:
    real = Entry(
        id="weather/real",
        title={"en": "Rain"},
        description={"en": "Unlike synthetic data, this was measured."},
        keywords={"en": ("rain", "synthetic data generation")},
    )
    invented = replace(real, id="weather/invented", title={"en": "Invented rain"}, synthetic=True)
    harvest = read_content(WRITERS[kind]([real, invented]), address=f"{HALL}/catalog")
    assert harvest.kind == kind
    told = {next(iter(record.title.values())): record.synthetic for record in harvest.records}
    assert told == {"Rain": False, "Invented rain": True}


@pytest.mark.parametrize("word", ["Synthetic data", "合成数据"])
def test_a_keyword_tells_that_data_is_made_up(word: str) -> None:
    dataset = {"identifier": "one", "title": "One", "keyword": ["rain", word], "accessLevel": "public"}
    (record,) = read_content(json.dumps({"dataset": [dataset]}).encode()).records
    assert record.synthetic
