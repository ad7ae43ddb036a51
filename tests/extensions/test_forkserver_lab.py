"""A plain JupyterLab, no hub: once the kernelspec is installed its kernels are forked, and all else is as ever."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import websocket

from tests.extensions.conftest import is_running, wait_until
from tests.running_hall import PLAIN, RunningKernel, find_free_port

TOKEN = "t" * 32
OPENS_WITHIN = 60  # seconds
COMMAND_LINE = "print(open('/proc/self/cmdline').read().replace(chr(0), ' '))"
INTERRUPTED = """
import pathlib, time
try:
    pathlib.Path("asleep").touch()
    time.sleep(30)
except KeyboardInterrupt:
    print("interrupted")
"""


class Lab:
    """JupyterLab as one starts it at a terminal; its address is one that `RunningKernel` knows."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        port = find_free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(
            base_url=f"{self.url}/user/ada/", headers={"Authorization": f"token {TOKEN}"}, timeout=30, **PLAIN
        )
        argv = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
            "--ServerApp.base_url=/user/ada/", f"--IdentityProvider.token={TOKEN}",
        ]  # fmt: skip
        self.folder = folder
        self.log = folder / "lab.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(argv, env=environment, cwd=folder, stdout=log, stderr=log)

    def wait_until_open(self) -> None:
        deadline = time.monotonic() + OPENS_WITHIN
        while not self.is_open():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def is_open(self) -> bool:
        try:
            return self.client.get("api").status_code == 200
        except httpx.TransportError:
            return False

    def open_kernel(self) -> RunningKernel:
        return RunningKernel(self.url, name="ada", token=TOKEN)

    def end(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def environment(kernel_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the Lab is started with: a kernelspec that `datahall-forkserver install` has written."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(
        [sys.executable, "-m", "datahall_forkserver", "install", "--prefix", str(prefix)],
        check=True, env=kernel_environment, capture_output=True, timeout=60,
    )  # fmt: skip
    return kernel_environment | {"JUPYTER_PATH": str(prefix / "share/jupyter"), "JUPYTER_CONFIG_DIR": str(prefix)}


@pytest.fixture(scope="module")
def lab(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(tmp_path_factory.mktemp("lab"), environment)
    try:
        running.wait_until_open()
        yield running
    finally:
        running.end()


def count_forked(environment: dict[str, str]) -> int:
    """Return what `datahall-forkserver status` says of kernels that were forked."""
    argv = [sys.executable, "-m", "datahall_forkserver", "status"]
    told = json.loads(subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=30).stdout)
    return int(told.get("forked", 0))


def listen_again(lab: Lab, kernel: RunningKernel) -> None:
    """Connect as a page does that was loaded anew: the Lab then makes sure that it hears the kernel."""
    kernel.socket.close()
    address = f"{lab.url.replace('http', 'ws')}{kernel.path}/{kernel.id}/channels"
    kernel.socket = websocket.create_connection(address, header={"Authorization": f"token {TOKEN}"}, timeout=60)


def test_its_kernels_are_forked_and_have_the_libraries_in_memory(lab, environment):
    before = count_forked(environment)
    with closing(lab.open_kernel()) as kernel:
        assert "datahall_forkserver serve" in kernel.run(COMMAND_LINE)
        assert kernel.run("import sys; print('pandas' in sys.modules, 'datahall_hub' in sys.modules)") == "True False\n"
        assert kernel.run("import pandas; pandas.DataFrame({'a': [1, 2]}).sum().a") == "np.int64(3)"
    assert count_forked(environment) == before + 1


def test_a_kernel_is_interrupted_restarted_and_shut_down_by_the_lab(lab):
    kernel = lab.open_kernel()
    with closing(kernel):
        first, second = restart_while_it_works(lab, kernel)
    wait_until(lambda: not is_running(first) and not is_running(second))


def restart_while_it_works(lab: Lab, kernel: RunningKernel) -> tuple[int, int]:
    address = f"api/kernels/{kernel.id}"
    asleep = lab.folder / "asleep"

    def interrupt() -> None:
        wait_until(asleep.exists)
        lab.client.post(f"{address}/interrupt")

    meanwhile = threading.Thread(target=interrupt)
    meanwhile.start()
    assert kernel.run(INTERRUPTED) == "interrupted\n"
    meanwhile.join()
    first = int(kernel.run("import os; print(os.getpid())"))
    assert lab.client.post(f"{address}/restart").status_code == 200
    listen_again(lab, kernel)
    second = int(kernel.run("print(__import__('os').getpid())"))
    assert "datahall_forkserver serve" in kernel.run(COMMAND_LINE)
    assert first != second
    return first, second


def test_its_pages_and_terminals_are_as_ever(lab):
    assert "JupyterLab" in lab.client.get("lab").text
    terminal = lab.client.post("api/terminals")

    assert terminal.status_code == 200
    assert lab.client.delete(f"api/terminals/{terminal.json()['name']}").status_code == 204
