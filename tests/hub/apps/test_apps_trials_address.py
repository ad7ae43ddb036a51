"""The private address: who may ask, what is refused, who waits, and what ends when nobody wants it any more."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from datahall_forkserver.client import ForkServer
from datahall_hub.home import resolve_home
from datahall_hub.services.apps.trial_line import MOST_WAITING

from .running_apps import RunningApps, make_home, run_fork_server, write_app
from .test_apps_without_walls import NO_BUBBLEWRAP
from .version_wishes import ask_for, open_office, try_cells, try_version, write_version

DIGEST = "a" * 64
ENDLESS = "import time\nprint('begun')\ntime.sleep(1000)"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service without apps for visitors."""
    home = make_home(tmp_path_factory.mktemp("asked") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=tmp_path_factory.mktemp("none")).start()
        yield running
        assert running.stop() == 0


def count_kernels(office: RunningApps) -> int:
    return int(ForkServer(resolve_home(office.home).fork_socket("kernel")).describe()["children"])


def wait_for_kernels(office: RunningApps, count: int, *, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while count_kernels(office) != count:
        assert time.monotonic() < deadline, office.log.read_text()
        time.sleep(0.05)


@pytest.mark.sandbox
def test_nobody_but_the_halls_own_user_can_open_it(office: RunningApps) -> None:
    place = resolve_home(office.home).apps_socket

    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert httpx.post(f"{office.url}/trials", json={}).status_code in (404, 405)  # not where visitors are


BAD = {
    "a folder up": {"slug": "..", "digest": DIGEST, "language": "en"},
    "a path": {"slug": "a/b", "digest": DIGEST, "language": "en"},
    "a line end": {"slug": "a\n", "digest": DIGEST, "language": "en"},
    "a digest up": {"slug": "a", "digest": "../" + "a" * 61, "language": "en"},
    "a digest with a line end": {"slug": "a", "digest": "a" * 63 + "\n", "language": "en"},
    "large letters": {"slug": "a", "digest": "A" * 64, "language": "en"},
    "too short": {"slug": "a", "digest": "a" * 63, "language": "en"},
    "no text": {"slug": 1, "digest": DIGEST, "language": "en"},
    "another language": {"slug": "a", "digest": DIGEST, "language": "fr"},
    "no language": {"slug": "a", "digest": DIGEST},
    "more than is known": {"slug": "a", "digest": DIGEST, "language": "en", "seconds": 10**9},
    "a list": [],
}


@pytest.mark.sandbox
@pytest.mark.parametrize("wish", BAD.values(), ids=BAD.keys())
def test_what_is_no_wish_is_refused(office: RunningApps, wish: Any) -> None:
    answer = ask_for(office, "/trials", wish)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad-request"


@pytest.mark.sandbox
def test_a_version_that_is_not_there_is_not_found(office: RunningApps) -> None:
    wish = {"slug": "nowhere", "digest": DIGEST}

    for path, further in (("/trials", {"language": "en"}), ("/proofs", {"datasets": {}})):
        answer = ask_for(office, path, {**wish, **further})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no-such-app-version")
    assert ask_for(office, "/others", wish).status_code == 404


UNREADABLE = {
    "no JSON": b"no JSON",
    "a list": b"[]",
    "nothing in it": b"{}",
    "no text": b"\xff",
    "a cell that is none": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}',
    "nested without end": b"[" * 9_999,
}


