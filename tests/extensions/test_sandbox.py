"""A bubblewrap sandbox, seen by forked children that have entered it, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import sys
import time
from pathlib import Path

import pytest
from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Mount, Scratch, hide, show_python
from datahall_forkserver.namespaces import open_entrance
from datahall_forkserver.programs import seal_program
from datahall_forkserver.sandboxes import Sandbox, SandboxError, SandboxPlan, find_sandbox, make_sandbox

from tests.extensions.visitors import PERSON, Visitor

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]


def test_the_home_is_writable_and_what_is_written_is_there_outside(visitor):
    visitor.find("open('/home/person/note', 'w').write('kept')")

    assert (visitor.home / "note").read_text() == "kept"


def test_only_what_is_bound_is_seen(visitor):
    absent = [visitor.folder, visitor.folder / "other/secret", "/etc/shadow", "/etc/passwd", "/boot", "/sys", "/mnt"]
    source = f"import os; found = [p for p in {[str(path) for path in absent]!r} if os.path.exists(p)], os.listdir('/')"

    seen, root = visitor.find(source)

    assert seen == []
    assert set(root) <= {"bin", "dev", "etc", "home", "lib", "lib32", "lib64", "proc", "root", "run", "sbin", "tmp",
                         "usr", "var", *Path(sys.executable).resolve().parts, *Path(sys.prefix).parts}  # fmt: skip


@pytest.mark.parametrize("visitor", ["root"], indirect=True)
def test_a_folder_that_only_root_can_reach_is_shown_where_root_makes_the_sandbox(visitor):
    closed = visitor.folder / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    (closed / "data/open").write_text("open")
    (closed / "data/private").write_text("private")
    (closed / "data/private").chmod(0o600)
    visitor.shown = {str(closed / "data"): "/home/data"}

    found = visitor.find("import os; found = open('/home/data/open').read(), os.access('/home/data/private', os.R_OK)")

    assert found == ["open", False]


def test_bubblewrap_is_found_by_a_link_to_which_only_the_maker_has_a_way(tmp_path, monkeypatch, bubblewrap):
    tmp_path.chmod(0o700)
    (tmp_path / "bwrap").symlink_to(bubblewrap)
    monkeypatch.setenv("PATH", str(tmp_path))

    sandbox = make_sandbox(SandboxPlan(), identity=Identity(60001, 60001) if os.geteuid() == 0 else None)

    assert sandbox.is_alive
    sandbox.end()


def test_a_source_that_is_not_there_is_named(visitor):
    visitor.shown = {str(visitor.folder / "nowhere"): "/home/data"}

    result = visitor.start("found = 1")

    assert f"{visitor.folder}/nowhere can't be shown in a sandbox: No such file or directory." in result.stderr


def test_nothing_else_can_be_written(visitor):
    source = """
import os
found = []
for place, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(place, f) not in ("/proc", "/home/person", "/usr/share")]
    found += [p for p in [place, *(os.path.join(place, f) for f in files)]
              if os.access(p, os.W_OK) and not os.path.islink(p)]
"""
    devices = {
        "/dev/" + name for name in ("full", "null", "ptmx", "random", "tty", "urandom", "zero", "pts", "pts/ptmx")
    }

    found = {path for path in visitor.find(source) if not path.startswith(("/tmp", "/run", "/dev/shm"))}

    assert found <= devices


def test_no_switch_of_the_kernel_can_be_moved(visitor):
    source = """
import os
found = []
for place, folders, files in os.walk("/proc"):
    folders[:] = [f for f in folders if not (place == "/proc" and (f.isdigit() or f.endswith("self")))]
    found += [p for p in (os.path.join(place, f) for f in files) if os.access(p, os.W_OK)]
"""
    assert visitor.find(source) == []


def test_what_one_writes_to_temporary_places_is_bounded(visitor):
    source = """
found = []
for place in ("/tmp/x", "/run/x"):
    try:
        with open(place, "wb") as file:
            file.write(bytes(2 << 20))
    except OSError as error:
        found.append(error.strerror)
"""
    assert visitor.find(source) == ["No space left on device"] * 2


def test_other_processes_are_not_seen_and_signals_do_not_reach_them(visitor):
    source = f"""
