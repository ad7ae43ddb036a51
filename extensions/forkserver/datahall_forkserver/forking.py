"""The fork itself: what has to be open before it, who closes what after it, and where the child is born."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from datahall_forkserver.birth import Birth
from datahall_forkserver.errors import RefusedError
from datahall_forkserver.handed_descriptors import close_all
from datahall_forkserver.namespaces import Entrance, bear_inside, bear_outside, open_entrance
from datahall_forkserver.protocol import Request
from datahall_forkserver.sandboxes import SandboxError


@dataclass(frozen=True)
class Forked:
    """A child as its server has it."""

    pid: int
    report: int  # where it is heard, and told to go on
    is_entering: bool  # and not yet the process that it will be


def fork_child(request: Request, take_descriptors: Callable[[], list[int]], *, server: int) -> Forked | Birth:
    """Fork; return in the server what it has, and in the child what that is to be.

    `take_descriptors` hands over those that came with the request, once nothing else is missing.

    Raises
    ------
    RefusedError
        If the sandbox can't be entered, or the machine has no further process or descriptor.
    """
    entrance = _open_entrance(request)
    ours: list[int] = []  # closed again in the server, whatever happens
    # No signal may reach the child before it has handlers of its own; it unblocks them then.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    report = pid = -1
    try:
        report, report_end = (each.detach() for each in socket.socketpair())
        ours.append(report_end)
        os.set_blocking(report, False)
        life_of_server = os.pidfd_open(server) if request.dies_with_server else None
        ours += [] if life_of_server is None else [life_of_server]
        environment, *descriptors = take_descriptors()
        ours += [environment, *descriptors]
        back = None if entrance is None else bear_inside(entrance)
        pid = _fork(back)
        if pid == 0:
            life = descriptors.pop() if request.is_tied else None
            return Birth(
                request, environment, tuple(descriptors), life, report_end, life_of_server, entrance, back is not None
            )
    except OSError as error:
        if report >= 0:
            os.close(report)
        raise RefusedError(f"The machine gives no further process: {error.strerror}.", code="no-fork") from error
    finally:
        if pid != 0:  # a child's own id tells nothing: inside, it may well be the server's number
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            close_all(ours)
            if entrance:
                entrance.close()
    return Forked(pid, report, is_entering=entrance is not None and back is None)


def _fork(back: int | None) -> int:
    """Fork, and see to it that this was the only child to be born inside."""
    try:
        pid = os.fork()
    except OSError:
        if back is not None:
            bear_outside(back)
        raise
    if pid and back is not None:
        bear_outside(back)
    return pid


def _open_entrance(request: Request) -> Entrance | None:
    if request.identity is not None and os.geteuid() != 0:
        raise RefusedError("Only root's server can run a child as somebody else.", code="bad-request")
    if request.sandbox is None:
        return None
    try:
        return open_entrance(request.sandbox, identity=request.identity)
    except SandboxError as error:
        raise RefusedError(str(error), code=error.code) from error
