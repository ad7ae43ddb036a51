"""An app that moves by itself keeps its seat as long as nobody else wants it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets

from tests.running_hall import PLAIN

from .running_apps import RunningApps, find_widget, open_visit, write_app

IDLE = 10  # seconds, as few as the setting allows
CLOCK = """
import threading, time
import ipywidgets
seconds = ipywidgets.IntText(description="Seconds")
def tick():
    while True:
        time.sleep(0.5)
        seconds.value += 1
threading.Thread(target=tick, daemon=True).start()
seconds
"""


@pytest.fixture
def clocks(apps_home: Path, bubblewrap: str, tmp_path: Path) -> Iterator[RunningApps]:
    """A service with one seat and an app that is never idle."""
    write_app(tmp_path / "apps", "clock", cells=[CLOCK])
    settings = {"DATAHALL_APPS_KERNELS": "1", "DATAHALL_APPS_IDLE_TIMEOUT": str(IDLE)}
    running = RunningApps(apps_home, apps_folder=tmp_path / "apps", settings=settings).start()
    yield running
    assert running.stop() == 0


@pytest.mark.sandbox
def test_a_silent_visitor_gives_way_to_who_comes_and_to_nobody_else(clocks: RunningApps) -> None:
    async def visit() -> float:
        async with open_visit(clocks, "clock") as page:
            shown = find_widget(await page.read_widgets(), "Seconds")
            hearing = asyncio.create_task(hear(page.socket))
            await asyncio.sleep(1.5 * IDLE)
            assert not hearing.done()
            began = time.monotonic()
            while not hearing.done():
                assert time.monotonic() - began < 3 * IDLE, clocks.log.read_text()
                answer = httpx.get(f"{clocks.url}/clock", timeout=60, **PLAIN)
                assert answer.status_code == 503
                if time.monotonic() - began < IDLE / 2:  # whoever moves something stays
                    state = {"description_tooltip": "moved"}
                    await page.send("comm_msg", {"comm_id": shown, "data": {"method": "update", "state": state}})
                await asyncio.sleep(1)
            return time.monotonic() - began

    assert asyncio.run(visit()) > IDLE
    assert "its visitor does nothing, and others wait" in clocks.log.read_text()


async def hear(socket: websockets.ClientConnection) -> None:
    """Read what comes, until the socket is closed."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await socket.recv()
