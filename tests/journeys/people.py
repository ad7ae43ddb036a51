"""What people do in the hall's pages, by the words that they read there (English)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

from playwright.sync_api import Page, expect

PASSWORD = "rivers reach the sea in time"


def sign_in(page: Page, *, url: str, name: str, password: str) -> None:
    """Fill in the sign-in form."""
    page.goto(f"{url}/hub/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def choose_password(page: Page, *, password: str = PASSWORD) -> None:
    """Fill in the form that a first password leads to."""
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password, again").fill(password)
    page.get_by_role("button", name="Save and sign in").click()


def make_account(page: Page, *, url: str, name: str) -> str:
    """Make a researcher's account on the people page and return the first password that it shows."""
    page.goto(f"{url}/services/hall/en/people/")
    if page.get_by_role("heading", name="People").count() == 0:
        page.get_by_role("link", name="Sign in").first.click()
        page.goto(f"{url}/services/hall/en/people/")
    page.get_by_label("User name", exact=True).fill(name)
    page.get_by_role("button", name="Make the account").click()
    return page.locator(".secret").inner_text()


def run_whole_notebook(page: Page) -> None:
    """Choose Run, Run All Cells in the Lab once it shows a kernel, and wait until all cells have run.

    What is run while the session still has no kernel, the Lab drops without a word, now and then also when its circle
    is there already; a person sees that no cell has begun, and chooses it again.
    """
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
    for _ in range(3):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
        if _wait_for_prompts(page, r"\[(\*|\d+)\]", of=any, seconds=15.0):
            break
    has_run = _wait_for_prompts(page, r"\[\d+\]", of=all, seconds=120.0)
    shown = page.locator(".jp-Notebook-ExecutionIndicator").get_attribute("data-status")
    assert has_run, f"not all cells have run: {_list_prompts(page)}; the kernel is {shown}"


def _list_prompts(page: Page) -> list[str]:
    return page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").all_text_contents()


def _wait_for_prompts(page: Page, pattern: str, *, of: Callable[[Iterable[bool]], bool], seconds: float) -> bool:
    """Return whether any or all cells come to show a prompt like `pattern`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        prompts = _list_prompts(page)
        if prompts and of(re.search(pattern, each) is not None for each in prompts):
            return True
        page.wait_for_timeout(100)
    return False
