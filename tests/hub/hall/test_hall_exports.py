"""The hall serves its catalog in other standards' forms: marked, packed, paged, to every site and for HEAD, too."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml
from datahall._exports.forms import FORMS
from datahall._exports.shelf import open_shelf
from datahall_hub.services.hall.exports import serve_form
from datahall_hub.services.hall.hall import Hall
from datahall_hub.settings import Settings
from fastapi import FastAPI
from rdflib import Graph
from rdflib.namespace import DCAT, RDF

from tests.hub.hall.small_hall import SmallHall

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own parsers use its own old classes

DOCUMENTS = {
    "catalog.jsonld": "application/ld+json",
    "catalog.ttl": "text/turtle; charset=utf-8",
    "catalog.rdf": "application/rdf+xml",
    "data.json": "application/json",
    "catalog.gov-cn.json": "application/json",
    "catalog.yaml": "application/yaml",
}


@pytest.mark.parametrize(("document", "media_type"), DOCUMENTS.items())
def test_a_document_is_served_to_every_site_and_packed(visitor: httpx.Client, document: str, media_type: str) -> None:
    answer = visitor.get(document)

    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["access-control-allow-origin"] == "*"
    if document != "catalog.yaml":  # which fsspec reads
        assert answer.headers["content-encoding"] == "gzip"
        assert f'/{document}>; rel="canonical"' in answer.headers["link"]


@pytest.mark.parametrize("form", ["jsonld", "ttl", "rdf"])
def test_what_has_not_changed_is_not_sent_again(visitor: httpx.Client, form: str) -> None:
    answer = visitor.get(f"datasets/ocean/unreachable.{form}")

    again = visitor.get(f"datasets/ocean/unreachable.{form}", headers={"if-none-match": answer.headers["etag"]})
    since = visitor.get(
        f"datasets/ocean/unreachable.{form}", headers={"if-modified-since": answer.headers["last-modified"]}
    )
    other = visitor.get(f"datasets/ocean/unreachable.{form}", headers={"if-none-match": '"another"'})

    assert (answer.status_code, again.status_code, since.status_code, other.status_code) == (200, 304, 304, 200)
    assert again.content == b""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_answers_head(visitor: httpx.Client, document: str) -> None:
    answer = visitor.head(document)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]


def test_who_cannot_unpack_gets_it_plain(small_hall: SmallHall) -> None:
    with small_hall.client() as client:
        plain = client.get("catalog.ttl", headers={"accept-encoding": "identity"})
        refused = client.get("catalog.ttl", headers={"accept-encoding": "gzip;q=0"})

    assert "content-encoding" not in plain.headers
    assert plain.content.startswith(b"@prefix")
    assert "content-encoding" not in refused.headers
    assert not plain.content.startswith(gzip.compress(b"")[:2])


def test_all_addresses_are_of_the_host_that_was_asked(visitor: httpx.Client, small_hall: SmallHall) -> None:
    graph = Graph().parse(data=visitor.get("catalog.ttl").text, format="turtle")

    datasets = [str(dataset) for dataset in graph.subjects(RDF.type, DCAT.Dataset)]
    assert len(datasets) > 100
    assert all(dataset.startswith(f"{small_hall.url}/datasets/") for dataset in datasets)


def test_a_page_that_is_not_there_is_a_404_in_json(visitor: httpx.Client) -> None:
    answer = visitor.get("catalog.ttl?page=2", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown-page"


@pytest.mark.parametrize("form", ["jsonld", "ttl", "rdf"])
def test_a_dataset_has_a_description_in_each_form(visitor: httpx.Client, form: str) -> None:
    answer = visitor.get(f"datasets/weather/seattle-weather.{form}")

    assert answer.status_code == 200
    assert "weather/seattle-weather" in answer.text


@pytest.mark.parametrize("path", ["datasets/weather/no-such.ttl", "datasets/weather/..%2f..%2fx.rdf"])
def test_the_description_of_an_unknown_dataset_is_a_404(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_a_trap_in_a_title_stays_text(visitor: httpx.Client) -> None:
    nodes = json.loads(visitor.get("catalog.jsonld").text)["@graph"]

    titles = [text["@value"] for node in nodes for text in node.get("dct:title", [])]
    assert any("<script>" in title for title in titles)
    assert "<script>" not in visitor.get("catalog.rdf").text


def test_every_page_of_the_sitemap_is_there(visitor: httpx.Client, small_hall: SmallHall) -> None:
    index = visitor.get("sitemap.xml")
    parts = re.findall(r"<loc>(.*?)</loc>", index.text)
    addresses = [address for part in parts for address in re.findall(r"<loc>(.*?)</loc>", visitor.get(part).text)]

    assert index.headers["content-type"].startswith("application/xml")
    assert len(addresses) > 200
    assert all(address.startswith(f"{small_hall.url}/") for address in addresses)
    for address in [*addresses[:2], *addresses[-2:]]:
        assert visitor.get(address).status_code == 200


def test_a_part_that_is_not_there_is_a_404(visitor: httpx.Client) -> None:
    assert [visitor.get(f"sitemap-{number}.xml").status_code for number in ("0", "99", "x")] == [404, 404, 404]


def test_robots_are_told_where_the_sitemap_is(visitor: httpx.Client, small_hall: SmallHall) -> None:
    assert f"Sitemap: {small_hall.url}/sitemap.xml" in visitor.get("robots.txt").text


def test_a_dataset_has_a_croissant_whose_file_is_there(visitor: httpx.Client) -> None:
    told = visitor.get("datasets/culture/trap/croissant.json").json()

    (file,) = told["distribution"]
    content = visitor.get(file["contentUrl"]).content
    assert hashlib.sha256(content).hexdigest() == file["sha256"]
    assert file["contentSize"] == f"{len(content)} B"


def test_what_is_not_open_or_not_here_has_no_croissant(visitor: httpx.Client) -> None:
    answer = visitor.get("datasets/ocean/unreachable/croissant.json", headers={"accept": "text/html"})

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] in {"fetch-failed", "not-here-yet"}  # the hall tries again now and then
    assert visitor.get("datasets/weather/no-such/croissant.json").status_code == 404


@pytest.mark.parametrize("part", ["no-such-theme", "harvested-0", "harvested-9", "..%2fx"])
def test_a_part_of_the_catalog_that_is_not_there_is_a_404(visitor: httpx.Client, part: str) -> None:
    assert visitor.get(f"catalog/{part}.yaml").status_code == 404


def test_a_theme_is_a_catalog_of_its_own(visitor: httpx.Client) -> None:
    assert "weather/seattle-weather" in yaml.safe_load(visitor.get("catalog/weather.yaml").text)["aliases"]


def test_each_page_of_a_long_data_json_names_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets").mkdir()
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    app, total = FastAPI(), open_shelf().total
    app.state.hall = Hall(Settings(home=tmp_path))
    app.add_api_route("/data.json", serve_form(replace(FORMS["dcat-us"], page_size=total // 2 + 1)))

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall.example") as client:
            answers = [await client.get("/data.json")]
            while address := answers[-1].links.get("next", {}).get("url"):
                answers.append(await client.get("/data.json", params=httpx.URL(address).params))
        await app.state.hall.close()
        return answers

    answers = asyncio.run(ask())

    assert [sorted(answer.links) for answer in answers] == [
        ["canonical", "first", "last", "next"],
        ["canonical", "first", "last", "prev"],
    ]
    assert all("Link" in answer.headers["access-control-expose-headers"] for answer in answers)
    identifiers = {each["identifier"] for answer in answers for each in answer.json()["dataset"]}
    assert len(identifiers) == total


@pytest.mark.parametrize(("language", "said"), [("en", "data.json of 10,000"), ("zh", "data.json 每页 10,000")])
def test_people_are_told_that_a_long_catalog_comes_in_pages(visitor: httpx.Client, language: str, said: str) -> None:
    assert said in visitor.get(f"{language}/datasets/", headers={"accept": "text/html"}).text


@pytest.mark.parametrize("path", ["datasets/", "datasets/weather/seattle-weather"])
@pytest.mark.parametrize(("language", "title"), [("en", "in other formats"), ("zh", "的其他格式")])
def test_a_page_leads_people_and_programs_to_the_other_forms(
    visitor: httpx.Client, path: str, language: str, title: str
) -> None:
    page = visitor.get(f"{language}/{path}", headers={"accept": "text/html"}).text

    alternates = re.findall(r'<link rel="alternate" type="[^"]+" title="[^"]+" href="([^"]+)">', page)
    assert title in page
    assert len(alternates) >= 3
    for address in alternates:
        assert f'<a href="{address}"' in page
        assert visitor.get(address.removeprefix("/services/hall/")).status_code in {
            200,
            503,
        }  # 503: rows that are still being fetched
