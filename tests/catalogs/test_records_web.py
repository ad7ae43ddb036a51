"""Portals over HTTP, by a real small server: found, paged, asked only for what is new, and gone on with."""

from __future__ import annotations

import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from datahall import cli
from datahall._harvesting.record import MAX_DISTRIBUTIONS
from datahall._records.harvest_run import TWICE
from datahall._records.harvesting import harvest
from datahall._records.kept_room import Bound
from datahall._records.limits import Limits
from datahall._records.outcomes import say_remark
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file
from datahall._records.sites import FolderSite, WebSite
from datahall._records.walking import CIRCLES, FULL, OUTSIDE, TOO_MUCH
from datahall.errors import DatahallError

from tests.catalogs.portal_answers import TITLE, CkanPortal, Routes, data_json, package, query_of, search_answer
from tests.catalogs.small_server import Reply, SmallServer, small_server

pytestmark = pytest.mark.usefixtures("home")
QUICK = Limits(pauses=(0.01, 0.01))
NAMES = [f"d{number:03}" for number in range(95)]


def counts(place: str, **more: Any) -> tuple[int, ...]:
    result = harvest(place, limits=QUICK, **more).result
    return tuple(result[word] for word in ("harvested", "added", "updated", "unchanged", "missing"))


def kept() -> set[str]:
    return {stored.record.id.removeprefix("id-") for stored in RecordStore().changes() if not stored.missing_since}


def test_all_pages_of_ckan_are_read(server: SmallServer) -> None:
    portal = CkanPortal(server, *NAMES)
    assert counts(f"{portal.url}{portal.ADDRESS}") == (95, 95, 0, 0, 0)
    assert counts(f"{portal.url}{portal.ADDRESS}") == (95, 0, 0, 95, 0)
    assert kept() == set(NAMES)


def test_a_portal_that_sends_fewer_than_asked_for_is_read_to_its_end(server: SmallServer) -> None:
    portal = CkanPortal(server, *NAMES, most=7)
    assert counts(f"{portal.url}{portal.ADDRESS}?rows=50") == (95, 95, 0, 0, 0)


