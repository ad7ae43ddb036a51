"""Signing in at the hall, rights over HTTP, and the page with which administrators manage people."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from datahall_hub.roles import OWN_SERVER_RIGHT, RIGHTS, ROLES

from tests.hub.hall.small_hall import write_card
from tests.running_hall import PASSWORD, RunningHall, find_form_token

BASE = "/services/hall"
PEOPLE = f"{BASE}/en/people/"


def enter(client: httpx.Client, *, next_path: str = f"{BASE}/en/") -> httpx.Response:
    """Sign in at the hall with a browser that the hub knows."""
    return client.get(f"{BASE}/sign-in", params={"next": next_path})


def csrf_of(client: httpx.Client) -> str:
    """Return the word that the forms of this session repeat."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(f"{BASE}/en/").text)
    assert found
    return found[1]


def send(client: httpx.Client, action: str, name: str, **more: object) -> httpx.Response:
    """Send a form of the people page, with the administrator's own password."""
    form = {"csrf": csrf_of(client), "action": action, "name": name, "password": PASSWORD, **more}
    return client.post(PEOPLE, data=form)


@pytest.fixture
def admin(hall: RunningHall) -> httpx.Client:
    """The administrator's browser, signed in at the hall."""
    enter(hall.admin)
    return hall.admin


@pytest.fixture(scope="module")
def researcher(hall: RunningHall) -> Iterator[httpx.Client]:
    """A researcher's browser, signed in at the hall."""
    with closing(hall.person("hall-researcher")) as client:
        enter(client)
        yield client


def test_signing_in_leads_back_to_the_page_without_asking(hall: RunningHall) -> None:
    with closing(hall.person("hall-comes-back")) as client:
        page = enter(client, next_path=f"{BASE}/zh/datasets/?q=rain")
    assert str(page.url) == f"{hall.url}{BASE}/zh/datasets/?q=rain"
    assert "hall-comes-back" in page.text
    assert [step.url.path for step in page.history][-1] == f"{BASE}/oauth_callback"


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(hall: RunningHall) -> None:
    with closing(hall.person("hall-cookie")) as client:
        page = enter(client)
    (header,) = [
        h for step in page.history for h in step.headers.get_list("set-cookie") if h.startswith("datahall-session=")
    ]
    flags = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"httponly", "samesite=lax", f"path={BASE}"} <= flags
    assert client.cookies["datahall-session"].startswith("gAAAA")  # sealed: it tells its bearer nothing


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/hub/admin", f"{BASE}/../../hub", f"{BASE}\\x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(hall: RunningHall, researcher: httpx.Client, target: str) -> None:
    page = enter(researcher, next_path=target)
    assert str(page.url).startswith(f"{hall.url}{BASE}/en/")


def test_a_sign_in_that_was_begun_elsewhere_is_refused(hall: RunningHall) -> None:
    with hall.client() as victim:
        begun = victim.get(f"{BASE}/sign-in", follow_redirects=False)
        assert "state=" in begun.headers["location"]
        answer = victim.get(f"{BASE}/oauth_callback", params={"code": "x" * 20, "state": "forged"})
        assert answer.status_code == 403
        assert "datahall-session" not in victim.cookies
    with hall.client() as without_state:
        assert without_state.get(f"{BASE}/oauth_callback", params={"code": "x", "state": "y"}).status_code == 403


def test_a_forged_session_is_a_visitor(hall: RunningHall) -> None:
    with hall.client() as client:
        client.cookies.set("datahall-session", "gAAAAABforged", path=BASE)
        assert "Sign in" in client.get(f"{BASE}/en/").text
        assert client.get(f"{BASE}/api/v1/me").status_code == 401


def test_me_names_roles_and_rights(hall: RunningHall) -> None:
    with closing(hall.person("hall-both", ("teacher", "steward"))) as client:
        enter(client)
        me = client.get(f"{BASE}/api/v1/me").json()
    assert me["name"] == "hall-both"
    assert me["roles"] == ["steward", "teacher"]
    assert set(me["rights"]) == {"submit-apps", "review-apps", "publish-cards", "make-classes"}


@pytest.mark.parametrize(
    ("right", "status"), [("submit-apps", 204), ("manage-people", 403), ("make-classes", 403), ("fly", 404)]
)
def test_a_right_can_be_asked_for(researcher: httpx.Client, right: str, status: int) -> None:
    assert researcher.get(f"{BASE}/api/v1/rights/{right}").status_code == status


