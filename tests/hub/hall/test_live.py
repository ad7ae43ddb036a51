"""Data that arrives, in a hall: followed by the fetch service, readable within seconds by everybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from datahall import NotPresent
from datahall.streams import Followed
from datahall_hub.services.fetch.stream_follower import LONGEST_PAUSE, StreamFollower

from tests.hub.hall.small_hall import SmallHall

PATIENCE = 40.0
COUNTER = "transport/counter"
CARD = """
title: {en: Bicycles at the bridge, zh: 桥上的自行车}
description: {en: One row per minute., zh: 每行是一分钟。}
theme: transport
publisher: noaa
license: CC0-1.0
goals: [services]
frequency: PT1M
keywords: {en: [bicycles], zh: [自行车]}
homepage: https://example.org/
sources:
  - {stream: {path: transport/counter.csv, time: time, every: 5}, format: csv}
fields:
  - {name: time, type: datetime, format: "%Y-%m-%dT%H:%M:%S%#z", title: {en: Time, zh: 时间}}
  - {name: bicycles, type: integer, title: {en: Bicycles, zh: 自行车数}}
primary_key: [time]
"""


@pytest.fixture(scope="module")
def counting_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall with a file that grows."""
    home = tmp_path_factory.mktemp("counting") / "home"
    folder = home / "datasets/transport"
    folder.mkdir(parents=True)
    (folder / "counter.yaml").write_text(CARD)
    (folder / "counter.csv").write_text("time,bicycles\n2024-03-03T10:00:00Z,5\n2024-03-04T10:00:00Z,7\n")
    running = SmallHall(home).start()
    yield running
    running.stop()


def write(hall: SmallHall, line: str) -> None:
    with (hall.home / "datasets/transport/counter.csv").open("a") as file:
        file.write(line + "\n")


def read_until(client: httpx.Client, address: str, words: str) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE
    while words not in (answer := client.get(address)).text:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    return answer


def test_a_new_value_is_readable_within_a_minute(counting_hall: SmallHall) -> None:
    with counting_hall.client() as visitor:
        read_until(visitor, f"/datasets/{COUNTER}/live.csv?limit=9000", "2024-03-04")
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        write(counting_hall, f"{now}Z,12")
        answer = read_until(visitor, f"/datasets/{COUNTER}/live.csv?limit=1", now)

        assert answer.text == f"time,bicycles\n{now}.000000+00:00,12\n"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-disposition"] == 'attachment; filename="counter-live.csv"'
        assert visitor.get(f"/datasets/{COUNTER}/live.json?limit=2").json()[0]["bicycles"] == 12
        assert "2024-03-04" in visitor.get(f"/datasets/{COUNTER}/data.csv").text  # the versions stand beside


@pytest.mark.parametrize(("language", "words"), [("en", "Newest values"), ("zh", "最新数值")])
def test_the_page_shows_the_newest_values_and_when_the_source_answered(
    counting_hall: SmallHall, language: str, words: str
) -> None:
    with counting_hall.client() as visitor:
        read_until(visitor, f"/datasets/{COUNTER}/live.csv?limit=9000", "2024-03-04")
        page = visitor.get(f"/{language}/datasets/{COUNTER}").text

    assert words in page
    assert 'data-live="5"' in page
    assert "live().collect()" in page
    assert ("last answered" if language == "en" else "秒前应答") in page


def test_programs_are_told_how_the_stream_stands(counting_hall: SmallHall) -> None:
    with counting_hall.client() as visitor:
        read_until(visitor, f"/api/v1/datasets/{COUNTER}", '"answered":"2')
        write(counting_hall, "yesterday,3")
        stream = read_until(visitor, f"/api/v1/datasets/{COUNTER}", '"refused":1').json()["stream"]

    assert stream["error"] is None
    assert stream["counts"]["received"] >= 3
    with counting_hall.client() as visitor:
        assert "1 could not be read" in visitor.get(f"/en/datasets/{COUNTER}").text
        assert "无法读取 1 条" in visitor.get(f"/zh/datasets/{COUNTER}").text


def test_without_a_limit_nothing_is_missing_between_the_version_and_now(counting_hall: SmallHall) -> None:
    now = int(time.time())
    with (counting_hall.home / "datasets/transport/counter.csv").open("a") as file:
        for number in range(1500):
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 2000 + number))
            file.write(f"{moment},1\n")
    with counting_hall.client() as visitor:
        first = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 2000))
        answer = read_until(visitor, f"/datasets/{COUNTER}/live.csv?bom=1", first)
    assert answer.text.startswith("\ufefftime,")
    assert answer.text.count("\n") > 1500


def test_a_stream_that_fails_is_said_to_without_the_reason_and_what_was_there_stays(counting_hall: SmallHall) -> None:
    file = counting_hall.home / "datasets/transport/counter.csv"
    with counting_hall.client() as visitor:
        read_until(visitor, f"/datasets/{COUNTER}/live.csv?limit=9000", "2024-03-04")
        file.rename(file.with_suffix(".away"))
        try:
            stream = read_until(visitor, f"/api/v1/datasets/{COUNTER}", "missing-file").json()["stream"]
            assert stream["error"] == "missing-file"
            page = visitor.get(f"/en/datasets/{COUNTER}").text
            assert "does not answer at present" in page
            assert str(counting_hall.home) not in page
            assert "2024-03-04" in visitor.get(f"/datasets/{COUNTER}/live.csv?limit=9000").text
        finally:
            file.with_suffix(".away").rename(file)


