"""An attacker in a notebook who wants all there is: memory, processes, disk, files. They get what is theirs."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from datahall_hub.services.limits.watching import CALM_PAUSE

from tests.running_hall import RunningHall, RunningKernel

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]

MB = 1_000_000
ROOM_WITHIN = 20.0  # seconds until a home has been counted again
FORK_BOMB = """
import subprocess
bomb = "for i in $(seq 2000); do sleep 15 & done 2>/dev/null; wait"
running = subprocess.Popen(["/bin/bash", "-c", bomb], stderr=subprocess.DEVNULL)
time.sleep(3)
print(sum(name.isdecimal() for name in os.listdir("/proc")))
running.kill()
"""
FILL = """
import time
for i in range(10**6):
    with open(f"big{i}", "wb") as file: file.write(b"x" * 2_000_000)
    time.sleep(0.05)
"""
FILLED_A_SECOND = 40 * MB
# Seconds in which who fills a home is ended that is due to be counted. It is counted at once where the disk says that
# somebody fills it, and else, where others make as much room meanwhile (tests do), after the pause of a calm home.
REACTS_WITHIN = 6
FILL_RUN = """
import os
files = []
try:
    for number in range(10):
        files.append(open(f"/run/filler{number}", "wb", 0))
        for _ in range(10_000): files[-1].write(b"x" * 4096)
