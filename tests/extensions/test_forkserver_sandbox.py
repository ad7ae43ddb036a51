"""A fork server whose children enter sandboxes, as root and as an ordinary user."""

from __future__ import annotations

import os

import pytest
from datahall_forkserver import RefusedError, Request
from datahall_forkserver.identities import Identity
from datahall_forkserver.sandboxes import Sandbox

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]


def test_a_child_enters_its_sandbox_and_how_it_ends_is_told(visitor):
    code = """
import os, sys
print(os.getuid(), os.getcwd(), os.listdir("/home"), os.getppid(), os.getsid(0) == os.getpid(), sys.argv, __file__)
sys.exit(5)
"""
    told = visitor.fork({"code": code, "arguments": ["a"]})["forks"][0]

    place = "/home/person/child.py"
    assert told["said"].strip() == f"1000 /home/person ['person'] 0 True ['{place}', 'a'] {place}"
    assert told["returncode"] == told["later"] == 5


def test_what_is_left_inside_ends_with_the_sandbox_and_is_reaped(visitor):
    code = "import os, time; os.fork() or (os.closerange(0, 3), time.sleep(60))"

    told = visitor.fork({"code": code}, {"code": code})

    assert [each["returncode"] for each in told["forks"]] == [0, 0]
    assert told["children"] == 0


def test_a_signal_reaches_a_child_inside_and_its_group(visitor):
    code = "import subprocess, time; p = subprocess.Popen(['sleep', '60']); print('on', flush=True); time.sleep(60)"

    told = visitor.fork({"code": code, "then": "terminate"})["forks"][0]

    assert told["returncode"] == -15
    assert told["took"] < 5


def test_a_child_inside_has_the_limits_and_the_standing_that_were_asked_for(visitor):
    code = "import os, resource as r; print(os.nice(0), r.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_NPROC))"
    limits = {"RLIMIT_NOFILE": 64, "RLIMIT_NPROC": 50}

    told = visitor.fork({"code": code, "limits": limits, "nice": 7})["forks"][0]

    assert told["said"].strip() == "7 (64, 64) (50, 50)"


def test_descriptors_that_have_names_are_found_by_them_and_nothing_else_is_open(visitor):
    code = """
import os
named = dict(each.split("=") for each in os.environ["DATAHALL_DESCRIPTORS"].split(","))
print({name: os.readlink(f"/proc/self/fd/{number}").split(":")[-1].split()[0] for name, number in named.items()})
print([n for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")])
"""
    told = visitor.fork({"code": code, "descriptors": ["listener", "other"]})["forks"][0]

    assert told["said"].split("\n")[:2] == ["{'listener': 'listener', 'other': 'other'}", "['0', '1', '2', '3', '4']"]


def test_a_child_that_cannot_begin_inside_tells_why(visitor):
    told = visitor.fork({"code": "pass", "folder": "/nowhere"})["forks"][0]

    assert told["refused"] == "not-started"
    assert "/nowhere" in told["message"]


def test_a_child_inside_dies_with_its_server_where_that_is_asked(visitor):
    code = "import time; print('on', flush=True); time.sleep(60)"

    told = visitor.fork({"code": code, "dies_with_server": True, "then": "kill the server"})["forks"][0]

    assert told["returncode"] == 255


def test_a_server_of_ten_children_inside_holds_no_descriptor_more_than_one_of_a_single_child(visitor):
    one, ten = (visitor.fork(*[{"code": "pass"}] * count)["descriptors"] for count in (1, 10))

    assert ten <= one


@pytest.mark.parametrize("visitor", ["root"], indirect=True)  # others have no children born inside
def test_a_child_that_has_the_servers_number_inside_is_not_taken_for_it(visitor):
    """As in a container, where the server's number is as small as those in sandboxes."""
    visitor.wrapper = ["unshare", "--pid", "--fork", "--mount-proc"]

    told = visitor.fork(*[{"code": "import os; print(len(os.listdir('/proc/self/fd')), end='')"}] * 20)

    assert {(each.get("said"), each.get("returncode")) for each in told["forks"]} == {("4", 0)}


def test_a_sandbox_that_has_ended_is_not_entered(bare_server):
    identity = Identity(60001, 60001) if os.geteuid() == 0 else None
    with pytest.raises(RefusedError, match="has ended") as refused:
        bare_server.fork(Request(file="/x", sandbox=Sandbox(1 << 22, 1), identity=identity), streams=(0, 1, 2))

    assert refused.value.code == "sandbox"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_child_runs_as_somebody_else_where_root_asks_for_it_without_a_sandbox(bare_server, tmp_path):
    program = tmp_path / "who.py"
    (tmp_path / "said").touch()
    program.write_text("import os; print(os.getresuid(), os.getresgid(), os.getgroups())")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o111)
    with (tmp_path / "said").open("w") as said:
        request = Request(file=str(program), identity=Identity(60001, 60002))
        child = bare_server.fork(request, streams=(said.fileno(),) * 3)

    assert child.wait(10).returncode == 0
    assert (tmp_path / "said").read_text().strip() == "(60001, 60001, 60001) (60002, 60002, 60002) []"
