"""The service that writes the store: what it brings, what it refuses, what it remembers."""

from __future__ import annotations

import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall_hub.services.fetch.fetch_queue import (
    AHEAD,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MADE,
    PACKAGED,
    pause_after,
    urgency_of,
)

from tests.hub.hall.small_hall import SmallHall, furnish, write_card

TWO_ROWS = "name,amount\na,1\nb,2\n"


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall of its own, which these tests may hurt."""
    home = tmp_path_factory.mktemp("fetching") / "home"
    furnish(home)
    running = SmallHall(home).start()
    yield running
    running.stop()


def fetch(hall: SmallHall, dataset_id: str, *, wait: float = 30) -> dict[str, Any]:
    """Ask for one dataset and return its state."""
    with hall.fetch_client() as client:
        (state,) = client.post("/fetch", json={"ids": [dataset_id], "wait": wait}).raise_for_status().json()
    return dict(state)


def test_the_socket_is_for_its_owner_only(fetching: SmallHall) -> None:
    mode = (fetching.home / "run/fetch.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_packaged_datasets_are_there_before_the_hall_is_open(fetching: SmallHall) -> None:
    with fetching.fetch_client() as client:
        states = {state["id"]: state for state in client.get("/status").json()}
    assert states["weather/seattle-weather"]["rows"] == 1461
    assert states["statistics/world-fertility"]["status"] in {"present", "fetched"}


@pytest.mark.parametrize(
    ("dataset_id", "urgency"),
    [
        ("weather/seattle-weather", PACKAGED),
        ("weather/practice-weather", MADE),
        ("geography/china-provinces", AHEAD),
    ],
    ids=["packaged", "made here", "on the network"],
)
def test_the_hall_waits_for_what_is_packaged_only(dataset_id: str, urgency: int) -> None:
    assert urgency_of(datahall.dataset(dataset_id).card) == urgency


def test_a_dataset_that_is_there_is_answered_at_once(fetching: SmallHall) -> None:
    state = fetch(fetching, "weather/seattle-weather", wait=0)
    assert state["version"].startswith("2015-12-31.")
    assert state["status"] in {"present", "fetched"}


def test_an_unreachable_source_fails_with_its_reason(fetching: SmallHall) -> None:
    state = fetch(fetching, "ocean/unreachable")
    assert state["status"] == "failed"
    assert "127.0.0.1:9" in state["error"]["message"]
    assert state["error"]["zh"]["message"]


def test_data_that_is_not_open_is_not_put_where_everybody_reads(fetching: SmallHall) -> None:
    state = fetch(fetching, "credit/on-request")
    assert (state["status"], state["error"]["code"]) == ("failed", "not-open")
    assert not (fetching.home / "store/credit/on-request").exists()


def test_what_is_no_longer_open_leaves_the_store_within_seconds(fetching: SmallHall) -> None:
    write_card(fetching.home, "credit/was-open", rows=TWO_ROWS)
    version = fetch(fetching, "credit/was-open")["version"]
    assert (fetching.home / "store/credit/was-open" / version).is_dir()
    write_card(fetching.home, "credit/was-open", rows=TWO_ROWS, access="restricted")
    wait_until(lambda: not (fetching.home / "store/credit/was-open").exists())
    assert (fetching.home / "conditional/credit/was-open" / version).is_dir()


def test_a_new_card_is_looked_at_when_somebody_asks(fetching: SmallHall) -> None:
    write_card(fetching.home, "credit/brand-new", rows=TWO_ROWS)
    with fetching.fetch_client() as client:
        (state,) = client.get("/status", params={"id": "credit/brand-new"}).json()
    assert state["status"] in {"fetching", "fetched", "present"}


def test_a_corrected_card_is_tried_at_once_however_often_it_failed_before(fetching: SmallHall) -> None:
    write_card(fetching.home, "credit/mended", rows="name,amount\na,many\n")
    assert fetch(fetching, "credit/mended")["status"] == "failed"
    write_card(fetching.home, "credit/mended", rows=TWO_ROWS)
    wait_until(lambda: (fetching.home / "store/credit/mended/latest.json").exists())


def wait_until(is_so: Callable[[], bool], *, within: float = 15.0) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_unknown_dataset_is_a_failure_not_an_accident(fetching: SmallHall) -> None:
    assert fetch(fetching, "no/where")["error"]["code"] == "unknown-dataset"


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["../x"]}, {"ids": ["a/b"] * 101}, {"ids": ["a/b"], "wait": -1}]
)
def test_a_wish_that_makes_no_sense_is_refused(fetching: SmallHall, body: dict[str, Any]) -> None:
    with fetching.fetch_client() as client:
        assert client.post("/fetch", json=body).status_code == 422


def test_a_card_written_while_the_hall_runs_is_fetched_when_asked_for(fetching: SmallHall) -> None:
    write_card(fetching.home, "science/new", rows="name,amount\nx,1\n")
    assert fetch(fetching, "science/new")["rows"] == 1


def test_a_failure_keeps_the_earlier_version(fetching: SmallHall) -> None:
    write_card(fetching.home, "science/changing", rows="name,amount\nx,1\n")
    before = fetch(fetching, "science/changing")
    write_card(fetching.home, "science/changing", rows="name,amount\nx,not a number\n")
    after = fetch(fetching, "science/changing")
    assert (after["status"], after["version"]) == ("failed", before["version"])
    with fetching.client() as client:
        assert client.get("/datasets/science/changing/data.csv").text == "name,amount\nx,1\n"
        page = client.get("/en/datasets/science/changing").text
    assert "A newer version could not be fetched" in page
    assert "not a number" not in page  # whoever looks after the data reads the reason


def test_a_new_version_stands_beside_the_old_one(fetching: SmallHall) -> None:
    write_card(fetching.home, "science/growing", rows="name,amount\nx,1\n")
    first = fetch(fetching, "science/growing")["version"]
    write_card(fetching.home, "science/growing", rows="name,amount\nx,1\ny,2\n")
    second = fetch(fetching, "science/growing")["version"]
    with fetching.client() as client:
        assert client.get("/datasets/science/growing/data.csv").text == "name,amount\nx,1\ny,2\n"
        assert client.get(f"/datasets/science/growing/data.csv?version={first}").text == "name,amount\nx,1\n"
        page = client.get(f"/en/datasets/science/growing?version={first}").text
    assert first != second
    assert "earlier version" in page


def test_a_killed_service_comes_back_with_everything(fetching: SmallHall) -> None:
    before = fetch(fetching, "statistics/world-fertility")["version"]
    fetching.stop_service("fetch", kill=True)
    with fetching.client() as client:
        assert client.get("/datasets/statistics/world-fertility/data.csv").status_code == 200
        assert client.get("/en/").status_code == 200
    fetching.start_service("fetch")
    wait_for_socket(fetching)
    assert fetch(fetching, "statistics/world-fertility")["version"] == before


def test_data_on_its_way_says_when_to_ask_again(fetching: SmallHall) -> None:
    fetching.stop_service("fetch")
    write_card(fetching.home, "science/on-its-way", rows="name,amount\nx,1\n")
    with fetching.client() as client:
        answer = client.get("/datasets/science/on-its-way/data.csv", headers={"accept-language": "zh"})
    fetching.start_service("fetch")
    wait_for_socket(fetching)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["error"]["code"] == "not-here-yet"
    assert "尚未到达" in answer.json()["error"]["message"]


def test_a_second_service_on_the_same_home_ends_with_a_reason(fetching: SmallHall) -> None:
    other = SmallHall(fetching.home)
    other.start_service("fetch")
    assert other.wait_for_end("fetch") == 1
    assert "another fetch service answers" in fetching.read_logs()


def test_a_path_too_long_for_a_socket_is_named(tmp_path: Path) -> None:
    hall = SmallHall(tmp_path / ("long-" * 30))
    hall.start_service("fetch")
    assert hall.wait_for_end("fetch") == 1
    assert "too long for a socket" in hall.read_logs()


def test_pauses_between_tries_grow_and_stay_bounded() -> None:
    pauses = [pause_after(failures) for failures in range(1, 20)]
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def wait_for_socket(hall: SmallHall) -> None:
    """Wait until somebody listens at the fetch service's socket again."""
    deadline = time.monotonic() + 20
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(hall.home / "run/fetch.sock")) == 0:
                return
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.05)
