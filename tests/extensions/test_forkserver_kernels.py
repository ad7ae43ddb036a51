"""Forked kernels behave as ordinary ones: each claim is tried with jupyter_client's own provisioner and with ours."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from datahall_forkserver.provisioner import ForkProvisioner, starts
from jupyter_client.manager import AsyncKernelManager

from tests.extensions.conftest import is_running, wait_until
from tests.extensions.kernels import PROVISIONERS

# The control thread speaks when the one that it speaks through has been stopped, and has not ended yet.
LATE_THREADS = """
def make_late():
    import threading, time
    from ipykernel.iostream import OutStream
    flush, loop = OutStream.flush, get_ipython().kernel.iopub_thread.io_loop
    close = loop.close
    def flush_late(stream):
        time.sleep(0.5 if threading.current_thread().name == "Control" else 0)
        flush(stream)
    def close_late(**options):
        time.sleep(2)
        close(**options)
    OutStream.flush, loop.close = flush_late, close_late
make_late()
"""
both = pytest.mark.parametrize("provisioner", ["local", "forked"])


@pytest.fixture(autouse=True)
def forked_where_it_says_so(request):
    """A test of the forked provisioner must not pass because that fell back to the ordinary one."""
    before = starts.copy()
    yield
    if "start_kernel" in request.fixturenames:
        assert set(starts - before) <= {"forked"}


@both
def test_a_kernel_computes_and_tells_its_exit_code(start_kernel, provisioner):
    kernel = start_kernel(provisioner)

    assert kernel.value("1 + 1") == "2"
    assert kernel.manager.is_alive()
    kernel.leave()
    kernel.manager.request_shutdown()
    # An ordinary kernel waits ten seconds for itself now and then.
    within = 20 if provisioner == "local" else 10
    assert asyncio.run(asyncio.wait_for(kernel.manager.provisioner.wait(), within)) == 0
    assert not kernel.manager.provisioner.has_process


def test_a_kernel_ends_at_once_though_its_control_thread_is_late(start_kernel):
    """Its threads meet as badly as they can: ipykernel alone then waits ten seconds for itself."""
    kernel = start_kernel("forked")
    kernel.run(LATE_THREADS)
    kernel.leave()

    kernel.manager.request_shutdown()

    assert asyncio.run(asyncio.wait_for(kernel.manager.provisioner.wait(), 7)) == 0


@both
def test_a_kernel_is_interrupted_and_keeps_its_variables(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.run("kept = 1")
    kernel.client.execute("print('begun', flush=True); import time; time.sleep(60)")
    while kernel.client.get_iopub_msg(timeout=10)["content"].get("text") != "begun\n":
        pass
    time.sleep(0.3)  # an interrupt that comes while ipykernel sends the output gets lost, however it was started

    kernel.manager.interrupt_kernel()

    reply = kernel.client.get_shell_msg(timeout=10)["content"]
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert kernel.value("kept") == "1"


@both
def test_an_interrupt_reaches_what_the_kernel_started(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.client.execute(
        "import subprocess; print('begun', flush=True); c = subprocess.run(['sleep', '60']).returncode"
    )
    while kernel.client.get_iopub_msg(timeout=10)["content"].get("text") != "begun\n":
        pass
    time.sleep(0.3)

    kernel.manager.interrupt_kernel()

    assert kernel.client.get_shell_msg(timeout=10)["content"]["ename"] == "KeyboardInterrupt"


@both
def test_a_restarted_kernel_has_another_process_and_the_same_connection(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.run("gone = 1")
    before, connection = kernel.pid, kernel.manager.get_connection_info()
    kernel.leave()

    kernel.manager.restart_kernel(now=True)

    assert kernel.pid != before
    assert kernel.manager.get_connection_info() == connection
    assert kernel.run("gone").error == "name 'gone' is not defined"
    assert not is_running(before)


@both
@pytest.mark.parametrize("now", [False, True], ids=["politely", "at once"])
def test_a_kernel_that_is_shut_down_leaves_nothing(start_kernel, provisioner, now):
    kernel = start_kernel(provisioner)
    assert kernel.value("1") == "1"
    pid, file = kernel.pid, Path(kernel.manager.connection_file)
    assert file.exists()
    kernel.leave()

    kernel.manager.shutdown_kernel(now=now)

    assert not kernel.manager.is_alive()
    assert not is_running(pid)
    assert file.exists() == Path(kernel.manager.connection_file).exists()
    kernel.manager.cleanup_connection_file()
    assert not file.exists()


@both
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_kernel_that_dies_of_a_signal_is_noticed(start_kernel, provisioner, number):
    kernel = start_kernel(provisioner)
    assert kernel.value("1") == "1"

    os.kill(kernel.pid, number)

    wait_until(lambda: not kernel.manager.is_alive())
    assert asyncio.run(kernel.manager.provisioner.poll()) == -number


@both
def test_a_kernel_that_exits_with_a_code_tells_it(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.client.execute("import os; os._exit(42)")

    wait_until(lambda: not kernel.manager.is_alive())
    assert asyncio.run(kernel.manager.provisioner.poll()) == 42


@both
def test_a_signal_by_the_manager_arrives(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.run("import signal; got = []; h = signal.signal(signal.SIGUSR1, lambda *a: got.append(1))")

    kernel.manager.signal_kernel(signal.SIGUSR1)
    time.sleep(0.2)

    assert kernel.value("got") == "[1]"


@both
def test_a_kernel_has_the_environment_and_folder_that_were_given(start_kernel, provisioner, tmp_path):
    folder = tmp_path / "数据"
    folder.mkdir()
    kernel = start_kernel(provisioner, env={"WORD": "好", "TZ": "Asia/Shanghai"}, cwd=str(folder))

    kernel.run("import os, time")
    told = "[os.environ['WORD'], os.getcwd(), -time.timezone]"
    assert kernel.value(told) == str(["好", str(folder), 8 * 3600])


@both
def test_two_kernels_at_once_know_nothing_of_each_other(start_kernel, provisioner):
    first, second = start_kernel(provisioner), start_kernel(provisioner)
    first.run("mine = 1")

    assert second.run("mine").status == "error"
    assert first.pid != second.pid


@both
def test_a_kernel_leads_a_session_and_a_group(start_kernel, provisioner):
    kernel = start_kernel(provisioner)

    assert os.getsid(kernel.pid) == os.getpgid(kernel.pid) == kernel.pid
    assert asyncio.run(kernel.manager.provisioner.get_provisioner_info())["pid"] == kernel.pid


@both
def test_what_a_kernel_says_beside_its_cells_goes_where_it_should(start_kernel, provisioner, tmp_path):
    with (tmp_path / "out").open("wb") as out:
        kernel = start_kernel(provisioner, stdout=out, stderr=subprocess.STDOUT)
        kernel.run("import sys; n = sys.__stdout__.write('straight\\n'); sys.__stdout__.flush()")
    wait_until(lambda: "straight" in (tmp_path / "out").read_text())


@both
def test_a_pipe_that_is_asked_for_is_there(start_kernel, provisioner):
    kernel = start_kernel(provisioner, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    pipe = kernel.manager.provisioner.process.stderr
    kernel.run("import sys; n = sys.__stderr__.write('beside\\n'); sys.__stderr__.flush()")

    while b"beside" not in pipe.readline():
        pass


STARTER = """
import os, sys, time
from jupyter_client.manager import KernelManager
manager = KernelManager()
manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": sys.argv[1]}
manager.start_kernel(independent=sys.argv[2] == "True", stdout=open(os.devnull, "w"), stderr=open(os.devnull, "w"))
client = manager.client(); client.start_channels(); client.wait_for_ready(timeout=60)
print(manager.provisioner.pid, flush=True)
time.sleep(60)
"""


@both
@pytest.mark.parametrize("independent", [False, True], ids=["tied", "independent"])
def test_a_kernel_ends_with_whoever_started_it_unless_it_is_independent(kernel_environment, provisioner, independent):
    argv = [sys.executable, "-c", STARTER, PROVISIONERS[provisioner], str(independent)]
    with subprocess.Popen(argv, env=kernel_environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout
        pid = int(starter.stdout.readline())
        starter.kill()
    if independent:
        time.sleep(1.5)  # ipykernel looks once a second whether its parent is there
        assert is_running(pid)
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid))


@both
def test_an_asynchronous_manager_starts_and_ends_kernels(kernel_environment, provisioner):
    async def run() -> tuple[bool, bool]:
        manager = AsyncKernelManager()
        manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": PROVISIONERS[provisioner]}
        await manager.start_kernel(env=dict(kernel_environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        client.stop_channels()
        alive = await manager.is_alive()
        await manager.shutdown_kernel()
        return alive, await manager.is_alive()

    assert asyncio.run(run()) == (True, False)


@both
def test_a_shell_has_what_it_has_by_default(start_kernel, provisioner):
    kernel = start_kernel(provisioner)

    assert kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);").types.count("display_data") == 1
    assert kernel.value("plt.get_backend()") in ("inline", "module://matplotlib_inline.backend_inline")
    assert kernel.run("import ipywidgets; ipywidgets.IntSlider()").text.startswith("IntSlider")
    assert kernel.value("'jupyter.widget' in get_ipython().kernel.comm_manager.targets") == "True"
    assert kernel.value("ipywidgets.widgets.IntSlider is ipywidgets.IntSlider") == "True"
    assert kernel.value("__import__('sys').path.count('')") == "1"
    assert kernel.value("__name__, __import__('sys').modules['__main__'].__name__") == "__main__ __main__"


@both
def test_a_debugger_stops_at_a_line(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    client = kernel.client

    def ask(command: str, **arguments: object) -> dict:
        message = client.session.msg(
            "debug_request", {"type": "request", "seq": 1, "command": command, "arguments": arguments}
        )
        client.control_channel.send(message)
        while True:
            reply = client.get_control_msg(timeout=20)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]

    assert ask("initialize", clientID="t", adapterID="", pathFormat="path", linesStartAt1=True)["success"]
    assert ask("attach")["success"]
    code = "a = 1\nb = a + 1\nc = b + 1\n"
    source = ask("dumpCell", code=code)["body"]["sourcePath"]
    assert ask("setBreakpoints", breakpoints=[{"line": 2}], source={"path": source}, sourceModified=False)["success"]
    assert ask("configurationDone")["success"]
    client.execute(code)
    deadline = time.monotonic() + 20
    while (message := client.get_iopub_msg(timeout=20))["content"].get("event") != "stopped":
        assert time.monotonic() < deadline
    thread = message["content"]["body"]["threadId"]
    assert ask("stackTrace", threadId=thread)["body"]["stackFrames"][0]["line"] == 2
    ask("continue", threadId=thread)
    assert client.get_shell_msg(timeout=20)["content"]["status"] == "ok"
    assert kernel.value("c") == "3"


def test_a_kernel_outlives_the_fork_server(start_kernel, kernel_server):
    kernel = start_kernel("forked")
    kernel.run("kept = 5")

    os.kill(kernel_server().describe()["pid"], signal.SIGKILL)
    time.sleep(1.5)

    assert kernel.value("kept") == "5"
    assert kernel.manager.is_alive()
    assert start_kernel("forked").value("1") == "1"  # the next one starts a new server
    kernel.leave()
    kernel.manager.shutdown_kernel()
    assert not kernel.manager.is_alive()


@pytest.mark.parametrize("server", ["lives", "has died"])
def test_a_manager_that_did_not_start_a_kernel_knows_it_again(start_kernel, kernel_server, server):
    kernel = start_kernel("forked")
    kernel.run("kept = 7")
    info = asyncio.run(kernel.manager.provisioner.get_provisioner_info())
    if server == "has died":
        os.kill(kernel_server().describe()["pid"], signal.SIGKILL)
    again = ForkProvisioner(kernel_id="x", kernel_spec=kernel.manager.kernel_spec, parent=kernel.manager)

    asyncio.run(again.load_provisioner_info(info))

    assert again.has_process
    assert asyncio.run(again.poll()) is None
    asyncio.run(again.kill())
    assert asyncio.run(asyncio.wait_for(again.wait(), 10)) == (-9 if server == "lives" else 255)


def test_the_kernelspec_is_ipykernels_own_with_the_provisioner_in_it(tmp_path, kernel_environment):
    argv = [sys.executable, "-m", "datahall_forkserver", "install", "--prefix", str(tmp_path)]
    subprocess.run(argv, check=True, env=kernel_environment, capture_output=True, timeout=60)

    described = json.loads((tmp_path / "share/jupyter/kernels/python3/kernel.json").read_text())

    assert described["metadata"].pop("kernel_provisioner") == {"provisioner_name": PROVISIONERS["forked"]}
    assert described["argv"][1:] == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


NOTEBOOK = {
    "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3", "display_name": "P"}},
    "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None,
               "source": "open('/proc/self/cmdline').read().replace(chr(0), ' ')"}],
}  # fmt: skip


def test_a_program_that_knows_nothing_of_us_gets_forked_kernels_by_the_kernelspec(tmp_path, kernel_environment):
    run = [sys.executable, "-m"]
    subprocess.run(
        [*run, "datahall_forkserver", "install", "--prefix", str(tmp_path)],
        check=True, env=kernel_environment, capture_output=True, timeout=60,
    )  # fmt: skip
    (tmp_path / "n.ipynb").write_text(json.dumps(NOTEBOOK))
    environment = kernel_environment | {"JUPYTER_PATH": str(tmp_path / "share/jupyter")}

    subprocess.run(
        [*run, "nbconvert", "--execute", "--to", "notebook", "--inplace", "n.ipynb"],
        check=True, env=environment, cwd=tmp_path, capture_output=True, timeout=60,
    )  # fmt: skip

    output = json.loads((tmp_path / "n.ipynb").read_text())["cells"][0]["outputs"][0]
    assert "datahall_forkserver serve" in "".join(output["data"]["text/plain"])
