"""Hostile and broken portals over HTTP: refused quickly and bounded, or kept as harmless text; nothing is followed."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from datahall import cli
from datahall._harvesting.documents import MAX_BYTES
from datahall._records.harvesting import harvest
from datahall._records.limits import Limits
from datahall._records.record_store import RecordStore
from datahall.errors import DatahallError

from tests.catalogs.portal_answers import Routes, data_json, package, search_answer
from tests.catalogs.small_server import Answer, Reply, SmallServer, small_server
from tests.catalogs.test_harvesting_hostile import LAUGHS, RDF, REFUSED

pytestmark = pytest.mark.usefixtures("home")
QUICK = Limits(pauses=(), answer_seconds=3.0)


def unfold_to_300_mb(_path: str, _: bytes) -> Reply:
    packed = gzip.compress(b" " * (3 << 20)) * 100  # members may stand one after the other
    return Reply(packed, headers={"Content-Encoding": "gzip"})


def run(server: SmallServer, capsys: pytest.CaptureFixture[str], path: str = "/data.json") -> tuple[int, Any]:
    capsys.readouterr()
    code = cli.run(["harvest", server.url + path, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_catalog_is_refused_with_a_reason_and_leaves_nothing(
    server: SmallServer, content: bytes, code: str
) -> None:
    server.answers["/data.json"] = Reply(content)
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/data.json", limits=QUICK)
    assert caught.value.code == code
    assert RecordStore().sources() == ()


LARGE: dict[str, Answer] = {
    "a document of 300 MB that says so": Reply(b"{", promise=300 << 20),
    "a document without an end": Reply(endless=True, headers={"Content-Type": "application/json"}),
    "a few packed bytes that unfold to 300 MB": unfold_to_300_mb,
}


@pytest.mark.parametrize("reply", LARGE.values(), ids=LARGE.keys())
def test_what_is_too_large_is_refused_before_it_is_read(
    server: SmallServer, reply: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers["/data.json"] = reply
    begun = time.monotonic()
    code, answer = run(server, capsys)
    assert (code, answer["error"]["code"]) == (2, "too-large")
    assert str(MAX_BYTES) in answer["error"]["message"]
    assert time.monotonic() - begun < 10


def test_what_trickles_is_given_up(server: SmallServer) -> None:
    server.answers["/data.json"] = Reply(data_json(*(f"d{n}" for n in range(1_000))), pause=0.5)
    begun = time.monotonic()
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/data.json", limits=QUICK)
    assert caught.value.code == "unreachable"
    assert time.monotonic() - begun < 6


@pytest.mark.parametrize("document", ["laughs", "entity"])
def test_entities_are_refused_and_not_looked_up(server: SmallServer, document: str) -> None:
    content = {
        "laughs": f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]><rdf:RDF {RDF}>&a9;</rdf:RDF>',
        "entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{server.url}/secret">]><rdf:RDF {RDF}>&e;</rdf:RDF>',
    }[document]
    server.answers["/catalog.rdf"] = Reply(content.encode())
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/catalog.rdf", limits=QUICK)
    assert caught.value.code == "unsafe-document"
    assert server.asked == ["/catalog.rdf"]


@pytest.mark.parametrize("leads", ["private", "metadata service", "file", "other scheme"])
def test_a_portal_leads_nowhere_but_to_public_addresses(
    server: SmallServer, leads: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_server() as inner:  # on this machine, but not trusted
        inner.answers["/data.json"] = Reply(data_json("secret"))
        target = {
            "private": f"{inner.url}/data.json",
            "metadata service": "http://169.254.169.254/latest/meta-data/",
            "file": "file:///etc/passwd",
            "other scheme": "gopher://127.0.0.1:9/x",
        }[leads]
        server.answers["/data.json"] = Reply(status=302, headers={"Location": target})
        code, answer = run(server, capsys)
        assert (code, answer["error"]["code"]) == (2, "refused-address")
        assert inner.asked == []
    assert RecordStore().count() == 0


@pytest.mark.parametrize("key", ["next", "child", "collections"])
def test_a_next_page_on_an_inner_address_is_not_asked_for(server: SmallServer, key: str) -> None:
    with small_server() as inner:
        link = {"rel": "data" if key == "collections" else key, "href": f"{inner.url}/catalog.json"}
        document = {"stac_version": "1.0.0", "type": "Catalog", "id": "x", "description": "x", "links": [link]}
        server.answers["/catalog.json"] = Reply(json.dumps(document).encode())
        if key == "next":
            with pytest.raises(DatahallError, match="not a public"):
                harvest(f"{server.url}/catalog.json", limits=QUICK)
        else:
            harvest(f"{server.url}/catalog.json", limits=QUICK)
        assert inner.asked == []


def test_redirects_that_lead_in_circles_end(server: SmallServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers["/data.json"] = Reply(status=302, headers={"Location": "/data.json"})
    code, answer = run(server, capsys)
    assert (code, answer["error"]["code"]) == (2, "unreachable")


def test_names_without_identifiers_markup_and_strange_dates_are_kept_as_text(
    server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    title = "<img src=x onerror=alert(1)> \u0000\u0007\u202e & co"
    server.answers["/data.json"] = Reply(
        data_json(
            {"identifier": "a", "title": title, "modified": "R/P1Y", "issued": "0000-00-00"},
            {"title": "Without an identifier"},
            {"identifier": "a", "title": "The same again"},
            {"identifier": "../../etc/passwd\u0000", "title": "A path"},
            {},
            17,
        )
    )
    code, answer = run(server, capsys)
    assert (code, answer["harvested"], len(answer["rejected"])) == (0, 3, 3)
    assert all(each["id"] and each["reason"] for each in answer["rejected"])
    first, *others = RecordStore().changes()
    assert first.record.title["und"].startswith("<img src=x onerror=alert(1)>")
    assert first.record.title["und"].isprintable()
    assert (first.record.modified, first.record.issued, first.record.frequency) == (None, None, "P1Y")
    assert all(other.id.startswith("harvested/") and ".." not in other.id for other in others)


@pytest.mark.parametrize("encoding", ["latin-1", "gb18030", "utf-16"])
def test_a_catalog_in_another_encoding_is_read(server: SmallServer, encoding: str) -> None:
    title = {"latin-1": "Qualité de l'eau à Orléans, été après été", "gb18030": "上海市公共数据开放目录的数据集"}.get(
        encoding, "水质 Qualité"
    )
    text = json.dumps({"dataset": [{"identifier": "x", "title": title, "accessLevel": "public"}]}, ensure_ascii=False)
    server.answers["/data.json"] = Reply(text.encode(encoding))
    harvest(f"{server.url}/data.json", limits=QUICK)
    (stored,) = RecordStore().changes()
    assert stored.record.title["und"] == title


def test_a_page_that_turns_hostile_ends_the_harvest_and_keeps_what_there_was(server: SmallServer) -> None:
    pages = [Reply(search_answer("a", "b", count=6)), Reply(b"[" * 100_000)]
    server.answers = Routes({"/api/3/action/package_search": lambda path, _: pages["start=2" in path]})
    with pytest.raises(DatahallError) as caught:
        harvest(f"{server.url}/api/3/action/package_search", limits=QUICK)
    assert caught.value.code == "unsafe-document"
    assert RecordStore().count() == 2


def test_an_address_with_a_password_in_it_is_refused(server: SmallServer) -> None:
    with pytest.raises(DatahallError) as caught:
        harvest(server.url.replace("http://", "http://me:secret@") + "/data.json", limits=QUICK)
    assert caught.value.code == "refused-address"


def test_half_characters_are_kept_as_something_that_can_be_written(
    server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = {"identifier": "half \ud83d", "title": "Half a smile \ud83d", "keyword": ["\udc00"], "x": "\udfff"}
    server.answers["/data.json"] = Reply(data_json(dataset, {"identifier": "\ud800", "title": "\ud800"}))
    code, answer = run(server, capsys)
    assert (code, answer["harvested"] + len(answer["rejected"])) == (0, 2)
    assert all(stored.record.title["und"].encode() for stored in RecordStore().changes())
    assert all(RecordStore().get(stored.id) for stored in RecordStore().changes())


def test_an_answer_in_another_packing_is_refused(server: SmallServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers["/data.json"] = Reply(b"\x8b", headers={"Content-Encoding": "br"})
    code, answer = run(server, capsys)
    assert (code, answer["error"]["code"]) == (2, "packed-answer")


def test_pages_on_which_all_records_are_rejected_do_not_end_the_harvest(server: SmallServer) -> None:
    def answer(path: str, _: bytes) -> Reply:
        start = int(dict(parse_qsl(urlsplit(path).query)).get("start", 0))
        more = {"state": "deleted"} if start < 50 else {}
        return Reply(search_answer(*(package(f"d{start + n}", **more) for n in range(10)), count=70))

    server.answers = Routes({"/api/3/action/package_search": answer})
    result = harvest(f"{server.url}/api/3/action/package_search", limits=QUICK).result
    assert (result["harvested"], result["rejected_count"], result["is_whole"]) == (20, 50, True)
