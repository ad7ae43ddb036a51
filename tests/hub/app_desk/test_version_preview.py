"""The way to a preview, over HTTP in a whole hall: who gets there, once, and what opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from datahall_hub.app_life.states import Action
from datahall_hub.services.hall.app_desk.version_preview import PREVIEWS

from tests.hub.app_desk.seeded_versions import SeededVersions, seed_versions
from tests.hub.hall.test_hall_people import enter
from tests.running_hall import RunningHall

pytestmark = pytest.mark.sandbox

WIDGET = "import ipywidgets\nipywidgets.HTML(value='live')"


def sign_in(hall: RunningHall, name: str, role: str) -> Iterator[httpx.Client]:
    with closing(hall.person(name, [role])) as client:
        enter(client)
        yield client


@pytest.fixture(scope="module")
def author(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, "preview-author", "researcher")


@pytest.fixture(scope="module")
def reviewer(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, "preview-reviewer", "steward")


@pytest.fixture(scope="module")
def other(hall: RunningHall) -> Iterator[httpx.Client]:
    yield from sign_in(hall, "preview-other", "researcher")


@pytest.fixture(scope="module")
def seeded(hall: RunningHall) -> Iterator[SeededVersions]:
    with seed_versions(hall.home) as versions:
        versions.add("previewed", "preview-author", Action.PASS, sources=[WIDGET])
        yield versions


def address_of(slug: str, *, language: str = "en", number: int = 1) -> str:
    return f"/services/hall/{language}/apps/{slug}/versions/{number}/preview"


def test_author_and_reviewer_are_led_to_the_live_page_once(
    hall: RunningHall, seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client
) -> None:
    for client, language, banner in (
        (author, "en", "Preview of version 1, not published"),
        (reviewer, "zh", "第 1 版的预览，尚未发布"),
    ):
        led = client.get(address_of("previewed", language=language), follow_redirects=False)
        assert led.status_code == 303
        assert led.headers["location"].startswith(PREVIEWS)
        assert led.headers["referrer-policy"] == "no-referrer"
        assert led.headers["cache-control"] == "private, no-store"
        with hall.client() as browser:  # the ticket alone opens it: no cookie of the hall goes there
            page = browser.get(led.headers["location"])
            again = browser.get(led.headers["location"])
        assert 'id="app-finished"' in page.text
        assert again.status_code == 410
        ticket = led.headers["location"].removeprefix(PREVIEWS).partition("?")[0]
        assert ticket not in hall.read_logs(lines=10_000)
        assert banner in page.text


def test_for_others_there_is_none(hall: RunningHall, seeded: SeededVersions, other: httpx.Client) -> None:
    assert other.get(address_of("previewed")).status_code == 404
    assert other.get(address_of("nothing-of-the-kind")).status_code == 404
    with hall.client(headers={"accept": "text/html"}) as visitor:
        answer = visitor.get(address_of("previewed"))
    assert answer.status_code == 401
    assert f"sign-in?next={address_of('previewed')}" in answer.text


@pytest.mark.parametrize(
    "actions",
    [
        pytest.param((Action.FAIL,), id="with problems"),
        pytest.param((Action.PASS, Action.SEND_BACK), id="sent back"),
        pytest.param((Action.PASS, Action.WITHDRAW), id="withdrawn"),
        pytest.param((Action.PASS, Action.APPROVE, Action.PUBLISH, Action.RETIRE), id="retired"),
    ],
)
def test_a_version_in_any_state_gets_a_ticket(
    seeded: SeededVersions, author: httpx.Client, actions: tuple[Action, ...]
) -> None:
    slug = f"previewed-{actions[-1].value.replace('_', '-')}"
    seeded.add(slug, "preview-author", *actions, sources=[WIDGET])
    led = author.get(address_of(slug), follow_redirects=False)
    assert led.headers["location"].startswith(PREVIEWS)


def test_the_pages_of_a_version_and_of_ones_own_apps_lead_there(
    seeded: SeededVersions, author: httpx.Client, reviewer: httpx.Client
) -> None:
    link = f'href="{address_of("previewed")}"'
    assert link in reviewer.get("/services/hall/en/apps/previewed/versions/1").text
    assert link in author.get("/services/hall/en/apps/previewed/versions/1").text
    assert link in author.get("/services/hall/en/apps/mine").text
    chinese = author.get("/services/hall/zh/apps/previewed/versions/1").text
    assert f'href="{address_of("previewed", language="zh")}">试用</a>' in chinese


def test_an_address_without_a_language_leads_to_the_readers(author: httpx.Client) -> None:
    answer = author.get(
        "/services/hall/apps/previewed/versions/1/preview",
        headers={"accept-language": "zh-CN"},
        follow_redirects=False,
    )
    assert answer.headers["location"] == address_of("previewed", language="zh")


def test_a_version_whose_files_are_gone_says_so(
    seeded: SeededVersions, author: httpx.Client, hall: RunningHall
) -> None:
    version = seeded.add("previewed-gone", "preview-author", Action.PASS, sources=[WIDGET, "2"])
    folder = hall.home / "apps/previewed-gone" / version.digest
    folder.rename(folder.with_name("elsewhere"))
    answer = author.get(address_of("previewed-gone"), headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "This version cannot be previewed." in answer.text
    assert '/preview"' not in author.get("/services/hall/en/apps/previewed-gone/versions/1").text.partition("<main")[2]
