"""What CKAN's API asks of the index beyond what pages do: exclusion, keywords, other orders, whole counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from datahall._exports.ckan import last_change
from datahall._index import SearchAnswer, SearchRequest, open_index
from datahall.uses import add_uses

pytestmark = pytest.mark.usefixtures("searched_home")


def search(**asked: object) -> SearchAnswer:
    return open_index().search(SearchRequest(rows=500, **asked))  # type: ignore[arg-type]  # a test names what it varies


def test_what_is_without_a_value_and_what_has_it_are_all_there_is() -> None:
    weather, others = search(filters={"theme": ("weather",)}), search(without={"theme": ("weather",)})
    assert weather.total + others.total == search().total
    assert not {hit.id for hit in weather.hits} & {hit.id for hit in others.hits}


def test_more_words_never_find_more_where_all_are_needed() -> None:
    both = search(text="metro weather", needs_all_words=True)
    assert not both.is_partial
    assert both.total <= min(search(text=text).total for text in ("metro", "weather"))
    assert search(text="metro weather").is_partial


def test_several_excluded_values_exclude_each() -> None:
    found = search(without={"theme": ("weather", "ocean"), "synthetic": ("true",)})
    assert not [hit for hit in found.hits if hit.entry.theme in {"weather", "ocean"} or hit.entry.synthetic]


def test_a_keyword_filters_whole_whatever_its_case() -> None:
    found = search(filters={"keyword": ("RAIN",)})
    assert found.total
    for hit in found.hits:
        assert "rain" in [word.casefold() for words in hit.entry.keywords.values() for word in words]


def test_keywords_are_counted_where_somebody_asks() -> None:
    counts = {each.value: each.count for each in search(facets=("keyword",), values=10_000).facets["keyword"]}
    assert "keyword" not in search().facets
    assert all(search(filters={"keyword": (word,)}).total == counts[word] for word in list(counts)[:5])


@pytest.mark.parametrize("is_reversed", [False, True])
def test_titles_and_names_are_ordered_from_a(is_reversed: bool) -> None:
    by_title, by_name = (search(sort=sort, is_reversed=is_reversed) for sort in ("title", "name"))
    titles, names = [hit.entry.title["en"].casefold() for hit in by_title.hits], [hit.id for hit in by_name.hits]
    assert titles == sorted(titles, reverse=is_reversed)
    assert names == sorted(names, reverse=is_reversed)


def test_the_oldest_come_first_where_newest_is_reversed() -> None:
    for is_reversed in (False, True):
        hits = search(sort="newest", is_reversed=is_reversed).hits
        days = [last_change(hit.entry) or date.min for hit in hits]
        assert days == sorted(days, reverse=not is_reversed)


def test_a_facet_is_counted_with_its_own_filter_where_that_is_asked() -> None:
    chosen = {"theme": ("weather",)}
    usual, narrowed = search(filters=chosen), search(filters=chosen, are_facets_narrowed=True)
    assert len(usual.facets["theme"]) > 1
    assert [(each.value, each.count) for each in narrowed.facets["theme"]] == [("weather", narrowed.total)]


def test_as_many_values_are_kept_as_are_asked_for() -> None:
    assert len(search(values=3).facets["theme"]) == 3


def test_what_is_used_most_comes_first_and_the_rest_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    add_uses(
        {("weather/seattle-weather", "download"): 3, ("ocean/tides", "opening"): 9, ("science/sunspots", "visit"): 5}
    )
    found = [hit.id for hit in search(sort="use").hits]
    used = [id for id in found if id in {"weather/seattle-weather", "science/sunspots"}]
    assert found[:2] == used == ["science/sunspots", "weather/seattle-weather"]
    assert len(found) == len(set(found)) == search().total
    pages = [open_index().search(SearchRequest(sort="use", start=start, rows=1)).hits[0].id for start in range(4)]
    assert pages == found[:4]
