"""Whether a file of data lies at an address: told by what is said of it and by the address, never guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datahall._harvesting.detection import read_content
from datahall._harvesting.file_addresses import is_file_of_data

from tests.catalogs.portal_answers import package, search_answer

HOST = "https://portal.example"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a.csv", id="its ending"),
        pytest.param("A.CSV", id="in capitals"),
        pytest.param("a.csv.gz", id="packed"),
        pytest.param("download/a.csv?version=1", id="before a query"),
        pytest.param("ma%C3%A7%C3%A3.csv", id="with escapes"),
        pytest.param("rows?q=*&wt=csv", id="a format in the query"),
        pytest.param("export?format=CSV", id="a format in capitals"),
    ],
)
def test_a_file_is_told_by_its_address(path: str) -> None:
    assert is_file_of_data(f"{HOST}/{path}", format="csv", packed=None, media_type="")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="a host"),
        pytest.param("dataset/a", id="a page without an ending"),
        pytest.param("folder/", id="a folder"),
        pytest.param("list.php?tipo=csv", id="a page that makes it"),
        pytest.param("a.csv.html", id="a page about it"),
        pytest.param("a.zip.sha512", id="its checksum"),
        pytest.param("a.pdf", id="a document"),
        pytest.param("search?q=csv", id="a word that is searched for"),
        pytest.param("rows?format=json", id="another format than is said"),
        pytest.param("service/odata/Rows?$format=csv", id="a service that answers in parts"),
        pytest.param("geoserver/wfs?format=csv", id="a service of maps"),
    ],
)
def test_what_may_be_a_page_or_a_service_is_no_file(path: str) -> None:
    assert not is_file_of_data(f"{HOST}/{path}", format="csv", packed=None, media_type="")


@pytest.mark.parametrize(
    ("path", "is_file"),
    [
        pytest.param("solr/select?q=*&wt=json", False, id="Solr's own form"),
        pytest.param("api/3/action/datastore_search.json?format=json", False, id="an action of CKAN"),
        pytest.param("rest/services/a/FeatureServer/0/query?where=1%3D1&f=json", False, id="ArcGIS's own form"),
        pytest.param("rest/services/a/FeatureServer/0/query?where=1%3D1&f=geojson", True, id="GeoJSON of ArcGIS"),
        pytest.param("export?f=json", True, id="JSON of others"),
    ],
)
def test_rows_in_an_envelope_of_a_service_are_no_file(path: str, is_file: bool) -> None:
    format = "geojson" if "geojson" in path else "json"
    assert is_file_of_data(f"{HOST}/{path}", format=format, packed=None, media_type="") is is_file


def test_a_media_type_of_data_tells_of_a_file_but_one_of_pages_does_not() -> None:
    assert is_file_of_data(f"{HOST}/a/1", format="csv", packed=None, media_type="text/csv")
    assert not is_file_of_data(f"{HOST}/a/1", format="csv", packed=None, media_type="text/html")
    assert not is_file_of_data(f"{HOST}/a.csv", format=None, packed=None, media_type="text/html")


@pytest.mark.parametrize(
    "url", ["a/b.csv", "s3://bucket/a.csv", "https://[broken/a.csv", f"{HOST}/a?" + "f=csv&" * 200, ""]
)
def test_an_address_that_makes_no_sense_or_is_not_of_the_web_is_no_file(url: str) -> None:
    assert not is_file_of_data(url, format="csv", packed=None, media_type="")


@pytest.mark.parametrize(
    ("said", "is_download"),
    [
        ({}, True),
        ({"url_type": "upload", "url": f"{HOST}/x"}, True),
        ({"resource_type": "file.upload", "url": f"{HOST}/x"}, True),
        ({"resource_type": "api"}, False),
        ({"resource_type": "Documentation"}, False),
        ({"format": "HTML"}, False),
        ({"format": "", "url": f"{HOST}/x"}, False),
        ({"format": "", "mimetype": "text/csv", "url": f"{HOST}/x"}, True),
    ],
    ids=["nothing", "uploaded", "an uploaded file", "a service", "about it", "a page", "unknown", "by its media type"],
)
def test_a_resource_of_ckan_is_a_download_where_it_says_so_or_is_a_file_of_data(
    said: dict[str, Any], is_download: bool
) -> None:
    resource = {"url": f"{HOST}/a.csv", "format": "CSV", **said}
    content = search_answer(package("a", resources=[resource]))
    [record] = read_content(content, address=f"{HOST}/api/3/action/package_search").records
    assert [each.is_download for each in record.distributions] == [is_download], json.dumps(resource)
