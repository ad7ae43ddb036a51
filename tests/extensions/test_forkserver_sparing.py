"""What forked kernels are spared at their start is missing nowhere: each claim is tried with an ordinary one, too."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest
from datahall_forkserver.sparing import OPTIONS, read_options

both = pytest.mark.parametrize("provisioner", ["local", "forked"])
WITH_OPTIONS = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
# What a second application of ipykernel's own makes of arguments.
PARSED = (
    "(lambda app: (app.parse_command_line({arguments!r}), dict(app.cli_config), app.argv, app.extra_args))"
    "(type(get_ipython().kernel.parent)())"
)
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


def test_every_option_means_what_it_means_to_ipykernels_own_parser(start_kernel):
    given = {"transport": "ipc", "signature_scheme": "hmac-sha256", "enabled": "False", "extra_extensions": "a.b"}
    every = [f"{option}={given.get(trait, '7')}" for option, (_, trait) in OPTIONS.items()]
    asked = [every, ["-f", "~/k.json"], ["--IPKernelApp.extra_extensions=a"], ["--Session.key=a=b c'é"], ["--hb=7"]]
    asked += [["--Session.key=~/a"], ["--ip=~/a"], ["--HistoryManager.enabled=~"]]

    ordinary, forked = (
        [start_kernel(provisioner).value(PARSED.format(arguments=each)) for each in asked]
        for provisioner in ("local", "forked")
    )

    assert forked == ordinary
    assert "'parent_handle': 7" in ordinary[0]


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
def test_a_debugger_knows_the_files_that_it_steps_over(start_kernel, provisioner, tmp_path):
    (tmp_path / "own_module.py").touch()
    kernel = start_kernel(provisioner)
    files = "get_ipython().kernel.debugger.kernel_modules"
    own = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import own_module"

    assert kernel.run(own).error == ""
    assert kernel.value(f"sum(file.endswith('ipkernel.py') for file in {files}), len({files}) > 500") == "1 True"
    assert kernel.value(f"any('own_module' in file for file in {files})") == "False"
    assert kernel.value(f"{files}.clear(), {files}") == "None []"


@both
def test_loggers_are_there_and_a_kernels_own_speaks(start_kernel, provisioner):
    kernel = start_kernel(provisioner)
    kernel.run("import logging, matplotlib")
    names = "logging.getLogger().manager.loggerDict"

    assert kernel.value(f"{{'matplotlib', 'asyncio', 'IPKernelApp'}} <= set({names})") == "True"
    own = "get_ipython().kernel.parent.log"
    assert kernel.value(f"{own}.level, [type(each).__name__ for each in {own}.handlers]") == "10 ['StreamHandler']"


def test_a_forked_kernel_is_spared(start_kernel):
    kernel = start_kernel("forked")
    app = "get_ipython().kernel.parent"

    assert kernel.value("get_ipython().kernel._kernel_modules") == "[]"
    for method in ("parse_command_line", "_configure_logging"):
        assert kernel.value(f"type({app}).{method}.__module__") == "datahall_forkserver.sparing"


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc before 2.33, or another C library")
def test_holes_between_what_is_in_use_are_filled():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout.strip(), done.stderr) == ("True True True", "")
