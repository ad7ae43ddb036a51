"""The whole life of an app, in the hall's pages: submitted, refused, mended, approved, visited, replaced, rolled back.

A startup makes it, a steward who is somebody else approves it, a visitor on a phone opens it without an account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.accessibility import find_violations
from tests.browser.chromium import open_context
from tests.journeys.people import sign_in
from tests.running_hall import PASSWORD, RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(600)]

SLUG = "rain-by-year"
MOVED_ON = 120_000  # milliseconds for the checks, or for publishing
MANIFEST = {
    "title": {"en": "Rain by year", "zh": "逐年降雨"},
    "summary": {"en": "How much it rained in a year.", "zh": "看看某一年下了多少雨。"},
    "themes": ["weather"],
    "goals": ["services"],
    "authors": [{"name": "Rain and Sons"}],
    "license": "CC-BY-4.0",
    "datasets": [{"id": "weather/seattle-weather"}],
    "show_source": True,
}
CELL = """
import os
import datahall
import ipywidgets as widgets
import polars as pl

chinese = os.environ.get("DATAHALL_LANGUAGE") == "zh"
days = datahall.dataset("weather/seattle-weather").polars().collect()
year = widgets.IntSlider(value=2015, min=2012, max=2015, description="年份" if chinese else "Year")
told = widgets.HTML()


def tell(change=None):
    rain = days.filter(pl.col("date").dt.year() == year.value)["precipitation"].sum()
    told.value = f"<p class='told'>{TOLD}</p>"


year.observe(tell, "value")
tell()
widgets.VBox([year, told])
"""
FIRST = CELL.replace("{TOLD}", "{year.value}: {rain:.0f} mm")
SECOND = CELL.replace("{TOLD}", "{year.value}: {rain / 10:.1f} cm")
OUTSIDE = FIRST.replace("</p>", "</p><img src='https://pictures.example/rain.png' alt='rain'>")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    """A hall of its own without apps, in which a startup and a steward have accounts."""
    folder = tmp_path_factory.mktemp("life")
    (folder / "apps").mkdir()
    running = RunningHall(folder / "home").start(environment={"DATAHALL_APPS_FOLDER": str(folder / "apps")})
    running.wait_until_whole()
    for name, role in (("rain-and-sons", "startup"), ("weather-steward", "steward")):
        running.create_person(name, [role])
    yield running
    running.stop()


def enter(hall: RunningHall, context: BrowserContext, name: str) -> Page:
    """Return a tab in which somebody has signed in."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    sign_in(page, url=hall.url, name=name, password=PASSWORD)
    page.wait_for_url(re.compile(r"/(hub|user|services)/(?!login)"))
    # The hall's pages have a login of their own.
    page.goto(f"{hall.url}/services/hall/sign-in?next=/services/hall/en/apps/mine")
    expect(page.get_by_role("heading", name="My apps")).to_be_visible()
    return page


def submit(hall: RunningHall, page: Page, folder: Path, *, cell: str) -> None:
    """Submit a notebook of one cell by the form on one's own page."""
    notebook, manifest = folder / "app.ipynb", folder / "app.yaml"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)]), notebook)
    manifest.write_text(json.dumps(MANIFEST, ensure_ascii=False), encoding="utf-8")
    page.goto(f"{hall.url}/services/hall/en/apps/mine")
    page.get_by_label("Name in its address").fill(SLUG)
    page.get_by_label("The notebook (app.ipynb)").set_input_files(notebook)
    page.get_by_label("What it is (app.yaml)").set_input_files(manifest)
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("It is submitted")


def wait_for_standing(page: Page, number: int, standing: str) -> None:
    """Wait until the page of one's own apps, which follows by itself, tells how a version stands."""
    line = page.locator(".version, li").filter(has=page.get_by_role("link", name=f"Version {number}", exact=True))
    expect(line.get_by_text(standing, exact=True).first).to_be_visible(timeout=MOVED_ON)


def approve(hall: RunningHall, page: Page, number: int) -> None:
    """Approve a version from the steward's queue, after trying it."""
    page.goto(f"{hall.url}/services/hall/en/apps/review")
    page.get_by_role("link", name="Rain by year").first.click()
    expect(page.get_by_text(f"Version {number}").first).to_be_visible()
    address = page.url
    page.get_by_role("link", name="Try it").click()
    expect(page.get_by_text(f"Preview of version {number}, not published")).to_be_visible()
    expect(page.locator(".told")).to_contain_text("2015")
    page.goto(address)
    for tick in page.locator("#decide").get_by_role("checkbox").all():
        tick.check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("It is approved")


def read_app(hall: RunningHall, browser: Browser, *, language: str = "en") -> str:
    """Return what a visitor on a phone reads, who opens the app from the gallery and moves the year."""
    with open_context(browser, language=language, width=390) as visit:
        page = visit.new_page()
        page.goto(f"{hall.url}/services/hall/{language}/apps/")
        page.get_by_role("link", name=MANIFEST["title"][language]).first.click()  # type: ignore[index]
        assert find_violations(page) == []
        page.get_by_role("link", name={"en": "Open the app", "zh": "打开应用"}[language]).click()
        page.wait_for_selector("#app-state[data-state=ready]", state="attached")
        told = page.locator(".told")
        first = told.inner_text()
        assert find_violations(page) == []
        page.get_by_role("slider").first.focus()
        page.keyboard.press("ArrowLeft")
        expect(told).to_contain_text("2014")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert (visit.outside(), visit.errors) == ([], [])
        page.goto("about:blank")
        return first


def test_the_whole_life_of_an_app(hall: RunningHall, browser: Browser, tmp_path: Path) -> None:
    with open_context(browser) as startup, open_context(browser) as steward:
        author = enter(hall, startup.context, "rain-and-sons")
        reviewer = enter(hall, steward.context, "weather-steward")

        submit(hall, author, tmp_path, cell=OUTSIDE)
        wait_for_standing(author, 1, "Did not pass the checks")
        expect(author.get_by_text("pictures.example").first).to_be_visible()  # the finding, with its place

        submit(hall, author, tmp_path, cell=FIRST)
        wait_for_standing(author, 2, "Waits for a reviewer")
        expect(author.get_by_role("button", name="Approve")).to_have_count(0)
        approve(hall, reviewer, 2)
        wait_for_standing(author, 2, "Published")
        assert "mm" in read_app(hall, browser)
        assert "mm" in read_app(hall, browser, language="zh")

        submit(hall, author, tmp_path, cell=SECOND)
        wait_for_standing(author, 3, "Waits for a reviewer")
        assert "mm" in read_app(hall, browser)  # until the next has been published
        approve(hall, reviewer, 3)
        wait_for_standing(author, 3, "Published")
        assert "cm" in read_app(hall, browser)

        author.get_by_text("2 more versions").click()
        author.get_by_role("button", name="Publish version 2 again").click()
        wait_for_standing(author, 2, "Published")
        assert "mm" in read_app(hall, browser)
