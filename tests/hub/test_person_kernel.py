"""Kernels that a person's own programs start: forked through the gate, or as ever where that would be another."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from datahall_hub.person_kernel import ADDITIONS, KERNEL_FILE, describe_person_kernel, ensure_person_kernel

from tests.running_hall import RunningHall, RunningKernel

GATE = Path("/run/datahall/kernel.sock")
HOME = Path("/home/jovyan")
PACKAGES = f"/home/jovyan/.local/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "{version}"
[tool.hatch.build.targets.wheel]
packages = ["{name}"]
"""
# What a person would write into a file and start in a terminal.
PROGRAM = """
import nbformat
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell("import sys; print('polars' in sys.modules, sys.prefix)")
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, timeout=60).execute()
print(notebook.cells[0].outputs[0].text.strip())
try:
    from datahall_forkserver.provisioner import starts
    print(dict(starts))
except ImportError:
    print("as ever")
"""


@pytest.fixture(scope="module")
def kernel(hall: RunningHall, bubblewrap: str) -> Iterator[RunningKernel]:
    with closing(hall.person("nadia")) as browser:
        hall.start_server(browser, "nadia")
        running = hall.open_kernel(browser, "nadia")
        running.run(f"open('program.py', 'w').write({PROGRAM!r})\nimport subprocess, sys")
        yield running
        running.close()
        hall.stop_server(browser, "nadia")


def run_program(kernel: RunningKernel, *words: str) -> list[str]:
    said = kernel.run(
        f"done = subprocess.run({list(words)!r}, capture_output=True, text=True)\n"
        "assert done.returncode == 0, done.stderr\nprint(done.stdout)"
    )
    return said.strip().splitlines()


@pytest.mark.sandbox
def test_a_program_that_runs_a_notebook_has_its_kernel_forked(kernel):
    prefix = kernel.run("print(sys.prefix)").strip()

    assert run_program(kernel, "python", "program.py") == [f"True {prefix}", "{'forked': 1}"]


@pytest.mark.sandbox
def test_a_notebook_that_runs_a_notebook_has_its_kernel_forked(kernel):
    waiting = PROGRAM.replace("NotebookClient(notebook, timeout=60).execute()",
                              "await NotebookClient(notebook, timeout=60).async_execute()")  # fmt: skip
    imported, started = kernel.run(waiting).strip().splitlines()[-2:]  # after what the kernel within says of itself

    assert imported.startswith("True ")
    assert started == "{'forked': 1}"


@pytest.mark.sandbox
def test_nbconvert_has_its_kernel_forked(kernel):
    kernel.run(
        "import nbformat\ncell = nbformat.v4.new_code_cell('import sys; print(\"polars\" in sys.modules)')\n"
        "nbformat.write(nbformat.v4.new_notebook(cells=[cell]), 'look.ipynb')"
    )
    run_program(kernel, "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", "look.ipynb")

    assert kernel.run("print(nbformat.read('look.ipynb', 4).cells[0].outputs[0].text)").strip() == "True"


@pytest.mark.sandbox
def test_in_an_environment_of_ones_own_the_kernel_is_that_environments(kernel):
    run_program(kernel, "python", "-m", "venv", "--without-pip", "--system-site-packages", "own")
    # What it needs of this environment, without its kernelspec.
    kernel.run(
        "import pathlib; site = next(pathlib.Path('own/lib').glob('*/site-packages'))\n"
        "(site / 'more.pth').write_text(next(p for p in sys.path if p.startswith(sys.prefix)))"
    )

    said = run_program(kernel, "own/bin/python", "program.py")

    assert said == ["False /home/jovyan/own", "as ever"]


def install(kernel: RunningKernel, name: str, *, version: str, options: str = "") -> str:
    """Install a small package as one does in a notebook; nothing is fetched for that."""
    kernel.run(
        f"folder = pathlib.Path('project-{name}'); (folder / {name!r}).mkdir(parents=True)\n"
        f"_ = (folder / 'pyproject.toml').write_text({PROJECT.format(name=name, version=version)!r})\n"
        f"_ = (folder / {name!r} / '__init__.py').write_text({f'__version__ = {version!r}'!r})\n"
    )
    return kernel.run(f"%pip install --no-index --no-build-isolation --no-deps {options} ./project-{name}")


