"""People find datasets by words of either language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import datahall
import pytest
from babel.messages.pofile import read_po

pytestmark = pytest.mark.usefixtures("searched_home")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("seattle weather", "weather/seattle-weather"),
        ("西雅图 天气", "weather/seattle-weather"),
        ("fertility", "statistics/world-fertility"),
        ("生育率", "statistics/world-fertility"),
        ("Sunspot", "science/sunspots"),
        ("sunspots", "science/sunspots"),
        ("nile", "resources/nile-flow"),
        ("exchange rate", "finance/us-exchange-rates"),
        ("汇率", "finance/us-exchange-rates"),
        ("诗经", "culture/classic-of-poetry"),
        ("节假日 调休", "employment/china-public-holidays"),
        ("机场代码", "transport/airports"),
        ("geography/china-cities", "geography/china-cities"),
        ("ＮＩＬＥ", "resources/nile-flow"),
    ],
)
def test_the_dataset_that_is_meant_comes_first(text: str, first: str) -> None:
    assert datahall.search(text)[0].id == first


ROOT = Path(__file__).parents[2]
HALL = ROOT / "hub" / "datahall_hub"


def promised_words() -> set[str]:
    """The words that our pages and READMEs propose to a person."""
    template = (HALL / "services" / "hall" / "templates" / "parts.html").read_text()
    [proposal] = re.findall(r'name="q"[^>]*placeholder="\{\{ _\("([^"]+)"\) \}\}"', template)
    with (HALL / "locale" / "zh" / "hall.po").open("rb") as file:
        chinese = read_po(file, locale="zh").get(proposal)
    assert chinese is not None
    lists = [re.split(r"[:：]|e\.g\.", text)[-1] for text in (proposal, str(chinese.string))]
    words = [word.strip(" .。…") for text in lists for word in re.split(r"[,，、]", text)]
    texts = [(ROOT / name).read_text() for name in ("README.md", "README.zh.md", "catalogs/README.md")]
    return {*words, *(word for text in texts for word in re.findall(r'datahall\.search\("([^"]+)"\)', text))}


def test_there_are_words_that_we_propose() -> None:
    assert len(promised_words()) >= 4  # two of the first page, one of each README


@pytest.mark.parametrize(
    "word", sorted(promised_words() | {"rainfall", "降雨", "population", "人口", "交通", "rain", "weather"})
)
def test_a_word_that_we_propose_finds_something(word: str) -> None:
    assert len(datahall.search(word)) > 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cities", "geography/china-cities"),
        ("city", "geography/china-cities"),
        ("hospital", "medical/us-icu-beds"),
        ("医院", "medical/us-icu-beds"),
        ("raining", "weather/seattle-weather"),
        ("rainy", "weather/seattle-weather"),
        ("雨量", "weather/seattle-weather"),
        ("employed", "employment/us-employment"),
        ("companies", "enterprise/sp500-companies"),
        ("company", "enterprise/sp500-companies"),
    ],
)
def test_another_form_or_a_synonym_of_a_word_finds_it_too(text: str, found: str) -> None:
    assert found in [item.id for item in datahall.search(text)]


@pytest.mark.parametrize("word", ["wether", "气象站", "Weathers"])
def test_an_unknown_theme_is_an_error_that_proposes_the_nearest(word: str) -> None:
    with pytest.raises(datahall.UnknownTheme, match=r"There is no theme .*\. Did you mean weather\?$"):
        datahall.search("rain", theme=word)


def test_a_theme_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(datahall.UnknownTheme, match="The themes are: credit, transport, "):
        datahall.search(theme="xyz")


def test_finding_nothing_says_so_in_both_languages() -> None:
    nothing = datahall.search("zebra")
    assert "No dataset holds all these words" in repr(nothing)
    assert "No dataset holds all these words" in nothing._repr_html_()
    assert "没有数据集包含全部这些词语" in nothing._repr_html_()


def test_what_holds_every_word_comes_before_what_holds_some() -> None:
    found = datahall.search("films women budget")
    assert found.is_partial
    assert [item.id for item in found][:2] == ["culture/film-budgets-and-bechdel", "culture/film-crews-by-gender"]


def test_that_only_some_words_were_found_is_said() -> None:
    assert not datahall.search("weather").is_partial
    partial = datahall.search("weather zebra")
    assert partial.is_partial
    assert "weather" in partial[0].id
    assert "Few or no datasets hold all these words" in repr(partial)
    assert "全部这些词语" in partial._repr_html_()


def test_a_theme_narrows_the_search() -> None:
    assert {item.theme for item in datahall.search("daily", theme="weather")} == {"weather"}
    cultural = datahall.search(theme="culture")
    assert "culture/classic-of-poetry" in [item.id for item in cultural]
    assert {item.theme for item in cultural} == {"culture"}


def test_nothing_asked_for_lists_everything() -> None:
    everything = list(datahall.search())
    assert sorted(item.id for item in everything) == [item.id for item in datahall.datasets()]
    assert [item.card.synthetic for item in everything] == sorted(item.card.synthetic for item in everything)


@pytest.mark.parametrize("text", ["%", "(", "\\", "\x00", "?!。", "\udcff"], ids=repr)
def test_signs_alone_find_nothing_and_break_nothing(text: str) -> None:
    assert list(datahall.search(text)) == []


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        ({"theme": "weather"}, "theme:weather"),
        ({"theme": ["weather", "ocean"]}, "theme:weather theme:ocean"),
        ({"year": 2000}, "year:2000"),
        ({"year": "2000..2003"}, "year:2000..2003"),
        ({"synthetic": True}, "synthetic:true"),
        ({"synthetic": False}, "-synthetic:true"),
        ({"place": "IT", "format": "csv"}, "place:IT format:csv"),
        (
            {"publisher": "noaa", "license": "LicenseRef-US-Government"},
            "publisher:noaa license:licenseref-us-government",
        ),
        ({"source": "own", "access": "open"}, "source:own access:open"),
    ],
    ids=str,
)
def test_filters_are_arguments_or_stand_in_the_text(chosen: dict[str, Any], typed: str) -> None:
    found = {item.id for item in datahall.search(**chosen)}

    assert found
    assert found == {item.id for item in datahall.search(typed)}


def test_an_unknown_order_is_an_error_that_names_them() -> None:
    with pytest.raises(datahall.DatahallError, match=r"There is no order 'newst'\. Did you mean newest\?$"):
        datahall.search("rain", sort="newst")  # type: ignore[arg-type]


def test_rows_are_the_most_that_a_list_has() -> None:
    some = datahall.search("weather", rows=2)
    assert len(some) == len(list(some)) == 2
    assert some.total > 2
    with pytest.raises(datahall.WrongType, match="rows is a whole number, not 'two'"):
        datahall.search("weather", rows="two")  # type: ignore[arg-type]


def test_a_long_list_is_read_page_by_page() -> None:
    everything = datahall.search()
    assert [item.id for item in everything[95:105]] == [item.id for item in list(everything)[95:105]]
    assert everything[-1].id == list(everything)[-1].id


def test_what_was_probably_meant_is_proposed() -> None:
    found = datahall.search("carbon dioxde")
    assert found.did_you_mean == "carbon dioxide"
    assert "Did you mean carbon dioxide?" in repr(found)
    assert datahall.search("carbon dioxide").did_you_mean is None


def test_results_are_a_list_with_facets() -> None:
    results = datahall.search("weather")
    assert len(results[:1]) == 1
    assert sum(results.facets()["theme"].values()) == len(results)
    assert "weather/seattle-weather" in repr(results)
