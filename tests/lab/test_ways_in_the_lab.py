"""The Lab's ways: to the hall's pages and back, to a notebook of one's own, to freezing; and none of them complains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from datahall_lab.starters import SHIPPED
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.accessibility import find_violations
from tests.browser.chromium import Visit, open_context
from tests.lab.lab_visit import FRONT, SETTLES, LabVisit, open_lab
from tests.lab.notebooks_at_home import write_notebook
from tests.running_hall import RunningHall

pytestmark = pytest.mark.browser

OWN_FOLDER = Path(__file__).parents[2] / "extensions/lab/src/starters/own_folder.ts"
DATASET = "weather/seattle-weather"
CODE = f'from datahall import *\nds = dataset("{DATASET}")\nds.polars().head(1).collect()'
MENU = {"en": "Data Hall", "zh": "数据大厅"}
HELP = {"en": "Help", "zh": "帮助"}
PAGES = {
    "en": {
        "Home Page of the Hall": "",
        "Datasets in the Hall": "datasets/",
        "Apps in the Hall": "apps/",
        "My Apps in the Hall": "apps/mine",
    },
    "zh": {"大厅首页": "", "大厅的数据集": "datasets/", "大厅的应用": "apps/", "我在大厅的应用": "apps/mine"},
}
SECTIONS = {
    "en": ["Notebook", "New from template", "Guides", "Lessons: from table to app", "Console", "Other"],
    "zh": ["笔记本", "从模板新建", "指南", "课程：从表格到应用", "控制台", "其他"],
}
GUIDE = {"en": "guides/01-first-steps.ipynb", "zh": "guides/01-第一步.ipynb"}
TEMPLATE = {"en": "Explore a dataset", "zh": "探索一个数据集"}
FREEZE = {"en": "Freeze Versions of Datasets", "zh": "固定数据集的版本"}
FROZEN = {"en": f"Frozen; now in the code: {DATASET}@", "zh": f"已固定，现已写入代码：{DATASET}@"}
UNOPENED = {"en": "Not frozen, as it has not been opened yet", "zh": "未固定，因为尚未打开过"}
NARROWEST = 200  # pixels; the Lab's own sidebars are not narrower than 250
# The browser writes each refused question to the console. The desk is asked for an app that may not be there yet (404),
# and signs in where the hall does not know the visitor yet (401).
EXPECTED = re.compile(r"status of 40[14] .*\(\S+/api/v1/apps/untitled\d*/versions\)")


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def name(hall: RunningHall, language: str) -> Iterator[str]:
    """Somebody whose server was started in their language."""
    person = f"ways-{language}"
    if not (hall.home / "homes" / person).exists():
        hall.create_person(person)
    with closing(hall.login(person)) as client:
        client.cookies.set("datahall-language", language)
        hall.start_server(client, person)
        yield person


@pytest.fixture
def visit(browser: Browser, language: str) -> Iterator[Visit]:
    with open_context(browser, language=language, height=800) as visit:
        yield visit
        assert visit.errors == []
        assert visit.outside() == []


def choose(page: Page, menu: str, item: str) -> None:
    """Choose something in a menu of the bar."""
    page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def assert_page_opens(lab: LabVisit, menu: str, item: str, path: str) -> None:
    """Choose a page of the hall, which comes in a tab that has no hold on the Lab."""
    with lab.page.context.expect_page() as opened:
        choose(lab.page, menu, item)
    page = opened.value
    page.wait_for_url(f"**/services/hall/{lab.language}/{path}")
    assert page.evaluate("window.opener") is None
    page.close()


def list_own(hall: RunningHall, name: str) -> set[str]:
    """Return the notebooks at the top of a home."""
    return {file.name for file in (hall.home / "homes" / name).glob("*.ipynb")}


def list_guides(hall: RunningHall, name: str) -> set[str]:
    return {file.name for file in (hall.home / "homes" / name / "guides").rglob("*.ipynb")}


def test_the_menu_and_the_palette_lead_to_the_halls_pages_in_tabs_of_their_own(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    lab = open_lab(hall, visit, name=name, language=language)
    for item, path in PAGES[language].items():
        assert_page_opens(lab, MENU[language], item, path)

    lab.page.keyboard.press("Control+Shift+C")
    home = next(iter(PAGES[language]))
    item = lab.page.locator(".lm-CommandPalette-item").get_by_text(home, exact=True)
    with lab.page.context.expect_page() as opened:
        item.click()  # as the Lab's palette finds no Chinese words
    opened.value.wait_for_url(f"**/services/hall/{language}/")


def test_on_a_phone_the_pages_stand_in_the_help_menu_and_cards_side_by_side(
    hall: RunningHall, browser: Browser, name: str, language: str
) -> None:
    with open_context(browser, language=language, width=390, height=844) as visit:
        lab = open_lab(hall, visit, name=name, language=language)
        expect(lab.page.locator(".lm-MenuBar-item", has_text=MENU[language])).to_have_count(0)
        assert_page_opens(lab, HELP[language], next(iter(PAGES[language])), "")
        cards = lab.page.locator(".jp-LauncherCard[data-category]", has_text=TEMPLATE[language])
        section = lab.page.locator(".jp-Launcher-section", has=cards)
        tops = section.locator(".jp-LauncherCard").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
        assert len(set(tops)) == 2  # of six
        assert visit.errors == []


def test_what_the_hall_offers_stands_on_the_launcher_before_consoles_and_the_rest(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    lab = open_lab(hall, visit, name=name, language=language)
    titles = lab.page.locator(".jp-Launcher-sectionTitle")
    expect(titles.filter(has_text=SECTIONS[language][3])).to_have_count(1)
    seen_last = lab.word("seen")
    assert [title for title in titles.all_inner_texts() if title != seen_last] == SECTIONS[language]
    for title in SECTIONS[language][:3]:
        expect(titles.filter(has_text=re.compile(f"^{title}$"))).to_be_in_viewport()


def test_who_has_opened_a_guide_begins_their_own_notebooks_in_their_home(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    lab = open_lab(hall, visit, name=name, language=language, path=f"lab/tree/{GUIDE[language]}?reset")
    page = lab.page
    crumbs = page.locator(".jp-BreadCrumbs-item[title='guides']")
    expect(crumbs).to_have_count(1)  # as the Lab goes to where the guide is
    own, guides = list_own(hall, name), list_guides(hall, name)

    def begin(card: str) -> None:
        page.wait_for_timeout(SETTLES)
        page.locator(".lm-TabBar-addButton:not(.lm-mod-hidden)").first.click()
        page.locator(".jp-LauncherCard", has_text=card).first.click()
        expect(page.locator(".jp-Launcher")).to_have_count(0)
        expect(page.locator(f"{FRONT} .jp-Cell").first).to_be_visible()

    begin("Python 3")
    begin(TEMPLATE[language])
    lab.wait_until_idle()
    choose_new_notebook(page)
    expect(page.locator(".jp-Dialog")).to_have_count(1)  # which asks for a kernel
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    lab.wait_until_idle()

    assert len(list_own(hall, name) - own) == 3
    assert list_guides(hall, name) == guides


def choose_new_notebook(page: Page) -> None:
    """File, New, Notebook."""
    page.locator(".lm-MenuBar-item").first.click()
    page.locator('.lm-Menu-item[data-type="submenu"]').first.hover()
    page.locator('.lm-Menu-item[data-command="notebook:create-new"]').first.click()


def test_the_lab_and_its_server_half_mean_the_same_folders() -> None:
    (listed,) = re.findall(r"SHIPPED: readonly string\[\] = \[(.*)\]", OWN_FOLDER.read_text())
    assert tuple(re.findall(r"'([^']*)'", listed)) == SHIPPED


def test_versions_are_frozen_from_the_menu_while_a_dataset_is_shown_and_it_is_told(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    write_notebook(hall, name, "frozen.ipynb", CODE)
    lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/frozen.ipynb?reset")
    lab.open_panel()
    lab.search("seattle")
    lab.describe(DATASET)
    lab.wait_until_idle()
    choose(lab.page, MENU[language], FREEZE[language])
    expect(lab.toast).to_contain_text(UNOPENED[language])

    lab.run_last()
    lab.wait_until_idle()
    choose(lab.page, MENU[language], FREEZE[language])
    expect(lab.toast).to_contain_text(FROZEN[language])
    assert f'dataset("{DATASET}@' in lab.source()

    lab.panel.get_by_role("button", name=lab.word("back")).click()
    lab.panel.get_by_role("searchbox").fill("")
    used = lab.panel.get_by_role("region", name=lab.word("used"))
    expect(used.get_by_role("status")).to_contain_text(FROZEN[language])


def test_the_usual_ways_write_no_errors_to_the_console(
    hall: RunningHall, name: str, visit: Visit, language: str
) -> None:
    told: list[str] = []

    def note(message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url')})"
        if message.type == "error" and not EXPECTED.search(text):
            told.append(text)

    visit.context.on("console", note)
    lab = open_lab(hall, visit, name=name, language=language)
    lab.open_panel()
    lab.search("seattle")
    lab.panel.locator("button[aria-expanded]").click()
    expect(lab.panel.locator("fieldset").first).to_be_visible()
    lab.panel.locator("button[aria-expanded]").click()
    panel = lab.describe(DATASET)
    expect(panel.locator(".jp-DatahallFields")).to_be_visible()
    panel.locator("details").evaluate_all("all => all.forEach(e => { e.open = true; })")
    panel.get_by_role("button", name=lab.word("insert"), exact=True).click()
    lab.run_last()
    lab.page.locator(f'{FRONT} [data-command="datahall:publish-app"]').click()
    expect(lab.page.locator(".jp-DatahallPublish")).to_be_visible()
    lab.page.wait_for_timeout(SETTLES)
    assert told == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_narrow_panel_holds_all_it_shows_and_is_readable_in_each_theme(
    hall: RunningHall, name: str, visit: Visit, language: str, theme: str
) -> None:
    lab = open_lab(hall, visit, name=name, language=language)
    choose_theme(lab, theme)
    lab.page.add_style_tag(content=f"#datahall-datasets {{ width: {NARROWEST}px !important; }}")
    panel = lab.open_panel()
    assert_fits(lab)
    lab.search("天气")
    panel.locator("button[aria-expanded]").click()
    expect(panel.locator("fieldset").first).to_be_visible()
    assert_fits(lab)
    panel.locator("button[aria-expanded]").click()
    lab.describe(DATASET)
    expect(panel.locator(".jp-DatahallFields")).to_be_visible()
    panel.locator("details").evaluate_all("all => all.forEach(e => { e.open = true; })")
    expect(panel.locator(".jp-DatahallTable")).to_be_visible()
    assert_fits(lab)


def choose_theme(lab: LabVisit, theme: str) -> None:
    """Set a theme as the settings do, and open the Lab again."""
    status = lab.page.evaluate(
        """async theme => {
          const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
          const word = /_xsrf=([^;]*)/.exec(document.cookie)?.[1];
          const answer = await fetch(`${base}lab/api/settings/@jupyterlab/apputils-extension:themes`, {
            method: 'PUT', headers: { 'X-XSRFToken': word }, body: JSON.stringify({ raw: JSON.stringify({ theme }) })
          });
          return answer.status;
        }""",
        theme,
    )
    assert status == 204
    lab.page.reload()
    lab.page.wait_for_selector(".jp-Launcher-section")
    lab.page.wait_for_timeout(SETTLES)
    expect(lab.page.locator("body")).to_have_attribute("data-jp-theme-name", theme)


def assert_fits(lab: LabVisit) -> None:
    """Nothing of the panel is wider than it or hard to read; first rows scroll in a box of their own."""
    beyond = lab.panel.evaluate(
        """panel => [...panel.querySelectorAll('*')].filter(each => !each.closest('.jp-DatahallTable')
          && each.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1).map(e => e.outerHTML)"""
    )
    assert beyond == []
    assert find_violations(lab.page, within="#datahall-datasets") == []
