"""Claims about the servers of people who are shut out: none runs on, not even one that is just starting."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.running_hall import PASSWORD, RunningHall

ACCOUNTS = "/hub/api/datahall/accounts"


def servers_of(hall: RunningHall, name: str) -> dict[str, Any]:
    servers: dict[str, Any] = hall.api(hall.admin, "GET", f"/hub/api/users/{name}").json()["servers"]
    return servers


def change(hall: RunningHall, name: str, **wish: Any) -> httpx.Response:
    return hall.api(hall.admin, "POST", f"{ACCOUNTS}/{name}", json={**wish, "password": PASSWORD})


@pytest.mark.parametrize("wait", [0.0, 0.6], ids=["at once", "a moment later"])
def test_whoever_is_suspended_while_their_server_starts_has_none(hall: RunningHall, wait: float) -> None:
    name = f"starting-{wait}"
    with closing(hall.person(name)) as client:
        start = threading.Thread(target=hall.api, args=(client, "POST", f"/hub/api/users/{name}/server"))
        start.start()
        while not servers_of(hall, name):
            time.sleep(0.01)
        time.sleep(wait)
        assert change(hall, name, authorized=False).status_code == 200
        start.join()
    deadline = time.monotonic() + 15
    while servers_of(hall, name):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_whoever_loses_the_last_role_loses_the_server_and_gets_no_other(hall: RunningHall) -> None:
    name = "loses-roles"
    with closing(hall.person(name)) as client:
        hall.start_server(client, name)
        assert change(hall, name, roles=["student"]).status_code == 200
        assert servers_of(hall, name)
        assert change(hall, name, roles=[]).json()["roles"] == []
        assert servers_of(hall, name) == {}
        assert client.get("/hub/home").url.path == "/hub/home"  # still signed in


@pytest.mark.parametrize("wish", [{"roles": []}, {"authorized": False}], ids=["no role", "suspended"])
def test_nobody_starts_a_server_for_whoever_may_have_none(hall: RunningHall, wish: dict[str, Any]) -> None:
    name = f"may-not-{len(wish.get('roles', 'x'))}"
    hall.create_person(name)
    change(hall, name, **wish)
    answer = hall.api(hall.admin, "POST", f"/hub/api/users/{name}/server")
    assert answer.status_code == 403, answer.text
    assert servers_of(hall, name) == {}


def test_an_account_is_deleted_while_its_server_starts(hall: RunningHall) -> None:
    name = "deleted-starting"
    with closing(hall.person(name)) as client:
        start = threading.Thread(target=hall.api, args=(client, "POST", f"/hub/api/users/{name}/server"))
        start.start()
        while not servers_of(hall, name):
            time.sleep(0.01)
        answer = hall.api(hall.admin, "DELETE", f"{ACCOUNTS}/{name}", json={"password": PASSWORD})
        assert answer.status_code == 204
        start.join()
    assert hall.api(hall.admin, "GET", f"/hub/api/users/{name}").status_code == 404
