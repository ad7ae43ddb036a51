"""Claims about coming in: sign-up, approval, first password and the ways round it, sessions, errors, the log."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.running_hall import PASSWORD, RunningHall, find_form_token

ACCOUNTS = "/hub/api/datahall/accounts"
OTHER = "quite another long one"
numbers = count(1)


def fresh(stem: str = "p") -> str:
    """Return a name that no other test uses."""
    return f"{stem}-{next(numbers)}"


def submit(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Fill in the form of a page and send it."""
    return client.post(path, data={**fields, "_xsrf": find_form_token(client.get(path))})


def sign_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    return submit(client, "/hub/login?next=/hub/home", username=name, password=password)


def submit_raw(client: httpx.Client, name: str, password: str) -> httpx.Response:
    """Sign in and return the answer itself, with its cookies."""
    form = {"username": name, "password": password, "_xsrf": find_form_token(client.get("/hub/login"))}
    return client.post("/hub/login", data=form, follow_redirects=False)


def sign_up(client: httpx.Client, name: str, password: str = PASSWORD, about: str = "") -> httpx.Response:
    return submit(client, "/hub/signup", username=name, new_password=password, new_password_again=password, about=about)


def ask(hall: RunningHall, method: str, path: str = "", body: Any = None) -> httpx.Response:
    """Ask as the admin, with their own password."""
    if method != "GET" and (body is None or isinstance(body, dict)):
        body = {"password": PASSWORD} | (body or {})
    return hall.api(hall.admin, method, ACCOUNTS + path, json=body)


