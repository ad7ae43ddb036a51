"""What CKAN's clients read here: the unmodified ckanapi against a running hall, and calls that no client makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import requests
from ckanapi import CKANAPIError, NotFound, RemoteCKAN, ValidationError
from datahall._harvesting.detection import read_content

from tests.hub.hall.small_hall import TRAP, SmallHall

FORM = "application/x-www-form-urlencoded"
FACETS = ["organization", "groups", "tags", "res_format", "license_id"]


@pytest.fixture(params=[False, True], ids=["post", "get"])
def portal(small_hall: SmallHall, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The small hall as ckanapi sees it, by each of its ways to call."""
    with requests.Session() as session:
        session.trust_env = False
        client = RemoteCKAN(small_hall.url, user_agent="test", get_only=request.param, session=session)
        yield client.action


@pytest.fixture
def call(visitor: httpx.Client) -> Any:
    """Call an action by its address and return the answer."""
    return lambda name, **parameters: visitor.get(f"/api/3/action/{name}", params=parameters)


def test_ckanapi_lists_all_datasets_in_pages(portal: Any) -> None:
    names = portal.package_list()
    paged = [name for start in range(0, len(names), 50) for name in portal.package_list(limit=50, offset=start)]
    assert names == paged == sorted(names)
    assert "weather--seattle-weather" in names


def test_ckanapi_shows_a_dataset_by_id_and_by_name(portal: Any) -> None:
    package = portal.package_show(id="weather--seattle-weather")
    assert package == portal.package_show(id="weather/seattle-weather")
    assert package["title"] == "Daily weather in Seattle"
    assert package["title_translated"]["zh"] == "西雅图逐日天气"
    assert (package["license_id"], package["isopen"]) == ("LicenseRef-US-Government", True)
    assert [group["name"] for group in package["groups"]] == ["weather"]
    assert package["organization"]["name"] == package["owner_org"]
    assert [resource["format"] for resource in package["resources"]] == ["CSV", "PARQUET", "JSON"]
    assert {extra["key"]: extra["value"] for extra in package["extras"]}["temporal"] == "2012-01-01/2015-12-31"
    assert portal.resource_show(id=package["resources"][0]["id"]) == package["resources"][0]


