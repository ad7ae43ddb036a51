"""The index finds, filters, counts and pages, as a person or a page asks it to."""

from __future__ import annotations

import pytest
from datahall._index import FACETS, SearchAnswer, SearchRequest, open_index
from datahall._index.queries import read_query

pytestmark = pytest.mark.usefixtures("searched_home")


def search(text: str = "", **rest: object) -> SearchAnswer:
    return open_index().search(SearchRequest(text, **rest))  # type: ignore[arg-type]  # a test names what it varies


def ids(answer: SearchAnswer) -> list[str]:
    return [hit.id for hit in answer.hits]


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        ("theme:weather", {"theme": ("weather",)}),
        ("theme:气象", {"theme": ("weather",)}),
        ("主题：气象", {"theme": ("weather",)}),
        ("license:cc-by-4.0", {"license": ("CC-BY-4.0",)}),
        ("licence:CC-BY-4.0", {"license": ("CC-BY-4.0",)}),
        ("publisher:noaa", {"publisher": ("noaa",)}),
        ("format:csv", {"format": ("csv",)}),
        ("access:open", {"access": ("open",)}),
        ("place:us-wa", {"place": ("US-WA",)}),
        ("synthetic:true", {"synthetic": ("true",)}),
        ("合成:是", {"synthetic": ("true",)}),
        ("year:2010..2012", {"year": ("2010..2012",)}),
        ("year:1900", {"year": ("1900",)}),
        ("source:own", {"source": ("own",)}),
        ('source:"This hall"', {"source": ("own",)}),
        ("来源:本大厅", {"source": ("own",)}),
        ("來源：本大廳", {"source": ("own",)}),
        ("来源：“本大厅”", {"source": ("own",)}),
        ('Where it comes from:"this hall"', {"source": ("own",)}),
        ("开放方式:开放", {"access": ("open",)}),
        ("開放方式：開放", {"access": ("open",)}),
        ("domain:transport", {"theme": ("transport",)}),
        ("Domain:Transport", {"theme": ("transport",)}),
        ("domain:交通", {"theme": ("transport",)}),
        ("領域：氣象", {"theme": ("weather",)}),
        ('许可:"知识共享 署名 4.0"', {"license": ("CC-BY-4.0",)}),
        ("許可：「知識共享 署名 4.0」", {"license": ("CC-BY-4.0",)}),
        ('publisher:"World Bank"', {"publisher": ("world-bank",)}),
        ("发布者:世界银行", {"publisher": ("world-bank",)}),
        ('Real or synthetic:"Synthetic data"', {"synthetic": ("true",)}),
        ("真实或合成:真实数据", {"synthetic": ("false",)}),
        ("覆盖年份:2010", {"year": ("2010",)}),
    ],
)
def test_a_filter_can_be_typed_or_chosen(typed: str, filters: dict[str, tuple[str, ...]]) -> None:
    by_text, by_choice = search(typed, rows=500), search(filters=filters, rows=500)

    assert by_text.total > 0
    assert set(ids(by_text)) == set(ids(by_choice))
    assert len(by_text.hits) == by_text.total


@pytest.mark.parametrize("text", ["*", "*:*", " * ", "＊", '"*"', "**"])
def test_an_asterisk_is_everything(text: str) -> None:
    assert search(text).total == search().total > 0


def test_different_filters_must_all_hold_and_values_of_one_are_alternatives() -> None:
    weather, both = search("theme:weather").total, search("theme:weather theme:ocean").total
    ocean = search("theme:ocean").total

    assert both == weather + ocean
    assert search("theme:weather format:csv access:open").total <= weather


def test_what_is_refused_is_left_out() -> None:
    everything, invented = search("population"), search("population synthetic:true")

    assert 0 < invented.total < everything.total
    assert search("population -synthetic:true").total == everything.total - invented.total
    assert search("population -statistics").total < everything.total


@pytest.mark.parametrize("name", [name for name in FACETS if name != "year"])
def test_a_count_of_a_facet_is_what_its_filter_finds(name: str) -> None:
    for count in search("year", facets=(name,)).facets[name]:
        assert search("year", filters={name: (count.value,)}).total == count.count


def test_a_year_is_counted_as_its_filter_finds() -> None:
    counts = {count.value: count.count for count in search("weather").facets["year"]}

    assert len(counts) > 3
    assert {year: search("weather", filters={"year": (year,)}).total for year in counts} == counts


def test_a_facet_is_counted_without_its_own_filter() -> None:
    free, chosen = search("year"), search("year", filters={"theme": ("health",)})

    assert chosen.facets["theme"] == free.facets["theme"]
    assert chosen.facets["license"] != free.facets["license"]
    assert sum(count.count for count in chosen.facets["license"]) == chosen.total


def test_pages_follow_each_other_without_gap_or_doubling() -> None:
    whole = ids(search("data", rows=60))

    assert [id for start in range(0, 60, 10) for id in ids(search("data", start=start, rows=10))] == whole
    assert len(set(whole)) == len(whole)


def test_the_newest_come_first_where_that_is_asked_for() -> None:
    ends = [hit.entry.modified or hit.entry.temporal_end for hit in search("weather", sort="newest").hits]

    dated = [end for end in ends if end is not None]
    assert dated == sorted(dated, reverse=True)


@pytest.mark.parametrize(
    ("text", "language", "marked"),
    [
        ("weather", "en", "weather"),
        ("dailies Seattle", "en", "daily"),
        ("Seattle WEATHER", "en", "weather"),
        ("西雅圖 天氣", "zh", "天气"),  # traditional characters
    ],
)
def test_what_matches_is_marked_in_title_or_passage(text: str, language: str, marked: str) -> None:
    hit = search(text, language=language).hits[0]

    assert marked in {piece.text.casefold() for piece in (*hit.title, *hit.snippet) if piece.is_match}


def test_the_pieces_of_a_title_are_the_whole_title() -> None:
    for hit in search("weather").hits:
        assert "".join(piece.text for piece in hit.title) == hit.entry.title_in("en")


@pytest.mark.parametrize(
    ("typed", "meant", "first"),
    [
        ("天汽", "天气", "weather/seattle-weather"),
        ("西雅图 天汽", "西雅图 天气", "weather/seattle-weather"),
        ("就叶", "就业", "employment/us-librarians-by-area"),  # two words of one character each, which no word joins
    ],
)
def test_a_chinese_word_typed_by_its_sound_is_understood(typed: str, meant: str, first: str) -> None:
    answer = open_index().search(SearchRequest(typed))

    assert answer.did_you_mean == meant
    assert answer.hits[0].entry.id == first


@pytest.mark.parametrize("typed", ["水", "人口", "学校"])
def test_a_chinese_word_that_there_is_is_taken_as_it_stands(typed: str) -> None:
    answer = open_index().search(SearchRequest(typed))

    assert answer.total > 0
    assert answer.did_you_mean is None


def test_a_sign_of_a_filter_that_nobody_has_stays_words() -> None:
    assert read_query("领地:交通 颜色：“红”").filters == ()
    assert read_query("theme:foo").misread == (("theme", "foo"),)
