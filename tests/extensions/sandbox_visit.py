"""A program that makes sandboxes and visits them; the tests start it as root or as an ordinary user.

It reads one line of JSON, {"home", "identity", "network", "visits": [source, …]}, runs each source in a child that
has entered, and writes what each has put into `found`, with the times it took. Only the standard library is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Mount, Scratch, show_python, show_system
from datahall_forkserver.namespaces import become_subreaper, enter, open_entrance
from datahall_forkserver.sandboxes import Sandbox, SandboxPlan, find_sandbox, make_sandbox

HOME_INSIDE = Path("/home/person")


def build_plan(order: dict) -> SandboxPlan:
    layers = (
        # First, so that they hide nothing: this Python may lie below one of them.
        Scratch(Path("/tmp"), size=1 << 20), Scratch(Path("/run"), size=1 << 20), *show_system(), *show_python(),
        Mount(Path(order["home"]), HOME_INSIDE, writable=True),
        *(Mount(Path(source), Path(target)) for source, target in order.get("shown", {}).items()),
    )  # fmt: skip
    return SandboxPlan(layers=layers, network=order["network"], dies_with_maker=order.get("dies_with_maker", False))


def visit(sandbox: Sandbox, source: str, *, identity: Identity | None) -> dict:
    """Fork, enter, run, and return what came of it; as a fork server would."""
    begun = time.monotonic()
    entrance = open_entrance(sandbox, identity=identity)
    report, report_end = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        os.close(report)
        tell = os.fdopen(report_end, "w")
        try:
            close_others({0, 1, 2, report_end, *entrance.descriptors})
            enter(entrance, announce=lambda pid: os.write(report_end, b"%d\n" % pid))
            scope: dict = {"found": None, "entered": time.monotonic()}
            exec(source, scope)
            tell.write(json.dumps({"found": scope["found"], "entered": scope["entered"]}))
        except BaseException:  # noqa: BLE001 told outside
            tell.write(json.dumps({"failed": traceback.format_exc()}))
        tell.flush()
        os._exit(0)
    os.close(report_end)
    entrance.close()
    with os.fdopen(report, "rb") as said:
        inside = int(said.readline() or 0)
        told = json.loads(said.read() or b'{"failed": "it said nothing"}')
    os.waitpid(child, 0)
    status = os.waitpid(inside, 0)[1] if inside else 0
    if "entered" in told:
        told["seconds"] = told.pop("entered") - begun
    return {**told, "status": status, "pid": inside}


def main() -> None:
    order = json.loads(sys.stdin.readline())
    identity = Identity(*order["identity"]) if order["identity"] else None
    become_subreaper()
    mounts = count_mounts()
    before = len(list(Path("/proc/self/fd").iterdir()))
    begun = time.monotonic()
    sandbox = make_sandbox(build_plan(order), identity=identity)
    made = time.monotonic() - begun
    if order.get("abandon"):
        print(json.dumps({"pid": sandbox.pid, "started": sandbox.started}), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    again = find_sandbox(pid=sandbox.pid, started=sandbox.started)
    try:
        visits = [visit(sandbox, source, identity=identity) for source in order["visits"]]
        lived = sandbox.is_alive
    finally:
        sandbox.end()
    left = [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and is_mine(path)]
    after = len(list(Path("/proc/self/fd").iterdir()))
    outcome = {
        "made": made, "visits": visits, "found_again": again == sandbox, "lived": lived, "lives": sandbox.is_alive,
        "children_left": left, "descriptors_left": after - before,
        "mounts_left": count_mounts() - mounts,
    }  # fmt: skip
    print(json.dumps(outcome))


def count_mounts() -> int:
    return len(Path("/proc/self/mountinfo").read_text().splitlines())


def close_others(kept: set[int]) -> None:
    for descriptor in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if descriptor not in kept:
            with contextlib.suppress(OSError):  # the listing's own is closed already
                os.close(descriptor)


def is_mine(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    except OSError:
        return False


if __name__ == "__main__":
    main()
