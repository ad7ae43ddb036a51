"""Kernels of somebody inside a sandbox, forked through its gate: as jupyter_client knows them from outside."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.extensions.conftest import wait_until
from tests.extensions.house import House
from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
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
    said, reply = [], None
    while reply is None or reply["content"]["status"] == "aborted":  # as what comes too soon after an error is
        reply = client.execute_interactive(
            code, timeout=20, allow_stdin=False, output_hook=lambda m: said.append(m["content"].get("text", ""))
        )
    return "".join(said).strip() or reply["content"].get("ename")

def wait(manager): return asyncio.run(asyncio.wait_for(manager.provisioner.wait(), 10))
"""


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
    assert house.run(BEGIN + code) == [["42", True], [0, {"forked": 1}]]


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
    assert house.run(BEGIN + code) == [["KeyboardInterrupt", "1"], ["NameError", True], [-9, {"forked": 2}]]


def test_a_kernel_ends_with_the_server_that_started_it(house):
    before = house.server.describe()["children"]

    house.run(BEGIN + "manager = make_manager(); connect(manager); print('[]', flush=True); os._exit(0)")

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
        BEGIN
        + "manager = make_manager(); print(json.dumps([run(connect(manager), 'print(1)'), dict(starts)]), flush=True)\n"
        "manager.shutdown_kernel(now=True); os._exit(0)",
        **environment,
    )

    assert told == [["1", {code: 1}]]


@pytest.mark.soak
@pytest.mark.timeout(3600)
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
    # Once, after some nine hundred kernels, the server takes a megabyte at one stroke, and stays there.
    house.run(BEGIN + code.replace("COUNT", str(max(10, count // 2))))
    wait_until(lambda: house.server.describe()["children"] == 0)
    descriptors, memory = server.num_fds(), server.memory_full_info().uss

    assert house.run(BEGIN + code.replace("COUNT", str(count))) == [{"forked": count}]

    wait_until(lambda: house.server.describe()["children"] == 0 and server.num_fds() <= descriptors)
    assert server.children() == []
    assert server.memory_full_info().uss - memory < 1 << 20
