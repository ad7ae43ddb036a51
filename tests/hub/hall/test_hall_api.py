"""The hall's API over own and harvested datasets, asked over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from datahall._harvesting.record import Distribution, Record

from tests.catalogs.harvested_records import file, keep_records, record
from tests.hub.hall.small_hall import BASE, START_TIMEOUT, SmallHall, write_card
from tests.running_hall import PLAIN

V1, CKAN = "/services/hall/api/v1", "/services/hall/api/3/action"
HARVESTED = "harvested/portal--rain"
NOT_KEPT = 7  # files of it, as if its portal had more of them than a record may hold
HOSTILE = "<script>alert(1)</script>\u202e & ''\"; DROP TABLE"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A hall without a fetch service that has harvested a portal of two datasets, one of them hostile."""
    running = SmallHall(tmp_path_factory.mktemp("api") / "home")
    keep_records(running.home, rain(), hostile())
    write_card(running.home, "quality/unpublished", rows="name,amount\na,1\n", title="Zyzzyva counts")
    draft = running.home / "datasets/quality/unpublished.yaml"
    draft.write_text(f"{draft.read_text()}draft: true\n")
    write_card(running.home, "credit/on-request", rows="name,amount\nsecret-row,1\n", access="conditional")
    running.start_service("hall")
    try:
        with httpx.Client(base_url=running.url.removesuffix(BASE), timeout=30, **PLAIN) as client:
            wait_for_answer(client)
            yield client
    finally:
        running.stop()


def wait_for_answer(client: httpx.Client) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if client.get(f"{V1}/themes").is_success:
                return
        time.sleep(0.05)
    raise AssertionError("the hall does not answer")


def rain() -> Record:
    return record(
        file("https://portal.example/rain.csv", format="csv", is_download=True, bytes=77, title="All stations"),
        Distribution(url="data/relative.csv", format="csv"),
        Distribution(url="https://portal.example/rain.pdf", format_text="application/pdf"),
        Distribution(url="https://portal.example/rain.ods", format_text="Ods\u202e | table"),
        keywords={"en": ("Rain", "Flood warning")},
        publisher={"en": "Ministry of Rain & Rivers"},
        access="open",
        distributions_left_out=NOT_KEPT,
    )


def hostile() -> Record:
    return record(
        file("javascript:alert(1)", format_text=HOSTILE),
        id="hostile",
        name="hostile",
        title={"en": HOSTILE},
        description={"und": HOSTILE},
        keywords={"und": (HOSTILE,)},
        publisher={"und": HOSTILE},
        license=None,
        license_texts=(HOSTILE,),
        homepage="",
    )


def result(client: httpx.Client, action: str, **parameters: Any) -> Any:
    answer = client.get(f"{CKAN}/{action}", params=parameters)
    assert answer.json()["success"], answer.text
    return answer.json()["result"]


def test_harvested_datasets_are_found_listed_and_shown_as_packages(asked: httpx.Client) -> None:
    package = result(asked, "package_show", id="harvested--portal--rain")
    assert package["id"] == HARVESTED
    assert package["organization"]["title"] == "Ministry of Rain & Rivers"
    assert [(each["url"], each["format"], each["size"]) for each in package["resources"]] == [
        ("https://portal.example/rain.csv", "CSV", 77),
        ("", "CSV", None),
        ("https://portal.example/rain.pdf", "application/pdf", None),
        ("https://portal.example/rain.ods", "Ods\u202e | table", None),
    ]
    names = result(asked, "package_list")
    assert package["name"] in names
    assert names == sorted(names)
    assert [
        name for at in range(0, len(names), 30) for name in result(asked, "package_list", limit=30, offset=at)
    ] == names
    for fq in ('organization:"Ministry of Rain & Rivers"', 'tags:"flood warning"', "source:portal +res_format:csv"):
        assert HARVESTED in [each["id"] for each in result(asked, "package_search", fq=fq)["results"]]
    assert result(asked, "organization_show", id="Ministry of Rain & Rivers")["package_count"] == 1
    assert result(asked, "resource_show", id=f"{HARVESTED}/1")["name"] == "All stations"


def test_a_list_says_how_many_files_a_portal_offers(asked: httpx.Client) -> None:
    (listed,) = asked.get(f"{V1}/datasets", params={"q": "rain", "source": "portal", "rows": 1}).json()["results"]
    shown = asked.get(f"{V1}/datasets/{HARVESTED}").json()
    own = asked.get(f"{V1}/datasets", params={"source": "own", "rows": 1}).json()["results"][0]

    assert (listed["id"], listed["distributions_total"]) == (HARVESTED, 4 + NOT_KEPT)
    assert (shown["distributions_total"], len(shown["distributions"])) == (4 + NOT_KEPT, 4)
    assert own["distributions_total"] == 0
    described = asked.get("/services/hall/openapi.json").json()["components"]["schemas"]["Summary"]
    assert "distributions_total" in described["required"]


