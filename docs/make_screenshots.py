"""Take the README's pictures of the Lab and of three apps from a real hall: ``python docs/make_screenshots.py``.

Starts a hall in a temporary folder, with what can be had without a network, and photographs it with Chromium.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from tests.browser.chromium import launch_chromium, open_context  # noqa: E402
from tests.lab.lab_visit import LabVisit, open_lab  # noqa: E402
from tests.running_hall import RunningHall  # noqa: E402
from tests.stock import use_stock  # noqa: E402

APPS = DOCS.parent / "notebooks/apps"
SHOWN_APPS = {"company-risk-radar": "en", "near-me": "zh", "water-and-ocean": "en"}
WIDTH, HEIGHT = 1280, 800
COLOURS = 128  # few enough for pictures that load at once, enough for letters


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        use_stock(Path(folder) / "stock")
        hall = RunningHall(Path(folder) / "home").start(environment={"DATAHALL_APPS_FOLDER": str(APPS)})
        try:
            with sync_playwright() as playwright, launch_chromium(playwright) as browser:
                for language in ("en", "zh"):
                    take_lab(hall, browser, language=language)
                for slug, language in SHOWN_APPS.items():
                    take_app(hall, browser, slug=slug, language=language)
        finally:
            hall.stop()


def take_lab(hall: RunningHall, browser: Browser, *, language: str) -> None:
    """Take the panel with a dataset beside a notebook that has opened it, and the form to publish an app."""
    name = f"reader-{language}"
    with closing(hall.person(name, ["startup"])) as client:
        client.cookies.set("datahall-language", language)
        hall.start_server(client, name)
    home = hall.home / "homes" / name
    notebook = home / "app.ipynb"
    shutil.copy(APPS / "weather-explorer/app.ipynb", notebook)
    shutil.chown(notebook, home.stat().st_uid, home.stat().st_gid)
    with open_context(browser, language=language, width=WIDTH, height=HEIGHT) as visit:
        lab = open_lab(hall, visit, name=name, language=language)
        lab.open_panel()
        lab.search("rain" if language == "en" else "降水").first.locator(".jp-DatahallCard-title").click()
        lab.panel.get_by_role("button", name=lab.word("insert"), exact=True).click()
        lab.run_last()
        widen(lab)
        take(lab.page, f"lab-panel-{language}")
    with open_context(browser, language=language, width=WIDTH, height=HEIGHT) as visit:
        lab = open_lab(hall, visit, name=name, language=language, path="lab/tree/app.ipynb?reset")
        lab.wait_until_idle()
        lab.page.locator('[data-command="datahall:publish-app"]').first.click()
        expect(lab.page.locator(".jp-DatahallForm")).to_be_visible()
        lab.page.wait_for_timeout(1_000)
        take(lab.page, f"lab-publish-{language}")


def widen(lab: LabVisit) -> None:
    """Give the panel a third of the window."""
    handle = lab.page.locator("#jp-main-split-panel > .lm-SplitPanel-handle").first
    box = handle.bounding_box()
    if box is not None:
        lab.page.mouse.move(box["x"] + 2, box["y"] + 300)
        lab.page.mouse.down()
        lab.page.mouse.move(WIDTH / 3, box["y"] + 300)
        lab.page.mouse.up()
    lab.page.wait_for_timeout(1_000)


def take_app(hall: RunningHall, browser: Browser, *, slug: str, language: str) -> None:
    """Take an app as its visitors see it."""
    with open_context(browser, language=language, width=WIDTH, height=HEIGHT) as visit:
        page = visit.new_page()
        page.goto(f"{hall.url}/services/apps/{slug}?language={language}")
        expect(page.locator(".app-picture img").first).to_be_visible(timeout=90_000)
        expect(page.locator("#app-state")).to_have_attribute("data-state", re.compile("ready"), timeout=90_000)
        page.wait_for_timeout(1_000)
        take(page, f"app-{slug}")


def take(page: Page, name: str) -> None:
    """Write what the page shows."""
    file = DOCS / f"{name}.png"
    page.screenshot(path=file)
    Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
