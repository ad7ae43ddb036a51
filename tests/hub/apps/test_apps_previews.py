"""A preview: a version opens live, once, for whoever holds its ticket, and its address is told to nobody."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from datahall.uses import load_use
from datahall_hub.services.apps.preview_page import hide_ticket
from datahall_hub.services.apps.preview_tickets import MOST, VALID_FOR, Previewed, PreviewTickets

from tests.running_hall import PLAIN

from .running_apps import RunningApps, make_home, open_visit, run_fork_server, write_app
from .version_wishes import ask_for, write_version

WIDGET = "import ipywidgets\nipywidgets.HTML(value='live', description='shown')"
RAIN = "import datahall\ndatahall.dataset('weather/seattle-weather').polars()\n" + WIDGET
VERSION = Previewed(Path("/apps/rain/abc"), "rain", 3, {})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """An apps service with one published app and two seats."""
    home = make_home(tmp_path_factory.mktemp("previewed") / "home")
    folder = tmp_path_factory.mktemp("published")
    write_app(folder, "public", cells=[WIDGET])
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=folder, settings={"DATAHALL_APPS_KERNELS": "2"}).start()
        yield running
        assert running.stop() == 0


@pytest.fixture
def version(service: RunningApps) -> tuple[str, str]:
    return write_version(service.home, "rain", cells=[RAIN])


def get_ticket(service: RunningApps, version: tuple[str, str], **fields: object) -> str:
    answer = ask_for(service, "/previews", {"slug": version[0], "digest": version[1], "number": 3, **fields})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ticket"])


def look(service: RunningApps, ticket: str, *, language: str = "en") -> httpx.Response:
    return httpx.get(f"{service.url}/preview/{ticket}?language={language}", timeout=60, **PLAIN)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("language", "banner", "other"),
    [
        pytest.param("en", "Preview of version 3, not published", "zh", id="English"),
        pytest.param("zh", "第 3 版的预览，尚未发布", "en", id="Chinese"),
    ],
)
def test_a_preview_is_live_and_says_what_it_is(
    service: RunningApps, version: tuple[str, str], language: str, banner: str, other: str
) -> None:
    ticket = get_ticket(service, version)

    async def visit() -> tuple[str, dict[str, dict[str, Any]]]:
        async with open_visit(service, f"preview/{ticket}", language=language) as page:
            return page.html, await page.read_widgets()

    html, widgets = asyncio.run(visit())
    assert banner in html
    assert f"/services/hall/{language}/apps/rain/versions/3" in html
    assert f'href="/services/hall/{other}/apps/rain/versions/3/preview"' in html
    assert any(state.get("value") == "live" for state in widgets.values())
    service.wait_for_visits(0)


@pytest.mark.sandbox
def test_a_published_version_is_not_called_unpublished(service: RunningApps, version: tuple[str, str]) -> None:
    page = look(service, get_ticket(service, version, is_published=True)).text
    assert "Preview of version 3<" in page
    assert "not published" not in page


@pytest.mark.sandbox
def test_a_ticket_opens_once_and_a_used_one_says_so_in_both_languages(
    service: RunningApps, version: tuple[str, str]
) -> None:
    ticket = get_ticket(service, version)
    assert look(service, ticket).status_code == 200
    for language, words in (("en", "This preview is over"), ("zh", "此预览已结束")):
        again = look(service, ticket, language=language)
        assert again.status_code == 410
        assert words in again.text
        assert f"/services/hall/{language}/apps/" in again.text


@pytest.mark.sandbox
def test_what_is_no_ticket_opens_nothing(service: RunningApps) -> None:
    assert look(service, secrets.token_urlsafe(32)).status_code == 410
    for wrong in ("x", "a" * 44, "a" * 42 + ".", "..%2Fpublic"):
        assert look(service, wrong).status_code == 404
    assert httpx.post(f"{service.url}/previews", json={}, **PLAIN).status_code in (404, 405)  # not where visitors are


@pytest.mark.sandbox
def test_a_preview_is_shown_in_no_frame_and_tells_its_address_to_nobody(
    service: RunningApps, version: tuple[str, str]
) -> None:
    ticket = get_ticket(service, version)
    for answer in (look(service, ticket), look(service, ticket)):  # the page, and the one that says it is over
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox ")
        assert "allow-same-origin" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert ticket not in service.log.read_text()
    assert "/services/apps/preview/<ticket>" in service.log.read_text()


@pytest.mark.sandbox
def test_a_preview_counts_for_nothing(service: RunningApps, version: tuple[str, str]) -> None:
    look(service, get_ticket(service, version))
    for used in ("apps/rain", "weather/seattle-weather"):
        assert load_use(used, home=service.home).total == 0


@pytest.mark.sandbox
def test_without_a_seat_the_ticket_stays_valid(service: RunningApps, version: tuple[str, str]) -> None:
    service.wait_for_visits(0, within=60)
    tickets = [get_ticket(service, version) for _ in range(3)]
    for ticket in tickets[:2]:
        assert look(service, ticket).status_code == 200
    assert look(service, tickets[2]).status_code == 503
    service.wait_for_visits(0, within=60)
    assert look(service, tickets[2]).status_code == 200
    service.wait_for_visits(0, within=60)


@pytest.mark.sandbox
def test_a_version_that_fails_or_cannot_be_read_says_so(service: RunningApps) -> None:
    failing = look(service, get_ticket(service, write_version(service.home, "fails", cells=["1 / 0"])))
    assert 'data-datahall-failure="failed"' in failing.text
    assert "ZeroDivisionError" not in failing.text
    slug, digest = write_version(service.home, "broken", cells=["1"])
    (service.home / "apps" / slug / digest / "app.yaml").write_text("title: [")
    broken = look(service, get_ticket(service, (slug, digest)))
    assert broken.status_code == 404
    assert "This version cannot be previewed" in broken.text


BAD = {
    "no number": {"slug": "rain", "digest": "a" * 64},
    "a folder up": {"slug": "..", "digest": "a" * 64, "number": 1},
    "a digest up": {"slug": "rain", "digest": "../" + "a" * 61, "number": 1},
    "a number as text with markup": {"slug": "rain", "digest": "a" * 64, "number": "<b>"},
    "more than is known": {"slug": "rain", "digest": "a" * 64, "number": 1, "ticket": "x"},
}


@pytest.mark.sandbox
@pytest.mark.parametrize("wish", BAD.values(), ids=BAD.keys())
def test_what_is_no_wish_gets_no_ticket(service: RunningApps, wish: dict[str, object]) -> None:
    assert ask_for(service, "/previews", wish).status_code == 422


@pytest.mark.sandbox
def test_a_version_whose_files_are_gone_gets_no_ticket(service: RunningApps) -> None:
    wish = {"slug": "rain", "digest": "a" * 64, "number": 1}
    assert ask_for(service, "/previews", wish).json()["error"]["code"] == "no-such-app-version"


def test_a_ticket_is_valid_for_a_minute() -> None:
    now = [0.0]
    tickets = PreviewTickets(clock=lambda: now[0])
    ticket = tickets.give(VERSION)
    now[0] = VALID_FOR - 1
    assert tickets.find(ticket) == VERSION
    now[0] = VALID_FOR
    assert tickets.find(ticket) is None


def test_tickets_that_nobody_uses_do_not_grow_without_end() -> None:
    tickets = PreviewTickets()
    given = [tickets.give(VERSION) for _ in range(MOST + 5)]
    assert sum(tickets.find(each) is not None for each in given[-MOST:]) >= MOST - 1
    assert tickets.find(given[0]) is None


def test_only_the_addresses_of_previews_are_hidden_in_the_log() -> None:
    assert hide_ticket("/services/apps/preview/abc") == "/services/apps/preview/<ticket>"
    assert hide_ticket("/services/apps/rain") == "/services/apps/rain"
