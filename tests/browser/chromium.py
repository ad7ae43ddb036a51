"""A headless Chromium that may open nothing but this machine.

`open_context` gives a fresh visitor (no cookies) and records every address that its pages ask for, so that
a test can claim that none of them lies outside.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, WebSocket, expect

ARGUMENTS = [
    "--no-sandbox",  # as root Chromium has no sandbox of its own; it opens only our pages
    "--disable-gpu",
    "--disable-dev-shm-usage",  # which is small in containers, and a page that finds no room there stands still
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # a hang fails; how fast a page is the benchmarks say, not a busy machine's tests
LOCAL = "127.0.0.1"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}


def find_chromium() -> str | None:
    """Return the path of Debian's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Visit:
    """One browser context and what it asked for."""

    context: BrowserContext
    addresses: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def new_page(self) -> Page:
        """Open a tab whose uncaught script errors are kept in `errors`."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", self._note_websocket)
        page.set_default_timeout(60_000)
        return page

    def outside(self) -> list[str]:
        """Return the addresses asked for that are not on this machine."""
        return [a for a in self.addresses if urlsplit(a).hostname not in {LOCAL, None}]

    def _note_request(self, request: Request) -> None:
        self.addresses.append(request.url)

    def _note_websocket(self, socket: WebSocket) -> None:
        self.addresses.append(socket.url)


@contextlib.contextmanager
def launch_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Start Chromium and end it again."""
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
    try:
        yield browser
    finally:
        browser.close()


@contextlib.contextmanager
def open_context(
    browser: Browser, *, language: str = "en", width: int = 1280, height: int = 900, dark: bool = False
) -> Iterator[Visit]:
    """Open a fresh visitor's context; `language` is ``en`` or ``zh``, `width` and `height` are CSS pixels."""
    context = browser.new_context(
        locale=LOCALES[language],
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    )
    visit = Visit(context)
    context.on("request", visit._note_request)
    try:
        yield visit
    finally:
        context.close()
