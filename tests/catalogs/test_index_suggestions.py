"""What is proposed while somebody types, what is alike, and the order of use."""

from __future__ import annotations

from pathlib import Path

import pytest
from datahall import uses
from datahall._index import SearchRequest, Suggestion, open_index
from datahall._index.suggestions import name_titles

pytestmark = pytest.mark.usefixtures("searched_home")


@pytest.mark.parametrize(
    ("typed", "language", "proposed"),
    [
        ("weath", "en", Suggestion("weather")),
        ("Weath", "en", Suggestion("Daily weather in Seattle", "weather/seattle-weather")),
        ("seattle wea", "en", Suggestion("Daily weather in Seattle", "weather/seattle-weather")),
        ("seattle w", "en", Suggestion("Daily weather in Seattle", "weather/seattle-weather")),
        ("daily weather in se", "en", Suggestion("Daily weather in Seattle", "weather/seattle-weather")),
        ("西雅", "zh", Suggestion("西雅图")),
        ("西雅圖", "zh", Suggestion("西雅图逐日天气", "weather/seattle-weather")),
        ("汇", "zh", Suggestion("汇率")),
    ],
)
def test_words_that_go_on_so_and_titles_are_proposed(typed: str, language: str, proposed: Suggestion) -> None:
    assert proposed in open_index().suggest(typed, language=language)


@pytest.mark.parametrize("typed", ["", " ", "*", '"', "qqqq", "x" * 1_000, "\udcff"], ids=repr)
def test_nothing_is_proposed_for_what_begins_nothing(typed: str) -> None:
    assert open_index().suggest(typed) == ()


def test_no_more_is_proposed_than_asked_for() -> None:
    assert len(open_index().suggest("sea", rows=3)) == 3
    assert open_index().suggest("sea", rows=0) == ()


def test_a_title_of_several_datasets_is_proposed_once_and_leads_to_all_of_them() -> None:
    """Each stood there, and nothing told them apart."""
    titles = {"harvested/a--rain": "Rain at sea", "harvested/b--snow": "Snow", "harvested/b--rain": "rain at sea"}
    assert name_titles(titles) == [Suggestion("Rain at sea"), Suggestion("Snow", "harvested/b--snow")]


@pytest.mark.parametrize(
    ("id", "like"),
    [
        ("finance/us-exchange-rates", "finance/us-exchange-rates-yearly"),
        ("transport/airports", "transport/us-airports"),
        ("culture/tang-poems", "culture/tang-poets"),
    ],
)
def test_what_is_alike_is_found_and_never_itself(id: str, like: str) -> None:
    found = [entry.id for entry in open_index().more_like(id)]

    assert like in found[:3]
    assert id not in found


def test_nothing_is_like_what_is_not_there() -> None:
    assert open_index().more_like("no/such") == ()


def test_what_is_used_most_comes_first_where_that_is_asked_for_and_pages_go_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relevance = [hit.id for hit in open_index().search(SearchRequest("weather", rows=500)).hits]
    least, second = relevance[-1], relevance[-2]
    counts = {least: 5.0, second: 1.0, "ocean/not-about-it": 9.0}
    monkeypatch.setattr(open_index()._upkeep, "uses", type(open_index()._upkeep.uses)(lambda: counts))

    expected = [least, second, *relevance[:-2]]
    found = [hit.id for hit in open_index().search(SearchRequest("weather", rows=500, sort="use")).hits]
    assert found == expected
    paged = [
        hit.id
        for start in range(0, len(expected), 3)
        for hit in open_index().search(SearchRequest("weather", start=start, rows=3, sort="use")).hits
    ]
    assert paged == expected


def test_uses_are_those_that_the_hall_has_counted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(home))
    before = [hit.id for hit in open_index().search(SearchRequest("weather")).hits]
    uses.add_uses({(before[-1], "download"): 3})

    open_index()._upkeep.uses._read = -1_000.0  # a minute later
    assert open_index().search(SearchRequest("weather", sort="use")).hits[0].id == before[-1]


@pytest.mark.parametrize(
    ("id", "other"),
    [
        ("weather/us-city-weather", "culture/tang-poets"),
        ("finance/us-exchange-rates", "agriculture/minnesota-weather"),
    ],
)
def test_one_word_in_common_makes_no_datasets_alike(id: str, other: str) -> None:
    assert other not in [entry.id for entry in open_index().more_like(id)]
