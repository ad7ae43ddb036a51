"""What falls comes back alone; what ends leaves nothing behind; what people have is whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.running_hall import COMMAND, RunningHall, offline_environment

PATIENCE = 40.0


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """A hall that these tests may hurt; each leaves it running."""
    hall = RunningHall(tmp_path_factory.mktemp("frail") / "home").start()
    yield hall
    hall.stop()


@pytest.fixture(scope="module")
def ann(frail: RunningHall) -> Iterator[httpx.Client]:
    """Ann has an account, a running server and a note in her home."""
    with closing(frail.person("ann")) as client:
        frail.start_server(client, "ann")
        assert client.get("/user/ann/lab").status_code == 200  # her browser has signed in to her server
        (frail.home / "homes/ann/note.txt").write_text("mine")
        yield client


def children(hall: RunningHall) -> dict[str, int]:
    """Return the process id of each child that the supervisor reports as ready."""
    found = json.loads((hall.home / "run/hall.json").read_text())["children"]
    return {name: child["pid"] for name, child in found.items() if child["state"] == "ready"}


def wait_until(claim: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def squatting(hall: RunningHall, name: str) -> Iterator[list[int]]:
    """Try again and again to listen where a child of the hall does; collect the ports that could be taken."""
    port = {"proxy": hall.port, **json.loads((hall.home / "run/ports.json").read_text())}.get(
        name if name == "proxy" else f"{name}_port"
    )
    taken: list[int] = []
    ended = threading.Event()

    def squat() -> None:
        while port and not ended.wait(0.005):
            for address in ("127.0.0.1", *(("::1", "::") if name == "proxy" else ())):  # where localhost may lead
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                with socket.socket(family) as thief, suppress(OSError):
                    thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    thief.bind((address, port))
                    thief.listen()
                    taken.append(port)

    thread = threading.Thread(target=squat)
    thread.start()
    try:
        yield taken
    finally:
        ended.set()
        thread.join()


def family(hall: RunningHall) -> list[psutil.Process]:
    supervisor = psutil.Process(hall.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("proxy", "/services/hall/health"),
        ("hall", "/services/hall/health"),
        ("fetch", "/services/hall/health"),
        ("apps", "/services/apps/"),
    ],
)
def test_a_child_that_is_killed_comes_back_alone(frail, ann, name, path):
    before = children(frail)

    with squatting(frail, name) as taken:
        os.kill(before[name], signal.SIGKILL)

        wait_until(lambda: children(frail).get(name, before[name]) != before[name])
        wait_until(lambda: (answers(ann, "/user/ann/api/status") and answers(ann, path)) or name == "apps")
    assert taken == []
    assert {n: pid for n, pid in children(frail).items() if n != name} == {
        n: pid for n, pid in before.items() if n != name
    }


@pytest.mark.sandbox
def test_the_way_out_of_sandboxes_that_is_killed_is_open_again_for_those_who_are_inside(frail, ann, bubblewrap):
    ask = """
import os, urllib.request
try:
    print(urllib.request.urlopen(os.environ["JUPYTERHUB_API_URL"] + "/", timeout=10).status)
except OSError as error:
    print(error)
