"""The whole life of an app over HTTP, in a whole hall: submitted, sent back, mended, approved, opened, rolled back."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.hub.app_desk.test_drafts import CELL, MANIFEST, NOTEBOOK
from tests.hub.hall.test_hall_people import enter
from tests.running_hall import RunningHall

API = "/services/hall/api/v1"
WITHIN = 120.0  # seconds for the checks in both languages, on a machine that does much else
GOOD = """
import datahall
rows = datahall.dataset("weather/seattle-weather").polars().collect().height
print({word!r}, rows)
"""


class Desk:
    """Somebody at the hall's API of apps."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def submit(self, slug: str, *, source: str, manifest: dict[str, Any] | None = None) -> httpx.Response:
        body = {"notebook": {**NOTEBOOK, "cells": [{**CELL, "source": source}]}, "manifest": manifest or MANIFEST}
        return self.client.post(f"{API}/apps/{slug}/versions", json=body)

    def act(self, slug: str, number: int, action: str, **fields: Any) -> httpx.Response:
        return self.client.post(f"{API}/apps/{slug}/versions/{number}/{action}", json=fields)

    def find(self, slug: str, number: int) -> dict[str, Any]:
        answer = self.client.get(f"{API}/apps/{slug}/versions/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait(self, slug: str, number: int, *states: str) -> dict[str, Any]:
        """Return the version once it stands in one of `states`; fail with how it stands."""
        deadline = time.monotonic() + WITHIN
        while (found := self.find(slug, number))["state"] not in states:
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        return found


@pytest.fixture(scope="module")
def join(hall: RunningHall) -> Iterator[Callable[[str, str], Desk]]:
    opened: list[httpx.Client] = []

    def join(name: str, role: str) -> Desk:
        client = hall.person(name, [role])
        opened.append(client)
        enter(client)
        return Desk(client)

    yield join
    for client in opened:
        client.close()


@pytest.fixture(scope="module")
def author(join: Callable[[str, str], Desk]) -> Desk:
    return join("apps-startup", "startup")


@pytest.fixture(scope="module")
def steward(join: Callable[[str, str], Desk]) -> Desk:
    return join("apps-steward", "steward")


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_an_app_from_its_first_version_to_its_end(hall: RunningHall, author: Desk, steward: Desk) -> None:
    slug = "rows-of-weather"
    with hall.client() as visitor:

        def open_app() -> httpx.Response:
            return visitor.get(f"/services/apps/{slug}", params={"language": "en"}, timeout=90)

        def wait_to_see(word: str) -> None:
            """Wait until visitors see a version: the database knows that it is published a moment before."""
            deadline = time.monotonic() + 5
            while word not in (page := open_app().text):
                assert time.monotonic() < deadline, page

        assert open_app().status_code == 404

        # With a mistake in it.
        sent = author.submit(slug, source="import datahall\nno_such_name")
        assert sent.status_code == 202, f"{sent.text}\n{hall.read_logs()}"
        assert (sent.json()["number"], sent.json()["waits_for"]) == (1, "checks")
        back = author.wait(slug, 1, "draft", "checked")
        assert back["state"] == "draft"
        assert any(each["place"].get("cell") == 1 and each["place"].get("line") == 2 for each in back["findings"]), back
        assert all(each["message"] and each["mend"] for each in back["findings"])

        # Mended, and sent back by the reviewer.
        assert author.submit(slug, source=GOOD.format(word="first")).json()["number"] == 2
        checked = author.wait(slug, 2, "draft", "checked")
        assert checked["state"] == "checked", checked
        assert [use["id"] for use in checked["used"]] == ["weather/seattle-weather"]
        assert slug in {
            each["slug"] for each in steward.client.get(f"{API}/app-versions?whose=waiting").json()["results"]
        }
        assert code_of(steward.act(slug, 2, "send-back")) == (422, "reason-missing")
        assert steward.act(slug, 2, "send-back", reason="Say what a row is.").json()["state"] == "draft"
        assert author.find(slug, 2)["events"][-1]["reason"] == "Say what a row is."

        # Approved, checked and seen.
        author.submit(slug, source=GOOD.format(word="second"))
        author.wait(slug, 3, "checked")
        assert code_of(author.act(slug, 3, "approve")) == (403, "not-allowed")
        assert steward.act(slug, 3, "approve").json()["state"] in {"approved", "published"}
        author.wait(slug, 3, "published")
        wait_to_see("second")
        assert visitor.get(f"{API}/apps/{slug}").json()["version"] == 3
        assert slug in visitor.get("/services/hall/en/apps/").text

        # Another version, and one step back.
        author.submit(slug, source=GOOD.format(word="third"))
        author.wait(slug, 4, "checked")
        steward.act(slug, 4, "approve")
        author.wait(slug, 4, "published")
        wait_to_see("third")
        assert author.act(slug, 3, "roll-back").json()["state"] == "published"
        assert "second" in open_app().text
        assert author.find(slug, 4)["state"] == "approved"

        # The end.
        assert author.act(slug, 3, "retire").json()["state"] == "retired"
        assert open_app().status_code == 404
        assert visitor.get(f"{API}/apps/{slug}").status_code == 404
        assert code_of(author.act(slug, 3, "restore")) == (403, "not-allowed")
        assert steward.act(slug, 3, "restore").json()["state"] == "published"
        assert "second" in open_app().text
        steward.act(slug, 3, "retire")


def test_the_apps_of_the_hall_are_published_by_the_same_road(hall: RunningHall, steward: Desk) -> None:
    for slug in ("weather-explorer", "nations-compared"):
        found = steward.wait(slug, 1, "published")
        assert [event["action"] for event in found["events"]] == ["submit", "pass", "admit", "publish"]
        assert not [each for each in found["findings"] if each["severity"] == "problem"]
        assert found["used"]
    with hall.client() as visitor:
        told = {app["slug"]: app for app in visitor.get(f"{API}/apps").json()["results"]}
        assert told["weather-explorer"]["version"] == 1
        assert all(use["version"] for use in told["weather-explorer"]["datasets"])


# By hand from the table of rights: who may submit apps, and who may review those of others.
MAY_SUBMIT = {"admin": True, "steward": True, "teacher": True, "researcher": True, "startup": True, "student": False}
MAY_REVIEW = {"admin": True, "steward": True, "teacher": False, "researcher": False, "startup": False, "student": False}


@pytest.fixture(scope="module")
def waiting(author: Desk) -> str:
    """An app that waits for a reviewer."""
    slug = "waits-for-review"
    author.submit(slug, source=GOOD.format(word="waits"))
    author.wait(slug, 1, "checked")
    return slug


@pytest.mark.parametrize("role", MAY_SUBMIT)
def test_everybody_may_do_what_their_role_says(
    hall: RunningHall, join: Callable[[str, str], Desk], waiting: str, role: str
) -> None:
    somebody = join(f"apps-other-{role}", role)
    sent = somebody.submit(f"app-of-{role}", source="1")
    assert sent.status_code == (202 if MAY_SUBMIT[role] else 403), sent.text
    assert somebody.submit(waiting, source="2").status_code == 403  # somebody else's app
    seen = somebody.client.get(f"{API}/apps/{waiting}/versions/1")
    assert seen.status_code == (200 if MAY_REVIEW[role] else 404)
    assert somebody.act(waiting, 1, "withdraw").status_code == (403 if MAY_REVIEW[role] else 404)
    assert somebody.act(waiting, 1, "pass").status_code == 404
    if MAY_REVIEW[role]:
        assert seen.json()["actions"] == ["send-back", "approve"]
        assert somebody.act(waiting, 1, "approve", revision=0).status_code == 409  # looked at another one
    if role == "admin":
        hall.demote_other_admins()


def test_nobody_reviews_their_own_app(join: Callable[[str, str], Desk], steward: Desk) -> None:
    slug = "own-app-of-a-steward"
    steward.submit(slug, source=GOOD.format(word="own"))
    steward.wait(slug, 1, "checked")
    assert code_of(steward.act(slug, 1, "approve")) == (403, "not-allowed")
    assert steward.find(slug, 1)["actions"] == ["withdraw"]
    other = join("apps-second-steward", "steward")
    assert other.act(slug, 1, "approve").status_code == 200
    steward.wait(slug, 1, "published")
    other.act(slug, 1, "retire")


def test_a_visitor_sees_published_apps_and_no_version(hall: RunningHall, waiting: str) -> None:
    with hall.client() as visitor:
        assert visitor.get(f"{API}/apps/{waiting}").status_code == 404
        assert visitor.get(f"{API}/apps/{waiting}/versions/1").status_code == 401
        assert visitor.get(f"{API}/app-versions").status_code == 401
        body = {"notebook": NOTEBOOK, "manifest": MANIFEST}
        assert visitor.post(f"{API}/apps/of-a-visitor/versions", json=body).status_code == 401
        assert visitor.post(f"{API}/apps/{waiting}/versions/1/approve", json={}).status_code == 401


def test_the_same_files_are_not_taken_twice(author: Desk, waiting: str) -> None:
    assert code_of(author.submit(waiting, source=GOOD.format(word="waits"))) == (409, "nothing-new")


@pytest.mark.parametrize(
    ("slug", "manifest", "code"),
    [("Bad Name", MANIFEST, "bad-app"), ("fine", {**MANIFEST, "license": ""}, "bad-app")],
    ids=["a name", "a manifest"],
)
def test_what_is_wrong_is_told_in_the_readers_language(
    author: Desk, slug: str, manifest: dict[str, Any], code: str
) -> None:
    body = {"notebook": NOTEBOOK, "manifest": manifest}
    told = {
        language: author.client.post(f"{API}/apps/{slug}/versions", json=body, params={"language": language})
        for language in ("en", "zh")
    }
    assert [code_of(answer) for answer in told.values()] == [(422, code)] * 2
    messages = {language: answer.json()["error"]["message"] for language, answer in told.items()}
    assert messages["en"].isascii() or "“" in messages["en"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in messages["zh"])


def test_ten_megabytes_are_the_most(hall: RunningHall, author: Desk) -> None:
    cookies = "; ".join(f"{each.name}={each.value}" for each in author.client.cookies.jar)
    with closing(http.client.HTTPConnection("127.0.0.1", hall.port, timeout=30)) as connection:
        connection.putrequest("POST", f"{API}/apps/too-large/versions")
        connection.putheader("Cookie", cookies)
        connection.putheader("Content-Length", "10000001")
        connection.endheaders()
        connection.send(b" ")  # refused before it is sent
        assert connection.getresponse().status == 413


def test_another_site_cannot_submit_with_somebodys_login(hall: RunningHall, author: Desk) -> None:
    body = {"notebook": NOTEBOOK, "manifest": MANIFEST}
    sent = author.client.post(f"{API}/apps/forged/versions", json=body, headers={"Origin": "https://elsewhere.example"})
    assert code_of(sent) == (403, "cross-site")


def test_a_token_does_what_its_owner_may(hall: RunningHall, author: Desk, waiting: str) -> None:
    token = hall.server_token(author.client, "apps-startup")
    with closing(httpx.Client(base_url=hall.url, trust_env=False, timeout=30)) as program:
        answer = program.get(f"{API}/app-versions", headers={"Authorization": f"token {token}"})
    assert answer.status_code == 200
    assert waiting in {each["slug"] for each in answer.json()["results"]}


TERMINAL = """
import json, os, subprocess
print(json.dumps([subprocess.run(["datahall", "app", *command, "--json"], capture_output=True, text=True).stdout
                  for command in COMMANDS]))
"""


def test_in_ones_own_server_the_commands_need_no_token_and_approve_nothing(
    hall: RunningHall, steward: Desk, waiting: str
) -> None:
    hall.start_server(steward.client, "apps-steward")
    kernel = hall.open_kernel(steward.client, "apps-steward")
    commands = [["status"], ["approve", waiting]]
    own, refused = (json.loads(each) for each in json.loads(kernel.run(f"COMMANDS = {commands!r}\n{TERMINAL}")))
    assert "error" not in own
    assert refused["error"]["code"] in {"not-allowed", "no-such-app-version"}
    assert steward.find(waiting, 1)["state"] == "checked"
    hall.stop_server(steward.client, "apps-steward")


def test_what_a_server_knows_submits_what_its_person_may(
    hall: RunningHall, author: Desk, join: Callable[[str, str], Desk]
) -> None:
    code = f"""
import json, os, urllib.request, urllib.error
from urllib.parse import urlsplit
address = "http://" + urlsplit(os.environ["DATAHALL_FETCH_URL"]).netloc + "{API}/apps/SLUG/versions"
body = json.dumps({{"notebook": {NOTEBOOK!r}, "manifest": {MANIFEST!r}}}).encode()
headers = {{"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"], "Content-Type": "application/json"}}
try:
    print(urllib.request.urlopen(urllib.request.Request(address, body, headers)).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""
    for desk, name, status in (
        (author, "apps-startup", "202"),
        (join("apps-pupil", "student"), "apps-pupil", "403"),
    ):
        hall.start_server(desk.client, name)
        kernel = hall.open_kernel(desk.client, name)
        assert kernel.run(code.replace("SLUG", f"from-the-server-of-{name}")).strip() == status
        hall.stop_server(desk.client, name)
