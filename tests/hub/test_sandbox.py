"""The walls: tried by real programs inside a real sandbox."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from datahall_hub.person_sandbox import find_missing_place
from datahall_hub.sandbox import Mount, Walls, bwrap_command, find_missing_wall
from datahall_hub.settings import CHECKOUT, Settings
from datahall_hub.walls import WallsError, describe_walls, require_walls

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
INSIDE = Path("/home/jovyan")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def run(script: str, *, walls: Walls) -> subprocess.CompletedProcess[str]:
    """Run a shell script inside the walls, with an empty environment."""
    return subprocess.run(
        bwrap_command(["/bin/sh", "-c", script], walls=walls),
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_this_machine_can_make_sandboxes():
    assert find_missing_wall() is None


def test_the_home_is_writable_and_what_is_written_is_there_outside(home):
    result = run("pwd; echo kept > note", walls=Walls(home=home, home_inside=INSIDE, hidden=()))

    assert result.stdout.strip() == str(INSIDE)
    assert (home / "note").read_text() == "kept\n"


@pytest.mark.parametrize("path", ["/", "/usr", "/etc", "/home", "/proc/sys/kernel/hostname"])
def test_nothing_else_can_be_written(home, path):
    script = f"touch {path}/x 2>/dev/null || echo x > {path} && echo WRITTEN"

    assert "WRITTEN" not in run(script, walls=Walls(home=home, home_inside=INSIDE, hidden=())).stdout


def test_no_switch_of_the_kernel_can_be_moved_even_where_root_runs_the_hall(home):
    script = "find /proc -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -type f -writable -print"

    shown = run(script, walls=Walls(home=home, home_inside=INSIDE, hidden=())).stdout.split()

    assert [path for path in shown if not path.startswith("/proc/thread-self")] == []


def test_the_machines_other_folders_are_absent(home, tmp_path):
    (tmp_path / "secret").write_text("secret")
    absent = [tmp_path / "secret", Path.home() / ".bashrc", Path("/etc/shadow"), CHECKOUT / ".git", CHECKOUT / "tests"]

    for path in absent:
        assert run(f"test -e {path}", walls=Walls(home=home, home_inside=INSIDE, hidden=())).returncode == 1, path


def test_a_hidden_folder_stays_unseen_below_one_that_is_shown(home):
    folder = CHECKOUT / "catalogs/datasets"
    walls = Walls(home=home, home_inside=INSIDE, hidden=(folder,))

    assert run(f"ls -A {folder}", walls=walls).stdout == ""
    assert run(f"ls -A {folder.parent}", walls=walls).stdout != ""


def test_a_mount_is_read_only_unless_it_is_asked_to_be_writable(home, tmp_path):
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
    mounts = (
        Mount(tmp_path / "closed", Path("/mnt/closed")),
        Mount(tmp_path / "open", Path("/mnt/open"), writable=True),
    )

    run("touch /mnt/closed/x; touch /mnt/open/x", walls=Walls(home=home, home_inside=INSIDE, hidden=(), mounts=mounts))

    assert not (tmp_path / "closed/x").exists()
    assert (tmp_path / "open/x").exists()


@pytest.mark.parametrize(("network", "reaches"), [(False, False), (True, True)], ids=["no network", "shared network"])
def test_without_a_network_not_even_this_machine_is_reached(home, network, reaches):
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), timeout=5)"
        result = run(f'python3 -c "{code}"', walls=Walls(home=home, home_inside=INSIDE, hidden=(), network=network))

    assert (result.returncode == 0) is reaches


def test_other_processes_are_not_seen(home):
    listed = run("ls /proc | grep -c '^[0-9]'", walls=Walls(home=home, home_inside=INSIDE, hidden=())).stdout

    assert int(listed) <= 5


def test_one_is_nobody_special_and_cannot_become_it(home):
    script = (
        "id -u; grep CapEff /proc/self/status; unshare -U true && echo NESTED; mount -t tmpfs x /mnt && echo MOUNTED"
    )

    shown = run(script, walls=Walls(home=home, home_inside=INSIDE, hidden=())).stdout.split()

    assert shown == ["1000", "CapEff:", "0000000000000000"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_walls_that_are_switched_off_allow_loopback_only(host):
    require_walls(Settings(host="127.0.0.1", unsafe_no_sandbox=True))

    with pytest.raises(WallsError, match=host):
        require_walls(Settings(host=host, unsafe_no_sandbox=True))


def test_with_walls_any_address_will_do():
    require_walls(Settings(host="0.0.0.0", sandbox="required"))


def test_each_wall_is_on_or_off_with_a_reason():
    walls = describe_walls(Settings(sandbox="auto"))

    assert set(walls) == {"mount", "pid", "net", "seccomp", "cgroup", "quota"}
    assert walls["mount"] == walls["pid"] == "on"
    assert all(state == "on" or state.startswith("off: ") for state in walls.values())
    assert describe_walls(Settings(unsafe_no_sandbox=True))["mount"].startswith("off: ")


def test_whether_peoples_sandboxes_can_be_made_is_tried(bubblewrap, monkeypatch, tmp_path):
    assert find_missing_place(30_000) is None

    find_missing_place.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "bubblewrap is not installed" in (find_missing_place(30_000) or "")
    find_missing_place.cache_clear()
