"""A hall with a victim and an attacker: alice has a diary, a server and a kernel; mallory runs whatever she likes."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil
import websocket
from datahall_hub.limited_people import USE

from tests.running_hall import PLAIN, RunningHall, RunningKernel

ATTACKERS = Path(__file__).parent / "attackers"
DIARY = "alice's diary: " + uuid.uuid4().hex
QUICK = 10.0  # seconds in which the hub and alice's kernel answer, whatever mallory does on a small machine
ROOM_WITHIN = 40.0  # seconds until a home that is no longer full has been counted again
# Small bounds, so that they are reached soon.
BOUNDS = {
    "processes": 150, "server-memory": 1_500_000_000, "kernel-memory": 600_000_000, "disk-quota": 200_000_000,
    "disk-files": 5_000, "open-files": 1024,
}  # fmt: skip


@dataclass
class Person:
    """Somebody with a running server."""

    hall: RunningHall
    name: str
    browser: httpx.Client
    token: str = ""

    def __post_init__(self) -> None:
        self.hall.start_server(self.browser, self.name)
        self.token = self.hall.server_token(self.browser, self.name)

    @property
    def home(self) -> Path:
        """Their home, seen from outside."""
        return self.hall.home / "homes" / self.name

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    def open_kernel(self) -> RunningKernel:
        return RunningKernel(self.hall.url, name=self.name, token=self.token)

    @contextmanager
    def kernel(self) -> Iterator[RunningKernel]:
        running = self.open_kernel()
        try:
            yield running
        finally:
            with suppress(httpx.HTTPError):
                running.close()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask their server, as a program with their token."""
        return httpx.request(
            method, f"{self.hall.url}/user/{self.name}/{path}", headers=self.header, timeout=30, **PLAIN, **options
        )

    def run_in_terminal(self, command: str, *, within: float = 60) -> str:
        """Type a command into a new terminal and return what it prints."""
        name = self.ask("POST", "api/terminals").json()["name"]
        end = uuid.uuid4().hex
        line = websocket.create_connection(
            f"{self.hall.url.replace('http', 'ws')}/user/{self.name}/terminals/websocket/{name}",
            header=self.header, timeout=within,
        )  # fmt: skip
        try:
            line.send(json.dumps(["stdin", f"{command}; echo {end[:16]}''{end[16:]}\r"]))
            shown = ""
            while end not in shown:
                kind, *said = json.loads(line.recv())
                shown += said[0] if kind == "stdout" else ""
        finally:
            line.close()
            self.ask("DELETE", f"api/terminals/{name}")
        return shown.partition(end)[0]


@dataclass
class Outcome:
    """What came of a bomb."""

    has_ended: bool = False  # the kernel that it ran in
    said: str = ""
    counts: list[int] = field(default_factory=list)


