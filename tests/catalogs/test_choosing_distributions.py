"""Which distribution of a record is read: data as a file, the plainest first; never pages, documents or services."""

from __future__ import annotations

from typing import Any

import pytest
from datahall._harvested.choosing import BROKEN, PACKED, PAGE, SERVICE, TOO_LARGE, UNKNOWN, rank_distributions
from datahall._harvesting.record import Distribution

HOST = "https://portal.example"
LARGEST = 1_000_000


def offer(path: str, format: Any = None, **said: Any) -> Distribution:
    return Distribution(url=f"{HOST}/{path}", format=format, **said)


def ranked(*offers: Distribution) -> list[str]:
    return [each.url.removeprefix(f"{HOST}/") for each in rank_distributions(offers, largest=LARGEST)[0]]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param(offer("a.parquet", "parquet"), offer("a.csv", "csv"), id="parquet before text"),
        pytest.param(offer("a.csv", "csv"), offer("a.json", "json"), id="tables before records"),
        pytest.param(offer("a.geojson", "geojson"), offer("a.xlsx", "xlsx"), id="records before workbooks"),
        pytest.param(offer("a.xlsx", "xlsx"), offer("a.xml", "xml"), id="workbooks before XML"),
        pytest.param(offer("a.xlsx", "xlsx"), offer("page?id=1", "csv"), id="a file before what may be a page"),
        pytest.param(offer("get?id=1", "json", is_download=True), offer("page", "csv"), id="what is said to be a file"),
        pytest.param(offer("a.csv", "csv"), offer("a.zip", "csv", packed="zip"), id="plain before packed"),
        pytest.param(offer("b.csv", "csv", bytes=900), offer("a.csv", "csv"), id="a known size before an unknown one"),
        pytest.param(offer("b.csv", "csv", bytes=10), offer("a.csv", "csv", bytes=900), id="small before large"),
        pytest.param(offer("rows.xml", "xml"), offer("data-dictionary.csv", "csv"), id="data before what is about it"),
        pytest.param(
            offer("b.csv", "csv", title="Trips"), offer("a.csv", "csv", title="字典"), id="the same in Chinese"
        ),
        pytest.param(offer("a.csv", "csv"), offer("a.zip", packed="zip"), id="a format before a package of anything"),
        pytest.param(offer("all.zip", packed="zip"), offer("meta_all.zip", packed="zip"), id="data before metadata"),
        pytest.param(offer("a.xml", "xml"), offer("blob", is_download=True), id="a known format before none"),
    ],
)
def test_the_better_one_comes_first(better: Distribution, worse: Distribution) -> None:
    assert ranked(worse, better) == ranked(better, worse) == [each.url[len(HOST) + 1 :] for each in (better, worse)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (offer("about.html", "json"), PAGE),
        (offer("report.pdf"), PAGE),
        (offer("x", media_type="text/html", is_download=True), PAGE),
        (offer("x", format_text="PDF", is_download=True), PAGE),
        (offer("wms?service=WMS&request=GetCapabilities", "xml"), SERVICE),
        (offer("arcgis/rest/services/Roads/MapServer"), SERVICE),
        (offer("arcgis/rest/services/Roads/FeatureServer/0", "json"), SERVICE),
        (offer("x", format_text="Esri REST", is_download=True), SERVICE),
        (offer("x", format_text="SPARQL endpoint"), SERVICE),
        (offer("sparql", "json"), SERVICE),
        (offer("dataset/12"), UNKNOWN),
        (Distribution(url="http://[broken/a.csv", format="csv"), BROKEN),
        (offer("a.7z", "csv", packed="7z"), PACKED),
        (offer("a.csv", "csv", bytes=LARGEST + 1), TOO_LARGE),
    ],
    ids=lambda value: value.url if isinstance(value, Distribution) else "",
)
def test_what_is_no_file_of_data_is_left_out_with_its_reason(given: Distribution, reason: str) -> None:
    tried, left_out = rank_distributions([given], largest=LARGEST)
    assert tried == []
    assert [each.reason for each in left_out] == [reason]


def test_one_address_is_tried_once() -> None:
    assert ranked(offer("a", is_download=True), offer("a", "csv"), offer("a", "csv")) == ["a"]
