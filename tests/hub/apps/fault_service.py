"""An apps service to harm: its one good app must work, and its pages be answered, whatever is done beside them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.running_hall import PLAIN

from .kept_apps import SLIDER, publish
from .running_apps import RunningApps, Visit, find_widget, make_home, run_fork_server

MIB = 1024 * 1024
SEATS = 4
ANSWER_WITHIN = 1.0  # seconds, for nineteen of twenty


@contextlib.contextmanager
def run_fault_service(folders: pytest.TempPathFactory) -> Iterator[RunningApps]:
    """Run a service with four seats and one kept app, `good`; it ends as it should."""
    home = make_home(folders.mktemp("faults") / "home")
    with run_fork_server(home):
        settings = {"DATAHALL_APPS_KERNELS": str(SEATS)}
        running = RunningApps(home, apps_folder=folders.mktemp("no-shipped-apps"), settings=settings).start()
        publish(running, "good", SLIDER.format(seconds=0))
        yield running
        code = running.stop()
        assert code == 0, code


@contextlib.contextmanager
def others_are_answered(served: RunningApps) -> Iterator[None]:
    """Fetch the kept page again and again meanwhile; in the end it was quick, and seats and memory were bounded."""
    took, problems, is_over = list[float](), list[str](), threading.Event()
    process = psutil.Process(served.process.pid)
    before = process.memory_info().rss

    def ask() -> None:
        with httpx.Client(timeout=10 * ANSWER_WITHIN, **PLAIN) as client:
            while not is_over.wait(0.05):
                began = time.monotonic()
                try:
                    answer = client.get(f"{served.url}/good?language=en")
                    health = client.get(f"{served.url}/health").json()
                except httpx.HTTPError as error:
                    problems.append(repr(error))
                    continue
                took.append((time.monotonic() - began) / 2)
                if answer.status_code != 200 or health["visits"] + health["spare"] > SEATS:
                    problems.append(f"{answer.status_code} {health}")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
        time.sleep(1)
    finally:
        is_over.set()
        asking.join()
    assert problems == [], problems
    slow = sorted(took)[int(len(took) * 0.95)]
    assert slow < ANSWER_WITHIN, f"{slow} seconds"
    grown = (process.memory_info().rss - before) / MIB
    assert grown < 100, f"{grown} MiB"


async def claim_that_it_works(visit: Visit) -> None:
    """Move a slider and see what the app makes of it."""
    widgets = await visit.read_widgets()
    slider = find_widget(widgets, "Level")
    level = int(widgets[slider]["value"]) % 90 + 5  # another than it has, or there would be nothing to answer
    shown = await visit.move(slider, {"value": level})
    assert shown == f"<picture>level {level}</picture>", shown


def sandboxes_of(apps: RunningApps) -> list[psutil.Process]:
    """Return the processes of a service's kernels, outside of the fork server."""
    found: list[psutil.Process] = psutil.Process(apps.process.pid).children(recursive=True)
    return found