@dataclass
class Arena:
    """Both of them in one hall."""

    hall: RunningHall
    alice: Person
    mallory: Person
    kernel: RunningKernel  # alice's
    before: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, hall: RunningHall) -> Arena:
        alice, mallory = (Person(hall, name, hall.person(name)) for name in ("alice", "mallory"))
        assert alice.ask("PUT", "api/contents/diary.txt", json=_text(DIARY)).status_code == 201
        kernel = alice.open_kernel()
        kernel.run("kept = 'what alice has computed'")
        arena = cls(hall, alice, mallory, kernel)
        arena.before = arena.look()
        return arena

    def close(self) -> None:
        with suppress(httpx.HTTPError):
            self.kernel.close()

    def look(self) -> dict[str, Any]:
        """Return what no attack may change, and ask for it as quickly as people expect an answer."""
        began = time.monotonic()
        seen = {
            "diary": (self.alice.home / "diary.txt").read_text(),
            "kernel": self.kernel.run("print(kept, __import__('os').getpid())"),
            "server": self.alice.ask("GET", "api/status").json()["started"],
            "files": sorted(each["name"] for each in self.alice.ask("GET", "api/contents").json()["content"]),
            "hub": self.hall.api(self.alice.browser, "GET", "/hub/api/users/alice").json()["servers"][""]["started"],
            "processes": {name: child["pid"] for name, child in self.children.items()},
        }
        took = time.monotonic() - began
        assert took < QUICK, f"alice had to wait {took:.1f} s"
        return seen

    def assert_unharmed(self) -> None:
        """Nothing of alice's and of the hall's is other than before."""
        assert self.look() == self.before

    def attack(self, program: str, *, way: str = "kernel", **facts: Any) -> Any:
        """Have mallory run one of the programs, in a kernel or in a terminal; return what it says it achieved."""
        source = (ATTACKERS / f"{program}.py").read_text()
        if way == "kernel":
            with self.mallory.kernel() as kernel:
                return json.loads(kernel.run(f"FACTS = {facts!r}\n{source}").splitlines()[-1])
        for name, content in ((f"{program}.py", source), ("facts.json", json.dumps(facts))):
            assert self.mallory.ask("PUT", f"api/contents/{name}", json=_text(content)).status_code in {200, 201}
        shown = self.mallory.run_in_terminal(f"python ~/{program}.py > ~/told.json 2>~/failed.txt; cat ~/failed.txt")
        assert self.mallory.ask("GET", "api/contents/failed.txt").json()["content"] == "", shown
        return json.loads(self.mallory.ask("GET", "api/contents/told.json").json()["content"])

    def bomb(self, program: str, *, within: float, count: Callable[[], int] = int) -> Outcome:
        """Have mallory light a bomb; look after alice until its kernel has ended, at most so many seconds."""
        outcome = Outcome()
        deadline = time.monotonic() + within
        with self.mallory.kernel() as kernel:
            _light(kernel, (ATTACKERS / f"{program}.py").read_text())
            reading = threading.Thread(target=_read_until_ended, args=(kernel, outcome, deadline))
            reading.start()
            while reading.is_alive():
                outcome.counts.append(count())
                self.assert_unharmed()
                reading.join(0.3)
        return outcome

    def start_afresh(self, person: Person) -> None:
        """Stop somebody's server and start it again."""
        self.hall.stop_server(person.browser, person.name)
        self.hall.start_server(person.browser, person.name)
        person.token = self.hall.server_token(person.browser, person.name)

    def clear(self, person: Person, folder: str) -> None:
        """Take a folder out of somebody's full home, and wait until there is room for their kernels again."""
        deadline = time.monotonic() + ROOM_WITHIN
        while not self._is_full(person):  # what is seen later would keep the next test's kernels from starting
            assert time.monotonic() < deadline, "the full home was not seen"
            time.sleep(0.2)
        shutil.rmtree(person.home / folder)
        self.wait_for_room(person)

    def wait_for_room(self, person: Person) -> None:
        """Wait until somebody's kernels start."""
        deadline = time.monotonic() + ROOM_WITHIN
        while (answer := person.ask("POST", "api/kernels")).status_code != 201:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.5)
        person.ask("DELETE", f"api/kernels/{answer.json()['id']}")

    def _is_full(self, person: Person) -> bool:
        try:
            use = json.loads((Path(self.find_limited(person)["shown"]) / USE).read_text())
        except FileNotFoundError:  # not counted yet
            return False
        return bool(use["is_full"])

    def find_processes(self, person: Person) -> list[int]:
        """Return the processes in somebody's sandbox."""
        wanted = os.stat(f"/proc/{self.find_limited(person)['pid']}/ns/pid").st_ino  # noqa: PTH116
        return [pid for pid in psutil.pids() if _find_namespace(pid) == wanted]

    def measure_home(self, person: Person) -> tuple[int, int]:
        """Return the bytes and files of somebody's home."""
        sizes = [path.lstat().st_size for path in person.home.rglob("*")]
        return sum(sizes), len(sizes)

    @property
    def children(self) -> dict[str, Any]:
        """The hall's processes, as its supervisor knows them."""
        return dict(json.loads((self.hall.home / "run/hall.json").read_text())["children"])

    @cached_property
    def ports(self) -> dict[str, int]:
        """The inner ports."""
        return dict(json.loads((self.hall.home / "run/ports.json").read_text()))

    @property
    def sockets(self) -> dict[str, str]:
        """Every socket beneath the hall's folders, but mallory's own gate."""
        folders = {self.hall.home / "run", *Path("/tmp").glob(f"datahall-{self.hall.home.stat().st_uid}-*")}
        return {path.name: str(path) for folder in folders for path in folder.rglob("*") if path.is_socket()}

    def find_limited(self, person: Person) -> dict[str, Any]:
        """Return what the hall has written down about a person whose server runs."""
        noted = (json.loads(path.read_text()) for path in (self.hall.home / "run/limits").glob("*.json"))
        return next(each for each in noted if each["home"] == str(person.home))


def _text(content: str) -> dict[str, str]:
    return {"type": "file", "format": "text", "content": content}


def _light(kernel: RunningKernel, code: str) -> None:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": "t",
        "username": "",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
    kernel.socket.send(
        json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
    )


def _read_until_ended(kernel: RunningKernel, outcome: Outcome, deadline: float) -> None:
    """Take what comes until the kernel has ended; what a bomb prints is not kept."""
    kernel.socket.settimeout(1)
    while time.monotonic() < deadline and not (outcome.has_ended and outcome.said):
        try:
            message = json.loads(kernel.socket.recv())
        except websocket.WebSocketTimeoutException:
            if outcome.has_ended:
                return
            continue
        except (websocket.WebSocketException, OSError):  # the server parts with a kernel that it can't restart
            outcome.has_ended |= kernel.client.get(f"{kernel.path}/{kernel.id}").status_code == 404
            return
        state = message["content"].get("execution_state")
        outcome.has_ended |= state in {"restarting", "autorestarting", "dead"}
        if message["msg_type"] == "stream" and message["content"]["name"] == "stderr":
            outcome.said += message["content"]["text"]


def _find_namespace(pid: int) -> int | None:
    try:
        return os.stat(f"/proc/{pid}/ns/pid").st_ino  # noqa: PTH116
    except OSError:
        return None
