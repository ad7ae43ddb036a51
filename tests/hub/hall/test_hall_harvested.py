"""Harvested datasets in a hall: brought on demand by the fetch service, handed out to everybody where they are open."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datahall import store
from datahall_hub.services.fetch import harvested_queue
from datahall_hub.services.fetch.daily_shares import DailyShares
from datahall_hub.services.fetch.fetch_queue import State
from datahall_hub.services.fetch.harvested_process import NotFetchedApart, fetch_apart
from datahall_hub.services.fetch.harvested_queue import MOST_OF_ONE, HarvestedQueue

from tests.catalogs.harvested_records import RAIN, file, keep_records, record
from tests.catalogs.small_server import Reply, SmallServer, small_server
from tests.hub.hall.small_hall import SmallHall

ID = "harvested/portal--rain"


@pytest.fixture(scope="module")
def portal() -> Iterator[SmallServer]:
    """A portal's file server."""
    with small_server() as running:
        running.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
        yield running


@pytest.fixture(scope="module")
def hall(portal: SmallServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall that has harvested some records."""
    home = tmp_path_factory.mktemp("harvested") / "home"
    (home / "index").mkdir(parents=True, mode=0o700)
    rain = file(f"{portal.url}/rain.csv", format="csv")
    keep_records(
        home,
        record(rain),
        record(rain, id="closed", name="closed", access="restricted", access_text="staff only"),
        record(file(f"{portal.url}/page.html", format=None), id="page", name="page"),
        record(rain, id="waiting", name="waiting"),
        record(file(f"{portal.url}/people.csv", format="csv"), id="people", name="people"),
        address=portal.url,
    )
    running = SmallHall(home, DATAHALL_TRUSTED_HOSTS=portal.netloc).start()
    yield running
    running.stop()


def fetch(hall: SmallHall, dataset_id: str) -> dict[str, Any]:
    with hall.fetch_client() as client:
        (state,) = client.post("/fetch", json={"ids": [dataset_id], "wait": 30}).raise_for_status().json()
    return dict(state)


def test_a_harvested_dataset_is_brought_and_handed_out(hall: SmallHall) -> None:
    state = fetch(hall, ID)
    assert (state["status"], state["rows"]) == ("fetched", 3)
    with hall.client() as client:
        rows = client.get("/datasets/harvested/portal--rain/data.json").raise_for_status().json()
        parquet = client.get("/datasets/harvested/portal--rain/data.parquet").raise_for_status()
        table = client.get("/datasets/harvested/portal--rain/data.csv").raise_for_status()
        pinned = client.get(f"/datasets/harvested/portal--rain/data.csv?version={state['version']}")
        told = client.get("/api/v1/datasets/harvested/portal--rain").raise_for_status().json()
        assert client.get(told["data"]["csv"]).text == table.text
    assert rows[0] == {"station": "A", "day": "2024-01-01", "rain_mm": 0.5}
    assert parquet.headers["etag"] == f'"{state["version"]}"'
    assert pl.read_parquet(parquet.content).height == 3
    assert table.text.splitlines()[0] == "station,day,rain_mm"
    assert "immutable" in pinned.headers["cache-control"]
    assert (told["status"], told["version"], told["rows"]) == ("present", state["version"], 3)
    assert [each["version"] for each in told["versions"]] == [state["version"]]
    assert set(told["versions"][0]["harvested"]["card"]) == {"fields", "sources"}
    for placeholder in ("to-be-named", 'goals":["', "LicenseRef-Not-Stated", "irregular"):
        assert placeholder not in json.dumps(told, separators=(",", ":"))
    assert fetch(hall, ID)["status"] == "present"


def test_what_nobody_has_opened_yet_is_named_with_its_source(hall: SmallHall, portal: SmallServer) -> None:
    with hall.client() as client:
        answer = client.get("/datasets/harvested/portal--waiting/data.csv")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "not-here-yet"
    assert f"{portal.url}/rain.csv" in answer.json()["error"]["hint"]


def test_what_its_source_restricts_is_neither_brought_nor_handed_out(hall: SmallHall) -> None:
    state = fetch(hall, "harvested/portal--closed")
    assert state["status"] == "failed"
    assert state["error"]["code"] == "not-open"
    assert "rain@portal.example" in state["error"]["hint"]
    with hall.client() as client:
        refused = client.get("/datasets/harvested/portal--closed/data.csv")
    assert refused.status_code == 403
    assert "rain@portal.example" in refused.json()["error"]["hint"]


@pytest.mark.parametrize("name", ["portal--nothing", "portal--..", "x" * 300, "portal--rain%2f..%2f..", "PORTAL--rain"])
def test_an_unknown_name_is_not_found(hall: SmallHall, name: str) -> None:
    with hall.client() as client:
        assert client.get(f"/datasets/harvested/{name}/data.csv").status_code == 404
        assert client.get(f"/api/v1/records/{name}").status_code == 404


def test_a_record_without_data_says_so(hall: SmallHall) -> None:
    state = fetch(hall, "harvested/portal--page")
    assert (state["status"], state["error"]["code"]) == ("failed", "no-data")
    assert state["error"]["zh"]["message"].startswith("harvested/portal--page 的来源")


def test_a_record_is_told_to_sandboxes(hall: SmallHall) -> None:
    with hall.client() as client:
        told = client.get("/api/v1/records/portal--rain").raise_for_status().json()
    assert told["source"] == "portal"
    assert told["record"]["title"] == {"en": "Rain by station and day"}
    assert "original" not in told["record"]


def test_only_so_many_wishes_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    keep_records(tmp_path, *(record(id=f"r{number}", name=f"r{number}") for number in range(4)))
    fetches = HarvestedQueue(apps=tmp_path / "apps", most_waiting=2)  # whose threads are not started
    for number in range(4):
        fetches.ask(f"harvested/portal--r{number}")
    states = [fetches.find_state(f"harvested/portal--r{number}") for number in range(4)]
    assert [state.status for state in states] == ["fetching", "fetching", "failed", "failed"]
    assert states[-1].error is not None
    assert states[-1].error["code"] == "too-many-waiting"


def test_one_person_takes_neither_all_places_nor_all_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    keep_records(tmp_path, *(record(id=f"r{number:02}", name=f"r{number:02}") for number in range(30)))
    ids = [f"harvested/portal--r{number:02}" for number in range(30)]
    begun: list[str] = []

    def fail(dataset_id: str) -> str:
        begun.append(dataset_id)
        return store.fetch(dataset_id)  # which names no file

    monkeypatch.setattr(harvested_queue, "WORKERS", 1)  # so that they begin one after the other
    fetches = HarvestedQueue(apps=tmp_path / "apps", fetch=fail, most_waiting=13)
    refusals = [fetches.ask(each, asker="mallory") for each in ids[:12]]
    assert refusals[:MOST_OF_ONE] == [None] * MOST_OF_ONE
    assert [((each and each.error) or {}).get("code") for each in refusals[MOST_OF_ONE:]] == ["too-many-waiting"] * 2
    assert fetches.find_state(ids[11]).status == "absent"  # it is refused to her alone
    assert [fetches.ask(each, asker="alice") for each in (ids[20], ids[9])] == [
        None,
        None,
    ]  # the last of mallory's, too
    assert fetches.ask(ids[21], asker="bob") is None
    fetches.start()
    try:
        deadline = time.monotonic() + 10
        while len(begun) < 12 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        fetches.stop()
    assert sorted(begun) == sorted([*ids[:10], ids[20], ids[21]])  # each once
    assert begun[:5] == [ids[0], ids[20], ids[21], ids[1], ids[9]]


def bring(queue: HarvestedQueue, dataset_id: str, *, asker: str) -> State:
    """Ask for a dataset as somebody, and wait until it is decided."""
    if (refusal := queue.ask(dataset_id, asker=asker)) is not None:
        return refusal
    deadline = time.monotonic() + 10
    while (state := queue.find_state(dataset_id)).status == "fetching":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return state


def test_nobody_has_more_brought_in_a_day_than_a_person_may(
    portal: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", portal.netloc)
    rain = file(f"{portal.url}/rain.csv", format="csv")
    keep_records(tmp_path, *(record(rain, id=each, name=each) for each in "abcde"), address=portal.url)
    one, two, three, four, five = (f"harvested/portal--{each}" for each in "abcde")
    day = [date(2024, 1, 1)]
    fetches = HarvestedQueue(apps=tmp_path / "apps", fetch=store.fetch, shares=DailyShares(100, clock=lambda: day[0]))
    fetches.start()
    try:
        assert bring(fetches, one, asker="alice").status == "fetched"
        refused = bring(fetches, two, asker="alice")
        assert refused.error is not None
        assert (refused.status, refused.error["code"]) == ("failed", "daily-share-used")
        assert refused.error["zh"]["message"] != refused.error["message"]
        assert fetches.find_state(two).status == "absent"  # it is hers alone
        assert bring(fetches, one, asker="alice").status == "present"  # costs nothing
        assert bring(fetches, two, asker="bob").status == "fetched"
        assert [bring(fetches, each, asker="").status for each in (three, four)] == ["fetched", "fetched"]
        day[0] = date(2024, 1, 2)
        assert bring(fetches, five, asker="alice").status == "fetched"
    finally:
        fetches.stop()


def test_who_has_had_much_brought_meanwhile_gets_no_more_of_what_waits(
    portal: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", portal.netloc)
    rain = file(f"{portal.url}/rain.csv", format="csv")
    ids = [f"harvested/portal--r{number}" for number in range(8)]
    keep_records(tmp_path, *(record(rain, id=f"r{n}", name=f"r{n}") for n in range(8)), address=portal.url)
    fetches = HarvestedQueue(apps=tmp_path / "apps", fetch=store.fetch, shares=DailyShares(100))
    assert [fetches.ask(each, asker="alice") for each in ids] == [None] * 8
    fetches.ask(ids[-1], asker="bob")  # who waits for one of them, too
    fetches.start()
    try:
        states = [bring(fetches, each, asker="bob" if each == ids[-1] else "") for each in ids]
    finally:
        fetches.stop()
    told = [state.status for state in states]
    here = ("fetched", "present")
    assert told[-1] in here
    assert 1 <= sum(each in here for each in told[:-1]) <= 2  # by two threads
    assert {(state.error or {}).get("code") for state in states if state.status == "failed"} == {"daily-share-used"}


def test_a_failed_source_is_left_alone_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    keep_records(tmp_path, record())
    asked: list[str] = []

    def fail(dataset_id: str) -> str:
        asked.append(dataset_id)
        return store.fetch(dataset_id)  # which names no file

    now = [100.0]
    fetches = HarvestedQueue(apps=tmp_path / "apps", fetch=fail, clock=lambda: now[0])
    fetches.start()
    try:
        for moment in (100.0, 101.0, 106.0):
            now[0] = moment
            fetches.ask(ID)
            deadline = time.monotonic() + 10
            while fetches.find_state(ID).status == "fetching" and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        fetches.stop()
    assert asked == [ID, ID]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"memory": 1_000_000}, "too-large"),
        ({"seconds": 0.0}, "too-slow"),
    ],
    ids=["memory", "time"],
)
def test_a_file_that_takes_too_much_is_given_up(
    limits: dict[str, Any], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    keep_records(tmp_path, record())
    left = tmp_path / "store" / ID / store.PARTIAL
    left.mkdir(parents=True)
    with pytest.raises(NotFetchedApart) as refused:
        fetch_apart(ID, **limits)
    assert not left.exists()
    assert refused.value.error["code"] == code
    assert refused.value.error["zh"]["message"]


def test_a_reader_that_dies_harms_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text("import os, sys\nif '-m' in sys.orig_argv: os.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(NotFetchedApart) as refused:
        fetch_apart(ID)
    assert refused.value.error["code"] == "reader-died"


@pytest.mark.parametrize(("language", "words"), [("en", "brought 3 rows here"), ("zh", "已有人将 3 行数据取到此处")])
def test_the_page_shows_the_rows_that_are_here_and_hands_them_out(hall: SmallHall, language: str, words: str) -> None:
    fetch(hall, ID)
    with hall.client() as client:
        page = client.get(f"/{language}/datasets/{ID}").raise_for_status().text
        waiting = client.get(f"/{language}/datasets/harvested/portal--waiting").raise_for_status().text
        closed = client.get(f"/{language}/datasets/harvested/portal--closed").raise_for_status().text
    assert words in page
    assert "2024-01-02" in page
    assert f"/datasets/{ID}/data.csv?version=" in page
    assert "data.csv" not in waiting
    assert "data.csv" not in closed


@pytest.mark.parametrize("asked", ["quality", "joinable"])
def test_what_is_told_of_rows_says_of_those_elsewhere_that_they_are(hall: SmallHall, asked: str) -> None:
    """The answer was that there is no such dataset."""
    fetch(hall, ID)
    with hall.client() as client:
        client.get(f"/api/v1/datasets/harvested/portal--rain/{asked}").raise_for_status()
        elsewhere = client.get(f"/api/v1/datasets/harvested/portal--waiting/{asked}")
        closed = client.get(f"/api/v1/datasets/harvested/portal--closed/{asked}")
        unknown = client.get(f"/api/v1/datasets/harvested/portal--nothing/{asked}")
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (503, "not-here-yet")
    assert (closed.status_code, closed.json()["error"]["code"]) == (403, "not-open")
    assert unknown.status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_what_has_been_brought_shows_what_is_known_of_it(hall: SmallHall, language: str) -> None:
    state = fetch(hall, ID)
    version = state["version"] or ""
    with hall.client() as client:
        page = client.get(f"/{language}/datasets/{ID}").raise_for_status().text
        elsewhere = client.get(f"/{language}/datasets/harvested/portal--waiting").raise_for_status().text
    for part in ("rows", "fields", "quality", "elsewhere", "chart"):
        assert f'id="{part}"' in page, part
        assert f'id="{part}"' not in elsewhere, part
    assert "<code>rain_mm</code>" in page
    assert f"data.parquet?version={version}" in page  # in the lines for other programs
    assert f"<dd><code>{version}</code>" in page
    assert f"version {version}." in page or f"版本 {version}." in page  # in the citation


def test_what_has_been_brought_has_a_croissant_of_the_rows_that_are_here(hall: SmallHall) -> None:
    version = fetch(hall, ID)["version"] or ""
    with hall.client() as client:
        page = client.get(f"/en/datasets/{ID}").raise_for_status().text
        elsewhere = client.get("/en/datasets/harvested/portal--waiting").raise_for_status().text
        told = client.get(f"/datasets/{ID}/croissant.json").raise_for_status().json()
        (described,) = told["distribution"]
        content = client.get(described["contentUrl"]).content
        waiting = client.get("/datasets/harvested/portal--waiting/croissant.json")
        closed = client.get("/datasets/harvested/portal--closed/croissant.json")
    assert page.count(f"/datasets/{ID}/croissant.json") == 2  # for programs, and for people
    assert "croissant.json" not in elsewhere
    assert (waiting.status_code, closed.status_code) == (503, 403)
    assert told["version"] == version
    assert described["contentUrl"].endswith(f"/datasets/{ID}/data.parquet?version={version}")
    assert hashlib.sha256(content).hexdigest() == described["sha256"]
    (rows,) = told["recordSet"]
    assert [(each["name"], each["dataType"]) for each in rows["field"]] == [
        ("station", "sc:Text"),
        ("day", "sc:Date"),
        ("rain_mm", "sc:Float"),
    ]


@pytest.fixture(scope="module")
def personal(hall: SmallHall, portal: SmallServer) -> str:
    """The id of a dataset with personal data that somebody has brought here."""
    people = [
        f"Person {number},{110105194912310000 + number},1380013{8000 + number},p{number}@example.org"
        for number in range(20)
    ]
    portal.answers["/people.csv"] = Reply("\n".join(["name,citizen_id,phone,email", *people, ""]).encode())
    assert fetch(hall, "harvested/portal--people")["status"] == "fetched"
    return "harvested/portal--people"


ROWS = ("data.csv", "data.json", "data.parquet", "part-00001.parquet", "croissant.json", "live.csv", "live.json")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_rows_with_personal_data_are_handed_to_nobody(hall: SmallHall, personal: str, name: str, method: str) -> None:
    version = find_version(hall, personal)
    with hall.client() as client:
        for asked in ("", f"?version={version}"):
            answer = client.request(method, f"/datasets/{personal}/{name}{asked}")
            assert answer.status_code in {403, 404, 405}
            if name.startswith(("data.", "part-")) or (name, method) == ("croissant.json", "GET"):
                assert answer.status_code == 403
                if method == "GET":
                    assert answer.json()["error"]["code"] == "personal-data"


def test_why_rows_are_not_handed_out_is_told_in_both_languages(hall: SmallHall, personal: str) -> None:
    with hall.client() as client:
        english, chinese = (
            client.get(f"/datasets/{personal}/data.csv", headers={"accept-language": each}).json()["error"]
            for each in ("en", "zh")
        )
    assert "personal data" in english["message"]
    assert "个人信息" in chinese["message"]
    assert "/people.csv" in english["hint"]


EVERYWHERE = (
    "/api/v1/datasets/{id}",
    "/api/v1/datasets/{id}/quality",
    "/api/v1/datasets/{id}/joinable",
    "/api/v1/datasets/{id}/related",
    "/api/v1/records/portal--people",
    "/api/v1/datasets?q=rain",
    "/api/3/action/package_search?q=rain",
    "/datasets/{id}/notebook.ipynb",
    "/datasets/{id}/cite.bib",
    "/datasets/{id}.ttl",
    "/datasets/{id}.jsonld",
    "/datasets/{id}/croissant.json",
    "/en/datasets/{id}",
    "/zh/datasets/{id}",
    "/catalog.yaml",
    "/catalog.jsonld",
)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_no_value_of_personal_data_is_told_anywhere(hall: SmallHall, personal: str, address: str) -> None:
    with hall.client() as client:
        answer = client.get(address.format(id=personal))
    assert answer.status_code in {200, 403, 404}
    for value in ("Person 1", "11010519491231", "13800138", "@example.org"):
        assert value not in answer.text
    assert f"{personal}/data." not in answer.text


def test_of_personal_data_scores_are_told_and_addresses_of_rows_are_not(hall: SmallHall, personal: str) -> None:
    with hall.client() as client:
        quality = client.get(f"/api/v1/datasets/{personal}/quality").raise_for_status().json()
        told = client.get(f"/api/v1/datasets/{personal}").raise_for_status().json()
        joins = client.get(f"/api/v1/datasets/{personal}/joinable")
    assert quality["measures"]
    assert quality["fields"] == []
    assert (told["status"], told["rows"], told["data"]) == ("present", 20, {})
    assert [each["name"] for each in told["versions"][0]["fields"]] == ["name", "citizen_id", "phone", "email"]
    assert told["versions"][0]["harvested"].keys().isdisjoint({"card", "findings"})
    assert (joins.status_code, joins.json()["error"]["code"]) == (403, "personal-data")


def find_version(hall: SmallHall, dataset_id: str) -> str:
    """Return the newest version of a dataset in the hall's store."""
    with hall.client() as client:
        return str(client.get(f"/api/v1/datasets/{dataset_id}").raise_for_status().json()["version"])
