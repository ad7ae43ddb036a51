"""What axe-core finds wrong with a page, everything that can be folded out being open."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SEVERE = ("serious", "critical")
OPEN_ALL = (
    "document.querySelectorAll('main details').forEach(each => { each.removeAttribute('name'); each.open = true; })"
)

# Language, width in pixels, dark: any two of them meet in each of their values.
LOOKS = [("en", 1280, False), ("zh", 1280, True), ("zh", 390, False), ("en", 390, True)]
LOOK_IDS = ["English desk", "Chinese dark desk", "Chinese phone", "English dark phone"]


def find_violations(page: Page, *, within: str | None = None) -> list[str]:
    """Return the serious and critical violations on `page`, or in a part of it: rule, element and what axe says."""
    page.evaluate(OPEN_ALL)
    found = Axe().run(page, context=within).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in found
        if violation["impact"] in SEVERE
        for node in violation["nodes"][:3]
    ]
