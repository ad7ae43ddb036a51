"""From the page of a version to its live preview in Chromium, at phone width, once."""

from __future__ import annotations

import pytest
from datahall_hub.app_life.states import Action
from playwright.sync_api import Browser, expect

from tests.browser.chromium import open_context
from tests.hub.app_desk.seeded_versions import seed_versions
from tests.running_hall import PASSWORD, RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(300)]

AUTHOR, SLUG = "browser-author", "previewed-in-a-browser"
COUNTER = """
import ipywidgets
button, shown = ipywidgets.Button(description="Add"), ipywidgets.HTML(value="0 times")
button.on_click(lambda _: setattr(shown, "value", f"{int(shown.value.split()[0]) + 1} times"))
ipywidgets.VBox([button, shown])
"""
# What a preview could do with the login of whoever looks at it: its page has an origin of its own.
REACH = "fetch('/services/hall/api/v1/me', {credentials: 'include'}).then(() => 'reached', () => 'refused')"


@pytest.fixture(scope="module", autouse=True)
def version(hall: RunningHall) -> None:
    hall.person(AUTHOR, ["researcher"]).close()
    with seed_versions(hall.home) as seeded:
        seeded.add(SLUG, AUTHOR, Action.PASS, sources=[COUNTER])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_preview_is_live_stands_apart_and_opens_once(hall: RunningHall, browser: Browser, dark: bool) -> None:
    address = f"/services/hall/en/apps/{SLUG}/versions/1"
    with open_context(browser, width=390, dark=dark) as visit:
        page = visit.new_page()
        page.goto(f"{hall.url}/services/hall/sign-in?next={address}")
        page.fill("#username", AUTHOR)
        page.fill("#password", PASSWORD)
        page.click("form button[type=submit]")
        page.get_by_role("link", name="Try it").click()
        page.wait_for_url("**/services/apps/preview/*")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_text("1 times")).to_be_visible()
        assert page.evaluate("self.origin") == "null"
        assert page.evaluate(REACH) == "refused"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("link", name="中文").click()  # the ticket is used up; the hall gives another
        page.wait_for_url("**/services/apps/preview/*language=zh")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")

        page.reload()
        expect(page.get_by_role("heading", name="此预览已结束")).to_be_visible()
        page.get_by_role("link", name="全部应用").click()
        page.wait_for_url("**/services/hall/zh/apps/")
        assert visit.errors == []
