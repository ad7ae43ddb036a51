"""Start a person's server: fork it from the process that has it in memory, or, where that would differ, as ever.

With walls a sandbox is made first, held by a keeper; either kind of start enters it, and whatever runs inside ends with
it; kernels come into it through a gate of the fork server that has the data libraries. Without walls the server is tied
to the supervisor. All of this blocks for some milliseconds: call it in a thread.
"""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datahall_forkserver.child_handles import Child
from datahall_forkserver.client import ForkServer
from datahall_forkserver.control_groups import ControlGroupError
from datahall_forkserver.errors import ForkserverError, NoServerError, RefusedError
from datahall_forkserver.gate_folders import find_gates
from datahall_forkserver.identities import Identity
from datahall_forkserver.ordinary import start_inside
from datahall_forkserver.process_start import find_start
from datahall_forkserver.protocol import DESCRIPTORS_VARIABLE, GateOrder, Request
from datahall_forkserver.sandboxes import Sandbox, SandboxPlan, make_sandbox
from datahall_forkserver.surroundings import find_reason_against
from prometheus_client import REGISTRY

from datahall_hub.launched_server import KEEPER_NAME, PREFIX, LaunchedServer
from datahall_hub.limited_people import LimitedPerson, note_person
from datahall_hub.person_limits import NICE, PersonGroups, PersonLimits, make_person_groups
from datahall_hub.person_sandbox import USER_SERVER
from datahall_hub.session_keyring import leave_session_keyring
from datahall_hub.user_server.start_counts import StartCounts

PROGRAM = str(USER_SERVER / "start.py")
# What each is called and whose it is stand first: a later hub finds by them what this one had begun to start.
# "exit" keeps the shell from becoming the program: it must stay, as the parent that the sandbox dies with.
KEEPER = ("/bin/sh", "-c", 'shift; "$@"; exit $?', KEEPER_NAME)
# Beneath a supervisor the keeper's input is the life line: a second shell reads it, and ends the keeper's whole
# process group when it closes. (A shell gives what runs in its background no input, so the line moves to 3.)
WATCHED_KEEPER = (
    "/bin/sh", "-c",
    'shift; exec 3<&0; { read -r _ <&3; kill -KILL 0; } & "$@" </dev/null 3<&-; code=$?; kill "$!"; exit $code',
    KEEPER_NAME,
)  # fmt: skip
LISTENER = "listener"
# A fork server that has fallen is back within this, and forks in less than an ordinary start takes.
COMES_BACK_WITHIN = 5.0
LOOK_EVERY = 0.05

log = logging.getLogger("jupyterhub")
starts: Counter[str] = Counter()  # "forked", or the code of the reason against it
REGISTRY.register(
    StartCounts("datahall_server_starts", counts=starts, description="Servers started, by how or why not forked.")
)


@dataclass(frozen=True)
class Order:
    """A server that is to be started.

    Parameters
    ----------
    environment, folder
        As the server sees them.
    listener
        The socket at which it listens already.
    words
        Where it says what it has to say until it has its own log.
    home
        The person's home, as seen from outside.
    plan
        The sandbox to be made for it, None without walls.
    identity
        Whose the sandbox is; None where the hall belongs to an ordinary user.
    life_line
        The supervisor's, None where the hub was started by hand.
    fork_server, kernel_server
        The sockets of the processes to fork servers and kernels from.
    gate
        What the gate for kernels is called, and the person's control group.
    limits
        What the person may use.
    limited
        Where the limits service learns of them.
    """

    environment: Mapping[str, str] = field(repr=False)  # holds a token
    folder: str
    listener: int
    words: int
    home: Path
    plan: SandboxPlan | None
    identity: Identity | None
    life_line: int | None
    fork_server: Path
    kernel_server: Path
    gate: str
    limits: PersonLimits
    limited: Path

    @property
    def supervisor(self) -> int:
        """Whose control groups the person's are among: they outlive this hub."""
        return os.getpid() if self.life_line is None else os.getppid()

    @property
    def keeper(self) -> tuple[str, ...]:
        """The command that stays outside and ends with the hall."""
        return (*(KEEPER if self.life_line is None else WATCHED_KEEPER), self.gate)


def make_place(order: Order) -> Sandbox | None:
    """Make the sandbox of a server; None where it has none.

    Raises
    ------
    SandboxError
        If it cannot be made.
    """
    if order.plan is None:
        return None
    return make_sandbox(
        order.plan,
        identity=order.identity,
        keeper=order.keeper,
        keeper_input=subprocess.DEVNULL if order.life_line is None else order.life_line,
    )


def launch_server(order: Order, sandbox: Sandbox | None) -> LaunchedServer:
    """Start a server in its place and return it once its program begins.

    Raises
    ------
    ForkserverError, OSError
        If neither kind of start is possible.
    """
    groups = _make_groups(order)
    try:
        if sandbox is not None:
            if groups is not None:  # those inside can write its memory: what it does counts as theirs
                _bound_first_process(sandbox, groups)
            _open_gate(order, sandbox, groups)
        return _start(order, sandbox, groups)
    except BaseException:
        if groups is not None:
            groups.remove()
        raise


def _make_groups(order: Order) -> PersonGroups | None:
    """Bound the person as a whole; where that fails each process is bounded all the same."""
    try:
        return make_person_groups(order.limits, name=order.gate, supervisor=order.supervisor)
    except ControlGroupError as error:
        log.warning("%s has no control group: %s", order.gate, error)
        return None


