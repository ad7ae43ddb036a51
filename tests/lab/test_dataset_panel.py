"""The dataset panel in a real hall, as a researcher uses it: find, insert, run, plot, cite, freeze; and its faults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import find_violations
from tests.browser.chromium import Visit, open_context
from tests.lab.lab_visit import FRONT, LabVisit, open_lab
from tests.lab.notebooks_at_home import write_notebook
from tests.running_hall import RunningHall

pytestmark = pytest.mark.browser

DATASET = "weather/seattle-weather"
PLOT = "import matplotlib.pyplot as plt\nplt.plot(df['date'], df['temp_max'])\nplt.show()"
NOTED = {"datahall": {"used": [{"id": DATASET, "version": "2015-12-31.00000000"}, {"id": "weather/no-such-data", "version": "2015-12-31.00000000"}]}}  # fmt: skip  # noqa: E501


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def name(hall: RunningHall, language: str) -> Iterator[str]:
    """Somebody whose server was started in their language."""
    person = f"panel-{language}"
    if not (hall.home / "homes" / person).exists():
        hall.create_person(person)
    with closing(hall.login(person)) as client:
        client.cookies.set("datahall-language", language)
        hall.start_server(client, person)
        yield person


@pytest.fixture
def visit(browser: Browser, language: str) -> Iterator[Visit]:
    with open_context(browser, language=language) as visit:
        visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield visit
        assert visit.errors == []
        assert visit.outside() == []


@pytest.fixture
def lab(hall: RunningHall, name: str, visit: Visit, language: str) -> LabVisit:
    lab = open_lab(hall, visit, name=name, language=language)
    lab.open_panel()
    return lab


def test_a_researcher_finds_looks_inserts_runs_plots_cites_and_freezes(
    hall: RunningHall, lab: LabVisit, name: str, visit: Visit
) -> None:
    lab.search("西雅图 降水").first.get_by_role("button", name=lab.word("title"), exact=True).click()
    panel = lab.panel
    expect(panel.get_by_role("heading", name=lab.word("title"))).to_be_focused()
    panel.get_by_text(lab.word("first rows")).click()
    expect(panel.locator(".jp-DatahallTable tbody tr")).to_have_count(10)
    expect(panel.locator(".jp-DatahallFields li")).to_have_count(6)

    panel.get_by_role("button", name=lab.word("insert"), exact=True).click()
    expect(lab.run_last()).to_contain_text("drizzle")
    assert 'datahall.dataset("weather/seattle-weather")' in lab.source()
    expect(lab.run_last(PLOT).locator("img")).to_be_visible()

    panel.get_by_role("button", name=lab.word("cite")).click()
    expect(lab.page.get_by_text(lab.word("cited"))).to_be_visible()
    assert "NOAA" in lab.page.evaluate("navigator.clipboard.readText()") or lab.language == "zh"

    panel.get_by_role("button", name=lab.word("back")).click()
    panel.get_by_role("searchbox").fill("")
    used = panel.get_by_role("region", name=lab.word("used"))
    expect(used).to_contain_text(DATASET)
    used.get_by_role("button", name=lab.word("freeze")).click()
    expect(lab.page.locator(f"{FRONT} .cm-content").first).to_contain_text("seattle-weather@2015-12-31.")
    lab.page.locator(f"{FRONT} .jp-Notebook").click(position={"x": 5, "y": 400})
    lab.page.keyboard.press("Control+s")
    lab.page.locator(".jp-Dialog button.jp-mod-accept").click()  # which asks for another name than Untitled
    expect(lab.page.locator(".jp-Dialog")).to_have_count(0)
    expect(lab.page.locator("#jp-main-dock-panel .jp-mod-current.jp-mod-dirty")).to_have_count(0)
    (saved,) = (hall.home / "homes" / name).glob("Untitled*.ipynb")
    assert [use["id"] for use in json.loads(saved.read_text())["metadata"]["datahall"]["used"]] == [DATASET]
    saved.unlink()


def test_keys_alone_lead_from_the_search_to_the_code(hall: RunningHall, lab: LabVisit) -> None:
    page = lab.page
    lab.panel.get_by_role("searchbox").focus()
    page.keyboard.insert_text("seattle")
    expect(lab.panel.locator(".jp-DatahallCard").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(lab.panel.locator(".jp-DatahallCard-title").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(lab.panel.locator(".jp-DatahallFields")).to_be_visible()
    page.keyboard.press("Escape")
    expect(lab.panel.get_by_role("searchbox")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_panel_is_accessible_and_fits(
    hall: RunningHall, browser: Browser, name: str, language: str, width: int
) -> None:
    with open_context(browser, language=language, width=width, height=844) as visit:
        lab = open_lab(hall, visit, name=name, language=language)
        lab.open_panel()
        assert find_violations(lab.page, within="#datahall-datasets") == []
        lab.search("天气").first.get_by_role("button", name=lab.word("title"), exact=True).click()
        expect(lab.panel.locator(".jp-DatahallFields")).to_be_visible()
        assert find_violations(lab.page, within="#datahall-datasets") == []
        width_of = "e => [e.scrollWidth, e.clientWidth]"
        wide, seen = lab.panel.evaluate(width_of)
        assert wide <= seen


def test_a_pinned_sql_form_is_inserted_as_it_is_shown(lab: LabVisit) -> None:
    lab.search("seattle").first.get_by_role("button", name=lab.word("title"), exact=True).click()
    lab.panel.get_by_role("combobox").select_option("sql")
    lab.panel.get_by_label(re.compile(lab.word("pin"))).check()
    expect(lab.panel.locator("pre")).to_contain_text("seattle-weather@2015-12-31.")
    lab.panel.get_by_role("button", name=lab.word("insert"), exact=True).click()
    expect(lab.run_last()).to_contain_text("2012-01-01")


def test_a_notebook_whose_datasets_have_changed_says_so(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    write_notebook(hall, name, "old.ipynb", "import datahall", metadata=NOTED)
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/old.ipynb?reset")

    warning = {"en": "have changed since", "zh": "使用的数据集有了变化"}[language]
    expect(lab.page.locator(".Toastify")).to_contain_text(warning)
    lab.open_panel()
    used = lab.panel.get_by_role("region", name=lab.word("used"))
    gone, older = {
        "en": ("The hall no longer has this dataset", "This version is no longer in the hall"),
        "zh": ("大厅已没有此数据集", "大厅已不再保存此版本"),
    }[language]
    expect(used).to_contain_text(gone)
    expect(used).to_contain_text(older)


def test_the_launcher_begins_a_template_and_a_lesson_without_its_solutions(
    hall: RunningHall, lab: LabVisit, name: str
) -> None:
    page = lab.page
    expect(page.locator(".jp-Launcher")).to_contain_text(lab.word("templates"))
    page.locator(".jp-LauncherCard[data-category]", has_text=re.compile("Explore a dataset|探索一个数据集")).click()
    expect(page.locator(f"{FRONT} .jp-CodeCell").first).to_be_visible()
    assert list((hall.home / "homes" / name).glob("explore-a-dataset*.ipynb"))

    answer = page.evaluate(
        """async base => {
          const id = 'from-table-to-app/en/01-a-table-and-its-columns.ipynb';
          const word = /_xsrf=([^;]*)/.exec(document.cookie)?.[1];
          const answer = await fetch(`${base}datahall/starters`, {
            method: 'POST', headers: { 'X-XSRFToken': word }, body: JSON.stringify({ kind: 'lesson', id })
          });
          return [answer.status, await answer.json()];
        }""",
        f"{hall.url}/user/{name}/",
    )
    assert answer == [200, {"path": "lessons/from-table-to-app/01-a-table-and-its-columns.ipynb"}]
    lesson = (hall.home / "homes" / name / answer[1]["path"]).read_text()
    assert "YOUR CODE HERE" in lesson
    assert "BEGIN SOLUTION" not in lesson
