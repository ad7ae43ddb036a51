"""A kept page in a real Chromium: what it shows is there at once, and turns into what it does, in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_hub.app_life.app_files import AppFiles, Submission
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import open_context

from .running_apps import CHECKOUT, RunningApps, make_home, run_fork_server
from .version_wishes import ask_for

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

READY = "#app-state[data-state=ready]"
MOST_MOVED = 8  # pixels by which the picture may move when live widgets take the place of stills


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with the weather, published, and one seat."""
    home = make_home(tmp_path_factory.mktemp("kept-browser") / "home")
    with run_fork_server(home):
        folder = tmp_path_factory.mktemp("no-shipped-apps")
        running = RunningApps(home, apps_folder=folder, settings={"DATAHALL_APPS_KERNELS": "1"}).start()
        publish(running, "weather-explorer")
        yield running
        assert running.stop() == 0


def publish(served: RunningApps, slug: str) -> None:
    source, files = CHECKOUT / "notebooks/apps" / slug, AppFiles(served.home / "apps")
    notebook, manifest, picture = ((source / name).read_bytes() for name in ("app.ipynb", "app.yaml", "thumbnail.png"))
    digest = files.keep(slug, Submission(notebook, manifest, picture, {}, {}))
    proof = ask_for(served, "/proofs", {"slug": slug, "digest": digest}).json()
    assert (proof["renders"], proof["live_only"]) == (True, False)
    pointer = {"number": 1, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": []}
    files.point_to(slug, {**pointer, "live_only": False})


def find_top(page: Page) -> float:
    """Return how far down the first picture that is seen stands, within the cells."""
    top: float = page.evaluate(
        """() => [...document.querySelectorAll('#app-cells img')].filter((each) => each.checkVisibility(
             {visibilityProperty: true}))[0].getBoundingClientRect().top
             - document.getElementById('app-cells').getBoundingClientRect().top"""
    )
    return top


def end_visit(page: Page) -> None:
    """Leave a page as whoever closes it does."""
    page.goto("about:blank")


def keep_picture(page: Page, name: str) -> None:
    """Save a picture of the page where somebody wants to look at it."""
    if folder := os.environ.get("DATAHALL_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280], ids=["a phone", "a desk"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_stills_turn_into_widgets_where_they_stand(
    served: RunningApps, browser: Browser, width: int, language: str
) -> None:
    with open_context(browser, width=width) as visit:
        page = visit.new_page()
        page.goto(f"{served.url}/weather-explorer?language={language}", wait_until="commit")
        page.wait_for_selector(".app-still img")
        assert page.locator(".app-still").count() == 1
        before = find_top(page)
        keep_picture(page, f"still-{language}-{width}")

        page.wait_for_selector(READY, state="attached")
        assert page.locator(".app-still").count() == 0
        moved = find_top(page) - before
        keep_picture(page, f"live-{language}-{width}")

        sentence = page.locator(".app-sentence").inner_text()
        page.get_by_role("slider").first.focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".app-sentence")).not_to_have_text(sentence)
        assert abs(moved) <= MOST_MOVED
        assert visit.outside() == []
        assert visit.errors == []
        end_visit(page)
    served.wait_for_visits(0)


@pytest.mark.parametrize(
    ("language", "words", "other"),
    [("en", "You are number 1 in the line", "Look at other apps"), ("zh", "您排在第 1 位", "看看其他应用")],
)
def test_who_waits_sees_the_app_and_the_place_in_the_line(
    served: RunningApps, browser: Browser, language: str, words: str, other: str
) -> None:
    with open_context(browser) as first, open_context(browser, width=390) as second:
        open_page = first.new_page()
        open_page.goto(f"{served.url}/weather-explorer")
        open_page.wait_for_selector(READY, state="attached")
        waiting = second.new_page()
        waiting.goto(f"{served.url}/weather-explorer?language={language}")
        expect(waiting.locator("#app-state-text")).to_contain_text(words)
        expect(waiting.get_by_role("link", name=other)).to_be_visible()
        expect(waiting.locator(".app-still img").first).to_be_visible()
        keep_picture(waiting, f"in-line-{language}")
        end_visit(open_page)
        waiting.wait_for_selector(READY, state="attached")
        expect(waiting.get_by_role("link", name=other)).to_be_hidden()
        assert second.errors == []
        end_visit(waiting)
    served.wait_for_visits(0)


def test_a_page_whose_service_is_killed_says_so_and_comes_back_by_itself(served: RunningApps, browser: Browser) -> None:
    with open_context(browser) as visit:
        page = visit.new_page()
        page.goto(f"{served.url}/weather-explorer?language=en")
        page.wait_for_selector(READY, state="attached")
        served.process.kill()
        served.process.wait()
        expect(page.locator("#app-state-text")).to_contain_text("The connection is interrupted")
        keep_picture(page, "interrupted")
        served.start()
        page.wait_for_selector(".app-still img")  # loaded anew
        page.wait_for_selector(READY, state="attached")
        end_visit(page)
    served.wait_for_visits(0)