def _bound_first_process(sandbox: Sandbox, groups: PersonGroups) -> None:
    try:
        groups.server.add(sandbox.pid)
    except (ControlGroupError, OSError) as error:
        log.warning("The first process of sandbox %s is not bounded: %s", sandbox.pid, error)


def _open_gate(order: Order, sandbox: Sandbox, groups: PersonGroups | None) -> None:
    """Let those inside fork kernels; without it they start as ever."""
    gate = GateOrder(
        order.gate,
        sandbox,
        identity=order.identity,
        limits=order.limits.of_kernel,
        nice=NICE,
        groups=groups.person.folders if groups else (),
        memory=order.limits.kernel_memory,
    )
    try:
        ForkServer(order.kernel_server).open_gate(gate)
    except ForkserverError as error:
        log.warning("Kernels of %s are started as ever and not forked: %s", order.gate, error)
        starts["no-gate"] += 1


def _start(order: Order, sandbox: Sandbox | None, groups: PersonGroups | None) -> LaunchedServer:
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), order.words, order.words)
        try:
            child, keeper = _fork(order, sandbox, groups, streams=streams), None
            starts["forked"] += 1
        except ForkserverError as error:
            log.warning("A server is started as ever and not forked: %s", error)
            starts[error.code] += 1
            child, keeper = _start_as_ever(order, sandbox, streams=streams)
            _bound(child.pid, order.limits, groups)
        _note(order, sandbox, child, groups)
        return LaunchedServer(child, sandbox=sandbox, prefix=order.environment[PREFIX], keeper=keeper, groups=groups)


def _bound(pid: int, limits: PersonLimits, groups: PersonGroups | None) -> None:
    """Bound a process that was not born within its bounds."""
    try:
        if groups is not None:
            groups.server.add(pid)
        for name, limit in limits.of_process.items():
            resource.prlimit(pid, getattr(resource, name), (limit, limit))
    except (ControlGroupError, OSError) as error:  # it may have ended, or be beyond our reach
        log.warning("The server %s is not bounded: %s", pid, error)


def _note(order: Order, sandbox: Sandbox | None, child: Child, groups: PersonGroups | None) -> None:
    """Have the limits service look after the person; without it their kernels are bounded all the same."""
    if sandbox is None:
        return
    person = LimitedPerson(
        name=order.gate,
        home=str(order.home),
        shown=str(find_gates(order.kernel_server) / order.gate),
        pid=sandbox.pid,
        started=sandbox.started,
        server=child.pid,
        groups=groups.person.folders if groups else (),
    )
    try:
        note_person(order.limited, person)
    except OSError as error:  # a full disk
        log.warning("The limits service learns nothing of %s: %s", order.gate, error)


def _fork(
    order: Order, sandbox: Sandbox | None, groups: PersonGroups | None, *, streams: tuple[int, int, int]
) -> Child:
    server = ForkServer(order.fork_server)
    seen = {**order.environment, "HOME": str(order.home)}  # packages that a person has installed lie there
    reason = find_reason_against(_describe(server), environment=seen, folder=order.home)
    if reason is not None:
        raise RefusedError(reason.message, code=reason.code)
    # Nothing but a sandbox ends with its keeper; what has none is tied to the supervisor, this hub's parent.
    life = os.pidfd_open(os.getppid()) if sandbox is None and order.life_line is not None else None
    request = Request(
        file=PROGRAM,
        environment=order.environment,
        folder=order.folder,
        descriptors=(LISTENER,),
        sandbox=sandbox,
        identity=order.identity,
        is_tied=life is not None,
        limits=order.limits.of_process if sandbox is None else order.limits.inside,
        groups=groups.server.folders if groups else (),
    )
    try:
        return server.fork(request, streams=streams, further={LISTENER: order.listener}, life=life)
    finally:
        if life is not None:
            os.close(life)


def _describe(server: ForkServer) -> Mapping[str, Any]:
    """Return the fork server's surroundings; wait for one that has just fallen."""
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while True:
        try:
            surroundings: Mapping[str, Any] = server.describe()["surroundings"]
        except NoServerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_EVERY)
        else:
            return surroundings


def _start_as_ever(
    order: Order, sandbox: Sandbox | None, *, streams: tuple[int, int, int]
) -> tuple[Child, subprocess.Popen[bytes] | None]:
    argv = [sys.executable, PROGRAM]
    if sandbox is not None:
        child = start_inside(
            sandbox,
            argv,
            identity=order.identity,
            environment=order.environment,
            folder=order.folder,
            streams=streams,
            further={LISTENER: order.listener},
        )
        return child, None
    keeper = subprocess.Popen(
        [*order.keeper, *argv],
        env={**order.environment, DESCRIPTORS_VARIABLE: f"{LISTENER}={order.listener}"},
        cwd=order.folder,
        stdin=streams[0] if order.life_line is None else order.life_line,
        stdout=streams[1],
        stderr=streams[2],
        pass_fds=(order.listener,),
        start_new_session=True,  # Ctrl-C at the operator's terminal is not for them
        preexec_fn=leave_session_keyring,
    )
    child = Child(pid=keeper.pid, started=find_start(keeper.pid) or 0, pidfd=os.pidfd_open(keeper.pid), line=None)
    return child, keeper
