"""Claims about what an admin's login alone does not do: give power, and take something from somebody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import httpx
import pytest

from tests.running_hall import PASSWORD, RunningHall, find_form_token

ACCOUNTS = "/hub/api/datahall/accounts"
WRONG = "not the one that is meant"
numbers = count(1)


def ask(hall: RunningHall, client: httpx.Client, method: str, path: str = "", **body: Any) -> httpx.Response:
    """Ask as a page of the hub would, with nothing but what `body` holds."""
    return hall.api(client, method, ACCOUNTS + path, json=body)


def entry(hall: RunningHall, name: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(hall, hall.admin, "GET", f"/{name}").json()
    return found


@pytest.fixture
def person(hall: RunningHall) -> str:
    """Return the name of a student."""
    name = f"own-password-{next(numbers)}"
    hall.create_person(name, ("student",))
    return name


@pytest.fixture(scope="module")
def second_admin(hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(hall.person("own-password-admin", ("admin",))) as client:
        yield client


NEEDING = [
    pytest.param("POST", "/{name}", {"roles": ["admin"]}, id="giving admin"),
    pytest.param("POST", "/{name}", {"roles": ["student", "steward"]}, id="giving steward"),
    pytest.param("POST", "/{name}", {"roles": ["teacher"]}, id="giving teacher"),
    pytest.param("POST", "", {"name": "{name}-new", "roles": ["teacher"]}, id="making a teacher"),
    pytest.param("POST", "/{name}", {"authorized": False}, id="suspending"),
    pytest.param("POST", "/{name}/password", {}, id="resetting a password"),
    pytest.param("DELETE", "/{name}", {}, id="deleting"),
]


@pytest.mark.parametrize(("method", "path", "body"), NEEDING)
@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({}, "password-needed", id="without"),
        pytest.param({"password": ""}, "password-needed", id="empty"),
        pytest.param({"password": [PASSWORD]}, "password-needed", id="no text"),
    ],
)
def test_without_the_own_password_nothing_changes(
    hall: RunningHall, person: str, method: str, path: str, body: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    before = entry(hall, person)
    named = {key: value.format(name=person) if isinstance(value, str) else value for key, value in body.items()}
    answer = ask(hall, hall.admin, method, path.format(name=person), **named, **given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, code)
    assert set(answer.json()["error"]["message"]) == {"en", "zh"}
    assert entry(hall, person) == before
    assert ask(hall, hall.admin, "GET", f"/{person}-new").status_code == 404


@pytest.mark.parametrize("password", [WRONG, "x" * 5000], ids=["another", "longer than any"])
def test_a_wrong_own_password_changes_nothing(hall: RunningHall, person: str, password: str) -> None:
    answer = ask(hall, hall.admin, "POST", f"/{person}", roles=["admin"], password=password)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong-password")
    assert entry(hall, person)["roles"] == ["student"]
    assert ask(hall, hall.admin, "POST", f"/{person}", roles=["teacher"], password=PASSWORD).status_code == 200


def test_somebody_elses_password_is_not_ones_own(hall: RunningHall, person: str, second_admin: httpx.Client) -> None:
    with closing(hall.login(person)) as client:
        form = {"current_password": PASSWORD, "new_password": WRONG, "new_password_again": WRONG}
        page = client.get("/hub/change-password")
        client.post("/hub/change-password", data={**form, "_xsrf": find_form_token(page)})
    answer = ask(hall, second_admin, "POST", f"/{person}", roles=["admin"], password=WRONG)
    assert answer.json()["error"]["code"] == "wrong-password"


def test_taking_the_role_admin_away_needs_it_and_other_roles_do_not(hall: RunningHall, person: str) -> None:
    ask(hall, hall.admin, "POST", f"/{person}", roles=["admin", "teacher"], password=PASSWORD)
    refused = ask(hall, hall.admin, "POST", f"/{person}", roles=["teacher"])
    assert refused.json()["error"]["code"] == "password-needed"
    assert ask(hall, hall.admin, "POST", f"/{person}", roles=["admin"]).json()["roles"] == ["admin"]


def test_everyday_changes_need_none(hall: RunningHall, person: str) -> None:
    made = ask(hall, hall.admin, "POST", name=f"{person}-made", roles=["researcher", "startup"])
    assert made.status_code == 201
    changed = ask(hall, hall.admin, "POST", f"/{person}", roles=["researcher", "startup", "student"])
    assert changed.json()["roles"] == ["researcher", "startup", "student"]
    ask(hall, hall.admin, "POST", f"/{person}", authorized=False, password=PASSWORD)
    assert ask(hall, hall.admin, "POST", f"/{person}", authorized=True).json()["authorized"] is True


def test_whoever_comes_back_with_power_needs_it(hall: RunningHall, person: str) -> None:
    ask(hall, hall.admin, "POST", f"/{person}", roles=["teacher"], password=PASSWORD)
    ask(hall, hall.admin, "POST", f"/{person}", authorized=False, password=PASSWORD)
    refused = ask(hall, hall.admin, "POST", f"/{person}", authorized=True)
    assert refused.json()["error"]["code"] == "password-needed"
    back = ask(hall, hall.admin, "POST", f"/{person}", authorized=True, roles=["student"])
    assert (back.json()["authorized"], back.json()["roles"]) == (True, ["student"])


def test_guessing_the_own_password_is_held_and_keeps_nobody_from_signing_in(hall: RunningHall, person: str) -> None:
    name = f"{person}-admin"
    with closing(hall.person(name, ("admin",))) as client:
        codes = [
            ask(hall, client, "POST", f"/{person}", roles=["admin"], password=f"{WRONG} {number}").status_code
            for number in range(6)
        ]
        assert codes == [403] * 5 + [429]
        right = ask(hall, client, "POST", f"/{person}", roles=["admin"], password=PASSWORD)
        assert right.json()["error"]["code"] == "too-many-attempts"
    hall.login(name).close()
    assert entry(hall, person)["roles"] == ["student"]
