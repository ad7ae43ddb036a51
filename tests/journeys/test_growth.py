"""Two thousand kernels that start, run a cell and end in a real hall leave nothing behind, in no process of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.journeys.arena import Arena, Person
from tests.running_hall import RunningHall
from tests.soak import rounds

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
KERNELS = rounds(2000) if rounds(10) == 10 else 20  # each takes a third of a second
WARM_UP = 20
# A stock server keeps each kernel's channels for as long as it might wait for the kernel's name: a minute else.
PATIENCE = {"MappingKernelManager": {"kernel_info_timeout": 2}}
BUSY = {"fetch"}  # with what has nothing to do with kernels, in the first minutes of a hall
SETTLES_WITHIN = 30.0  # seconds
# Bytes that a process may have grown by: what caches and the allocator's leftovers take, far from a leak each time.
GROWTH = 8_000_000
GROWTH_OF_SERVER = 20_000_000


@dataclass(frozen=True)
class State:
    """What a process holds."""

    descriptors: int
    memory: int
    children: int


@pytest.fixture(scope="module")
def alice(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[Person]:
    hall = RunningHall(tmp_path_factory.mktemp("growth") / "home").start()
    try:
        browser = hall.person("alice")
        person = Person(hall, "alice", browser)
        with person.kernel() as kernel:
            kernel.run(
                "import pathlib; folder = pathlib.Path.home() / '.jupyter'; folder.mkdir(exist_ok=True)\n"
                f"(folder / 'jupyter_server_config.json').write_text({json.dumps(PATIENCE)!r})"
            )
        hall.stop_server(browser, "alice")
        yield Person(hall, "alice", browser)
    finally:
        hall.stop()


def use_kernels(person: Person, count: int) -> None:
    for number in range(count):
        with person.kernel() as kernel:
            assert kernel.run("print(6 * 7)") == "42\n", number


def look(person: Person) -> dict[str, State]:
    """Return what each process of the hall holds that stays for all kernels."""
    arena = Arena(person.hall, person, person, kernel=None)  # type: ignore[arg-type]  # nobody is attacked
    processes = {name: psutil.Process(child["pid"]) for name, child in arena.children.items() if name not in BUSY}
    for name in ("fork-kernel", "fork-server"):
        waiting = processes[name]
        serving = next(each for each in waiting.children() if os.getsid(each.pid) == waiting.pid)
        processes[f"{name} that serves"] = serving
    processes["supervisor"] = psutil.Process(person.hall.pid)
    processes["alice's server"] = psutil.Process(arena.find_limited(person)["server"])
    processes["alice's first process"] = psutil.Process(arena.find_limited(person)["pid"])
    return {name: _look_at(each) for name, each in processes.items()}


def _look_at(process: psutil.Process) -> State:
    return State(process.num_fds(), _measure_memory(process.pid), len(process.children()))


def _measure_memory(pid: int) -> int:
    """Return the bytes of a process that stand in no file.

    Those that it shares with what it was forked from count, too: else every page that one of the two writes to would
    be growth of both, though neither has any more. Programs' code is left out: it is whoever's looked last.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("Anonymous:", "Swap:")))


def wait_until(claim: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SETTLES_WITHIN
    while not (is_true := claim()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return is_true


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_kernels_that_start_and_end_leave_no_descriptor_process_or_memory_in_the_hall(alice):
    alice.hall.wait_until_calm()  # a hall tries its own apps when it starts first
    use_kernels(alice, WARM_UP)
    time.sleep(2 * PATIENCE["MappingKernelManager"]["kernel_info_timeout"])
    before = look(alice)

    use_kernels(alice, KERNELS)

    def has_settled() -> bool:
        now = look(alice)
        return now.keys() == before.keys() and all(
            now[name].descriptors <= before[name].descriptors and now[name].children <= before[name].children
            for name in before
        )

    assert wait_until(has_settled), tell(before, look(alice))
    after = look(alice)
    grown = {name: after[name].memory - before[name].memory for name in before}
    print("\n".join(f"{name}: {bytes_ / 1e6:+.1f} MB" for name, bytes_ in grown.items()))
    bounds = dict.fromkeys(grown, GROWTH) | {"alice's server": GROWTH_OF_SERVER}
    assert {name: more for name, more in grown.items() if more > bounds[name]} == {}


def tell(before: dict[str, State], after: dict[str, State]) -> str:
    lines = [f"{name}: {before.get(name)} → {after.get(name)}" for name in {**before, **after}]
    return "\n".join(lines)
