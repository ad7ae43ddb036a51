"""Claims about who comes through the door before people's servers, in a running hall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie

import httpx
import pytest
from datahall_hub.door import COOKIE

from tests.running_hall import PASSWORD, RunningHall, find_form_token

OWNER, OTHER = "door-owner", "door-other"
LAB = f"/user/{OWNER}/lab"
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(scope="module")
def owner(hall: RunningHall) -> Iterator[httpx.Client]:
    """Somebody whose server runs."""
    with closing(hall.person(OWNER)) as client:
        hall.start_server(client, OWNER)
        yield client
        hall.stop_server(client, OWNER)


@pytest.fixture(scope="module")
def other(hall: RunningHall) -> Iterator[httpx.Client]:
    """Somebody else."""
    with closing(hall.person(OTHER)) as client:
        yield client


def sign_in(client: httpx.Client, name: str, *, wish: str) -> httpx.Response:
    """Fill in the form of sign-in, and return where that leads."""
    page = client.get("/hub/login", params={"next": wish}, headers=PAGE)
    form = {"username": name, "password": PASSWORD, "_xsrf": find_form_token(page)}
    return client.post("/hub/login", params={"next": wish}, data=form, headers=PAGE)


def test_whoever_has_signed_in_comes_to_their_own_server_without_a_detour(owner):
    answer = owner.get(LAB, headers=PAGE)

    assert answer.status_code == 200
    assert [each.url.path for each in answer.history if each.url.path == "/hub/door"] == []


def test_the_pass_is_for_one_server_and_no_script_reads_it(hall, owner):
    with hall.client() as client:
        answer = sign_in(client, OWNER, wish="/hub/home")
    passes = SimpleCookie("\n".join(answer.history[0].headers.get_list("set-cookie")))[COOKIE]

    assert passes["path"] == f"/user/{OWNER}/"
    assert passes["httponly"]
    assert passes["samesite"] == "Lax"


def test_a_browser_without_a_pass_gets_one_on_its_way(hall, owner):
    with closing(hall.login(OWNER)) as client:
        client.cookies.delete(COOKIE)
        answer = client.get(f"{LAB}?reset", headers=PAGE)

    assert answer.status_code == 200
    assert [each.url.path for each in answer.history][:2] == [LAB, "/hub/door"]
    assert str(answer.history[1].headers["location"]) == f"{LAB}?reset"


def test_a_browser_that_was_closed_gets_session_and_pass_together_whatever_it_opens_first(hall, owner):
    with closing(hall.login(OWNER)) as client:
        client.cookies.delete("jupyterhub-session-id")
        assert client.get(f"/user/{OWNER}/api").status_code == 403
        client.get("/hub/home")

        assert client.get(f"/user/{OWNER}/api").status_code == 200


def test_whoever_has_not_signed_in_is_asked_to_and_led_on(hall, owner):
    with hall.client() as client:
        asked = client.get(LAB, headers=PAGE)
        assert asked.url.path == "/hub/login"
        answer = sign_in(client, OWNER, wish=asked.url.params["next"])

    assert (answer.status_code, answer.url.path) == (200, LAB)


@pytest.mark.parametrize(("language", "words"), [("en", "This is not your workbench"), ("zh", "这不是您的工作台")])
@pytest.mark.parametrize("address", [LAB, f"/user/{OWNER}", "/hub/door?next=/user/nobody-at-all/lab"])
def test_another_persons_server_is_said_not_to_be_ones_own(owner, other, address, language, words):
    answer = other.get(address, headers={**PAGE, "Accept-Language": language})

    assert answer.status_code == 403
    assert words in answer.text
    assert "/hub/home" in answer.text
    assert [cookie for cookie in other.cookies.jar if cookie.name == COOKIE and OTHER not in cookie.path] == []


def test_scripts_and_programs_are_refused_in_a_few_words(owner, other):
    for header in ({}, {"Accept": "application/json"}, {"Sec-Fetch-Mode": "cors"}):
        answer = other.get(f"/user/{OWNER}/api/contents", headers=header)
        assert (answer.status_code, answer.json()["code"]) == (403, "door-closed")


def test_a_token_is_looked_at_by_the_server_itself(hall, owner, other):
    with hall.client() as program:
        for client, name, status in ((owner, OWNER, 200), (other, OTHER, 403)):
            header = {"Authorization": f"token {hall.server_token(client, name)}"}
            assert program.get(f"/user/{OWNER}/api/contents", headers=header).status_code == status
        token = hall.server_token(owner, OWNER)
        assert program.get(f"/user/{OWNER}/api/contents", params={"token": token}).status_code == 403


def test_signing_out_closes_the_door(hall, owner):
    with closing(hall.login(OWNER)) as client:
        assert client.get(LAB, headers=PAGE).status_code == 200
        client.get("/hub/logout")

        assert client.get(f"/user/{OWNER}/api/contents").json()["code"] == "door-closed"
        assert client.get(LAB, headers=PAGE).url.path == "/hub/login"


def test_whoever_signs_in_after_somebody_whose_login_has_ended_has_none_of_their_passes(hall, owner, other):
    with closing(hall.login(OWNER)) as client:
        assert client.get(LAB, headers=PAGE).status_code == 200
        client.cookies.delete("jupyterhub-hub-login")
        sign_in(client, OTHER, wish="/hub/home")

        assert client.get(f"/user/{OWNER}/api/contents").json()["code"] == "door-closed"
        assert client.get(LAB, headers=PAGE).status_code == 403


@pytest.mark.parametrize("wish", [
    "", "/hub/home", "https://evil.example/", "//evil.example/user/x/", f"/user/{OWNER}/../../hub/logout",
    f"/user/{OWNER}/%2e%2e/%2e%2e/hub/logout", f"/user\\{OWNER}\\", "javascript:alert(1)",
])  # fmt: skip
def test_the_door_leads_nowhere_but_to_servers(owner, wish):
    answer = owner.get("/hub/door", params={"next": wish}, headers=PAGE, follow_redirects=False)

    assert answer.status_code == 400
    assert "location" not in answer.headers
