"""Problems with apps: anybody reports one, a steward answers in public, and its author reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from datahall_hub.app_life.states import Action

from tests.hub.app_desk.seeded_versions import seed_versions
from tests.hub.hall.small_hall import TRAP
from tests.hub.hall.test_hall_people import csrf_of, enter
from tests.hub.hall.voice_forms import PAGES, own_page, revision_of, write
from tests.running_hall import RunningHall

PUBLISHED = (Action.PASS, Action.APPROVE, Action.PUBLISH)
AUTHOR = "problems-author"
APP = "with-problems"
TITLE = {"title": {"en": TRAP, "zh": "有问题的应用"}}
WRONG = {"title": "The slider is stuck", "text": "I moved the slider, and nothing happened.", "app": APP}


@pytest.fixture(scope="module", autouse=True)
def apps(hall: RunningHall) -> None:
    with seed_versions(hall.home) as seeded:
        seeded.add(APP, AUTHOR, *PUBLISHED, manifest=TITLE)
        seeded.add("unpublished-with-problems", AUTHOR, Action.PASS)


@pytest.fixture(scope="module")
def author(hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(hall.person(AUTHOR, ["researcher"])) as client:
        enter(client)
        yield client


@pytest.fixture(scope="module")
def steward(hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(hall.person("problems-steward", ["steward"])) as client:
        enter(client)
        yield client


@pytest.fixture
def visitor(hall: RunningHall) -> Iterator[httpx.Client]:
    with hall.client() as client:
        yield client


@pytest.fixture(scope="module")
def reported(hall: RunningHall, steward: httpx.Client) -> int:
    """The number of a problem that a visitor has reported."""
    with hall.client() as visitor:
        own_page(write(visitor, hall.home, **WRONG))
    waiting = steward.get(f"{PAGES}/en/voices/", params={"state": "waiting", "kind": "problem"}).text
    found = re.search(rf'voices/(\d+)">{WRONG["title"]}<', waiting)
    assert found, waiting
    return int(found[1])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Report a problem", "What does not work in this app")), ("zh", ("报告问题", "这个应用哪里不能用"))],
)
def test_an_apps_page_leads_to_a_form_about_it(visitor: httpx.Client, language: str, words: tuple[str, ...]) -> None:
    address = f"{PAGES}/{language}/voices/new?app={APP}"
    assert f'href="{address}"' in visitor.get(f"{PAGES}/{language}/apps/{APP}").text
    form = visitor.get(address).text
    assert all(word in form for word in words)
    assert f'href="{PAGES}/{language}/apps/{APP}"' in form
    assert f'name="app" value="{APP}"' in form
    assert "<script>alert" not in form


@pytest.mark.parametrize("app", ["no-such-app", "unpublished-with-problems", "../x", "<b>", "a" * 101])
def test_of_what_is_no_public_app_nothing_is_reported(hall: RunningHall, visitor: httpx.Client, app: str) -> None:
    assert visitor.get(f"{PAGES}/en/voices/new", params={"app": app}).status_code in (404, 422)
    assert write(visitor, hall.home, **{**WRONG, "app": app}).status_code in (404, 422)


def test_stewards_find_it_beside_the_other_messages_and_nobody_else_does(
    reported: int, steward: httpx.Client, visitor: httpx.Client, author: httpx.Client
) -> None:
    page = steward.get(f"{PAGES}/en/voices/{reported}").text
    assert "Problem with an app" in page
    assert f'href="{PAGES}/en/apps/{APP}"' in page
    assert 'name="version"' not in page  # a dataset's
    assert "应用的问题" in steward.get(f"{PAGES}/zh/voices/{reported}").text
    for client in (visitor, author):
        assert client.get(f"{PAGES}/en/voices/{reported}").status_code == 404
        assert WRONG["title"] not in client.get(f"{PAGES}/en/apps/{APP}").text


def test_once_answered_everybody_reads_it_on_the_apps_page_and_its_author_among_their_own(
    reported: int, steward: httpx.Client, visitor: httpx.Client, author: httpx.Client
) -> None:
    address = f"{PAGES}/en/voices/{reported}"
    form = {"csrf": csrf_of(steward), "revision": revision_of(steward.get(address)), "state": "mended"}
    done = steward.post(address, data={**form, "answer_en": "It moves now.", "answer_zh": "现在能动了。"})
    assert "Everybody can read it now." in done.text
    link = f'href="{address}" lang="en">{WRONG["title"]}</a>'
    assert link in visitor.get(f"{PAGES}/en/apps/{APP}").text
    assert link in author.get(f"{PAGES}/en/apps/mine").text
    chinese = visitor.get(f"{PAGES}/zh/voices/", params={"kind": "problem"}).text
    assert f'href="{PAGES}/zh/apps/{APP}">有问题的应用</a>' in chinese
    assert "<script>alert" not in visitor.get(address).text
    assert "It moves now." in visitor.get(address).text
