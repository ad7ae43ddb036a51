"""The limits service, looking after real processes in process namespaces of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from datahall_forkserver.process_start import find_start
from datahall_hub.limited_people import USE, LimitedPerson, forget_person, load_people, note_person
from datahall_hub.person_limits import PersonLimits
from datahall_hub.services.limits.disk_use import measure_disk_use
from datahall_hub.services.limits.watching import LimitsWatch

MB = 1_000_000
LIMITS = PersonLimits(
    memory=600 * MB, kernel_memory=300 * MB, cpu=0, processes=100, open_files=256, disk=40 * MB, files=2000
)
SLEEP = "import time; time.sleep(60)"
GROW = "x = []\nfor i in range(1000): x.append(b'x' * 5_000_000)\nimport time; time.sleep(60)"
FILL = "import time\nwith open('big', 'wb', 0) as file:\n    while True: file.write(b'x' * 1_000_000); time.sleep(0.02)"
HOARD = "import time\nfor i in range(10 ** 6): open(str(i), 'w').close(); time.sleep(0.0002)"
Start = Callable[..., tuple[LimitedPerson, dict[str, psutil.Process]]]


def find_programs(shell: psutil.Process) -> dict[str, psutil.Process]:
    """Find the programs that a shell runs, by their text, without what these have begun themselves."""
    return {each.cmdline()[2]: each for each in shell.children() if each.cmdline()[:1] == [sys.executable]}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Run programs, by name, in a process namespace of their own, as if a server had started them."""
    started = []

    def start_person(*programs: str, name: str = "u1") -> tuple[LimitedPerson, dict[str, psutil.Process]]:
        home, shown = tmp_path / "homes" / name, tmp_path / f"shown-{name}"
        home.mkdir(parents=True)
        shown.mkdir()
        script = "; ".join(f'"$0" -c "${number}" &' for number, _ in enumerate(programs, 1)).replace("&;", "&")
        argv = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--pid", "--fork",
                "--kill-child", "/bin/sh", "-c", f"{script} wait", sys.executable, *programs]  # fmt: skip
        process = subprocess.Popen(argv, cwd=home)
        started.append(process)
        deadline = time.monotonic() + 10
        while True:
            shells = psutil.Process(process.pid).children()
            running = find_programs(shells[0]) if shells else {}
            if len(running) == len(programs):
                break
            assert time.monotonic() < deadline
            time.sleep(0.02)
        first = shells[0]
        person = LimitedPerson(name, str(home), str(shown), first.pid, find_start(first.pid) or 0, server=0)
        note_person(tmp_path / "people", person)
        return person, running

    yield start_person
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[LimitsWatch]:
    (tmp_path / "homes").mkdir(exist_ok=True)
    looking = LimitsWatch(
        LIMITS, people=tmp_path / "people", homes=tmp_path / "homes", reserve=0, kernels=tmp_path / "no-fork-server"
    )
    yield looking
    looking.close()


def look_until(watch: LimitsWatch, is_so: Callable[[], bool], *, within: float = 15) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(min(0.2, watch.look()))


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def read_use(person: LimitedPerson) -> dict:
    return json.loads(Path(person.shown, USE).read_text())


def test_without_control_groups_a_kernel_that_outgrows_its_memory_ends_alone(start, watch):
    _, running = start(GROW, SLEEP)

    look_until(watch, lambda: is_gone(running[GROW]))

    watch.look()
    assert not is_gone(running[SLEEP])


def test_of_kernels_that_are_too_much_together_the_largest_ends(start, watch):
    sized = {size: f"x = b'x' * {size * MB}; import time; time.sleep(60)" for size in (180, 200, 280)}
    _, running = start(*sized.values())

    look_until(watch, lambda: any(map(is_gone, running.values())))
    time.sleep(0.3)
    watch.look()

    assert [is_gone(running[program]) for program in sized.values()] == [False, False, True]


def test_what_fills_the_disk_ends_and_what_only_runs_does_not(start, watch):
    person, running = start(FILL, SLEEP)

    look_until(watch, lambda: is_gone(running[FILL]))
    for _ in range(20):  # while that is full, too
        time.sleep(0.1)
        watch.look()

    assert not is_gone(running[SLEEP])
    assert Path(person.home, "big").stat().st_size < 4 * LIMITS.disk
    assert read_use(person)["is_full"]


HOLD = """
import os, time
kept = []
for number in range(10 ** 6):
    kept.append(open(str(number), 'wb', 0))
    os.unlink(str(number))
    for _ in range(10): kept[-1].write(b'x' * 1_000_000); time.sleep(0.02)"""


MAP = """
import mmap, os, time
kept = []
for number in range(10 ** 6):
    file = open(str(number), 'w+b', 0)
    file.write(b'x' * 1_000_000)
    kept.append(mmap.mmap(file.fileno(), 4096))
    os.unlink(str(number))
    file.close()
    for number in range(3, 99):  # Python's own copy, too
        try: os.close(number)
        except OSError: pass
    time.sleep(0.02)"""


@pytest.mark.parametrize("program", [HOLD, *([MAP] if os.geteuid() == 0 else [])])  # only root sees what is mapped
def test_files_without_a_name_that_are_held_count_too(start, watch, program):
    _, running = start(program, SLEEP)

    look_until(watch, lambda: is_gone(running[program]))

    assert not is_gone(running[SLEEP])


