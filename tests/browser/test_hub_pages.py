"""Claims about the hub's pages in a real Chromium: what their scripts do, at a phone's width, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.chromium import Visit, open_context
from tests.browser.held_starts import held_back
from tests.running_hall import PASSWORD, RunningHall

pytestmark = pytest.mark.browser

PHONE = 390
WORDS = {
    "en": {"starting": "Your workbench is starting", "tokens": "Access tokens", "start": "Open the workbench"},
    "zh": {"starting": "您的工作台正在启动", "tokens": "访问令牌", "start": "打开工作台"},
}


def open_page(visit: Visit) -> Page:
    """Open a tab that keeps what a page's policy forbids, too."""
    page = visit.new_page()

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            visit.errors.append(message.text)

    page.on("console", note)
    return page


def sign_in(page: Page, hall: RunningHall, name: str, *, to: str) -> None:
    page.goto(f"{hall.url}/hub/login?next={to}")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url(f"**{to}")


def check(page: Page, visit: Visit, *, language: str) -> None:
    """Hold what every page promises a reader."""
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-Hans"}[language]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    assert visit.outside() == []
    assert visit.errors == []


@pytest.mark.parametrize(("language", "dark"), [("en", True), ("zh", False)])
def test_from_the_start_page_to_the_lab_and_back(
    hall: RunningHall, browser: Browser, language: str, dark: bool
) -> None:
    name = f"chromium-{language}"
    hall.create_person(name, ("student",))
    words = WORDS[language]
    with open_context(browser, language=language, width=PHONE, dark=dark) as visit:
        page = open_page(visit)
        sign_in(page, hall, name, to="/hub/home")
        check(page, visit, language=language)
        with held_back(hall):
            page.get_by_role("link", name=words["start"]).click()
            page.wait_for_url("**/hub/spawn-pending/**", wait_until="domcontentloaded")
            expect(page.locator("h1")).to_have_text(words["starting"])
            expect(page.locator("#message")).not_to_be_empty()
        page.wait_for_url(f"**/user/{name}/lab**", wait_until="commit")  # by itself, when the server is ready
        page.goto(f"{hall.url}/hub/home")
        page.locator("#stop").click()
        expect(page.locator("#stop")).to_have_count(0, timeout=30_000)
        page.goto(f"{hall.url}/user/{name}/lab/tree/a.ipynb#place")
        assert page.locator("#start").get_attribute("href", timeout=10_000)
        check(page, visit, language=language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_token_is_made_shown_once_and_revoked(hall: RunningHall, browser: Browser, language: str) -> None:
    name = f"tokens-{language}"
    hall.create_person(name, ("student",))
    with open_context(browser, language=language, width=PHONE, dark=language == "zh") as visit:
        visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = open_page(visit)
        sign_in(page, hall, name, to="/hub/token")
        expect(page.locator("h1")).to_have_text(WORDS[language]["tokens"])
        page.fill("#note", "my script")
        page.click("form button[type=submit]")
        expect(page.locator("#made")).to_be_visible()
        expect(page.locator("tr", has_text="my script")).to_have_count(1)  # at once, beside the token
        expect(page.locator("#note")).to_have_value("")
        page.locator("#copy").click()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#token").inner_text()
        with hall.client(headers={"Authorization": f"token {page.locator('#token').inner_text()}"}) as program:
            known = program.get("/hub/api/user").json()
            assert known["name"] == name
            assert not {scope for scope in known["scopes"] if not scope.startswith("read:users")}
            page.reload()
            expect(page.locator("#made")).to_be_hidden()
            check(page, visit, language=language)
            page.locator("tr", has_text="my script").get_by_role("button").click()
            expect(page.locator("tr", has_text="my script")).to_have_count(0)
            assert program.get("/hub/api/user").status_code == 403


@pytest.mark.parametrize("role", ["student", "admin"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_head_of_a_hub_page_has_two_rows_on_a_phone_and_a_menu_that_escape_closes(
    hall: RunningHall, browser: Browser, language: str, role: str
) -> None:
    name = f"{role}-with-a-long-name-{language}"
    hall.create_person(name, (role,))
    with open_context(browser, language=language, width=PHONE) as visit:
        page = open_page(visit)
        sign_in(page, hall, name, to="/hub/home")
        rows = page.evaluate(
            "new Set([...document.querySelectorAll('header .brand, header nav a, .account > *')]"
            ".filter(e => e.checkVisibility())"
            ".map(e => { const b = e.getBoundingClientRect(); return Math.round((b.top + b.height / 2) / 24); })).size"
        )
        assert rows == 2
        menu = page.locator("details.menu")
        menu.locator("summary").click()
        expect(menu.locator("a").first).to_be_visible()
        people = menu.get_by_role("link", name={"en": "People", "zh": "人员"}[language])
        expect(people).to_have_count(1 if role == "admin" else 0)
        page.keyboard.press("Escape")
        expect(menu.locator("a").first).to_be_hidden()
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        check(page, visit, language=language)


def test_a_password_is_shown_while_it_is_typed_by_keyboard_alone(hall: RunningHall, browser: Browser) -> None:
    with open_context(browser) as visit:
        page = open_page(visit)
        page.goto(f"{hall.url}/hub/login")
        page.keyboard.type("somebody")  # the first field has the focus
        page.keyboard.press("Tab")
        page.keyboard.type("a password")
        assert page.locator("#password").get_attribute("type") == "password"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.locator("#password").get_attribute("type") == "text"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page, visit, language="en")


def test_the_page_behind_a_wrong_address_speaks_the_readers_language(hall: RunningHall, browser: Browser) -> None:
    with open_context(browser, language="zh", width=PHONE) as visit:
        page = open_page(visit)
        page.goto(f"{hall.url}/no/such/place")
        expect(page.locator("h1")).to_have_text("找不到页面")
        expect(page.locator("h1")).to_have_count(1)
        expect(page.get_by_role("link", name="返回首页")).to_have_count(1)
        page.get_by_role("searchbox", name="搜索数据集").fill("天气")
        page.get_by_role("button", name="搜索").click()
        page.wait_for_url("**/services/hall/zh/datasets/?q=*")
        check(page, visit, language="zh")


def test_jupyterhubs_administration_offers_only_what_it_may_do(hall: RunningHall, browser: Browser) -> None:
    hall.create_person("chromium-admin", ("admin",))
    with open_context(browser, dark=True) as visit:
        page = open_page(visit)
        sign_in(page, hall, "chromium-admin", to="/hub/admin")
        expect(page.get_by_role("button", name="Start Server").first).to_be_visible()
        for refused in ("Shutdown Hub", "Add Users", "Manage Groups", "Edit User", "Access Server"):
            assert not [each for each in page.get_by_role("button", name=refused).all() if each.is_visible()], refused
        logo = page.locator(".jpy-logo")
        assert logo.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
        assert visit.errors == []