def test_an_empty_portal_has_no_records(server: SmallServer, capsys: pytest.CaptureFixture[str]) -> None:
    portal = CkanPortal(server)
    assert cli.run(["harvest", portal.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["harvested"] == 0


@pytest.mark.parametrize("place", ["", "/", "/dataset", "/en/index.html"])
def test_a_portal_s_own_address_is_enough(server: SmallServer, place: str) -> None:
    portal = CkanPortal(server, "rain", "snow")
    server.answers["/"] = server.answers["/dataset"] = Reply(b"<!doctype html><title>Portal</title>")
    server.answers["/en/index.html"] = server.answers["/"]
    if place.startswith("/en"):
        server.answers["/en/api/3/action/package_search"] = server.answers[portal.ADDRESS]
    assert counts(portal.url + place) == (2, 2, 0, 0, 0)
    asked = len(server.asked)
    assert counts(portal.url + place) == (2, 0, 0, 2, 0)
    assert len(server.asked) == asked + 1 + TITLE  # where the catalog is, is known now


def test_a_catalog_that_has_moved_is_looked_for_again(server: SmallServer) -> None:
    portal = CkanPortal(server, "rain", "snow")
    assert counts(portal.url) == (2, 2, 0, 0, 0)
    del server.answers[portal.ADDRESS]
    server.answers["/data.json"] = Reply(data_json("rain", "wind"))
    assert counts(portal.url) == (2, 2, 0, 0, 2)
    assert RecordStore().sources()[0].kind == "dcat-us"


@pytest.mark.parametrize("path", ["/data.json", "/portal/data.json"])
def test_a_data_json_is_found_beside_the_page_that_was_named(server: SmallServer, path: str) -> None:
    server.answers = Routes({path: Reply(data_json("rain")), "/portal/": Reply(b"<html>"), "/": Reply(b"<html>")})
    assert counts(server.url + path.removesuffix("data.json")) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("path", ["/missing.json", "/missing", "/list.json", "/dataset?format=rdf", "/api/3/action/x"])
def test_a_mistyped_address_harvests_no_other_catalog(server: SmallServer, path: str) -> None:
    page = Reply(b"<!doctype html><title>Portal</title>")
    server.answers = Routes({"/data.json": Reply(data_json("rain")), "/": page})
    server.answers |= {"/list.json": page, "/dataset": page, "/api/3/action/x": page}
    with pytest.raises(DatahallError) as caught:
        harvest(server.url + path, limits=QUICK)
    assert path.partition("?")[0] in caught.value.message()
    assert RecordStore().sources() == ()


def test_a_portal_whose_file_is_gone_keeps_its_records(server: SmallServer) -> None:
    server.answers = Routes({"/data.json": Reply(data_json("snow")), "/rain.json": Reply(data_json("rain"))})
    assert counts(f"{server.url}/rain.json") == (1, 1, 0, 0, 0)
    del server.answers["/rain.json"]
    with pytest.raises(DatahallError, match="404"):
        harvest(f"{server.url}/rain.json", limits=QUICK)
    assert kept() == {"rain"}


@pytest.mark.parametrize(("path", "is_elsewhere"), [("/", True), ("/data.json", False)])
def test_a_harvest_says_where_the_catalog_was_found(
    server: SmallServer, capsys: pytest.CaptureFixture[str], path: str, is_elsewhere: bool
) -> None:
    server.answers = Routes({"/data.json": Reply(data_json("rain")), "/": Reply(b"<html>")})
    for _ in range(2):  # the second one remembers where
        assert cli.run(["harvest", f"{server.url}{path}"]) == 0
        assert ("found at" in capsys.readouterr().out) == is_elsewhere


def test_a_hall_is_harvested_through_ckan_by_its_own_address(server: SmallServer) -> None:
    server.answers = Routes({"/services/hall/api/3/action/package_search": Reply(search_answer("rain"))})
    assert counts(f"{server.url}/", kind="ckan") == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("place", "words"), [("{folder}", "is a folder"), ("ftp://portal.example/data.json", "is no address that a portal")]
)
def test_what_is_no_file_is_told_as_what_it_is(tmp_path: Path, place: str, words: str) -> None:
    with pytest.raises(DatahallError) as caught:
        harvest(place.format(folder=tmp_path), limits=QUICK)
    assert words in caught.value.message()


def test_a_catalog_of_a_file_is_called_by_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "climate-0.8.1.json").write_bytes(data_json("rain"))
    assert harvest(str(tmp_path / "climate-0.8.1.json")).name == "climate-0-8-1"


def test_a_catalog_without_datasets_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.json").write_bytes(data_json())
    assert cli.run(["harvest", str(tmp_path / "data.json")]) == 0
    told = "".join(capsys.readouterr())
    assert "describes no dataset" in told
    assert "Ids begin" not in told


