"""What mallory's own server may do to those who follow a link to it, in a real browser: nothing.

It is hers, headers and all: it sends a page, without any policy, whose script reads alice's diary with the login of
whoever looks at the page. All servers share the hall's origin, so nothing but the door before it keeps it from alice.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import websocket
from datahall_hub.door import COOKIE
from playwright.sync_api import Browser, Page, Response

from tests.journeys.arena import ATTACKERS, DIARY, Arena
from tests.running_hall import PASSWORD, PLAIN, RunningHall

pytestmark = [pytest.mark.sandbox, pytest.mark.browser, pytest.mark.usefixtures("bubblewrap")]
LOVELY = "/user/mallory/lovely"
# What no hall does unless its operator writes it: somebody may open servers of others.
HELPERS = """
c.JupyterHub.load_roles.append({"name": "helpers", "scopes": ["access:servers"], "groups": ["steward"]})
"""


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[Arena]:
    home = tmp_path_factory.mktemp("door") / "home"
    (home / "jupyterhub_config.d").mkdir(parents=True, mode=0o700)
    (home / "jupyterhub_config.d/10-helpers.py").write_text(HELPERS)
    hall = RunningHall(home).start()
    try:
        arena = Arena.open(hall)
        hall.create_person("helen", ("steward",))
        make_hostile(arena)
        yield arena
        arena.close()
    finally:
        hall.stop()


def make_hostile(arena: Arena) -> None:
    """Have mallory replace what her server answers."""
    with arena.mallory.kernel() as kernel:
        for name, place in (("hostile_server.py", ".jupyter/jupyter_server_config.py"), ("lovely.html", "lovely.html")):
            kernel.run(
                f"from pathlib import Path; place = Path.home() / {place!r}; place.parent.mkdir(exist_ok=True); "
                f"place.write_text({(ATTACKERS / name).read_text()!r})"
            )
    arena.start_afresh(arena.mallory)


def find_visits(arena: Arena) -> list[str]:
    """Return what browsers have shown at mallory's page, and forget it."""
    visits: Path = arena.mallory.home / "visits.txt"
    seen = visits.read_text().splitlines() if visits.exists() else []
    visits.unlink(missing_ok=True)
    return seen


@contextmanager
def open_browser(browser: Browser, hall: RunningHall, name: str, *, language: str = "en-GB") -> Iterator[Page]:
    """Give a browser in which somebody has signed in, and that heeds no page's policy: a hostile page has none."""
    context = browser.new_context(locale=language, bypass_csp=True)
    try:
        page = context.new_page()
        sign_in(page, hall, name)
        yield page
    finally:
        context.close()


def sign_in(page: Page, hall: RunningHall, name: str) -> None:
    """Sign in, and look at one's own server (helen at alice's)."""
    page.goto(f"{hall.url}/hub/login?next=/hub/home")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url("**/hub/home")
    page.goto(f"{hall.url}/user/{'alice' if name == 'helen' else name}/files/diary.txt")
    if "/oauth2/authorize" in page.url:  # that it is another's is asked once more
        page.click("form button[type=submit]")
        page.wait_for_url("**/files/diary.txt")


def follow(page: Page, hall: RunningHall, link: str) -> tuple[Response, list[str]]:
    """Follow a link, click where that may be done, and return the answer and what the page's script has read."""
    answer = page.goto(hall.url + link)
    assert answer is not None
    if answer.status == 200 and page.title() == "Lovely":
        page.click("button")
        page.wait_for_function("document.title === 'Read'", timeout=10_000)
    return answer, page.evaluate("window.read || []")


LINKS = [
    LOVELY, f"{LOVELY}?token={{token}}", f"/hub/door?next={LOVELY}", "/user/%6dallory/lovely", "/user/mallory%2Flovely",
    "/user/alice/..%2Fmallory/lovely", "/user/alice/../mallory/lovely",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"), [("en-GB", "This is not your workbench"), ("zh-CN", "这不是您的工作台")]
)
def test_alice_who_follows_a_link_gets_the_halls_page_and_nothing_is_read(arena, browser, language, words):
    find_visits(arena)
    with open_browser(browser, arena.hall, "alice", language=language) as page:
        for link in LINKS:
            answer, read = follow(page, arena.hall, link.format(token=arena.mallory.token))

            assert answer.status in {403, 404}, link
            assert read == []
            if answer.status == 403:
                assert words in page.inner_text("h1")
        assert follow(page, arena.hall, "/user/alice/files/diary.txt")[0].text() == DIARY  # her own is open to her
    assert find_visits(arena) == []
    assert arena.alice.ask("GET", "api/contents/diary.txt").json()["content"] == DIARY


