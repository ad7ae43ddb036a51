"""Kernels of somebody inside a sandbox, forked through its gate: as jupyter_client knows them from outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import datahall_forkserver
import psutil
import pytest
from datahall_forkserver import ForkServer, GateOrder, Request
from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Mount, Scratch, show_python, show_system
from datahall_forkserver.sandboxes import Sandbox, SandboxPlan, make_sandbox

from tests.extensions.conftest import wait_until
from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
PACKAGE = Path(datahall_forkserver.__file__).parent
PERSON = Identity(60001, 60001) if os.geteuid() == 0 else None
HOME = "/home/person"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME}

# A user server in small: starts kernels by jupyter_client and tells what came of it.
BEGIN = """
import asyncio, json, os, signal, subprocess, sys, time
from collections import Counter
from datahall_forkserver.provisioner import ForkProvisioner, starts
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

def make_manager(number=0):
    manager = KernelManager(connection_file=f"/tmp/kernel-{number}.json", transport="ipc", ip=f"/tmp/kernel-{number}")
    metadata = {"kernel_provisioner": {"provisioner_name": "datahall-fork-provisioner"}}
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, display_name="Python", language="python", metadata=metadata)
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return manager

def connect(manager):
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    return client

def run(client, code):
    said = []
    reply = client.execute_interactive(
        code, timeout=20, allow_stdin=False, output_hook=lambda m: said.append(m["content"].get("text", ""))
    )
    return "".join(said).strip() or reply["content"].get("ename")

def wait(manager): return asyncio.run(asyncio.wait_for(manager.provisioner.wait(), 10))
"""


class House:
    """A fork server, a sandbox with a gate, and a program inside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        if PERSON:
            os.chown(self.home, PERSON.user, PERSON.group)
        self.socket_folder = folder / "server"
        self.socket_folder.mkdir(mode=0o700)
        self.server = ForkServer(self.socket_folder / "kernel.sock")
        argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "bare"]
        argv += ["--module", "ipykernel.kernelapp", "--module", "ipykernel.ipkernel"]
        self.process = subprocess.Popen(
            [*argv, "--socket", str(self.server.path)], stdout=subprocess.PIPE, env=ENVIRONMENT | {"HOME": "/root"}
        )
        assert self.process.stdout
        with self.process.stdout:
            assert self.process.stdout.readline() == b"listens\n"
        self.sandbox = self.make_sandbox()
        self.server.open_gate(GateOrder("person", self.sandbox, PERSON))

    def make_sandbox(self) -> Sandbox:
        gate = self.server.prepare_gate("person")
        layers = (
            Scratch(Path("/tmp")), Scratch(Path("/run")), *show_system(), *show_python([PACKAGE.parent]),
            Mount(self.home, Path(HOME), writable=True), Mount(gate, Path("/run/datahall")),
        )  # fmt: skip
        return make_sandbox(SandboxPlan(layers=layers), identity=PERSON)

    def run(self, code: str, **environment: str) -> list[object]:
        (self.home / "program.py").write_text(BEGIN + code)
        inside = ENVIRONMENT | {"DATAHALL_FORKSERVER_SOCKET": "/run/datahall/kernel.sock"} | environment
        request = Request(
            file=f"{HOME}/program.py", folder=HOME, sandbox=self.sandbox, identity=PERSON, environment=inside
        )
        said, said_end = os.pipe2(os.O_CLOEXEC)
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            child = self.server.fork(request, streams=(null, said_end, said_end))
        finally:
            os.close(said_end)
            os.close(null)
        with os.fdopen(said) as words:
            told = words.read()
        assert child.wait(10).returncode == 0, told
        return [json.loads(line) for line in told.splitlines() if line.startswith(("[", "{", '"'))]

    def end(self) -> None:
        self.sandbox.end()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="house", dir="/var/tmp"))
    built = House(folder)
    yield built
    built.end()
    shutil.rmtree(folder)


def test_a_kernel_is_forked_runs_and_tells_its_exit_code(house):
    code = """
manager = make_manager()
client = connect(manager)
own = run(client, "import os; print(os.getpid())") == str(manager.provisioner.pid)
print(json.dumps([run(client, "print(6 * 7)"), own]))
client.stop_channels()
manager.request_shutdown()
print(json.dumps([wait(manager), dict(starts)]))
"""
    assert house.run(code) == [["42", True], [0, {"forked": 1}]]


def test_a_kernel_is_interrupted_restarted_and_killed(house):
    code = """
manager = make_manager()
client = connect(manager)
run(client, "kept = 1")
client.execute("print('begun', flush=True); import time; time.sleep(60)")
while client.get_iopub_msg(timeout=10)["content"].get("text") != "begun\\n": pass
time.sleep(0.3)
manager.interrupt_kernel()
print(json.dumps([client.get_shell_msg(timeout=10)["content"]["ename"], run(client, "print(kept)")]))
client.stop_channels()
before = manager.provisioner.pid
manager.restart_kernel(now=True)
client = connect(manager)
print(json.dumps([run(client, "print(kept)"), manager.provisioner.pid != before]))
client.execute("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
print(json.dumps([wait(manager), dict(starts)]))
"""
    assert house.run(code) == [["KeyboardInterrupt", "1"], ["NameError", True], [-9, {"forked": 2}]]


def test_a_kernel_ends_with_the_server_that_started_it(house):
    before = house.server.describe()["children"]

    house.run("manager = make_manager(); connect(manager); print('[]', flush=True); os._exit(0)")

    wait_until(lambda: house.server.describe()["children"] == before)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"DATAHALL_FORKSERVER_SOCKET": "/run/datahall/nobody.sock"}, "no-server"),
        ({"OMP_NUM_THREADS": "1"}, "another-variable"),
    ],
)
def test_where_a_fork_will_not_do_an_ordinary_kernel_starts_inside(house, environment, code):
    told = house.run(
        "manager = make_manager(); print(json.dumps([run(connect(manager), 'print(1)'), dict(starts)]), flush=True)\n"
        "manager.shutdown_kernel(now=True); os._exit(0)",
        **environment,
    )

    assert told == [["1", {code: 1}]]


@pytest.mark.soak
def test_kernels_that_start_run_a_cell_and_end_leave_nothing_in_the_server(house):
    code = """
for number in range(COUNT):
    manager = make_manager(number)
    client = connect(manager)
    assert run(client, "print(6 * 7)") == "42"
    client.stop_channels()
    manager.shutdown_kernel(now=number % 2 == 0)
    manager.cleanup_resources()
print(json.dumps(dict(starts)))
"""
    count = rounds(2000) if rounds(10) == 10 else 10  # each takes a third of a second
    server = psutil.Process(house.process.pid)
    house.run(code.replace("COUNT", "10"))
    wait_until(lambda: house.server.describe()["children"] == 0)
    descriptors, memory = server.num_fds(), server.memory_full_info().uss

    assert house.run(code.replace("COUNT", str(count))) == [{"forked": count}]

    wait_until(lambda: house.server.describe()["children"] == 0 and server.num_fds() <= descriptors)
    assert server.children() == []
    assert server.memory_full_info().uss - memory < 1 << 20
