"""A filter means what people call its values, and one that means nothing is told, wherever it was set."""

from __future__ import annotations

import datahall
import pytest
from datahall import DatahallError
from datahall._index.places import find_places

pytestmark = pytest.mark.usefixtures("searched_home")


@pytest.mark.parametrize(
    ("name", "said", "meant"),
    [
        ("year", "2020-2023", "2020..2023"),
        ("year", "2023..2020", "2020..2023"),
        ("publisher", "NOAA", "noaa"),
        ("publisher", "noaa", "noaa"),
        ("format", "CSV", "csv"),
        ("license", "cc-by-4.0", "CC-BY-4.0"),
        ("access", "public", "open"),
        ("access", "开放", "open"),
        ("theme", "Weather", "weather"),
        ("place", "Washington", "US-WA"),
        ("place", "us-wa", "US-WA"),
        ("place", "中国", "CN"),
    ],
)
def test_a_value_is_meant_in_any_case_and_by_its_name(name: str, said: str, meant: str) -> None:
    found = datahall.search(**{name: said})  # type: ignore[arg-type]  # one filter after the other

    assert found.total > 0
    assert found.total == datahall.search(**{name: meant}).total  # type: ignore[arg-type]
    assert found.total == datahall.search(f"{name}:{said}").total


@pytest.mark.parametrize(
    ("name", "said", "proposed"),
    [
        ("year", "abc", "2020..2023"),
        ("license", "cc-by", "CC-BY-4.0"),
        ("access", "secret", "conditional"),
        ("format", "csw", "csv"),
        ("place", "华盛顿", "US"),
        ("source", "nowhere", "own"),
        ("publisher", "nobody at all", "noaa"),
    ],
)
def test_a_value_that_there_is_not_is_an_error_that_names_others(name: str, said: str, proposed: str) -> None:
    with pytest.raises(DatahallError) as raised:
        datahall.search(**{name: said})  # type: ignore[arg-type]

    assert raised.value.code == "unknown-filter-value"
    assert proposed in raised.value.hint_in("en")
    assert proposed in raised.value.hint_in("zh") != raised.value.hint_in("en")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("theme:foo", "“theme:foo” is no filter"),
        ("year:abc rain", "“year:abc” is no filter"),
        ("place:华盛顿", "No dataset has “place:华盛顿”"),
        ("source:nowhere", "No dataset has “source:nowhere”"),
    ],
)
def test_a_typed_filter_that_says_nothing_is_told(typed: str, told: str) -> None:
    found = datahall.search(typed)

    assert told in " ".join(found.remarks(language="en"))
    assert typed.split()[0] in " ".join(found.remarks(language="zh"))
    assert found.did_you_mean is None


@pytest.mark.parametrize("name", ["source", "publisher", "theme"])
def test_of_many_filters_that_say_nothing_the_first_ones_are_told(name: str) -> None:
    found = datahall.search(" ".join(f"{name}:nothing{number}" for number in range(30)))
    told = " ".join(found.remarks(language="en"))

    assert f"{name}:nothing3" in told
    assert f"{name}:nothing4" not in told


@pytest.mark.parametrize(
    ("text", "filters", "told"),
    [
        ("zzzyx", {}, "No dataset holds all these words."),
        ("theme:weather year:1700", {}, "No dataset matches all these filters."),
        ("", {"theme": "weather", "year": 1700}, "No dataset matches all these filters."),
        ("zzzyx", {"theme": "weather"}, "No dataset holds all these words and matches all these filters."),
    ],
)
def test_nothing_found_says_what_was_asked_for(text: str, filters: dict[str, str], told: str) -> None:
    assert told in datahall.search(text, **filters).remarks(language="en")[0]  # type: ignore[arg-type]


def test_results_are_paged_from_a_start() -> None:
    whole = [hit.id for hit in datahall.search().hits()]

    assert [hit.id for hit in datahall.search(start=20, rows=5).hits()] == whole[20:25]
    assert len(datahall.search(start=len(whole) - 1, rows=5)) == 1
    assert len(datahall.search(start=10_000)) == 0


def test_a_place_is_found_by_its_name_in_either_language() -> None:
    assert "CN-31" in find_places("Shanghai")
    assert "CN-31" in find_places("上海")
    assert find_places("State and County") == ()
