"""The index of many harvested records: whole, exact, deep, kept up without being made anew; the benchmarks' input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from datahall._cards import load_shelf
from datahall._harvesting.record import Harvest, Record
from datahall._index import SearchRequest, counting, open_index, search_run
from datahall._index.analysis import fold
from datahall._index.documents import LONGEST_PHRASE, MOST_PLACES
from datahall._index.index import Index
from datahall._index.places import place_value
from datahall._records.harvest_run import HarvestRun
from datahall._records.records_file import writing

from tests.benchmarks.million_records import SOURCES, find_source, make_records
from tests.benchmarks.million_store import ensure_store
from tests.benchmarks.query_file import load_queries

COUNT = 10_000
CHANGED = COUNT // 25  # the records of one portal


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with many harvested records."""
    home = tmp_path_factory.mktemp("many")
    ensure_store(home, COUNT)
    return home


@pytest.fixture(autouse=True)
def _in_this_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(home))


@pytest.fixture
def index() -> Index:
    return open_index()


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return list(make_records(COUNT))


def count_records(index: Index, text: str = "") -> int:
    answer = index.search(SearchRequest(text, rows=0, facets=("source",)))
    return sum(each.count for each in answer.facets["source"] if each.value != "own")


def test_made_records_are_valid_and_the_same_each_time() -> None:
    made = list(make_records(200))

    assert made == list(make_records(10_200))[:200]
    assert all(Record.model_validate_json(json.dumps(record)).id == record["id"] for record in made)


def test_there_are_200_queries_a_quarter_chinese_and_a_tenth_misspelt() -> None:
    queries = load_queries()

    kinds = Counter(each["kind"] for each in queries)
    assert len(queries) == 200
    assert kinds["chinese"] == 50
    assert all(re.search("[\u4e00-\u9fff]", each["query"]) for each in queries if each["kind"] == "chinese")
    assert kinds["misspelt"] == 20


def test_a_tenth_of_the_queries_matches_two_in_five_records(index: Index) -> None:
    everything = index.search(SearchRequest(rows=0, facets=())).total

    broad = [
        each
        for each in load_queries()
        if index.search(SearchRequest(each["query"], facets=())).total >= 0.4 * everything
    ]

    assert len(broad) >= 20


def test_every_record_and_every_card_is_there(index: Index) -> None:
    assert index.search(SearchRequest(rows=0)).total == COUNT + len(load_shelf().cards)


@pytest.mark.parametrize("name", ["theme", "license", "access", "publisher", "place", "keyword"])
def test_counts_are_those_of_records_and_cards(name: str, index: Index, records: list[dict[str, Any]]) -> None:
    counted = index.search(SearchRequest(rows=0, facets=(name,))).facets[name]

    expected = Counter(_values(records, name))
    assert [each.count for each in counted] == [count for _, count in expected.most_common(len(counted))]
    assert all(expected[each.value] == each.count for each in counted)


@pytest.mark.parametrize("most", [1, 50])
@pytest.mark.parametrize("name", ["theme", "license", "access", "source", "keyword"])
def test_counts_of_few_values_are_right_where_there_are_too_many_datasets_to_keep_all(
    name: str, most: int, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = SearchRequest("data", rows=0, facets=(name,), values=most)
    expected = index.search(replace(request, values=1_000)).facets[name][:most]  # all are kept of so few datasets
    monkeypatch.setattr(counting, "EXACT", 0)

    assert index.search(request).facets[name] == expected


def test_keywords_are_counted_alike_over_many_and_over_few_datasets(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = SearchRequest(rows=0, facets=("keyword",), values=1_000)
    few = index.search(asked).facets["keyword"]
    monkeypatch.setattr(search_run, "BROAD", 0)
    assert index.search(asked).facets["keyword"] == few


def _values(records: list[dict[str, Any]], name: str) -> Iterator[str]:
    for record in records:
        if name == "place":
            yield from set(map(place_value, record["spatial"]))
        elif name == "keyword":
            yield from set(_fold_short(record["keywords"].values()))
        elif name == "publisher":
            yield record["publisher"].get("en") or record["publisher"]["zh"]
        else:
            yield record[name] or "unknown"
    for loaded in load_shelf().cards.values():
        card = loaded.card
        if name == "place":
            yield from set(map(place_value, card.spatial[:MOST_PLACES]))
        elif name == "keyword":
            yield from set(_fold_short([card.keywords.en, card.keywords.zh]))
        else:
            yield getattr(card, name)


def _fold_short(several: Iterable[Iterable[str]]) -> Iterator[str]:
    return (fold(word) for words in several for word in words if len(word) <= LONGEST_PHRASE)


def test_a_page_deep_in_the_results_follows_the_one_before(index: Index) -> None:
    before, deep = (index.search(SearchRequest(start=start, rows=20, facets=())).hits for start in (9_960, 9_980))

    assert len(before) == len(deep) == 20
    assert not {hit.id for hit in before} & {hit.id for hit in deep}


def test_a_page_beyond_what_can_be_paged_through_is_empty_and_still_counted(index: Index) -> None:
    answer = index.search(SearchRequest(start=99_990, rows=20, facets=()))

    assert not answer.hits
    assert answer.total > COUNT


def test_the_newest_of_many_come_first(index: Index) -> None:
    hits = index.search(SearchRequest("data", sort="newest", rows=100, facets=())).hits

    dates = [hit.entry.modified or hit.entry.issued or hit.entry.temporal_end for hit in hits]
    assert all(later >= earlier for later, earlier in pairwise(dates) if later and earlier)


def test_changes_of_a_portal_are_found_soon_and_nothing_else_is_written_again(home: Path, index: Index) -> None:
    everything = index.search(SearchRequest(rows=0, facets=())).total
    change_records(home, "zanzibarite")

    began = time.process_time()
    found = count_soon(index, "zanzibarite")

    assert found == CHANGED
    assert time.process_time() - began < 5.0  # of the processor
    assert index.search(SearchRequest(rows=0, facets=())).total == everything


def test_what_another_process_has_taken_in_is_found_without_writing(
    home: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_records(home, "quetzalite")
    program = "from datahall._index import open_index; open_index()"
    subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=True, timeout=60)
    monkeypatch.setattr(index._upkeep.folder, "open_writer", lambda **_: pytest.fail("nothing is left to write"))

    assert count_soon(index, "quetzalite") == CHANGED


def change_records(home: Path, word: str) -> None:
    """Harvest one portal again, whose records all have another title."""
    changed = [
        Record.model_validate_json(json.dumps(record | {"title": {"en": f"{word} {number}"}}))
        for number, record in enumerate(make_records(COUNT))
        if find_source(record) == SOURCES[7]
    ]
    with writing(home / "index/records.sqlite") as connection:
        run = HarvestRun(connection, name=SOURCES[7], address=f"https://{SOURCES[7]}.example/")
        run.keep_page("https://changed.example/", Harvest(kind="ckan", records=tuple(changed)))
        run.stop(kind="ckan")


def count_soon(index: Index, text: str) -> int:
    """Return how many are found once the index has looked for changes again, which it does every few seconds."""
    deadline = time.monotonic() + 20.0
    while not (found := count_records(index, text)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
