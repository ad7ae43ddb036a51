"""Who may do what, tried over HTTP by signed-in people: one claim for each cell of the table of rights.

The table below is written by hand from the design, not read from `datahall_hub.roles`. Where a right has a page or an
address, that is tried; submitting and reviewing apps, publishing cards and making classes have none yet, so for them
only the hub's answer whether somebody holds the right is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from datahall_hub import roles

from tests.running_hall import PASSWORD, SERVER_TIMEOUT, RunningHall

EVERYBODY = ("admin", "steward", "teacher", "researcher", "startup", "student", "visitor")
MAY: dict[str, set[str]] = {
    "own-server": {"admin", "steward", "teacher", "researcher", "startup", "student"},
    "submit-apps": {"admin", "steward", "teacher", "researcher", "startup"},
    "review-apps": {"admin", "steward"},
    "publish-cards": {"admin", "steward"},
    "make-classes": {"admin", "teacher"},
    "manage-people": {"admin"},
}
RIGHTS = [right for right in MAY if right != "own-server"]
PREFIX = "t-"  # people of this module: other tests share the hall


@pytest.fixture(scope="module")
def people(hall: RunningHall) -> Iterator[dict[str, httpx.Client]]:
    """Return a signed-in browser for each role; the visitor of this table has an account and no role."""
    made: dict[str, httpx.Client] = {}
    for role in EVERYBODY:
        client = hall.person(PREFIX + role, ("researcher",) if role == "visitor" else (role,))
        if role == "visitor":
            change(hall, PREFIX + role, roles=[])
        made[role] = client
    yield made
    for client in made.values():
        client.close()


def change(hall: RunningHall, name: str, **wish: Any) -> httpx.Response:
    """Ask the hub, as the admin, to change an account."""
    return hall.api(hall.admin, "POST", f"/hub/api/datahall/accounts/{name}", json={**wish, "password": PASSWORD})


def cells(right: str) -> list[Any]:
    return [pytest.param(role, role in MAY[right], id=f"{role}-{right}") for role in EVERYBODY]


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("path", ["/services/hall/en/", "/services/hall/en/datasets/", "/services/hall/en/apps/"])
def test_everybody_searches_and_opens_apps(people: dict[str, httpx.Client], role: str, path: str) -> None:
    assert people[role].get(path).status_code == 200


@pytest.mark.parametrize("path", ["/services/hall/en/", "/services/hall/en/datasets/", "/services/hall/en/apps/"])
def test_no_account_is_needed_to_search_and_open_apps(hall: RunningHall, path: str) -> None:
    with hall.client() as nobody:
        assert nobody.get(path).status_code == 200


@pytest.fixture(scope="module")
def asked(hall: RunningHall, people: dict[str, httpx.Client]) -> Iterator[dict[str, int]]:
    """Have everybody ask for their server at once, as a class does; return the hub's answers."""
    answers = {
        role: hall.api(client, "POST", f"/hub/api/users/{PREFIX}{role}/server").status_code
        for role, client in people.items()
    }
    for role in MAY["own-server"]:
        wait_for_server(hall, people[role], PREFIX + role)
    yield answers
    for role in MAY["own-server"]:
        hall.stop_server(people[role], PREFIX + role)


@pytest.mark.parametrize(("role", "may"), cells("own-server"))
def test_own_server(people: dict[str, httpx.Client], asked: dict[str, int], role: str, may: bool) -> None:
    client, name = people[role], PREFIX + role
    if may:
        lab = client.get(f"/user/{name}/lab")
        assert (lab.status_code, lab.url.path.startswith(f"/user/{name}/lab")) == (200, True)
    else:
        assert asked[role] in {403, 404}
        assert client.get("/hub/spawn").status_code in {403, 404}


@pytest.mark.parametrize("right", RIGHTS)
@pytest.mark.parametrize("role", EVERYBODY)
def test_each_right_is_answered_by_the_table(people: dict[str, httpx.Client], role: str, right: str) -> None:
    sign_in_to_hall(people[role])
    expected = 204 if role in MAY[right] else 403
    assert people[role].get(f"/services/hall/api/v1/rights/{right}").status_code == expected


