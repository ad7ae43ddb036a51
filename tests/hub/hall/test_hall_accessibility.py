"""axe-core finds nothing serious or critical on any page that a visitor of the hall sees, everything folded out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.accessibility import LOOK_IDS, LOOKS, find_violations
from tests.browser.chromium import launch_chromium, open_context
from tests.conftest import require_program
from tests.hub.hall.small_hall import SmallHall
from tests.hub.hall.test_harvested_page import HOSTILE, TAME, find_ids, keep

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "datasets/?q=weather&theme=weather&from=2000",  # results, narrowed
    "datasets/?q=zzzz",  # nothing found
    "datasets/weather/seattle-weather",  # lines
    "datasets/credit/practice-penalties",  # bars
    "datasets/social-security/practice-insured",  # columns
    "datasets/geography/practice-dwellings",  # places
    "datasets/ocean/unreachable",  # not here
    "datasets/credit/on-request",  # not open
    "apps/",
    "harvests/",
    "nowhere",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    require_program("chromium")
    with sync_playwright() as playwright, launch_chromium(playwright) as found:
        yield found


@pytest.mark.parametrize(("language", "width", "dark"), LOOKS, ids=LOOK_IDS)
def test_every_page_of_the_hall_is_accessible(
    browser: Browser, small_hall: SmallHall, language: str, width: int, dark: bool
) -> None:
    keep(small_hall.home, TAME, HOSTILE)
    harvested = tuple(f"datasets/{each}" for each in find_ids(small_hall.home).values())
    with open_context(browser, language=language, width=width, dark=dark) as visit:
        page = visit.new_page()
        for path in (*PAGES, *harvested):
            page.goto(f"{small_hall.url}/{language}/{path}")
            assert find_violations(page) == [], path
        assert visit.errors == []
        assert visit.outside() == []


def test_a_page_with_faults_would_be_found(browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        page.set_content('<html lang="en"><title>x</title><img src="data:,"><button></button><input>')
        assert {each.partition(" ")[0] for each in find_violations(page)} == {"image-alt", "button-name", "label"}
