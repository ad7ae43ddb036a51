"""Portals are harvested again and again by the fetch service; how each stands is on a page and in the status."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from datahall import DatahallError
from datahall._records.harvest_progress import HarvestProgress, find_progress
from datahall._records.harvest_run import HarvestRun, note_failure
from datahall._records.harvesting import harvest
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file, writing
from datahall._records.walking import UNREADABLE
from datahall.errors import StoreFailed
from datahall_hub.hall_status import _find_harvests
from datahall_hub.home import Home
from datahall_hub.roles import RIGHTS
from datahall_hub.services.fetch.harvest_schedule import HarvestSchedule
from datahall_hub.services.hall.harvests_page import list_portals
from datahall_hub.services.hall.sessions import COOKIE, Seal
from datahall_hub.settings import HarvestPlan

from tests.catalogs.harvested_records import keep_records, record
from tests.catalogs.portal_answers import CkanPortal, data_json, search_answer
from tests.catalogs.small_server import Reply, SmallServer, small_server
from tests.hub.hall.small_hall import SmallHall
from tests.running_hall import offline_environment
from tests.stock import copy_stock

TRAP = "<script>alert(1)</script>"
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAILY = HarvestPlan(address="https://portal.example/")


def titled(content: bytes) -> bytes:
    """A data.json that tells in both languages what its portal is called, with a trap."""
    titles = {"en": f"Data of Ulm {TRAP}", "zh": f"乌尔姆数据 {TRAP}"}
    return json.dumps({**json.loads(content), "title": titles}).encode()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    with small_server() as running:
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", running.netloc)
        yield running


@pytest.mark.usefixtures("home")
def test_a_harvest_that_runs_is_not_begun_twice_and_one_that_was_ended_goes_on(server: SmallServer) -> None:
    portal = CkanPortal(server, *(f"d{number}" for number in range(6)), most=2)
    portal.after_page = lambda start: time.sleep(60 if start == 4 else 0)
    schedule = HarvestSchedule([HarvestPlan(address=portal.url, name="portal")])
    deadline = time.monotonic() + 30
    while RecordStore().count() < 4:
        assert schedule.look() == ["portal"]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert sum("start=4" in path for path in server.asked) <= 1
    schedule.stop()
    assert RecordStore().count() == 4
    portal.after_page = lambda start: None
    asked = len(server.asked)
    result = harvest(portal.url, name="portal").result
    assert (result["harvested"], result["added"]) == (6, 6)
    assert "start=0" not in "".join(server.asked[asked:])


@pytest.mark.usefixtures("home")
def test_a_harvest_whose_process_falls_is_begun_again_after_longer_and_longer_pauses() -> None:
    moments = iter([NOW + timedelta(minutes=minutes) for minutes in range(100)])
    begun: list[bool] = []
    schedule = HarvestSchedule([DAILY], clock=lambda: next(moments))
    for _ in range(8):  # a minute apart
        before = dict(schedule._begun)
        for name in schedule.look():
            begun.append(schedule._begun != before)
            schedule._running[name].kill()
            schedule._running[name].wait()
        if schedule._begun == before:
            begun.append(False)
    assert begun == [True, False, True, False, False, False, True, False]
    schedule.stop()


@pytest.mark.usefixtures("home")
def test_a_kind_that_is_misspelt_is_told_like_any_other_failure() -> None:
    with pytest.raises(DatahallError):
        harvest("https://portal.example/", kind="ckam", name="portal", is_expected=True)
    (found,) = RecordStore().sources()
    assert found.failure is not None
    assert (found.name, found.failure["code"]) == ("portal", "unknown-kind")


@pytest.mark.usefixtures("home")
def test_a_file_with_a_part_of_a_portal_is_not_called_whole(tmp_path: Path) -> None:
    for name, count in (("part", 100), ("whole", 2)):
        (tmp_path / f"{name}.json").write_bytes(search_answer("rain", "snow", count=count))
        harvest(str(tmp_path / f"{name}.json"))
    assert [(each.name, each.is_part) for each in list_portals((), language="en")] == [("part", True), ("whole", False)]


@pytest.mark.usefixtures("home")
def test_portals_that_are_harvested_again_and_again_come_first(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(search_answer("rain"))
    harvest(str(tmp_path / "a.json"))
    plan = HarvestPlan(address="https://portal.example/data.json", name="z")
    assert [(each.name, each.is_planned) for each in list_portals((plan,), language="en")] == [
        ("z", True),
        ("a", False),
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_tells_not_where_the_records_lie(home: Path, language: str) -> None:
    keep_records(home, record())
    with writing(find_file()) as connection:
        error = StoreFailed("{file} is held", file=find_file(), code="records-held").message("en")
        failure = {"code": "records-held", "en": error, "zh": error}
        note_failure(connection, name="portal", address="https://portal.example", failure=failure, is_expected=True)
    (portal,) = list_portals((), language=language)
    assert portal.failure == "records.sqlite is held"


@pytest.mark.usefixtures("home")
def test_the_page_tells_not_where_files_lie_also_of_harvests_from_before() -> None:
    remark = ["part.json", UNREADABLE, {"en": "There is no file /srv/town/part.json.", "zh": ""}]
    with writing(find_file()) as connection:
        HarvestRun(connection, name="town", address="/srv/town/data.json").finish(kind="dcat-us", remarks=[remark])
    (portal,) = list_portals((), language="en")
    assert portal.remarks == ("part.json: this part of the portal could not be read: There is no file part.json.",)


@pytest.fixture(scope="module")
def portals() -> Iterator[SmallServer]:
    """Where the portals of the hall are."""
    with small_server() as running:
        yield running


@pytest.fixture(scope="module")
def hub() -> Iterator[SmallServer]:
    """What knows the people of the hall."""
    with small_server() as running:
        yield running


@pytest.fixture(scope="module")
def harvesting(portals: SmallServer, hub: SmallServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall that harvests a portal with a trap, and one that leads to a file."""
    portals.answers |= {
        "/good/data.json": Reply(titled(data_json("rain", TRAP, TRAP, {"identifier": "x", "title": TRAP}, 17))),
        "/bad/data.json": Reply(status=302, headers={"Location": "file:///etc/passwd"}),
    }
    plans = [{"address": f"{portals.url}/{name}/data.json", "name": name} for name in ("bad", "good")]
    home = tmp_path_factory.mktemp("harvesting") / "home"
    home.mkdir()
    copy_stock(home, environment=offline_environment())
    hall = SmallHall(
        home,
        DATAHALL_TRUSTED_HOSTS=portals.netloc,
        DATAHALL_HARVESTS=json.dumps(plans),
        DATAHALL_HUB_PORT=hub.url.rpartition(":")[2],
    ).start()
    store = RecordStore(home / "index" / "records.sqlite")
    deadline = time.monotonic() + 60
    while not all(source.succeeded or source.failed for source in store.sources()) or len(store.sources()) < 2:
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.2)
    yield hall
    hall.stop()


