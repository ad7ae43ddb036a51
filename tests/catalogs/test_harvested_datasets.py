"""A harvested dataset opens: its best distribution comes into the store, within limits, and is read like any other."""

from __future__ import annotations

import polars as pl
import pytest
from datahall import NotPresent, SourceFailed, store
from datahall._harvested.harvested_dataset import HarvestedDataset

from tests.catalogs.harvested_records import RAIN, file, known
from tests.catalogs.small_server import Reply, SmallServer


def test_a_harvested_dataset_opens_typed(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv")))
    assert ds.fields == ()
    assert not ds.is_present
    frame = ds.polars().collect()
    assert frame.schema == {"station": pl.String, "day": pl.Date, "rain_mm": pl.Float64}
    assert frame["rain_mm"].to_list() == [0.5, 3.25, None]
    assert ds.version is not None
    assert ds.version.startswith("2024-02-01.")
    assert ds.rows == 3
    assert [field.type for field in ds.fields] == ["string", "date", "number"]
    assert ds.pandas().shape == (3, 3)
    assert ds.arrow().num_rows == 3
    assert ds.sql("select count(*) as n from data")["n"].item() == 3
    assert ds.entry.rows == 3
    assert "CC BY 4.0" in ds.cite().text or "Attribution" in ds.cite().text
    assert ds.version in ds.cite().bibtex
    assert "Rain by station" in ds._repr_html_()
    record = ds.record()
    assert record["harvested"]["url"] == f"{server.url}/rain.csv"
    assert record["harvested"]["known"]["record"]["title"] == {"en": "Rain by station and day"}
    assert server.asked == ["/rain.csv"]


def test_a_source_that_says_unchanged_gives_the_same_version(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
    rain = known(file(f"{server.url}/rain.csv", format="csv"))
    first = HarvestedDataset(rain).fetch()
    server.answers["/rain.csv"] = Reply(status=304)
    assert HarvestedDataset(rain).fetch() == first
    assert server.headers[-1]["If-None-Match"] == '"one"'


def test_a_restricted_dataset_is_refused_and_its_contact_named(server: SmallServer) -> None:
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv"), access="restricted"))
    with pytest.raises(NotPresent, match=r"rain@portal\.example") as refused:
        ds.polars()
    assert refused.value.code == "not-open"
    assert server.asked == []
    assert store.list_versions(ds.id) == []


def test_the_next_distribution_is_tried_and_every_reason_told(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(b"<!doctype html><html><body>Sign in</body></html>")
    server.answers["/rain.json"] = Reply(b'[{"station": "A", "rain_mm": 0.5}]')
    both = (file(f"{server.url}/rain.csv", format="csv"), file(f"{server.url}/rain.json", format="json"))
    ds = HarvestedDataset(known(*both))
    assert ds.polars().collect().rows() == [("A", 0.5)]
    tried = ds.record()["harvested"]["tried"]
    assert [each["url"] for each in tried] == [f"{server.url}/rain.csv"]

    server.answers["/other.json"] = Reply(status=500)
    broken = (both[0], file(f"{server.url}/other.json", format="json"))
    with pytest.raises(SourceFailed) as failed:
        HarvestedDataset(known(*broken)).fetch()
    assert "500" in str(failed.value)
    assert "rain.csv" in str(failed.value)
    assert ds.polars().collect().height == 1
