"""What cannot be brought of a harvested dataset, or may not be: refused, told with its reasons, and nothing is left."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import datahall
import pytest
from datahall import DatahallError, NotPresent, SourceFailed, store
from datahall._harvested.fetching import fetch_record
from datahall._harvested.harvested_dataset import HarvestedDataset
from datahall._harvested.limits import Limits

from tests.catalogs.harvested_records import RAIN, file, keep_records, known, record
from tests.catalogs.small_server import Reply, SmallServer, small_server


def test_a_restricted_dataset_is_refused_and_its_contact_named(server: SmallServer) -> None:
    ds = HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv"), access="restricted"))
    with pytest.raises(NotPresent, match=r"rain@portal\.example") as refused:
        ds.polars()
    assert refused.value.code == "not-open"
    assert server.asked == []
    assert store.list_versions(ds.id) == []


def test_what_is_said_of_access_and_not_understood_is_a_bar(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    rain = file(f"{server.url}/rain.csv", format="csv")
    with pytest.raises(NotPresent, match="sworn clerks") as refused:
        HarvestedDataset(known(rain, access_text="for sworn clerks")).fetch()
    assert refused.value.code == "not-open"
    assert server.asked == []
    assert HarvestedDataset(known(rain)).fetch()  # of what nothing is said


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


def test_of_many_failures_two_are_told_and_the_others_counted(server: SmallServer) -> None:
    names = [f"{number}.csv" for number in range(6)]
    for name in names:
        server.answers[f"/{name}"] = Reply(status=500)
    with pytest.raises(SourceFailed) as failed:
        HarvestedDataset(known(*(file(f"{server.url}/{name}", format="csv") for name in names))).fetch()
    told = str(failed.value)
    assert sum(f"/{name}" in told for name in names) == 2
    assert "(4 more)" in told
    assert "另有 4 条" in failed.value.message("zh")


@pytest.mark.parametrize("path", ["data/eu-ets.csv", "../eu-ets.csv", "/eu-ets.csv"])
def test_a_path_beside_a_catalog_in_a_file_is_told_as_one(path: str) -> None:
    with pytest.raises(DatahallError) as caught:
        fetch_record(known(file(path, format="csv")))
    told = f"{caught.value.message()} {caught.value.hint}"
    assert "relative to a catalog in a file" in told
    assert "later" not in told
    assert "https://portal.example/rain" in told


def test_no_page_is_named_where_the_source_has_none() -> None:
    with pytest.raises(NotPresent) as caught:
        fetch_record(known(file("data/a.csv", format="csv"), homepage=""))
    assert caught.value.hint == "Its source names no page of it."


def test_a_source_that_is_away_does_not_turn_a_dataset_into_another(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    server.answers["/other.json"] = Reply(b'[{"other": 1}]')
    both = known(file(f"{server.url}/rain.csv", format="csv"), file(f"{server.url}/other.json", format="json"))
    first = HarvestedDataset(both).fetch()
    server.answers["/rain.csv"] = Reply(status=503)
    with pytest.raises(SourceFailed, match="503"):
        HarvestedDataset(both).fetch()
    assert "/other.json" not in server.asked
    assert HarvestedDataset(both).version == first


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(b"x" * 2_000), "too-large"),
        (Reply(endless=True, promise=None), "too-large"),
        (Reply(RAIN, promise=5_000_000), "too-large"),
        (Reply(b""), "empty"),
        (Reply(b"<html><body>Please sign in</body></html>"), "no-readable-distribution"),
        (Reply(b"\x00\x01\x02" * 100), "no-readable-distribution"),
        (Reply(b"station,day\n"), "no-rows"),
        (Reply(status=404), "unreachable"),
        (Reply(status=302, headers={"Location": "http://10.0.0.1/rain.csv"}), "refused-address"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "refused-address"),
        (Reply(status=302, headers={"Location": "/rain.csv"}), "unreachable"),
    ],
    ids=["large", "endless", "announced", "empty", "page", "binary", "no rows", "404", "private", "file", "loop"],
)
def test_what_a_source_should_not_send_is_refused_and_nothing_is_left(
    reply: Reply, code: str, server: SmallServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_HARVESTED_BYTES", "1000")
    server.answers["/rain.csv"] = reply
    with pytest.raises(DatahallError) as refused:
        HarvestedDataset(known(file(f"{server.url}/rain.csv", format="csv"))).polars()
    found = refused.value.code
    assert found == code or (code == "no-readable-distribution" and isinstance(refused.value, SourceFailed))
    assert "https://portal.example/rain" in refused.value.hint
    assert [path.name for path in (home / "store" / "harvested" / "portal--rain").iterdir()] == []


def test_an_address_in_a_private_network_is_not_asked(small_private: SmallServer) -> None:
    with pytest.raises(SourceFailed) as refused:
        HarvestedDataset(known(file(f"{small_private.url}/rain.csv", format="csv"))).fetch()
    assert refused.value.code == "refused-address"
    assert small_private.asked == []


def test_a_portal_of_the_wide_world_does_not_lead_into_an_own_network(server: SmallServer, home: Path) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)  # on a host that the operator trusts
    rain = record(file(f"{server.url}/rain.csv", format="csv"))
    keep_records(home, rain, address="https://portal.example")
    with pytest.raises(SourceFailed) as refused:
        datahall.dataset("harvested/portal--rain").fetch()
    assert refused.value.code == "refused-address"
    assert server.asked == []


@pytest.fixture
def small_private() -> Iterator[SmallServer]:
    """A server on this machine that nobody has listed as trusted."""
    with small_server() as running:
        running.answers["/rain.csv"] = Reply(RAIN)
        yield running


def test_a_fetch_that_takes_too_long_is_given_up(server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN * 100, pause=0.2)
    with pytest.raises(SourceFailed) as refused:
        fetch_record(known(file(f"{server.url}/rain.csv", format="csv")), limits=Limits(seconds=0.5))
    assert refused.value.code in ("too-slow", "unreachable")


def test_a_bomb_is_refused(server: SmallServer, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("rows.csv", "w") as rows:
        for _ in range(300):
            rows.write(b"0" * (1 << 20))
    server.answers["/rain.zip"] = Reply(packed.getvalue())
    monkeypatch.setenv("DATAHALL_HARVESTED_BYTES", "12000000")
    with pytest.raises(SourceFailed, match="unpacked"):
        HarvestedDataset(known(file(f"{server.url}/rain.zip", format="csv", packed="zip"))).fetch()