@pytest.mark.parametrize(
    ("language", "failed", "count"),
    [("en", "failed:", "2 records could not be taken in"), ("zh", "失败：", "有 2 条记录未能采集")],
)
def test_a_page_tells_what_each_harvest_brought_and_why_one_failed(
    harvesting: SmallHall, language: str, failed: str, count: str
) -> None:
    with harvesting.client() as visitor:
        page = visitor.get(f"/{language}/harvests/").raise_for_status().text
        assert f'href="/services/hall/{language}/harvests/"' in visitor.get(f"/{language}/datasets/").text
    assert failed in page
    assert count in page
    assert "file:///etc/passwd" in page
    assert TRAP not in page
    assert "&lt;script&gt;" in page
    assert f'href="/services/hall/{language}/datasets/?source=good"' in page
    assert page.count(f"<dt>{'Next time' if language == 'en' else '下次'}</dt>") == 2  # also of the one that failed


def test_a_portal_s_datasets_are_found_by_the_link_on_the_page(harvesting: SmallHall) -> None:
    with harvesting.client() as visitor:
        deadline = time.monotonic() + 30
        while (found := visitor.get("/api/v1/datasets?source=good").json()).get("total", 0) < 3:
            assert time.monotonic() < deadline, found  # the index takes in what has changed from time to time
            time.sleep(0.5)
        page = visitor.get("/en/datasets/?source=good").raise_for_status().text
    assert {each["id"].partition("--")[0] for each in found["results"]} == {"harvested/good"}
    assert found["total"] == 3
    assert "The rain" in page
    assert TRAP not in page