def make(hall: RunningHall, name: str, *roles: str) -> str:
    """Make an account and return its first password."""
    answer = ask(hall, "POST", body={"name": name, "roles": list(roles) or ["student"]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["password"])


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/hub/home").url.path == "/hub/home"


def entry(hall: RunningHall, name: str) -> dict[str, Any] | None:
    return next((each for each in ask(hall, "GET").json() if each["name"] == name), None)


# Sign-up and approval


def test_a_sign_up_waits_for_approval_and_becomes_a_researcher(hall: RunningHall) -> None:
    name = fresh("signs")
    with hall.client() as client:
        assert sign_up(client, name, about="统计局").status_code == 200
        waiting = sign_in(client, name, PASSWORD)
        assert waiting.status_code == 403
        assert "waits for approval" in waiting.text
        listed = entry(hall, name)
        assert listed is not None
        assert (listed["authorized"], listed["roles"], listed["about"]) == (False, [], "统计局")
        assert listed["created"]
        approved = ask(hall, "POST", f"/{name}", {"authorized": True})
        assert approved.json()["roles"] == ["researcher"]
        assert sign_in(client, name, PASSWORD).status_code == 200
        assert is_signed_in(client)


def test_a_wrong_password_does_not_tell_that_somebody_waits(hall: RunningHall) -> None:
    name = fresh("signs")
    with hall.client() as client:
        sign_up(client, name)
        assert "approval" not in sign_in(client, name, OTHER).text.split("</form>")[0]


def test_a_refused_sign_up_gives_the_name_back(hall: RunningHall) -> None:
    name = fresh("signs")
    with hall.client() as client:
        sign_up(client, name)
        assert ask(hall, "DELETE", f"/{name}").status_code == 204
        assert entry(hall, name) is None
        assert sign_up(client, name).status_code == 200


@pytest.mark.parametrize("name", ["a b", "a/b", "<script>", "é", "..", "x" * 33])
def test_a_name_that_cannot_be_is_refused_in_both_languages(hall: RunningHall, name: str) -> None:
    for language, sentence in (("en", "cannot be used"), ("zh", "此用户名不可用")):
        with hall.client(headers={"Accept-Language": language}) as client:
            answer = sign_up(client, name)
            assert answer.status_code == 422
            assert sentence in answer.text
            assert "<script>" + "</" not in answer.text


@pytest.mark.parametrize("password", ["short", "password123", "我" * 30])
def test_a_weak_password_is_refused_at_sign_up(hall: RunningHall, password: str) -> None:
    with hall.client() as client:
        assert sign_up(client, fresh("weak"), password).status_code == 422


@pytest.mark.parametrize("name", ["admin", "ADMIN", "ａｄｍｉｎ"])
def test_signing_up_with_a_taken_name_changes_nothing(hall: RunningHall, name: str) -> None:
    assert is_signed_in(hall.admin)
    with hall.client() as client:
        assert sign_up(client, name, OTHER).status_code == 422
        assert sign_in(client, "admin", OTHER).status_code == 403


def test_a_chinese_name_reaches_its_notebooks(hall: RunningHall) -> None:
    name = "张三丰"
    with_server = hall.person(name)
    hall.start_server(with_server, name)
    lab = with_server.get(f"/user/{quote(name)}/lab")
    assert lab.status_code == 200
    token = hall.server_token(with_server, name)
    with hall.client(headers={"Authorization": f"token {token}"}) as program:
        kernel = program.post(f"/user/{quote(name)}/api/kernels")
        assert kernel.status_code == 201, kernel.text
    hall.stop_server(with_server, name)
    with_server.close()


# The first password


def test_a_first_password_opens_nothing_but_the_page_that_changes_it(hall: RunningHall) -> None:
    name = fresh("first")
    first = make(hall, name)
    with hall.client() as client:
        page = sign_in(client, name, first)
        assert page.url.path == "/hub/first-password"
        assert not is_signed_in(client)
        assert hall.api(client, "GET", "/hub/api/user").status_code == 403
        assert hall.api(client, "POST", f"/hub/api/users/{name}/tokens", json={}).status_code == 403
        assert client.get(f"/user/{name}/lab").url.path == "/hub/login"
        done = submit(client, str(page.url), new_password=OTHER, new_password_again=OTHER)
        assert done.url.path == "/hub/home"
        assert is_signed_in(client)
    with hall.client() as client:
        assert sign_in(client, name, first).status_code == 403


@pytest.mark.parametrize("wish", ["/hub/home", f"/user/{'x'}/lab", "/hub/api/user", "https://example.org/", "//a.b/"])
def test_no_next_address_leads_past_the_first_password(hall: RunningHall, wish: str) -> None:
    name = fresh("first")
    first = make(hall, name)
    with hall.client() as client:
        path = f"/hub/login?next={quote(wish, safe='')}"
        page = submit(client, path, username=name, password=first)
        assert page.url.path == "/hub/first-password"
        done = client.post(
            str(page.url),
            data={"new_password": OTHER, "new_password_again": OTHER, "_xsrf": find_form_token(page)},
            follow_redirects=False,
        )
        assert done.status_code == 302
        assert done.headers["location"].startswith("/")
        assert not done.headers["location"].startswith("//")


def test_a_first_password_buys_no_token(hall: RunningHall) -> None:
    name = fresh("first")
    first = make(hall, name)
    with hall.client() as client:
        for body in ({"auth": {"username": name, "password": first}}, {"auth": {"username": [name], "password": 1}}):
            assert client.post(f"/hub/api/users/{name}/tokens", json=body).status_code == 403
        assert client.get("/hub/api/user", auth=(name, first)).status_code == 403
        assert client.get("/hub/home", auth=(name, first)).url.path == "/hub/login"


def test_without_a_ticket_the_page_leads_to_the_sign_in(hall: RunningHall) -> None:
    with hall.client() as client:
        assert client.get("/hub/first-password").url.path == "/hub/login"
        client.cookies.set("datahall-first-password", "2|1:0|10:1|1:a|4:abcd|00", path="/hub/first-password")
        assert client.get("/hub/first-password").url.path == "/hub/login"


def test_a_ticket_is_good_once(hall: RunningHall) -> None:
    name = fresh("first")
    first = make(hall, name)
    with hall.client() as one, hall.client() as two:
        pages = [sign_in(client, name, first) for client in (one, two)]
        submit(one, str(pages[0].url), new_password=OTHER, new_password_again=OTHER)
        late = two.post(
            str(pages[1].url),
            data={"new_password": PASSWORD, "new_password_again": PASSWORD, "_xsrf": find_form_token(pages[1])},
        )
        assert late.url.path == "/hub/login"
        assert not is_signed_in(two)
        assert sign_in(two, name, OTHER).status_code == 200


@pytest.mark.parametrize(
    ("new", "again"), [("short", "short"), (OTHER, PASSWORD), ("", ""), ("password123", "password123")]
)
def test_the_first_password_is_not_changed_to_a_worse_one(hall: RunningHall, new: str, again: str) -> None:
    name = fresh("first")
    first = make(hall, name)
    with hall.client() as client:
        page = sign_in(client, name, first)
        assert submit(client, str(page.url), new_password=new, new_password_again=again).status_code == 422
        assert submit(client, str(page.url), new_password=first, new_password_again=first).status_code == 422
        assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/hub/login", "/hub/signup", "/hub/first-password", "/hub/change-password"])
def test_a_form_from_another_site_is_refused(hall: RunningHall, path: str) -> None:
    name = fresh("csrf")
    first = make(hall, name)
    with hall.client() as client:
        client.get("/hub/login")
        answer = client.post(path, data={"username": name, "password": first, "new_password": OTHER})
        assert answer.status_code == 403
        assert not is_signed_in(client)


# Sessions


def test_changing_the_password_signs_out_everywhere_else(hall: RunningHall) -> None:
    name = fresh("session")
    here = hall.person(name, ("student",))
    elsewhere = hall.login(name)
    fields = {"current_password": PASSWORD, "new_password": OTHER, "new_password_again": OTHER}
    assert submit(here, "/hub/change-password", **(fields | {"current_password": "wrong"})).status_code == 403
    assert submit(here, "/hub/change-password", **fields).status_code == 200
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    here.close()
    elsewhere.close()


def test_a_reset_password_shuts_out_and_is_told_to_the_person(hall: RunningHall) -> None:
    name = fresh("session")
    client = hall.person(name, ("student",))
    token = hall.server_token(client, name)
    answer = ask(hall, "POST", f"/{name}/password", {})
    assert answer.status_code == 200
    assert not is_signed_in(client)
    with hall.client(headers={"Authorization": f"token {token}"}) as program:
        assert program.get("/hub/api/user").status_code == 403
    again = hall.login(name, answer.json()["password"])
    assert "The administrator admin set a first password" in again.get("/hub/home").text
    again.close()
    client.close()


def test_whoever_is_shut_out_is_out_at_once(hall: RunningHall) -> None:
    name = fresh("session")
    client = hall.person(name, ("student",))
    assert ask(hall, "POST", f"/{name}", {"authorized": False}).json()["authorized"] is False
    assert not is_signed_in(client)
    assert sign_in(client, name, PASSWORD).status_code == 403
    assert ask(hall, "POST", f"/{name}", {"authorized": True}).json()["roles"] == ["student"]
    assert sign_in(client, name, PASSWORD).status_code == 200
    client.close()


def test_a_deleted_name_is_never_given_out_again(hall: RunningHall) -> None:
    name = fresh("gone")
    client = hall.person(name, ("student",))
    assert ask(hall, "DELETE", f"/{name}").status_code == 204
    assert not is_signed_in(client)
    assert entry(hall, name) is None
    assert ask(hall, "POST", body={"name": name}).status_code == 409
    with hall.client() as visitor:
        assert sign_up(visitor, name).status_code == 422
        assert sign_in(visitor, name, PASSWORD).status_code == 403
    client.close()


def test_after_wrong_attempts_even_the_right_password_waits(hall: RunningHall) -> None:
    name = fresh("guessed")
    hall.create_person(name, ("student",))
    with hall.client() as client:
        for attempt in range(5):
            assert sign_in(client, name, f"wrong guess {attempt}").status_code == 403
        assert sign_in(client, name, PASSWORD).status_code == 429
        body = {"auth": {"username": name, "password": PASSWORD}}
        assert client.post(f"/hub/api/users/{name}/tokens", json=body).status_code == 403


def test_no_header_makes_a_guesser_somebody_else_and_a_known_browser_goes_on(hall: RunningHall) -> None:
    name = fresh("known")
    hall.create_person(name, ("student",))
    with hall.client() as known, hall.client() as guesser:
        signed_in = submit_raw(known, name, PASSWORD)
        (cookie,) = [c for c in signed_in.headers.get_list("set-cookie") if c.startswith("datahall-signed-in-before=")]
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/hub/login"} <= flags
        for attempt in range(5):
            forged = {"X-Forwarded-For": f"198.51.100.{attempt}", "X-Real-Ip": f"198.51.100.{attempt}"}
            guesser.headers.update(forged)
            assert sign_in(guesser, name, f"wrong guess {attempt}").status_code == 403
        guesser.headers.update({"X-Forwarded-For": "198.51.100.77", "X-Real-Ip": "198.51.100.77"})
        assert sign_in(guesser, name, PASSWORD).status_code == 429
        known.cookies.delete("jupyterhub-session-id")
        known.cookies.delete("jupyterhub-hub-login")
        assert not is_signed_in(known)
        assert sign_in(known, name, PASSWORD).status_code == 200
        assert is_signed_in(known)


def test_a_forged_known_browser_is_a_stranger(hall: RunningHall) -> None:
    name = fresh("forged")
    hall.create_person(name, ("student",))
    with hall.client() as client:
        client.cookies.set("datahall-signed-in-before", f"2|1:0|10:1|25:x|4:{name}|00", path="/hub/login")
        for attempt in range(5):
            assert sign_in(client, name, f"wrong guess {attempt}").status_code == 403
        assert sign_in(client, name, PASSWORD).status_code == 429


# The API's answers


def test_the_last_admin_cannot_lose_the_role(hall: RunningHall) -> None:
    hall.demote_other_admins()
    answers = [
        ask(hall, "POST", "/admin", {"roles": ["student"]}),
        ask(hall, "POST", "/admin", {"roles": []}),
        ask(hall, "POST", "/admin", {"authorized": False}),
        ask(hall, "DELETE", "/admin"),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [(409, "last-admin")] * 4
    assert is_signed_in(hall.admin)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "", {"name": "a b"}, 422, "bad-name"),
        ("POST", "", {}, 422, "bad-name"),
        ("POST", "", {"name": "admin"}, 409, "name-taken"),
        ("POST", "", {"name": "new-one", "first_password": "short"}, 422, "weak-password"),
        ("POST", "", {"name": "new-one", "first_password": 7}, 400, "bad-request"),
        ("POST", "", {"name": "new-one", "roles": ["king"]}, 422, "no-such-role"),
        ("POST", "", {"name": "new-one", "roles": "admin"}, 400, "bad-request"),
        ("POST", "", ["new-one"], 400, "bad-request"),
        ("POST", "/nobody-here", {"roles": []}, 404, "no-such-account"),
        ("POST", "/admin", {"authorized": "yes"}, 400, "bad-request"),
        ("DELETE", "/nobody-here", None, 404, "no-such-account"),
        ("POST", "/nobody-here/password", {}, 404, "no-such-account"),
    ],
)
def test_errors_bear_a_code_and_both_languages(
    hall: RunningHall, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = ask(hall, method, path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    said = answer.json()["error"]["message"]
    assert said["en"] != said["zh"]
    assert re.search(r"[\u4e00-\u9fff]", said["zh"])


def test_changes_are_in_the_log_and_passwords_are_not(hall: RunningHall) -> None:
    name = fresh("logged")
    first = make(hall, name, "teacher")
    ask(hall, "POST", f"/{name}", {"roles": ["student"]})
    second = ask(hall, "POST", f"/{name}/password", {}).json()["password"]
    with hall.client() as client:
        sign_in(client, OTHER, OTHER)  # a password in the field of the name
        sign_in(client, name, OTHER)
    ask(hall, "DELETE", f"/{name}")
    log = (hall.home / "logs/hub.log").read_text()
    assert f"accounts: admin made the account {name} with the roles teacher" in log
    assert f"accounts: admin set {name} to authorized=True roles=student (before: authorized=True roles=teacher)" in log
    assert f"accounts: admin set a new first password for {name}" in log
    assert f"accounts: admin deleted the account {name}" in log
    everything = "".join(path.read_text() for path in (hall.home / "logs").rglob("*.log"))
    for password in (first, second, OTHER, PASSWORD, json.dumps(PASSWORD)[1:-1]):
        assert password not in everything


def test_the_first_admins_file_is_gone_once_it_is_changed(hall: RunningHall) -> None:
    assert is_signed_in(hall.admin)
    assert not (hall.home / "secrets/first-password").exists()
