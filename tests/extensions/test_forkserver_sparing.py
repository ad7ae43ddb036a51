"""What forked kernels are spared at their start is missing nowhere: each claim is tried with an ordinary one, too."""

from __future__ import annotations

import subprocess
import sys

import pytest
from datahall_forkserver.sparing import read_options

both = pytest.mark.parametrize("provisioner", ["local", "forked"])
WITH_OPTIONS = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
HOLES = """
import ctypes
from datahall_forkserver.allocators import _MallocInfo, fill_holes
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = _MallocInfo
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def count():
    info = libc.mallinfo2()
    return info.fordblks - info.keepcost
places = [libc.malloc(900) for _ in range(4000)]
for place in places[::2]:
    libc.free(place)
before = count()
fill_holes()
print(before > 1_500_000, count() < 300_000, libc.malloc(900) > max(places))
"""


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        pytest.param(["-f", "/k.json"], {"IPKernelApp": {"connection_file": "/k.json"}}, id="a file"),
        pytest.param(["-f=/k.json"], {"IPKernelApp": {"connection_file": "/k.json"}}, id="a file by a sign"),
        pytest.param(
            ["--ip=s", "--hb=5", "--Session.key=a=b"],
            {"IPKernelApp": {"ip": "s", "hb_port": "5"}, "Session": {"key": "a=b"}},
            id="aliases, and a value with a sign",
        ),
        pytest.param([], {}, id="nothing"),
        pytest.param(["-f", "/k.json", "--debug"], None, id="a flag"),
        pytest.param(["--matplotlib=inline"], None, id="another option"),
        pytest.param(["--ip=a", "--ip=b"], None, id="an option twice"),
        pytest.param(["-f"], None, id="a file that is missing"),
        pytest.param(["-f", "--debug"], None, id="a flag for a file"),
        pytest.param(["help"], None, id="a word"),
    ],
)
def test_only_what_kernels_are_always_told_is_read_here(arguments, values):
    assert read_options(arguments) == values


@both
def test_other_options_reach_the_kernel(start_kernel, provisioner):
    argv = [*WITH_OPTIONS, "--InteractiveShell.ast_node_interactivity=all", "--IPKernelApp.exec_lines=['x = 5']"]
    kernel = start_kernel(provisioner, argv=argv)

    assert kernel.value("x, get_ipython().ast_node_interactivity") == "5 all"


@both
def test_a_kernel_knows_its_arguments_and_its_connection(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    app = "get_ipython().kernel.parent"

    assert kernel.value(f"{app}.argv[0], {app}.extra_args") == "-f []"
    assert kernel.value(f"{app}.abs_connection_file == {app}.cli_config.IPKernelApp.connection_file") == "True"


@both
def test_a_debugger_knows_the_files_that_it_steps_over(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    files = "get_ipython().kernel.debugger.kernel_modules"

    assert kernel.value(f"sum(file.endswith('ipkernel.py') for file in {files}), len({files}) > 500") == "1 True"


@both
def test_loggers_are_there_and_a_kernels_own_speaks(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.run("import logging, matplotlib")
    names = "logging.getLogger().manager.loggerDict"

    assert kernel.value(f"{{'matplotlib', 'asyncio', 'IPKernelApp'}} <= set({names})") == "True"
    own = "get_ipython().kernel.parent.log"
    assert kernel.value(f"{own}.level, [type(each).__name__ for each in {own}.handlers]") == "10 ['StreamHandler']"


def test_holes_between_what_is_in_use_are_filled():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout.strip(), done.stderr) == ("True True True", "")
