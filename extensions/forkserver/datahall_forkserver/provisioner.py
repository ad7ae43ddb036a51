"""Kernels by fork, behind jupyter_client's own contract.

Where a fork would give what an ordinary start gives, only sooner, the kernel is forked; else, and whenever
anything is in doubt, `LocalProvisioner` starts it as it always did, and the reason is logged and counted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Unicode, default

from datahall_forkserver.child_handles import reopen_child
from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import ForkserverError, NoServerError
from datahall_forkserver.forked_process import ForkedProcess, fork_process
from datahall_forkserver.protocol import Request
from datahall_forkserver.starting import LOOK_EVERY, ensure_server
from datahall_forkserver.surroundings import Reason, find_reason_against

LAUNCHER = "ipykernel_launcher"
# Where a server that runs already is found, by whoever can't or needn't start one: in a sandbox, its gate.
SOCKET_VARIABLE = "DATAHALL_FORKSERVER_SOCKET"
HARMLESS_OPTIONS = ("-Xfrozen_modules=off",)  # for a debugger that steps into the standard library
# What jupyter_client passes on to Popen and a fork can do as well; with anything else it is Popen's turn.
UNDERSTOOD = {"env", "cwd", "stdin", "stdout", "stderr", "independent", "extra_arguments", "kernel_id"}
# A kernel's parent is the server, whose end is none of its business: it is tied to us by a pidfd instead.
NO_POLLER = "--IPKernelApp.parent_handle=1"
NEXT_WITHIN = 0.3  # seconds; an ordinary start takes longer than to wait for the next server
INLINE = "module://matplotlib_inline.backend_inline"

starts: Counter[str] = Counter()
"""How the kernels of this process were started: `forked`, or the code of the reason for an ordinary start."""


class ForkProvisioner(LocalProvisioner):
    """Forks IPython kernels; starts all others, and those that a fork could not do justice, as ever."""

    profile = Unicode("kernel", config=True, help="What the fork server has preloaded.")
    socket = Unicode(
        config=True,
        help="A fork server that runs already, or a gate of one; without one it is found or started.",
    )
    is_enabled = Bool(True, config=True, help="Whether to fork at all.")

    @default("socket")
    def _find_socket(self) -> str:
        return os.environ.get(SOCKET_VARIABLE, "")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; called by the kernel manager once `pre_launch` has made the command."""
        forked = await self._find_way(cmd, kwargs)
        if isinstance(forked, Reason):
            starts[forked.code] += 1
            if forked.code != "disabled":
                self.log.warning("This kernel is started in the ordinary way: %s", forked.message)
            return await super().launch_kernel(cmd, **kwargs)
        starts["forked"] += 1
        # Not Popen's type, but all of its manners that LocalProvisioner knows.
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def _find_way(self, cmd: Sequence[str], kwargs: Mapping[str, Any]) -> ForkedProcess | Reason:
        if not self.is_enabled:
            return Reason("disabled", "forking is switched off")
        if reason := find_reason_against_command(cmd) or find_reason_against_options(kwargs):
            return reason
        environment = dict(kwargs.get("env") or os.environ)
        folder = Path(kwargs.get("cwd") or Path.cwd())
        if not folder.is_dir():
            return Reason("no-folder", f"{folder} is no folder")
        try:
            found = await asyncio.to_thread(self._find_server, environment, folder)
            if isinstance(found, Reason):
                return found
            return await asyncio.to_thread(self._fork, found, cmd, environment, folder, kwargs)
        except (ForkserverError, OSError) as error:
            return Reason(getattr(error, "code", "no-server"), str(error))

    def _find_server(self, environment: Mapping[str, str], folder: Path) -> ForkServer | Reason:
        """Return a server whose children would be what a fresh process is; one that is out of date is replaced."""
        reason = None
        for _ in range(2):
            server = ForkServer(self.socket) if self.socket else ensure_server(self.profile, environment=environment)
            surroundings = _describe(server)["surroundings"]
            reason = find_reason_against(surroundings, environment=environment, folder=folder)
            if reason is None:
                return server
            if not reason.is_stale or self.socket:
                break
            server.retire()
        assert reason
        return reason

    def _fork(
        self,
        server: ForkServer,
        cmd: Sequence[str],
        environment: dict[str, str],
        folder: Path,
        kwargs: Mapping[str, Any],
    ) -> ForkedProcess:
        independent = bool(kwargs.get("independent"))
        if not independent:
            environment["JPY_PARENT_PID"] = str(os.getpid())
        if not environment.get("MPLBACKEND"):
            environment["MPLBACKEND"] = INLINE  # ipykernel does so too, but after matplotlib has been loaded
        request = Request(
            module=LAUNCHER,
            arguments=(*_expand(cmd[cmd.index(LAUNCHER) + 1 :]), NO_POLLER),
            environment=environment,
            folder=str(folder.absolute()),
            umask=_find_umask(),
            is_tied=not independent,
        )
        return fork_process(
            server, request, stdin=kwargs.get("stdin"), stdout=kwargs.get("stdout"), stderr=kwargs.get("stderr")
        )

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group; a forked one by its pidfd, which no other process can inherit."""
        if isinstance(self.process, ForkedProcess):
            self.process.send_signal(signum, group=True)
            return
        await super().send_signal(signum)

    async def get_provisioner_info(self) -> dict[str, Any]:
        """Return what another process needs to know a running kernel again."""
        info: dict[str, Any] = await super().get_provisioner_info()
        if isinstance(self.process, ForkedProcess):
            info["started"] = self.process.child.started
            info["server"] = str(self.process.server)
        return info

    async def load_provisioner_info(self, provisioner_info: dict[str, Any]) -> None:
        """Know a running kernel again; called by a manager that did not start it."""
        await super().load_provisioner_info(provisioner_info)
        if "started" not in provisioner_info:
            return
        pid, started, server = (provisioner_info[name] for name in ("pid", "started", "server"))
        try:
            child = await asyncio.to_thread(ForkServer(server).find_child, pid=pid, started=started)
        except ForkserverError:  # that server is gone; the kernel need not be
            found = reopen_child(pid=pid, started=started)
            if found is None:
                return
            child = found
        self.process = ForkedProcess(child, server=Path(server))  # type: ignore[assignment]


def find_reason_against_command(cmd: Sequence[str]) -> Reason | None:
    """Return why a command cannot be forked: only this interpreter's plain IPython kernel can."""
    if not cmd or not _is_this_interpreter(Path(cmd[0])):
        return Reason("another-interpreter", f"{cmd[0] if cmd else 'nothing'} is not {sys.executable}")
    before = [each for each in cmd[1:] if each not in HARMLESS_OPTIONS]
    if before[:2] != ["-m", LAUNCHER]:
        return Reason("another-command", f"{' '.join(cmd[1:3])} is not -m {LAUNCHER}")
    return None