def test_what_strangers_write_stays_text_and_leads_nowhere(asked: httpx.Client) -> None:
    package = result(asked, "package_show", id="harvested/portal--hostile")
    assert (package["title"], package["isopen"]) == (HOSTILE, False)
    assert (package["license_id"], package["license_title"]) == ("notspecified", HOSTILE)
    assert [each["url"] for each in package["resources"]] == [""]
    assert result(asked, "package_search", fq=f'license_id:"{HOSTILE[:5]}"')["count"] == 0
    shown = asked.get(f"{V1}/datasets/harvested/portal--hostile", headers={"accept": "text/html"})
    assert shown.headers["content-type"] == "application/json"
    assert shown.json()["title"] == {"en": HOSTILE}


@pytest.mark.parametrize("asked_for", ["PDF", "pdf", "application/pdf", "ODS / TABLE"])
def test_formats_that_we_have_no_word_for_are_found_in_the_portals_words(asked: httpx.Client, asked_for: str) -> None:
    found = result(asked, "package_search", fq=f'res_format:"{asked_for}"', **{"facet.field": '["res_format"]'})
    assert [each["id"] for each in found["results"]] == [HARVESTED]
    assert found["facets"]["res_format"] == {"CSV": 1, "PDF": 1, "ODS / TABLE": 1}
    for query in ({"format": asked_for}, {"q": f'format:"{asked_for}"'}):
        listed = asked.get(f"{V1}/datasets", params=query).json()["results"]
        assert [each["id"] for each in listed] == [HARVESTED]


def test_the_formats_that_are_counted_are_those_that_are_offered(asked: httpx.Client) -> None:
    counts = result(asked, "package_search", rows=0, **{"facet.field": '["res_format"]'})["facets"]["res_format"]
    offering = [
        {each["format"] for each in package["resources"]}
        for package in result(asked, "package_search", rows=1000)["results"]
    ]
    for name in ("CSV", "PARQUET", "JSON", "XML", "XLSX"):
        assert counts.get(name, 0) == sum(name in formats for formats in offering), name


def test_datasets_without_a_known_licence_are_counted_and_found_as_ckan_calls_it(asked: httpx.Client) -> None:
    found = result(asked, "package_search", fq="license_id:notspecified", **{"facet.field": '["license_id"]'})
    assert found["facets"]["license_id"] == {"notspecified": found["count"]}
    assert {package["license_id"] for package in found["results"]} == {"notspecified"}


def test_a_draft_is_nowhere(asked: httpx.Client) -> None:
    for address in (f"{V1}/datasets", f"{V1}/suggest", f"{CKAN}/package_search", f"{CKAN}/package_autocomplete"):
        answer = asked.get(address, params={"q": "zyzzyva"})
        assert answer.is_success
        assert "unpublished" not in answer.text
    assert "quality--unpublished" not in result(asked, "package_list")
    parts = ("", "/quality", "/joinable", "/related")
    gone = [asked.get(f"{V1}/datasets/quality/unpublished{part}") for part in parts]
    gone += [asked.get(f"{CKAN}/package_show", params={"id": "quality--unpublished"})]
    gone += [asked.get(f"{CKAN}/resource_show", params={"id": "quality/unpublished/data.csv"})]
    assert {answer.status_code for answer in gone} == {404}


def test_of_a_dataset_on_request_only_the_description_is_told(asked: httpx.Client) -> None:
    shown = asked.get(f"{V1}/datasets/credit/on-request").json()
    assert (shown["status"], shown["data"], shown["versions"]) == ("closed", {}, [])
    package = result(asked, "package_show", id="credit--on-request")
    assert (package["resources"], package["isopen"], package["private"]) == ([], False, False)


def test_both_apis_know_the_same_datasets(asked: httpx.Client) -> None:
    total = asked.get(f"{V1}/datasets").json()["total"]
    assert total == result(asked, "package_search", rows=0)["count"] == len(result(asked, "package_list"))


def test_pages_follow_each_other_by_their_links(asked: httpx.Client) -> None:
    address, ids, total = f"{V1}/datasets?theme=weather&theme=ocean&rows=3&q=", [], None
    while address:
        page = asked.get(address).json()
        ids += [each["id"] for each in page["results"]]
        total, parts = page["total"], urlsplit(page["next"] or "")
        address = f"{parts.path}?{parts.query}" if parts.path else ""
    assert len(ids) == len(set(ids)) == total > 3
    assert page["page"] == page["pages"]
    assert page["previous"].endswith(f"page={page['page'] - 1}")


def test_a_page_behind_the_last_is_empty(asked: httpx.Client) -> None:
    beyond = asked.get(f"{V1}/datasets", params={"page": 99_999, "rows": 100}).json()
    assert (beyond["results"], beyond["next"]) == ([], None)
    assert beyond["total"] > 0


def test_a_harvested_dataset_is_shown_with_what_its_portal_says(asked: httpx.Client) -> None:
    shown = asked.get(f"{V1}/datasets/{HARVESTED}").json()
    assert (shown["status"], shown["source"], shown["card"]) == ("elsewhere", "portal", None)
    assert shown["distributions"][0]["url"] == "https://portal.example/rain.csv"
    assert asked.get(f"{V1}/datasets/harvested/portal--none").status_code == 404


