"""Every shipped app on a phone: it fits, is told in the visitor's language, and is used by keyboard and by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import find_violations
from tests.browser.chromium import open_context

from .running_apps import CHECKOUT, RunningApps, make_full_home, run_fork_server

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

PHONE = {"width": 390, "height": 844}
SHIPPED = CHECKOUT / "notebooks/apps"
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
# Each app is opened once, every second one in Chinese: both languages of all would take twice as long.
OPENED = [
    (path.parent.name, "zh" if number % 2 else "en") for number, path in enumerate(sorted(SHIPPED.glob("*/app.ipynb")))
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CONTROLS = ".app-controls :is(input, select, button, textarea, [role=slider])"
# The elements that make a page wider than its window; what scrolls within a part of the page does not.
WIDE = """
() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.outerHTML.slice(0, 160))
"""
IS_FIRST = f"document.activeElement === document.querySelectorAll('{CONTROLS}')[0]"
MOST_TABS = 12  # the head of a page has about half as many links


@pytest.fixture(scope="module")
def all_apps(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """All shipped apps over all data that they read."""
    home = make_full_home(tmp_path_factory.mktemp("all-apps") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=SHIPPED).start()
        yield running
        assert running.stop() == 0


@contextmanager
def opened_on_a_phone(apps: RunningApps, browser: Browser, slug: str, *, language: str) -> Iterator[Page]:
    """Open an app; when it is left, no script has failed and nothing outside has been asked for."""
    with open_context(browser, language=language, **PHONE) as visit:
        page = visit.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.goto(f"{apps.url}/{slug}")
        page.wait_for_selector("#app-state[data-state=ready]", state="attached")
        page.wait_for_selector(CONTROLS)
        yield page
        assert (said, visit.errors, visit.outside()) == ([], [], [])


@pytest.mark.parametrize(("slug", "language"), OPENED, ids=[" in ".join(each) for each in OPENED])
def test_a_shipped_app_suits_a_phone_a_keyboard_and_a_screen_reader(
    all_apps: RunningApps, browser: Browser, slug: str, language: str
) -> None:
    with opened_on_a_phone(all_apps, browser, slug, language=language) as page:
        claim_language(page, language=language)
        claim_keyboard(page)
        assert page.evaluate(WIDE) == []
        assert find_violations(page) == []  # names of controls and pictures, contrast, what a reader is told
        assert page.evaluate(WIDE) == []  # with everything folded out, too


def claim_language(page: Page, *, language: str) -> None:
    assert page.locator("html").get_attribute("lang") == LANGUAGES[language]
    assert page.locator(".app-error, .app-empty").count() == 0
    for told in (page.locator(".app-sentence").first.inner_text(), page.locator(".app-controls").inner_text()):
        assert bool(CHINESE.search(told)) == (language == "zh"), told


def claim_keyboard(page: Page) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(IS_FIRST):
            break
    assert page.evaluate(IS_FIRST), page.evaluate("document.activeElement.outerHTML.slice(0, 160)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
