"""What people see: languages, search, dataset pages, errors."""

from __future__ import annotations

import itertools
import json
import re
import time
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
import pytest
from datahall_hub.services.hall.security import POLICY

from tests.hub.hall.small_hall import TRAP, SmallHall, write_card

PAGES = ("", "datasets/", "apps/", "datasets/weather/seattle-weather", "datasets/culture/trap", "datasets/no/where")
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
HTML = {"accept": "text/html"}


class Elements(HTMLParser):
    """All start tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        self.found.append((tag, {name: value or "" for name, value in attributes}))

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """Return the attributes of every `tag` that has `attributes`."""
        return [a for t, a in self.found if t == tag and attributes.items() <= a.items()]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, "en", id="nothing said"),
        pytest.param({"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh", id="a Chinese browser"),
        pytest.param({"accept-language": "de,en;q=0.5"}, "en", id="a German browser"),
        pytest.param({"accept-language": "zh", "cookie": "datahall-language=en"}, "en", id="the cookie wins"),
    ],
)
def test_an_address_without_a_language_leads_to_the_readers(
    visitor: httpx.Client, headers: dict[str, str], expected: str
) -> None:
    answer = visitor.get("/datasets/?q=rain", headers=headers)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/services/hall/{expected}/datasets/?q=rain"
    assert {"cookie", "accept-language"} <= {word.strip().lower() for word in answer.headers["vary"].split(",")}


@pytest.mark.parametrize("path", ["", "/", "/datasets", "/datasets/", "/datasets/weather/seattle-weather", "/apps/"])
def test_every_page_has_an_address_without_a_language(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path or "", headers={"accept-language": "zh"})
    assert answer.status_code == 302
    assert visitor.get(answer.headers["location"].removeprefix("/services/hall")).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES[:-1])
def test_a_page_names_its_language_and_its_other_address(visitor: httpx.Client, language: str, path: str) -> None:
    page = visitor.get(f"/{language}/{path}")
    elements = Elements(page.text)
    base = str(visitor.base_url).rstrip("/")
    alternates = {a["hreflang"]: a["href"] for a in elements.all("link", rel="alternate") if "hreflang" in a}
    assert elements.all("html") == [{"lang": LANGUAGES[language]}]
    assert elements.all("link", rel="canonical")[0]["href"] == f"{base}/{language}/{path}"
    assert alternates == {"en": f"{base}/en/{path}", "zh-Hans": f"{base}/zh/{path}", "x-default": f"{base}/{path}"}


def test_a_switch_of_language_is_remembered(visitor: httpx.Client) -> None:
    switched = visitor.get("/en/datasets/?q=rain&language=zh")
    assert switched.headers["location"] == "/services/hall/zh/datasets/?q=rain"
    assert switched.cookies["datahall-language"] == "zh"
    assert visitor.get("/").headers["location"] == "/services/hall/zh/"


def test_a_visitor_gets_no_cookie(visitor: httpx.Client) -> None:
    for path in PAGES:
        assert "set-cookie" not in visitor.get(f"/en/{path}").headers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_and_loads_only_what_is_ours(visitor: httpx.Client, language: str, path: str) -> None:
    page = visitor.get(f"/{language}/{path}", headers=HTML)
    elements = Elements(page.text)
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    loaded = [
        a.get("src", "") for tag in ("script", "img", "iframe", "source") for a in elements.all(tag) if "src" in a
    ]
    loaded += [a["href"] for a in elements.all("link") if a.get("rel") in {"stylesheet", "icon", "preload"}]
    assert loaded
    assert all(re.match(r"/services/(hall|apps)/", address) for address in loaded), loaded
    assert all("src" in a or a.get("type") == "application/ld+json" for a in elements.all("script"))
    assert not [a for _, a in elements.found if "style" in a or any(name.startswith("on") for name in a)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_used_with_the_keyboard_and_a_screen_reader(
    visitor: httpx.Client, language: str, path: str
) -> None:
    elements = Elements(visitor.get(f"/{language}/{path}", headers=HTML).text)
    links = elements.all("a")
    labelled = {a["for"] for a in elements.all("label") if "for" in a}
    inputs = [a for tag in ("input", "select") for a in elements.all(tag) if a.get("type") != "hidden"]
    assert links[0]["href"] == "#main"
    assert elements.all("main", id="main")
    assert len(elements.all("h1")) == 1
    assert all(a.get("id") in labelled for a in inputs)
    assert all("alt" in a for a in elements.all("img"))
    assert all(a.get("aria-label") or a.get("aria-labelledby") for a in elements.all("nav"))


@pytest.mark.parametrize("path", PAGES)
def test_headings_never_skip_a_level(visitor: httpx.Client, path: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", visitor.get(f"/en/{path}", headers=HTML).text)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


def test_every_word_that_narrows_the_results_can_be_chosen(visitor: httpx.Client) -> None:
    facets = visitor.get("/api/v1/datasets").json()["facets"]
    links = {a["href"] for a in Elements(visitor.get("/en/datasets/").text).all("a")}
    for name in ("theme", "publisher", "license"):
        assert {f"?{urlencode({name: word})}" for word in facets[name]} <= links


def test_a_dataset_has_one_address_without_a_slash_at_its_end(visitor: httpx.Client) -> None:
    answer = visitor.get("/zh/datasets/weather/seattle-weather/?version=x")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/services/hall/zh/datasets/weather/seattle-weather?version=x"


@pytest.mark.parametrize("mistyped", ["weather/seatle-weather", "ocean/seattle-weather"])
def test_a_mistyped_dataset_offers_the_nearest(visitor: httpx.Client, mistyped: str) -> None:
    answer = visitor.get(f"/zh/datasets/{mistyped}", headers=HTML)
    assert answer.status_code == 404
    assert "您要找的是不是" in answer.text
    assert 'href="/services/hall/zh/datasets/weather/seattle-weather"' in answer.text


@pytest.mark.parametrize(("language", "words"), [("en", "200 characters are the most"), ("zh", "最多 200 个字符")])
def test_words_too_many_to_search_for_are_answered_with_a_sentence(
    visitor: httpx.Client, language: str, words: str
) -> None:
    page = visitor.get(f"/{language}/datasets/", params={"q": "x" * 201}, headers=HTML).text
    assert words in page
    assert 'maxlength="200"' in page


def test_a_chinese_word_finds_what_an_english_word_finds(visitor: httpx.Client) -> None:
    for path in ("/zh/datasets/?q=西雅图 天气", "/en/datasets/?q=seattle weather"):
        assert "/datasets/weather/seattle-weather" in visitor.get(path).text


def test_facets_narrow_and_can_be_taken_away_again(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/?theme=weather")
    chosen = Elements(page.text).all("a", **{"aria-current": "true"})
    assert "weather/seattle-weather" in page.text
    assert "statistics/world-fertility" not in page.text
    assert [a["href"] for a in chosen] == ["?", "?theme=weather"]  # the facet's value, and the order


@pytest.mark.parametrize("path", ["/en/", "/zh/datasets/weather/seattle-weather", "/health", "/nowhere"])
def test_head_is_answered_like_get_without_a_body(visitor: httpx.Client, path: str) -> None:
    answer = visitor.head(path)
    assert answer.status_code == visitor.get(path).status_code
    assert answer.content == b""


def test_many_results_come_in_pages(visitor: httpx.Client) -> None:
    first, second = visitor.get("/en/datasets/").text, visitor.get("/en/datasets/?page=2").text
    ids = [set(re.findall(r'href="/services/hall/en/datasets/([a-z-]+/[a-z0-9-]+)"', page)) for page in (first, second)]
    assert len(ids[0]) == 20
    assert ids[1]
    assert not ids[0] & ids[1]
    assert 'rel="next"' in first
    assert 'rel="prev"' in second


def test_nothing_found_says_so_and_leads_on(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/?q=zzzzqqqq").text
    assert "No dataset matches." in page


@pytest.mark.parametrize(
    "path", ["/en/datasets/culture/trap", "/zh/datasets/?theme=culture&access=open", "/en/datasets/?q=<script>"]
)
def test_markup_in_a_card_or_a_search_stays_text(visitor: httpx.Client, path: str) -> None:
    page = visitor.get(path).text
    assert "<script>alert" not in page
    assert TRAP not in page
    assert "&lt;script&gt;" in page
    assert "</td><b>" not in page


def test_structured_data_is_json_that_cannot_break_out(visitor: httpx.Client) -> None:
    page = visitor.get("/zh/datasets/culture/trap").text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, flags=re.DOTALL)
    described = json.loads(text)
    assert described["@type"] == "Dataset"
    assert described["name"] == TRAP
    addresses = [each["contentUrl"] for each in described["distribution"]]
    assert any("/datasets/culture/trap/data.parquet?version=" in address for address in addresses)
    assert "<" not in text


def test_a_dataset_page_tells_what_one_needs_to_know(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/weather/seattle-weather").text
    for word in (
        "1,461 rows", "United States Government work", "Commercial use allowed.", "2012-01-01 – 2015-12-31",
        "data.csv?version=", "Precipitation", "mm", "import datahall", "BibTeX", "Apps that use it",
    ):  # fmt: skip
        assert word in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Commercial use allowed. Name the source. Share what you make of it under the same licence."),
        ("zh", "允许商业使用。须注明来源。衍生作品须采用相同许可。"),
    ],
)
def test_sentences_follow_one_another_as_each_language_writes_them(
    visitor: httpx.Client, language: str, words: str
) -> None:
    assert words in visitor.get(f"/{language}/datasets/social-security/estonia-benefit-parameters").text


@pytest.mark.parametrize(("language", "words"), [("en", ("Yes", "No")), ("zh", ("是", "否"))])
def test_a_preview_says_yes_and_no_in_the_readers_language(
    visitor: httpx.Client, small_hall: SmallHall, language: str, words: tuple[str, str]
) -> None:
    write_card(small_hall.home, "quality/yes-or-no", rows="name,is_new\na,true\nb,false\n", second="is_new: boolean")
    fetch(small_hall, "quality/yes-or-no")
    cells = re.findall(r"<td>([^<]*)</td>", visitor.get(f"/{language}/datasets/quality/yes-or-no").text)
    assert cells[:4] == ["a", words[0], "b", words[1]]


@pytest.mark.parametrize(("language", "words"), [("en", "The publisher states no date."), ("zh", "发布者未注明日期。")])
def test_a_version_without_a_date_is_explained(
    visitor: httpx.Client, small_hall: SmallHall, language: str, words: str
) -> None:
    write_card(small_hall.home, "quality/undated", rows="name,amount\na,1\n", modified=None)
    assert fetch(small_hall, "quality/undated").startswith("0000-00-00.")
    assert words in visitor.get(f"/{language}/datasets/quality/undated").text
    assert words not in visitor.get(f"/{language}/datasets/weather/seattle-weather").text


def fetch(hall: SmallHall, dataset_id: str) -> str:
    """Have a dataset fetched and return its version."""
    with hall.fetch_client() as client:
        (state,) = client.post("/fetch", json={"ids": [dataset_id], "wait": 30}).raise_for_status().json()
    return str(state["version"])


@pytest.mark.parametrize(("language", "words"), [("en", r"datasets</a>, (\d+) here now"), ("zh", r"，现有 (\d+) 个")])
def test_the_first_page_says_how_many_datasets_are_here(visitor: httpx.Client, language: str, words: str) -> None:
    said = re.search(words, visitor.get(f"/{language}/").text)
    assert said
    assert 0 < int(said[1]) < visitor.get("/api/v1/datasets").json()["total"]


def test_an_earlier_version_must_exist(visitor: httpx.Client) -> None:
    answer = visitor.get("/en/datasets/weather/seattle-weather?version=2001-01-01.deadbeef")
    assert answer.status_code == 404
    assert "has no version" in answer.text


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/en", "/en/"),
        ("/zh/datasets", "/zh/datasets/"),
        ("/en/apps", "/en/apps/"),
        ("/zh/datasets/weather", "/zh/datasets/?theme=weather"),
        ("/datasets/weather", "/en/datasets/?theme=weather"),
    ],
)
def test_a_shortened_address_leads_to_the_full_one(visitor: httpx.Client, path: str, target: str) -> None:
    assert visitor.get(path).headers["location"] == f"/services/hall{target}"


def test_a_damaged_version_hurts_its_own_page_only(visitor: httpx.Client, small_hall: SmallHall) -> None:
    write_card(small_hall.home, "safety/damaged", rows="name,amount\nx,1\n", title="Soon damaged")
    with small_hall.fetch_client() as client:
        (state,) = client.post("/fetch", json={"ids": ["safety/damaged"], "wait": 30}).json()
    rows = small_hall.home / "store/safety/damaged" / state["version"] / "data.parquet"
    rows.chmod(0o644)
    rows.write_bytes(b"no Parquet")
    broken = visitor.get("/zh/datasets/safety/damaged", headers=HTML)
    assert broken.status_code == 500
    assert "并非您的操作所致" in broken.text
    assert broken.headers["content-security-policy"] == POLICY
    assert "Traceback" not in broken.text
    for path in ("/en/", "/en/datasets/?q=damaged", "/api/v1/datasets?q=damaged", "/catalog.yaml"):
        assert visitor.get(path).status_code == 200


@pytest.mark.parametrize(
    ("language", "since", "instead", "mark"),
    [
        ("en", "Deprecated since 2024-05-01.", "Use this dataset instead:", "Deprecated"),
        ("zh", "自 2024-05-01 起已弃用。", "请改用此数据集：", "已弃用"),
    ],
)
def test_a_deprecated_dataset_says_so_on_its_page_and_in_lists_and_leads_to_what_takes_its_place(
    visitor: httpx.Client, small_hall: SmallHall, language: str, since: str, instead: str, mark: str
) -> None:
    more = "deprecated: 2024-05-01\nreplaced_by: weather/seattle-weather\n"
    write_card(small_hall.home, "weather/old-rain", rows="name,amount\na,1\n", title="Outworn rain", more=more)
    page = visitor.get(f"/{language}/datasets/weather/old-rain").text
    assert since in page
    assert re.search(rf'{instead} ?<a href="/services/hall/{language}/datasets/weather/seattle-weather">', page)
    tag = f'<span class="tag warning">{mark}</span>'
    deadline = time.monotonic() + 20  # the index takes up new cards by and by
    while tag not in visitor.get(f"/{language}/datasets/?q=outworn").text:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert tag not in visitor.get(f"/{language}/datasets/?q=seattle").text


def test_what_takes_the_place_of_a_deprecated_dataset_is_named_where_it_is_not_here(
    visitor: httpx.Client, small_hall: SmallHall
) -> None:
    more = "deprecated: 2024-05-01\nreplaced_by: weather/not-here\n"
    write_card(small_hall.home, "weather/older-rain", rows="name,amount\na,1\n", more=more)
    page = visitor.get("/en/datasets/weather/older-rain").text
    assert "<code>weather/not-here</code>" in page
    assert "/datasets/weather/not-here" not in page


def test_synthetic_data_is_marked_wherever_it_is_shown(visitor: httpx.Client) -> None:
    for path in ("/en/datasets/science/practice", "/en/datasets/?q=trial"):
        assert "Synthetic data" in visitor.get(path).text


@pytest.mark.parametrize(("language", "words"), [("en", "not here at present"), ("zh", "目前不在大厅中")])
def test_a_dataset_that_cannot_be_fetched_leads_visitors_to_its_source_without_the_reason(
    visitor: httpx.Client, language: str, words: str
) -> None:
    deadline = time.monotonic() + 20  # it is tried again by itself, and being fetched meanwhile
    while words not in (page := visitor.get(f"/{language}/datasets/ocean/unreachable").text):
        assert time.monotonic() < deadline, page
        time.sleep(0.1)
    assert Elements(page).all("a", href="https://example.org/data")
    assert "127.0.0.1:9" not in page
    assert "data.parquet" not in page


def test_a_dataset_that_is_not_open_shows_its_card_and_none_of_its_rows(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/credit/on-request").text
    assert "On request" in page
    assert "secret-row" not in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/en/nowhere", 404, "There is no such page."),
        ("/zh/nowhere", 404, "没有这个页面"),
        ("/fr/", 404, "There is no such page."),
        ("/zh/datasets/no/where", 404, "没有数据集 no/where"),
        ("/en/datasets/?page=0", 422, "cannot be understood: page"),
        ("/zh/datasets/?page=x", 422, "无法理解此请求"),
    ],
)
def test_an_error_is_a_page_that_leads_on(visitor: httpx.Client, path: str, status: int, words: str) -> None:
    answer = visitor.get(path, headers=HTML)
    assert answer.status_code == status
    assert words in answer.text
    assert 'role="search"' in answer.text


def test_the_people_page_is_not_for_visitors(visitor: httpx.Client) -> None:
    assert visitor.get("/en/people/").headers["location"].startswith("/services/hall/sign-in?next=")
    assert visitor.post("/en/people/", data={"action": "delete", "name": "x"}).status_code == 401


def test_overlong_and_odd_input_is_refused_or_harmless(visitor: httpx.Client) -> None:
    assert visitor.get("/en/datasets/", params={"q": "x" * 201}).status_code == 422
    assert visitor.get("/en/datasets/", params={"q": "\x00'\"%_\\"}).status_code == 200
    assert visitor.get("/en/datasets/", params={"theme": "../../etc"}).status_code == 200
    assert visitor.get("/en/datasets/..%2f..%2fsecrets/hall-token").status_code == 404
    assert visitor.get("/static/..%2fapp.py").status_code == 404
    assert visitor.post("/api/v1/fetch", content=b"x" * 100_000).status_code == 413


@pytest.mark.parametrize(("language", "words"), [("en", ("Completeness", "of 405")), ("zh", ("完整性", "405 分中得"))])
def test_a_dataset_shows_its_quality_with_reasons(visitor: httpx.Client, language: str, words: tuple[str, ...]) -> None:
    page = visitor.get(f"/{language}/datasets/weather/seattle-weather")
    for word in words:
        assert word in page.text
    meter = {
        "value": "1.0",
        "low": "0.5",
        "high": "0.9",
        "optimum": "1",
    }  # as the notebook: coloured by the same bounds
    assert meter.items() <= Elements(page.text).all("meter")[0].items()
    level = {"en": " · fair", "zh": " · 尚可"}[language]
    assert level in page.text
    told = visitor.get("/api/v1/datasets/weather/seattle-weather").json()["quality"]
    assert [each["id"] for each in told["measures"]][:2] == ["completeness", "validity"]


@pytest.mark.parametrize(("language", "source"), [("en", "Source"), ("zh", "来源")])
def test_a_page_of_practice_data_names_no_source_elsewhere(visitor: httpx.Client, language: str, source: str) -> None:
    page = visitor.get(f"/{language}/datasets/enterprise/practice-companies")
    assert page.status_code == 200
    assert f"<dt>{source}</dt>" not in page.text
    assert "sameAs" not in page.text
    assert "None" not in page.text
    assert f"<dt>{source}</dt>" in visitor.get(f"/{language}/datasets/weather/seattle-weather").text