@pytest.mark.parametrize("role", EVERYBODY)
def test_people_are_told_their_own_rights(people: dict[str, httpx.Client], role: str) -> None:
    sign_in_to_hall(people[role])
    me = people[role].get("/services/hall/api/v1/me").json()
    assert me["name"] == PREFIX + role
    assert me["roles"] == ([] if role == "visitor" else [role])
    assert set(me["rights"]) == {right for right in RIGHTS if role in MAY[right]}


@pytest.mark.parametrize(("role", "may"), cells("manage-people"))
def test_accounts_are_an_admins_business(
    hall: RunningHall, people: dict[str, httpx.Client], role: str, may: bool
) -> None:
    client = people[role]
    answers = [
        hall.api(client, "GET", "/hub/api/datahall/accounts"),
        hall.api(client, "POST", f"/hub/api/datahall/accounts/{PREFIX}student", json={"roles": ["student"]}),
        client.get("/services/hall/en/people/"),
    ]
    assert [answer.status_code == 200 for answer in answers] == [may] * 3
    if not may:
        refused = [
            hall.api(client, "POST", "/hub/api/datahall/accounts", json={"name": f"{PREFIX}sneaked"}),
            hall.api(client, "POST", f"/hub/api/datahall/accounts/{PREFIX}{role}", json={"roles": ["admin"]}),
            hall.api(client, "POST", "/hub/api/datahall/accounts/admin/password", json={}),
            hall.api(client, "DELETE", f"/hub/api/datahall/accounts/{PREFIX}admin"),
        ]
        assert {answer.status_code for answer in refused} == {403}


@pytest.mark.parametrize("right", RIGHTS)
def test_without_an_account_no_right_is_given(hall: RunningHall, right: str) -> None:
    with hall.client() as nobody:
        assert nobody.get(f"/services/hall/api/v1/rights/{right}").status_code == 401


def test_a_right_that_does_not_exist_is_nobodys(people: dict[str, httpx.Client]) -> None:
    sign_in_to_hall(people["admin"])
    assert people["admin"].get("/services/hall/api/v1/rights/read-homes").status_code in {403, 404}


def test_several_roles_add_up(hall: RunningHall) -> None:
    client = hall.person(f"{PREFIX}both", ("teacher", "steward"))
    sign_in_to_hall(client)
    me = client.get("/services/hall/api/v1/me").json()
    client.close()
    assert set(me["rights"]) == {right for right in RIGHTS if {"teacher", "steward"} & MAY[right]}


def test_the_declaration_is_the_table() -> None:
    declared = {right.id: set(right.holders) for right in (roles.OWN_SERVER_RIGHT, *roles.RIGHTS)}
    assert declared == MAY


# An admin does not read people's homes.


@pytest.fixture(scope="module")
def open_server(asked: dict[str, int]) -> str:
    """Return the name of somebody whose server runs."""
    assert asked["researcher"] in {201, 202}
    return f"{PREFIX}researcher"


@pytest.mark.parametrize("role", ["admin", "steward", "teacher", "student"])
@pytest.mark.parametrize("path", ["lab", "api/contents", "api/kernels", "files/x"])
def test_nobody_opens_somebody_elses_server(
    people: dict[str, httpx.Client], open_server: str, role: str, path: str
) -> None:
    assert people[role].get(f"/user/{open_server}/{path}").status_code in {403, 404}


@pytest.mark.parametrize("role", ["admin", "steward", "teacher", "student"])
def test_nobodys_token_opens_somebody_elses_server(
    hall: RunningHall, people: dict[str, httpx.Client], open_server: str, role: str
) -> None:
    token = hall.server_token(people[role], PREFIX + role)
    with hall.client(headers={"Authorization": f"token {token}"}) as program:
        assert program.get("/hub/api/user").json()["name"] == PREFIX + role
        assert program.get(f"/user/{open_server}/api/contents").status_code in {403, 404}


@pytest.mark.parametrize("role", ["admin", "teacher"])
def test_nobody_makes_or_reads_tokens_of_somebody_else(
    hall: RunningHall, people: dict[str, httpx.Client], open_server: str, role: str
) -> None:
    path = f"/hub/api/users/{open_server}/tokens"
    assert hall.api(people[role], "POST", path, json={}).status_code in {403, 404}
    assert hall.api(people[role], "GET", path).status_code in {403, 404}


