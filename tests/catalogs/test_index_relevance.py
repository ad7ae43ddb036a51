"""The quick way to the best datasets finds those that weighing every score finds."""

from __future__ import annotations

import pytest
from datahall._index import relevance_order
from datahall._index.documents import HARVESTED
from datahall._index.expansion import expand
from datahall._index.leaders import find_leaders
from datahall._index.matching import match_all
from datahall._index.queries import read_query
from datahall._index.schema import build_schema, register_tokenizers
from tantivy import Document, Index, Query, Searcher

COUNT = 30_000  # datasets, above the number from which on the quick way is taken


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    """Return an index of datasets that say one word up to ten times; each thousandth is ours, each third invented.

    All say "snow" and "wind", too, some hundred of them in titles; nine in ten say "fog", ten of them in titles.
    """
    index = Index(build_schema())
    register_tokenizers(index)
    writer = index.writer(50_000_000, 1)
    for number in range(COUNT):
        document = Document()
        document.add_text("id", f"harvested/portal--{number}")
        document.add_text("text", " ".join(["rain"] * (1 + number % 10) + [f"word{number % 7}"] * (number % 17)))
        document.add_text("text", "snow wind" + " fog" * (number % 10 > 0) + " hail" * (number % 20))
        for word, step in {"snow": 90, "wind": 130, "fog": 3_000}.items():
            if number % step == 1:
                document.add_text("title", f"{word} of the north")
        document.add_text("synthetic", "true" if number % 3 == 0 else "false")
        document.add_text("source", "own" if number % 1_000 == 0 else "portal")
        standing = 1.0 if number % 1_000 == 0 else 0.2 if number % 3 == 0 else HARVESTED
        document.add_float("standing", standing - number * 1e-9)
        writer.add_document(document)
    writer.commit()
    index.reload()
    return index.searcher()


def _list_ids(searcher: Searcher, hits: relevance_order.Hits) -> list[str]:
    return [str(searcher.doc(address).get_first("id")) for _, address in hits]


@pytest.mark.parametrize("start", [0, 20, 90, 100, 140, 1_000])
@pytest.mark.parametrize("field", ["text", "source"])  # scores that differ, and scores that are all the same
def test_the_best_of_many_are_those_that_weighing_all_finds(start: int, field: str, searcher: Searcher) -> None:
    query = Query.term_query(build_schema(), field, {"text": "rain", "source": "portal"}[field])

    found = relevance_order.search_by_relevance(searcher, query, start=start, rows=20)

    weighed = searcher.search(query, limit=20, offset=start, count=False, weight_by_field="standing").hits
    assert _list_ids(searcher, found) == _list_ids(searcher, weighed)
    assert [score for score, _ in found] == pytest.approx([score for score, _ in weighed], rel=1e-6)


@pytest.mark.parametrize("start", [0, 20, 90, 140])
@pytest.mark.parametrize(
    ("text", "is_enough"),
    [("snow", True), ("wind snow", True), ("hail snow", True), ("fog", False)],
    ids=["one word", "two words", "of which one is in no title", "too few titles"],
)
def test_those_that_have_a_word_in_their_titles_are_the_best_of_all_that_say_it(
    text: str, is_enough: bool, start: int, searcher: Searcher
) -> None:
    sought = expand(read_query(text).words, searcher=searcher)
    query = match_all(sought).how_well

    leaders = find_leaders(sought, searcher=searcher)

    assert leaders is not None
    looked_at = relevance_order._find_best(searcher, query, wanted=100, leaders=leaders)
    assert (looked_at is not None) == is_enough
    found = relevance_order.search_by_relevance(searcher, query, start=start, rows=20, leaders=leaders)
    of_all = relevance_order.search_by_relevance(searcher, query, start=start, rows=20)
    weighed = searcher.search(query, limit=20, offset=start, count=False, weight_by_field="standing").hits
    assert _list_ids(searcher, found) == _list_ids(searcher, of_all)
    assert [score for score, _ in found] == pytest.approx([score for score, _ in weighed], rel=1e-6)


def test_no_dataset_that_is_not_looked_at_reaches_the_bound(searcher: Searcher) -> None:
    sought = expand(read_query("wind snow").words, searcher=searcher)
    leaders = find_leaders(sought, searcher=searcher)
    assert leaders is not None

    others = match_all(sought).how_well.and_must_not_match(leaders.query)

    (best,) = searcher.search(others, limit=1).hits
    assert leaders.bound / 10 < best[0] < leaders.bound


@pytest.mark.parametrize("text", ["north", "rain", "", "word3"], ids=["few", "in no title", "nothing", "some"])
def test_all_are_looked_at_where_titles_tell_nothing(text: str, searcher: Searcher) -> None:
    assert find_leaders(expand(read_query(text).words, searcher=searcher), searcher=searcher) is None


@pytest.mark.parametrize("rows", [7, 20, 60, 400])
def test_pages_neither_repeat_nor_lose_a_dataset(rows: int, searcher: Searcher) -> None:
    query = Query.term_query(build_schema(), "text", "rain")

    pages = [
        relevance_order.search_by_relevance(searcher, query, start=start, rows=rows) for start in range(0, 800, rows)
    ]

    ids = [id for page in pages for id in _list_ids(searcher, page)]
    whole = searcher.search(query, limit=len(ids), count=False, weight_by_field="standing").hits
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(_list_ids(searcher, whole))


def test_our_own_come_among_the_best_where_many_harvested_ones_say_as_much(searcher: Searcher) -> None:
    query = Query.const_score_query(Query.term_query(build_schema(), "text", "rain"), 1.0)

    best = relevance_order.search_by_relevance(searcher, query, start=0, rows=20)

    assert {int(id.rpartition("--")[2]) % 1_000 for id in _list_ids(searcher, best)} == {0}


def test_all_are_found_where_there_are_fewer_than_asked_for(searcher: Searcher) -> None:
    query = Query.term_query(build_schema(), "source", "own")

    assert len(relevance_order.search_by_relevance(searcher, query, start=0, rows=100)) == COUNT // 1_000
