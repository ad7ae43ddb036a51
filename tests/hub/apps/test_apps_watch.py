"""Visits that use too much where there are no control groups, with real processes in namespaces of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from datahall_forkserver.process_start import find_start
from datahall_forkserver.sandboxes import Sandbox
from datahall_hub.services.apps.visit_watch import MOST_PROCESSES, VisitWatch

MB = 1_000_000
MEMORY = 300 * MB
GROW = "import time\nx = []\nwhile True: x.append(b'x' * 5_000_000); time.sleep({})"
HOLD = "x = b'x' * 150_000_000; import time; time.sleep(60)"
Start = Callable[[str], tuple[Sandbox, psutil.Process]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run a program in a process namespace of its own, beside a first process that only waits."""
    started = []

    def start_visit(program: str) -> tuple[Sandbox, psutil.Process]:
        argv = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--pid", "--fork",
                "--kill-child", "/bin/sh", "-c", '"$0" -c "$1" & wait; sleep 60', sys.executable, program]  # fmt: skip
        process = subprocess.Popen(argv)
        started.append(process)
        deadline = time.monotonic() + 10
        while len(inside := psutil.Process(process.pid).children(recursive=True)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        first, kernel = inside[:2]
        return Sandbox(first.pid, find_start(first.pid) or 0), kernel

    yield start_visit
    for process in started:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], bool], *, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("pause", [0.01, 0], ids=["slowly", "as fast as it can"])
def test_a_visit_that_outgrows_its_memory_ends_alone_and_it_is_known_why(start: Start, pause: float) -> None:
    watch = VisitWatch(Path("/nonexistent"))
    greedy, growing = start(GROW.format(pause))
    modest, holding = start(HOLD)
    for visit in (greedy, modest):
        watch.add(visit, memory=MEMORY)

    most = 0
    while not is_gone(growing):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            most = max(most, growing.memory_info().rss)
        time.sleep(0.02)

    assert most < MEMORY + 3_000 * MB  # what is touched within a moment
    assert greedy.is_alive
    assert watch.remove(greedy) == "memory"
    assert not is_gone(holding)
    assert watch.remove(modest) is None


BREED = """
import os
for _ in range({}): os.fork() or os.execlp("sh", "sh", "-c", {!r})
import time; time.sleep(60)"""


def test_a_visit_with_too_many_processes_at_work_is_ended_and_one_whose_processes_wait_is_not(start: Start) -> None:
    watch = VisitWatch(Path("/nonexistent"))
    wild, breeding = start(BREED.format(2 * MOST_PROCESSES, "while :; do :; done"))
    modest, waiting = start(BREED.format(2 * MOST_PROCESSES, "sleep 60"))
    for visit in (wild, modest):
        watch.add(visit, memory=MEMORY)

    wait_until(lambda: not wild.is_alive and is_gone(breeding))

    assert watch.remove(wild) == "processes"
    assert not is_gone(waiting)
    assert watch.remove(modest) is None


def test_what_has_the_number_of_an_ended_visit_is_let_be(start: Start) -> None:
    """Numbers of namespaces are given again."""
    watch = VisitWatch(Path("/nonexistent"))
    other, running = start(HOLD)
    ended = Sandbox(other.pid, other.started - 1)
    watch.add(ended, memory=10 * MB)

    time.sleep(3)

    assert not is_gone(running)
    assert watch.remove(ended) is None
