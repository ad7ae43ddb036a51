"""The results page: several values of a facet, years, order, pages of results, and words that cannot do harm."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import httpx
import pytest
from datahall._index.place_titles import title_place
from datahall._index.queries import Filter, read_query
from datahall_hub.services.hall import facets
from datahall_hub.services.hall.neighbours import tell_rate
from datahall_hub.services.hall.search_wish import SearchWish, list_pages
from datahall_hub.services.hall.shelf import facet_titles
from datahall_hub.services.hall.wording import Words
from datahall_hub.translations import LANGUAGES

from tests.hub.hall.test_hall_pages import Elements

DATASET = re.compile(r'<h3><a href="/services/hall/\w\w/datasets/([a-z-]+/[a-z0-9-]+)"')
WISH = SearchWish("rain", {"theme": ("weather", "ocean"), "license": ("CC0-1.0",)}, 1990, None, "newest", page=3)


def found_on(page: httpx.Response) -> list[str]:
    """Return the ids of the results."""
    assert page.status_code == 200, page.text
    return DATASET.findall(page.text)


def test_values_of_one_facet_are_alternatives_and_facets_narrow_each_other(visitor: httpx.Client) -> None:
    both = visitor.get("/en/datasets/?theme=weather&theme=ocean")
    one = visitor.get("/en/datasets/?theme=weather&theme=ocean&synthetic=true")
    assert {each.partition("/")[0] for each in found_on(both)} == {"weather", "ocean"}
    assert set(found_on(one)) < set(found_on(both))
    assert {each.partition("/")[2][:9] for each in found_on(one)} == {"practice-"}


def test_each_count_of_a_facet_is_what_its_link_shows(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/?theme=transport").text
    links = re.findall(r'<a href="(\?[^"]*)" rel="nofollow">\s*<span>.*?</span>\s*<span class="count">(\d+)<', page)
    assert len(links) > 20
    for address, count in links[18:30]:
        shown = visitor.get("/en/datasets/" + address.replace("&amp;", "&")).text
        total = re.search(r'role="status">(\w+) dataset', shown)
        assert total is not None
        if "theme=transport&" in address.replace("&amp;", "&") and address.count("theme=") == 1:
            assert {"One": "1"}.get(total[1], total[1]) == count, address


def test_what_was_chosen_can_be_taken_away_one_by_one_or_all_at_once(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/?q=practice&theme=weather&theme=health&from=2000").text
    chosen = re.search(r'<ul class="chosen".*?</ul>', page, re.DOTALL)
    assert chosen is not None
    addresses = [dict(parse_qsl(a["href"].partition("?")[2])) for a in Elements(chosen[0]).all("a")]
    assert addresses[0] == {"q": "practice", "theme": "health", "from": "2000"}
    assert addresses[2] == {"q": "practice", "theme": "health"} | {"theme": "health"}
    assert addresses[-1] == {"q": "practice"}


def test_years_narrow_to_what_covers_them(visitor: httpx.Client) -> None:
    assert "weather/seattle-weather" in found_on(visitor.get("/en/datasets/?q=seattle&from=2012&to=2013"))
    assert "weather/seattle-weather" not in found_on(visitor.get("/en/datasets/?q=seattle&from=2017"))
    assert "weather/seattle-weather" in found_on(visitor.get("/en/datasets/?q=seattle&from=&to="))
    assert visitor.get("/en/datasets/?from=abc").status_code == 422


def test_found_words_are_marked_in_title_and_text(visitor: httpx.Client) -> None:
    assert "<mark>weather</mark>" in visitor.get("/en/datasets/?q=weather").text.lower()
    assert "<mark>天气</mark>" in visitor.get("/zh/datasets/?q=天气").text


@pytest.mark.parametrize("query", ["sort=newest", "sort=quality", "sort=use", "sort=nonsense", "page=9999"])
def test_every_order_and_page_answers(visitor: httpx.Client, query: str) -> None:
    assert found_on(visitor.get(f"/en/datasets/?{query}"))


@pytest.mark.parametrize(("language", "until"), [("en", "data until "), ("zh", "数据截至 ")])
def test_the_date_that_the_newest_are_ordered_by_is_shown(visitor: httpx.Client, language: str, until: str) -> None:
    page = visitor.get(f"/{language}/datasets/?sort=newest&source=own").text
    lines = re.findall(rf"(?:· |{until})(\d{{4}}-\d\d-\d\d)\s*</p>", page)
    assert until in page
    assert len(lines) > 5
    assert lines == sorted(lines, reverse=True)


def test_pages_have_numbers_and_hold_all_results_once(visitor: httpx.Client) -> None:
    ids: list[str] = []
    address = "?theme=health&theme=statistics"
    while address:
        page = visitor.get(f"/en/datasets/{address}")
        ids += found_on(page)
        following = Elements(page.text).all("a", rel="next")
        address = following[0]["href"] if following else ""
    first = visitor.get("/en/datasets/?theme=health&theme=statistics").text
    total = re.search(r'role="status">(\d+) datasets', first)
    assert total is not None
    assert len(ids) == len(set(ids)) == int(total[1]) > 20
    assert '<a href="?theme=health&amp;theme=statistics&amp;page=2">' in first


@pytest.mark.parametrize(
    "query",
    ["q=%3Cscript%3Ealert(1)%3C/script%3E", "theme=%22%3E%3Cscript%3E", "source=%3Cb%3E&place=%3Ci%3E", "q=%00%0a"],
)
def test_what_is_typed_or_chosen_is_never_markup(visitor: httpx.Client, query: str) -> None:
    page = visitor.get(f"/en/datasets/?{query}")
    assert page.status_code == 200
    assert not re.search(r"<script>|<b>|<i>", page.text)


def test_a_title_with_markup_is_text_among_the_results(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/?q=alert")
    assert "culture/trap" in found_on(page)
    assert "<script>" not in page.text
    assert "&lt;script&gt;<mark>alert</mark>" in page.text


def test_far_too_many_values_are_cut_off_and_not_an_error(visitor: httpx.Client) -> None:
    assert visitor.get("/en/datasets/?" + "&".join(f"theme=t{n}" for n in range(500))).status_code == 200
    assert visitor.get("/en/datasets/", params={"publisher": "x" * 3_000}).status_code == 200


def test_an_address_says_everything_but_a_page_that_changes_begins_anew() -> None:
    assert WISH.address() == "?q=rain&theme=weather&theme=ocean&license=CC0-1.0&from=1990&sort=newest"
    assert WISH.address(page=4).endswith("&page=4")
    assert WISH.toggle("theme", "ocean") == "?q=rain&theme=weather&license=CC0-1.0&from=1990&sort=newest"
    assert WISH.toggle("theme", "health").endswith("&theme=health")
    assert ("q", "rain") not in WISH.hidden("q")
    assert WISH.filters["year"] == ("1990..",)


@pytest.mark.parametrize(
    ("page", "of", "expected"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 9, [1, 2, 3, None, 9]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (6, 20, [1, None, 4, 5, 6, 7, 8, None, 20]),
        (20, 20, [1, None, 18, 19, 20]),
    ],
)
def test_pages_far_away_are_left_out(page: int, of: int, expected: list[int | None]) -> None:
    assert list_pages(page, of=of) == expected


@pytest.mark.parametrize(
    ("code", "en", "zh"),
    [("IT", "Italy", "意大利"), ("Berlin <b>", "Berlin <b>", "Berlin <b>"), ("XQ", "XQ", "XQ"), ("", "", "")],
)
def test_places_have_names_where_their_code_is_known(code: str, en: str, zh: str) -> None:
    assert (title_place(code, language="en"), title_place(code, language="zh")) == (en, zh)


@pytest.mark.parametrize(("share", "told"), [(0.9967, "99"), (1.0, "100"), (0.934, "93"), (0.0123, "1.2"), (0, "0")])
def test_a_hundred_percent_is_said_of_the_whole_alone(share: float, told: str) -> None:
    assert tell_rate(share) == told


def test_years_the_wrong_way_round_are_read_the_right_way(visitor: httpx.Client) -> None:
    assert "2010–2020" in visitor.get("/en/datasets/?from=2020&to=2010").text
    assert visitor.get("/en/datasets/?page=99999").status_code == 200


@pytest.mark.parametrize(("language", "told"), [("en", "is no filter"), ("zh", "不是筛选条件")])
def test_a_page_tells_a_filter_that_says_nothing_and_what_can_be_typed(
    visitor: httpx.Client, language: str, told: str
) -> None:
    page = visitor.get(f"/{language}/datasets/", params={"q": "theme:foo"}).text
    assert told in page
    assert ("2010..2015") in page


def test_recent_years_are_counted_and_can_be_chosen(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/").text
    assert re.search(r'href="\?from=(\d{4})&amp;to=\1"', page)


def test_a_dataset_names_its_places(visitor: httpx.Client) -> None:
    assert "Washington, United States" in visitor.get("/en/datasets/weather/seattle-weather").text


@pytest.mark.parametrize("said", ["United States", "美国", "us"])
def test_a_place_is_chosen_by_its_code_however_an_address_says_it(visitor: httpx.Client, said: str) -> None:
    by_name, by_code = (visitor.get("/en/datasets/", params={"place": each}) for each in (said, "US"))
    assert found_on(by_name) == found_on(by_code)
    chosen = [re.findall(r'<ul class="chosen".*?</ul>', each.text, re.DOTALL) for each in (by_name, by_code)]
    assert chosen[0] == chosen[1] != []
    answers = [visitor.get("/api/v1/datasets", params={"place": each}).json()["total"] for each in (said, "US")]
    assert answers[0] == answers[1] > 0


def list_shown(language: str) -> list[tuple[str, str, str]]:
    """Return what to type for each value that has a title of ours, and the filter and the word that it means."""
    words = Words(language)
    values = {name: [*facet_titles(name), "unknown"] for name in ("theme", "publisher", "license", "access", "format")}
    values |= {"synthetic": ["true", "false"], "source": ["own"]}
    return [
        (f'{words.text(title)}:"{facets.title_of(name, word, words=words)}"', name, word)
        for name, title in facets.TITLES.items()
        for word in values.get(name, ())
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_facet_is_understood_as_the_page_shows_it(language: str) -> None:
    shown = list_shown(language)
    assert len(shown) > 80
    for typed, name, word in shown:
        assert read_query(typed).filters == (Filter(name, word),), typed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_there_is_not_is_told_with_ways_on(visitor: httpx.Client, language: str) -> None:
    page = visitor.get(f"/{language}/datasets/?q=rain&theme=wether&theme=ocean&from=2000")
    told = re.search(r'<div class="notice warning" role="status">.*?</div>', page.text, re.DOTALL)
    assert page.status_code == 200
    assert told is not None
    assert "wether" in told[0]
    assert {"en": "“Domain” has no value", "zh": "“领域”中没有"}[language] in told[0]
    ways = [parse_qsl(a["href"].partition("?")[2]) for a in Elements(told[0]).all("a")]
    kept = [("q", "rain"), ("theme", "ocean"), ("from", "2000")]
    assert sorted(ways[0]) == sorted([*kept, ("theme", "weather")])
    assert ways[-1] == kept


@pytest.mark.parametrize("query", ["theme=ocean", "theme=unknown", "source=own", "format=CSV", "place=CN", "q=x", ""])
def test_a_value_that_there_may_be_is_no_mistake(visitor: httpx.Client, query: str) -> None:
    assert "notice warning" not in visitor.get(f"/en/datasets/?{query}").text


@pytest.mark.parametrize(
    "query",
    [*(f"{name}=nonsense" for name in facets.TITLES), "theme=%3Cb%3E", "theme=%00", "source=" + "x" * 200],
)
def test_each_facet_tells_of_a_value_that_there_is_not(visitor: httpx.Client, query: str) -> None:
    page = visitor.get(f"/en/datasets/?{query}")
    assert page.status_code == 200
    assert "has no value" in page.text
    assert "<b>" not in page.text


def test_of_many_values_that_there_are_not_the_first_ones_are_told(visitor: httpx.Client) -> None:
    query = "&".join(f"{name}=nonsense-{number}" for name in facets.TITLES for number in range(20))
    page = visitor.get(f"/en/datasets/?{query}")
    assert page.text.count("has no value") == 4


@pytest.mark.parametrize(
    ("said", "meant"),
    [("theme=交通", "theme=transport"), ("theme=Transport", "theme=transport"), ("source=This hall", "source=own")],
)
def test_an_address_may_name_a_value_by_its_title(visitor: httpx.Client, said: str, meant: str) -> None:
    found = found_on(visitor.get(f"/en/datasets/?{said}"))
    assert found == found_on(visitor.get(f"/en/datasets/?{meant}")) != []