except OSError as error: print(error.strerror)
"""
HOARD = """
import os, time
os.mkdir("many")
for i in range(1_000_000): open(f"many/{i}", "w").close()
time.sleep(30)
"""
OPTIONS = {
    "server-memory": 900 * MB, "kernel-memory": 500 * MB, "processes": 300, "open-files": 500,
    "disk-quota": 60 * MB, "disk-files": 5000,
}  # fmt: skip


@pytest.fixture(scope="module")
def tight_hall(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningHall]:
    options = [word for name, value in OPTIONS.items() for word in (f"--{name}", str(value))]
    running = RunningHall(tmp_path_factory.mktemp("tight") / "home", options=options).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mallory(tight_hall: RunningHall) -> Iterator[httpx.Client]:
    with closing(tight_hall.person("mallory")) as client:
        tight_hall.start_server(client, "mallory")
        yield client
        tight_hall.stop_server(client, "mallory")


@pytest.fixture(scope="module")
def victim(tight_hall: RunningHall, mallory: httpx.Client) -> Iterator[RunningKernel]:
    """A kernel of the same person that does nothing wrong."""
    running = tight_hall.open_kernel(mallory, "mallory")
    running.run("kept = 42")
    yield running
    running.close()


@pytest.fixture
def kernel(tight_hall: RunningHall, mallory: httpx.Client, victim: RunningKernel) -> Iterator[RunningKernel]:
    running = tight_hall.open_kernel(mallory, "mallory")
    yield running
    running.close()
    assert victim.run("print(kept)") == "42\n"
    assert victim.client.get("/user/mallory/api/status").status_code == 200


def run_to_the_end(kernel: RunningKernel, code: str, *, within: float = 60) -> str:
    """Run a cell that ends its kernel, and return what is to be read below it."""
    header = {"msg_id": "last", "msg_type": "execute_request", "session": "test", "username": "", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {"code": code, "silent": False}}
    kernel.socket.send(json.dumps({**message, "channel": "shell"}))
    shown, deadline = "", time.monotonic() + within
    kernel.socket.settimeout(within)
    while time.monotonic() < deadline:
        answer = json.loads(kernel.socket.recv())
        content: dict[str, Any] = answer["content"]
        if answer["msg_type"] == "stream" and answer["parent_header"].get("msg_id") == "last":
            shown += content["text"]
        elif content.get("execution_state") == "restarting":
            return shown
        elif content.get("execution_state") == "idle" and answer["parent_header"].get("msg_id") == "last":
            raise AssertionError(f"the cell came to its end: {shown}")
    raise AssertionError(f"the kernel lives: {shown}")


def test_a_kernel_that_outgrows_its_memory_ends_alone_and_says_why(kernel):
    shown = run_to_the_end(kernel, "x = []\nwhile True: x.append(b'x' * 10_000_000)")

    assert "This kernel was ended because it needed more than 0.5 GB of memory." in shown


def test_who_asks_for_far_too_much_at_once_gets_an_error_and_goes_on(kernel):
    said = kernel.run("try: b'x' * 10**12\nexcept MemoryError: print('too much')\nprint('on')")

    assert said == "too much\non\n"


def test_a_fork_bomb_comes_to_its_bound(kernel, tight_hall):
    made = int(kernel.run(f"import os, time{FORK_BOMB}"))

    assert 100 < made < OPTIONS["processes"]
    assert httpx.get(f"{tight_hall.url}/services/hall/health", trust_env=False).status_code == 200


def test_files_and_connections_that_are_open_are_bounded(kernel):
    said = kernel.run(
        "fs = []\ntry:\n    while True: fs.append(open('/dev/null'))\nexcept OSError: print(len(fs))\nfs.clear()"
    )

    assert int(said) < OPTIONS["open-files"]


def test_who_fills_the_folder_beside_that_of_kernels_starts_kernels_all_the_same(kernel, mallory, tight_hall):
    said = kernel.run(FILL_RUN)
    other = tight_hall.open_kernel(mallory, "mallory")

    assert said == "No space left on device\n"
    assert other.run("print('on')") == "on\n"
    other.close()
    kernel.run("for file in files: os.unlink(file.name)")


def test_who_fills_the_disk_is_ended_told_why_and_gets_no_new_kernel_until_there_is_room(kernel, mallory, tight_hall):
    shown = run_to_the_end(kernel, FILL)

    assert "your files have filled the 0.1 GB" in shown
    written = sum(each.stat().st_size for each in (tight_hall.home / "homes/mallory").glob("big*"))
    assert written < (CALM_PAUSE + REACTS_WITHIN) * FILLED_A_SECOND
    token = tight_hall.server_token(mallory, "mallory")
    headers = {"Authorization": f"token {token}"}
    refused = mallory.post("/user/mallory/api/kernels", headers=headers)
    assert refused.status_code == 507
    assert "no room" in refused.json()["message"]
    # A notebook can still be saved.
    saved = mallory.put("/user/mallory/api/contents/kept.txt", headers=headers,
                        json={"type": "file", "format": "text", "content": "kept"})  # fmt: skip
    assert saved.status_code == 201
    make_room(tight_hall, mallory)


def test_who_makes_a_hundred_thousand_files_is_ended(kernel, mallory, tight_hall):
    shown = run_to_the_end(kernel, HOARD)

    assert "your files have filled" in shown
    make_room(tight_hall, mallory)


def test_endless_output_harms_nobody_else(kernel, victim):
    header = {"msg_id": "last", "msg_type": "execute_request", "session": "test", "username": "", "version": "5.3"}
    content = {"code": "while True: print('x' * 10_000)", "silent": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    kernel.socket.send(json.dumps(message))
    for _ in range(5):
        time.sleep(0.5)
        assert victim.run("print(kept)") == "42\n"


def make_room(hall: RunningHall, person: httpx.Client) -> None:
    """Take away what filled the home, and wait until that has been seen: for that long nobody has a new kernel."""
    home = hall.home / "homes/mallory"
    for each in home.glob("big*"):
        each.unlink()
    shutil.rmtree(home / "many", ignore_errors=True)
    headers = {"Authorization": f"token {hall.server_token(person, 'mallory')}"}
    deadline = time.monotonic() + ROOM_WITHIN
    # Nearly full is said below whatever cell is next, and is over only when the home has been counted again.
    while (use := read_use(hall))["is_full"] or use["is_near_full"]:
        assert time.monotonic() < deadline, use
        time.sleep(0.2)
    started = person.post("/user/mallory/api/kernels", headers=headers)
    assert started.status_code == 201, started.text
    person.delete(f"/user/mallory/api/kernels/{started.json()['id']}", headers=headers)


def read_use(hall: RunningHall) -> dict[str, Any]:
    """Return what the limits service says mallory uses."""
    noted = next((hall.home / "run/limits").glob("*.json"))
    use: dict[str, Any] = json.loads((Path(json.loads(noted.read_text())["shown"]) / "use.json").read_text())
    return use
