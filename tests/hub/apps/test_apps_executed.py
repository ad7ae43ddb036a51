"""Kernels that wait for the next visitor: made when somebody has come, ended when nobody does, given to one alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.running_hall import PLAIN

from .kept_apps import SLIDER, publish
from .running_apps import RunningApps, find_widget, make_home, open_visit, run_fork_server

pytestmark = pytest.mark.sandbox

SEATS = 8
QUICKLY = 0.5  # seconds, in which no kernel starts that computes for two
COMPUTES = 2.0


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    home = make_home(tmp_path_factory.mktemp("executed") / "home")
    folder = tmp_path_factory.mktemp("no-shipped-apps")
    with run_fork_server(home):
        settings = {"DATAHALL_APPS_KERNELS": str(SEATS), "DATAHALL_APPS_KERNELS_PER_APP": str(SEATS)}
        running = RunningApps(home, apps_folder=folder, settings=settings).start()
        publish(running, "slow", SLIDER.format(seconds=COMPUTES))
        yield running
        assert running.stop() == 0


def read_health(served: RunningApps) -> dict[str, int]:
    health: dict[str, int] = httpx.get(f"{served.url}/health", **PLAIN).json()
    return health


def wait_for_spare(served: RunningApps, count: int, *, within: float = 40) -> None:
    deadline = time.monotonic() + within
    while read_health(served)["spare"] != count:
        assert time.monotonic() < deadline, read_health(served)
        time.sleep(0.1)
    time.sleep(COMPUTES + 1)  # its seat is taken before it has run the cells


async def visit(served: RunningApps, level: int) -> tuple[float, str, str]:
    """Return the seconds until the widgets were there, what the report said, and what it says after a move."""
    began = time.monotonic()
    async with open_visit(served, "slow") as opened:
        widgets = await opened.read_widgets()
        seconds = time.monotonic() - began
        slider, report = (find_widget(widgets, name) for name in ("Level", "report"))
        return seconds, str(widgets[report]["value"]), await opened.move(slider, {"value": level})


def test_without_visitors_no_kernel_waits(served: RunningApps) -> None:
    time.sleep(2)
    assert read_health(served)["spare"] == 0


def test_the_next_visitor_need_not_wait_and_finds_what_the_page_shows(served: RunningApps) -> None:
    first = asyncio.run(visit(served, 8))
    wait_for_spare(served, 1)
    second = asyncio.run(visit(served, 9))
    wait_for_spare(served, 1)
    third = asyncio.run(visit(served, 7))
    assert first[0] > COMPUTES
    assert max(second[0], third[0]) < QUICKLY
    assert [each[1] for each in (first, second, third)] == ["<picture>level 3</picture>"] * 3
    assert [each[2] for each in (first, second, third)] == [f"<picture>level {level}</picture>" for level in (8, 9, 7)]


def test_who_needs_a_seat_gets_that_of_a_kernel_that_waits(served: RunningApps) -> None:
    publish(served, "quick", SLIDER.format(seconds=0))
    asyncio.run(visit(served, 8))
    wait_for_spare(served, 1)

    async def fill() -> list[int]:
        async def stay() -> int:
            async with open_visit(served, "quick") as opened:
                count = len(await opened.read_widgets())
                there.append(count)
                while len(there) < SEATS:
                    await asyncio.sleep(0.1)
                return count

        there: list[int] = []
        return await asyncio.wait_for(asyncio.gather(*(stay() for _ in range(SEATS))), 60)

    assert len(asyncio.run(fill())) == SEATS
