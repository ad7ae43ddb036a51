"""The Lab on a phone: a workspace of its own, so that it never rearranges the one of a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, TimeoutError, expect, sync_playwright

from tests.browser.chromium import Visit, launch_chromium, open_context
from tests.conftest import require_program
from tests.running_hall import PASSWORD, RunningHall

pytestmark = pytest.mark.browser

SIDEBAR = "#jp-left-stack"
NOTEBOOK = ".jp-Notebook"


def open_lab(hall: RunningHall, visit: Visit, *, name: str) -> Page:
    page = visit.new_page()
    page.goto(f"{hall.url}/hub/login?next=/user/{name}/")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("form button[type=submit]")
    try:
        page.wait_for_selector(NOTEBOOK)
    except TimeoutError:
        shown, logs = page.inner_text("body"), hall.read_logs()
        pytest.fail(f"no notebook at {page.url}, which shows {shown!r}; errors: {visit.errors}\n{logs}")
    return page


def test_a_phone_has_a_workspace_of_its_own_and_starts_with_its_sidebar_closed(hall: RunningHall) -> None:
    require_program("chromium")
    person = hall.person("phone")
    hall.start_server(person, "phone")
    with sync_playwright() as playwright, launch_chromium(playwright) as chromium:
        with open_context(chromium, width=390, height=844) as visit:
            page = open_lab(hall, visit, name="phone")

            page.wait_for_url("**/lab/workspaces/phone/tree/guides/*")
            expect(page.locator(SIDEBAR)).to_be_hidden()
            assert visit.errors == []
        with open_context(chromium) as visit:
            page = open_lab(hall, visit, name="phone")

            assert "/lab/tree/guides/" in page.url
            expect(page.locator(SIDEBAR)).to_be_visible()
    person.close()
