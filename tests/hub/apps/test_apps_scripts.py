"""Which scripts run in an app's page: those that bear its nonce, and what these load; none that markdown names."""

from __future__ import annotations

import re

import httpx
import nbformat
import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import open_context
from tests.running_hall import PLAIN

from .running_apps import RunningApps, write_app

pytestmark = pytest.mark.sandbox

NAMED = "/services/apps/voila/static/voila.js?named-by-an-app"


def test_only_scripts_with_the_pages_own_nonce_run(small_apps: RunningApps) -> None:
    pages = [httpx.get(f"{small_apps.url}/plain", timeout=60, **PLAIN) for _ in range(2)]
    marks = []
    for page in pages:
        visit = re.search(r'"kernelId": "([0-9a-f-]+)"', page.text)
        assert visit
        first, second = page.headers["Content-Security-Policy"].split(", ")
        assert "script-src 'self' 'unsafe-eval'" in first
        nonce = re.fullmatch(r"script-src 'nonce-([\w-]{20,})' 'strict-dynamic' 'self' 'unsafe-eval'", second)
        assert nonce
        assert nonce[1] not in visit[1]
        scripts = re.findall(r"<script ([^>]*src=[^>]*)>", page.text)
        assert len(scripts) >= 3
        assert all(f'nonce="{nonce[1]}"' in each for each in scripts)
        httpx.post(f"{small_apps.url}/voila/api/shutdown/{visit[1]}", **PLAIN)
        marks.append(nonce[1])
    assert len(set(marks)) == 2


@pytest.mark.browser
def test_a_script_that_a_text_names_is_not_even_loaded(small_apps: RunningApps, browser: Browser) -> None:
    folder = write_app(small_apps.apps_folder, "marked-up", cells=["import ipywidgets; ipywidgets.Label('hello')"])
    notebook = nbformat.read(folder / "app.ipynb", as_version=4)
    text = f'Words <b>and</b> <script src="{NAMED}"></script>'
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    nbformat.write(notebook, folder / "app.ipynb")

    with open_context(browser) as visit:
        page = visit.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        loaded: list[str] = []
        page.on("requestfinished", lambda request: loaded.append(request.url))
        page.goto(f"{small_apps.url}/marked-up")
        page.wait_for_selector("#app-state[data-state=ready]", state="attached")
        page.goto("about:blank")

    assert any("named-by-an-app" in each and "Content Security Policy" in each for each in said)
    assert any("voila/static/voila.js" in each for each in loaded)
    assert not any("named-by-an-app" in each for each in loaded)


@pytest.mark.browser
def test_of_a_page_with_a_cell_that_failed_the_others_are_drawn(small_apps: RunningApps, browser: Browser) -> None:
    cells = ["import ipywidgets; ipywidgets.Label('drawn all the same')", "1 / 0"]
    write_app(small_apps.apps_folder, "half-failing", cells=cells)
    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{small_apps.url}/half-failing")
        page.wait_for_selector("#app-state[data-state=failed]", state="attached")
        page.wait_for_selector(".jupyter-widgets >> text=drawn all the same")
        page.goto("about:blank")
