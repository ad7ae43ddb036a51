"""Start a program in a sandbox without a fork server: the ordinary start, where a fork would differ or fails.

`start_inside` runs this module as a process of its own, from a sealed copy of this Python; that enters the sandbox and
becomes the program. The starter is told the program's id, and is not its parent: that is the nearest subreaper.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from datahall_forkserver.child_handles import Child, reopen_child
from datahall_forkserver.identities import Identity
from datahall_forkserver.namespaces import enter, open_entrance
from datahall_forkserver.process_start import find_start
from datahall_forkserver.programs import seal_program
from datahall_forkserver.protocol import DESCRIPTORS_VARIABLE, STREAMS
from datahall_forkserver.sandboxes import Sandbox, SandboxError

BEGIN_WITHIN = 30.0  # seconds; it takes a tenth of one, but a machine may stall
LONGEST_ANSWER = 64  # bytes
FIRST_FREE = 64  # descriptors that programs find at 3, 4, … come from above here


def start_inside(
    sandbox: Sandbox,
    argv: Sequence[str],
    *,
    identity: Identity | None,
    environment: Mapping[str, str],
    folder: str,
    streams: Sequence[int],
    further: Mapping[str, int] | None = None,
) -> Child:
    """Start a program inside and return it once it is about to begin.

    Parameters
    ----------
    sandbox, identity
        Where, and the identity it was made with.
    argv, environment, folder
        The program, as seen inside.
    streams
        Descriptors of its standard input, output and error; they stay the caller's.
    further
        Further descriptors by name; it finds their numbers in `DATAHALL_DESCRIPTORS`.

    Raises
    ------
    SandboxError
        If it does not begin.
    """
    report, report_end = os.pipe2(os.O_CLOEXEC)
    program = seal_program()
    order = {
        "sandbox": [sandbox.pid, sandbox.started],
        "identity": identity and [identity.user, identity.group],
        "argv": list(argv),
        "folder": folder,
        "further": dict(further or {}),
        "report": report_end,
    }
    try:
        # The environment is the program's own, in which no word may stand for everybody to read, as in the arguments.
        entering = subprocess.Popen(
            [sys.executable, "-I", "-m", "datahall_forkserver.ordinary", json.dumps(order)],
            executable=f"/proc/self/fd/{program}",
            pass_fds=(program, report_end, *(further or {}).values()),
            env=dict(environment),
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            cwd="/",
            start_new_session=True,
        )
    finally:
        os.close(report_end)
        os.close(program)
    try:
        poll = select.poll()
        poll.register(report, select.POLLIN)
        ready = poll.poll(BEGIN_WITHIN * 1000)
        told = os.read(report, LONGEST_ANSWER) if ready else b""
    finally:
        os.close(report)
        if not ready:
            entering.kill()
        entering.wait()  # the one in between
    child = reopen_child(pid=int(told), started=find_start(int(told)) or 0) if told.strip().isdigit() else None
    if child is None:
        raise SandboxError(f"{argv[0]} could not begin in sandbox {sandbox.pid}; it said why where it says all else.")
    return child


def main() -> None:
    """Enter and become the program."""
    order = json.loads(sys.argv[1])
    report = int(order["report"])
    os.set_inheritable(report, False)
    identity = Identity(*order["identity"]) if order["identity"] else None
    entrance = open_entrance(Sandbox(*order["sandbox"]), identity=identity)
    _close_others({report, *entrance.descriptors, *order["further"].values()})
    enter(entrance, announce=lambda pid: os.write(report, b"%d\n" % pid))
    os.close(report)
    os.setsid()
    named = _place_further(order["further"])
    os.chdir(order["folder"])
    os.execve(order["argv"][0], order["argv"], {**os.environ, **named})  # noqa: S606 what is asked for


def _close_others(kept: set[int]) -> None:
    """Close what the interpreter has open besides, the sealed program not least."""
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor >= STREAMS and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:  # the listing's own
                continue


def _place_further(further: Mapping[str, int]) -> dict[str, str]:
    """Have named descriptors from 3 on."""
    lifted = [os.dup2(number, FIRST_FREE + place) for place, number in enumerate(further.values())]
    for number in further.values():
        os.close(number)
    for place, number in enumerate(lifted, STREAMS):
        os.dup2(number, place, inheritable=True)
        os.close(number)
    named = ",".join(f"{name}={place}" for place, name in enumerate(further, STREAMS))
    return {DESCRIPTORS_VARIABLE: named} if named else {}


if __name__ == "__main__":
    main()