def test_whoever_has_signed_in_may_ask_for_data(hall: RunningHall, researcher: httpx.Client) -> None:
    wish = {"ids": ["weather/seattle-weather"]}
    with_session = researcher.post(f"{BASE}/api/v1/fetch", json=wish)
    token = hall.server_token(researcher, "hall-researcher")
    with hall.client(headers={"authorization": f"token {token}"}) as program:
        with_token = program.post(f"{BASE}/api/v1/fetch", json=wish)
        assert program.get(f"{BASE}/api/v1/me").json()["name"] == "hall-researcher"
    for answer in (with_session, with_token):
        assert answer.json()[0]["version"].startswith("2015-12-31.")
    with hall.client(headers={"authorization": "token 0123456789abcdef0123456789abcdef"}) as stranger:
        assert stranger.post(f"{BASE}/api/v1/fetch", json=wish).status_code == 401


def test_a_notebooks_opening_is_noted_without_the_person(hall: RunningHall, researcher: httpx.Client) -> None:
    wish = {"ids": ["weather/seattle-weather"]}
    version = researcher.post(f"{BASE}/api/v1/fetch", json=wish).json()[0]["version"]
    opening = {"id": "weather/seattle-weather", "version": version}
    token = hall.server_token(researcher, "hall-researcher")
    with hall.client(headers={"authorization": f"token {token}"}) as program:
        assert program.post(f"{BASE}/api/v1/openings", json=opening).status_code == 204
        assert program.post(f"{BASE}/api/v1/openings", json={**opening, "version": "x"}).status_code == 422
    notes = [file.read_text() for file in (hall.home / "index/openings").rglob("*") if file.is_file()]
    assert notes
    assert all(date.fromisoformat(note.strip()) for note in notes)


def test_another_site_cannot_use_a_session(researcher: httpx.Client) -> None:
    wish = {"ids": ["weather/seattle-weather"]}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert researcher.post(f"{BASE}/api/v1/fetch", json=wish, headers=headers).status_code == 403


def test_only_administrators_see_and_change_people(researcher: httpx.Client) -> None:
    assert "People</a>" not in researcher.get(f"{BASE}/en/").text
    assert researcher.get(PEOPLE).status_code == 403
    assert send(researcher, "change", "hall-researcher", roles=["admin"]).status_code == 403
    assert researcher.get(f"{BASE}/api/v1/me").json()["roles"] == ["researcher"]


def test_a_form_without_its_word_changes_nothing(admin: httpx.Client, researcher: httpx.Client) -> None:
    form = {"action": "change", "name": "hall-researcher", "roles": ["researcher", "student"]}  # needs no password
    assert admin.post(PEOPLE, data=form).status_code == 403
    assert admin.post(PEOPLE, data={**form, "csrf": csrf_of(researcher)}).status_code == 403
    right = {**form, "csrf": csrf_of(admin)}
    assert admin.post(PEOPLE, data=right, headers={"origin": "https://evil.example"}).status_code == 403
    assert researcher.get(f"{BASE}/api/v1/me").json()["roles"] == ["researcher"]


def test_a_sign_up_waits_until_it_is_approved(hall: RunningHall, admin: httpx.Client) -> None:
    sign_up(hall, "hall-newcomer")
    before = admin.get(PEOPLE).text
    approved = send(admin, "approve", "hall-newcomer", roles=["researcher"])
    assert before.index("hall-newcomer") < before.index('id="everyone"')
    assert "hall-newcomer may sign in now, as Researcher." in approved.text
    assert approved.text.index("hall-newcomer", approved.text.index('id="everyone"'))
    with closing(hall.login("hall-newcomer")) as client:
        enter(client)
        assert client.get(f"{BASE}/api/v1/me").json()["roles"] == ["researcher"]


def sign_up(hall: RunningHall, name: str) -> None:
    """Fill in the form with which newcomers ask for an account."""
    with hall.client() as newcomer:
        page = newcomer.get("/hub/signup")
        form = {"username": name, "new_password": PASSWORD, "new_password_again": PASSWORD}
        newcomer.post("/hub/signup", data={**form, "_xsrf": find_form_token(page)})


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "With no role chosen: Researcher.", "hall-no-role-en may sign in now, as Researcher."),
        ("zh", "不选角色时默认为：研究人员。", "hall-no-role-zh 现在可以登录，角色：研究人员。"),
    ],
)
def test_the_role_of_a_sign_up_approved_without_one_is_said_before_and_after(
    hall: RunningHall, admin: httpx.Client, language: str, before: str, after: str
) -> None:
    name, page = f"hall-no-role-{language}", PEOPLE.replace("/en/", f"/{language}/")
    sign_up(hall, name)
    assert before in admin.get(page).text
    assert after in admin.post(page, data={"csrf": csrf_of(admin), "action": "approve", "name": name}).text


