"""A person in the Lab: the dataset panel, the notebook in front, and how one types into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Visit
from tests.running_hall import PASSWORD, RunningHall

PANEL = "#datahall-datasets"
FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"
SETTLES = 1_000  # milliseconds: the Lab takes the focus when it is restored, and drops keys before it knows a kernel
IDLE = f"{FRONT} .jp-Notebook-ExecutionIndicator[data-status=idle]"

WORDS = {
    "en": {
        "search": "Search datasets", "insert": "Insert code", "first rows": "First rows", "cite": "Copy citation",
        "cited": "The citation has been copied.", "pin": "Always this version", "join": "Insert join",
        "joins": "Can be joined with", "used": "Datasets of this notebook", "freeze": "Freeze versions",
        "reproduce": "Reproduce", "back": "Back", "domain": "Weather", "no hall": "The hall does not answer",
        "nothing": "Nothing was found", "request": "Request access", "templates": "New from template",
        "title": "Daily weather in Seattle", "submit": "Submit for review", "passed": "waits for a steward",
        "missing": "Please fill this in.", "show": "Show it in English", "describe": "Describe it",
        "signed out": "You are no longer signed in", "sign in": "Sign in again", "seen": "Datasets seen last",
        "unsaved": "This notebook cannot be saved here", "no kernel": "There is no Python kernel",
    },
    "zh": {
        "search": "搜索数据集", "insert": "插入代码", "first rows": "前几行", "cite": "复制引用",
        "cited": "引用已复制。", "pin": "固定使用此版本", "join": "插入关联代码", "joins": "可关联的数据集",
        "used": "此笔记本使用的数据集", "freeze": "固定版本", "reproduce": "复现", "back": "返回", "domain": "气象",
        "no hall": "数据大厅暂时没有响应", "nothing": "没有找到", "request": "申请使用", "templates": "从模板新建",
        "title": "西雅图逐日天气", "submit": "提交审核", "passed": "等待审核", "missing": "请填写此项。",
        "show": "查看中文版", "describe": "填写说明",
        "signed out": "您的登录已失效", "sign in": "重新登录", "seen": "最近看过的数据集",
        "unsaved": "此笔记本不能在这里保存", "no kernel": "没有可以重新启动的 Python 内核",
    },
}  # fmt: skip


@dataclass
class LabVisit:
    """One tab with the Lab, in a language."""

    page: Page
    language: str

    def word(self, name: str) -> str:
        """Return what something is called in the visitor's language."""
        return WORDS[self.language][name]

    @property
    def panel(self) -> Locator:
        """The dataset panel."""
        return self.page.locator(PANEL)

    def open_panel(self) -> Locator:
        """Show the panel."""
        if not self.panel.is_visible():
            self.page.locator('.lm-TabBar-tab[data-id="datahall-datasets"]').click()
        expect(self.panel.locator(".jp-DatahallThemes li").first).to_be_visible()
        return self.panel

    def search(self, words: str) -> Locator:
        """Search, and return the cards."""
        self.panel.get_by_role("searchbox").fill(words)
        cards = self.panel.locator(".jp-DatahallCard")
        expect(cards.first).to_be_visible()
        return cards

    def card(self, dataset: str) -> Locator:
        """Return one of the cards listed."""
        return self.panel.locator(f'[data-dataset="{dataset}"]')

    def insert(self, dataset: str) -> None:
        """Insert the code of a dataset from its card."""
        self.card(dataset).locator(".jp-DatahallCard-foot button").click()

    def describe(self, dataset: str) -> Locator:
        """Open the details of a dataset listed, and return the panel."""
        self.card(dataset).locator(".jp-DatahallCard-title").click()
        expect(self.panel.locator(".jp-DatahallDetails")).to_be_visible()
        return self.panel

    @property
    def toast(self) -> Locator:
        """What the Lab tells in its corner."""
        return self.page.locator(".Toastify")

    def wait_until_idle(self) -> None:
        """Wait until the kernel of the notebook in front has nothing to do, and the Lab knows it."""
        self.page.wait_for_selector(IDLE)
        self.page.wait_for_timeout(SETTLES)

    def cells(self) -> Locator:
        """The code cells of the notebook in front."""
        return self.page.locator(f"{FRONT} .jp-CodeCell")

    def run_last(self, code: str = "") -> Locator:
        """Put code into the last cell, run it, and return what it has shown."""
        self.wait_until_idle()
        cell = self.cells().last
        editor = cell.locator(".cm-content")
        editor.click()
        if code:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.insert_text(code)
        shown = self.page.locator(f"{FRONT} .jp-CodeCell .jp-OutputArea-output")
        before = shown.count()
        self.page.keyboard.press("Shift+Enter")
        expect(shown).not_to_have_count(before)
        return shown.last

    def source(self) -> str:
        """Return the code of the notebook in front, as it is shown."""
        return "\n".join(self.page.locator(f"{FRONT} .jp-CodeCell .cm-content").all_inner_texts())


def open_lab(hall: RunningHall, visit: Visit, *, name: str, language: str, path: str = "lab?reset") -> LabVisit:
    """Sign in and open the Lab, at the launcher unless another page is named."""
    page = visit.new_page()
    page.goto(f"{hall.url}/hub/login?next=/user/{name}/api")
    sign_in(page, name)
    page.wait_for_url(re.compile(rf"/user/{name}/api"))
    return open_tab(hall, page, name=name, language=language, path=path)


def sign_in(page: Page, name: str) -> None:
    """Fill in the form for it."""
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("form button[type=submit]")


def open_tab(hall: RunningHall, page: Page, *, name: str, language: str, path: str = "lab?reset") -> LabVisit:
    """Open the Lab in a tab of somebody who is signed in."""
    page.goto(f"{hall.url}/user/{name}/{path}")
    page.wait_for_selector(f".jp-Launcher-section, {FRONT}")
    page.wait_for_timeout(SETTLES)
    return LabVisit(page, language)
