"""What all tests share: one running hall for each test session, and what a test does where a program is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from datahall_hub.unused_grammar import skip_unused_grammar

skip_unused_grammar()  # every test process reads notebooks

from tests.running_hall import RunningHall  # noqa: E402
from tests.stock import use_stock  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LONGEST = ("images", "journeys")  # folders whose one file takes a minute or more


@pytest.fixture(scope="session", autouse=True)
def stock(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """Have fresh halls begin with a store that is filled once, by whichever test process needs it first."""
    base = tmp_path_factory.getbasetemp()
    use_stock((base if worker_id == "master" else base.parent) / "stock")


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """One hall for all tests that only use it; a test that hurts its hall starts its own."""
    running = RunningHall(tmp_path_factory.mktemp("hall") / "home").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")  # while it runs, nothing else in the process may run an event loop
def browser() -> Iterator[Browser]:
    """A headless Chromium; without it the test is skipped, and fails where CI is set."""
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import find_chromium, launch_chromium

    require_program(find_chromium() or "chromium")
    with sync_playwright() as playwright, launch_chromium(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def bubblewrap() -> str:
    """Bubblewrap's path; without it the test is skipped, and fails where CI is set."""
    return require_program("bwrap")


def require_program(name: str) -> str:
    """Return the path of a program that a test needs."""
    path = shutil.which(name)
    if path is None:
        reason = f"{name} is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the hall; and where workers share the files, begin with those that take longest alone."""
    for item in items:
        if "hall" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.hall)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.parent.name not in LONGEST)
