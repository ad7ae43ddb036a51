"""Starts that wait for their turn, and what becomes of servers and kernels when what started them falls."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx
import psutil
import pytest
import websocket

from tests.running_hall import RunningHall

pytestmark = pytest.mark.sandbox
SLOW = """
import asyncio
from datahall_hub import spawner

launch = spawner._launch


async def launch_slowly(*arguments, **options):
    await asyncio.sleep(3)
    return await launch(*arguments, **options)


spawner._launch = launch_slowly
"""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    """A hall in which one server starts at a time, each in no less than three seconds."""
    home = tmp_path_factory.mktemp("narrow") / "home"
    (home / "jupyterhub_config.d").mkdir(parents=True)
    (home / "jupyterhub_config.d/slow.py").write_text(SLOW)
    running = RunningHall(home, options=("--starts-at-once", "1")).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def people(narrow: RunningHall) -> Iterator[dict[str, httpx.Client]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(closing(narrow.person(name))) for name in ("ada", "bob", "cleo")}


def ask(hall: RunningHall, client: httpx.Client, name: str) -> None:
    assert hall.api(client, "POST", f"/hub/api/users/{name}/server").status_code in {201, 202}


def follow(client: httpx.Client, name: str) -> list[dict[str, Any]]:
    """Return what the page that waits is told, to the end."""
    events = []
    with client.stream("GET", f"/hub/api/users/{name}/server/progress", timeout=60) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                events.append(json.loads(line.removeprefix("data:")))
    return events


def is_ready(hall: RunningHall, client: httpx.Client, name: str) -> bool:
    server = hall.api(client, "GET", f"/hub/api/users/{name}").json()["servers"].get("", {})
    return bool(server.get("ready"))


def wait_until(claim: Callable[[], bool], *, patience: float = 40.0) -> None:
    deadline = time.monotonic() + patience
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def test_everybody_in_the_line_learns_their_place_and_gets_a_server(narrow, people):
    for name, client in people.items():
        ask(narrow, client, name)

    events = follow(people["cleo"], "cleo")

    places = [event["before"] for event in events if "before" in event]
    assert places[0] >= 1
    assert places == sorted(places, reverse=True)
    assert events[-1]["ready"] is True
    assert all(is_ready(narrow, client, name) for name, client in people.items())
    for name, client in people.items():
        narrow.stop_server(client, name)


def test_whoever_stops_the_start_leaves_the_line_and_nothing_of_theirs_begins(narrow, people):
    for name, client in people.items():
        ask(narrow, client, name)
    narrow.stop_server(people["bob"], "bob")

    wait_until(lambda: is_ready(narrow, people["cleo"], "cleo"))
    for name in ("ada", "cleo"):
        narrow.stop_server(people[name], name)
    wait_until(lambda: not find_keepers(narrow))
    assert is_ready(narrow, people["bob"], "bob") is False


def test_a_start_that_is_stopped_at_its_turn_leaves_nothing_behind(narrow, people):
    ask(narrow, people["ada"], "ada")
    time.sleep(2.2)  # with the second that asking takes, its sandbox is being made, or stands
    narrow.stop_server(people["ada"], "ada")

    wait_until(lambda: not find_keepers(narrow))
    narrow.start_server(people["ada"], "ada")
    narrow.stop_server(people["ada"], "ada")


def test_a_hub_that_falls_while_servers_start_leaves_none_that_nobody_knows(narrow, people):
    for name in ("ada", "bob"):
        ask(narrow, people[name], name)
    wait_until(lambda: bool(find_keepers(narrow)))
    fell = children(narrow)["hub"]
    os.kill(fell, signal.SIGKILL)
    wait_until(lambda: children(narrow).get("hub", fell) != fell)

    for name in ("ada", "bob"):
        narrow.start_server(people[name], name)
        narrow.stop_server(people[name], name)
    wait_until(lambda: not find_keepers(narrow))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_that_waits_can_say_places_in_its_language(narrow, people, language):
    ask(narrow, people["ada"], "ada")
    page = people["ada"].get("/hub/spawn-pending/ada", headers={"Accept-Language": language}).text
    narrow.stop_server(people["ada"], "ada")

    words = {"en": "{count} before you", "zh": "前面还有 {count} 位"}[language]
    assert words in page or json.dumps(words)[1:-1] in page


# ── What falls ────────────────────────────────────────────────────────────────────────────────────────────────────────


def children(hall: RunningHall) -> dict[str, int]:
    found = json.loads((hall.home / "run/hall.json").read_text())["children"]
    return {name: child["pid"] for name, child in found.items() if child["state"] == "ready"}


def find_keepers(hall: RunningHall) -> list[psutil.Process]:
    return [p for p in psutil.Process(hall.pid).children(recursive=True) if "datahall-keeper" in read_command(p)]


def read_command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def find_serving(waiting: int) -> int:
    """Return the process that serves, forked by the one that waits: it leads no session."""
    return next(p.pid for p in psutil.Process(waiting).children() if os.getsid(p.pid) == waiting)


@pytest.mark.parametrize("profile", ["server", "kernel"])
@pytest.mark.parametrize("which", ["serving", "waiting", "both"])
def test_a_fork_server_that_is_killed_takes_nobody_along_and_new_starts_work_at_once(hall, bubblewrap, profile, which):
    name = f"kim-{profile}-{which}"
    with closing(hall.person(name)) as kim, closing(hall.person(f"{name}-too")) as other:
        hall.start_server(kim, name)
        kernel = hall.open_kernel(kim, name)
        kernel.run("kept = 41")
        started = kim.get(f"/user/{name}/api/status", headers={"Authorization": ""}).status_code
        waiting = children(hall)[f"fork-{profile}"]
        serving = find_serving(waiting)
        for pid in {"serving": [serving], "waiting": [waiting], "both": [waiting, serving]}[which]:
            os.kill(pid, signal.SIGKILL)

        began = time.monotonic()
        hall.start_server(other, f"{name}-too")
        fresh = hall.open_kernel(other, f"{name}-too")
        assert fresh.run("print(1 + 1)") == "2\n"
        assert time.monotonic() - began < 15
        assert kernel.run("print(kept + 1)") == "42\n"
        assert kim.get(f"/user/{name}/api/status", headers={"Authorization": ""}).status_code == started
        kernel.close()
        hall.stop_server(kim, name)
        hall.stop_server(other, f"{name}-too")
        wait_until(lambda: children(hall).get(f"fork-{profile}") is not None)
    assert not [p for p in find_keepers(hall) if f"homes/{name}" in " ".join(read_command(p))]


def test_kernels_and_servers_run_on_while_the_hub_comes_back(hall, bubblewrap):
    with closing(hall.person("lea")) as lea:
        hall.start_server(lea, "lea")
        kernel = hall.open_kernel(lea, "lea")
        kernel.run("kept = 41")
        fell = children(hall)["hub"]
        os.kill(fell, signal.SIGKILL)
        assert kernel.run("print(kept + 1)") == "42\n"
        wait_until(lambda: children(hall).get("hub", fell) != fell)
        assert kernel.run("print(kept + 2)") == "43\n"
        assert is_ready(hall, lea, "lea")
        kernel.close()
        hall.stop_server(lea, "lea")


def test_a_server_that_dies_takes_its_kernels_and_its_sandbox_along(hall, bubblewrap):
    with closing(hall.person("mia")) as mia:
        hall.start_server(mia, "mia")
        kernel = hall.open_kernel(mia, "mia")
        kernel.run("import subprocess; subprocess.Popen(['sleep', '4343'], start_new_session=True)")
        before = find_keepers(hall)
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            kernel.run(
                "import os, pathlib, signal\n"
                "for folder in pathlib.Path('/proc').glob('[0-9]*'):\n"
                "    if 'server' in (folder / 'cmdline').read_text().split('\\0'):\n"
                "        os.kill(int(folder.name), signal.SIGKILL)"
            )

        wait_until(lambda: not is_ready(hall, mia, "mia"))
        wait_until(lambda: len(find_keepers(hall)) < len(before))
        assert not [p for p in psutil.Process(hall.pid).children(recursive=True) if "4343" in read_command(p)]


TRANSLATION = "@jupyterlab/translation-extension:plugin"
OTHERWISE = 'c.Spawner.environment = {"PYTHONMALLOC": "malloc"}\n'


def test_where_a_fork_would_differ_an_ordinary_start_happens_in_the_same_sandbox(tmp_path, bubblewrap):
    home = tmp_path / "home"
    (home / "jupyterhub_config.d").mkdir(parents=True)
    (home / "jupyterhub_config.d/otherwise.py").write_text(OTHERWISE)
    ordinary = RunningHall(home).start()
    try:
        with closing(ordinary.person("noa")) as noa:
            noa.cookies.set("datahall-language", "zh")
            ordinary.start_server(noa, "noa")
            kernel = ordinary.open_kernel(noa, "noa")
            lab = kernel.client.get(f"/user/noa/lab/api/settings/{TRANSLATION}").json()
            counted = kernel.client.get("/user/noa/metrics").text
            of_servers = ordinary.admin.get("/hub/metrics").text
            commands = kernel.run("!cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
            status = kernel.run("print(open('/proc/self/status').read())")
            kernel.close()
            ordinary.stop_server(noa, "noa")
        assert not find_keepers(ordinary)
        assert "user_server/start.py" in commands
        assert 'datahall_kernel_starts_total{how="another-variable"} 1.0' in counted
        assert 'datahall_server_starts_total{how="another-variable"} 1.0' in of_servers
        assert lab["settings"]["locale"] == "zh_CN"
        assert not re.search("--profile (server|kernel)", commands)
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status
        assert "PYTHONMALLOC differs" in (home / "logs/hub.log").read_text()
    finally:
        ordinary.stop()