ESCALATIONS = [
    pytest.param("PATCH", "/hub/api/users/t-admin", {"admin": True}, id="make oneself JupyterHub's administrator"),
    pytest.param("PATCH", "/hub/api/users/t-researcher", {"name": "t-old"}, id="rename somebody to take their home"),
    pytest.param("POST", "/hub/api/users/t-new", {"admin": True}, id="make an administrator of JupyterHub"),
    pytest.param("POST", "/hub/api/users", {"usernames": ["t-new"], "admin": True}, id="make several"),
    pytest.param("DELETE", "/hub/api/users/t-researcher", None, id="delete behind the hall's back"),
    pytest.param("POST", "/hub/api/groups/admin/users", {"users": ["t-student"]}, id="give a role unseen"),
    pytest.param("DELETE", "/hub/api/groups/admin/users", {"users": ["admin"]}, id="take the last admin's role"),
    pytest.param("DELETE", "/hub/api/groups/admin", None, id="delete the admins' group"),
    pytest.param("POST", "/hub/api/groups/spies", {}, id="make a group"),
    pytest.param("PUT", "/hub/api/groups/admin/properties", {"a": 1}, id="change a group"),
    pytest.param("POST", "/hub/api/services/spy", {"url": "http://127.0.0.1:1"}, id="add a service"),
    pytest.param("PATCH", "/hub/api/proxy", {"api_url": "http://127.0.0.1:1"}, id="put in a proxy of one's own"),
    pytest.param("GET", "/hub/api/proxy", None, id="read the routes"),
    pytest.param("POST", "/hub/api/shutdown", {}, id="shut the hub down"),
    pytest.param("POST", "/hub/api/shares/t-researcher/", {"user": "t-admin"}, id="share somebody's server"),
    pytest.param("POST", "/hub/api/share-codes/t-researcher/", {}, id="make a share code for it"),
]


@pytest.mark.parametrize(("method", "path", "body"), ESCALATIONS)
def test_an_admin_has_no_way_round(
    hall: RunningHall, people: dict[str, httpx.Client], open_server: str, method: str, path: str, body: Any
) -> None:
    answer = hall.api(people["admin"], method, path, json=body)
    assert answer.status_code in {403, 404}, f"{answer.status_code} {answer.text}"


def test_a_token_cannot_hold_more_than_its_owner(hall: RunningHall, people: dict[str, httpx.Client]) -> None:
    for scope in ("access:servers", "tokens", "admin:users", "inherit-all", "custom:datahall:submit-apps"):
        answer = hall.api(people["student"], "POST", f"/hub/api/users/{PREFIX}student/tokens", json={"scopes": [scope]})
        assert answer.status_code == 400, f"{scope}: {answer.status_code}"


def test_nobody_shares_their_own_server_past_the_table(hall: RunningHall, people: dict[str, httpx.Client]) -> None:
    answer = hall.api(people["researcher"], "POST", f"/hub/api/share-codes/{PREFIX}researcher/", json={})
    assert answer.status_code in {403, 404}


def test_an_admin_stops_and_starts_servers_without_entering(
    hall: RunningHall, people: dict[str, httpx.Client], asked: dict[str, int]
) -> None:
    admin, name = people["admin"], f"{PREFIX}startup"
    hall.stop_server(admin, name)
    hall.start_server(admin, name)
    assert admin.get(f"/user/{name}/lab").status_code in {403, 404}


def test_the_halls_token_holds_nothing_that_opens_a_server(hall: RunningHall, people: dict[str, httpx.Client]) -> None:
    sign_in_to_hall(people["admin"])
    scopes = set(roles.hall_client_scopes())
    assert not {scope for scope in scopes if scope.startswith(("access:", "servers", "tokens", "start:", "admin"))}


def wait_for_server(hall: RunningHall, client: httpx.Client, name: str) -> None:
    deadline = time.monotonic() + SERVER_TIMEOUT
    while not hall.api(client, "GET", f"/hub/api/users/{name}").json()["servers"].get("", {}).get("ready"):
        assert time.monotonic() < deadline, f"{name}'s server did not start:\n{hall.read_logs()}"
        time.sleep(0.2)


def sign_in_to_hall(client: httpx.Client) -> None:
    """Let the hall know somebody who is signed in at the hub, as following a link of its pages does."""
    answer = client.get("/services/hall/sign-in", params={"next": "/services/hall/health"})
    assert answer.status_code == 200, f"{answer.status_code} {answer.url}"
