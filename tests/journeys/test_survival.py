"""Whatever of the hall is killed, in whatever order: servers and kernels live on and are found again."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import websocket
from datahall_forkserver import ForkServer
from datahall_forkserver.errors import NoServerError
from datahall_hub.children import LONGEST_PAUSE
from datahall_hub.home import resolve_home

from tests.journeys.arena import Person
from tests.running_hall import RunningHall
from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
PEOPLE = max(4, rounds(20))
STARTS_WITHIN = 5.0  # seconds, from the kill until somebody new works
BACK_WITHIN = 20.0  # seconds until a killed service is ready again on a busy machine
LOOP = """
import threading, time
count = 0
def go():
    global count
    while True:
        count += 1
        time.sleep(0.05)
threading.Thread(target=go, daemon=True).start()
import os; print(os.getpid())
"""
SERVING, WAITING = "the one that serves", "the one that waits"
# What is killed: children by their names; of fork servers, which of the two.
KILLED = {
    "fork-server": (SERVING, WAITING), "fork-kernel": (SERVING, WAITING), "hub": ("",), "proxy": ("",), "egress": ("",),
    "limits": ("",),
}  # fmt: skip


@dataclass
class Worker:
    """Somebody whose kernel runs a loop."""

    person: Person
    kernel: str
    pid: str  # as seen inside
    started: str
    count: int = 0


@dataclass
class Class:
    """A hall with people at work."""

    hall: RunningHall
    workers: list[Worker]
    newcomers: int = 0

    @classmethod
    def gather(cls, hall: RunningHall, *, count: int) -> Class:
        """Make so many people, with a server and a kernel that runs a loop."""
        hall.create_person("spare")
        workers = []
        for number in range(count):
            name = f"pupil{number}"
            person = Person(hall, name, hall.person(name))
            kernel = person.open_kernel()
            pid = kernel.run(LOOP).strip()
            kernel.socket.close()
            kernel.client.close()
            workers.append(Worker(person, kernel.id, pid, person.ask("GET", "api/status").json()["started"]))
        return cls(hall, workers)

    @property
    def children(self) -> dict[str, int]:
        """The process of each service that is ready."""
        noted = json.loads((self.hall.home / "run/hall.json").read_text())["children"]
        return {name: child["pid"] for name, child in noted.items() if child["state"] == "ready"}

    def kill(self, name: str, which: str) -> None:
        """Kill a service, or one of the two processes of a fork server."""
        pid = self.children[name]
        os.kill(self.find_serving(name) if which == SERVING else pid, signal.SIGKILL)

    def find_serving(self, name: str) -> int:
        """Return the process of a fork server that serves."""
        place = resolve_home(self.hall.home).fork_socket(name.removeprefix("fork-"))
        return int(ForkServer(place).describe()["pid"])

    def assert_all_at_work(self) -> None:
        """Everybody's kernel has gone on counting, in the same process of the same server."""
        for worker in self.workers:
            with closing(open_channels(worker)) as channels:
                pid, count = ask(channels, "import os; print(os.getpid(), count)").split()
            assert (pid, int(count) > worker.count) == (worker.pid, True), worker
            worker.count = int(count)
            assert worker.person.ask("GET", "api/status").json()["started"] == worker.started
            known = self.hall.api(worker.person.browser, "GET", f"/hub/api/users/{worker.person.name}").json()
            assert known["servers"][""]["ready"] is True

    def start_somebody_new(self) -> float:
        """Start one more server and a kernel that answers; end both, and return how long it took."""
        self.newcomers += 1
        name = f"new{self.newcomers}"
        began = time.monotonic()
        browser = wait_for(lambda: self.hall.login("spare"))
        person = wait_for(lambda: Person(self.hall, "spare", browser))
        with person.kernel() as kernel:
            assert kernel.run("print(6 * 7)") == "42\n", name
        took = time.monotonic() - began
        self.hall.stop_server(browser, "spare")
        browser.close()
        return took


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[Class]:
    hall = RunningHall(tmp_path_factory.mktemp("survival") / "home").start()
    try:
        yield Class.gather(hall, count=PEOPLE)
    finally:
        if hall.process is not None and hall.process.poll() is None:
            hall.stop()


