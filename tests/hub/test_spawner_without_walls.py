"""Where there is no sandbox, the hall runs for oneself alone, says so, and cleans up all the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.running_hall import COMMAND, RunningHall, offline_environment


@pytest.fixture(scope="module")
def open_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """A hall whose sandbox is switched off."""
    running = RunningHall(tmp_path_factory.mktemp("open") / "home", options=("--sandbox", "off")).start()
    yield running
    running.stop()


def test_the_terminal_and_the_pages_warn(open_hall):
    assert "WITHOUT a sandbox" in open_hall.output
    with open_hall.client() as visitor:
        assert "without walls" in visitor.get("/hub/login").text


def test_the_status_says_which_walls_are_off_and_why(open_hall):
    words = [*COMMAND, "status", "--json", "--home", str(open_hall.home)]
    answer = subprocess.run(words, env=offline_environment(), capture_output=True, text=True, timeout=30, check=True)

    assert json.loads(answer.stdout)["sandbox"]["mount"].startswith("off: the sandbox is switched off")


def test_a_server_starts_reads_the_catalogs_and_leaves_nothing_behind(open_hall):
    with closing(open_hall.person("max")) as person:
        open_hall.start_server(person, "max")
        kernel = open_hall.open_kernel(person, "max")
        home = kernel.run("import os; print(os.path.expanduser('~'))").strip()
        rows = kernel.run("import datahall; print(datahall.dataset('weather/seattle-weather').rows)").strip()
        kernel.run("import subprocess; subprocess.Popen(['sleep', '4444'], start_new_session=True)")
        kernel.socket.close()
        kernel.client.close()
        before = find_commands(open_hall, "sleep")

        open_hall.stop_server(person, "max")

    assert (Path(home), rows) == (open_hall.home / "homes/max", "1461")
    assert before
    assert not find_commands(open_hall, "sleep")
    assert not find_commands(open_hall, "ipykernel_launcher")


def find_commands(hall: RunningHall, word: str) -> list[psutil.Process]:
    found = psutil.Process(hall.pid).children(recursive=True)
    return [p for p in found if p.status() != psutil.STATUS_ZOMBIE and word in p.cmdline()]


CULL_SOON = """
for service in c.JupyterHub.services:
    if service["name"] == "idle-culler":
        service["command"][-2:] = ["--timeout=4", "--cull-every=1"]
"""


def test_an_idle_server_is_ended(open_hall):
    folder = open_hall.home / "jupyterhub_config.d"
    folder.mkdir(mode=0o700)
    (folder / "cull-soon.py").write_text(CULL_SOON)
    restart_hub(open_hall)

    with closing(open_hall.person("udo")) as udo:
        open_hall.start_server(udo, "udo")
        deadline = time.monotonic() + 60
        while open_hall.api(udo, "GET", "/hub/api/users/udo").json()["servers"]:
            assert time.monotonic() < deadline, open_hall.read_logs()
            time.sleep(0.5)

    assert not find_commands(open_hall, "datahall-keeper")


def restart_hub(hall: RunningHall) -> None:
    def find_hub() -> dict[str, object]:
        return json.loads((hall.home / "run/hall.json").read_text())["children"]["hub"]

    before = find_hub()["pid"]
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while find_hub()["pid"] == before or find_hub()["state"] != "ready":
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.1)


def test_under_root_no_server_starts_without_walls_unless_the_operator_says_so(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("an ordinary user may, with a warning")
    rootly = RunningHall(tmp_path / "home").start(environment={"PATH": str(tmp_path / "no-bubblewrap-here")})
    try:
        with closing(rootly.person("ida")) as person:
            page = person.get("/hub/spawn/ida", headers={"Accept-Language": "en"})
            for _ in range(40):
                if "as root" in page.text:
                    break
                page = person.get("/hub/spawn-pending/ida", headers={"Accept-Language": "en"})
                time.sleep(0.25)
            assert "it would run without a sandbox and as root" in page.text
            assert "WITHOUT a sandbox" in rootly.output
    finally:
        rootly.stop()
