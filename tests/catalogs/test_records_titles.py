"""Portals are called as they call themselves, wherever a person meets them; their ids stay."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
from datahall import cli
from datahall._harvesting.portal_titles import tidy_titles
from datahall._index.source_values import find_source
from datahall._records import site_titles
from datahall._records.harvest_run import HarvestRun
from datahall._records.harvesting import harvest
from datahall._records.limits import Limits
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file, writing
from datahall._records.sites import WebSite
from datahall._records.source_titles import load_titles, title_source

from tests.catalogs.portal_answers import CkanPortal, data_json
from tests.catalogs.small_server import Reply, SmallServer

pytestmark = pytest.mark.usefixtures("home")
QUICK = Limits(pauses=())
RDF = (
    b"@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
    b' <https://p.example/> a dcat:Catalog ; dct:title "Open data of Wien"@en , "Offene Daten Wien"@de ;'
    b" dcat:dataset <https://p.example/d> ; dcat:catalog <https://p.example/inner> ."
    b' <https://p.example/inner> a dcat:Catalog ; dct:title "Inner" .'
    b' <https://p.example/d> a dcat:Dataset ; dct:title "Bridges" .'
)
SEVERAL = RDF.replace(b" ; dcat:catalog <https://p.example/inner>", b"")
STAC = json.dumps({"stac_version": "1.0.0", "type": "Catalog", "id": "x", "title": "Seen from above", "links": []})
GOV = json.dumps({"目录名称": "上海市公共数据目录", "信息资源": [{"信息资源名称": "公交站点"}]})


def status(title: Any, **more: Any) -> Reply:
    return Reply(json.dumps({"success": True, "result": {"site_title": title, **more}}).encode())


def name_portal(titles: dict[str, str], *, name: str) -> None:
    with writing(find_file()) as connection:
        HarvestRun(connection, name=name, address=f"https://{name}.example/").keep_titles(titles)


def test_a_portal_of_ckan_tells_its_title_and_keeps_its_name_in_ids(server: SmallServer) -> None:
    portal = CkanPortal(server, "rain")
    server.answers["/api/3/action/status_show"] = status("Open data of Wien", locale_default="de_AT")
    name = harvest(portal.url, limits=QUICK).name
    assert load_titles() == {name: {"de-AT": "Open data of Wien"}}
    assert title_source(name, language="zh") == "Open data of Wien"
    assert RecordStore().list_ids(rows=9) == [f"harvested/{name}--rain"]
    server.answers["/api/3/action/status_show"] = status("Wien")  # which has another title by now
    harvest(portal.url, limits=QUICK)
    assert title_source(name, language="en") == "Wien"


@pytest.mark.parametrize(
    ("path", "content", "titles"),
    [
        ("/catalog.ttl", RDF, {"en": "Open data of Wien", "de": "Offene Daten Wien"}),
        ("/catalog.ttl", SEVERAL, {}),
        ("/data.json", json.dumps({**json.loads(data_json("rain")), "title": "Agency data"}), {"und": "Agency data"}),
        ("/data.json", data_json("rain"), {}),
        ("/catalog.json", STAC, {"und": "Seen from above"}),
        ("/catalog.gov-cn.json", GOV, {"zh": "上海市公共数据目录"}),
    ],
    ids=["DCAT", "DCAT with several catalogs", "data.json", "data.json without", "STAC", "China"],
)
def test_the_title_of_a_catalog_is_that_of_its_portal(
    server: SmallServer, path: str, content: str | bytes, titles: dict[str, str]
) -> None:
    server.answers[path] = Reply(content.encode() if isinstance(content, str) else content, headers={"ETag": '"1"'})
    name = harvest(server.url + path, limits=QUICK).name
    assert load_titles().get(name, {}) == titles
    harvest(server.url + path, limits=QUICK)  # nothing has changed
    assert load_titles().get(name, {}) == titles


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(b"<html>"),
        Reply(b"[1]"),
        status(None),
        status({"en": "x"}),
        status("CKAN"),
        status(" \u202e\u0000 – "),
        Reply(endless=True),
        Reply(status=302, headers={"Location": "file:///etc/passwd"}),
    ],
    ids=["none", "a page", "a list", "null", "an object", "the default", "no word", "endless", "a file"],
)
def test_a_portal_without_a_title_is_called_by_its_name(server: SmallServer, reply: Reply) -> None:
    portal = CkanPortal(server, "rain")
    server.answers["/api/3/action/status_show"] = reply
    harvested = harvest(portal.url, limits=QUICK)
    assert (harvested.result["harvested"], harvested.title) == (1, "")
    assert title_source(harvested.name, language="en") == harvested.name


def test_a_title_that_trickles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_titles, "TITLE_SECONDS", 0.5)

    class Trickle(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            with suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.1)

    with ThreadingTCPServer(("127.0.0.1", 0), Trickle) as trickle:
        trickle.daemon_threads = True
        trickle.block_on_close = False
        Thread(target=trickle.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{trickle.server_address[1]}"
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", place)
        begun = time.monotonic()
        site = WebSite(QUICK, trusts=True)
        assert site_titles.ask_site_title(site, start=f"http://{place}/api/3/action/package_search") == {}
        assert 0.4 < time.monotonic() - begun < 3
        trickle.shutdown()


def test_a_hostile_title_is_one_bounded_line(server: SmallServer) -> None:
    portal = CkanPortal(server, "rain")
    server.answers["/api/3/action/status_show"] = status("<b>\n\u202eA\x1b[31m" + "x" * 99_999, locale_default="../x")
    name = harvest(portal.url, limits=QUICK).name
    title = title_source(name, language="en")
    assert title.startswith("<b> A[31mxxx")
    assert title.isprintable()
    assert len(title) == 200


@pytest.mark.parametrize(
    "title",
    ["This hall", "本大厅", "OTHER", "Data of Ulm", "\uff34his hall", "Thishall", "Th\u0456s haII", "D\u0430ta-of Ulm"],
    ids=["hall", "in Chinese", "a name", "a title", "wide letters", "no blank", "look-alikes", "Cyrillic"],
)
def test_a_portal_that_goes_by_what_another_is_called_is_shown_with_its_name(title: str) -> None:
    name_portal({"en": "Data of Ulm"}, name="other")
    name_portal({"en": title}, name="trickster")
    assert title_source("trickster", language="en") == f"{title} (trickster)"


@pytest.mark.parametrize("title", ["own", "Unknown"])
def test_a_portal_that_goes_by_a_word_of_the_filter_is_shown_with_its_name(title: str) -> None:
    name_portal({"en": title}, name="trickster")
    assert title_source("trickster", language="en") == f"{title} (trickster)"


def test_a_portal_whose_name_was_made_of_its_title_is_shown_without_it_until_another_is_called_so() -> None:
    name_portal({"en": "data.gov.uk"}, name="data-gov-uk")
    assert title_source("data-gov-uk", language="en") == "data.gov.uk"
    assert find_source("data.gov.uk") == "data-gov-uk"
    name_portal({"en": "Data.Gov.UK"}, name="trickster")
    assert title_source("data-gov-uk", language="en") == "data.gov.uk (data-gov-uk)"
    assert title_source("trickster", language="en") == "Data.Gov.UK (trickster)"
    assert find_source("data.gov.uk") is None


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060", "\u3164", "\u115f", "\u1160", "\uffa0", "\u2800"])
@pytest.mark.parametrize("title", ["This hall", "本大厅"])
def test_no_sign_that_nobody_sees_makes_a_portal_this_hall(title: str, unseen: str) -> None:
    for number, text in enumerate((unseen + title, title[:2] + unseen + title[2:], title + unseen)):
        name_portal({"en": text}, name=f"trickster{number}")  # as one was kept before, too
        assert title_source(f"trickster{number}", language="en") == f"{text} (trickster{number})"
        assert tidy_titles([("en", text)]) == {"en": title}


def test_texts_in_both_languages_are_shown_each_in_its_own() -> None:
    name_portal({"en": "Data of Ulm", "zh-Hans": "乌尔姆数据"}, name="ulm")
    assert [title_source("ulm", language=language) for language in ("en", "zh")] == ["Data of Ulm", "乌尔姆数据"]


def test_a_store_from_before_titles_is_read_and_written_as_it_is() -> None:
    name_portal({"en": "Ulm"}, name="ulm")
    with closing(sqlite3.connect(find_file())) as connection:
        connection.execute("DROP TABLE titles")
    assert title_source("ulm", language="en") == "ulm"
    assert [source.name for source in RecordStore().sources()] == ["ulm"]
    name_portal({"en": "Ulm again"}, name="ulm")
    assert title_source("ulm", language="en") == "Ulm again"


def test_harvest_tells_the_title_and_forgets_it_with_the_portal(
    server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    portal = CkanPortal(server, "rain")
    server.answers["/api/3/action/status_show"] = status("Data of Ulm")
    assert cli.run(["harvest", portal.url, "--name", "ulm"]) == 0
    assert "Data of Ulm" in capsys.readouterr().out
    assert cli.run(["show", "harvested/ulm--rain"]) == 0
    assert "Data of Ulm" in capsys.readouterr().out
    assert cli.run(["harvest", "--forget", "ulm", "--json"]) == 0
    assert load_titles() == {}


def test_a_typed_source_is_meant_by_its_title_but_no_title_takes_the_name_of_another() -> None:
    name_portal({"en": "Data of the Alps", "zh": "阿尔卑斯数据"}, name="alps")
    name_portal({}, name="bare")
    name_portal({"en": "bare"}, name="evil")
    name_portal({"en": "Own"}, name="boaster")
    for name in ("twin1", "twin2"):
        name_portal({"en": "Twins"}, name=name)
    assert {find_source(said) for said in ("data of the alps", "阿爾卑斯數據", "ALPS")} == {"alps"}
    assert find_source("bare") == "bare"
    assert {find_source(said) for said in ("own", "This hall", "本大廳")} == {"own"}
    assert find_source("Twins (twin2)") == "twin2"
    assert find_source("Twins") is find_source("nowhere") is None