def test_nothing_of_mallorys_is_loaded_into_a_page_of_alices(arena, browser):
    find_visits(arena)
    with open_browser(browser, arena.hall, "alice") as page:
        page.goto(f"{arena.hall.url}/hub/home")
        statuses = page.evaluate(
            "(link) => Promise.all([{}, {method: 'POST'}].map(async (how) => (await fetch(link, how)).status))", LOVELY
        )
    assert statuses == [403, 403]
    assert find_visits(arena) == []


def test_mallory_sees_her_own_page_and_the_pass_does_not_reach_her_server(arena, browser):
    with open_browser(browser, arena.hall, "mallory") as page:
        answer, read = follow(page, arena.hall, LOVELY)
    visits = find_visits(arena)

    assert answer.status == 200
    assert len(read) == 3
    assert not any(DIARY in each for each in read)
    assert len(visits) == 1
    assert COOKIE not in visits[0]


def test_whoever_the_operator_lets_may_open_it_and_then_the_attack_is_real(arena, browser):
    find_visits(arena)
    with open_browser(browser, arena.hall, "helen") as page:
        answer, read = follow(page, arena.hall, LOVELY)

    assert answer.status == 200
    assert len(find_visits(arena)) == 1
    assert DIARY in read[0]


def test_what_mallory_left_in_a_browser_does_not_open_her_page_to_alice_who_uses_it_next(arena, browser):
    with open_browser(browser, arena.hall, "mallory") as page:
        follow(page, arena.hall, LOVELY)
        page.wait_for_function("window.worker")
        assert page.evaluate("window.worker") == "refused"
        page.goto(f"{arena.hall.url}/hub/logout")
        sign_in(page, arena.hall, "alice")
        find_visits(arena)

        answer, read = follow(page, arena.hall, LOVELY)

    assert (answer.status, read) == (403, [])
    assert find_visits(arena) == []


def cookies_of(browser: httpx.Client, name: str) -> dict[str, str]:
    """Return what a browser shows at a person's server."""
    return {c.name: c.value or "" for c in browser.cookies.jar if c.path in ("/", f"/user/{name}/")}


def test_passes_of_others_and_of_nobody_open_nothing(arena):
    alice, mallory = (cookies_of(p.browser, p.name) for p in (arena.alice, arena.mallory))
    arena.alice.browser.get("/user/alice/api/contents")
    words, _, mark = alice[COOKIE].partition(".")
    for given in ("", mallory[COOKIE], f"{words}.{mark[::-1]}", f"{words}.", f"{mallory[COOKIE].split('.')[0]}.{mark}"):
        line = "; ".join(f"{name}={value}" for name, value in {**alice, COOKIE: given}.items())
        answer = httpx.get(f"{arena.hall.url}/user/alice/api/contents/diary.txt", headers={"Cookie": line}, **PLAIN)
        assert (answer.status_code, answer.json()["code"]) == (403, "door-closed")


def test_a_socket_to_alices_kernel_needs_her_pass(arena):
    arena.alice.browser.get("/user/alice/lab", headers={"Accept": "text/html"})
    shown = cookies_of(arena.alice.browser, "alice")
    address = f"{arena.hall.url.replace('http', 'ws')}/user/alice/api/kernels/{arena.kernel.id}/channels"

    def connect(cookies: dict[str, str]) -> websocket.WebSocket:
        line = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return websocket.create_connection(address, cookie=line, origin=arena.hall.url, timeout=10)

    connect(shown).close()
    for less in ({name: value for name, value in shown.items() if name != COOKIE}, {**shown, COOKIE: "a.b"}):
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            connect(less)


def test_a_proxy_that_was_killed_comes_back_with_its_door(arena):
    os.kill(arena.children["proxy"]["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while True:
        try:
            answer = arena.alice.browser.get(LOVELY, headers={"Sec-Fetch-Mode": "cors"})
            if answer.status_code == 403 and "door-closed" in answer.text:
                break
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, "the door is not back"
        time.sleep(0.2)
    assert find_visits(arena) == []