def test_a_portal_of_the_wide_world_is_not_followed_into_an_own_network(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_server() as proxy:  # through which the wide world is asked
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        server.answers["/data.json"] = Reply(data_json("rain"))  # on a host that the operator trusts
        proxy.answers["http://1.1.1.1/data.json"] = Reply(status=302, headers={"Location": f"{server.url}/data.json"})
        with pytest.raises(DatahallError) as refused:
            harvest("http://1.1.1.1/data.json", limits=QUICK)
    assert refused.value.code == "refused-address"
    assert proxy.asked == ["http://1.1.1.1/data.json"]
    assert server.asked == []


def test_a_portal_of_an_own_network_may_lead_within_it(server: SmallServer) -> None:
    server.answers["/list.json"] = Reply(status=302, headers={"Location": f"{server.url}/data.json"})
    server.answers["/data.json"] = Reply(data_json("rain"))
    assert counts(f"{server.url}/list.json") == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("http://[::1", "refused-address"),
        ("http://portal.example:99999/", "refused-address"),
        ("http://", "refused-address"),
        ("ftp://portal.example/data.json", "refused-address"),
        ("nofile.json", "no-file"),
        ("/dev/zero", "no-file"),
        ("/", "no-file"),
    ],
)
def test_what_cannot_be_harvested_is_said_with_what_to_do(
    place: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["harvest", place, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert "https://" in error["hint"]


def test_a_redirect_to_nowhere_is_told(server: SmallServer) -> None:
    server.answers["/data.json"] = Reply(status=302, headers={"Location": "http://[::1"})
    with pytest.raises(DatahallError, match="cannot be fetched"):
        harvest(f"{server.url}/data.json", limits=QUICK)


@pytest.mark.parametrize("stays_inside", [True, False])
def test_a_link_that_is_no_address_leads_nowhere(tmp_path: Path, stays_inside: bool) -> None:
    for site, root in ((WebSite(QUICK), "http://x.org/c.json"), (FolderSite(tmp_path / "c.json"), "c.json")):
        assert site.find_link("http://[::1", at=root, root=root, stays_inside=stays_inside) is None


@pytest.mark.parametrize("content", [None, b"<!doctype html><title>No page</title>", b'{"type": "Catalog', b"PK\3\4"])
def test_a_harvest_of_a_file_tells_nobody_where_it_lies(tmp_path: Path, content: bytes | None) -> None:
    links = [{"rel": "child", "href": "./part/rain.json"}]
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "c", "description": "All", "links": links}
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    (tmp_path / "part").mkdir()
    if content is not None:
        (tmp_path / "part" / "rain.json").write_bytes(content)
    (remark,) = harvest(str(tmp_path / "catalog.json")).result["remarks"]
    told = json.dumps(remark, default=str)
    assert "part/rain.json" in told
    assert str(tmp_path) not in told


def test_files_beyond_what_a_record_may_hold_are_counted(
    server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [{"downloadURL": f"https://x.org/{number}.csv"} for number in range(MAX_DISTRIBUTIONS + 7)]
    server.answers["/data.json"] = Reply(data_json({"identifier": "1", "title": "T", "distribution": files}, "rain"))
    for _ in range(2):  # the second time the page is as it was
        assert cli.run(["harvest", f"{server.url}/data.json", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["files_left_out"] == 7
    assert cli.run(["harvest", f"{server.url}/data.json"]) == 0
    assert "files of datasets that have more than a record may hold" in capsys.readouterr().out
    (full,) = [stored.record for stored in RecordStore().changes() if stored.record.id == "1"]
    assert (len(full.distributions), full.distributions_left_out) == (MAX_DISTRIBUTIONS, 7)
    assert ("distribution", "7") in [(note.field, note.value) for note in full.notes]


def test_a_place_without_a_catalog_leaves_nothing_behind(server: SmallServer) -> None:
    server.answers = Routes({"/": Reply(b"<!doctype html><title>None</title>")})
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/", limits=QUICK)
    assert caught.value.code == "unknown-format"
    assert RecordStore().sources() == ()


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_what_has_not_changed_is_not_sent_again(server: SmallServer, header: str) -> None:
    said = {"ETag": '"1"', "Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"}[header]
    asks = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[header]

    def answer(_path: str, _: bytes) -> Reply:
        if server.headers[-1].get(asks) == said:
            return Reply(status=304, promise=0)
        return Reply(data_json("rain", "snow"), headers={header: said})

    server.answers["/data.json"] = answer
    assert counts(f"{server.url}/data.json") == (2, 2, 0, 0, 0)
    assert counts(f"{server.url}/data.json") == (2, 0, 0, 2, 0)
    assert server.headers[-1].get(asks) == said


def test_records_that_move_while_they_are_read_are_found_all_the_same(server: SmallServer) -> None:
    portal = CkanPortal(server, *NAMES, most=10)

    def shrink(start: int) -> None:
        if start == 20 and "d005" in portal.names:
            portal.names.remove("d005")  # all behind move one place forward, over the edge of a page

    portal.after_page = shrink
    assert counts(portal.url)[0] >= 94
    assert kept() >= set(portal.names)


def test_records_that_are_put_before_those_already_read_come_twice_and_are_kept_once(server: SmallServer) -> None:
    portal = CkanPortal(server, *NAMES, most=10)

    def grow(start: int) -> None:
        if start in (10, 30) and f"new-{start}" not in portal.names:
            portal.names.insert(0, f"new-{start}")

    portal.after_page = grow
    result = harvest(portal.url, limits=QUICK).result
    assert result["rejected"] == []
    assert kept() == set(portal.names)


def test_of_one_identifier_with_two_contents_the_first_is_kept_and_the_other_listed(server: SmallServer) -> None:
    pages = {
        "0": search_answer("rain", "snow", count=4),
        "2": search_answer(package("rain", title="Another"), "wind", count=4),
    }
    server.answers = Routes({"/api/3/action/package_search": lambda p, _: Reply(pages[query_of(p).get("start", "0")])})
    for _ in range(2):
        result = harvest(f"{server.url}/api/3/action/package_search", limits=QUICK).result
        assert result["rejected"] == [{"id": "id-rain", "reason": TWICE}]
        assert (result["harvested"], result["is_whole"]) == (3, True)


def test_a_portal_that_sends_its_first_page_for_ever_is_left(server: SmallServer) -> None:
    same = search_answer(*NAMES[:10], count=1_000_000)
    server.answers = Routes({"/api/3/action/package_search": Reply(same)})
    result = harvest(f"{server.url}/api/3/action/package_search", limits=QUICK).result
    assert (result["harvested"], result["is_whole"]) == (10, False)
    assert [reason for _, reason, _ in result["remarks"]] == [CIRCLES]
    assert len(server.asked) < 10


def test_a_portal_that_never_ends_is_left_with_a_remark(
    server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(path: str, _: bytes) -> Reply:
        start = int(query_of(path).get("start", 0))
        return Reply(search_answer(f"n{start}", count=start + 1_000))

    server.answers = Routes({"/api/3/action/package_search": answer})
    result = harvest(f"{server.url}/api/3/action/package_search", limits=Limits(pages=25)).result
    assert (result["harvested"], result["is_whole"], result["pages"]) == (25, False, 25)
    assert [reason for _, reason, _ in result["remarks"]] == [TOO_MUCH]


@pytest.mark.parametrize(("bound", "limit"), [("records", 40), ("bytes", 20_000)])
def test_of_a_portal_without_an_end_no_more_is_kept_than_the_operator_allows(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bound: Bound, limit: int
) -> None:
    begins = itertools.count(step=10)

    def answer(path: str, _: bytes) -> Reply:  # other records each time
        begin = next(begins)
        noise = {"notes": random.Random(begin).randbytes(500).hex()}
        return Reply(search_answer(*(package(f"n{begin + n}", **noise) for n in range(10)), count=begin + 1_000))

    server.answers = Routes({"/api/3/action/package_search": answer})
    monkeypatch.setenv(f"DATAHALL_HARVEST_{bound.upper()}", str(limit))
    address = f"{server.url}/api/3/action/package_search"
    assert cli.run(["harvest", address, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert any(f"DATAHALL_HARVEST_{bound.upper()}" in each for each in told["remarks"])
    kept, size = RecordStore().count(), find_file().stat().st_size
    assert kept == 40 if bound == "records" else 5 < kept < 40
    for _ in range(3):  # with new identifiers for all that it has: nothing of it is kept, and nothing forgotten
        result = harvest(address).result
        assert (result["is_whole"], result["missing"]) == (False, 0)
        assert [reason for _, reason, _ in result["remarks"]] == [FULL[bound]]
        assert result["left_out"]["beyond"] > 0
    assert (RecordStore().count(), find_file().stat().st_size) == (kept, size)


def test_a_full_portal_s_datasets_are_still_kept_up_and_its_others_taken_once_there_is_room(
    server: SmallServer,
) -> None:
    portal = CkanPortal(server, *NAMES, most=10)
    bounded = Limits(kept_records=15)
    assert harvest(portal.url, limits=bounded).result["harvested"] == 15
    portal.modified = dict.fromkeys(portal.names[:3], "2024-01-01")
    result = harvest(portal.url, limits=bounded).result
    assert (result["harvested"], result["updated"], result["is_whole"]) == (15, 3, False)
    assert counts(portal.url) == (95, 80, 0, 15, 0)


def test_a_harvest_that_breaks_off_goes_on_where_it_was(server: SmallServer) -> None:
    portal = CkanPortal(server, *NAMES, most=10)
    whole = server.answers[portal.ADDRESS]
    assert callable(whole)

    def broken(path: str, body: bytes) -> Reply:
        return whole(path, body) if int(query_of(path).get("start", 0)) < 50 else Reply(status=500)

    server.answers[portal.ADDRESS] = broken
    with pytest.raises(DatahallError, match="HTTP 500"):
        harvest(portal.url, limits=QUICK)
    (state,) = RecordStore().sources()
    assert (state.records, state.failures, state.finished) == (50, 1, None)
    assert state.failure is not None
    assert state.failure["zh"] != state.failure["en"]
    server.answers[portal.ADDRESS] = whole
    server.asked.clear()
    assert counts(portal.url) == (95, 95, 0, 0, 0)
    starts = [query_of(path).get("start") for path in server.asked if "package_search" in path]
    assert starts == ["50", "60", "70", "80", "90"]
    (state,) = RecordStore().sources()
    assert (state.failure, state.failures) == (None, 0)


def test_what_fails_for_a_moment_is_asked_for_again(server: SmallServer) -> None:
    answers = iter([Reply(status=503, headers={"Retry-After": "1"}), Reply(b"", promise=100), Reply(data_json("rain"))])
    server.answers["/data.json"] = lambda path, _: next(answers)
    assert counts(f"{server.url}/data.json", kind="dcat-us") == (1, 1, 0, 0, 0)


def test_nothing_is_missing_after_a_harvest_that_failed(server: SmallServer) -> None:
    portal = CkanPortal(server, *NAMES, most=10)
    harvest(portal.url, limits=QUICK)
    portal.names = portal.names[:10]
    server.answers[portal.ADDRESS] = Reply(status=500)
    with pytest.raises(DatahallError):
        harvest(portal.url, limits=QUICK)
    assert RecordStore().count() == 95


HYDRA = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<{base}/catalog.ttl> a dcat:Catalog . <{base}/{name}> a dcat:Dataset ; dct:title "{name}" .
<{base}/catalog.ttl?page={page}> a hydra:PagedCollection ; hydra:next <{next}> .
"""


def test_pages_of_dcat_are_followed_and_those_that_lead_back_end_it(server: SmallServer) -> None:
    def answer(path: str, _: bytes) -> Reply:
        page = int(query_of(path).get("page", 1))
        following = f"{server.url}/catalog.ttl?page={page % 3 + 1}"
        return Reply(HYDRA.format(base=server.url, name=f"d{page}", page=page, next=following).encode())

    server.answers = Routes({"/catalog.ttl": answer})
    assert counts(f"{server.url}/catalog.ttl?page=1") == (3, 3, 0, 0, 0)
    assert len(server.asked) == 3


def test_a_page_on_another_host_is_not_followed_and_the_harvest_is_not_whole(server: SmallServer) -> None:
    text = HYDRA.format(base=server.url, name="d1", page=1, next="http://elsewhere.example/catalog.ttl?page=2")
    server.answers["/catalog.ttl"] = Reply(text.encode())
    result = harvest(f"{server.url}/catalog.ttl", limits=QUICK).result
    assert (result["harvested"], result["is_whole"]) == (1, False)
    assert [reason for _, reason, _ in result["remarks"]] == [OUTSIDE]


def stac(id: str, *children: str, kind: str = "Catalog") -> Reply:
    links = [{"rel": "child", "href": child} for child in children]
    more = {"extent": {"spatial": {"bbox": [[0, 0, 1, 1]]}, "temporal": {"interval": [[None, None]]}}}
    document = {"stac_version": "1.0.0", "type": kind, "id": id, "description": id, "license": "MIT", "links": links}
    return Reply(json.dumps(document | (more if kind == "Collection" else {})).encode())


def test_a_tree_of_stac_is_followed_inside_its_folder_only(server: SmallServer) -> None:
    server.answers |= {
        "/stac/catalog.json": stac("root", "./a/catalog.json", "../secret.json", "b.json", "http://169.254.169.254/x"),
        "/stac/a/catalog.json": stac("a", "deep.json", "../catalog.json"),
        "/stac/a/deep.json": stac("deep", kind="Collection"),
        "/stac/b.json": stac("b", kind="Collection"),
        "/secret.json": stac("secret", kind="Collection"),
    }
    result = harvest(f"{server.url}/stac/catalog.json", limits=QUICK).result
    assert {stored.record.id for stored in RecordStore().changes()} == {"deep", "b"}
    assert "/secret.json" not in server.asked
    assert [reason for _, reason, _ in result["remarks"]] == [OUTSIDE, OUTSIDE]


def test_a_part_that_cannot_be_read_keeps_the_others_and_marks_nothing_as_missing(server: SmallServer) -> None:
    server.answers |= {
        "/stac/catalog.json": stac("root", "a.json", "b.json"),
        "/stac/a.json": stac("a", kind="Collection"),
        "/stac/b.json": stac("b", kind="Collection"),
    }
    assert counts(f"{server.url}/stac/catalog.json") == (2, 2, 0, 0, 0)
    server.answers["/stac/a.json"] = Reply(b"{", status=200)
    result = harvest(f"{server.url}/stac/catalog.json", limits=QUICK).result
    assert (result["harvested"], result["missing"], result["is_whole"]) == (2, 0, False)
    (remark,) = result["remarks"]
    assert "cannot be read as JSON" in say_remark(remark, language="en")
    assert "无法" in say_remark(remark, language="zh")
    del server.answers["/stac/a.json"]
    assert counts(f"{server.url}/stac/catalog.json") == (1, 0, 0, 1, 1)


def socrata(*ids: str, total: int) -> bytes:
    results = [{"resource": {"id": id, "name": f"The {id}"}, "metadata": {"domain": "data.example.org"}} for id in ids]
    return json.dumps({"results": results, "resultSetSize": total}).encode()


def test_socrata_is_read_by_place_and_where_that_does_not_reach_by_the_last_asset(server: SmallServer) -> None:
    ids = [f"{number:04x}-aaaa" for number in range(12_000)]

    def answer(path: str, _: bytes) -> Reply:
        query = query_of(path)
        limit, offset = int(query.get("limit", 100)), int(query.get("offset", 0))
        if offset + limit > 10_000:
            return Reply(status=400)
        if "scroll_id" in query:
            found = [each for each in ids if each > query["scroll_id"]][:limit]
        else:
            found = ids[offset : offset + limit]
        return Reply(socrata(*found, total=len(ids)))

    server.answers = Routes({"/api/catalog/v1": answer})
    address = f"{server.url}/api/catalog/v1?limit=1000"
    assert counts(address)[0] == 12_000
    ids[150:] = []
    assert counts(f"{server.url}/api/catalog/v1?limit=100", name="small")[0] == 150


def test_two_catalogs_on_one_host_are_two_sources(server: SmallServer) -> None:
    server.answers |= {"/a/data.json": Reply(data_json("rain")), "/b/data.json": Reply(data_json("snow"))}
    for path in ("a", "b", "a"):
        harvest(f"{server.url}/{path}/data.json", limits=QUICK)
    sources = RecordStore().sources()
    assert [source.records for source in sources] == [1, 1]
    assert len({source.name for source in sources}) == 2


@pytest.mark.parametrize("name", ["Big", "a--b", "-a", "a/b", "", "../x", "n" * 81, "own", "unknown"])
def test_a_source_cannot_have_a_name_that_no_id_can_hold(server: SmallServer, name: str) -> None:
    server.answers["/data.json"] = Reply(data_json("rain"))
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/data.json", name=name)
    assert caught.value.code == "invalid-name"


@pytest.mark.parametrize("name", ["own", "unknown"])
def test_a_file_called_like_a_word_of_the_filters_does_not_pass_for_this_hall(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.json").write_bytes(data_json("rain"))
    source = harvest(str(tmp_path / f"{name}.json")).name
    assert re.fullmatch(f"{name}-[0-9a-f]{{6}}", source)
    assert harvest(str(tmp_path / f"{name}.json")).name == source


def test_a_kind_that_is_not_known_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["harvest", "x.json", "--kind", "excel", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unknown-kind"


def test_a_portal_of_socrata_is_asked_for_its_own_assets(server: SmallServer) -> None:
    asked: list[dict[str, str]] = []

    def answer(path: str, _: bytes) -> Reply:
        asked.append(query_of(path))
        return Reply(socrata("abcd-1234", total=1))

    server.answers = Routes({"/api/catalog/v1": answer})
    assert counts(server.url, kind="socrata") == (1, 1, 0, 0, 0)
    assert asked == [{"domains": "127.0.0.1", "search_context": "127.0.0.1", "limit": "1000"}]


def test_nothing_is_harvested_where_nothing_can_be_written(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.answers["/data.json"] = Reply(data_json("rain"))
    monkeypatch.setenv("DATAHALL_CATALOGS", str(tmp_path / "catalogs"))
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/data.json")
    assert caught.value.code == "read-only"
    monkeypatch.delenv("DATAHALL_CATALOGS")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "file"))
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/data.json")
    assert caught.value.code == "records-unusable"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["harvested", "no longer there", "Rejected:", "the first one"]),
        ("zh", ["已采集", "已不存在", "被拒绝：", "保留了第一个"]),
    ],
)
def test_a_terminal_is_told_what_came_and_what_was_rejected(
    server: SmallServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    words: list[str],
) -> None:
    monkeypatch.setenv("DATAHALL_LANGUAGE", language)
    pages = {"0": search_answer("a", "b", count=4), "2": search_answer(package("a", title="Another"), "c", count=4)}
    server.answers = Routes({"/api/3/action/package_search": lambda p, _: Reply(pages[query_of(p).get("start", "0")])})
    assert cli.run(["harvest", f"{server.url}/api/3/action/package_search"]) == 0
    shown = capsys.readouterr().out
    for word in words:
        assert word in shown


@pytest.mark.parametrize("status", [401, 403, 405, 406])
def test_a_portal_that_opens_nothing_but_its_interface_to_programs_is_found(server: SmallServer, status: int) -> None:
    portal = CkanPortal(server, "rain")
    server.answers["/"] = Reply(b"no robots", status=status)
    server.answers["/api/v1/cards"] = Reply(status=500)
    assert counts(f"{portal.url}/") == (1, 1, 0, 0, 0)


def test_a_portal_that_has_moved_to_another_host_is_followed_there(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.netloc.partition(":")[2]
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", f"{server.netloc},localhost:{port}")
    portal = CkanPortal(server, *NAMES[:25], most=10)
    moved = f"http://localhost:{port}{portal.ADDRESS}?rows=10"
    server.answers["/old"] = Reply(status=301, headers={"Location": moved})
    assert counts(f"{server.url}/old") == (25, 25, 0, 0, 0)
    assert counts(f"{server.url}/old") == (25, 0, 0, 25, 0)


def test_a_server_that_says_unasked_that_nothing_has_changed_is_not_believed(server: SmallServer) -> None:
    server.answers["/data.json"] = Reply(status=304, promise=0)
    with pytest.raises(DatahallError, match="HTTP 304"):
        harvest(f"{server.url}/data.json", limits=QUICK)


def test_what_was_harvested_at_a_terminal_is_in_the_index_at_once(server: SmallServer) -> None:
    portal = CkanPortal(server, "rain", "snow")
    assert cli.run(["harvest", portal.url, "--json"]) == 0
    (state,) = find_file().parent.glob("search-*/state.json")
    assert json.loads(state.read_bytes())["change"] == RecordStore().last_change == 2
