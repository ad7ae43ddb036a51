"""A fork server that stands by for its own death: killed at every place and moment, it serves on and loses nobody."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from datahall_forkserver import Child, ForkServer, ForkserverError, Request, reopen_child

from tests.extensions.conftest import is_running, wait_until
from tests.soak import rounds


class Standing:
    """A fork server with one that stands by, as a supervisor starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = ForkServer(folder / "s")
        self.life_line, self._held = os.pipe()
        self.programs = 0
        self.waiting = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", "bare", "--standby"]
        argv += ["--socket", str(self.server.path), "--life-line", str(self.life_line)]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, pass_fds=[self.life_line])
        assert process.stdout
        with process.stdout:
            assert process.stdout.readline() == b"listens\n"
        return process

    @property
    def serving(self) -> int:
        return int(self.server.describe()["pid"])

    def fork(self, code: str) -> Child:
        self.programs += 1
        program = self.folder / f"{self.programs}.py"
        program.write_text(code)
        null = os.open(os.devnull, os.O_RDWR)
        try:
            return self.server.fork(Request(file=str(program)), streams=(null, null, null))
        finally:
            os.close(null)

    def family(self) -> list[psutil.Process]:
        """Everything that runs for this folder, children of the fork server included: they keep its command line."""
        found = []
        for each in psutil.process_iter(["cmdline"]):
            if any(str(self.folder) in word for word in each.info["cmdline"] or ()):
                found.append(each)
        return found

    def cut(self) -> None:
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def end(self) -> None:
        self.cut()
        for each in self.family():
            with suppress(psutil.NoSuchProcess):  # it ended meanwhile, as the one did that it had been started by
                each.kill()
        self.waiting.wait(10)
        os.close(self.life_line)


@pytest.fixture
def standing() -> Iterator[Standing]:
    folder = Path(tempfile.mkdtemp(prefix="stand"))
    running = Standing(folder)
    yield running
    running.end()
    shutil.rmtree(folder)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_the_next_server_serves_at_once_and_tells_how_children_of_the_dead_one_ended(standing):
    lives = standing.fork("import time; time.sleep(1); raise SystemExit(7)")
    ended = standing.fork("import time; time.sleep(0.2); raise SystemExit(8)")
    before = standing.serving

    kill(before)
    began = time.monotonic()

    assert standing.fork("raise SystemExit(3)").wait(10).returncode == 3
    assert time.monotonic() - began < 1
    assert standing.serving != before
    assert standing.server.find_child(pid=lives.pid, started=lives.started).wait(10).returncode == 7
    assert standing.server.find_child(pid=ended.pid, started=ended.started).wait(10).returncode == 8
    assert standing.server.find_child(pid=lives.pid, started=lives.started).wait(10).returncode == 7


def test_where_the_one_that_waits_dies_the_server_goes_on_until_another_takes_over(standing):
    child = standing.fork("import time; time.sleep(60)")
    before = standing.serving

    kill(standing.waiting.pid)
    standing.waiting.wait(10)

    assert standing.serving == before
    assert standing.fork("raise SystemExit(3)").wait(10).returncode == 3
    standing.waiting = standing.start()
    assert standing.serving != before
    assert reopen_child(pid=child.pid, started=child.started)
    child.send_signal(signal.SIGKILL)
    assert child.wait(10).returncode == -9  # the first server lives for as long as its child did
    wait_until(lambda: not is_running(before))
    assert standing.fork("raise SystemExit(4)").wait(10).returncode == 4


def test_both_end_when_asked_to_once_the_last_child_has(standing):
    child = standing.fork("import time; time.sleep(0.5); raise SystemExit(5)")

    standing.waiting.terminate()

    wait_until(lambda: not standing.server.path.exists())
    assert child.wait(10).returncode == 5
    assert standing.waiting.wait(10) == 0
    assert standing.family() == []


def test_everything_ends_with_the_life_line(standing):
    first = standing.fork("import time; time.sleep(60)")
    kill(standing.serving)
    second = standing.fork("import time; time.sleep(60)")

    standing.cut()

    assert standing.waiting.wait(10) == 0
    wait_until(lambda: not is_running(first.pid) and not is_running(second.pid))
    assert standing.family() == []


def test_a_server_that_can_not_live_is_not_forked_without_pause(standing):
    for _ in range(6):
        kill(standing.serving)
    began = time.monotonic()

    standing.serving  # noqa: B018 it answers

    assert time.monotonic() - began > 0.3


@pytest.mark.soak
def test_servers_killed_at_random_moments_leave_no_orphan_no_zombie_and_no_descriptor(standing):
    """The one that waits is killed now and then as well, and started anew, as a supervisor does."""
    chance = random.Random(5)
    wait_until(lambda: len(standing.family()) == 2)
    before = psutil.Process(standing.serving).num_fds()
    known: list[Child] = []
    failures = 0
    for number in range(rounds(200)):
        victim = standing.waiting.pid if number % 7 == 6 else standing.serving
        killing = threading.Timer(chance.uniform(0, 0.02), kill, [victim])
        killing.start()
        for _ in range(3):
            try:
                known.append(standing.fork("import time; time.sleep(600)"))
            except ForkserverError:  # an ordinary start would follow
                failures += 1
        killing.join()
        if victim == standing.waiting.pid:
            standing.waiting.wait(10)
            standing.waiting = standing.start()
        while len(known) > 10:
            known.pop(0).send_signal(signal.SIGKILL)

    assert known
    for child in known:
        child.send_signal(signal.SIGKILL)
    # Nobody that no one knows of: what is left is one that waits and one that serves.
    wait_until(lambda: len(standing.family()) == 2, within=20)
    zombies = [each for each in psutil.process_iter(["status", "ppid"]) if each.info["status"] == "zombie"]
    ours = {standing.waiting.pid, standing.serving}
    assert [each for each in zombies if each.info["ppid"] in ours] == []
    wait_until(lambda: psutil.Process(standing.serving).num_fds() <= before)
