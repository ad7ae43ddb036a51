"""An app in a real Chromium, as a visitor meets it: ready, moved by keyboard, on a phone, ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_context
from tests.running_hall import PLAIN

from .running_apps import RunningApps

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

PHONE = {"width": 390, "height": 844}
READY = "#app-state[data-state=ready]"


def open_app(page: Page, apps: RunningApps, slug: str) -> None:
    page.goto(f"{apps.url}/{slug}")
    page.wait_for_selector(READY, state="attached")


def read_kernel_id(page: Page) -> str:
    found: str = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    return found


def read_picture(page: Page) -> str:
    return page.locator(".app-picture img").get_attribute("src") or ""


@pytest.mark.parametrize("slug", ["nations-compared", "weather-explorer"])
def test_a_visitor_moves_a_slider_by_keyboard_and_the_plot_changes(
    apps: RunningApps, browser: Browser, slug: str
) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        open_app(page, apps, slug)
        before, sentence = read_picture(page), page.locator(".app-sentence").inner_text()

        slider = page.get_by_role("slider", name="Year")
        slider.focus()
        page.keyboard.press("ArrowLeft")

        expect(page.locator(".app-sentence")).not_to_have_text(sentence)
        expect(page.locator(".app-picture img")).not_to_have_attribute("src", before)  # it follows the sentence
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert visit.outside() == []
        assert visit.errors == []
        assert {cookie["name"] for cookie in visit.context.cookies()} <= {"datahall-language"}


@pytest.fixture(scope="module")
def weather(apps: RunningApps, browser: Browser) -> Iterator[Page]:
    """An open app for tests that only look at it."""
    with open_context(browser) as visit:
        page = visit.new_page()
        open_app(page, apps, "weather-explorer")
        yield page


def test_a_list_that_has_the_keyboard_shows_it(weather: Page) -> None:
    weather.get_by_role("slider", name="Year").focus()

    weather.keyboard.press("Shift+Tab")  # to the list before it

    ring = "(({outlineStyle, outlineWidth}) => outlineStyle + ' ' + outlineWidth)"
    assert weather.evaluate("document.activeElement.tagName") == "SELECT"
    assert weather.evaluate(f"{ring}(getComputedStyle(document.activeElement))") == "solid 3px"


def test_every_control_has_a_name(weather: Page) -> None:
    for role, name in [("combobox", "What is measured"), ("combobox", "Month"), ("slider", "Year")]:
        expect(weather.get_by_role(role, name=name)).to_be_visible()
    assert weather.locator("[title=null]").count() == 0
    assert weather.locator(".app-picture img").get_attribute("alt")


@pytest.mark.parametrize("slug", ["nations-compared", "weather-explorer"])
def test_an_app_fits_a_phone_in_chinese_in_light_and_dark(apps: RunningApps, browser: Browser, slug: str) -> None:
    with open_context(browser, language="zh", **PHONE) as visit:
        page = visit.new_page()
        open_app(page, apps, slug)

        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        for scheme in ("light", "dark"):
            claim_that_it_fits(page, scheme=scheme)
        assert visit.outside() == []


def claim_that_it_fits(page: Page, *, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("document.querySelector('.app-picture img').complete")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    box = page.locator(".app-picture img").bounding_box()
    assert box
    assert box["width"] <= PHONE["width"]
    shown = page.evaluate("document.querySelector('.app-picture img').currentSrc")
    assert shown != read_picture(page)  # the narrow drawing, not the wide one made small
    assert page.locator("header.site").evaluate("header => header.clientHeight") < 80  # one row


def test_a_page_whose_visit_has_ended_says_so_and_offers_a_new_one(apps: RunningApps, browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        open_app(page, apps, "nations-compared")
        kernel_id = read_kernel_id(page)

        httpx.post(f"{apps.url}/voila/api/shutdown/{kernel_id}")

        expect(page.locator("#app-state")).to_contain_text("This visit has ended")
        page.get_by_role("link", name="Open again").click()
        page.wait_for_selector(READY, state="attached")


def test_leaving_the_page_ends_the_visit(apps: RunningApps, browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        open_app(page, apps, "nations-compared")
        visit_address = f"{apps.url}/api/kernels/{read_kernel_id(page)}"
        assert httpx.get(visit_address).status_code == 200

        page.goto(f"{apps.url}/health")

        deadline = time.monotonic() + 5  # a page that is merely left behind would keep its visit for twenty
        while httpx.get(visit_address, **PLAIN).status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_an_app_that_fails_shows_a_sentence_and_a_way_on(small_apps: RunningApps, browser: Browser) -> None:
    with open_context(browser, language="zh") as visit:
        page = visit.new_page()
        page.goto(f"{small_apps.url}/failing")

        expect(page.locator("#app-state")).to_contain_text("应用未能启动")
        expect(page.get_by_role("link", name="重新打开")).to_be_visible()


def test_the_language_switch_lasts_though_the_page_cannot_read_cookies(apps: RunningApps, browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        open_app(page, apps, "weather-explorer")
        assert page.evaluate("self.origin") == "null"

        page.get_by_role("link", name="中文").click()
        page.wait_for_selector("html[lang=zh-Hans]")
        open_app(page, apps, "weather-explorer")

        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        assert [cookie["name"] for cookie in visit.context.cookies()] == ["datahall-language"]
        assert visit.errors == []
