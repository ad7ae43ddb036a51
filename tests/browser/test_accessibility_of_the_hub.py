"""axe-core finds nothing serious or critical on the hub's pages, nor on those of the hall that one sees signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.accessibility import LOOK_IDS, LOOKS, find_violations
from tests.browser.chromium import launch_chromium, open_context
from tests.conftest import require_program
from tests.running_hall import PASSWORD, RunningHall

pytestmark = pytest.mark.browser

PUBLIC = ("/hub/login", "/hub/signup", "/no/such/place", "/services/hall/{language}/")
SIGNED_IN = (
    "/hub/home",
    "/hub/token",
    "/hub/change-password",
    "/hub/no-such-page",
    "/services/hall/{language}/people/",
    "/services/hall/{language}/datasets/weather/seattle-weather",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_program("chromium")
    with sync_playwright() as playwright, launch_chromium(playwright) as chromium:
        yield chromium


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
            page.goto(hall.url + path.format(language=language))
            assert find_violations(page) == [], path
        assert visit.outside() == []
