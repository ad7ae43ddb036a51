"""A program that listens inside a sandbox from outside; the tests start it as root or as an ordinary user.

It reads {"home", "identity", "network", "port", "times", "source"}, answers whoever connects inside with "outside",
and writes what `source` has found there. Only the standard library is needed.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

from datahall_forkserver.identities import Identity
from datahall_forkserver.listeners import open_listener_inside
from datahall_forkserver.namespaces import become_subreaper
from datahall_forkserver.sandboxes import SandboxError, make_sandbox
from sandbox_visit import build_plan, visit


def answer(listener: socket.socket) -> None:
    listener.setblocking(True)
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"outside")


def main() -> None:
    order = json.loads(sys.stdin.readline())
    identity = Identity(*order["identity"]) if order["identity"] else None
    become_subreaper()
    sandbox = make_sandbox(build_plan(order), identity=identity)
    told: dict = {"times": [], "refused": ""}
    try:
        for _ in range(order.get("times", 1)):
            begun = time.monotonic()
            listener = open_listener_inside(sandbox, identity=identity, port=order["port"])
            told["times"].append(time.monotonic() - begun)
            if len(told["times"]) < order.get("times", 1):
                listener.close()
        told["network"] = str(Path("/proc/self/ns/net").readlink())
        told["user"] = os.geteuid()
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        told |= visit(sandbox, order["source"], identity=identity)
    except SandboxError as error:
        told["refused"] = str(error)
    finally:
        sandbox.end()
    try:
        open_listener_inside(sandbox, identity=identity, port=order["port"])
    except SandboxError as error:
        told["afterwards"] = str(error)
    told["children_left"] = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    told["descriptors"] = len(list(Path("/proc/self/fd").iterdir()))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
