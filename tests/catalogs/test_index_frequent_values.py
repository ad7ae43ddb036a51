"""Frequent publishers and places stand together in a large index, and nothing but speed depends on which they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from datahall._harvesting.record import Harvest, Record
from datahall._index import SearchRequest, counting, open_index, upkeep
from datahall._records.harvest_run import HarvestRun
from datahall._records.record_store import RecordStore
from datahall._records.records_file import writing

from tests.benchmarks.million_records import SOURCES, find_source, make_records
from tests.benchmarks.million_store import ensure_store

COUNT = 2_000
ASKED = SearchRequest(rows=0, facets=("publisher", "place"), values=10_000)

Facets = dict[str, dict[str, int]]


@pytest.fixture
def make_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that makes a home whose index is held to be a large one, or not."""

    def make(name: str, *, is_large: bool) -> Path:
        ensure_store(tmp_path / name, COUNT)
        monkeypatch.setattr(upkeep, "EXACT", 0 if is_large else COUNT * 2)
        monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / name))
        return tmp_path / name

    return make


def count() -> Facets:
    facets = open_index().search(ASKED).facets
    return {name: {each.value: each.count for each in several} for name, several in facets.items()}


def find_kept(home: Path) -> Path | None:
    return next((home / "index").glob("search-*/frequent.json"), None)


def test_counts_are_those_of_an_index_in_which_nothing_is_held_frequent(make_home: Callable[..., Path]) -> None:
    small = make_home("small", is_large=False)
    expected = count()
    large = make_home("large", is_large=True)

    assert count() == expected
    assert find_kept(small) is None
    kept = find_kept(large)
    assert kept is not None
    frequent = json.loads(kept.read_bytes())
    assert set(frequent["publishers"]) < expected["publisher"].keys()
    assert all(expected["place"][place] > 1 for place in frequent["places"])
    assert frequent["places"]


def test_frequent_values_stand_before_all_others(make_home: Callable[..., Path]) -> None:
    home = make_home("large", is_large=True)
    found = count()
    kept = find_kept(home)
    assert kept is not None
    frequent = set(json.loads(kept.read_bytes())["publishers"])
    names = sorted(list_counted())

    first = [name[1:] for name in names[: len(frequent)]]
    assert set(first) == frequent
    assert {name[1:] for name in names} >= found["publisher"].keys()


def list_counted() -> list[str]:
    """What publishers are counted as, with their signs."""
    from tantivy import Query

    field = {"field": counting.COUNTED_PUBLISHER, "size": 10_000, "segment_size": 10_000}
    found = open_index()._upkeep.ask(
        lambda searcher: searcher.aggregate(Query.all_query(), {"all": {"terms": field}})["all"]["buckets"]
    )
    return [str(each["key"]) for each in found]


def test_cards_that_were_there_before_the_records_get_the_sign_of_their_publishers(
    make_home: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_home("small", is_large=False)
    expected = count()
    monkeypatch.setattr(upkeep, "EXACT", 0)
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "late"))
    (tmp_path / "late").mkdir()
    upkeep_of_late = open_index()._upkeep
    cards_alone = open_index().search(ASKED).total
    ensure_store(tmp_path / "late", COUNT)
    upkeep_of_late._next = 0.0  # the next search takes them in before it answers, none before it beside itself

    assert count() == expected
    assert open_index().search(ASKED).total == cards_alone + COUNT
    assert find_kept(tmp_path / "late") is not None
    names = [name[1:] for name in list_counted()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("damage", ["", "[]", '{"publishers": 1, "places": []}', None])
def test_what_was_held_frequent_may_be_lost(make_home: Callable[..., Path], damage: str | None) -> None:
    home = make_home("large", is_large=True)
    before = count()
    kept = find_kept(home)
    assert kept is not None
    kept.unlink() if damage is None else kept.write_text(damage)
    change_titles(home)
    open_index()._upkeep._next = 0.0  # look for changes now

    assert count() == before
    assert open_index().search(SearchRequest("tanzanite", rows=0, facets=())).total == len(changed_records())


def test_an_index_that_grows_keeps_what_it_held_frequent(make_home: Callable[..., Path]) -> None:
    home = make_home("large", is_large=True)
    before = count()
    kept = find_kept(home)
    assert kept is not None
    told = kept.read_bytes()
    change_titles(home)
    open_index()._upkeep._next = 0.0

    assert count() == before
    assert kept.read_bytes() == told


def changed_records() -> list[Record]:
    several = (record for record in make_records(COUNT) if find_source(record) == SOURCES[0])
    return [Record.model_validate_json(json.dumps(each | {"title": {"en": "tanzanite"}})) for each in several][:20]


def change_titles(home: Path) -> None:
    """Harvest some records again under another title."""
    source = SOURCES[0]
    with writing(home / "index/records.sqlite") as connection:
        run = HarvestRun(connection, name=source, address=f"https://{source}.example/")
        run.keep_page("https://changed.example/", Harvest(kind="ckan", records=tuple(changed_records())))
        run.stop(kind="ckan")


@pytest.mark.parametrize(("wanted", "found"), [(1, 1), (100, 100), (COUNT, COUNT), (10 * COUNT, COUNT)])
def test_a_sample_of_the_store_is_spread_over_all_of_it(tmp_path: Path, wanted: int, found: int) -> None:
    store = ensure_store(tmp_path, COUNT)
    sample = list(store.sample(wanted))

    assert len(sample) == found
    assert len({record.id for record in sample}) == found
    sources = {record.source for record in sample}
    assert len(sources) == 1 if wanted == 1 else len(sources) > len(SOURCES) / 2


def test_a_store_that_is_not_there_has_no_sample(tmp_path: Path) -> None:
    assert not list(RecordStore(tmp_path / "none.sqlite").sample(10))
