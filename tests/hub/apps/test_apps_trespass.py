"""What an app, or whoever sits before it, tries beyond its own: others' messages and turns, the service's memory."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import psutil
import pytest
import websockets
from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.services.apps.cell_runs import CellRun
from datahall_hub.services.apps.kernels import VisitorKernels
from datahall_hub.services.apps.messages import EACH, MOST_UNANSWERED, V1, Unanswered, hide_errors
from datahall_hub.services.apps.seats import Seats
from datahall_hub.services.apps.visits import MOST_IN_LINE, MOST_PROMISED, SHARE, Visits

from tests.running_hall import PLAIN

from .fault_service import MIB, claim_that_it_works, run_fault_service
from .kept_apps import publish
from .running_apps import RunningApps, ask_for_socket, find_widget, open_visit
from .version_wishes import write_version

LEAK = "what another visitor's kernel said"
# Leads the socket that the service listens at to one of its own, which stands for another visitor's.
LEADING = f"""
import ipywidgets, json, os, threading, time, zmq
from ipykernel.kernelapp import IPKernelApp
slider = ipywidgets.IntSlider(description="Level")

def lead(change):
    own = f"{{IPKernelApp.instance().ip}}-{{IPKernelApp.instance().iopub_port}}"
    other = zmq.Context.instance().socket(zmq.PUB)
    other.bind(f"ipc://{{own}}-other")
    os.rename(own, own + "-before")
    os.symlink(os.path.basename(own) + "-other", own)
    header = json.dumps({{"msg_id": "1", "msg_type": "stream", "version": "5.3"}}).encode()
    content = json.dumps({{"name": "stdout", "text": {LEAK!r}}}).encode()
    while True:
        other.send_multipart([b"stream", b"<IDS|MSG>", b"0" * 64, header, b"{{}}", b"{{}}", content])
        time.sleep(0.05)

slider.observe(lambda change: threading.Thread(target=lead, args=(change,), daemon=True).start(), "value")
slider
"""
BUSY = """
import ipywidgets, time
slider = ipywidgets.IntSlider(description="Level")
slider.observe(lambda change: time.sleep(30), "value")
slider
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with four seats and one kept app."""
    with run_fault_service(tmp_path_factory) as running:
        yield running


@pytest.mark.sandbox
def test_what_a_visits_own_kernel_has_not_signed_reaches_no_page(served: RunningApps) -> None:
    publish(served, "leading", LEADING)

    async def visit() -> list[Any]:
        async with open_visit(served, "leading") as opened:
            slider = find_widget(await opened.read_widgets(), "Level")
            await opened.send("comm_msg", {"comm_id": slider, "data": {"method": "update", "state": {"value": 1}}})
            await asyncio.sleep(1)
            heard = []
            address = await ask_for_socket(served.url, opened.kernel_id)
            async with websockets.connect(address, proxy=None, subprotocols=[V1], open_timeout=30) as page:
                with contextlib.suppress(TimeoutError):
                    while True:
                        heard.append(await asyncio.wait_for(page.recv(), 5))
            return heard

    heard = asyncio.run(visit())

    assert not any(LEAK.encode() in (each if isinstance(each, bytes) else each.encode()) for each in heard)
    assert "dropped what its own kernel has not signed" in served.log.read_text()
    served.wait_for_visits(0, within=30)


@pytest.mark.sandbox
def test_what_is_sent_to_a_kernel_that_computes_does_not_pile_up(served: RunningApps) -> None:
    publish(served, "busy", BUSY)
    service = psutil.Process(served.process.pid)

    async def visit() -> None:
        async with open_visit(served, "busy") as opened:
            slider = find_widget(await opened.read_widgets(), "Level")
            before = service.memory_info().rss
            with contextlib.suppress(websockets.ConnectionClosed):
                for _ in range(200):
                    state = {"value": 1, "description": "x" * 900_000}
                    await opened.send("comm_msg", {"comm_id": slider, "data": {"method": "update", "state": state}})
            assert service.memory_info().rss - before < 60 * MIB

    asyncio.run(visit())

    assert "its page sends more than its app takes" in served.log.read_text()
    served.wait_for_visits(0, within=40)


@pytest.mark.sandbox
def test_apps_that_never_start_keep_others_from_no_turn(served: RunningApps) -> None:
    slug, digest = write_version(served.home, "endless", cells=["while True: pass"])
    pointer = {"number": 1, "digest": digest, "published": "2026-01-02T03:04:05", "datasets": [], "live_only": True}
    AppFiles(served.home / "apps").point_to(slug, pointer)

    async def visit() -> float:
        async with httpx.AsyncClient(timeout=90, **PLAIN) as client:
            endless = [asyncio.create_task(client.get(f"{served.url}/endless")) for _ in range(3)]
            await asyncio.sleep(1)
            began = time.monotonic()
            async with open_visit(served, "good") as good:
                await claim_that_it_works(good)
            took = time.monotonic() - began
            for each in endless:
                each.cancel()
            await asyncio.wait(endless)
            return took

    assert asyncio.run(visit()) < 30  # of the sixty seconds that each of them may take
    served.wait_for_visits(0, within=40)


def test_as_much_is_taken_as_has_been_answered() -> None:
    unanswered = Unanswered()
    largest = MOST_UNANSWERED - 3 * EACH
    assert unanswered.add("a", largest)
    assert unanswered.add("a", 0)
    assert not unanswered.add("b", largest)
    unanswered.settle("a")
    unanswered.settle("nobody's")
    assert not unanswered.add("c", largest)
    unanswered.settle("b")
    unanswered.settle("c")
    assert unanswered.add("d", largest)


def test_output_widgets_tell_no_paths() -> None:
    error = {"output_type": "error", "ename": "OSError", "evalue": "/srv/x", "traceback": ["File /srv/app.py"]}
    warning = {"output_type": "stream", "name": "stderr", "text": "/srv/app.py:1: Warning"}
    said = {"output_type": "stream", "name": "stdout", "text": "fine"}
    content = {"comm_id": "a", "data": {"method": "update", "state": {"outputs": [error, warning, said]}}}

    assert hide_errors(content)

    assert "/srv" not in str(content)
    assert "fine" in str(content)
    assert not hide_errors(content | {"data": {"state": {"outputs": [said]}}})
    for strange in ({}, {"data": None}, {"data": {"state": []}}, {"data": {"state": {"outputs": "x"}}}):
        assert not hide_errors(strange)


NEAR, FAR = "203.0.113.7", "203.0.113.8"


def test_one_address_fills_neither_the_line_nor_the_pages_that_are_promised() -> None:
    async def fill() -> None:
        kernels = VisitorKernels(seats=Seats(1))
        visits = Visits(kernels, limit=1)
        kernels.seats.take(app="other", address=None)
        run = CellRun(SimpleNamespace(slug="app", digest="0" * 64), "en")  # type: ignore[arg-type]

        far = visits.promise(run, address=FAR)
        near = [visits.promise(run, address=NEAR) for _ in range(MOST_PROMISED)]
        assert visits.give_sign(far)
        assert visits.give_sign(near[0]) is None
        steps = [visits.give_sign(each).step for each in near[-MOST_IN_LINE:]]  # type: ignore[union-attr]
        assert steps.count("waiting") == MOST_IN_LINE // SHARE
        other = visits.give_sign(visits.promise(run, address=FAR))
        assert other
        assert other.step == "waiting"

    asyncio.run(fill())
