"""A sandbox: namespaces that bubblewrap makes and a first process holds, for forked children to enter.

Inside is what the plan's layers show and nothing else of the machine's files; own processes, inter-process
communication, host name and control group view; no capability, and no way to a further namespace. The first process
does nothing but stand, and gathers in what its descendants leave behind; when it ends, everything inside does.
A sandbox outlives whoever made it, and is found again by that process's id and start.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datahall_forkserver.errors import ForkserverError
from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Layer, Link, Mount, Scratch, show_python, show_system
from datahall_forkserver.process_start import find_start
from datahall_forkserver.refused_calls import find_architecture
from datahall_forkserver.seccomp import build_filter
from datahall_forkserver.staging import place_sources, prepare_stage

USER_INSIDE = 1000
MAKE_WITHIN = 30.0  # seconds; it takes some milliseconds, but a machine may stall
END_WITHIN = 5.0
READY = b"ready\n"
LONGEST_REASON = 2000  # bytes of what bubblewrap says
# A parent that ignores SIGCHLD leaves no zombies. Not by the shell's own `trap`: Debian's keeps SIGCHLD for itself.
FIRST_PROCESS = ("/bin/sh", "-c", "echo ready; exec env --ignore-signal=CHLD sleep infinity >/dev/null 2>&1")


class SandboxError(ForkserverError):
    """A sandbox can't be made, entered or ended; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="sandbox")


@dataclass(frozen=True)
class SandboxPlan:
    """What a sandbox shows and shares.

    Parameters
    ----------
    layers
        What is seen inside, each laid over those before it.
    network
        Whether the machine's network is shared; without it there is only a loopback of the sandbox's own.
    user, group
        Who one is inside, by number.
    host_name
        What the machine is called inside.
    dies_with_maker
        Whether everything ends when the thread that made the sandbox does.
    """

    layers: tuple[Layer, ...] = field(default_factory=lambda: (*show_system(), *show_python()))
    network: bool = False
    user: int = USER_INSIDE
    group: int = USER_INSIDE
    host_name: str = "sandbox"
    dies_with_maker: bool = False

    def __post_init__(self) -> None:
        if self.user <= 0 or self.group <= 0:
            raise ValueError("Inside a sandbox one is an ordinary user, not root.")


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that stands, named by its first process."""

    pid: int
    started: int
    # bubblewrap's own process, which waits outside; known to the maker alone, who has to reap it
    _monitor: subprocess.Popen[bytes] | None = field(default=None, compare=False, repr=False)

    @property
    def is_alive(self) -> bool:
        """Whether it still stands; one whose first process only waits to be reaped does not."""
        return find_start(self.pid) == self.started and not _is_ended(self.pid)

    def kill(self) -> None:
        """Have everything inside end, and do not wait for it; fine where it has ended already."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = self.open_first_process()
            try:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            finally:
                os.close(descriptor)

    def end(self, *, within: float = END_WITHIN) -> None:
        """End everything inside and wait until nothing is left; fine where it has ended already.

        Children that entered are reaped by their own parents, and this waits for them.

        Raises
        ------
        SandboxError
            If something is left after `within` seconds.
        """
        with contextlib.suppress(ProcessLookupError):
            descriptor = self.open_first_process()
            try:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                if not poll.poll(within * 1000):
                    raise SandboxError(f"Sandbox {self.pid} has not ended after {within:g} s: something inside stays.")
            finally:
                os.close(descriptor)
        if self._monitor is not None:
            self._monitor.wait(within)

    def reap_keeper(self) -> None:
        """Take note of the end of bubblewrap or its keeper; for a maker that is told of the sandbox's end otherwise."""
        if self._monitor is not None:
            self._monitor.poll()

    def open_first_process(self) -> int:
        """Return a pidfd of the first process.

        Raises
        ------
        ProcessLookupError
            If the sandbox has ended; another process may have the id by now.
        """
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError as error:  # there is no such process, or its number is none
            raise ProcessLookupError(f"Sandbox {self.pid} has ended.") from error
        if not self.is_alive:  # looked at once the descriptor holds whatever process it is
            os.close(descriptor)
            raise ProcessLookupError(f"Sandbox {self.pid} has ended.")
        return descriptor