def find_reason_against_options(kwargs: Mapping[str, Any]) -> Reason | None:
    """Return why what is asked of Popen cannot be asked of a fork."""
    further = sorted(name for name in kwargs.keys() - UNDERSTOOD if kwargs[name] is not None)
    if further:
        return Reason("another-option", f"a fork has no {', '.join(further)}")
    return None


def _describe(server: ForkServer) -> Mapping[str, Any]:
    """Return what a server says of itself; one that has just died has its next in a moment."""
    deadline = time.monotonic() + NEXT_WITHIN
    while True:
        try:
            return server.describe()
        except NoServerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_EVERY)


def _is_this_interpreter(program: Path) -> bool:
    """Whether a program is this environment's Python: the same file by name, in the same folder."""
    own = Path(sys.executable)
    if program.absolute() == own:
        return True
    return program.is_absolute() and program.parent.resolve() == own.parent.resolve() and _is_same(program, own)


def _is_same(program: Path, own: Path) -> bool:
    try:
        return program.samefile(own)
    except OSError:
        return False


def _expand(arguments: Sequence[str]) -> tuple[str, ...]:
    return tuple(os.path.expanduser(each) for each in arguments)  # noqa: PTH111 most are no paths


def _find_umask() -> int:
    """Return this process's mask without changing it, which other threads would notice."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
