"""The sandbox of a visit, seen by the app in it: forked into, alone, and with next to nothing to write."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from datahall_forkserver import ForkServer
from datahall_hub.home import resolve_home
from datahall_hub.settings import Settings

from .running_apps import RunningApps, find_widget, make_home, open_visit, run_fork_server, write_app

pytestmark = pytest.mark.sandbox

CURIOUS = """
import json, os, socket, sys
import ipywidgets

def fill(place, megabytes):
    try:
        with open(place, "wb") as file:
            for written in range(megabytes):
                file.write(bytes(1 << 20))
        return "written"
    except OSError as error:
        return error.strerror
    finally:
        if os.path.exists(place):
            os.unlink(place)

def attempt(action):
    try:
        return repr(action())
    except Exception as error:
        return type(error).__name__

report = {
    "polars": "polars" in sys.modules,
    "tmp": fill("/tmp/x", 200), "home": fill(os.path.expanduser("~/x"), 200), "run": fill("/run/x", 20),
    "shm": fill("/dev/shm/x", 2000), "etc": fill("/etc/x", 1), "catalogs": fill("catalogs/x", 1),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "abstract": attempt(lambda: socket.socket(socket.AF_UNIX).connect(ABSTRACT)),
    "threads": os.environ["POLARS_MAX_THREADS"],
    "capabilities": [
        line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "NoNewPrivs", "Seccomp:"))
    ],
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
}
ipywidgets.HTML(value=json.dumps(report), description="report")
"""
DYING = "import os, threading, ipywidgets\nthreading.Timer(1, os._exit, [3]).start()\nipywidgets.HTML(value='soon')"
DRAWING = """
import io, ipywidgets, matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2])
picture = io.BytesIO()
figure.savefig(picture)
ipywidgets.HTML(value=str(len(picture.getvalue())), description="report")
"""
GREEDY = """
import threading, time, ipywidgets
held = []
def eat():
    time.sleep(1)
    while True:
        held.append(bytearray(20_000_000))
        held[-1][::4096] = b"x" * len(held[-1][::4096])
        time.sleep(0.01)
threading.Thread(target=eat, daemon=True).start()
ipywidgets.HTML(value="soon", description="report")
"""
BREEDING = """
import subprocess, ipywidgets
children = []
try:
    while len(children) < 1000:
        children.append(subprocess.Popen(["sleep", "60"]))
    found = "all"
except OSError as error:
    found = type(error).__name__
for child in children:
    child.kill()
ipywidgets.HTML(value=f"{found} {len(children)}", description="report")
"""
PLAIN_APP = "import ipywidgets\nipywidgets.HTML(value='shown', description='report')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandboxed-apps")
    curious = CURIOUS.replace("ABSTRACT", repr("\0datahall-test"))
    for slug, source in {"curious": curious, "dying": DYING, "drawing": DRAWING, "plain": PLAIN_APP}.items():
        write_app(folder, slug, cells=[source])
    for slug, source in {"greedy": GREEDY, "breeding": BREEDING}.items():
        write_app(folder, slug, cells=[source])
    return folder


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory, folder: Path, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with a fork server that nobody else has: its children are this service's visits."""
    home = make_home(tmp_path_factory.mktemp("visited") / "home")
    with run_fork_server(home):
        running = RunningApps(home, apps_folder=folder, settings={"DATAHALL_APPS_MEMORY": "400000000"}).start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def bare_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without a fork server."""
    return make_home(tmp_path_factory.mktemp("bare") / "home")


async def read_report(apps: RunningApps, slug: str) -> str:
    async with open_visit(apps, slug) as page:
        widgets = await page.read_widgets()
        return str(widgets[find_widget(widgets, "report")]["value"])


def sandboxes_of(apps: RunningApps) -> list[psutil.Process]:
    """Return what keeps the visits' sandboxes standing."""
    return psutil.Process(apps.process.pid).children(recursive=True)


def count_forked(apps: RunningApps) -> int:
    """Return how many kernels of the fork server run."""
    return int(ForkServer(resolve_home(apps.home).fork_socket("kernel")).describe()["children"])


