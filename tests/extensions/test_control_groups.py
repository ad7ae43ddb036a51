"""Control groups of both kinds, on the real ones of this machine where it has them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from datahall_forkserver.control_group_limits import GroupLimits
from datahall_forkserver.control_group_places import NONE, find_places
from datahall_forkserver.control_groups import ControlGroupError, ControlGroups, Group

MiB = 1 << 20
JOIN = "import os, sys; [open(f + '/cgroup.procs', 'w').write('0') for f in {folders!r}]; {source}"
SECOND_KIND = Path("/sys/fs/cgroup/unified") if Path("/sys/fs/cgroup/unified").is_dir() else Path("/sys/fs/cgroup")


@pytest.fixture
def groups() -> Iterator[ControlGroups]:
    found = ControlGroups.find()
    if isinstance(found, str):
        pytest.skip(found)
    yield found
    found.base.kill()
    assert found.remove()


def start(group: Group, source: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", JOIN.format(folders=group.folders, source=source)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(group: Group, source: str) -> tuple[int, str]:
    with start(group, source) as process:
        output, _ = process.communicate(timeout=20)
    return process.returncode, output.strip()


def test_who_takes_more_memory_than_the_group_has_is_killed_and_that_is_counted(groups):
    if "memory" not in groups.controllers:
        pytest.skip("no controller of memory")
    group = groups.make("kernel", GroupLimits(memory=64 * MiB))

    assert run(group, "x = b'x' * (16 << 20); print('fits')") == (0, "fits")
    assert group.read_oom_kills() == 0
    assert run(group, "x = b'x' * (200 << 20); print('fits')") == (-9, "")
    assert group.read_oom_kills() == 1


def test_a_person_as_a_whole_is_bounded_and_the_one_that_was_killed_is_known(groups):
    if "memory" not in groups.controllers:
        pytest.skip("no controller of memory")
    person = groups.make("person", GroupLimits(memory=96 * MiB))
    server, kernel = person.make("server"), person.make("kernel", GroupLimits(memory=512 * MiB))
    with start(server, "x = b'x' * (8 << 20); print('up', flush=True); sys.stdin.read()") as running:
        assert running.stdout
        assert running.stdout.readline() == "up\n"

        assert run(kernel, "x = b'x' * (200 << 20)")[0] == -9

        assert (kernel.read_oom_kills(), server.read_oom_kills()) == (1, 0)
        assert (person.read_memory() or 0) > 8 * MiB
        running.communicate("")
        assert running.returncode == 0


def test_no_more_processes_are_born_than_the_group_may_have(groups):
    if "pids" not in groups.controllers:
        pytest.skip("no controller of processes")
    group = groups.make("kernel", GroupLimits(processes=10))
    source = """
children = []
try:
    while len(children) < 50:
        child = os.fork()
        if not child: sys.stdin.read(); os._exit(0)
        children.append(child)
