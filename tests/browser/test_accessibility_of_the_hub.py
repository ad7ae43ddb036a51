"""axe-core finds nothing serious or critical on the hub's pages, nor on those of the hall that one sees signed in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.accessibility import LOOK_IDS, LOOKS, find_violations
from tests.browser.chromium import open_context
from tests.browser.held_starts import held_back
from tests.hub.hall.voice_forms import write
from tests.running_hall import PASSWORD, RunningHall

pytestmark = pytest.mark.browser

PUBLIC = ("/hub/login", "/hub/signup", "/no/such/place", "/services/hall/{language}/")
SIGNED_IN = (
    "/hub/home",
    "/hub/token",
    "/hub/change-password",
    "/hub/no-such-page",
    "/hub/admin",
    "/user/{name}/lab",  # a workbench that is not open
    "/services/hall/{language}/people/",
    "/services/hall/{language}/voices/?state=waiting",  # a steward's queue
    "/services/hall/{language}/datasets/weather/seattle-weather",
)


@pytest.fixture(scope="module")
def _waiting(hall: RunningHall) -> None:
    """A message that waits for a steward."""
    with hall.client() as visitor:
        assert write(visitor, hall.home, title="Tide tables", email="li@example.org").status_code == 303


@pytest.mark.usefixtures("_waiting")
@pytest.mark.parametrize(("language", "width", "dark"), LOOKS, ids=LOOK_IDS)
def test_every_page_of_the_hub_is_accessible(
    hall: RunningHall, browser: Browser, language: str, width: int, dark: bool
) -> None:
    name = f"axe-{language}-{width}"
    hall.create_person(name, ("admin",))
    with open_context(browser, language=language, width=width, dark=dark) as visit:
        page = visit.new_page()
        for path in PUBLIC:
            page.goto(hall.url + path.format(language=language))
            assert find_violations(page) == [], path
        page.goto(f"{hall.url}/services/hall/sign-in?next=/services/hall/{language}/")
        page.fill("#username", name)
        page.fill("#password", PASSWORD)
        page.click("form button[type=submit]")
        page.wait_for_url(f"**/services/hall/{language}/")
        for path in SIGNED_IN:
            page.goto(hall.url + path.format(language=language, name=name))
            if path == "/hub/admin":
                page.wait_for_selector("#react-admin-hook td")  # its script asks the hub first
            assert find_violations(page) == [], path
        page.goto(f"{hall.url}/services/hall/{language}/voices/?state=waiting")
        page.locator(".results a").first.click()
        page.wait_for_selector("textarea")
        assert find_violations(page) == [], "a steward answers"
        with held_back(hall):
            page.goto(f"{hall.url}/hub/spawn")
            assert "/hub/spawn-pending/" in page.url
            assert find_violations(page) == [], "a workbench starts"
        assert visit.outside() == []
