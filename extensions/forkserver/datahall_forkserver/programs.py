"""The one file outside that a child which entered a sandbox still holds: the program that it runs.

A forked child runs the fork server's Python, and through `/proc/self/exe` reaches that file where the server found
it, past every read-only mount. Where the file belongs to whoever runs the sandbox (a Python built in one's home),
somebody inside could change its mode, and write into it once nobody runs it. So such a server is started from a
sealed copy in memory.
"""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from datahall_forkserver.identities import Identity

# linux/fcntl.h, which Python's fcntl has in part
SEALS = 0x1 | 0x2 | 0x4 | 0x8  # no further seals, no shrinking, no growing, no writing
STARTED_MARK = "DATAHALL_FORKSERVER_STARTED"  # in the environment of the program that was started by itself
TRY_WITHIN = 30.0  # seconds; it takes some milliseconds, but a machine may stall
IN_USE = Path("/proc/self/exe")


def seal_program(program: Path | None = None) -> int:
    """Return a descriptor of a copy of this Python that nobody can change; whoever starts it closes it then.

    Start it by ``Popen([sys.executable, …], executable=f"/proc/self/fd/{descriptor}", pass_fds=(descriptor,))``:
    a Python finds its library and environment by its first argument. One whose own libraries lie at a place beside
    the program does not start like this, which shows at once.
    """
    source = program or Path(sys.executable).resolve()
    descriptor = os.memfd_create(source.name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with source.open("rb") as file:
            while os.sendfile(descriptor, file.fileno(), None, 1 << 30):
                pass
        os.fchmod(descriptor, 0o555)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def run_sealed(environment: Mapping[str, str]) -> None:
    """Start this very program once more, from a sealed copy and with this environment; return in that one.

    Where a copy does not start, the program itself is: children are then refused a sandbox, where that counts.
    """
    if os.environ.pop(STARTED_MARK, None):
        return
    program = None
    try:
        program = f"/proc/self/fd/{seal_program()}"
        subprocess.run([sys.executable, "-c", ""], executable=program, check=True, close_fds=False, timeout=TRY_WITHIN)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"not sealed: {sys.executable} ({error})", file=sys.stderr)
        program = None
    argv = [sys.executable, *sys.orig_argv[1:]]
    os.execve(program or sys.executable, argv, {**environment, STARTED_MARK: "1"})  # noqa: S606 no shell is wanted


def find_exposure(identity: Identity | None) -> str | None:
    """Return why somebody in a sandbox could change the program that this process runs, or None."""
    descriptor = os.open(IN_USE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if _is_sealed(descriptor) or os.fstatvfs(descriptor).f_flag & os.ST_RDONLY:
            return None
    finally:
        os.close(descriptor)
    user = identity.user if identity else os.geteuid()
    groups = [identity.group] if identity else [os.getegid(), *os.getgroups()]
    if status.st_uid == user:
        return f"{IN_USE.readlink()} belongs to the user whose sandbox it is"
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and status.st_gid in groups):
        return f"{IN_USE.readlink()} can be written by the user whose sandbox it is"
    return None


def _is_sealed(descriptor: int) -> bool:
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & SEALS == SEALS
    except OSError:  # no file of this kind has seals
        return False
