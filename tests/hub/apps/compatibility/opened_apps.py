"""A notebook as a published app in a real Chromium: first what was made before, then what moves, then one thing moved.

While the stills are looked at, the page's first sign is held back, so that no kernel joins it meanwhile.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from datahall_hub.app_life.app_files import AppFiles
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from tests.browser.chromium import open_context

from ..running_apps import RunningApps
from ..version_wishes import ask_for, write_version

READY = "#app-state[data-state=ready]"
EMPTY_RECORDING = "ERR_REQUEST_RANGE_NOT_SATISFIABLE"  # which Chromium says of a sound or film without a byte
SIGNS = "**/services/apps/api/kernels/*"


def publish(served: RunningApps, slug: str, cells: Iterable[Any]) -> bool:
    """Have a notebook prove itself, and visitors see it; return whether one page of it is kept for everybody."""
    slug, digest = write_version(served.home, slug, cells=cells)
    proof = ask_for(served, "/proofs", {"slug": slug, "digest": digest}).json()
    assert proof["renders"], proof
    pointer = {"number": 1, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": []}
    AppFiles(served.home / "apps").point_to(slug, {**pointer, "live_only": proof["live_only"]})
    return not proof["live_only"]


@dataclass
class OpenedApp:
    """An app's page before any kernel, and what its console said meanwhile."""

    page: Page
    still: str = ""  # the words that are seen first, and "picture" for each picture
    complaints: list[str] = field(default_factory=list)
    held: list[Route] = field(default_factory=list)

    def hold(self, route: Route) -> None:
        """Keep a sign of the page back; called by Playwright."""
        self.held.append(route)

    def note(self, message: ConsoleMessage) -> None:
        """Note what the console says; called by Playwright."""
        if message.type == "error" and EMPTY_RECORDING not in message.text:
            self.complaints.append(message.text)

    def join(self) -> Page:
        """Let the page have its kernel, and return it when it is ready."""
        for route in self.held:
            route.continue_()
        self.page.unroute(SIGNS)
        self.page.wait_for_selector(READY, state="attached")
        assert self.page.locator(".app-still").count() == 0
        return self.page


@contextlib.contextmanager
def open_app(served: RunningApps, browser: Browser, slug: str, *, is_kept: bool) -> Iterator[OpenedApp]:
    """Open an app; in the end nothing was asked for outside and no script has complained, and the visit is over."""
    with open_context(browser) as visit:
        opened = OpenedApp(visit.new_page())
        opened.page.on("console", opened.note)
        opened.page.route(SIGNS, opened.hold)
        opened.page.goto(f"{served.url}/{slug}?language=en", wait_until="commit")
        if is_kept:
            opened.page.wait_for_selector("#app-finished", state="attached")
            opened.still = read_stills(opened.page)
        yield opened
        assert visit.outside() == []
        assert visit.errors == []
        assert not opened.complaints, opened.complaints
        opened.page.goto("about:blank")
    served.wait_for_visits(0)


def read_stills(page: Page) -> str:
    """Return what is seen of the stills, and of the markdown between them."""
    seen: str = page.evaluate(
        """() => document.getElementById("app-cells").innerText + " " + [...document.querySelectorAll(
             ".app-still :is(input, option)")].map((each) => each.value).join(" ") + " picture".repeat(
             [...document.querySelectorAll(".app-still img")].filter((each) => each.checkVisibility()).length)"""
    )
    return seen
