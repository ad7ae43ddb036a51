"""A program that has a fork server put children into a sandbox; the tests start it as root or as an ordinary user.

It reads one line of JSON, {"home", "identity", "forks": [{"code", …}, …], …}, runs each code in a forked child that
has entered, and writes for each what it printed and how it ended. `then` says what happens once a child has printed
something: it is signalled, left alone, or its server is killed. Where there is a `gate`, its socket is in the sandbox
at `/run/datahall/s`. Only the standard library is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from datahall_forkserver import ForkServer, ForkserverError, GateOrder, NoServerError, RefusedError, Request
from datahall_forkserver.identities import Identity
from datahall_forkserver.sandboxes import Sandbox, make_sandbox
from sandbox_visit import HOME_INSIDE, build_plan


def start_server(folder: Path, *options: str) -> tuple[ForkServer, subprocess.Popen]:
    life_line, _ = os.pipe()  # whose other end is open for as long as this program runs
    argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "bare", "--socket", str(folder / "s")]
    argv += ["--life-line", str(life_line), *options]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, pass_fds=[life_line])
    assert process.stdout
    assert process.stdout.readline() == b"listens\n"
    return ForkServer(folder / "s"), process


class Visit:
    """A server, a sandbox, and whom it is for."""

    def __init__(self, order: dict, folder: Path) -> None:
        self.home = Path(order["home"])
        self.identity = Identity(*order["identity"]) if order["identity"] else None
        self.folder = folder
        self.server, self.process = start_server(folder, *order.get("serve", ()))
        order["dies_with_maker"] = True
        gate = order.get("gate")
        if gate is not None:
            order["shown"] = order["shown"] | {str(self.server.prepare_gate("g")): "/run/datahall"}
        self.sandbox: Sandbox = make_sandbox(build_plan(order), identity=self.identity)
        if gate is not None:
            self.server.open_gate(GateOrder("g", self.sandbox, self.identity, **gate))

    def fork(self, asked: dict) -> dict:
        asked = dict(asked)
        (self.home / "child.py").write_text(asked.pop("code"))
        then, seconds = asked.pop("then", None), asked.pop("seconds", 0)
        said, said_end = os.pipe2(os.O_CLOEXEC)
        null = os.open(os.devnull, os.O_RDONLY)
        further = {name: os.memfd_create(name) for name in asked.get("descriptors", ())}
        begun = time.monotonic()
        try:
            child = self.server.fork(self.build_request(asked), streams=(null, said_end, said_end), further=further)
        except RefusedError as error:
            return {"refused": error.code, "message": str(error)}
        finally:
            for each in (null, said_end, *further.values()):
                os.close(each)
        took = time.monotonic() - begun
        first = os.read(said, 1) if then else b""
        if then == "terminate":
            child.send_signal(signal.SIGTERM, group=True)
        elif then == "kill the server":
            os.kill(self.server.describe()["pid"], signal.SIGKILL)
        elif then == "kill servers":
            threading.Thread(target=self.kill_servers, args=(seconds,), daemon=True).start()
        elif then == "leave":
            return {"took": took}
        with os.fdopen(said) as words:
            ended = child.wait(60)
            told = {"said": first.decode() + words.read(), "returncode": ended.returncode, "took": took}
        return told | {"later": self.find_later(child.pid, child.started)}

    def build_request(self, asked: dict) -> Request:
        plain = {
            "file": str(HOME_INSIDE / "child.py"), "folder": str(HOME_INSIDE), "sandbox": self.sandbox,
            "identity": self.identity, "environment": {"PATH": os.environ["PATH"]},
        }  # fmt: skip
        return Request(
            **plain | {key: tuple(value) if isinstance(value, list) else value for key, value in asked.items()}
        )

    def kill_servers(self, seconds: float) -> None:
        """Kill the server that serves, again and again, at random moments."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(random.uniform(0.02, 0.2))
            with contextlib.suppress(ForkserverError, ProcessLookupError):
                os.kill(self.server.describe()["pid"], signal.SIGKILL)

    def list_family(self) -> list[str]:
        """What has come from the fork server, itself left out: the one that serves, and whatever was left behind."""
        try:
            parents = {self.process.pid, self.server.describe()["pid"]}
        except NoServerError:
            return []
        found = []
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and read_parent(process) in parents:
                    found.append(process.name)
        return found

    def find_later(self, pid: int, started: int) -> int | None:
        """How a child ended, for somebody who asks later; the server may be what was killed."""
        try:
            return self.server.find_child(pid=pid, started=started).wait(5).returncode
        except ForkserverError:
            return None

    def count_descriptors(self) -> int:
        time.sleep(0.2)  # the server may be about to close what its last client has left
        try:
            return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))
        except OSError:  # it was killed
            return 0

    def count_children(self) -> int | None:
        try:
            return self.server.describe()["children"]
        except NoServerError:
            return None

    def ask_from_outside(self) -> str:
        """What somebody outside hears at the gate."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.folder / "gates/g/s"))
            try:
                client.sendall(b'{"do":"describe"}\n')
                return client.recv(100).decode()
            except OSError:
                return ""

    def end(self) -> None:
        self.sandbox.end()
        self.process.kill()
        self.process.wait()


def read_parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def main() -> None:
    order = json.loads(sys.stdin.readline())
    with tempfile.TemporaryDirectory(prefix="fv") as name:
        visit = Visit(order, Path(name))
        try:
            found = [visit.fork(asked) for asked in order["forks"]]
            outsider = visit.ask_from_outside() if order.get("gate") is not None else ""
            descriptors = visit.count_descriptors()
            visit.sandbox.end()
            children = visit.count_children()
            family = visit.list_family()
            left = sorted(path.name for path in (Path(name) / "gates").glob("*"))
        finally:
            visit.end()
    told = {
        "forks": found,
        "children": children,
        "descriptors": descriptors,
        "left": left,
        "outsider": outsider,
        "family": family,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
