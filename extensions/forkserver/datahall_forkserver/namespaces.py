"""How a forked child enters a sandbox: the way in is opened before the fork, and gone before the child's first line.

The mount, pid and other namespaces of a bubblewrap sandbox belong to an outer user namespace, and its process runs
in one that is nested there and may do nothing. So a child joins the owner first, then what belongs to it, then the
nested one; and it forks once more, because a process never changes its own pid namespace. The child in between
tells the id of the one that is inside and ends: whoever forked it adopts the other as a subreaper.

Root need not fork twice, which takes as long again as the first time where much is in memory: `bear_inside` has its
next child be born in the sandbox's pid namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from datahall_forkserver.capabilities import drop_capabilities
from datahall_forkserver.identities import Identity
from datahall_forkserver.programs import find_exposure
from datahall_forkserver.refused_calls import find_architecture
from datahall_forkserver.sandboxes import Sandbox, SandboxError
from datahall_forkserver.seccomp import Filter, build_filter, call_prctl

NS_GET_USERNS = 0xB701  # linux/nsfs.h: the user namespace that owns another
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
JOIN_SESSION_KEYRING = 1
CLONE_NEWUSER = 0x10000000
CANNOT_GO_ON = 70  # exit code: an internal error of software (sysexits.h)
# Those that a sandbox may have of its own, by their names in /proc/<pid>/ns (linux/sched.h)
KINDS = {
    "mnt": 0x00020000,
    "pid": 0x20000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "net": 0x40000000,
    "cgroup": 0x02000000,
}

_libc = ctypes.CDLL(None, use_errno=True)  # looked up before any fork, as all that follows
_ARCHITECTURE = find_architecture()
_KEYCTL = _ARCHITECTURE.find_number("keyctl") if _ARCHITECTURE else None


@dataclass(frozen=True)
class Entrance:
    """The way into a sandbox, held open by descriptors that the child needs and closes."""

    owner: int  # the user namespace that owns the sandbox's others
    first: int  # a pidfd of the sandbox's first process
    kinds: int  # the kinds of namespaces to join, those that are shared left out
    identity: Identity | None
    seccomp: Filter

    @property
    def descriptors(self) -> tuple[int, int]:
        """What must stay open in a child until it has entered."""
        return self.owner, self.first

    def close(self) -> None:
        """Close the way; where it was opened, once the child is forked."""
        for descriptor in self.descriptors:
            os.close(descriptor)


def become_subreaper() -> None:
    """Have this process be the parent of what entered a sandbox, once the child in between has ended."""
    call_prctl(PR_SET_CHILD_SUBREAPER, 1)


def find_missing_filter() -> str | None:
    """Return None where system calls can be filtered here, else a sentence that says why not."""
    if _ARCHITECTURE is None:
        return f"the system calls of {os.uname().machine} are not known to this version"
    if not Path("/proc/sys/kernel/seccomp").exists():
        return "this kernel has no seccomp filters"
    return None


def open_entrance(sandbox: Sandbox, *, identity: Identity | None = None) -> Entrance:
    """Open the way into a sandbox, before the fork; `identity` is the one it was made with.

    Raises
    ------
    SandboxError
        If the sandbox has ended or belongs to somebody else, system calls can't be filtered here, or a child could
        change the program that this process runs.
    """
    if _ARCHITECTURE is None:
        raise SandboxError(f"No sandbox is entered without a filter: {find_missing_filter()}.")
    if (os.geteuid() == 0) != (identity is not None):
        raise SandboxError("Root enters a sandbox as the ordinary user it was made for, and nobody else names one.")
    exposure = find_exposure(identity)
    if exposure is not None:
        raise SandboxError(f"{exposure}: start this process from a sealed copy (datahall_forkserver.programs).")
    try:
        first = sandbox.open_first_process()
    except ProcessLookupError as error:
        raise SandboxError(str(error)) from error
    try:
        owner = open_owner(sandbox)
    except OSError as error:
        os.close(first)
        raise SandboxError(f"Sandbox {sandbox.pid} has ended or is not ours: {error.strerror}.") from error
    return Entrance(owner, first, _find_kinds(sandbox), identity, build_filter(_ARCHITECTURE))


def bear_inside(entrance: Entrance) -> int | None:
    """Have the next children of this process be born in the sandbox's pid namespace; only root can.

    Returns the way back, for `bear_outside` as soon as one has been forked; None where children are born as ever.
    """
    if entrance.identity is None or not entrance.kinds & KINDS["pid"]:
        return None
    back = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        join_namespaces(entrance.first, KINDS["pid"])  # which leaves this process itself where it is
    except OSError:
        os.close(back)
        return None
    return back


def bear_outside(back: int) -> None:
    """Have children be born where this process is; where that can't be, this process must not go on."""
    try:
        join_namespaces(back, KINDS["pid"])
        os.close(back)
    except OSError:
        os._exit(CANNOT_GO_ON)