@pytest.mark.sandbox
@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_is_no_notebook_is_said_to_be_none(office: RunningApps, content: bytes) -> None:
    slug, digest = write_version(office.home, "unreadable", cells=[repr(content)])
    (office.home / "apps" / slug / digest / "app.ipynb").write_bytes(content)

    answer = ask_for(office, "/trials", {"slug": slug, "digest": digest, "language": "en"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unreadable-notebook")
    assert str(office.home) not in answer.text


@pytest.mark.sandbox
def test_who_hangs_up_ends_the_trial(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "hung-up", cells=[ENDLESS])
    with open_office(office) as client, pytest.raises(httpx.ReadTimeout):
        client.post("/trials", json={"slug": slug, "digest": digest, "language": "en"}, timeout=2)

    wait_for_kernels(office, 0, within=4)

    assert try_cells(office, "print('next')").ending == "finished"
    assert "Traceback" not in office.log.read_text()


@pytest.mark.sandbox
def test_some_wait_in_line_the_others_are_told_to_come_back_and_who_leaves_makes_room(office: RunningApps) -> None:
    slug, digest = write_version(office.home, "crowd", cells=[ENDLESS])
    quick = write_version(office.home, "quick", cells=["print(1)"])
    wish = {"slug": slug, "digest": digest, "language": "en"}
    held = [open_office(office) for _ in range(MOST_WAITING + 1)]

    def ask(client: httpx.Client) -> None:
        with pytest.raises(httpx.HTTPError):
            client.post("/trials", json=wish, timeout=6)

    threads = [threading.Thread(target=ask, args=(client,)) for client in held]
    for thread in threads:
        thread.start()
    time.sleep(2)
    refused = ask_for(office, "/trials", wish)
    running = count_kernels(office)
    for thread in threads:
        thread.join()
    for client in held:
        client.close()

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert running == 1
    assert try_version(office, quick).ending == "finished"


@pytest.mark.sandbox
def test_a_service_that_stops_ends_the_trial_and_says_so(tmp_path: Path, bubblewrap: str) -> None:
    home = make_home(tmp_path / "home")
    slug, digest = write_version(home, "stopped", cells=[ENDLESS])
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=tmp_path / "none").start()
        answers: list[httpx.Response] = []
        wish = {"slug": slug, "digest": digest, "language": "en"}
        asking = threading.Thread(target=lambda: answers.append(ask_for(running, "/trials", wish)))
        asking.start()
        wait_for_kernels(running, 1)
        children = psutil.Process(running.process.pid).children(recursive=True)
        begun = time.monotonic()

        assert running.stop() == 0

        asking.join()
        assert time.monotonic() - begun < 5
        assert not psutil.wait_procs(children, timeout=3)[1]
    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (503, "stopped")
    assert not resolve_home(home).apps_socket.exists()
    assert "Traceback" not in running.log.read_text()


def test_without_walls_nothing_is_tried(tmp_path: Path) -> None:
    apps = RunningApps(tmp_path / "home", apps_folder=tmp_path / "none", settings=NO_BUBBLEWRAP).start()
    try:
        answer = ask_for(apps, "/trials", {"slug": "a", "digest": DIGEST, "language": "en"})
    finally:
        apps.stop()

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no-walls")
    assert "bubblewrap" in answer.json()["error"]["message"]


def test_with_the_sandbox_switched_off_versions_are_tried_as_visitors_are_served(tmp_path: Path) -> None:
    settings = {**NO_BUBBLEWRAP, "DATAHALL_UNSAFE_NO_SANDBOX": "true"}
    apps = RunningApps(tmp_path / "home", apps_folder=tmp_path / "none", settings=settings).start()
    try:
        report = try_cells(apps, "print('on')", "open('/etc/passwd').close()", "1 / 0")
    finally:
        assert apps.stop() == 0

    assert (report.ending, report.memory) == ("failed", None)
    assert [each.target for each in report.attempts] == ["/etc/passwd"]


def test_visitors_are_served_where_the_private_address_cannot_be_opened(tmp_path: Path) -> None:
    """Another service of the same home has it."""
    write_app(tmp_path / "apps", "plain", cells=["1"])
    settings = {**NO_BUBBLEWRAP, "DATAHALL_UNSAFE_NO_SANDBOX": "true"}
    first = RunningApps(tmp_path / "home", apps_folder=tmp_path / "apps", settings=settings).start()
    second = RunningApps(tmp_path / "home", apps_folder=tmp_path / "apps", settings=settings)
    second.log = tmp_path / "second.log"
    try:
        second.start()
        page = httpx.get(f"{second.url}/plain", timeout=60)
        assert second.stop() == 0
        still = ask_for(first, "/trials", {"slug": "a", "digest": DIGEST, "language": "en"})
    finally:
        first.stop()
        second.stop()

    assert page.status_code == 200
    assert "another apps service answers" in second.log.read_text()
    assert still.status_code == 404


def test_the_folder_of_sockets_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        apps = RunningApps(tmp_path / "home", apps_folder=tmp_path / "none", settings=NO_BUBBLEWRAP).start()
        mode = stat.S_IMODE((tmp_path / "home/run").stat().st_mode)
        apps.stop()
    finally:
        os.umask(before)

    assert mode == 0o700
