"""The same attacks on a hall that an ordinary user has started.

Everybody in it is that one user of the machine, parted by namespaces alone, and there are no control groups.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.hub.apps.running_apps import open_visit, write_app
from tests.hub.apps.test_apps_sandboxes import GREEDY
from tests.journeys import test_red_team
from tests.journeys.arena import BOUNDS, Arena
from tests.journeys.ordinary_hall import find_users_processes, open_ordinary_hall
from tests.journeys.test_red_team import unharmed as unharmed
from tests.running_hall import PLAIN

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
globals().update({name: test for name, test in vars(test_red_team).items() if name.startswith("test_")})


@pytest.fixture(scope="module")
def apps_folder() -> Iterator[Path]:
    """An app that eats up memory, where everybody may read it."""
    with tempfile.TemporaryDirectory(prefix="greedy-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        write_app(folder, "greedy", cells=[GREEDY])
        yield folder


@pytest.fixture(scope="module")
def arena(bubblewrap: str, apps_folder: Path) -> Iterator[Arena]:
    bounds = {**BOUNDS, "apps-folder": apps_folder, "apps-memory": 400_000_000}
    options = [word for name, bound in bounds.items() for word in (f"--{name}", str(bound))]
    with open_ordinary_hall(options) as hall:
        arena = Arena.open(hall)
        yield arena
        arena.close()
        hall.stop()
        assert find_users_processes() == []


def test_an_app_that_outgrows_its_memory_ends_alone(arena):
    apps = f"{arena.hall.url}/services/apps"

    async def visit() -> None:
        async with open_visit(apps, "greedy"):
            deadline = time.monotonic() + 20
            while httpx.get(f"{apps}/health", **PLAIN).json()["visits"]:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)

    asyncio.run(visit())

    assert "needed more memory than the 400000000 bytes" in (arena.hall.home / "logs/apps.log").read_text()