def test_a_resource_is_where_the_data_lies(portal: Any, visitor: httpx.Client) -> None:
    for resource in portal.package_show(id="weather--seattle-weather")["resources"]:
        answer = visitor.get(resource["url"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == resource["mimetype"]


def test_ckanapi_searches_with_facets(portal: Any) -> None:
    found = portal.package_search(q="rain", rows=2, **{"facet.field": json.dumps(FACETS)})
    assert found["count"] > len(found["results"]) == 2
    assert set(found["facets"]) == set(found["search_facets"]) == set(FACETS)
    for name, counts in found["facets"].items():
        items = found["search_facets"][name]["items"]
        assert counts == {item["name"]: item["count"] for item in items}
        for item in items[:3]:
            narrowed = portal.package_search(q="rain", fq=f'{name}:"{item["name"]}"', rows=0)
            assert narrowed["count"] == item["count"], (name, item)


def test_every_word_of_a_query_must_occur(portal: Any) -> None:
    metro, weather, both = (portal.package_search(q=q, rows=0)["count"] for q in ("metro", "weather", "metro weather"))
    assert both <= min(metro, weather)


def test_ckanapi_pages_through_all_datasets(portal: Any) -> None:
    total = portal.package_search(rows=0)["count"]
    pages = [portal.package_search(rows=40, start=start)["results"] for start in range(0, total, 40)]
    ids = [package["id"] for page in pages for package in page]
    assert len(ids) == len(set(ids)) == total == len(portal.package_list())


@pytest.mark.parametrize(
    ("sort", "key", "is_descending"),
    [
        ("metadata_modified desc", "metadata_modified", True),
        ("metadata_modified asc", "metadata_modified", False),
        ("name asc", "name", False),
        ("name desc, score desc", "name", True),
    ],
)
def test_ckanapi_sorts(portal: Any, sort: str, key: str, is_descending: bool) -> None:
    values = [package[key] or "" for package in portal.package_search(rows=1000, sort=sort)["results"]]
    assert values == sorted(values, reverse=is_descending)


def test_titles_are_sorted_in_the_language_asked_for(portal: Any) -> None:
    found = portal.package_search(rows=1000, sort="title_string asc", lang="en")["results"]
    titles = [package["title"].casefold() for package in found]
    assert titles == sorted(titles)


def test_ckanapi_reads_publishers_themes_tags_and_licences(portal: Any) -> None:
    organizations = portal.organization_list(all_fields=True)
    assert [each["name"] for each in organizations] == portal.organization_list()
    packages = portal.package_search(rows=1000)["results"]  # another test's portal may name no publisher, no theme
    with_publisher = sum(bool(package["organization"]) for package in packages)
    assert sum(each["package_count"] for each in organizations) == with_publisher > 100
    with_group = sum(bool(package["groups"]) for package in packages)
    assert sum(each["package_count"] for each in portal.group_list(all_fields=True)) == with_group > 100
    assert len(portal.group_list()) == 20
    shown = portal.organization_show(id=organizations[0]["name"], include_datasets=True)
    assert shown["packages"][0]["organization"]["name"] == organizations[0]["name"]
    assert portal.group_show(id="weather")["title"] == "Weather"
    tag = portal.tag_list()[0]
    assert portal.tag_show(id=tag, include_datasets=True)["packages"]
    assert {"CC-BY-4.0", "MIT"} <= {license["id"] for license in portal.license_list()}
    assert portal.status_show()["site_title"] == "Datahall: open data"
    assert portal.site_read() is True
    assert "fq" in portal.help_show(name="package_search")
    assert "weather--seattle-weather" in [each["name"] for each in portal.package_autocomplete(q="seattle")]


@pytest.mark.parametrize(
    ("action", "id"),
    [
        ("package_show", "no--where"),
        ("package_show", "../../etc/passwd"),
        ("resource_show", "weather/seattle-weather/data.exe"),
        ("organization_show", "nobody"),
        ("group_show", "nothing"),
        ("tag_show", "no such tag"),
    ],
)
def test_what_is_not_there_is_ckans_not_found(portal: Any, action: str, id: str) -> None:
    with pytest.raises(NotFound, match=id.replace(".", r"\.")):
        getattr(portal, action)(id=id)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"fq": "organization:[a TO b]"}, id="a range of words"),
        pytest.param({"fq": "metadata_modified:[yesterday TO NOW]"}, id="a range of no dates"),
        pytest.param({"fq": "metadata_modified:[2020-02-31 TO *]"}, id="a day that never was"),
        pytest.param({"fq": "metadata_modified:[NOW-999999YEARS TO *]"}, id="a range from before all days"),
        pytest.param({"fq": "metadata_modified:2020-01-01"}, id="a date that is no range"),
        pytest.param({"q": "metadata_modified:[x TO y] rain"}, id="a range of no dates among words"),
        pytest.param({"facet.field": '["metadata_modified"]'}, id="a facet of days"),
        pytest.param({"fq": "nothing:x"}, id="an unknown field"),
        pytest.param({"fq": "organization:a OR groups:b"}, id="alternatives of two fields"),
        pytest.param({"fq": "groups:weather groups:(a OR"}, id="an open bracket"),
        pytest.param({"fq": "(" * 1000}, id="many brackets"),
        pytest.param({"fq": "just words"}, id="words without a field"),
        pytest.param({"fq": "res_format:CSV AND res_format:JSON"}, id="two values of one field at once"),
        pytest.param({"fq": "tags:wea*"}, id="a wildcard"),
        pytest.param({"fq": "{!tag=x}groups:weather"}, id="local parameters"),
        pytest.param({"q": "rain OR snow"}, id="alternatives of words"),
        pytest.param({"q": "title:rain"}, id="a field that cannot be searched by itself"),
        pytest.param({"q": "x" * 10_000}, id="ten thousand characters"),
        pytest.param({"q": "rain\x00"}, id="a NUL byte"),
        pytest.param({"sort": "magic desc"}, id="an unknown order"),
        pytest.param({"rows": "-1"}, id="negative rows"),
        pytest.param({"rows": "ten"}, id="rows in words"),
        pytest.param({"start": "9" * 50}, id="a start beyond all numbers"),
        pytest.param({"start": "200000"}, id="a start beyond what is paged through"),
        pytest.param({"facet.field": '["color"]'}, id="an unknown facet"),
        pytest.param({"facet.field": "[" * 500}, id="no JSON list"),
        pytest.param({"fl": "id"}, id="an unknown parameter"),
    ],
)
def test_what_is_not_understood_is_a_validation_error_that_says_so(portal: Any, parameters: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        portal.package_search(**parameters)
    assert refused.value.error_dict["message"]
    assert set(parameters) & set(refused.value.error_dict)


@pytest.mark.parametrize(
    ("fq", "expected"),
    [
        ("groups:weather", {"weather"}),
        ("+groups:Weather +dataset_type:dataset", {"weather"}),
        ("groups:(weather OR ocean)", {"weather", "ocean"}),
        ("(groups:weather OR groups:ocean) AND state:active", {"weather", "ocean"}),
        ("dataset_type:harvest", set()),
        ("groups:weather groups:ocean", set()),
    ],
)
def test_filters_mean_what_they_mean_in_ckan(portal: Any, fq: str, expected: set[str]) -> None:
    found = portal.package_search(fq=fq, rows=1000)
    assert {group["name"] for package in found["results"] for group in package["groups"]} == expected
    assert (found["count"] == 0) == (not expected)


def test_what_is_excluded_is_not_found(portal: Any) -> None:
    every, weather = portal.package_search(rows=0)["count"], portal.package_search(fq="groups:weather", rows=0)["count"]
    for fq in ("-groups:weather", "NOT groups:weather", "*:* AND !groups:weather"):
        assert portal.package_search(fq=fq, rows=0)["count"] == every - weather
    apart = portal.package_search(fq_list=["-groups:weather", "-groups:ocean"], rows=1000)["results"]
    assert not {"weather", "ocean"} & {group["name"] for package in apart for group in package["groups"]}


@pytest.mark.parametrize("field", ["id", "name"])
def test_a_dataset_is_found_by_its_id_or_name(portal: Any, field: str) -> None:
    for fq in (f"{field}:weather--seattle-weather", f'{field}:"weather/seattle-weather"'):
        assert [each["id"] for each in portal.package_search(fq=fq)["results"]] == ["weather/seattle-weather"]


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("[2015-06-01T12:30:00.5Z TO *]", "2015-06-01", "9999-12-31"),
        ("[2010-01-01 TO 2015-12-31T23:59:59Z]", "2010-01-01", "2015-12-31"),
        ("[* TO NOW-3650DAYS/DAY]", "0001-01-02", str(date.today() - timedelta(3650))),
        ("[* TO *]", "0001-01-02", "9999-12-31"),
    ],
)
def test_datasets_that_changed_within_a_span_of_days_are_found(portal: Any, span: str, first: str, last: str) -> None:
    every = portal.package_search(rows=1000)["results"]
    expected = {each["id"] for each in every if first <= (each["metadata_modified"] or "")[:10] <= last}
    for asked in ({"fq": f"+metadata_modified:{span}"}, {"q": f"*:* metadata_modified:{span}"}):
        assert {each["id"] for each in portal.package_search(rows=1000, **asked)["results"]} == expected != set()
    outside = portal.package_search(fq=f"-metadata_modified:{span}", rows=0)["count"]
    assert outside == len(every) - len(expected)


