"""The chart on a dataset's page: a picture, in words, and as a table, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

import httpx
import pytest
from datahall_hub.services.hall.chart_pictures import draw_bar, draw_columns, draw_lines, draw_places
from hypothesis import given, settings
from hypothesis import strategies as st

FIGURE = re.compile(r'<figure class="figure">.*?</figure>', re.DOTALL)
TITLES = ("<b>title", "told & said")


def figure_of(page: str) -> ElementTree.Element:
    """Return the chart of a page, which is well-formed XML."""
    found = FIGURE.search(page)
    assert found is not None
    return ElementTree.fromstring(found[0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_chart_says_what_it_shows_and_gives_its_values_as_a_table(visitor: httpx.Client, language: str) -> None:
    figure = figure_of(visitor.get(f"/{language}/datasets/weather/seattle-weather").text)
    picture = figure.find("svg")
    assert picture is not None
    assert picture.get("role") == "img"
    title, told = picture.findtext("title"), picture.findtext("desc")
    assert title == figure.findtext("figcaption")
    assert told
    assert "1,461" in told
    assert {"en": "Highest temperature (°C)", "zh": "最高气温（°C）"}[language] in str(title)
    rows = figure.findall(".//tbody/tr")
    assert len(rows) == 210
    assert rows[0].findtext("th") == "2011-12-26"


def test_bars_are_a_table_themselves(visitor: httpx.Client) -> None:
    figure = figure_of(visitor.get("/en/datasets/credit/practice-penalties").text)
    rows = figure.findall(".//tbody/tr")
    assert [row.findtext("th") for row in rows] == ["Yes", "No"]
    assert all(row.find(".//rect") is not None for row in rows)


def test_a_dataset_with_nothing_to_draw_has_no_chart(visitor: httpx.Client) -> None:
    assert "<figure" not in visitor.get("/en/datasets/geography/us-states").text


def test_words_of_the_data_are_never_markup(visitor: httpx.Client) -> None:
    assert "<b>" not in visitor.get("/en/datasets/culture/trap").text


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LINES = st.lists(st.one_of(st.none(), NUMBERS), min_size=2, max_size=9).filter(
    lambda line: any(value is not None for value in line)
)


@settings(max_examples=80, deadline=None)
@given(LINES, st.sampled_from(["{}", "2{:03}-01-01", "2020-01-{:02}T03:00:00+00:00"]))
def test_any_line_is_well_formed(line: Sequence[float | None], form: str) -> None:
    labels = [form.format(number) for number in range(1, len(line) + 1)]
    picture = ElementTree.fromstring(draw_lines(labels, [line], titles=TITLES))
    assert picture.findtext("title") == TITLES[0]
    assert "nan" not in ElementTree.tostring(picture, encoding="unicode").lower()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=5))
def test_any_places_are_well_formed(places: list[tuple[float, float]]) -> None:
    assert "nan" not in ElementTree.tostring(ElementTree.fromstring(draw_places(places, titles=TITLES)), "unicode")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e12), min_size=2, max_size=20))
def test_any_columns_are_well_formed(values: list[float]) -> None:
    edges = [float(number) for number in range(len(values) + 1)]
    ElementTree.fromstring(draw_columns(edges, values, titles=TITLES))


def test_a_bar_of_less_than_nothing_goes_to_the_left() -> None:
    below = ElementTree.fromstring(draw_bar(-1, low=-1, high=3))[0]
    above = ElementTree.fromstring(draw_bar(3, low=-1, high=3))[0]
    assert (below.get("x"), below.get("width")) == ("0.00%", "25.00%")
    assert (above.get("x"), above.get("width")) == ("25.00%", "75.00%")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "-1.6 – 35.6, median 15.6"), ("zh", "-1.6 – 35.6，中位数 15.6")]
)
def test_each_field_shows_how_its_values_are_distributed(visitor: httpx.Client, language: str, words: str) -> None:
    page = visitor.get(f"/{language}/datasets/weather/seattle-weather").text
    cells = re.findall(r'<td class="spark"[^>]*>.*?</td>', page, re.DOTALL)
    assert len(cells) == 6
    assert all('role="img"' in cell for cell in cells)
    assert words in cells[2]


def test_a_dataset_that_is_not_here_shows_no_values(visitor: httpx.Client) -> None:
    assert 'class="spark"' not in visitor.get("/en/datasets/ocean/unreachable").text
    assert 'class="spark"' not in visitor.get("/en/datasets/credit/on-request").text
