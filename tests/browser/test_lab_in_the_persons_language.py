"""The Lab in the person's language: its menus, and what they use, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import open_context
from tests.browser.test_lab_on_a_phone import open_lab
from tests.running_hall import RunningHall

pytestmark = pytest.mark.browser

WORDS = {
    "en": {"file": "File", "use": "What you use", "memory": "Memory", "cpu": "CPU", "disk": "Disk",
           "kernel": "Kernel"},
    "zh": {"file": "文件", "use": "您的资源用量", "memory": "内存", "cpu": "CPU", "disk": "磁盘",
           "kernel": "内核"},
}  # fmt: skip


@pytest.fixture(params=["en", "zh"])
def reader(request: pytest.FixtureRequest, hall: RunningHall) -> Iterator[str]:
    """The language of somebody whose server was started in it."""
    language = str(request.param)
    name = f"lab-{language}"
    hall.create_person(name)
    with closing(hall.login(name)) as client:
        client.cookies.set("datahall-language", language)
        hall.start_server(client, name)
        yield language
        hall.stop_server(client, name)


def test_the_lab_speaks_it_and_tells_what_the_person_uses(hall: RunningHall, browser: Browser, reader: str) -> None:
    words = WORDS[reader]
    with open_context(browser, language=reader) as visit:
        page = open_lab(hall, visit, name=f"lab-{reader}")
        expect(page.get_by_role("menuitem", name=re.compile(f"^{words['file']}"))).to_be_visible()
        use = page.get_by_role("group", name=words["use"])
        shown = re.compile(
            rf"{words['memory']} \d+\.\d\d / \d+(\.\d\d)? GB · {words['cpu']} \d+ % · {words['disk']} \d.* / \d+.* GB"
            rf" · {words['kernel']} \d\.\d\d / \d+(\.\d\d)? GB"
        )
        expect(use).to_have_text(shown, timeout=20_000)
        expect(use).to_be_in_viewport(ratio=1)
    with open_context(browser, language=reader, width=390, height=844) as visit:
        page = open_lab(hall, visit, name=f"lab-{reader}")
        use = page.get_by_role("group", name=words["use"])
        expect(use).to_have_text(re.compile(rf"^{words['memory']} \d+\.\d\d / \d+(\.\d\d)? GB$"))
        expect(use).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert visit.errors == []
        assert visit.outside() == []
