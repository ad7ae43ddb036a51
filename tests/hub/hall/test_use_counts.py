"""What counts as a use of a dataset: whole downloads and first ranges, openings and visits, of people and programs."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from datahall.openings import today
from datahall.uses import Use, add_uses, load_use
from datahall_hub.use_counter import MOST_A_DAY, UseCounter, is_robot

from tests.hub.hall.small_hall import SmallHall, furnish
from tests.running_hall import RunningHall

ID = "science/practice"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Use]:
    """Uses of datasets after a hall was asked for them in all ways, and stopped."""
    home = tmp_path_factory.mktemp("uses") / "home"
    furnish(home)
    hall = SmallHall(home).start()
    try:
        with hall.fetch_client() as client:
            ids = [ID, "culture/trap"]
            client.post("/fetch", json={"ids": ids, "wait": 30}).raise_for_status()
        with hall.client() as visitor:
            ask_in_all_ways(visitor)
    finally:
        hall.stop()
    return {each: load_use(each, home=home) for each in (ID, "culture/trap", "credit/on-request")}


def ask_in_all_ways(visitor: httpx.Client) -> None:
    data = f"/datasets/{ID}/data"
    etag = visitor.head(f"{data}.parquet").headers["etag"]
    for suffix in ("parquet", "csv", "json"):
        visitor.get(f"{data}.{suffix}", headers={"x-forwarded-for": "203.0.113.1"}).raise_for_status()
    ranges = ["bytes=-8", "bytes=0-3", "bytes=4-9"]
    for address in ("203.0.113.1", "203.0.113.2"):  # one of which has had it all
        for each in ranges:
            headers = {"range": each, "x-forwarded-for": address}
            assert visitor.get(f"{data}.parquet", headers=headers).status_code == 206
    assert visitor.get(f"{data}.csv", headers={"if-none-match": etag}).status_code == 304
    assert visitor.get(f"{data}.parquet", headers={"range": "bytes=999999-"}).status_code == 416
    visitor.get(f"{data}.csv", headers={"user-agent": GOOGLEBOT}).raise_for_status()
    visitor.get(f"/en/datasets/{ID}").raise_for_status()
    assert visitor.get("/datasets/credit/on-request/data.csv").status_code == 403
    for _ in range(MOST_A_DAY + 5):
        visitor.get("/datasets/culture/trap/data.csv", headers={"x-forwarded-for": "203.0.113.3"}).raise_for_status()


def test_whole_files_and_the_first_range_of_an_address_count(counted: dict[str, Use]) -> None:
    assert (counted[ID].downloads, counted[ID].total) == (4, 4)  # three files, and the second address's ranges once


def test_a_loop_counts_only_so_often_and_what_is_refused_not_at_all(counted: dict[str, Use]) -> None:
    assert counted["culture/trap"].downloads == MOST_A_DAY
    assert counted["credit/on-request"].total == 0


def test_a_new_day_counts_anew_and_under_its_own_date(tmp_path: Path) -> None:
    now = [today() - timedelta(days=1)]

    def clock() -> date:
        return now[0]

    uses = UseCounter(tmp_path, clock=clock)
    for _ in range(3):
        uses.count(ID, "opening", place="account a", is_first_only=True)
    now[0] = today()
    uses.count(ID, "opening", place="account a", is_first_only=True)
    uses.count(ID, "opening", place="account b", is_first_only=True)
    uses.stop()
    assert load_use(ID, home=tmp_path) == Use(openings=3, days=2)


def test_nothing_of_who_used_is_written(tmp_path: Path) -> None:
    uses = UseCounter(tmp_path)
    uses.count(ID, "opening", place="account li-wei", is_first_only=True)
    uses.count(ID, "download", place="203.0.113.77")
    uses.stop()
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*"))
    assert ID.encode() in written
    assert not any(word in written for word in (b"li-wei", b"203.0.113"))


def test_what_cannot_be_written_now_is_written_later(tmp_path: Path) -> None:
    (tmp_path / "uses.sqlite").mkdir()
    uses = UseCounter(tmp_path)
    uses.count(ID, "visit", place=None)
    uses.write()
    (tmp_path / "uses.sqlite").rmdir()
    uses.write()
    assert load_use(ID, home=tmp_path).visits == 1


def test_sandboxes_are_told_at_a_start(tmp_path: Path) -> None:
    add_uses({(ID, "visit"): 1}, home=tmp_path)
    uses = UseCounter(tmp_path)
    uses.start()
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "index/uses.json").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        uses.stop()
    assert json.loads((tmp_path / "index/uses.json").read_text())["uses"] == {ID: [0, 0, 1]}


@pytest.mark.parametrize(
    ("agent", "is_one"),
    [(GOOGLEBOT, True), ("Baiduspider/2.0", True), ("curl/8.5", False), ("python-httpx/0.28", False), (None, False),
     ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", False)],
)  # fmt: skip
def test_robots_are_known_by_what_they_say(agent: str | None, is_one: bool) -> None:
    assert is_robot(agent) == is_one


def test_an_opening_in_a_notebook_counts_once_a_day_for_a_person(hall: RunningHall) -> None:
    dataset = "weather/seattle-weather"
    client = hall.admin
    client.get("/services/hall/sign-in", params={"next": "/services/hall/en/"})
    version = client.get(f"/services/hall/api/v1/datasets/{dataset}").json()["version"]
    before = load_use(dataset, home=hall.home).openings
    for _ in range(3):
        answer = client.post("/services/hall/api/v1/openings", json={"id": dataset, "version": version})
        assert answer.status_code == 204
    wait_for_openings(hall, dataset, before + 1)
    shown = client.get(f"/services/hall/api/v1/datasets/{dataset}").json()["uses"]
    assert shown["openings"] == before + 1


def wait_for_openings(hall: RunningHall, dataset: str, number: int) -> None:
    """Wait until the hall has written its counts."""
    deadline = time.monotonic() + 20
    while load_use(dataset, home=hall.home).openings < number:
        assert time.monotonic() < deadline
        time.sleep(0.2)