except BlockingIOError: print(len(children))
"""

    assert run(group, f"exec({source!r})") == (0, "9")


def test_a_share_of_a_processor_is_kept(groups):
    if "cpu" not in groups.controllers:
        pytest.skip("no controller of processor time")
    group = groups.make("kernel", GroupLimits(cpu=0.2))
    source = "import time; b = time.monotonic()\nwhile time.monotonic() < b + 1: pass\nprint(time.process_time())"

    _, used = run(group, f"exec({source!r})")

    assert float(used) < 0.5
    assert 0 < (group.read_cpu_seconds() or 0) < 0.5


def test_limits_can_be_raised_and_lowered_and_taken_off(groups):
    group = groups.make("kernel", GroupLimits(memory=64 * MiB, processes=5, cpu=0.5))

    for limits in (GroupLimits(memory=256 * MiB), GroupLimits(memory=32 * MiB), GroupLimits()):
        group.limit(limits)

    assert run(group, "x = b'x' * (100 << 20); print('fits')") == (0, "fits")


def test_a_group_with_processes_stays_until_they_have_ended(groups):
    person = groups.make("person")
    group = person.make("kernel")
    with start(group, "os.fork() and print('up', flush=True); sys.stdin.read()") as running:
        assert running.stdout
        assert running.stdout.readline() == "up\n"
        assert len(group.read_processes()) == 2

        assert not person.remove()
        assert running.pid in person.read_processes()
        person.kill()

        assert person.remove(within=5)
        assert not group.is_alive
    assert running.returncode == -9


def test_a_running_process_is_taken_in(groups):
    group = groups.make("kernel")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        group.add(running.pid)

        assert group.read_processes() == {running.pid}
        running.communicate(b"\n")
    with pytest.raises(ControlGroupError, match="can't join"):
        group.add(running.pid)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "cgroup.procs", "a" * 65, "名", "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(groups, name):
    with pytest.raises(ControlGroupError, match="no name"):
        groups.make(name)


def test_the_same_owner_finds_the_same_groups_again(groups):
    group = groups.make("person")

    again = ControlGroups.find(owner=os.getpid())

    assert isinstance(again, ControlGroups)
    assert again.base == groups.base
    assert group.is_alive


def test_groups_of_an_owner_that_has_ended_are_taken_away(groups):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        left = ControlGroups.find(owner=owner.pid)
        assert isinstance(left, ControlGroups)
        group = left.make("person").make("kernel")
        groups.remove_leftovers()
        assert group.is_alive
        owner.communicate(b"\n")

    groups.remove_leftovers()

    assert not left.base.is_alive


def test_a_group_is_made_although_somebody_has_taken_the_empty_base_away(groups):
    assert groups.remove()

    assert groups.make("person").is_alive


@pytest.fixture
def second_kind() -> Iterator[Group]:
    """A real group of the second kind, though this machine may have left it no controllers."""
    if not (SECOND_KIND / "cgroup.controllers").exists() or not os.access(SECOND_KIND, os.W_OK):
        pytest.skip("no control groups of the second kind that may be written")
    group = Group((str(SECOND_KIND),)).make(f"datahall-test-{os.getpid()}")
    yield group
    group.kill()
    assert group.remove(within=5)


def test_the_second_kind_holds_counts_and_ends_processes(second_kind):
    kernel = second_kind.make("kernel", GroupLimits(memory=64 * MiB, processes=20, cpu=0.5))
    with start(kernel, "sum(range(10 ** 6)); os.fork() and print('up', flush=True); sys.stdin.read()") as running:
        assert running.stdout
        assert running.stdout.readline() == "up\n"
        assert len(second_kind.read_processes()) == 2
        assert (second_kind.read_cpu_seconds() or 0) > 0
        assert not second_kind.remove()

        kernel.kill()

        assert kernel.remove(within=5)
    assert running.returncode == -9
    assert not psutil.pid_exists(running.pid)


def test_the_second_kind_is_bounded_by_the_files_it_has(tmp_path):
    for name in ("cgroup.controllers", "memory.max", "memory.swap.max", "cpu.max", "pids.max"):
        (tmp_path / name).touch()
    (tmp_path / "memory.events.local").write_text("low 0\noom 3\noom_kill 2\noom_group_kill 0\n")
    (tmp_path / "memory.current").write_text("5000\n")
    (tmp_path / "memory.stat").write_text("anon 4000\ninactive_file 1000\n")
    group = Group((str(tmp_path),))

    group.limit(GroupLimits(memory=MiB, cpu=1.5, processes=7))

    found = {name: (tmp_path / name).read_text() for name in ("memory.max", "memory.swap.max", "cpu.max", "pids.max")}
    assert found == {"memory.max": "1048576", "memory.swap.max": "0", "cpu.max": "150000 100000", "pids.max": "7"}
    assert (group.read_memory(), group.read_oom_kills()) == (4000, 2)


FIRST = """\
35 31 0:32 / {root}/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:33 / {root}/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
37 31 0:34 /docker/1 {root}/pids rw,relatime - cgroup cgroup rw,pids
"""


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(
            "4:memory:/a\n3:cpu,cpuacct:/b\n2:pids:/docker/1/c\n1:name=systemd:/x\n0::/\n",
            {"memory": "memory/a", "cpu": "cpu,cpuacct/b", "cpuacct": "cpu,cpuacct/b", "pids": "pids/c"},
            id="each controller has its folder",
        ),
        pytest.param("2:pids:/docker/1\n", {"pids": "pids"}, id="the mount shows our own group as its root"),
        pytest.param("2:pids:/docker/12\n1:memory:/..\n", {}, id="the mount does not show our group"),
        pytest.param("0::/\n", {}, id="there are none"),
    ],
)
def test_the_first_kind_is_found_where_its_mounts_show_our_groups(own, expected):
    found, kind = find_places(FIRST.format(root="/c"), own=own)

    assert {name: str(path) for name, path in found.items()} == {name: f"/c/{end}" for name, end in expected.items()}
    assert kind == (1 if expected else 0)


@pytest.mark.parametrize(
    ("parted", "mine", "expected"),
    [
        pytest.param({".": "memory pids", "user": "memory pids"}, "user/1", "user", id="above ours, which is a leaf"),
        pytest.param({".": "pids", "user/1": "cpu memory pids"}, "user/1", "user/1", id="our own, which is parted"),
        pytest.param({}, ".", ".", id="ours is all that is to be seen, as in a container"),
    ],
)
def test_the_second_kind_is_found_where_groups_can_be_made(tmp_path, parted, mine, expected):
    root = tmp_path / "a b"
    for place in (root, root / "user", root / "user/1"):
        place.mkdir()
        for name in ("cgroup.procs", "cgroup.subtree_control"):
            (place / name).touch()
        (place / "cgroup.controllers").write_text("cpu io memory pids\n")
    for name, controllers in parted.items():
        (root / name / "cgroup.subtree_control").write_text(controllers)
    mounts = f"41 31 0:38 / {tmp_path}/a\\040b rw,relatime - cgroup2 cgroup2 rw\n"

    found, kind = find_places(mounts, own=f"0::/{'' if mine == '.' else mine}\n")

    assert kind == 2
    assert set(found.values()) <= {root / expected}
    if not parted:
        assert (root / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_no_control_groups_are_found_where_nothing_is_mounted(tmp_path):
    (tmp_path / "mounts").write_text("1 0 0:1 / / rw - ext4 /dev/x rw\n")

    assert ControlGroups.find(mounts=tmp_path / "mounts") == NONE
    assert ControlGroups.find(mounts=tmp_path / "nothing") == NONE