def enter(entrance: Entrance, *, announce: Callable[[int], object], is_born_inside: bool = False) -> None:
    """Go inside; in a freshly forked child that has let go of everything outside but the entrance.

    Returns with no capability and the filter on, and in the working folder `/`. Unless the child was born inside that
    is in another process, whose parent is, as soon as the child in between has called `announce` with its id as seen
    outside and ended, the nearest subreaper.

    Raises
    ------
    OSError
        If the kernel refuses a step; the process is then good for nothing but to tell so and end.
    """
    call_prctl(PR_SET_DUMPABLE, 0)  # while it holds rights and ways, nobody inside may look into it
    if entrance.identity is not None:
        entrance.identity.take()
    join_namespaces(entrance.owner, CLONE_NEWUSER)
    join_namespaces(entrance.first, entrance.kinds)
    join_namespaces(entrance.first, CLONE_NEWUSER)
    if not is_born_inside:
        _fork_again(announce)
    entrance.close()
    os.chdir("/")
    _leave_session_keyring()
    drop_capabilities()
    entrance.seccomp.lay_on()
    # Nothing is left to hide, and a hidden process can't even read its own /proc/self/environ.
    call_prctl(PR_SET_DUMPABLE, 1)


def open_owner(sandbox: Sandbox) -> int:
    """Return a descriptor of the user namespace that owns a sandbox's others."""
    namespace = os.open(f"/proc/{sandbox.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if not sandbox.is_alive:
            raise ProcessLookupError(0, "it has ended")
        owner = fcntl.ioctl(namespace, NS_GET_USERNS)
    finally:
        os.close(namespace)
    os.set_inheritable(owner, False)
    return owner


def _find_kinds(sandbox: Sandbox) -> int:
    kinds = 0
    for name, flag in KINDS.items():
        theirs, ours = Path(f"/proc/{sandbox.pid}/ns/{name}"), Path(f"/proc/self/ns/{name}")
        if theirs.readlink() != ours.readlink():
            kinds |= flag
    return kinds


def join_namespaces(descriptor: int, kinds: int) -> None:
    """Join namespaces of these kinds, named by one's own descriptor or by a pidfd of who is in them."""
    if _libc.setns(descriptor, kinds) != 0:  # os.setns comes with Python 3.12
        code = ctypes.get_errno()
        raise OSError(code, f"setns {kinds:#x}: {os.strerror(code)}")


def _fork_again(announce: Callable[[int], object]) -> None:
    told, told_end = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid:
        _hand_over(pid, announce)
    os.close(told_end)
    os.read(told, 1)  # nothing comes: it ends with the child in between, so nobody is heard before being announced
    os.close(told)


def _hand_over(pid: int, announce: Callable[[int], object]) -> NoReturn:
    try:
        announce(pid)
    finally:
        os._exit(0)


def _leave_session_keyring() -> None:
    """Have a session keyring of one's own: what lies in the operator's is listed in `/proc/keys`.

    Where the system knows no keyrings, or lets nobody use them, there is nothing to leave.
    """
    if _KEYCTL is not None:
        _libc.syscall(_KEYCTL, JOIN_SESSION_KEYRING, None)
