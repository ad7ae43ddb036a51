"""What the checks find in a submitted notebook stands at the cells that it is about, until it is mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.chromium import open_context
from tests.lab.hall_without_apps import open_hall_without_apps
from tests.lab.lab_visit import FRONT, LabVisit, open_lab
from tests.lab.notebooks_at_home import write_notebook
from tests.running_hall import RunningHall

pytestmark = [pytest.mark.browser, pytest.mark.sandbox, pytest.mark.timeout(600)]

DATASET, VERSION = "weather/seattle-weather", "2015-12-31.89efed21"
CHECKED_WITHIN = 180_000  # milliseconds
APP = f"""
import datahall
import ipywidgets as widgets
from datahall_voila import Board, View, say

rows = datahall.dataset("{DATASET}").polars().collect().height


def render(*, unit):
    return View(sentence=say(en=f"{{rows}} {{unit}} are known.", zh=f"共有 {{rows}} 天。"))


Board({{"unit": widgets.Dropdown(options=["days"], description=say(en="Unit", zh="单位"))}}, render).show()
"""
SECRET = f"access = {'ghp_' + 'a1B2' * 9!r}"
HARMLESS = "access = None"
OUTSIDE = """from IPython.display import HTML

HTML('<img src="https://example.org/pixel.png" alt="pixel">')"""
WORDS = {
    "en": {"secret": "This looks like a secret", "again": "Submit a new version"},
    "zh": {"secret": "这里疑似有机密", "again": "提交新版本"},
}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    """A hall of its own without apps."""
    with open_hall_without_apps(tmp_path_factory.mktemp("findings")) as running:
        yield running


def describe_app(slug: str) -> dict[str, object]:
    """Return what a notebook notes of its app and its datasets, so that no form has to be filled in."""
    both = {"en": "Days of weather", "zh": "天气的天数"}
    manifest = {
        "title": both, "summary": {"en": "How many days are known.", "zh": "已知多少天。"}, "themes": ["weather"],
        "authors": [{"name": "Lin"}], "license": "BSD-3-Clause", "datasets": [{"id": DATASET}],
    }  # fmt: skip
    return {"datahall": {"app": {"slug": slug, "manifest": manifest}, "used": [{"id": DATASET, "version": VERSION}]}}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_finding_stands_at_its_cell_until_the_next_version_is_without_it(
    hall: RunningHall, browser: Browser, language: str
) -> None:
    name = f"finds-{language}"
    welcome(hall, name, language)
    write_notebook(hall, name, "secret.ipynb", APP, SECRET, OUTSIDE, metadata=describe_app(f"days-{language}"))
    with open_context(browser, language=language) as visit:
        lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/secret.ipynb?reset")
        publish = open_publishing(lab)
        publish.get_by_role("button", name=lab.word("submit")).click()
        finding = find_at(lab, SECRET)
        expect(finding).to_contain_text(WORDS[language]["secret"], timeout=CHECKED_WITHIN)
        expect(finding).to_contain_text("GitHub")
        expect(find_at(lab, "pixel")).to_contain_text("example.org")
        expect(find_at(lab, "import datahall")).to_have_count(0)

        close_publishing(lab)
        expect(finding).to_have_count(0)
        publish = open_publishing(lab)
        expect(finding).to_have_count(1)

        lab.page.reload()
        expect(finding).to_contain_text("GitHub", timeout=CHECKED_WITHIN)  # before its tab is opened
        publish = open_publishing(lab)
        expect(finding).to_have_count(1)
        expect(publish.get_by_role("button", name=re.compile("^(Cell |单元格 )2")).first).to_be_visible()

        replace_source(lab, SECRET, HARMLESS)
        replace_source(lab, "pixel", "3")
        publish.get_by_role("button", name=WORDS[language]["again"]).click()
        expect(publish.get_by_text(lab.word("passed")).first).to_be_visible(timeout=CHECKED_WITHIN)
        expect(lab.page.locator(f"{FRONT} .jp-DatahallFinding.jp-mod-problem")).to_have_count(0)
        assert visit.errors == []


@pytest.mark.parametrize("language", ["en"])
def test_a_finding_stays_at_its_cell_when_another_is_put_above(
    hall: RunningHall, browser: Browser, language: str
) -> None:
    name = f"moves-{language}"
    welcome(hall, name, language)
    write_notebook(hall, name, "moved.ipynb", APP, SECRET, metadata=describe_app("moved"))
    with open_context(browser, language=language) as visit:
        lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/moved.ipynb?reset")
        publish = open_publishing(lab)
        publish.get_by_role("button", name=lab.word("submit")).click()
        expect(find_at(lab, SECRET)).to_be_visible(timeout=CHECKED_WITHIN)

        lab.cells().first.locator(".jp-InputPrompt").click()
        lab.page.keyboard.press("a")
        expect(lab.cells()).to_have_count(3)
        publish.get_by_label("Title in English").fill("Days of rain")

        expect(find_at(lab, SECRET)).to_have_count(1)
        expect(find_at(lab, "import datahall")).to_have_count(0)
        publish.get_by_role("button", name=re.compile("^Cell ")).first.click()
        expect(lab.page.locator(f"{FRONT} .jp-Cell.jp-mod-active")).to_contain_text("ghp_")


def welcome(hall: RunningHall, name: str, language: str) -> None:
    """Give somebody an account and start their server in their language."""
    with closing(hall.person(name, ["startup"])) as client:
        client.cookies.set("datahall-language", language)
        hall.start_server(client, name)


def open_publishing(lab: LabVisit) -> Locator:
    """Open the tab beside the notebook in front, and wait until it is known which versions there are."""
    lab.wait_until_idle()
    lab.page.locator(f'{FRONT} [data-command="datahall:publish-app"]').click()
    publish = lab.page.locator(".jp-DatahallPublish")
    expect(publish.locator("summary").first).to_be_visible()
    return publish


def close_publishing(lab: LabVisit) -> None:
    """Close the tab in which one publishes."""
    tab = lab.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text=re.compile("^(Publish |发布)"))
    tab.locator(".lm-TabBar-tabCloseIcon").click()
    expect(lab.page.locator(".jp-DatahallPublish")).to_have_count(0)


def find_at(lab: LabVisit, source: str) -> Locator:
    """Return the problems that stand at the cell with some code."""
    return lab.cells().filter(has_text=source).locator(".jp-DatahallFinding.jp-mod-problem")


def replace_source(lab: LabVisit, old: str, new: str) -> None:
    """Type something else into a cell."""
    lab.cells().filter(has_text=old).locator(".cm-content").click()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.insert_text(new)
