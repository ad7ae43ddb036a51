"""Where data arrives from: growing addresses, answers that are whole, GTFS Realtime; and what a card must say."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import SourceFailed, UnreadableSource, store
from datahall._streams import feeds, following
from google.transit.gtfs_realtime_pb2 import FeedMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import draft, save_card
from tests.catalogs.card_drafts import field as column
from tests.catalogs.growing_counter import HEAD, ID, MONDAY, Counter, card
from tests.catalogs.small_server import Reply, SmallServer
from tests.catalogs.trickles import trickling


class TestAddress:
    """A growing address is read from where the last look ended."""

    @pytest.fixture
    def counter(self, home: Path, server: SmallServer) -> Counter:
        save_card(home, card(url=f"{server.url}/counter.csv"), name="counter")
        server.answers["/counter.csv"] = self.reply("east,2024-03-04T10:00Z,7\n")
        return Counter(home)

    def reply(self, lines: str, **more: Any) -> Reply:
        return Reply((HEAD + lines).encode(), **more)

    @pytest.mark.parametrize("has_ranges", [True, False])
    def test_only_the_new_end_counts(self, counter: Counter, server: SmallServer, has_ranges: bool) -> None:
        lines = "".join(f"east,2024-03-04T10:{n:02}Z,{n}\n" for n in range(60))
        server.answers["/counter.csv"] = self.reply(lines)
        counter.follow()
        server.answers["/counter.csv"] = self.reply(lines + "west,2024-03-04T11:00Z,1\n", has_ranges=has_ranges)

        assert counter.follow().received == 1
        assert counter.live()[-1] == ("west", "04 11:00", 1)
        assert server.ranges[-1] == f"bytes={len(HEAD + lines) - feeds.TAIL}-"

    def test_an_address_that_is_begun_anew_is_read_from_its_start(self, counter: Counter, server: SmallServer) -> None:
        counter.follow()
        server.answers["/counter.csv"] = self.reply("west,2024-03-04T11:00Z,1\n" * 9)
        counter.follow()
        assert len(counter.live()) == 2

        server.answers["/counter.csv"] = Reply(status=416)
        counter.follow()
        assert len(counter.live()) == 2

    def test_where_it_does_not_answer_what_is_here_stays_and_the_next_look_goes_on(
        self, counter: Counter, server: SmallServer
    ) -> None:
        counter.follow()
        answer = server.answers["/counter.csv"]
        server.answers["/counter.csv"] = Reply(status=503)
        with pytest.raises(SourceFailed, match="503"):
            counter.follow()
        state = datahall.dataset(ID).stream
        assert state is not None
        assert state.error is not None
        assert state.error["code"] == "unreachable"
        assert len(counter.live()) == 1

        server.answers["/counter.csv"] = answer
        counter.follow()
        state = datahall.dataset(ID).stream
        assert state is not None
        assert state.error is None

    def test_an_answer_that_never_ends_is_left_after_a_while(
        self, counter: Counter, server: SmallServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "PATIENCE", 0.3)
        lines = "".join(f"east,2024-03-04T10:{n % 60:02}Z,{n}\n" for n in range(2000))
        server.answers["/counter.csv"] = self.reply(lines, pause=0.05, promise=None)

        assert 0 < counter.follow().received < 2000

    def test_an_endless_line_is_refused(
        self, counter: Counter, server: SmallServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "LIMIT", 1 << 20)
        counter.follow()
        server.answers["/counter.csv"] = Reply((HEAD + "east,2024-03-04T10:00Z,7\n").encode() + b"x" * (2 << 20))

        with pytest.raises(UnreadableSource, match="a record longer than"):
            counter.follow()

    def test_a_piece_of_exactly_the_limit_has_more_behind_it(
        self, counter: Counter, server: SmallServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = "".join(f"east,2024-03-03T10:{n % 60:02}Z,{n}\n" for n in range(600))
        monkeypatch.setattr(feeds, "LIMIT", len(HEAD) + 10 * len("east,2024-03-03T10:00Z,0\n"))
        counter.file.parent.mkdir(parents=True, exist_ok=True)
        counter.file.write_text(HEAD + lines)
        save_card(counter.home, card(), name="counter")

        assert counter.follow().received == 600

    def test_a_private_address_is_refused(self, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DATAHALL_TRUSTED_HOSTS")
        with pytest.raises(SourceFailed, match="not a public"):
            counter.follow()

    def test_a_long_history_is_taken_in_piece_by_piece(
        self, counter: Counter, server: SmallServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "LIMIT", 1000)
        lines = "".join(f"east,2024-03-0{1 + n // 2500}T{n % 24:02}:{n % 60:02}Z,{n}\n" for n in range(9000))
        server.answers["/counter.csv"] = self.reply(lines)

        assert counter.follow().received == 9000
        assert len(server.asked) > 3

    def test_a_server_without_ranges_that_is_too_slow_is_said_to_be(
        self, counter: Counter, server: SmallServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = "".join(f"east,2024-03-03T10:{n % 60:02}Z,{n}\n" for n in range(2000))
        server.answers["/counter.csv"] = self.reply(lines)
        counter.follow()
        monkeypatch.setattr(feeds, "PATIENCE", 0.3)
        server.answers["/counter.csv"] = self.reply(lines, has_ranges=False, pause=0.1)

        with pytest.raises(SourceFailed, match="HTTP ranges"):
            counter.follow()


class TestWholeAnswers:
    """Of answers that are whole, such as the latest readings, each row is taken in once."""

    @pytest.fixture
    def counter(self, home: Path, server: SmallServer) -> Counter:
        source = {"format": "json", "records": "readings"}
        save_card(home, card(source, url=f"{server.url}/now", grows=False), name="counter")
        self.say(server, gate="east", time="2024-03-04T10:00Z", visitors=7)
        return Counter(home)

    def say(self, server: SmallServer, **reading: Any) -> None:
        body = json.dumps({"readings": [reading]}).encode()
        server.answers["/now"] = Reply(body, headers={"ETag": f'"{hash(body)}"'})

    def test_rows_that_were_in_earlier_answers_stay(self, counter: Counter, server: SmallServer) -> None:
        counter.follow()
        self.say(server, gate="east", time="2024-03-04T10:01Z", visitors=8)
        counter.follow()

        assert counter.live() == [("east", "04 10:00", 7), ("east", "04 10:01", 8)]

    def test_the_same_answer_is_not_read_again(self, counter: Counter, server: SmallServer) -> None:
        counter.follow()
        assert counter.follow().received == 0
        assert server.headers[-1]["If-None-Match"].startswith('"')

    def test_a_mark_that_cannot_be_sent_back_is_not_kept(self, counter: Counter, server: SmallServer) -> None:
        body = json.dumps({"readings": []}).encode()
        server.answers["/now"] = Reply(body, headers={"ETag": '"caf\xe9"'})
        for _ in range(3):
            counter.follow()
        assert server.headers[-1]["If-None-Match"] is None

    def test_an_answer_that_does_not_come_to_its_end_is_given_up(
        self, counter: Counter, server: SmallServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "PATIENCE", 0.3)
        server.answers["/now"] = Reply(b" " * 100_000, pause=0.05)
        with pytest.raises(SourceFailed, match="takes longer than"):
            counter.follow()

    def test_an_answer_that_does_not_read_is_an_error(self, counter: Counter, server: SmallServer) -> None:
        counter.follow()
        server.answers["/now"] = Reply(b"<html>busy</html>")
        with pytest.raises(UnreadableSource, match="does not read as json"):
            counter.follow()
        assert len(counter.live()) == 1


def vehicle_card(url: str, **source: Any) -> dict[str, Any]:
    kind = {"format": "gtfs-realtime", "records": "vehicle", **source}
    made = card(kind, url=url, grows=False)
    made["fields"] = [
        column("vehicle", "string", source_name="vehicle.id"),
        column("trip", "string", source_name="trip.trip_id"),
        column("time", "datetime", source_name="timestamp", format="%s"),
        column("latitude", "number", source_name="position.latitude"),
        column("status", "string", source_name="current_status"),
    ]
    made["primary_key"] = ["vehicle", "time"]
    return made


def buses(*, speed: float | None = None) -> FeedMessage:
    feed = FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(MONDAY.timestamp())
    for number in (1, 2):
        entity = feed.entity.add(id=f"e{number}")
        entity.vehicle.vehicle.id = f"bus {number}"
        entity.vehicle.trip.trip_id = f"T{number}"
        entity.vehicle.timestamp = int(MONDAY.timestamp()) - number
        entity.vehicle.position.latitude = 31.25
        entity.vehicle.position.longitude = 121.5
        if speed is not None:
            entity.vehicle.position.speed = speed
    stops = feed.entity.add(id="t")
    stops.trip_update.trip.trip_id = "T1"
    for number in (1, 2, 3):
        stops.trip_update.stop_time_update.add(stop_id=f"S{number}").arrival.delay = 10 * number
    gone = feed.entity.add(id="gone", is_deleted=True)
    gone.vehicle.vehicle.id = "bus 3"
    return feed


def test_where_buses_are_is_read_from_gtfs_realtime(home: Path, server: SmallServer) -> None:
    save_card(home, vehicle_card(f"{server.url}/buses"), name="counter")
    for speed in (None, 11.5):  # an optional value that appears in the standard is no reason to stop
        server.answers["/buses"] = Reply(buses(speed=speed).SerializeToString())
        following.follow(store.find_card(ID), now=MONDAY)
    frame = datahall.dataset(ID).live().sort("vehicle").collect()

    assert frame.select("vehicle", "trip", "latitude", "status").rows() == [
        ("bus 1", "T1", 31.25, None),
        ("bus 2", "T2", 31.25, None),
    ]
    assert frame["time"].to_list() == [MONDAY - timedelta(seconds=1), MONDAY - timedelta(seconds=2)]


def test_an_update_of_a_trip_is_a_row_for_each_stop(home: Path) -> None:
    made = draft(
        sources=[{"path": "culture/trips.pb", "format": "gtfs-realtime", "records": "trip_update"}],
        fields=[
            column("trip", "string", source_name="trip.trip_id"),
            column("stop", "string", source_name="stop_time_update.stop_id"),
            column("delay", "integer", source_name="stop_time_update.arrival.delay"),
        ],
    )
    save_card(home, made, name="trips")
    (home / "datasets/culture/trips.pb").write_bytes(buses().SerializeToString())

    rows = datahall.dataset("culture/trips").polars().collect().rows()
    assert rows == [("T1", "S1", 10), ("T1", "S2", 20), ("T1", "S3", 30)]


@pytest.mark.parametrize("content", [b"<html>", b"\xff" * 100, b""])
def test_what_is_no_gtfs_realtime_is_refused(home: Path, content: bytes) -> None:
    save_card(home, vehicle_card("http://example.org/"), name="counter")
    made = vehicle_card("http://example.org/")
    made["sources"] = [{"path": "culture/x.pb", "format": "gtfs-realtime", "records": "vehicle"}]
    save_card(home, made, name="x")
    (home / "datasets/culture/x.pb").write_bytes(content)

    with pytest.raises(UnreadableSource, match="gtfs-realtime"):
        store.fetch("culture/x")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(alphabet='ab,\n"', max_size=6), max_size=12), st.integers(0, 60))
def test_a_growing_text_is_cut_only_at_the_end_of_a_line(cells: list[str], cut: int) -> None:
    text = "\n".join(cells).encode()[:cut]
    end = feeds.end_of_records(text, quote='"')

    assert end <= len(text)
    assert end == 0 or text[end - 1 : end] == b"\n"


@pytest.mark.parametrize(
    ("changes", "source", "place", "words"),
    [
        ({"primary_key": []}, {}, "primary_key", "needs a primary_key"),
        ({}, {"stream": {"path": "a.csv", "time": "gate"}}, "sources[0].stream.time", "no field gate of type datetime"),
        ({}, {"stream": {"time": "time"}}, "sources[0].stream", "exactly one of url, path and practice"),
        ({}, {"stream": {"path": "a.csv", "time": "time", "timezone": "Mars"}}, "timezone", "no time zone Mars"),
        ({}, {"stream": {"path": "a.csv", "time": "time", "every": 1}}, "sources[0].stream.every", "5"),
        ({}, {"stream": {"path": "/var/log/a.csv", "time": "time"}}, "stream.path", "below the folder datasets"),
        ({}, {"stream": {"path": "../a.csv", "time": "time"}}, "stream.path", "below the folder datasets"),
        ({}, {"format": "json"}, "sources[0].format", "a growing stream is csv, tsv or jsonl"),
        ({}, {"encoding": "utf-16"}, "sources[0].format", "a growing stream is csv, tsv or jsonl"),
        ({}, {"compression": "gzip"}, "sources[0].compression", "compression does not go with a growing stream"),
        ({}, {"stream": {"practice": {"table": "weather"}, "time": "time"}}, "practice.table", "no table weather"),
        ({}, {"stream": {"practice": {"table": "air-sensors"}, "time": "time"}}, "synthetic", "synthetic: true"),
    ],
)
def test_what_is_wrong_with_the_card_of_a_stream_is_named(
    home: Path, changes: dict[str, Any], source: dict[str, Any], place: str, words: str
) -> None:
    save_card(home, {**card(source), **changes}, name="counter")
    problems = [(problem.field, problem.message) for problem in datahall.invalid_cards()]

    assert [(found, message) for found, message in problems if found.endswith(place) and words in message], problems


def test_a_stream_is_the_only_source_of_its_dataset(home: Path) -> None:
    made = card()
    made["sources"] += card()["sources"]
    save_card(home, made, name="counter")
    assert any("has one source" in problem.message for problem in datahall.invalid_cards())


def test_headers_that_trickle_hold_a_stream_no_longer_than_it_has_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "_WHOLE_PATIENCE", 0.3)
    with trickling(b"HTTP/1.1 200 OK\r\nX-A: ") as url:
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", url.split("/")[2])
        with pytest.raises(SourceFailed) as caught:
            feeds._Address(url).read(0)
    assert caught.value.code == "unreachable"
