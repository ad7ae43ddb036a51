"""A startup joins two datasets, makes a widget, publishes it from the Lab; a steward approves, everybody opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.chromium import open_context
from tests.lab.lab_visit import FRONT, LabVisit, open_lab
from tests.running_hall import RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(600)]

COMPANIES, INSPECTIONS = "enterprise/practice-companies", "safety/practice-inspections"
CHECKED_WITHIN = 180_000  # milliseconds
APP = """
import ipywidgets as widgets
import polars as pl
from datahall_voila import Board, View, say

found = joined.group_by("industry").len().sort("industry").collect()
industries = found["industry"].to_list()


def render(*, industry):
    rows = found.filter(pl.col("industry") == industry)["len"].item()
    city = say(en="in the synthetic practice city", zh="（模拟的练习城市，虚构数据）")
    return View(sentence=say(en=f"{industry}: {rows} rows {city}.", zh=f"{industry}：{rows} 行{city}。"))


label = say(en="Industry", zh="行业")
Board({"industry": widgets.Dropdown(options=industries, description=label)}, render).show()
"""
TEXTS = {
    "en": {"Title in Chinese": "企业与检查", "Title in English": "Companies and inspections",
           "Summary in Chinese": "练习城市各行业的检查。", "Summary in English": "Inspections by industry."},
    "zh": {"中文标题": "企业与检查", "英文标题": "Companies and inspections",
           "中文简介": "练习城市各行业的检查。", "英文简介": "Inspections by industry."},
}  # fmt: skip


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    """A hall of its own without apps, in which startups and a steward have accounts."""
    folder = tmp_path_factory.mktemp("publishing")
    (folder / "apps").mkdir()
    running = RunningHall(folder / "home").start(environment={"DATAHALL_APPS_FOLDER": str(folder / "apps")})
    running.wait_until_whole()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def steward(hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(hall.person("looks-at-apps", ["steward"])) as client:
        client.get(f"{hall.url}/services/hall/sign-in")
        yield client


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_startup_joins_makes_a_widget_and_publishes(
    hall: RunningHall, browser: Browser, steward: httpx.Client, language: str
) -> None:
    name = f"startup-{language}"
    with closing(hall.person(name, ["startup"])) as client:
        client.cookies.set("datahall-language", language)
        hall.start_server(client, name)
    with open_context(browser, language=language) as visit:
        lab = open_lab(hall, visit, name=name, language=language)
        join(lab)
        expect(lab.run_last()).to_contain_text("industry")
        expect(lab.run_last(APP).locator("select")).to_be_visible()

        publish = open_publishing(lab)
        preview(lab)
        publish.get_by_role("button", name=lab.word("submit")).click()
        expect(publish.get_by_text(lab.word("missing")).first).to_be_visible()
        for label, text in TEXTS[language].items():
            publish.get_by_label(label).fill(text)
        publish.get_by_label(re.compile("Name in its address|网址中的名称")).fill(f"checks-{language}")
        publish.get_by_role("button", name=lab.word("submit")).click()
        expect(publish.get_by_text(lab.word("passed")).first).to_be_visible(timeout=CHECKED_WITHIN)

        approve(hall, steward, f"checks-{language}")
        lab.page.reload()
        publish = open_publishing(lab)
        link = publish.get_by_role("link", name={"en": "Open the app", "zh": "打开应用"}[language])
        expect(link).to_be_visible(timeout=CHECKED_WITHIN)
        address = str(link.get_attribute("href"))
        assert visit.errors == []
    with open_context(browser, language=language) as stranger:
        page = stranger.new_page()
        page.goto(f"{hall.url}{address}?language={language}")
        expect(page.locator(".app-sentence").first).to_contain_text({"en": "rows", "zh": "行"}[language])


def join(lab: LabVisit) -> None:
    """Insert the join of companies with inspections that the panel proposes."""
    panel = lab.open_panel()
    lab.search(COMPANIES.partition("/")[2])
    panel.locator(f'[data-dataset="{COMPANIES}"] .jp-DatahallCard-title').click()
    panel.get_by_text(re.compile(lab.word("joins"))).click()
    line = panel.get_by_role("listitem").filter(has_text=INSPECTIONS)
    line.locator("button").last.click()
    expect(lab.page.locator(f"{FRONT} .cm-content").first).to_contain_text("joined = ")


def open_publishing(lab: LabVisit) -> Locator:
    """Open the tab beside the notebook in front."""
    lab.wait_until_idle()
    lab.page.locator(f'{FRONT} [data-command="datahall:publish-app"]').click()
    publish = lab.page.locator(".jp-DatahallPublish")
    expect(publish).to_be_visible()
    return publish


def preview(lab: LabVisit) -> None:
    """Show the app as visitors see it."""
    lab.page.locator(".jp-DatahallPublish summary").nth(1).click()
    lab.page.get_by_role("button", name=lab.word("show")).click()
    page = lab.page.frame_locator(".jp-DatahallPreview")
    expect(page.locator(".app-sentence")).to_contain_text({"en": "rows", "zh": "行"}[lab.language], timeout=60_000)
    expect(page.locator("select")).to_be_visible()


def approve(hall: RunningHall, steward: httpx.Client, slug: str) -> None:
    address = f"{hall.url}/services/hall/api/v1/apps/{slug}/versions/1"
    version = steward.get(address).raise_for_status().json()
    ticks = [finding["code"] for finding in version["findings"] if finding["severity"] == "not-run"]
    wish = {"revision": version["revision"], "ticks": ticks}
    steward.post(f"{address}/approve", json=wish).raise_for_status()
