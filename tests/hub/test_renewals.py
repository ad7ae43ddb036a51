"""A fork server whose packages have changed is followed by a fresh one, and nothing that it has forked notices."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from datahall_forkserver import Child as Forked
from datahall_forkserver import ForkServer, ForkserverError, GateOrder, Request
from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Mount, Scratch, show_python, show_system
from datahall_forkserver.process_start import find_parent
from datahall_forkserver.sandboxes import Sandbox, SandboxPlan, make_sandbox
from datahall_forkserver.surroundings import find_reason_against
from datahall_hub import renewals
from datahall_hub.children import Child
from datahall_hub.home import Home, ensure_home
from datahall_hub.life_line import LifeLine
from datahall_hub.process_plans import plan_fork_server
from datahall_hub.renewals import Renewals

PERSON = Identity(60001, 60001) if os.geteuid() == 0 else None
WAITS = "import sys, time; time.sleep(60)"


class Standing:
    """One fork server of a hall, with a folder of packages that only it has, and who looks after it."""

    def __init__(self, home: Home) -> None:
        self.packages = home.root / "site-packages"
        (self.packages / "known-1.dist-info").mkdir(parents=True)
        self.life_line = LifeLine()
        plan = plan_fork_server("bare", home=home, life_line=self.life_line.end)
        plan = replace(plan, environment={**plan.environment, "PYTHONPATH": str(self.packages)})
        self.child = Child(plan, home.logs / "fork.log")
        assert plan.fork_socket
        self.server = ForkServer(plan.fork_socket)
        self.now = 0.0
        self.renewals = Renewals(clock=lambda: self.now)
        self.programs = home.root
        self.start()

    def start(self) -> None:
        self.child.start()
        wait_until(self.child.plan.is_ready)
        self.child.is_ready = True

    def look(self) -> list[str]:
        """Look once more, after the usual time, and renew what is due."""
        self.now += renewals.LOOK_EVERY
        due = [(child, what) for child, what in self.renewals.find_due([self.child])]
        for child, _ in due:
            child.renew()
        return [Path(what).name for _, what in due]

    def upgrade(self, name: str) -> None:
        (self.packages / f"{name}.dist-info").mkdir()
        next(self.packages.glob("known-*")).rename(self.packages / f"known-{time.monotonic_ns()}.dist-info")

    def fork(self, code: str, **more: object) -> Forked:
        program = self.programs / f"{time.monotonic_ns()}.py"
        program.write_text(code)
        null = os.open(os.devnull, os.O_RDWR)
        try:
            return self.server.fork(Request(file=str(program), **more), streams=(null, null, null))  # type: ignore[arg-type]
        finally:
            os.close(null)

    @property
    def family(self) -> int | None:
        """The process that the supervisor has started and the one that serves comes from."""
        return find_parent(self.server.describe()["pid"])

    def why_not(self) -> str | None:
        reason = find_reason_against(
            self.server.describe()["surroundings"], environment={"LANG": "C.UTF-8"}, folder=self.programs
        )
        return reason and reason.code

    def end(self) -> None:
        self.life_line.close()
        for process in [self.child.process, *self.child._earlier]:
            if process is not None:
                process.kill()
                process.wait()
        wait_until(lambda: not answers(self.server))


@pytest.fixture
def standing() -> Iterator[Standing]:
    folder = Path(tempfile.mkdtemp(prefix="renew"))
    running = Standing(ensure_home(folder / "home"))
    yield running
    running.end()
    shutil.rmtree(folder)


def answers(server: ForkServer) -> bool:
    try:
        return bool(server.describe())
    except ForkserverError:
        return False


def wait_until(is_true: Callable[[], bool], *, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def test_where_nothing_changes_nothing_is_renewed(standing):
    assert [standing.look() for _ in range(3)] == [[], [], []]
    (standing.packages / "unrelated-1.dist-info").mkdir()
    assert [standing.look() for _ in range(3)] == [[], [], []]


def test_it_is_renewed_once_what_changes_has_settled(standing):
    standing.look()
    standing.upgrade("first-1")
    assert standing.why_not() == "stale"  # starts go the ordinary way from now on
    assert standing.look() == []
    standing.upgrade("second-1")
    assert standing.look() == []

    assert len(standing.look()) == 1


def test_what_was_forked_runs_on_and_the_old_one_ends_with_it(standing):
    before = standing.child.process
    child = standing.fork(WAITS)
    standing.look()
    standing.upgrade("new-1")

    standing.look()
    assert len(standing.look()) == 1

    wait_until(lambda: standing.family == standing.child.process.pid)
    assert standing.child.process is not before
    assert (standing.child.renewals, standing.child.find_earlier()) == (1, [before.pid])
    assert standing.why_not() is None
    assert standing.fork("raise SystemExit(3)").wait(10).returncode == 3
    time.sleep(2.5)  # the old one has looked whether its socket is still its own
    assert child.poll() is None
    os.kill(child.pid, 15)
    assert child.wait(10).signal == 15  # it is still told how it ended
    wait_until(lambda: standing.child.find_earlier() == [])
    assert [standing.look() for _ in range(2)] == [[], []]


def test_one_that_serves_without_the_other_is_no_reason(standing):
    """The supervisor starts a fresh one in its place anyhow."""
    standing.look()
    standing.child.process.kill()
    standing.child.process.wait()
    standing.start()
    wait_until(lambda: standing.family == standing.child.process.pid)

    standing.upgrade("new-1")
    standing.look()
    assert len(standing.look()) == 1


def test_where_the_fresh_one_falls_the_old_one_serves_on(standing):
    child = standing.fork(WAITS)
    standing.look()
    standing.upgrade("new-1")
    (standing.packages / "datahall_forkserver.py").write_text("raise SystemExit('half installed')")

    standing.look()
    assert len(standing.look()) == 1
    standing.child.process.wait(20)

    assert standing.child.note_fall() == 1
    assert child.poll() is None
    assert standing.fork("raise SystemExit(3)").wait(10).returncode == 3
    (standing.packages / "datahall_forkserver.py").unlink()
    standing.start()  # as the supervisor does after a pause
    wait_until(lambda: standing.family == standing.child.process.pid)
    assert child.poll() is None


@pytest.mark.sandbox
def test_the_fresh_one_opens_the_gates_again(standing, bubblewrap):
    gate = standing.server.prepare_gate("ann")
    sandbox = show_gate(gate)
    try:
        standing.server.open_gate(GateOrder("ann", sandbox, PERSON))
        before = (gate / standing.server.path.name).stat().st_ino
        standing.look()
        standing.upgrade("new-1")
        standing.look()
        standing.look()

        wait_until(lambda: standing.family == standing.child.process.pid)
        assert standing.server.describe()["gates"] == 1
        assert (gate / standing.server.path.name).stat().st_ino != before
    finally:
        sandbox.end()


def show_gate(gate: Path) -> Sandbox:
    layers = (Scratch(Path("/tmp")), Scratch(Path("/run")), *show_system(), *show_python(), Mount(gate, Path("/run/g")))
    return make_sandbox(SandboxPlan(layers=layers), identity=PERSON)


def test_a_source_that_is_written_while_it_is_imported_is_never_taken_for_imported(standing):
    (standing.packages.parent / "modules").mkdir()
    source = standing.packages.parent / "modules/slow_to_import.py"
    source.write_text("import os, time\nos.utime(__file__, (time.time() + 1, time.time() + 1))\n")
    argv = (*standing.child.plan.argv, "--module", "slow_to_import")
    environment = {**standing.child.plan.environment, "PYTHONPATH": str(source.parent)}
    standing.child.plan = replace(standing.child.plan, argv=argv, environment=environment)
    standing.child.renew()
    wait_until(lambda: standing.family == standing.child.process.pid)

    assert standing.why_not() == "stale"