@pytest.mark.parametrize(("name", "which"), [(name, which) for name, each in KILLED.items() for which in each])
def test_whatever_is_killed_everybody_works_on_and_somebody_new_starts(at_work, name, which):
    before = at_work.children[name]

    at_work.kill(name, which)

    # Of a machine that has nothing else to do; here other tests run beside this.
    patience = STARTS_WITHIN * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert at_work.start_somebody_new() < patience
    at_work.assert_all_at_work()
    if which != SERVING:
        wait_for(lambda: check(at_work.children.get(name, before) != before), within=BACK_WITHIN)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_killed_in_any_order_nobody_is_lost(at_work):
    chance = random.Random(7)
    everything = [(name, which) for name, each in KILLED.items() for which in each]
    for _ in range(rounds(20)):
        for name, which in chance.sample(everything, 3):
            with suppress(KeyError, ProcessLookupError, NoServerError):  # it is not back yet
                at_work.kill(name, which)
            time.sleep(chance.uniform(0, 0.5))
        at_work.start_somebody_new()
        at_work.assert_all_at_work()
        # Whoever falls again and again is started again after a while that doubles each time.
        wait_for(lambda: check(len(at_work.children) >= len(KILLED) + 3), within=BACK_WITHIN + LONGEST_PAUSE)


def test_no_zombie_is_left_and_nothing_of_it_all_outlives_the_hall(at_work):
    everything = [psutil.Process(at_work.hall.pid), *psutil.Process(at_work.hall.pid).children(recursive=True)]
    marked = find_marked(at_work.hall.home)
    assert len(marked) > len(at_work.workers)
    # Whatever ends is one for the moment until its parent has looked.
    wait_for(lambda: check(not [each for each in everything if is_zombie(each)]), within=5)

    at_work.hall.stop()

    wait_for(lambda: check(not [each for each in {*everything, *marked} if each.is_running()]), within=5)
    assert find_marked(at_work.hall.home) == []


# ── What is asked and looked at ───────────────────────────────────────────────────────────────────────────────────


def open_channels(worker: Worker) -> websocket.WebSocket:
    """Connect to a kernel that runs already."""
    person = worker.person
    address = f"{person.hall.url.replace('http', 'ws')}/user/{person.name}/api/kernels/{worker.kernel}/channels"
    return wait_for(lambda: websocket.create_connection(address, header=person.header, timeout=10))


def ask(channels: websocket.WebSocket, code: str) -> str:
    """Run a line in a kernel and return what it prints."""
    header = {
        "msg_id": os.urandom(8).hex(),
        "msg_type": "execute_request",
        "session": "s",
        "username": "",
        "version": "5",
    }
    content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
    channels.send(
        json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
    )
    said = ""
    while True:
        answer = json.loads(channels.recv())
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if answer["msg_type"] == "stream":
            said += answer["content"]["text"]  # one line may come in two pieces
        elif said and answer["content"].get("execution_state") == "idle":
            return said


def find_marked(home: Path) -> list[psutil.Process]:
    """Return every process in whose command line or working folder the hall's folder stands."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            if any(str(home) in word for word in (*each.cmdline(), each.cwd())) and not is_zombie(each):
                found.append(each)
    return found


def is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def check(claim: bool) -> bool:
    assert claim
    return claim


def wait_for(look: Callable[[], Any], *, within: float = BACK_WITHIN) -> Any:
    """Look again and again, past what fails while something is away."""
    deadline = time.monotonic() + within
    while True:
        try:
            return look()
        except (AssertionError, httpx.HTTPError, OSError, websocket.WebSocketException, ValueError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