@pytest.mark.parametrize("part", ["", "/quality", "/joinable", "/related"])
def test_parts_of_an_unknown_dataset_are_not_found(asked: httpx.Client, part: str) -> None:
    answer = asked.get(f"{V1}/datasets/no/where{part}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown-dataset")


def test_quality_joins_and_related_datasets_belong_to_the_dataset(asked: httpx.Client) -> None:
    assert asked.get(f"{V1}/datasets/weather/seattle-weather/quality").json()["id"] == "weather/seattle-weather"
    joins = asked.get(f"{V1}/datasets/geography/china-cities/joinable", params={"rows": 2}).json()
    assert len(joins["results"]) == 2 <= joins["total"]
    for id in ("weather/seattle-weather", HARVESTED):
        related = [each["id"] for each in asked.get(f"{V1}/datasets/{id}/related").json()["results"]]
        assert related
        assert id not in related


def test_facets_have_titles_in_both_languages_and_say_what_is_chosen(asked: httpx.Client) -> None:
    told = asked.get(f"{V1}/facets", params={"theme": "weather", "q": "rain"}).json()
    by_value = {each["value"]: each for each in told["facets"]["theme"]}
    assert by_value["weather"]["title"] == {"en": "Weather", "zh": "气象"}
    assert [value for value, each in by_value.items() if each["is_chosen"]] == ["weather"]


def test_facets_name_places_and_this_hall_as_its_pages_do(asked: httpx.Client) -> None:
    told = asked.get(f"{V1}/facets").json()["facets"]
    titles = {each["value"]: each["title"] for name in ("place", "source") for each in told[name]}
    assert titles["US"] == {"en": "United States", "zh": "美国"}
    assert titles["own"] == {"en": "This hall", "zh": "本大厅"}


def test_words_are_proposed_while_somebody_types(asked: httpx.Client) -> None:
    proposed = asked.get(f"{V1}/suggest", params={"q": "seatt", "lang": "zh"}).json()["results"]
    assert ("西雅图逐日天气", "weather/seattle-weather") in [(each["text"], each["id"]) for each in proposed]


def test_themes_and_vocabularies_are_listed(asked: httpx.Client) -> None:
    themes = asked.get(f"{V1}/themes").json()["results"]
    assert len(themes) == 20
    assert sum(each["datasets"] for each in themes) <= asked.get(f"{V1}/datasets").json()["total"]
    listed = asked.get(f"{V1}/vocabularies").json()["results"]
    assert {"themes", "licenses", "publishers", "formats", "semantics", "frequencies", "access", "goals"} == set(listed)
    for name, size in listed.items():
        words = asked.get(f"{V1}/vocabularies/{name}").json()["results"]
        assert len({word["id"] for word in words}) == size
    assert asked.get(f"{V1}/vocabularies/..%2Fcards").status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("limit=2", 422, "openapi.json"),
        ("sort=foo", 422, "'newest'"),
        ("theme=wether", 404, "weather"),
        ("license=cc-by", 404, "CC-BY-4.0"),
        ("year=abc", 404, "2020..2023"),
        ("synthetic=maybe", 404, "true"),
    ],
)
def test_what_a_search_does_not_know_is_refused_with_what_there_is(
    asked: httpx.Client, query: str, status: int, told: str
) -> None:
    answer = asked.get(f"{V1}/datasets?{query}")
    assert answer.status_code == status
    assert told in answer.json()["error"]["hint"]


def test_a_filter_set_by_name_is_chosen_and_one_typed_in_vain_is_told(asked: httpx.Client) -> None:
    facets = asked.get(f"{V1}/facets", params={"theme": "Weather"}).json()["facets"]
    assert [each["value"] for each in facets["theme"] if each["is_chosen"]] == ["weather"]
    ignored = asked.get(f"{V1}/datasets", params={"q": "theme:wether"}).json()["ignored_filters"]
    assert ignored == [{"name": "theme", "value": "wether", "near": ["weather"]}]


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "rows=101", "sort=magic", "lang=de", "q=" + "x" * 201, "theme=" + "x" * 201, "&theme=a" * 21],
)
def test_a_parameter_out_of_bounds_is_refused_by_name(asked: httpx.Client, query: str) -> None:
    answer = asked.get(f"{V1}/datasets?{query}", headers={"accept-language": "zh"})
    assert answer.status_code == 422
    assert set(answer.json()["error"]) == {"code", "message", "hint"}
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.json()["error"]["message"])


@pytest.mark.parametrize(
    "q", ["\x00", "\x1b[31m", "a\ud7ff\uffff", "((((", '"', "-", "theme:", "*:*", "%", "../..", "year:9999..1"]
)
def test_odd_words_find_something_or_nothing_but_never_fail(asked: httpx.Client, q: str) -> None:
    for address in (f"{V1}/datasets", f"{V1}/facets", f"{V1}/suggest"):
        assert asked.get(address, params={"q": q}).status_code == 200
    assert asked.get(f"{CKAN}/package_search", params={"q": q}).status_code in {200, 409}