def test_a_server_that_outgrows_all_that_its_owner_may_have_ends(start, watch, tmp_path):
    person, running = start(GROW, SLEEP)
    neighbour, others = start(SLEEP, name="u2")
    note_person(tmp_path / "people", replace(person, server=running[GROW].pid))
    note_person(tmp_path / "people", replace(neighbour, server=others[SLEEP].pid))

    look_until(watch, lambda: is_gone(running[GROW]))

    assert not is_gone(others[SLEEP])


DECOY = f"""
import subprocess, threading
def keep_one_running():
    while True: subprocess.run(['sleep', '60'])
threading.Thread(target=keep_one_running, daemon=True).start()
{FILL}"""


@pytest.mark.parametrize("server", [FILL, DECOY], ids=["alone", "behind-others"])
def test_a_server_that_fills_the_disk_itself_ends_too_and_a_neighbours_does_not(start, watch, tmp_path, server):
    person, running = start(server, SLEEP)
    neighbour, others = start(SLEEP, name="u2")
    note_person(tmp_path / "people", replace(person, server=running[server].pid))
    note_person(tmp_path / "people", replace(neighbour, server=others[SLEEP].pid))

    look_until(watch, lambda: is_gone(running[server]), within=30)

    assert Path(person.home, "big").stat().st_size < 20 * LIMITS.disk
    assert not is_gone(others[SLEEP])


def test_once_there_is_room_again_that_is_told(start, watch):
    person, running = start(FILL, SLEEP)
    look_until(watch, lambda: is_gone(running[FILL]))

    Path(person.home, "big").unlink()

    look_until(watch, lambda: not read_use(person)["is_full"] and not read_use(person)["is_near_full"])


def test_who_makes_too_many_files_is_ended(start, watch):
    person, running = start(HOARD)

    look_until(watch, lambda: is_gone(running[HOARD]))

    assert read_use(person)["files"] > LIMITS.files


def test_where_the_machine_has_no_room_left_whoever_writes_is_ended(start, watch, tmp_path):
    _, running = start(FILL.replace("0.02", "0.05"), SLEEP)
    watch._reserve = 1 << 60
    (writer,) = (each for program, each in running.items() if program != SLEEP)

    look_until(watch, lambda: is_gone(writer))

    assert not is_gone(running[SLEEP])


def test_people_are_told_what_they_use(start, watch):
    person, _ = start("b = b'x' * 50_000_000\nwhile True: pass")
    Path(person.home, "kept").write_bytes(b"x" * 5 * MB)

    look_until(watch, lambda: Path(person.shown, USE).exists() and bool(read_use(person)["cpu_percent"]))
    look_until(watch, lambda: read_use(person)["disk"] is not None)

    use = read_use(person)
    assert 50 * MB < use["memory"] < 150 * MB
    assert (use["memory_limit"], use["disk_limit"], use["processes"]) == (600 * MB, 40 * MB, 2)
    assert 5 * MB <= use["disk"] < 6 * MB
    assert not use["is_full"]


def test_a_person_whose_sandbox_has_ended_is_forgotten(start, watch, tmp_path):
    person, _ = start(SLEEP)
    watch.look()
    psutil.Process(person.pid).kill()

    look_until(watch, lambda: not load_people(tmp_path / "people"))

    assert not Path(person.shown, USE).exists()


def test_a_note_that_is_not_whole_is_left_out(tmp_path):
    person = LimitedPerson("u1", "/home", "/shown", 5, 6, 7, ("/group",))
    note_person(tmp_path / "people", person)
    note_person(tmp_path / "people", replace(person, name="u2"))
    (tmp_path / "people/u3.json").write_text('{"name": ')
    (tmp_path / "people/u4.json").write_text('{"colour": "red", "groups": []}')
    forget_person(tmp_path / "people", "u2")
    forget_person(tmp_path / "people", "u2")

    assert load_people(tmp_path / "people") == [person]


def test_a_home_is_counted_without_following_links_and_files_with_two_names_once(tmp_path):
    home, other = tmp_path / "home", tmp_path / "other"
    (home / "folder").mkdir(parents=True)
    other.mkdir()
    (other / "big").write_bytes(b"x" * 3 * MB)
    (home / "folder/file").write_bytes(b"x" * MB)
    os.link(home / "folder/file", home / "again")
    (home / "link").symlink_to(other)
    os.mkfifo(home / "pipe")

    use = measure_disk_use(home, most_files=100, within=5)

    assert use.is_whole
    assert use.files == 4  # folder, file, link, pipe
    assert MB <= use.size < 1.1 * MB


def test_counting_comes_to_an_end_and_what_hides_too_deep_counts_as_too_much(tmp_path):
    for number in range(300):
        (tmp_path / f"many-{number}").touch()
    deep = tmp_path / "deep"
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(450):
        os.mkdir("deep", dir_fd=place)
        below = os.open("deep", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)

    use = measure_disk_use(deep, most_files=5000, within=5)
    assert (use.files, use.is_whole) == (5000, False)
    assert measure_disk_use(tmp_path, most_files=100, within=5).files <= 5000
    assert measure_disk_use(tmp_path, most_files=5000, within=0).is_whole is False
