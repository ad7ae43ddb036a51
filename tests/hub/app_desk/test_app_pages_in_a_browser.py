"""The pages of apps in a real Chromium: they fit, are accessible, work by keyboard, and keep files after a mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from datahall_hub.app_life.states import Action, State
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import LOOK_IDS, LOOKS, find_violations
from tests.browser.chromium import Visit, open_context
from tests.hub.app_desk.seeded_versions import FINDING, REMARK, SeededVersions, seed_versions
from tests.hub.app_desk.test_drafts import MANIFEST, NOTEBOOK
from tests.hub.hall.test_hall_people import enter
from tests.running_hall import RunningHall

pytestmark = pytest.mark.browser

AUTHOR, REVIEWER = "browsing-author", "browsing-reviewer"
LONG_LINE = "x = '" + "long" * 700 + "'  # \u202e"
PAGES = {
    "": ("apps/", "apps/?theme=statistics", "apps/browsed", "voices/new?app=browsed"),
    AUTHOR: ("apps/mine", "apps/browsed/versions/2"),
    REVIEWER: ("apps/review", "apps/browsed/versions/3", "apps/browsed-own/versions/1"),
}


@pytest.fixture(scope="module")
def people(hall: RunningHall) -> dict[str, list[dict[str, str]]]:
    """The cookies of an author and a reviewer who have signed in."""
    cookies: dict[str, list[dict[str, str]]] = {"": []}
    for name, role in ((AUTHOR, "researcher"), (REVIEWER, "steward")):
        with closing(hall.person(name, [role])) as client:
            enter(client)
            cookies[name] = [
                {"name": each.name, "value": (each.value or "").strip('"'), "domain": "127.0.0.1", "path": each.path}
                for each in client.cookies.jar
            ]
    return cookies


@pytest.fixture(scope="module")
def seeded(hall: RunningHall) -> Iterator[SeededVersions]:
    published = (Action.PASS, Action.APPROVE, Action.PUBLISH)
    with seed_versions(hall.home) as versions:
        add = versions.add
        add("browsed", AUTHOR, *published, sources=["import polars", "show(1)"], manifest={"show_source": True})
        add("browsed", AUTHOR, Action.FAIL, sources=["show(2)"], findings=[FINDING, REMARK])
        add("browsed", AUTHOR, Action.PASS, sources=["import polars", "show(3)", LONG_LINE], findings=[REMARK])
        add("browsed-own", REVIEWER, Action.PASS)
        add("browsed-returned", AUTHOR, Action.PASS, Action.SEND_BACK, reason="W" * 300)
        yield versions


def open_as(visit: Visit, cookies: list[dict[str, str]]) -> Page:
    visit.context.add_cookies(cookies)  # type: ignore[arg-type]
    return visit.new_page()


@pytest.mark.parametrize(("language", "width", "dark"), LOOKS, ids=LOOK_IDS)
def test_every_page_of_apps_fits_and_is_accessible(
    browser: Browser,
    hall: RunningHall,
    people: dict[str, list[dict[str, str]]],
    seeded: SeededVersions,
    language: str,
    width: int,
    dark: bool,
) -> None:
    for name, paths in PAGES.items():
        with open_context(browser, language=language, width=width, dark=dark) as visit:
            page = open_as(visit, people[name])
            page.on("console", lambda said: visit.errors.append(said.text) if "Content Security" in said.text else None)
            for path in paths:
                answer = page.goto(f"{hall.url}/services/hall/{language}/{path}")
                assert answer is not None
                assert answer.status == 200, path
                assert find_violations(page) == [], path
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert (visit.errors, visit.outside()) == ([], [])


def test_files_stay_chosen_after_a_mistake(
    browser: Browser, hall: RunningHall, people: dict[str, list[dict[str, str]]], tmp_path: Path
) -> None:
    notebook, manifest = tmp_path / "app.ipynb", tmp_path / "app.yaml"
    notebook.write_text(json.dumps(NOTEBOOK))
    manifest.write_text(yaml.safe_dump(MANIFEST, allow_unicode=True))
    with open_context(browser, language="zh") as visit:
        page = open_as(visit, people[AUTHOR])
        page.goto(f"{hall.url}/services/hall/zh/apps/mine")
        page.fill("#slug", "voila")
        page.set_input_files("#notebook", notebook)
        page.set_input_files("#manifest", manifest)
        page.click("form[data-submit-files] button")
        expect(page.locator("[data-problem]")).to_contain_text("应用不能以“voila”命名")
        assert page.evaluate("document.getElementById('notebook').files.length") == 1
        page.set_input_files("#thumbnail", {"name": "a.png", "mimeType": "image/png", "buffer": b" " * 10_000_001})
        page.click("form[data-submit-files] button")
        expect(page.locator("[data-problem]")).to_contain_text("10 MB")
        page.set_input_files("#thumbnail", [])
        page.fill("#slug", "browsed-submitted")
        page.click("form[data-submit-files] button")
        expect(page.locator(".notice.success")).to_contain_text("已提交")
        assert page.locator(".own-app").first.get_attribute("id") == "browsed-submitted"
        assert visit.errors == []


def test_a_reviewer_decides_by_keyboard(
    browser: Browser, hall: RunningHall, people: dict[str, list[dict[str, str]]], seeded: SeededVersions
) -> None:
    version = seeded.add("browsed-keyboard", AUTHOR, Action.PASS)
    with open_context(browser) as visit:
        page = open_as(visit, people[REVIEWER])
        page.goto(f"{hall.url}/services/hall/en/apps/review")
        page.get_by_role("link", name="A trial").first.focus()
        page.goto(f"{hall.url}/services/hall/en/apps/{version.slug}/versions/1")
        page.get_by_role("link", name="Decide").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "reason"
        page.keyboard.type("The axis has no unit.")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".notice.success")).to_contain_text("sent back")
    assert seeded.book.get(version.slug, 1).state is State.DRAFT


def test_an_address_is_copied_with_a_click(browser: Browser, hall: RunningHall, seeded: SeededVersions) -> None:
    with open_context(browser) as visit:
        visit.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=hall.url)
        page = visit.new_page()
        page.goto(f"{hall.url}/services/hall/en/apps/browsed")
        page.get_by_role("button", name="Copy").first.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == f"{hall.url}/services/hall/apps/browsed"
