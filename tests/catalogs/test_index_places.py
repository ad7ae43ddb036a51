"""A place is counted and found under one value, however the portals say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from datahall._harvesting.detection import read
from datahall._harvesting.record import Harvest, Record
from datahall._index import SearchAnswer, SearchRequest, open_index
from datahall._index.places import place_value
from datahall._records.harvest_run import HarvestRun
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file, writing
from datahall.errors import DatahallError

from tests.catalogs.portal_entries import NO_CATALOGS, read_file


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("United States", "US"),
        ("united states", "US"),
        ("US", "US"),
        ("美国", "US"),
        ("CN-SH", "CN-31"),
        ("上海", "CN-31"),
        ("us-wa", "US-WA"),
        ("Luxembourg", "LU"),  # a province of Belgium, too
        ("Georgia", "Georgia"),  # a state, too
        ("Birmingham", "Birmingham"),  # there are many
        ("https://www.geonames.org/2921044", "https://www.geonames.org/2921044"),
        ("", ""),
    ],
)
def test_a_country_is_one_value_and_an_unclear_name_stays(said: str, value: str) -> None:
    assert place_value(said) == value
    assert place_value(value) == value


def keep(name: str, *records: Record) -> None:
    with writing(find_file()) as connection:
        run = HarvestRun(connection, name=name, address=f"https://{name}.example")
        run.keep_page("page", Harvest(kind="ckan", records=records))
        run.finish(kind="ckan")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    (tmp_path / "index").mkdir(mode=0o700)
    return tmp_path


def choose(place: str) -> SearchAnswer:
    return open_index().search(SearchRequest(filters={"place": (place,)}, rows=0, facets=()))


@pytest.mark.usefixtures("home")
def test_choosing_a_place_finds_as_many_as_are_counted(portals: Path) -> None:
    """It found more: those that name the place by its code, which were counted apart."""
    for number, file in enumerate(sorted(portals.rglob("*"))):
        if not file.is_file() or file.suffix == ".md" or str(file.relative_to(portals)).startswith(NO_CATALOGS):
            continue
        try:
            found = read(read_file(file)).records
        except DatahallError:
            continue  # test_harvesting_portals names each file that is no catalog
        if placed := [each for each in found if each.spatial][:150]:
            keep(f"p{number}", *placed)
    stored = [set(map(place_value, each.record.spatial[:20])) for each in RecordStore().take(start=0, rows=100_000)]
    counts = open_index().search(SearchRequest(filters={"source": tuple(_sources())}, rows=0, values=1_000)).facets

    assert len(counts["place"]) >= 20
    for each in counts["place"][:20]:
        found_by_it = open_index().search(
            SearchRequest(filters={"place": (each.value,), "source": tuple(_sources())}, rows=0, facets=())
        )
        assert found_by_it.total == each.count == sum(each.value in places for places in stored), each.value


def _sources() -> list[str]:
    return sorted({each.source for each in RecordStore().take(start=0, rows=100_000)})


@pytest.mark.usefixtures("home")
def test_a_country_by_name_and_by_code_is_counted_once() -> None:
    def record(name: str, *places: str) -> Record:
        return Record(kind="ckan", id=name, name=name, title={"en": name}, spatial=places)

    keep(
        "alps",
        record("a", "Liechtenstein"),
        record("b", "LI"),
        record("c", "LI", "Liechtenstein"),
        record("d", "Georgia"),
    )
    counts = {
        each.value: each.count for each in open_index().search(SearchRequest(rows=0, values=1_000)).facets["place"]
    }

    assert counts["LI"] == 3
    assert "Liechtenstein" not in counts
    assert choose("LI").total == choose("Liechtenstein").total == choose("列支敦士登").total == counts["LI"]
    assert open_index().search(SearchRequest("place:Georgia", rows=0)).total >= choose("Georgia").total == 1
