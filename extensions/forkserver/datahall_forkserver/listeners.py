"""Listening sockets inside a sandbox's network, held outside: how a sandbox with a loopback alone is served.

A short-lived child joins the user namespace that owns the sandbox's network, then that network, listens there, and
hands the socket back. Nothing of it runs inside. A socket belongs for ever to the network in which it was made, and
keeps that network alive: whoever holds one closes it when the sandbox ends (`Sandbox.open_first_process`).
"""

from __future__ import annotations

import os
import select
import signal
import socket
from pathlib import Path
from typing import NoReturn

from datahall_forkserver.identities import Identity
from datahall_forkserver.namespaces import CLONE_NEWUSER, KINDS, PR_SET_DUMPABLE, join_namespaces, open_owner
from datahall_forkserver.sandboxes import Sandbox, SandboxError
from datahall_forkserver.seccomp import call_prctl

OPEN_WITHIN = 5.0  # seconds; it takes some milliseconds, but a machine may stall
BACKLOG = 64  # connections that may wait inside: more is no use to anybody but who floods
LONGEST_REASON = 500  # bytes


def open_listener_inside(
    sandbox: Sandbox, *, identity: Identity | None = None, host: str = "127.0.0.1", port: int
) -> socket.socket:
    """Return a TCP socket that listens at an address of the sandbox's own network.

    `identity` is the one that the sandbox was made with. The socket does not block.

    Raises
    ------
    SandboxError
        If the sandbox has ended, is not ours or shares the machine's network, or nobody can listen there.
    """
    if (os.geteuid() == 0) != (identity is not None):
        raise SandboxError("Root enters a sandbox as the ordinary user it was made for, and nobody else names one.")
    try:
        first = sandbox.open_first_process()
    except ProcessLookupError as error:
        raise SandboxError(str(error)) from error
    try:
        if _shares_our_network(sandbox):
            raise SandboxError(f"Sandbox {sandbox.pid} shares the machine's network: nothing is opened in it.")
        return _listen_as_child(sandbox, first=first, identity=identity, address=(host, port))
    except OSError as error:
        raise SandboxError(f"Sandbox {sandbox.pid} has ended or is not ours: {error.strerror}.") from error
    finally:
        os.close(first)


def _shares_our_network(sandbox: Sandbox) -> bool:
    return Path(f"/proc/{sandbox.pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink()


def _listen_as_child(
    sandbox: Sandbox, *, first: int, identity: Identity | None, address: tuple[str, int]
) -> socket.socket:
    owner = open_owner(sandbox)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        try:
            child = os.fork()
            if child == 0:
                _listen_and_hand_over(owner, first=first, identity=identity, address=address, to=theirs)
        finally:
            os.close(owner)
        theirs.close()  # so that a child which ends without a word is heard to
        try:
            return _receive_listener(ours)
        finally:
            os.kill(child, signal.SIGKILL)  # it has told all it had to
            os.waitpid(child, 0)


def _listen_and_hand_over(
    owner: int, *, first: int, identity: Identity | None, address: tuple[str, int], to: socket.socket
) -> NoReturn:
    """Do the child's work: system calls alone, since whoever forked may have had threads."""
    try:
        call_prctl(PR_SET_DUMPABLE, 0)  # what it has inherited is nobody's business, not even of the user it becomes
        if identity is not None:
            identity.take()
        join_namespaces(owner, CLONE_NEWUSER)
        join_namespaces(first, KINDS["net"])
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        socket.send_fds(to, [b"listens"], [listener.fileno()])
    except BaseException as error:  # noqa: BLE001 told outside, whatever it is; this process has nothing else to do
        to.send(str(error).encode(errors="replace")[:LONGEST_REASON] or b"it says no more")
    finally:
        os._exit(0)


def _receive_listener(ours: socket.socket) -> socket.socket:
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    if not poll.poll(OPEN_WITHIN * 1000):
        raise SandboxError(f"Nobody listens in the sandbox after {OPEN_WITHIN:g} s.")
    said, descriptors, _flags, _sender = socket.recv_fds(ours, LONGEST_REASON, 1)
    if not descriptors:
        reason = said.decode(errors="replace") or "it has ended"
        raise SandboxError(f"Nobody can listen in the sandbox: {reason}.")
    return socket.socket(fileno=descriptors[0])