import os, signal
found = sorted(int(name) for name in os.listdir("/proc") if name.isdigit()), os.getppid()
try:
    os.kill({os.getpid()}, 0)
    found = "reached"
except ProcessLookupError:
    pass
os.kill(1, signal.SIGKILL)
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:  # the first process is exempt, and there is no other
    pass
"""
    told = visitor.visit(source, "found = 'still here'")

    assert told["visits"][0]["found"] == [[1, 2], 0]
    assert told["visits"][1]["found"] == "still here"
    assert told["lived"]


def test_what_descendants_leave_behind_is_gathered_in(visitor):
    source = """
import os, time
for turn in range(20):
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            time.sleep(0.02 * (turn % 2))
        os._exit(0)
    os.waitpid(child, 0)
deadline = time.monotonic() + 5
while time.monotonic() < deadline:
    found = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    if found == [1, os.getpid()]:
        break
    time.sleep(0.02)
"""
    assert visitor.find(source) == [1, 2]


def test_the_first_process_knows_nothing(visitor):
    source = """
import os
found = open("/proc/1/environ").read(), [os.readlink(f"/proc/1/fd/{n}") for n in os.listdir("/proc/1/fd")]
"""
    environment, files = visitor.find(source)

    assert "SECRET" not in environment
    assert set(files) == {"/dev/null"}


def test_the_first_process_may_do_no_more_than_those_who_can_write_its_memory(visitor):
    source = """
lines = dict(line.split(":", 1) for line in open("/proc/1/status"))
found = [lines[name].strip() for name in ("CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")]
"""
    assert visitor.find(source) == ["0" * 16] * 2 + ["1", "2"]


def test_no_capability_is_left_and_none_can_be_had(visitor):
    source = """