"""
    kernel = frail.open_kernel(ann, "ann")
    assert kernel.run(ask).strip() == "200"
    before = children(frail)

    os.kill(before["egress"], signal.SIGKILL)
    wait_until(lambda: children(frail).get("egress", before["egress"]) != before["egress"])

    wait_until(lambda: kernel.run(ask).strip() == "200")
    kernel.close()


def test_a_user_server_survives_the_hub_and_is_known_again(frail, ann):
    started = ann.get("/user/ann/api/status").json()["started"]
    before = children(frail)

    with squatting(frail, "hub") as taken:
        os.kill(before["hub"], signal.SIGKILL)

        wait_until(lambda: children(frail).get("hub", before["hub"]) != before["hub"])
    assert taken == []
    assert ann.get("/user/ann/api/status").json()["started"] == started
    assert frail.api(ann, "GET", "/hub/api/users/ann").json()["servers"][""]["ready"] is True
    frail.login("ann").close()
    assert (frail.home / "homes/ann/note.txt").read_text() == "mine"
    cullers = [p for p in alive(family(frail)) if "datahall_hub.idle_culler" in p.cmdline()]
    assert len(cullers) == 1, "the killed hub's culler still runs beside the new one's"


def test_a_hub_that_came_back_can_stop_a_server_it_did_not_start(frail, ann):
    frail.stop_server(ann, "ann")

    assert not [p for p in alive(family(frail)) if "datahall-keeper" in p.cmdline()]


def test_a_second_up_on_the_same_home_points_to_the_first(frail):
    second = run("up", "--port", "0", home=frail.home)

    assert second.returncode == 1
    assert frail.url in second.stderr
    assert str(frail.pid) in second.stderr
    assert "Traceback" not in second.stderr


def test_nothing_outlives_a_supervisor_that_is_killed_and_the_next_finds_all_whole(frail, ann):
    frail.start_server(ann, "ann")
    processes = family(frail)

    frail.stop(signal.SIGKILL)
    wait_until(lambda: not alive(processes), patience=15)

    frail.start()
    frail.login("ann").close()
    assert (frail.home / "homes/ann/note.txt").read_text() == "mine"


def test_nothing_outlives_a_supervisor_and_a_hub_that_are_killed_at_once(frail):
    processes = start_busy_server(frail)

    os.kill(children(frail)["hub"], signal.SIGKILL)
    frail.stop(signal.SIGKILL)

    wait_until(lambda: not alive(processes), patience=15)
    frail.start()


def test_a_full_disk_does_not_end_the_hall_and_what_fell_comes_back(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "none", small], check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    running = RunningHall(small / "home")
    try:
        running.start()
        running.wait_until_whole()
        before = children(running)
        fill(small)
        os.kill(before["apps"], signal.SIGKILL)
        wait_until(lambda: "The system refuses: " in running._read_output(), patience=20)
        (small / "filler").unlink()
        wait_until(lambda: children(running).get("apps", before["apps"]) != before["apps"], patience=30)
        assert {name: pid for name, pid in children(running).items() if name != "apps"} == {
            name: pid for name, pid in before.items() if name != "apps"
        }
        running.stop()
        fill(small)
        again = run("up", "--port", str(running.port), home=running.home)
        assert again.returncode == 1
        assert "No space left on device" in again.stderr
        assert "Traceback" not in again.stderr
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()
        subprocess.run(["umount", small], check=True)


def fill(folder: Path) -> None:
    """Write until there is no room for a single byte."""
    with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    filler.write(b"x" * size)


def test_ctrl_c_ends_everything_within_15_seconds_and_leaves_no_process(frail):
    processes = start_busy_server(frail)
    began = time.monotonic()

    code = frail.stop(signal.SIGINT)

    assert time.monotonic() - began < 15
    assert code == 0
    assert len(processes) > 10
    assert alive(processes) == []
    frail.start()


def test_down_ends_everything_and_then_has_nothing_to_end(frail):
    processes = start_busy_server(frail)

    first = run("down", home=frail.home)
    second = run("down", home=frail.home)

    assert first.returncode == second.returncode == 0
    assert alive(processes) == []
    assert "No hall is running" in second.stdout


def start_busy_server(hall: RunningHall) -> list[psutil.Process]:
    """Have Ann's kernel start a program that wants to stay, and return all the hall's processes."""
    with closing(hall.login("ann")) as ann:
        hall.start_server(ann, "ann")
        kernel = hall.open_kernel(ann, "ann")
        kernel.run("import subprocess; subprocess.Popen(['sleep', '4343'], start_new_session=True)")
        kernel.socket.close()
        kernel.client.close()
    return family(hall)


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words, "--home", str(home)],
        env=offline_environment(), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