def test_the_tags_of_packages_are_those_that_are_counted(portal: Any) -> None:
    package = portal.package_show(id="weather--seattle-weather", lang="en")
    tags = [tag["name"] for tag in package["tags"]]
    assert any(not tag.isascii() for tag in tags)
    found = portal.package_search(fq="name:weather--seattle-weather", **{"facet.field": '["tags"]'})
    assert set(found["facets"]["tags"]) == {tag.casefold() for tag in tags}


def test_filters_may_stand_among_the_words(portal: Any) -> None:
    mixed = portal.package_search(q="rain groups:weather", rows=1000)
    apart = portal.package_search(q="rain", fq="groups:weather", rows=1000)
    assert [each["id"] for each in mixed["results"]] == [each["id"] for each in apart["results"]]


def test_texts_are_in_the_language_asked_for(call: Any, visitor: httpx.Client) -> None:
    named = call("package_show", id="weather--seattle-weather", lang="zh").json()["result"]
    told = visitor.get(
        "/api/3/action/package_show?id=weather--seattle-weather", headers={"accept-language": "zh-CN"}
    ).json()["result"]
    assert named["title"] == told["title"] == "西雅图逐日天气"
    assert call("package_search", rows="x", lang="zh").json()["error"]["rows"] == ["rows 不是整数。"]