import os
lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
found = [lines[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")]
found += [os.getresuid(), os.getresgid(), os.getgroups()]
"""
    found = visitor.find(source)

    assert found == [*["0" * 16] * 5, "1", "2", [1000] * 3, [1000] * 3, []]


def test_a_setuid_program_gains_nothing(visitor):
    if os.geteuid() != 0:
        pytest.skip("only root can plant one")
    shutil.copy("/usr/bin/id", visitor.home / "id")
    (visitor.home / "id").chmod(0o4755)

    source = "import subprocess; found = subprocess.check_output(['/home/person/id', '-u'], text=True)"

    assert visitor.find(source) == "1000\n"


def test_no_device_can_be_made_and_the_program_outside_stays_as_it_is(visitor):
    source = """
import os, stat
found = []
for act in (lambda: os.mknod("/home/person/disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0)),
            lambda: os.chmod("/proc/self/exe", 0o700), lambda: open("/proc/self/exe", "r+b")):
    try:
        act()
        found.append("done")
    except OSError as error:
        found.append(type(error).__name__)
"""
    assert "done" not in visitor.find(source)


def test_a_python_at_the_root_of_the_machine_shows_no_more_than_itself(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/python3")
    monkeypatch.setattr(sys, "prefix", "/")

    assert Path("/") not in [layer.target for layer in show_python()]


OWN_PROGRAM = """
import os
for act in (lambda: os.chmod("/proc/self/exe", 0o700), lambda: open("/proc/self/exe", "r+b").write(b"x")):
    try:
        act()
    except OSError:
        pass
found = os.readlink("/proc/self/exe")
"""


@pytest.fixture
def own_python(visitor: Visitor) -> Path:
    """A Python that belongs to the very user whose sandbox it is."""
    python = visitor.folder / "python3"
    shutil.copy(Path("/usr/bin/python3").resolve(), python)
    if os.geteuid() == 0:
        os.chown(python, PERSON, PERSON)
    return python


def test_a_program_that_one_inside_could_change_is_not_forked(visitor, own_python):
    result = visitor.start(OWN_PROGRAM, python=str(own_python), environment={"PYTHONHOME": "/usr"})

    assert result.returncode != 0
    assert "belongs to the user whose sandbox it is: start this process from a sealed copy" in result.stderr


def test_a_sealed_copy_of_it_is_and_the_file_outside_stays_as_it_is(visitor, own_python):
    before = own_python.stat()
    sealed = seal_program(own_python)
    try:
        result = visitor.start(
            OWN_PROGRAM, python=f"/proc/self/fd/{sealed}", environment={"PYTHONHOME": "/usr"}, pass_fds=(sealed,)
        )
    finally:
        os.close(sealed)

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["visits"][0]["found"].startswith("/memfd:")
    assert (own_python.stat().st_mode, own_python.stat().st_ctime_ns) == (before.st_mode, before.st_ctime_ns)


def test_descriptors_are_those_that_were_given(visitor):
    found = visitor.find("import os; found = sorted(int(n) for n in os.listdir('/proc/self/fd'))")

    assert found[:3] == [0, 1, 2]
    assert len(found) == 3 + 2  # the pipe to tell what was found, and the listing's own


def test_the_network_is_shared_only_where_the_plan_says_so(visitor):
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=5).close()
    found = "reached"
except OSError as error:
    found = error.strerror
found = found, sorted(line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:])
"""
        assert visitor.find(source, network=False) == ["Connection refused", ["lo"]]
        assert visitor.find(source, network=True)[0] == "reached"


def test_ordinary_programs_threads_and_children_work(visitor):
    source = """
import multiprocessing, os, subprocess, threading, asyncio, socket
done = []
for end in os.openpty():
    os.close(end)
open("/proc/self/environ").read()
thread = threading.Thread(target=lambda: done.append(1)); thread.start(); thread.join()
done.append(subprocess.run(["/bin/sh", "-c", "echo two"], capture_output=True, text=True).stdout.strip())
asyncio.run(asyncio.sleep(0))
with multiprocessing.get_context("fork").Pool(1) as pool:
    done += pool.map(str, [3])
socket.getaddrinfo("localhost", 80)
found = done
"""
    assert visitor.find(source) == [1, "two", "3"]


@pytest.mark.parametrize("dies_with_maker", [False, True])
def test_a_sandbox_outlives_its_maker_unless_it_is_tied_to_it(visitor, dies_with_maker):
    visitor.further = {"abandon": True, "dies_with_maker": dies_with_maker}

    result = visitor.start()

    made = json.loads(result.stdout)
    try:
        deadline = time.monotonic() + 5
        while dies_with_maker and find_sandbox(**made) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (find_sandbox(**made) is None) == dies_with_maker
    finally:
        if sandbox := find_sandbox(**made):
            sandbox.end()
    assert find_sandbox(**made) is None


def test_a_source_within_what_can_be_written_is_refused(visitor):
    (visitor.home / "planted").symlink_to("/etc")
    visitor.shown = {str(visitor.home / "planted"): "/home/data"}

    assert "lies within what the sandbox can write" in visitor.start("found = 1").stderr


def test_what_lies_in_something_shown_can_be_hidden():
    beneath = (Mount(Path("/srv/data"), Path("/srv/data")),)

    assert hide(Path("/srv/data/secret"), beneath=beneath) == (Scratch(Path("/srv/data/secret"), 4096, writable=False),)
    assert hide(Path("/srv/other"), beneath=beneath) == ()


@pytest.mark.parametrize(("user", "group"), [(0, 5), (5, 0), (-1, 5)])
def test_root_is_nobody_to_run_a_sandbox_as(user, group):
    with pytest.raises(ValueError, match="ordinary user"):
        Identity(user, group)
    with pytest.raises(ValueError, match="ordinary user"):
        SandboxPlan(user=user, group=group)


def test_an_ended_sandbox_is_not_entered_and_ends_again_in_peace():
    gone = Sandbox(os.getpid(), started=1)  # the process lives, but it is another one

    gone.end()
    with pytest.raises(SandboxError):
        open_entrance(gone, identity=Identity(PERSON, PERSON) if os.geteuid() == 0 else None)


def test_fifty_visits_leave_nothing_behind(visitor):
    told = visitor.visit(*["found = 1"] * 50)

    assert [each["found"] for each in told["visits"]] == [1] * 50
    assert told["found_again"]
    assert not told["lives"]
    assert (told["children_left"], told["descriptors_left"], told["mounts_left"]) == ([], 0, 0)
    seconds = sorted(each["seconds"] for each in told["visits"])
    print(f"made in {told['made'] * 1000:.1f} ms, entered in {statistics.median(seconds) * 1000:.1f} ms")