@pytest.mark.parametrize(
    ("dataset", "status", "code"),
    [("weather/seattle-weather", 404, "no-stream"), ("weather/nowhere", 404, "unknown-dataset")],
)
def test_other_data_has_no_live_address(counting_hall: SmallHall, dataset: str, status: int, code: str) -> None:
    with counting_hall.client(accept="application/json") as visitor:
        answer = visitor.get(f"/datasets/{dataset}/live.json")

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize("limit", ["0", "200001", "many"])
def test_a_limit_that_cannot_be_is_refused(counting_hall: SmallHall, limit: str) -> None:
    with counting_hall.client() as visitor:
        assert visitor.get(f"/datasets/{COUNTER}/live.csv?limit={limit}").status_code == 422


class Feed:
    """A feed whose answers a test writes down, and a clock that it moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pause = 0.0
        self.asked: list[str] = []
        self.answer: Followed | Exception = Followed("v", 1, has_more=False)

    def follow(self, dataset_id: str) -> Followed:
        self.asked.append(dataset_id)
        self.now += self.pause
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    home = tmp_path / "home"
    (home / "datasets/transport").mkdir(parents=True)
    (home / "datasets/transport/counter.yaml").write_text(CARD)
    monkeypatch.setenv("DATAHALL_HOME", str(home))
    return Feed()


def follower(feed: Feed) -> StreamFollower:
    return StreamFollower(follow=feed.follow, clock=lambda: feed.now)


def test_a_feed_is_asked_as_often_as_its_card_says(feed: Feed) -> None:
    streams = follower(feed)
    assert COUNTER in streams.find_due()
    assert COUNTER not in streams.find_due()  # it is being asked
    streams.ask(COUNTER)
    feed.now += 4.9
    assert COUNTER not in streams.find_due()
    feed.now += 0.2
    assert COUNTER in streams.find_due()


def test_a_feed_that_has_more_is_asked_at_once(feed: Feed) -> None:
    streams = follower(feed)
    streams.find_due()
    feed.answer = Followed("v", 1, has_more=True)
    streams.ask(COUNTER)

    assert COUNTER in streams.find_due()


@pytest.mark.parametrize("failure", [NotPresent("{id} is away", id="x"), ZeroDivisionError()])
def test_a_feed_that_fails_is_asked_after_longer_and_longer_pauses(feed: Feed, failure: Exception) -> None:
    streams = follower(feed)
    feed.answer = failure
    pauses = []
    for _ in range(12):
        begin = feed.now
        while COUNTER not in streams.find_due():
            feed.now += 5.0
        pauses.append(feed.now - begin)
        streams.ask(COUNTER)

    assert pauses[1] >= 10
    if isinstance(failure, NotPresent):
        assert pauses == sorted(pauses)
        assert pauses[-1] <= LONGEST_PAUSE + 5
    feed.answer = Followed("v", 0, has_more=False)
    feed.now += LONGEST_PAUSE
    streams.find_due()
    streams.ask(COUNTER)
    feed.now += 5.1
    assert COUNTER in streams.find_due()


def test_a_feed_that_dawdles_waits_behind_others_like_it(feed: Feed) -> None:
    streams = follower(feed)
    streams.find_due()
    quick = streams.find_lane(COUNTER)
    feed.pause = 30.0
    streams.ask(COUNTER)
    assert streams.find_lane(COUNTER) is not quick
    feed.pause = 0.0
    streams.ask(COUNTER)
    assert streams.find_lane(COUNTER) is quick


def test_a_stream_that_is_not_open_is_not_asked(feed: Feed, tmp_path: Path) -> None:
    file = tmp_path / "home/datasets/transport/counter.yaml"
    file.write_text(CARD.replace("license:", "access: restricted\nlicense:"))
    assert COUNTER not in follower(feed).find_due()


def test_a_card_that_is_gone_is_asked_no_more(feed: Feed, tmp_path: Path) -> None:
    streams = follower(feed)
    streams.find_due()
    (tmp_path / "home/datasets/transport/counter.yaml").unlink()
    streams.ask(COUNTER)
    feed.now += 60

    assert COUNTER not in streams.find_due()


def test_stopping_does_not_wait_for_a_feed_that_is_being_asked(feed: Feed) -> None:
    may_end, is_asked = threading.Event(), threading.Event()

    def follow(dataset_id: str) -> Followed:
        is_asked.set()
        may_end.wait(PATIENCE)
        return Followed(None, 0, has_more=False)

    streams = StreamFollower(follow=follow)
    streams.start()
    assert is_asked.wait(PATIENCE)
    begin = time.monotonic()
    streams.stop()
    assert time.monotonic() - begin < 1
    may_end.set()