@pytest.mark.parametrize(("language", "number"), [("en", r"People \((.*?)\)</a>"), ("zh", r"人员（(.*?)）</a>")])
def test_whoever_may_approve_sign_ups_sees_in_the_head_of_a_page_how_many_wait(
    hall: RunningHall, admin: httpx.Client, researcher: httpx.Client, language: str, number: str
) -> None:
    name, home = f"hall-waits-{language}", f"{BASE}/{language}/"
    sign_up(hall, name)
    waiting = re.search(r'id="waiting">.*?<span class="tag accent">(\d+)', admin.get(PEOPLE).text)
    told = re.search(number, admin.get(home).text)
    assert waiting
    assert told
    assert f">{waiting[1]}<" in told[1]
    assert not re.search(number, researcher.get(home).text)
    send(admin, "refuse", name)


def test_a_first_password_is_shown_once(hall: RunningHall, admin: httpx.Client) -> None:
    made = send(admin, "create", "hall-made", roles=["student"])
    assert "The account of hall-made is made, with the roles: Student." in made.text
    found = re.search(r'class="secret" id="secret">([^<]+)<', made.text)
    assert found
    assert "no-store" in made.headers["cache-control"]
    assert found[1] not in admin.get(PEOPLE).text
    with closing(hall.login("hall-made", html.unescape(found[1]))) as client:
        enter(client)
        assert client.get(f"{BASE}/api/v1/me").json()["roles"] == ["student"]


def test_roles_take_effect_and_the_hub_has_the_last_word(hall: RunningHall, admin: httpx.Client) -> None:
    hall.demote_other_admins()
    send(admin, "create", "hall-promoted", roles=["student"])
    changed = send(admin, "change", "hall-promoted", roles=["teacher"])
    refused = send(admin, "change", "admin", roles=["researcher"])
    assert "The roles of hall-promoted are saved." in changed.text
    assert refused.status_code == 422
    assert "last administrator" in refused.text
    chinese = admin.post(
        PEOPLE.replace("/en/", "/zh/"),
        data={"csrf": csrf_of(admin), "action": "change", "name": "admin", "password": PASSWORD},
    )
    assert "最后一位管理员" in chinese.text


@pytest.mark.parametrize(
    ("language", "asked", "label", "wrong"),
    [
        ("en", "Change the roles of hall-asked to: Teacher", "Your password", "This is not your own password"),
        ("zh", "将 hall-asked 的角色改为：教师", "您的密码", "这不是您本人的密码"),
    ],
)
def test_a_powerful_change_asks_for_the_own_password_and_says_for_what(
    hall: RunningHall, admin: httpx.Client, language: str, asked: str, label: str, wrong: str
) -> None:
    if "hall-asked" not in admin.get(PEOPLE).text:
        send(admin, "create", "hall-asked", roles=["student"])
    page = PEOPLE.replace("/en/", f"/{language}/")
    form = {"csrf": csrf_of(admin), "action": "change", "name": "hall-asked", "roles": ["teacher"]}
    first = admin.post(page, data=form)
    assert first.status_code == 403
    assert asked in first.text
    assert label in first.text
    assert wrong not in first.text
    assert 'role="alert"' not in first.text
    again = admin.post(page, data={**form, "password": "not the one that is meant"})
    assert again.status_code == 403
    assert asked in again.text
    assert wrong in again.text
    assert "not the one that is meant" not in again.text
    done = admin.post(page, data={**form, "password": PASSWORD})
    assert done.status_code == 200
    assert "own-password" not in done.text
    send(admin, "change", "hall-asked", roles=["student"])


def test_a_suspended_person_is_out_and_can_be_let_in_again(hall: RunningHall, admin: httpx.Client) -> None:
    with closing(hall.person("hall-suspended")) as client:
        enter(client)
        suspended = send(admin, "suspend", "hall-suspended")
        assert suspended.text.index("hall-suspended", suspended.text.index('id="suspended"'))
    again = send(admin, "approve", "hall-suspended", roles=["researcher"])
    assert 'id="suspended"' not in again.text
    with closing(hall.login("hall-suspended")) as client:
        enter(client)
        assert client.get(f"{BASE}/api/v1/me").json()["name"] == "hall-suspended"


