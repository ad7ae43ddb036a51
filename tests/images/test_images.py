"""Both images' steps, carried out for real in root file systems made by debootstrap, and what comes out of them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from images.locked import find_members, read_pins, select_pins
from tests.images.containerfile import CHECKOUT, IMAGES, load_stages
from tests.images.root_file_system import Builder, Root, ensure_debian

pytestmark = [pytest.mark.timeout(600), pytest.mark.sandbox]

DEBIANS_PYTHON = {"python_version": "3.11", "python_full_version": "3.11.2"}
GIGABYTE = 1 << 30
LIST_INSTALLED = (
    "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
)
# The hall in the image, asked by the image's own probe; on SIGTERM it ends.
SERVE_AND_PROBE = """
set -u
{entrypoint} up --host 127.0.0.1 > /tmp/hall.log 2>&1 &
hall=$!
for attempt in $(seq 60); do
  if {probe} 2> /dev/null; then kill -TERM $hall; wait $hall; echo healthy; exit 0; fi
  kill -0 $hall 2> /dev/null || break
  sleep 1
done
cat /tmp/hall.log; exit 1
"""
READ_A_DATASET = """
import datahall
dataset = datahall.dataset("weather/seattle-weather")
print(dataset.polars().collect().height, dataset.pandas().shape[0])
"""


def find_scratch() -> str | None:
    """Return a folder in memory where there is plenty: a root has 60,000 files, which disks take in slowly."""
    memory = Path("/dev/shm")
    needed = 6 * GIGABYTE
    is_plenty = psutil.virtual_memory().available > 2 * needed
    return str(memory) if is_plenty and memory.is_dir() and shutil.disk_usage(memory).free > needed else None


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    for is_there, reason in (
        (os.geteuid() == 0, "only root can make a root file system"),
        (shutil.which("debootstrap"), "debootstrap is not installed"),
        (shutil.which("bwrap"), "bubblewrap is not installed"),
    ):
        if not is_there:
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    work = Path(tempfile.mkdtemp(prefix="datahall-images-", dir=find_scratch()))
    yield Builder(ensure_debian(CHECKOUT / "build/debian"), work=work)
    subprocess.run(["rm", "-rf", str(work)], check=True, timeout=120)  # ten times faster than Python at it


@pytest.fixture(scope="module", params=IMAGES)
def image(request: pytest.FixtureRequest, builder: Builder) -> tuple[str, Root]:
    return request.param, builder.build(load_stages(request.param))


def installed(root: Root) -> dict[str, str]:
    result = root.run(["python", "-c", LIST_INSTALLED])
    assert result.returncode == 0, result.stderr
    return {canonicalize_name(name): version for name, version in json.loads(result.stdout).items()}


def locked(group: str) -> dict[str, str]:
    pins = read_pins((CHECKOUT / "requirements.lock").read_text())
    chosen = select_pins(pins, roots=[f"group:{group}"], members=find_members(CHECKOUT, group=group))
    requirements = [Requirement(pin.lines[0].rstrip(" \\")) for pin in chosen]
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate(DEBIANS_PYTHON)
    }


def test_it_holds_exactly_its_group_of_the_lock(image):
    name, root = image
    members = {canonicalize_name(member) for member in find_members(CHECKOUT, group=name)}

    found = installed(root)

    assert {package: version for package, version in found.items() if package not in members} == locked(name)
    assert members <= found.keys()


def test_whoever_runs_in_it_can_change_nothing_of_it(image):
    _, root = image

    found = root.run(["find", "/opt/datahall", "-writable", "-not", "-type", "l"])

    assert root.run(["id", "-u"]).stdout == "1000\n"
    assert (found.returncode, found.stdout) == (0, "")


def test_nothing_that_installing_left_over_is_in_it(image):
    _, root = image
    left = [
        str(path.relative_to(root.folder))
        for folder in ("root/.cache", "root/.npm", "var/lib/apt/lists", "tmp", "home/datahall/.cache")
        for path in (root.folder / folder).glob("*")
        if path.name not in {"partial"}
    ]

    assert left == []
    assert not list((root.folder / "opt/datahall/.venv").glob("**/bin/pip*"))


def test_python_in_it_need_not_compile_anything(image):
    _, root = image
    packages = next((root.folder / "opt/datahall/.venv/lib").glob("python3*/site-packages"))

    assert list((packages / "jupyterhub/__pycache__").glob("app.*.pyc"))


def test_chinese_is_drawn_in_its_plots(image):
    _, root = image
    program = (
        "import matplotlib.font_manager as f; print([x.name for x in f.fontManager.ttflist if 'WenQuanYi' in x.name])"
    )

    result = root.run(["python", "-W", "ignore", "-c", program], HOME="/tmp", MPLCONFIGDIR="/tmp/matplotlib")

    assert "WenQuanYi Micro Hei" in result.stdout, result.stderr
    shutil.rmtree(root.folder / "tmp/matplotlib")


def test_datahall_reads_a_real_dataset_in_it_without_a_network(image):
    _, root = image

    result = root.run(["python", "-c", READ_A_DATASET], HOME="/tmp/home", DATAHALL_HOME="/tmp/home/datahall")

    assert result.stdout == "1461 1461\n", result.stderr
    shutil.rmtree(root.folder / "tmp/home")


def test_its_programs_start(image):
    name, root = image
    programs = {
        "hub": [["datahall-hub", "--help"], ["jupyterhub", "--version"]],
        "singleuser": [["jupyterhub-singleuser", "--version"], ["jupyter", "lab", "--version"]],
    }[name]

    for argv in programs:
        result = root.run(argv, HOME="/tmp/home")
        assert result.returncode == 0, result.stderr
    shutil.rmtree(root.folder / "tmp/home", ignore_errors=True)


@pytest.mark.parametrize("image", ["hub"], indirect=True)
def test_the_hubs_entry_point_opens_a_hall_that_its_probe_calls_healthy(image):
    name, root = image
    last = load_stages(name)[-1]
    probe = re.sub(r"^--\S+(\s+--\S+)*\s+CMD\s+", "", last.find_all("HEALTHCHECK")[0].value)
    script = SERVE_AND_PROBE.format(
        entrypoint=shlex.join(last.find_all("ENTRYPOINT")[0].words), probe=shlex.join(json.loads(probe))
    )

    result = root.run(["/bin/sh", "-c", script], limit=120)

    assert result.stdout.splitlines()[-1:] == ["healthy"], result.stdout + result.stderr
    for path in Path(root.folder / "tmp").glob("*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)
