"""A program that has a fork server put children into sandboxes; the tests start it as root or as an ordinary user.

It reads one line of JSON, {"home", "identity", "forks": [{"code", …}, …]}, runs each code in a forked child that has
entered the sandbox, and writes for each what it printed and how it ended. Only the standard library is needed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from datahall_forkserver import Child, ForkServer, ForkserverError, NoServerError, RefusedError, Request
from datahall_forkserver.identities import Identity
from datahall_forkserver.programs import seal_program
from datahall_forkserver.sandboxes import Sandbox, make_sandbox
from sandbox_visit import HOME_INSIDE, build_plan


def start_server(folder: Path) -> tuple[ForkServer, int]:
    program = seal_program()
    argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "bare", "--socket", str(folder / "s")]
    process = subprocess.Popen(argv, executable=f"/proc/self/fd/{program}", pass_fds=(program,), stdout=subprocess.PIPE)
    os.close(program)
    assert process.stdout
    assert process.stdout.readline() == b"listens\n"
    return ForkServer(folder / "s"), process.pid


def fork(server: ForkServer, sandbox: Sandbox, home: Path, asked: dict, identity: Identity | None) -> dict:
    asked = dict(asked)
    (home / "child.py").write_text(asked.pop("code"))
    is_killed, kills_server = asked.pop("is_killed", False), asked.pop("kills_server", 0)
    said, said_end = os.pipe2(os.O_CLOEXEC)
    null = os.open(os.devnull, os.O_RDONLY)
    further = {}
    if names := asked.get("descriptors"):
        further = {name: os.memfd_create(name) for name in names}
    request = Request(
        **{
            "file": str(HOME_INSIDE / "child.py"), "folder": str(HOME_INSIDE), "sandbox": sandbox,
            "identity": identity, "environment": {"PATH": os.environ["PATH"]},
        } | {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}
    )  # fmt: skip
    begun = time.monotonic()
    try:
        child = server.fork(request, streams=(null, said_end, said_end), further=further)
    except RefusedError as error:
        os.close(said_end)
        return {"refused": error.code, "message": str(error)}
    finally:
        for each in (null, *further.values()):
            os.close(each)
    took = time.monotonic() - begun
    os.close(said_end)
    if is_killed or kills_server:
        os.read(said, 1)
    if is_killed:
        child.send_signal(signal.SIGTERM, group=True)
    if kills_server:
        os.kill(kills_server, signal.SIGKILL)
    with os.fdopen(said) as words:
        ended = child.wait(20)
        return {"said": words.read(), "returncode": ended.returncode, "pid": child.pid, "took": took,
                "later": find_later(server, child)}  # fmt: skip


def find_later(server: ForkServer, child: Child) -> int | None:
    try:
        return server.find_child(pid=child.pid, started=child.started).wait(5).returncode
    except ForkserverError:  # the server may be what was killed
        return None


def count_descriptors(pid: int) -> int:
    time.sleep(0.2)  # the server may be about to close what its last client has left
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:  # it was killed
        return 0


def count_children(server: ForkServer) -> int | None:
    try:
        return server.describe()["children"]
    except NoServerError:
        return None


def main() -> None:
    order = json.loads(sys.stdin.readline())
    identity = Identity(*order["identity"]) if order["identity"] else None
    home = Path(order["home"])
    with tempfile.TemporaryDirectory(prefix="fv") as name:
        server, pid = start_server(Path(name))
        sandbox = make_sandbox(build_plan(order), identity=identity)
        try:
            found = [
                fork(
                    server, sandbox, home, {**asked, "kills_server": pid if asked.get("kills_server") else 0}, identity
                )
                for asked in order["forks"]
            ]
            descriptors = count_descriptors(pid)
            sandbox.end()
            children = count_children(server)
        finally:
            os.kill(pid, signal.SIGKILL)
        print(json.dumps({"forks": found, "children": children, "descriptors": descriptors}))


if __name__ == "__main__":
    main()