@pytest.mark.sandbox
def test_what_is_installed_in_a_notebook_is_there_in_the_next_kernel_and_another_version_is_never_missed(
    hall, bubblewrap
):
    with closing(hall.person("quirin")) as browser:
        hall.start_server(browser, "quirin")
        with closing(hall.open_kernel(browser, "quirin")) as first:
            first.run("import pathlib")
            assert "Successfully installed my_words-1.0" in install(first, "my_words", version="1.0")
            with closing(hall.open_kernel(browser, "quirin")) as second:
                seen = second.run("import my_words, sys; print(my_words.__version__, 'polars' in sys.modules)")
            install(first, "polars", version="0.0.1", options="--ignore-installed")
            with closing(hall.open_kernel(browser, "quirin")) as third:
                own = third.run("import polars; print(polars.__version__)")
            counted = first.client.get("/user/quirin/metrics").text
        hall.stop_server(browser, "quirin")
        hall.start_server(browser, "quirin")  # which sees none of it
        hall.stop_server(browser, "quirin")

    assert seen == "1.0 True\n"
    assert own == "0.0.1\n"
    assert 'datahall_kernel_starts_total{how="forked"} 2.0' in counted
    assert 'datahall_kernel_starts_total{how="another-version"} 1.0' in counted


OWN_PIP = """
import json, os, pathlib, subprocess, sys
def say(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()
def installs(pip, *words): return "Successfully installed" in say(pip, "install", "--no-index", "--no-deps", *words)
wheels = "pip wheel --no-index --no-deps --no-build-isolation --wheel-dir wheels ./project-my_shown"
say("sh", "-c", wheels)
wheel = str(next(pathlib.Path("wheels").glob("my_shown-*")))
say(sys.executable, "-m", "venv", "theirs")
path = json.loads(say("theirs/bin/python", "-c", "import json, sys; print(json.dumps(sys.path))"))
print(json.dumps({
    "left": [name for name in ("PYTHONPATH", "PIP_PREFIX") if name in os.environ],
    "again": installs("pip", "--force-reinstall", wheel),
    "lists": "my_shown" in say("pip", "list"),
    "a program": say(sys.executable, "-c", "import my_shown").splitlines()[-1],
    "their pip": installs("theirs/bin/pip", wheel),
    "is in": [each.parts[0] for each in pathlib.Path("theirs").rglob("my_shown/__init__.py")],
    "their path": [each for each in path if ".local" in each],
    "elsewhere": installs("pip", "--target", "there", wheel),
    "uninstalls": "Successfully uninstalled" in say("pip", "uninstall", "-y", "my_shown"),
}))
"""


@pytest.mark.sandbox
def test_the_halls_pip_installs_into_the_home_and_leaves_other_environments_alone(kernel):
    kernel.run("import pathlib")
    assert "Successfully installed my_shown" in install(kernel, "my_shown", version="1.0")

    told = json.loads(kernel.run(OWN_PIP).strip().splitlines()[-1])

    assert told == {
        "left": [], "again": True, "lists": True, "their pip": True, "is in": ["theirs"], "their path": [],
        "a program": "ModuleNotFoundError: No module named 'my_shown'", "elsewhere": True, "uninstalls": True,
    }  # fmt: skip


@pytest.mark.sandbox
def test_a_package_that_brings_a_kernelspec_along_leaves_the_halls_in_place(kernel):
    """As ipykernel's own wheel does."""
    kernel.run(
        "spec = pathlib.Path.home() / '.local/share/jupyter/kernels/python3/kernel.json'\n"
        "spec.parent.mkdir(parents=True)\n"
        '_ = spec.write_text(\'{"argv": ["false"], "display_name": "P", "language": "python"}\')'
    )
    try:
        assert run_program(kernel, "python", "program.py")[1] == "{'forked': 1}"
        url, token = str(kernel.client.base_url).rstrip("/"), kernel.client.headers["Authorization"].split()[1]
        with closing(RunningKernel(url, name="nadia", token=token)) as other:
            assert other.run("print(6 * 7)") == "42\n"
    finally:
        kernel.run("spec.unlink()")


def test_a_kernelspec_names_the_gate_and_is_otherwise_this_environments(tmp_path):
    told = json.loads(ensure_person_kernel(tmp_path, gate=GATE, home=HOME).read_text())
    own = json.loads(KERNEL_FILE.read_text())

    assert told["metadata"].pop("kernel_provisioner") == {
        "provisioner_name": "datahall-fork-provisioner",
        "config": {"socket": str(GATE)},
    }
    assert told.pop("env") == {"PYTHONPATH": f"{PACKAGES}:{ADDITIONS}"}
    assert told.pop("argv") == [*own.pop("argv"), "--IPKernelApp.extra_extensions=own_packages"]
    assert told == own


def test_an_operators_own_choices_stay():
    own = {
        "argv": ["python"],
        "env": {"PYTHONPATH": "/srv/theirs"},
        "metadata": {"kernel_provisioner": {"provisioner_name": "theirs"}},
    }

    assert describe_person_kernel(own, gate=GATE, home=HOME) == own


def test_a_kernelspec_that_is_there_is_not_written_again(tmp_path):
    before = ensure_person_kernel(tmp_path, gate=GATE, home=HOME).stat()

    assert ensure_person_kernel(tmp_path, gate=GATE, home=HOME).stat().st_ino == before.st_ino
