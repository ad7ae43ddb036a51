"""The same visit in a real Chromium: until the first picture is seen, and until the dropdown's answer is."""

from __future__ import annotations

import time

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from tests.browser.chromium import find_chromium, launch_chromium, open_context

PICTURES = "Array.from(document.querySelectorAll('img[src^=\"data:image/png\"]'), i => i.src)"
SEEN = "() => document.querySelector('.widget-dropdown select')?.offsetParent && PICTURES.length > 1"


def browse_app(url: str, *, limit: float) -> str:
    """Return in words when the app's widgets were seen and when the first of them had answered."""
    if find_chromium() is None:
        return "not measured: no Chromium here"
    wait = {"timeout": limit * 1000, "polling": 50}
    with sync_playwright() as playwright, launch_chromium(playwright) as browser, open_context(browser) as visit:
        page = visit.new_page()
        began = time.monotonic()
        try:
            page.goto(url, wait_until="commit", timeout=limit * 1000)
            page.wait_for_function(SEEN.replace("PICTURES", PICTURES), **wait)
            seen = time.monotonic() - began
            before = page.evaluate(PICTURES)
            page.locator(".widget-dropdown select").select_option(index=1)
            page.wait_for_function(f"before => {PICTURES}.some(src => !before.includes(src))", arg=before, **wait)
        except PlaywrightError as error:
            raise TimeoutError(str(error).splitlines()[0]) from error
        return f"widgets seen after {seen:.2f} s, answered after {time.monotonic() - began:.2f} s"