def test_a_kernel_is_forked_and_has_nothing_to_write_but_a_little_memory(visited: RunningApps) -> None:
    report = json.loads(asyncio.run(read_report(visited, "curious")))

    assert "ordinary way" not in visited.log.read_text()
    assert report["polars"]  # nobody has imported it
    assert {report[place] for place in ("tmp", "home", "run", "shm")} == {"No space left on device"}
    assert {report[place] for place in ("etc", "catalogs")} == {"Read-only file system"}
    assert report["interfaces"] == ["lo"]
    assert report["abstract"] == "ConnectionRefusedError"
    assert report["threads"] == "2"
    assert report["capabilities"] == ["0000000000000000", "1", "2"]
    assert report["processes"] == 2


def test_visitors_have_identities_of_their_own_where_root_runs_the_service(visited: RunningApps) -> None:
    async def look() -> set[int]:
        async with open_visit(visited, "plain"), open_visit(visited, "plain"):
            assert count_forked(visited) == 2
            return {each.uids().real for each in sandboxes_of(visited)}

    found = asyncio.run(look())

    if os.geteuid() == 0:
        assert len(found) == 2
        assert found <= set(Settings().visitor_id_range)
    else:
        assert found == {os.geteuid()}


def test_nothing_is_left_of_a_visit(visited: RunningApps) -> None:
    service = psutil.Process(visited.process.pid)
    visited.wait_for_visits(0)
    asyncio.run(read_report(visited, "plain"))
    visited.wait_for_visits(0)
    before = service.num_fds()

    for _ in range(4):
        asyncio.run(read_report(visited, "plain"))
    visited.wait_for_visits(0)

    assert sandboxes_of(visited) == []
    assert count_forked(visited) == 0
    assert service.num_fds() <= before


def test_a_kernel_that_dies_takes_its_sandbox_along(visited: RunningApps) -> None:
    async def visit() -> None:
        async with open_visit(visited, "dying"):
            await asyncio.sleep(0)
            deadline = time.monotonic() + 15
            while visited.visits():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)

    asyncio.run(visit())

    assert "its kernel has died" in visited.log.read_text()
    assert sandboxes_of(visited) == []


def test_an_app_that_outgrows_its_memory_ends_alone(visited: RunningApps) -> None:
    async def visit() -> None:
        async with open_visit(visited, "plain") as other, open_visit(visited, "greedy"):
            deadline = time.monotonic() + 20
            while visited.visits() > 1:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            assert await other.read_widgets()

    asyncio.run(visit())

    assert "needed more memory than the 400000000 bytes" in visited.log.read_text()


def test_an_app_that_breeds_is_stopped(visited: RunningApps) -> None:
    found, count = asyncio.run(read_report(visited, "breeding")).split()

    assert found == "BlockingIOError"
    assert int(count) < 256
    visited.wait_for_visits(0)
    assert sandboxes_of(visited) == []


def test_without_a_fork_server_a_visit_is_started_in_the_same_sandbox_and_the_log_says_why(
    bare_home: Path, folder: Path, bubblewrap: str
) -> None:
    apps = RunningApps(bare_home, apps_folder=folder).start()
    try:
        report = json.loads(asyncio.run(read_report(apps, "curious")))
        drawn = int(asyncio.run(read_report(apps, "drawing")))
        apps.wait_for_visits(0)
        children = sandboxes_of(apps)
    finally:
        apps.stop()

    assert "started in the ordinary way (no-server)" in apps.log.read_text()
    assert not report["polars"]
    assert report["tmp"] == report["home"] == "No space left on device"
    assert report["interfaces"] == ["lo"]
    assert report["capabilities"] == ["0000000000000000", "1", "2"]
    assert report["processes"] == 2
    assert drawn > 1000
    assert children == []


def test_a_fork_server_that_falls_leaves_visits_running_and_new_ones_start(bare_home: Path, folder: Path) -> None:
    with run_fork_server(bare_home) as server:
        apps = RunningApps(bare_home, apps_folder=folder).start()
        try:

            async def visit() -> int:
                async with open_visit(apps, "plain") as page:
                    server.kill()
                    server.wait()
                    return len(await page.read_widgets())

            widgets = asyncio.run(visit())
            value = asyncio.run(read_report(apps, "plain"))
        finally:
            apps.stop()

    assert widgets > 0
    assert value == "shown"