@pytest.mark.parametrize(("language", "title"), [("en", "Data of Ulm"), ("zh", "乌尔姆数据")])
def test_a_portal_is_called_as_it_calls_itself(harvesting: SmallHall, language: str, title: str) -> None:
    with harvesting.client() as visitor:
        deadline = time.monotonic() + 30
        while (found := visitor.get("/api/v1/datasets?source=good").json()).get("total", 0) < 3:
            assert time.monotonic() < deadline, found
            time.sleep(0.5)
        pages = [
            visitor.get(f"/{language}/{place}").raise_for_status().text
            for place in ("harvests/", "datasets/?source=good", "datasets/harvested/good--rain")
        ]
        facet = visitor.get("/api/v1/facets?source=good").raise_for_status().json()["facets"]["source"]
    for page in pages:
        assert f"{title} &lt;script&gt;" in page
        assert TRAP not in page
    titles = {each["value"]: each["title"][language] for each in facet}
    assert titles["good"] == f"{title} {TRAP}"  # programs get it as it is


def sign_in(hall: SmallHall, hub: SmallServer, *roles: str) -> httpx.Client:
    """Return the browser of somebody with these roles, signed in at the hall."""
    scopes = [right.scope for right in RIGHTS if right.holders & set(roles)]
    who = {"kind": "user", "name": "wen", "groups": list(roles), "scopes": scopes}
    hub.answers["/hub/api/user"] = Reply(json.dumps(who).encode(), headers={"Content-Type": "application/json"})
    seal = Seal((hall.home / "secrets/hall-cookie-key").read_text().strip())
    browser = hall.client()
    browser.cookies.set(COOKIE, seal.close_session("-".join(["token", *roles])))
    return browser


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def finished(hall: SmallHall) -> datetime | None:
    _, good = RecordStore(hall.home / "index" / "records.sqlite").sources()
    return good.finished


@pytest.mark.parametrize(
    ("language", "button", "running", "brought"),
    [
        ("en", "Harvest now", "now.", "0 new, 0 updated, 3 unchanged"),
        ("zh", "立即采集", "正在采集", "新增 0 条，更新 0 条，未变 3 条"),
    ],
)
def test_a_steward_has_a_portal_harvested_now_and_sees_how_far_it_is(
    harvesting: SmallHall,
    hub: SmallServer,
    portals: SmallServer,
    language: str,
    button: str,
    running: str,
    brought: str,
) -> None:
    same = portals.answers["/good/data.json"]
    assert isinstance(same, Reply)
    going_on = threading.Event()

    def wait(_path: str, _: bytes) -> Reply:
        going_on.wait(20)
        return same

    portals.answers["/good/data.json"] = wait
    last = finished(harvesting)
    time.sleep(1.1)  # moments are told in seconds
    try:
        with sign_in(harvesting, hub, "steward") as steward:
            page = steward.get(f"/{language}/harvests/").raise_for_status().text
            assert page.count(f">{button}</button>") == 2
            assert "data-live" not in page
            answer = steward.post(f"/{language}/harvests/good", data={"csrf": csrf_in(page)})
            assert answer.headers["location"].endswith(f"/{language}/harvests/#good")
            page = wait_for_page(steward, f"/{language}/harvests/", running)
            assert page.count(f">{button}</button>") == 1
            assert 'data-live="3"' in page
            assert "<progress" in page
            going_on.set()
            deadline = time.monotonic() + 20
            while finished(harvesting) in (None, last):
                assert time.monotonic() < deadline, harvesting.read_logs()
                time.sleep(0.2)
            wait_for_page(steward, f"/{language}/harvests/", brought)
    finally:
        going_on.set()
        portals.answers["/good/data.json"] = same


def wait_for_page(browser: httpx.Client, path: str, words: str) -> str:
    deadline = time.monotonic() + 20
    while words not in (page := browser.get(path).raise_for_status().text):
        assert time.monotonic() < deadline, page
        time.sleep(0.2)
    return page


def test_nobody_else_has_a_portal_harvested(harvesting: SmallHall, hub: SmallServer) -> None:
    with harvesting.client() as visitor:
        page = visitor.get("/en/harvests/").text
        assert "Harvest now" not in page
        assert visitor.post("/en/harvests/good", data={"csrf": "x"}).status_code == 401
    with sign_in(harvesting, hub, "researcher") as researcher:
        page = researcher.get("/en/harvests/").text
        assert "Harvest now" not in page
        assert researcher.post("/en/harvests/good", data={"csrf": csrf_in(page)}).status_code == 403
    with sign_in(harvesting, hub, "admin") as admin:
        form = {"csrf": csrf_in(admin.get("/en/harvests/").text)}
        assert admin.post("/en/harvests/good", data={"csrf": "forged"}).status_code == 403
        elsewhere = {"Origin": "https://elsewhere.example"}
        assert admin.post("/en/harvests/good", data=form, headers=elsewhere).status_code == 403
        assert admin.post("/en/harvests/nothing", data=form).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_address_that_begins_a_harvest_leads_to_the_portal(harvesting: SmallHall, language: str) -> None:
    with harvesting.client() as visitor:
        led = visitor.get(f"/{language}/harvests/good")
        assert led.status_code == 302
        assert led.headers["location"].endswith(f"/services/hall/{language}/harvests/#good")
        assert 'id="good"' in visitor.get(f"/{language}/harvests/").text
        for unknown in ("nothing", "%2F%2Fevil.example", "%3Cb%3E"):
            assert visitor.get(f"/{language}/harvests/{unknown}", headers={"Accept": "text/html"}).status_code == 404


