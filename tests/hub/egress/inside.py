"""A program that makes one sandbox and runs what it is told inside; the tests start it as root or an ordinary user.

The first line it reads is {"home", "identity", "environment", "shown"}; it answers {"pid", "started"}. Each further
line is a source, which a child that has entered runs, and what that has put into `found` is the answer.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Mount, Scratch, show_python, show_system
from datahall_forkserver.namespaces import become_subreaper
from datahall_forkserver.sandboxes import SandboxPlan, make_sandbox

from tests.extensions.sandbox_visit import visit

HOME_INSIDE = Path("/home/person")


def main() -> None:
    order = json.loads(sys.stdin.readline())
    identity = Identity(*order["identity"]) if order["identity"] else None
    become_subreaper()
    layers = (
        Scratch(Path("/tmp")), Scratch(Path("/run")), *show_system(), *show_python(),
        *(Mount(Path(path), Path(path)) for path in order["shown"]),
        Mount(Path(order["home"]), HOME_INSIDE, writable=True),
    )  # fmt: skip
    sandbox = make_sandbox(SandboxPlan(layers=layers, dies_with_maker=True), identity=identity)
    os.environ.clear()
    os.environ.update(order["environment"])
    print(json.dumps({"pid": sandbox.pid, "started": sandbox.started}), flush=True)
    try:
        for line in sys.stdin:
            print(json.dumps(visit(sandbox, json.loads(line), identity=identity)), flush=True)
    finally:
        sandbox.end()


if __name__ == "__main__":
    main()
