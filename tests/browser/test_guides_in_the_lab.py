"""A guide in the Lab: as it was shipped, until somebody changes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import launch_chromium, open_context
from tests.browser.test_lab_on_a_phone import open_lab
from tests.conftest import require_program
from tests.running_hall import RunningHall

pytestmark = pytest.mark.browser

TAB = "#jp-main-dock-panel .lm-TabBar-tab.jp-mod-current"
KERNEL_IS_IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"


def test_a_guide_that_is_only_opened_is_not_marked_as_unsaved(hall: RunningHall) -> None:
    require_program("chromium")
    person = hall.person("guide-reader")
    hall.start_server(person, "guide-reader")
    with sync_playwright() as playwright, launch_chromium(playwright) as chromium, open_context(chromium) as visit:
        page = open_lab(hall, visit, name="guide-reader")
        page.wait_for_selector(KERNEL_IS_IDLE)
        page.wait_for_timeout(1_000)  # what the kernel says of its language comes after its state

        expect(page.locator(TAB)).to_contain_text("first-steps")
        assert "jp-mod-dirty" not in (page.locator(TAB).get_attribute("class") or "")
    person.close()
