"""A startup joins two datasets, makes a widget, publishes it from the Lab; a steward approves, everybody opens it.

And publishing where things are not as usual: a cell fails, a login has expired, a phone is narrow.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.accessibility import find_violations
from tests.browser.chromium import Visit, open_context
from tests.lab.hall_without_apps import open_hall_without_apps
from tests.lab.lab_visit import FRONT, LabVisit, open_lab
from tests.lab.notebooks_at_home import write_notebook
from tests.running_hall import PLAIN, RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(600)]

COMPANIES, INSPECTIONS = "enterprise/practice-companies", "safety/practice-inspections"
CHECKED_WITHIN = 180_000  # milliseconds
ENDS_WITHIN = 60.0  # seconds
UNKNOWN = 'import datahall\n\nds = datahall.dataset("weather/does-not-exist")'
LONG = "a-very-long-word-" * 20
CHANGED = re.compile("changed since|此后已修改")
IS_TOO_WIDE = "node => node.scrollWidth > node.clientWidth"
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
    with open_hall_without_apps(tmp_path_factory.mktemp("publishing")) as running:
        yield running


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
        lab.page.evaluate("window.dispatchEvent(new Event('focus'))")  # from the page of the steward, say
        link = publish.get_by_role("link", name={"en": "Open the app", "zh": "打开应用"}[language])
        expect(link).to_be_visible(timeout=CHECKED_WITHIN)
        address = str(link.get_attribute("href"))
        assert visit.errors == []
    with open_context(browser, language=language) as stranger:
        page = stranger.new_page()
        page.goto(f"{hall.url}{address}?language={language}")
        expect(page.locator(".app-sentence").first).to_contain_text({"en": "rows", "zh": "行"}[language])


@pytest.fixture(scope="module")
def people(hall: RunningHall) -> dict[str, tuple[str, str]]:
    """Name and token of somebody in each language whose server runs."""
    known = {}
    for language in ("en", "zh"):
        with closing(hall.person(name := f"author-{language}", ["startup"])) as client:
            client.cookies.set("datahall-language", language)
            hall.start_server(client, name)
            known[language] = name, hall.server_token(client, name)
    return known


def open_notebook(hall: RunningHall, visit: Visit, *, name: str, language: str, cells: list[str]) -> LabVisit:
    """Open a notebook of these cells in somebody's Lab."""
    write_notebook(hall, name, "app.ipynb", *cells)
    return open_lab(hall, visit, name=name, language=language, path="lab/tree/app.ipynb?reset")


def list_kernels(hall: RunningHall, person: tuple[str, str]) -> set[str]:
    name, token = person
    header = {"Authorization": f"token {token}"}
    told = httpx.get(f"{hall.url}/user/{name}/api/kernels", headers=header, **PLAIN).raise_for_status()
    return {kernel["id"] for kernel in told.json()}


