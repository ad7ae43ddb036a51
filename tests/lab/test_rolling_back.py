"""The author of an app goes back to a former version in the Lab, and visitors see that one again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.chromium import open_context
from tests.hub.app_desk.test_life_over_http import GOOD, Desk
from tests.hub.hall.test_hall_people import enter
from tests.lab.lab_visit import open_lab
from tests.lab.notebooks_at_home import write_notebook
from tests.lab.test_publishing import open_publishing
from tests.running_hall import RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(600)]

AUTHOR, SLUG = "goes-back", "rolled-back"
MOVED_WITHIN = 90_000  # milliseconds: the version is proved again before visitors see it


@pytest.fixture(scope="module")
def _two_versions(hall: RunningHall) -> Iterator[None]:
    """An app whose second version is public and whose first one has been."""
    with ExitStack() as clients:
        author, steward = (
            clients.enter_context(closing(hall.person(name, [role])))
            for name, role in ((AUTHOR, "startup"), ("lets-go-back", "steward"))
        )
        for client in (author, steward):
            enter(client)
        for number, word in ((1, "first"), (2, "second")):
            publish(Desk(author), Desk(steward), number=number, word=word)
        hall.start_server(author, AUTHOR)
        yield
        hall.stop_server(author, AUTHOR)


def publish(author: Desk, steward: Desk, *, number: int, word: str) -> None:
    assert author.submit(SLUG, source=GOOD.format(word=word)).json()["number"] == number
    checked = author.wait(SLUG, number, "checked")
    steward.act(SLUG, number, "approve", revision=checked["revision"]).raise_for_status()
    author.wait(SLUG, number, "published")


def find_version(publishing: Locator, number: int) -> Locator:
    return publishing.locator("details li", has_text=re.compile(rf"^Version {number}\b"))


@pytest.mark.usefixtures("_two_versions")
def test_a_version_that_moved_meanwhile_stays_and_a_former_one_is_public_again(
    hall: RunningHall, browser: Browser
) -> None:
    write_notebook(hall, AUTHOR, f"{SLUG}.ipynb", GOOD.format(word="third"))
    with open_context(browser) as visit:
        lab = open_lab(hall, visit, name=AUTHOR, language="en", path=f"lab/tree/{SLUG}.ipynb?reset")
        publishing = open_publishing(lab)
        former, newest = (find_version(publishing, number) for number in (1, 2))
        expect(newest).to_contain_text("is public")
        expect(former).to_contain_text("has been replaced")
        assert former.get_by_role("button").all_inner_texts() == ["Show this version again", "Take it off"]
        assert "Show this version again" not in newest.get_by_role("button").all_inner_texts()

        place = re.compile(r"/versions/1/roll-back$")
        visit.context.route(place, lambda route: route.continue_(post_data={"revision": 0}), times=1)  # an old look
        former.get_by_role("button", name="Show this version again").click()
        expect(publishing.get_by_role("alert")).to_contain_text("moved this version on")
        expect(newest).to_contain_text("is public")

        former.get_by_role("button", name="Show this version again").click()
        expect(former).to_contain_text("is public", timeout=MOVED_WITHIN)
        expect(newest).to_contain_text("has been replaced")
        expect(publishing.get_by_role("alert")).to_have_count(0)
        assert visit.errors == []
    with open_context(browser) as stranger:
        page = stranger.new_page()
        page.goto(f"{hall.url}/services/apps/{SLUG}?language=en")
        expect(page.locator("#app-cells")).to_contain_text("first")
        expect(page.locator("#app-cells")).not_to_contain_text("second")