def test_a_dataset_that_is_not_open_is_shown_without_data(portal: Any) -> None:
    package = portal.package_show(id="credit--on-request")
    assert (package["resources"], package["isopen"]) == ([], False)


def test_markup_stays_text_and_the_answer_is_json(call: Any) -> None:
    answer = call("package_show", id="culture--trap")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["result"]["title"] == TRAP


def test_a_draft_is_no_dataset(small_hall: SmallHall, call: Any) -> None:
    assert call("package_show", id="quality--broken").status_code == 404


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        pytest.param(b'{"id": "weather--seattle-weather"}', "application/json", 200, id="JSON"),
        pytest.param(b'{"id": "weather--seattle-weather"}', FORM, 200, id="JSON as curl"),
        pytest.param(b"id=weather--seattle-weather", FORM, 200, id="a form"),
        pytest.param(b"{", "application/json", 400, id="no JSON"),
        pytest.param(b"[1]", "application/json", 400, id="a JSON list"),
        pytest.param(b"[" * 60_000, "application/json", 400, id="sixty thousand brackets"),
        pytest.param(b'{"id": ' + b"[" * 30_000, "application/json", 400, id="deep within"),
        pytest.param(b'{"id": ' + b"9" * 5_000 + b"}", "application/json", 400, id="a number of 5,000 digits"),
        pytest.param(b'{"id": {"a": 1}}', "application/json", 409, id="an object for a text"),
        pytest.param(b'{"id": "\\ud800"}', "application/json", 409, id="half a character"),
        pytest.param(b"\xff\xfe", "application/json", 400, id="no UTF-8"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(5_000)), FORM, 400, id="many"),
        pytest.param(b"", "application/json", 409, id="nothing"),
    ],
)
def test_bodies_are_read_as_ckan_reads_them(visitor: httpx.Client, content: bytes, kind: str, status: int) -> None:
    answer = visitor.post("/api/3/action/package_show", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["success"] is (status == 200)


def test_a_long_body_is_not_read(visitor: httpx.Client) -> None:
    pieces = (b"x" * 10_000 for _ in range(10))
    assert visitor.post("/api/3/action/package_show", content=b"x" * 100_000).status_code == 413
    assert visitor.post("/api/3/action/package_show", content=pieces).status_code == 413


def test_both_addresses_answer_alike_and_an_unknown_action_is_refused(visitor: httpx.Client, portal: Any) -> None:
    with pytest.raises(CKANAPIError, match="Action name not known: package_create"):
        portal.package_create(name="x")
    old, new = (visitor.get(f"/api/{part}action/site_read").json() for part in ("", "3/"))
    assert old == new
    assert visitor.get("/api/3").json() == {"version": 3}


def test_scripts_of_other_sites_may_read_but_not_send(visitor: httpx.Client) -> None:
    assert visitor.get("/api/3/action/site_read").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in visitor.post("/api/3/action/site_read").headers
    assert visitor.options("/api/3/action/site_read").status_code == 405  # so no browser sends JSON for them


def test_the_address_that_clients_make_of_a_name_leads_to_the_page(visitor: httpx.Client) -> None:
    answer = visitor.get("/dataset/weather--seattle-weather")
    assert answer.headers["location"] == "/services/hall/en/datasets/weather/seattle-weather"
    assert (
        visitor.get("/dataset/%2f%2fevil.example").headers.get("location", "/services/hall/")[:15] == "/services/hall/"
    )


def test_another_datahall_harvests_it_without_a_loss(call: Any, visitor: httpx.Client) -> None:
    answer = call("package_search", rows=1000)
    harvest = read_content(answer.content, address=str(answer.url), kind="ckan")
    packages = {package["id"]: package for package in answer.json()["result"]["results"]}
    assert not harvest.rejected
    assert not harvest.left_out
    assert [record.id for record in harvest.records] == list(packages)
    for record in harvest.records:
        package = packages[record.id]
        if not record.id.startswith("harvested/"):  # of other portals' datasets a licence may be a text alone
            assert record.license == package["license_id"]
            assert (record.access == "open") == package["isopen"]
        assert record.title == package["title_translated"]
        told = {each["key"]: each["value"] for each in package["extras"]}
        assert record.access in {told["access"], "unknown"}
        addresses = [each["url"] for each in package["resources"] if each["url"]]  # a hostile one is not handed on
        assert [each.url for each in record.distributions] == addresses
