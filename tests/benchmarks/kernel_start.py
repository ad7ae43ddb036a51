"""`kernel-ready` and `kernel-memory`: a kernel with the data libraries, forked, and started as ipykernel starts it."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.processes import BenchmarkError, clean_environment
from tests.extensions.house import House

ROUNDS = 7
LIMIT = 60.0  # seconds
IMPORTS = "import pandas, polars, matplotlib.pyplot, ipywidgets"
CHECKOUT = Path(__file__).parents[2]
# What runs as the person's server, and tells what it measured.
INSIDE = """
import json, os
from datahall_forkserver.provisioner import starts
from tests.benchmarks.kernel_start import start_many
tries, memory = start_many("datahall-fork-provisioner", dict(os.environ))
print(json.dumps({"seconds": tries.seconds, "failures": tries.failures, "memory": memory}))
print(json.dumps(starts))
"""
ARGV = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def measure() -> list[Measurement]:
    """Measure stock, then ours, each after a first kernel that does not count."""
    if shutil.which("bwrap") is None:
        raise BenchmarkError("bubblewrap is not installed, and kernels without a sandbox are not ours.")
    # Not below /tmp, which a sandbox has its own of.
    with tempfile.TemporaryDirectory(prefix="fork", dir="/var/tmp") as folder:
        stock, stock_memory = start_many("local-provisioner", clean_environment(Path(folder)))
        began = time.perf_counter()
        house = House(Path(folder), serve=("--profile", "kernel"), shown=[CHECKOUT / "tests"])
        preloading = time.perf_counter() - began
        try:
            told, counted = house.run(INSIDE, PYTHONPATH=str(CHECKOUT))
            server_memory = _private_memory(house.process.pid)
        finally:
            house.end()
    if counted != {"forked": ROUNDS + 1}:
        raise BenchmarkError(f"Not every kernel was forked: {counted}")
    ours, memory = Tries(tuple(told["seconds"]), told["failures"], LIMIT), told["memory"]
    ready = (
        f"median of {ROUNDS}: from the kernel manager's start until `{IMPORTS}` and `1+1` have answered; "
        f"the fork server had been running, it took {preloading:.1f} s to preload; ours inside a sandbox"
    )
    return [
        Measurement("kernel-ready", "s", ours.median, stock.median, ours.failures, stock.failures, note=ready),
        Measurement(
            "kernel-memory", "MB", memory, stock_memory,
            note=f"median private memory after the same imports; the fork server itself has {server_memory:.0f} MB, "
            "once for all kernels of a hall",
        ),
    ]  # fmt: skip


def start_many(provisioner: str, environment: dict[str, str]) -> tuple[Tries, float]:
    """Return the seconds of each start after a first, and the median of their private memory in MB."""
    seconds, memory, failures = [], [], 0
    for number in range(ROUNDS + 1):
        try:
            took, private = _start_one(provisioner, environment)
        except Empty:  # no answer in time
            failures += number > 0
            continue
        if number:
            seconds.append(took)
            memory.append(private)
    return Tries(tuple(seconds), failures, LIMIT), statistics.median(memory)


def _start_one(provisioner: str, environment: dict[str, str]) -> tuple[float, float]:
    manager = KernelManager()
    metadata = {"kernel_provisioner": {"provisioner_name": provisioner}}
    manager._kernel_spec = KernelSpec(argv=ARGV, display_name="Python", language="python", metadata=metadata)
    began = time.perf_counter()
    manager.start_kernel(env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        for code in (IMPORTS, "1+1"):
            asked = client.execute(code)
            while (reply := client.get_shell_msg(timeout=LIMIT))["parent_header"].get("msg_id") != asked:
                pass
            if reply["content"]["status"] != "ok":
                raise BenchmarkError(f"`{code}` failed: {reply['content']}")
        took = time.perf_counter() - began
        return took, _private_memory(manager.provisioner.pid)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _private_memory(pid: int) -> float:
    """Return what a process shares with no other, in MB (1,000,000 bytes)."""
    kilobytes = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(("Private_Clean:", "Private_Dirty:")):
            kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6
