"""Start a visitor's kernel behind walls: forked into a sandbox of its own, or, where it can't be, as ever.

Promises for each kernel: no network (it speaks through Unix sockets of its own), a throw-away home, catalogs and store
read-only, an environment of the variables named here and nothing else. Why one was not forked is logged and counted.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from datahall_forkserver.client import ForkServer
from datahall_forkserver.control_groups import Group
from datahall_forkserver.errors import ForkserverError
from datahall_forkserver.forked_process import ForkedProcess, fork_process
from datahall_forkserver.identities import Identity
from datahall_forkserver.ordinary import start_inside
from datahall_forkserver.protocol import Request
from datahall_forkserver.provisioner import LAUNCHER, NO_POLLER, ForkProvisioner, starts
from datahall_forkserver.sandboxes import Sandbox, SandboxError, make_sandbox
from datahall_forkserver.surroundings import find_reason_against
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Integer, Unicode

from datahall_hub.fork_servers import wait_while_loading
from datahall_hub.home import Home
from datahall_hub.session_keyring import leave_session_keyring

from .kernel_words import KernelWords
from .visit_limits import limit_processes, make_group, remove_group
from .visit_sandboxes import CATALOGS_INSIDE, HOME_INSIDE, SOCKETS_INSIDE, Identities, find_sockets, plan_visit
from .visit_watch import MOST_PROCESSES, find_visit_watch

# What the service may say to an app.
NO_HISTORY = "--HistoryManager.enabled=False"  # visitors type nothing that could be called up again
PASSED_ON = ("DATAHALL_LANGUAGE", "DATAHALL_PINNED", "VOILA_KERNEL_ID")
ALLOWED_THREADS = "2"  # a visit is one person moving one widget; more threads only fight for cores
# A sandbox ends with the thread that made it: so they are made by threads that stay as long as the service does.
MAKERS = ThreadPoolExecutor(8, "visits")
NO_USER_SITE = "/nonexistent"  # a visit's home holds no packages
# An ordinary start finds matplotlib's list of fonts where it looks for it, and where it may write beside it.
WITH_FONTS = ("/bin/sh", "-c", 'mkdir .cache; cp -r "$1" .cache/matplotlib 2>/dev/null; shift; exec "$@"', "visit")


class VisitorProvisioner(ForkProvisioner):
    """Runs one kernel in one sandbox; found by jupyter_client under ``datahall-visitor``.

    jupyter_client calls `pre_launch`, `launch_kernel` and, when the kernel has ended, `cleanup`.
    The kernel spec's configuration gives `hall`, `catalogs`, `store`, `index`, `fonts`, `walled`, `fork_server` and
    `visitor_ids`.
    """

    hall = Unicode(help="The hall's own folder, which no visit sees.")
    catalogs = Unicode("", help="Folder of cards and vocabulary, mounted read-only; empty for none.")
    store = Unicode("", help="The versioned data, mounted read-only below the catalogs.")
    index = Unicode("", help="Search index and harvested records, mounted read-only below the catalogs.")
    fonts = Unicode("", help="matplotlib's list of fonts, made once; empty or missing for none.")
    walled = Bool(True, help="False where the operator has switched the sandbox off.")
    fork_server = Unicode("", help="Socket of the process that has the data libraries; empty for none.")
    visitor_ids = Unicode("", help="User ids for visits where root runs the service, as first-last.")
    memory = Integer(2_000_000_000, help="Bytes that the visit may use.")
    _sandbox: Sandbox | None = None
    _group: Group | None = None
    _identity: Identity | None = None

    @property
    def folder(self) -> Path:
        """The kernel's own folder outside: connection file, and sockets and home of one that is started as ever."""
        kernel: Any = self.parent  # the kernel manager, which jupyter_client types as "anything, or nothing"
        return Path(kernel.connection_file).parent

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel inside the walls, with an environment of its own."""
        given = {name: value for name, value in kwargs.pop("env", {}).items() if name in PASSED_ON}
        words = KernelWords(self.folder.name)
        try:
            if not self.walled:
                return await self._start_without_walls([*cmd, NO_HISTORY], given, words=words.entrance, further=kwargs)
            try:
                self.process = await _run(lambda: self._start_visit(given, words=words.entrance))
            except BaseException:
                await _run(self._end_sandbox)
                raise
        finally:
            words.listen()
        assert self.process
        assert self._sandbox
        self.pid = self.pgid = self.process.pid
        self.connection_info["ip"] = find_sockets(self._sandbox)
        return self.connection_info

    def _start_visit(self, given: Mapping[str, str], *, words: int) -> ForkedProcess:
        """Make a sandbox and start the kernel in it: forked where that gives what an ordinary start gives."""
        self._identity = _find_identities(self.visitor_ids).take()
        catalogs, store, index = (Path(each) if each else None for each in (self.catalogs, self.store, self.index))
        plan = plan_visit(hall=Path(self.hall), catalogs=catalogs, store=store, index=index)
        self._sandbox = make_sandbox(plan, identity=self._identity)
        self._group = make_group(f"visit-{self.folder.name[:8]}", memory=self.memory)
        if self._group is None:
            find_visit_watch(self.fork_server).add(self._sandbox, memory=self.memory)
        arguments = (*_describe_connection(self.connection_info), NO_POLLER, NO_HISTORY)
        environment = {
            **_environment(HOME_INSIDE, catalogs=CATALOGS_INSIDE if catalogs else Path()),
            **given,
            "JUPYTER_RUNTIME_DIR": "/run",  # for a connection file that nobody reads
        }
        try:
            forked = self._fork_inside(arguments, environment, words=words)
        except (ForkserverError, OSError) as error:
            code = getattr(error, "code", "no-server")
            starts[code] += 1
            self.log.warning("This visit's kernel is started in the ordinary way (%s): %s", code, error)
            return self._start_inside(arguments, environment, words=words)
        starts["forked"] += 1
        return forked

    def _fork_inside(self, arguments: tuple[str, ...], environment: Mapping[str, str], *, words: int) -> ForkedProcess:
        wait_while_loading(Home(Path(self.hall)), "kernel")
        server = ForkServer(self.fork_server)
        surroundings = server.describe()["surroundings"]
        # What counts when a program starts is the hall's own choice; polars reads its variable when it first computes.
        compared = {**surroundings["settled"], "PYTHONUSERBASE": NO_USER_SITE}
        reason = find_reason_against(surroundings, environment=compared, folder=self.folder)
        if reason is not None:
            raise ForkserverError(reason.message, code=reason.code)
        request = Request(
            module=LAUNCHER,
            arguments=arguments,
            environment=environment,
            folder=str(HOME_INSIDE),
            limits=limit_processes(self.memory),
            groups=self._group.folders if self._group else (),
            sandbox=self._sandbox,
            identity=self._identity,
        )
        return fork_process(server, request, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words)

    def _start_inside(self, arguments: tuple[str, ...], environment: Mapping[str, str], *, words: int) -> ForkedProcess:
        assert self._sandbox
        fonts = CATALOGS_INSIDE / "index" / Path(self.fonts).name if self.fonts else Path()
        with Path(os.devnull).open("r+b", buffering=0) as null:
            child = start_inside(
                self._sandbox,
                [*WITH_FONTS, str(fonts), sys.executable, "-m", LAUNCHER, *arguments],
                identity=self._identity,
                environment=environment,
                folder=str(HOME_INSIDE),
                streams=(null.fileno(), null.fileno(), words),
            )
        if self._group is not None:
            self._group.add(child.pid)
        return ForkedProcess(child, server=Path(self.fork_server))

    def _end_sandbox(self) -> None:
        """End everything inside and let another visit have the identity."""
        sandbox, self._sandbox = self._sandbox, None
        group, self._group = self._group, None
        identity, self._identity = self._identity, None
        if group is not None:
            beyond = "memory" if remove_group(group) else None
        else:
            beyond = find_visit_watch(self.fork_server).remove(sandbox) if sandbox is not None else None
        if beyond:
            allowed = {
                "memory": f"memory than the {self.memory} bytes it may use",
                "processes": f"processes than the {MOST_PROCESSES} that may work at once",
            }
            self.log.warning("Visit %s needed more %s.", self.folder.name[:8], allowed[beyond])
        try:
            if sandbox is not None:
                sandbox.end()
        except SandboxError as error:  # something stays: nobody else gets its identity
            self.log.error("A visit's sandbox has not ended: %s", error)
        else:
            if identity is not None:
                _find_identities(self.visitor_ids).give_back(identity)

    async def _start_without_walls(
        self, cmd: list[str], given: Mapping[str, str], *, words: int, further: dict[str, Any]
    ) -> KernelConnectionInfo:
        home = self.folder / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        if self.fonts and Path(self.fonts).is_dir():
            shutil.copytree(self.fonts, home / ".cache/matplotlib")
        environment = {**_environment(home, catalogs=Path(self.catalogs)), **given}
        further["cwd"] = str(home)
        further["stdout"] = subprocess.DEVNULL  # ipykernel's greeting; what an app logs goes to stderr
        further["preexec_fn"] = leave_session_keyring
        # Past the ordinary fork: that would be of the service's own surroundings.
        return await LocalProvisioner.launch_kernel(self, cmd, env=environment, stderr=words, **further)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the visit left."""
        await super().cleanup(restart=restart)
        await _run(self._end_sandbox)
        if not restart:
            shutil.rmtree(self.folder, ignore_errors=True)


async def _run(work: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(MAKERS, work)


@cache
def _find_identities(ids: str) -> Identities:
    first, _, last = ids.partition("-")
    return Identities(range(int(first or 0), int(last or -1) + 1))


def _describe_connection(info: Mapping[str, Any]) -> list[str]:
    """Return how a kernel is told where to listen, and its key; what is asked of a fork server nobody else sees."""
    key = info["key"].decode() if isinstance(info["key"], bytes) else info["key"]
    ports = {name: info[f"{name}_port"] for name in ("shell", "iopub", "stdin", "hb", "control")}
    return [
        "--transport=ipc", f"--ip={SOCKETS_INSIDE}", f"--Session.key={key}",
        f"--Session.signature_scheme={info['signature_scheme']}",
        *(f"--{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip


def _environment(home: Path, *, catalogs: Path) -> dict[str, str]:
    """Return everything an app's kernel knows of the machine."""
    environment = {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in the Lab: `plt.show()` shows a picture
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": ALLOWED_THREADS,
        "OMP_NUM_THREADS": ALLOWED_THREADS,
    }
    if catalogs.name:
        environment["DATAHALL_CATALOGS"] = str(catalogs)
    return environment