@pytest.mark.parametrize(("language", "called"), [("en", "Harvests"), ("zh", "门户采集")])
def test_who_may_harvest_finds_the_harvests_on_every_page(
    harvesting: SmallHall, hub: SmallServer, language: str, called: str
) -> None:
    link = re.compile(rf'<a class="(wide|phone)" href="/services/hall/{language}/harvests/"[^>]*>{called}</a>')
    for role in ("steward", "admin"):
        with sign_in(harvesting, hub, role) as browser:
            for page in (f"/{language}/", f"/{language}/datasets/", f"/{language}/harvests/"):
                assert link.findall(browser.get(page).text) == ["wide", "phone"]
    with sign_in(harvesting, hub, "researcher") as researcher, harvesting.client() as visitor:
        for other in (researcher, visitor):
            assert not link.search(other.get(f"/{language}/").text)


def test_how_far_a_harvest_is_can_be_read_while_it_runs(server: SmallServer, home: Path) -> None:
    portal = CkanPortal(server, *(f"d{number}" for number in range(6)), most=2)
    seen: list[object] = []
    portal.after_page = lambda start: seen.append(find_progress("portal"))
    assert find_progress("portal") is None
    harvest(portal.url, name="portal")
    assert seen[0] is None
    assert seen[-1] == HarvestProgress(pages=2, records=4, total=6)
    assert find_progress("portal") == HarvestProgress(pages=3, records=6, total=6)
    assert find_progress("another") is None


@pytest.mark.usefixtures("home")
def test_who_asks_for_a_harvest_need_not_wait_until_it_is_due() -> None:
    harvest_failed(DAILY)
    schedule = HarvestSchedule([DAILY])
    assert schedule.look() == []
    assert not schedule.ask("another")
    assert schedule.ask("portal-example")
    assert schedule.list_busy() == {"portal-example": "waiting"}
    assert schedule.look() == ["portal-example"]
    assert schedule.list_busy() == {"portal-example": "running"}
    assert schedule.ask("portal-example")  # it is under way
    assert schedule.list_busy() == {"portal-example": "running"}
    schedule._running["portal-example"].kill()
    schedule._running["portal-example"].wait()
    assert schedule.ask("portal-example")  # before anybody has looked
    assert schedule.list_busy() == {"portal-example": "waiting"}
    schedule.stop()


def harvest_failed(plan: HarvestPlan) -> None:
    with pytest.raises(DatahallError):
        harvest(plan.address, kind="ckam", name="portal-example", is_expected=True)


def test_one_portal_s_failure_keeps_no_other_away(harvesting: SmallHall) -> None:
    bad, good = RecordStore(harvesting.home / "index" / "records.sqlite").sources()
    assert (good.name, good.records, good.failures) == ("good", 3, 0)
    assert bad.failure is not None
    assert (bad.name, bad.failure["code"], bad.failures) == ("bad", "refused-address", 1)


def test_the_status_tells_of_each_portal_also_of_one_that_waits(harvesting: SmallHall) -> None:
    told = {each["source"]: each for each in _find_harvests(Home(harvesting.home), plans=[DAILY])}
    assert set(told) == {"bad", "good", "portal-example"}
    assert (told["good"]["records"], told["good"]["rejected"], told["good"]["failure"]) == (3, 2, None)
    assert told["portal-example"]["succeeded"] is None


def test_a_hall_that_is_started_again_harvests_only_what_is_due(harvesting: SmallHall) -> None:
    before = RecordStore(harvesting.home / "index" / "records.sqlite").sources()
    harvesting.stop_service("fetch")
    harvesting.start_service("fetch")
    time.sleep(8)  # one look and more
    assert RecordStore(harvesting.home / "index" / "records.sqlite").sources() == before