def _is_ended(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return True
    return status.rpartition(b")")[2].split()[0] in (b"Z", b"X")


def find_sandbox(*, pid: int, started: int) -> Sandbox | None:
    """Return a sandbox that somebody made earlier, or None where it has ended."""
    sandbox = Sandbox(pid, started)
    return sandbox if sandbox.is_alive else None


def make_sandbox(
    plan: SandboxPlan,
    *,
    identity: Identity | None = None,
    keeper: Sequence[str] = (),
    keeper_input: int = subprocess.DEVNULL,
) -> Sandbox:
    """Make a sandbox; root names the ordinary user whose it is.

    A `keeper` is a command that runs what it is given behind its own words, and stays: with a plan that says
    `dies_with_maker` the sandbox ends when the keeper does, whatever becomes of this process.

    Raises
    ------
    SandboxError
        If bubblewrap is missing, or the machine does not let it do its work.
    """
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxError("bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap).")
    if os.geteuid() == 0 and identity is None:
        raise SandboxError("Root makes a sandbox for an ordinary user: name one by `identity`.")
    if os.geteuid() != 0 and identity is not None:
        raise SandboxError("Only root can make a sandbox for another user.")
    layers = [layer for layer in plan.layers if _is_there(layer)]
    mounts = [layer for layer in layers if isinstance(layer, Mount)]
    _refuse_planted(mounts)
    sources = [mount.source for mount in mounts]
    places = place_sources(sources) if identity else {}
    staged = [places.get(source, source) for source in sources]
    prepare = prepare_stage(places, identity=identity) if identity else None
    info, info_end = os.pipe2(os.O_CLOEXEC)
    calls = _write_filter()
    with os.fdopen(info, "rb") as told:
        try:
            monitor = subprocess.Popen(
                [
                    # Where a link leads to it: the user whose sandbox it is may have no way to the link.
                    *(*keeper, str(Path(found).resolve()), *_write_arguments(plan, layers, staged)),
                    *(("--seccomp", str(calls)) if calls is not None else ()),
                    *("--info-fd", str(info_end), "--", *FIRST_PROCESS),
                ],
                stdin=keeper_input,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(info_end,) if calls is None else (info_end, calls),
                env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
                cwd="/",
                start_new_session=True,  # Ctrl-C at the operator's terminal is not for it
                preexec_fn=prepare,  # system calls alone
            )
        finally:
            os.close(info_end)
            if calls is not None:
                os.close(calls)
        return _await_first_process(monitor, told.fileno())


def _await_first_process(monitor: subprocess.Popen[bytes], told: int) -> Sandbox:
    """Return the sandbox once it is whole: bubblewrap names the first process before that."""
    assert monitor.stdout
    assert monitor.stderr
    with monitor.stdout, monitor.stderr:
        poll = select.poll()
        poll.register(monitor.stdout.fileno(), select.POLLIN)
        said = os.read(monitor.stdout.fileno(), len(READY)) if poll.poll(MAKE_WITHIN * 1000) else b""
        if said != READY:
            monitor.kill()
            monitor.wait()
            reason = os.read(monitor.stderr.fileno(), LONGEST_REASON).decode(errors="replace").strip()
            raise SandboxError(f"bubblewrap cannot make a sandbox here: {reason or 'it says no more'}")
    pid = int(json.loads(os.read(told, LONGEST_REASON))["child-pid"])
    return Sandbox(pid, find_start(pid) or 0, monitor)


def _write_filter() -> int | None:
    """Return a file with the filter of system calls for the first process; None where none can be made.

    Those inside are the same user as the first process and can write its memory: it may do no more than they.
    """
    architecture = find_architecture()
    if architecture is None:
        return None
    file = os.memfd_create("filter", os.MFD_CLOEXEC)
    os.write(file, build_filter(architecture).code)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _is_there(layer: Layer) -> bool:
    """Return whether a layer can be laid; refuse one that has to be and can't."""
    if not isinstance(layer, Mount):
        return True
    try:
        layer.source.stat()
    except OSError as error:
        if layer.optional:
            return False
        raise SandboxError(f"{layer.source} can't be shown in a sandbox: {error.strerror}.") from error
    return True


def _refuse_planted(mounts: list[Mount]) -> None:
    """Refuse a source that somebody inside can replace by a link to whatever its maker can reach."""
    writable = [mount.source for mount in mounts if mount.writable]
    for mount in mounts:
        if any(mount.source != folder and mount.source.is_relative_to(folder) for folder in writable):
            raise SandboxError(f"{mount.source} lies within what the sandbox can write: show something else.")


def _write_arguments(plan: SandboxPlan, layers: list[Layer], staged: list[Path]) -> list[str]:
    """Return bubblewrap's arguments, which anybody on the machine can read: no secret stands in them."""
    words = [
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--uid", str(plan.user), "--gid", str(plan.group), "--hostname", plan.host_name,
        "--cap-drop", "ALL", "--disable-userns", "--as-pid-1", "--clearenv", "--dev", "/dev",
        # Some of the kernel's switches belong to whoever owns the namespace they count for or to everybody.
        "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--ro-bind-try", "/proc/pressure", "/proc/pressure",
    ]  # fmt: skip
    if not plan.network:
        words.append("--unshare-net")
    if plan.dies_with_maker:
        words.append("--die-with-parent")
    sources = iter(staged)
    for layer in (Scratch(Path("/dev/shm")), *layers):  # noqa: S108 private, as the whole of /dev
        match layer:
            case Mount():
                words += ["--bind" if layer.writable else "--ro-bind", str(next(sources)), str(layer.target)]
            case Scratch():
                words += ["--size", str(layer.size), "--tmpfs", str(layer.target)]
                words += [] if layer.writable else ["--remount-ro", str(layer.target)]
            case Link():
                words += ["--symlink", layer.to, str(layer.target)]
    # The root and /dev are scratch file systems: closed last, so that nothing can be left in them.
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
