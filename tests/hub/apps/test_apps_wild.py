"""An app that goes wild harms itself alone: a good one beside it works, and others are answered meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.running_hall import PLAIN

from .fault_service import claim_that_it_works, others_are_answered, run_fault_service, sandboxes_of
from .kept_apps import publish
from .running_apps import RunningApps, find_widget, open_visit

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300)]

PROCESSES = 3  # of a sandbox, outside of the fork server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with four seats and one kept app."""
    with run_fault_service(tmp_path_factory) as running:
        yield running


# Each harms nothing while it is made, and begins when its button is pressed.
WILD = """
import ipywidgets, os, subprocess, threading
button, flood = ipywidgets.IntSlider(description="Go"), ipywidgets.HTML(description="flood")
held = []


def go(change):
{action}


button.observe(go, "value")
ipywidgets.VBox([button, flood])
"""
ACTIONS = {
    "endless": "    while True:\n        pass",
    "broken": "    os.kill(os.getpid(), 11)",
    "eating memory": "    while True:\n        held.append(b'x' * 10_000_000)",
    "forking wildly": "    while True:\n        try:\n            os.fork()\n        except OSError:\n            pass",
    "flooding": "    while True:\n        flood.value = os.urandom(100_000).hex()\n        print('x' * 100_000)",
}


def count_spare(served: RunningApps) -> int:
    """Return how many kernels wait for a visitor."""
    spare: int = httpx.get(f"{served.url}/health", **PLAIN).json()["spare"]
    return spare


@pytest.mark.parametrize("action", ACTIONS)
def test_a_wild_app_beside_a_good_one_harms_itself_alone(served: RunningApps, action: str) -> None:
    slug = publish(served, "wild-" + action.replace(" ", "-"), WILD.format(action=ACTIONS[action]))

    async def visit() -> None:
        async with open_visit(served, "good") as good, open_visit(served, slug) as wild:
            slider = find_widget(await wild.read_widgets(), "Go")
            await wild.send("comm_msg", {"comm_id": slider, "data": {"method": "update", "state": {"value": 1}}})
            for _ in range(6):  # and nobody reads what the wild one says
                await asyncio.sleep(1)
                await claim_that_it_works(good)

    with others_are_answered(served):
        asyncio.run(visit())
    served.wait_for_visits(0, within=20)
    deadline = time.monotonic() + 20
    while len(sandboxes_of(served)) > PROCESSES * count_spare(served):
        assert time.monotonic() < deadline
        time.sleep(0.1)