def wait_for_kernels(hall: RunningHall, person: tuple[str, str], number: int) -> set[str]:
    """Return the kernels of a person once there are so many."""
    deadline = time.monotonic() + ENDS_WITHIN
    while len(kernels := list_kernels(hall, person)) != number:
        assert time.monotonic() < deadline, kernels
        time.sleep(0.2)
    return kernels


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_preview_says_why_a_cell_failed_and_its_kernel_ends_with_it(
    hall: RunningHall, browser: Browser, people: dict[str, tuple[str, str]], language: str
) -> None:
    person = people[language]
    with open_context(browser, language=language) as visit:
        lab = open_notebook(hall, visit, name=person[0], language=language, cells=["1 + 1", UNKNOWN])
        publish = open_publishing(lab)
        own = wait_for_kernels(hall, person, 1)
        publish.locator("summary").nth(1).click()
        buttons = publish.locator(".jp-DatahallBar button")
        buttons.last.click()
        expect(buttons.first).to_be_disabled()
        alert = publish.get_by_role("alert")
        expect(alert).to_contain_text("weather/does-not-exist")
        page = lab.page.frame_locator(".jp-DatahallPreview")
        expect(page.locator("#app-cells")).to_contain_text("weather/does-not-exist")
        expect(page.locator("#app-state-text")).to_contain_text({"en": "has failed", "zh": "运行出错"}[language])
        first = wait_for_kernels(hall, person, 2)

        finding = lab.cells().nth(1).locator(".jp-DatahallFinding")
        expect(finding).to_contain_text("weather/does-not-exist")
        expect(finding).not_to_contain_text(CHANGED)
        alert.locator("button").click()
        expect(lab.cells().nth(1)).to_have_class(re.compile("jp-mod-active"))
        lab.cells().nth(1).locator(".cm-content").click()
        lab.page.keyboard.type("# mended")
        expect(finding).to_contain_text(CHANGED)
        expect(alert).to_contain_text(CHANGED)

        buttons.first.click()
        expect(buttons.first).to_be_enabled()
        expect(finding).not_to_contain_text(CHANGED)
        assert wait_for_kernels(hall, person, 2) & first == own
        lab.page.locator(".lm-TabBar-tab.lm-mod-current:has-text('app.ipynb') .lm-TabBar-tabCloseIcon").last.click()
        assert wait_for_kernels(hall, person, 1) == own
        assert visit.errors == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_expired_login_at_the_desk_leads_to_the_sign_in(
    hall: RunningHall, browser: Browser, people: dict[str, tuple[str, str]], language: str
) -> None:
    told = {"code": "not-signed-in", "message": "This needs an account.", "hint": "Send a token in the header."}
    with open_context(browser, language=language) as visit:
        visit.context.route(
            "**/services/hall/api/v1/apps/**", lambda route: route.fulfill(status=401, json={"error": told})
        )
        lab = open_notebook(hall, visit, name=people[language][0], language=language, cells=["1 + 1"])
        alert = open_publishing(lab).get_by_role("alert")
        expect(alert).to_contain_text(lab.word("signed out"))
        expect(alert).not_to_contain_text("token")
        expect(alert.get_by_role("link", name=lab.word("sign in"))).to_have_attribute("href", "/hub/login")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_publishing_fits_a_phone(
    hall: RunningHall, browser: Browser, people: dict[str, tuple[str, str]], language: str
) -> None:
    place = {"file": "app.ipynb", "cell": 1, "line": None, "field": ""}
    finding = {"code": "x", "severity": "problem", "message": LONG, "mend": LONG, "place": place}
    version = {"slug": "app", "number": 7, "state": "draft", "created": "", "revision": 1, "actions": [],
               "waits_for": None, "note": LONG, "findings": [finding], "events": [], "comments": []}  # fmt: skip
    with open_context(browser, language=language, width=390, height=844) as visit:
        visit.context.route(
            "**/services/hall/api/v1/apps/**", lambda route: route.fulfill(json={"versions": [version]})
        )
        lab = open_notebook(hall, visit, name=people[language][0], language=language, cells=["1 + 1", UNKNOWN])
        publish = open_publishing_on_a_phone(lab)
        expect(publish.locator(".jp-DatahallFindings li")).to_contain_text(
            {"en": "Cell 1 of version 7", "zh": "版本 7 的单元格 1"}[language]
        )
        assert lab.page.locator(f"{FRONT} .jp-DatahallFinding").count() == 0
        publish.locator("summary").nth(1).click()
        publish.get_by_role("button", name=lab.word("show")).click()
        expect(publish.get_by_role("alert")).to_contain_text("weather/does-not-exist")
        panel = lab.page.locator(".jp-DatahallPanel:has(> .jp-DatahallPublish)")
        assert publish.evaluate("node => node.clientWidth") > 270  # the whole page but for the sidebars and margins
        assert not panel.evaluate(IS_TOO_WIDE)
        assert not publish.evaluate(IS_TOO_WIDE)
        assert find_violations(lab.page, within=".jp-DatahallPublish") == []


def join(lab: LabVisit) -> None:
    """Insert the join of companies with inspections that the panel proposes."""
    panel = lab.open_panel()
    lab.search(COMPANIES.partition("/")[2])
    panel.locator(f'[data-dataset="{COMPANIES}"] .jp-DatahallCard-title').click()
    panel.get_by_text(re.compile(lab.word("joins"))).click()
    panel.locator(f'.jp-DatahallJoin[data-dataset="{INSPECTIONS}"] button').last.click()
    expect(lab.page.locator(f"{FRONT} .cm-content").first).to_contain_text("joined = ")


def open_publishing(lab: LabVisit) -> Locator:
    """Open the tab beside the notebook in front."""
    lab.wait_until_idle()
    lab.page.locator(f'{FRONT} [data-command="datahall:publish-app"]').click()
    publish = lab.page.locator(".jp-DatahallPublish")
    expect(publish).to_be_visible()
    return publish


def open_publishing_on_a_phone(lab: LabVisit) -> Locator:
    """Open the tab from the buttons that found no room in the notebook's toolbar."""
    lab.page.locator(f"{FRONT} .jp-Toolbar-responsive-opener").click()
    lab.page.locator('.jp-Toolbar-responsive-popup [data-command="datahall:publish-app"]').click()
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
