"""Memory of what is forked through a gate: who outgrows it ends alone, and whoever asked is told why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from datahall_forkserver.control_group_limits import GroupLimits
from datahall_forkserver.control_groups import ControlGroups, Group

from tests.extensions.test_forkserver_gates import through
from tests.extensions.visitors import Visitor

# Of an ordinary user's hall nobody's memory is bounded by groups here: they are root's.
pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.usefixtures("bubblewrap"),
    pytest.mark.parametrize("visitor", ["root"], indirect=True),
]

MiB = 1 << 20
GROW = "x = bytearray(400 << 20)\\nfor i in range(0, len(x), 4096): x[i] = 1"


@pytest.fixture
def person(visitor: Visitor) -> Iterator[Group]:
    groups = ControlGroups.find()
    if isinstance(groups, str) or "memory" not in groups.controllers:
        pytest.skip("no control groups of memory")
    yield groups.make("person", GroupLimits(memory=512 * MiB, processes=50))
    groups.base.kill()
    assert groups.remove()


def test_a_child_that_outgrows_its_memory_ends_alone_and_the_reason_is_told(visitor, person):
    code = f"""
end, start = os.pipe()
other = server.fork(Request(**program("import time; print(1, flush=True); time.sleep(60)")), streams=(0, start, 2))
os.close(start); os.read(end, 1)
child, said, ended = run("{GROW}\\nprint('grown')")
print(ended.signal, ended.reason, repr(said), other.poll())
child, said, ended = run("print('another')")
print(ended.code, ended.reason, said.strip())
other.send_signal(signal.SIGKILL); print(other.wait(5).reason)
"""
    said, _ = through(visitor, code, groups=person.folders, memory=100 * MiB)

    assert said.splitlines() == ["9 memory '' None", "0 None another", "None"]


def test_no_group_of_a_child_is_left(visitor, person):
    code = "print([run('print(1)')[1].strip() for _ in range(5)], run('import os; os.fork() or os.setsid()')[2].code)"

    said, _ = through(visitor, code, groups=person.folders)

    assert said == "['1', '1', '1', '1', '1'] 0"
    assert person.remove(within=5)


def test_a_fork_bomb_comes_to_its_bound_and_others_fork_on(visitor, person):
    bomb = "import os, time\\ntry:\\n    while True: os.fork()\\nexcept OSError: time.sleep(2)"
    code = f"""
child = server.fork(Request(**program("{bomb}")), streams=(0, 1, 2))
time.sleep(0.5)
child.send_signal(signal.SIGKILL)
print("over")
"""
    said, _ = through(visitor, code, groups=person.folders)

    assert said == "over"
    assert len(person.read_processes()) == 0
