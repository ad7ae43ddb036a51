"""One fork server with the data libraries for all tests that only use it, and kernels from either provisioner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from datahall_forkserver import ForkServer
from datahall_forkserver.starting import FOLDER_VARIABLE, find_place
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from tests.extensions.kernels import PROVISIONERS, RunningKernel
from tests.extensions.visitors import Visitor, prepare_visitor

Start = Callable[..., RunningKernel]


def end_servers(folder: Path) -> None:
    """End every fork server of a folder, and its children, and wait until they are gone."""
    ours = [
        each
        for each in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in each.info["cmdline"] or ())
    ]
    for each in ours:
        each.kill()
    wait_until(lambda: not any(is_running(each.pid) for each in ours))


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder with a path short enough for sockets, where all fork servers of the session live."""
    folder = Path(tempfile.mkdtemp(prefix="fork"))
    yield folder
    end_servers(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kernel_environment(server_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What kernels of these tests are started with: a home of their own, and their own fork servers."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "MPL"))}
    kept.pop("PYTHONPATH", None)
    return {**kept, "HOME": str(home), FOLDER_VARIABLE: str(server_folder)}


@pytest.fixture
def start_kernel(kernel_environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start kernels that are gone after the test; `provisioner` is local or forked."""
    running: list[RunningKernel] = []

    def start(provisioner: str = "forked", **options: Any) -> RunningKernel:
        metadata = {"kernel_provisioner": {"provisioner_name": PROVISIONERS[provisioner]}}
        manager = KernelManager(connection_file=str(tmp_path / f"kernel-{len(running)}.json"))
        argv = options.pop("argv", [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
        manager._kernel_spec = KernelSpec(argv=argv, display_name="Python", language="python", metadata=metadata)
        environment = kernel_environment | options.pop("env", {})
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        kernel = RunningKernel(manager)
        running.append(kernel)
        manager.start_kernel(env=environment, **{**quiet, **options})
        return kernel

    yield start
    for kernel in running:
        kernel.end()


@pytest.fixture
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """A fork server that has preloaded nothing, for tests that are hard on it; nothing of it is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="bare"))
    server = start_bare_server(folder)
    yield server
    end_servers(folder)
    shutil.rmtree(folder)


def start_bare_server(folder: Path, *options: str) -> ForkServer:
    """Start a server without `--detach`, and return once it listens."""
    path = folder / "s"
    argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "bare", "--socket", str(path)]
    with subprocess.Popen([*argv, "--detach", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        assert process.stdout.readline() == b"listens\n"
    return ForkServer(path)


@pytest.fixture
def kernel_server(kernel_environment: dict[str, str]) -> Callable[[], ForkServer]:
    """Return the server that forks this session's kernels."""
    return lambda: ForkServer(find_place("kernel", environment=kernel_environment).socket)


@pytest.fixture(params=["root", "ordinary user"])
def visitor(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    is_root = request.param == "root"
    if is_root and os.geteuid() != 0:
        pytest.skip("only root can be root")
    with prepare_visitor(is_root=is_root) as prepared:
        yield prepared


def is_running(pid: int) -> bool:
    """Whether a process is there and no mere zombie, which the first process may take a while to take in."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(is_true: Callable[[], bool], *, within: float = 10) -> None:
    """Return once something is true; fail where that takes too long."""
    deadline = time.monotonic() + within
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