def test_an_account_is_deleted_once_its_name_is_typed_and_names_stay_text(admin: httpx.Client) -> None:
    send(admin, "create", "hall-gone", roles=[])
    kept = send(admin, "delete", "hall-gone", confirmation="hall-go")
    gone = send(admin, "delete", "hall-gone", confirmation="hall-gone")
    odd = admin.get(f"{PEOPLE}?done=delete&name={quote('<b>x</b>')}")
    assert "<p>hall-gone: The account is not deleted." in kept.text
    assert 'aria-label="hall-gone"' in kept.text
    assert "The account of hall-gone is deleted." in gone.text
    assert 'aria-label="hall-gone"' not in gone.text
    assert "<b>x</b>" not in odd.text


def test_a_broken_card_is_told_to_those_who_can_mend_it(hall: RunningHall, admin: httpx.Client) -> None:
    broken = hall.home / "datasets/quality/hall-broken.yaml"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text("theme: quality\n")
    try:
        seen = admin.get(f"{BASE}/en/").text
        assert "hall-broken.yaml, line 1" in seen
        assert "title: is missing" in seen
        with hall.client() as visitor:
            assert "hall-broken" not in visitor.get(f"{BASE}/en/").text
    finally:
        broken.unlink()


@pytest.mark.parametrize("address", ["en/datasets/ocean/hall-unreachable", "api/v1/datasets/ocean/hall-unreachable"])
def test_why_data_could_not_be_fetched_is_told_to_those_who_can_mend_it(
    hall: RunningHall, admin: httpx.Client, researcher: httpx.Client, address: str
) -> None:
    write_card(hall.home, "ocean/hall-unreachable", rows=None)
    reason = wait_for_failure(researcher, "ocean/hall-unreachable")["error"]["message"]
    assert "127.0.0.1:9" in reason  # this is what a researcher's notebook says
    assert reason in html.unescape(admin.get(f"{BASE}/{address}").text)
    assert reason not in html.unescape(researcher.get(f"{BASE}/{address}").text)


def wait_for_failure(client: httpx.Client, dataset_id: str) -> dict[str, Any]:
    """Ask for a dataset until fetching it has failed, and return how it stands."""
    deadline = time.monotonic() + 60
    while True:
        (state,) = client.post(f"{BASE}/api/v1/fetch", json={"ids": [dataset_id]}).raise_for_status().json()
        if state["status"] == "failed":
            return dict(state)
        assert time.monotonic() < deadline, state
        time.sleep(0.2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_each_role_allows(admin: httpx.Client, language: str) -> None:
    page = html.unescape(admin.get(PEOPLE.replace("/en/", f"/{language}/")).text)
    for role in ROLES:
        said = re.search(rf"<dt>{role.title[language]}</dt><dd>(.*?)</dd>", page)
        assert said
        sentences = [right.sentence[language] for right in (OWN_SERVER_RIGHT, *RIGHTS) if role.id in right.holders]
        assert [sentence for sentence in sentences if sentence not in said[1]] == []
        later = {"en": "comes later", "zh": "后续版本提供"}[language]
        # Publishing cards has no page yet.
        assert said[1].count(later) == {"admin": 1, "steward": 1}.get(role.id, 0)


def test_only_accounts_that_can_be_deleted_say_what_deleting_does(
    admin: httpx.Client, researcher: httpx.Client
) -> None:
    own, other = (admin.get(PEOPLE, params={"q": name}).text for name in ("admin", "hall-researcher"))
    people = [page[page.index('id="everyone"') : page.index('id="allowed"')] for page in (own, other)]
    own_row = people[0][people[0].index('aria-label="admin"') :].partition('class="person"')[0]
    assert "Deleting takes away" not in own_row
    assert "Deleting takes away" in people[1]


def test_people_are_found_by_name(admin: httpx.Client, researcher: httpx.Client) -> None:
    page = admin.get(PEOPLE, params={"q": "hall-resea"}).text
    assert 'aria-label="hall-researcher"' in page
    assert 'aria-label="admin"' not in page


def test_signing_out_ends_the_session_everywhere(hall: RunningHall) -> None:
    with closing(hall.person("hall-leaves")) as client:
        enter(client)
        kept = client.cookies["datahall-session"]
        after = client.post(f"{BASE}/sign-out", data={"csrf": csrf_of(client)})
        assert str(after.url) == f"{hall.url}{BASE}/en/"
        assert "datahall-session" not in client.cookies
        assert "/hub/login" in str(client.get("/hub/home").url)
    with hall.client(headers={"cookie": f"datahall-session={kept}"}) as thief:
        assert thief.get(f"{BASE}/api/v1/me").status_code == 401
