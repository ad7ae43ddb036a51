"""Without a sandbox no server starts; unless one has said so, for oneself alone: then everything tells, and forks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from datahall_forkserver.client import ForkServer
from datahall_hub.home import resolve_home

from tests.running_hall import COMMAND, RunningHall, offline_environment


@pytest.fixture(scope="module")
def open_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """A hall whose sandbox is switched off."""
    running = RunningHall(tmp_path_factory.mktemp("open") / "home", options=("--unsafe-no-sandbox",)).start()
    wait_until_loaded(running)
    yield running
    running.stop()


def test_the_terminal_and_the_pages_warn(open_hall):
    assert "WITHOUT a sandbox" in open_hall.output
    with open_hall.client() as visitor:
        assert "Servers run without walls here." in visitor.get("/hub/login?language=en").text
        assert "此处的服务器没有隔离保护" in visitor.get("/hub/login?language=zh").text


def test_the_pages_of_admins_warn_in_both_languages(open_hall):
    administration = open_hall.admin.get("/hub/admin").text
    people = {language: open_hall.admin.get(f"/services/hall/{language}/people/").text for language in ("en", "zh")}

    assert "Sandbox: OFF by --unsafe-no-sandbox." in people["en"]
    assert "沙箱：已被 --unsafe-no-sandbox 关闭。" in people["zh"]
    assert "OFF by --unsafe-no-sandbox" in administration
    assert "已被 --unsafe-no-sandbox 关闭" in administration


def test_the_status_says_which_walls_are_off_and_why(open_hall):
    words = [*COMMAND, "status", "--json", "--home", str(open_hall.home)]
    answer = subprocess.run(words, env=offline_environment(), capture_output=True, text=True, timeout=30, check=True)

    status = json.loads(answer.stdout)
    assert status["unsafe_no_sandbox"] is True
    assert status["sandbox"]["mount"].startswith("off: the sandbox is switched off by the option --unsafe-no-sandbox")


def test_on_a_terminal_the_status_is_red(open_hall):
    words = [*COMMAND, "status", "--home", str(open_hall.home)]
    environment = {**offline_environment(), "TERM": "xterm", "DATAHALL_LANGUAGE": "en"}
    at_terminal = [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))", *words]

    shown = [
        subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=True
        ).stdout
        for argv in (at_terminal, words)
    ]

    assert "\x1b[1;31mOFF by --unsafe-no-sandbox" in shown[0]
    assert "OFF by --unsafe-no-sandbox" in shown[1]
    assert "\x1b" not in shown[1]


def wait_until_loaded(hall: RunningHall) -> None:
    """Wait for the processes that servers and kernels are forked from; the hall opens before they are ready."""
    deadline = time.monotonic() + 60
    while True:
        children = json.loads((hall.home / "run/hall.json").read_text())["children"]
        if all(children.get(name, {}).get("state") == "ready" for name in ("fork-server", "fork-kernel")):
            return
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.1)


def count_forks(hall: RunningHall) -> dict[str, int]:
    home = resolve_home(hall.home)
    return {profile: ForkServer(home.fork_socket(profile)).describe()["forked"] for profile in ("server", "kernel")}


def test_a_server_starts_reads_the_catalogs_and_leaves_nothing_behind(open_hall):
    forks_before = count_forks(open_hall)
    with closing(open_hall.person("max")) as person:
        open_hall.start_server(person, "max")
        kernel = open_hall.open_kernel(person, "max")
        home = kernel.run("import os; print(os.path.expanduser('~'))").strip()
        rows = kernel.run("import datahall; print(datahall.dataset('weather/seattle-weather').rows)").strip()
        kernel.run("import subprocess; subprocess.Popen(['sleep', '4444'], start_new_session=True)")
        kernel.socket.close()
        kernel.client.close()
        before = find_commands(open_hall, "sleep")
        forks = count_forks(open_hall)

        open_hall.stop_server(person, "max")

    assert {profile: forks[profile] - forks_before[profile] for profile in forks} == {"server": 1, "kernel": 1}
    assert (Path(home), rows) == (open_hall.home / "homes/max", "1461")
    assert before
    assert not find_commands(open_hall, "sleep")


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


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_bubblewrap_the_hall_opens_and_no_server_starts(closed_hall, language):
    said = {
        "en": "The server is not started, because there is no sandbox to run it in: bubblewrap is not installed",
        "zh": "服务器未启动，因为没有可供其运行的沙箱：未安装 bubblewrap",
    }[language]
    page = closed_hall.admin.get("/hub/spawn/admin", headers={"Accept-Language": language})
    later = closed_hall.admin.get("/hub/spawn-pending/admin", headers={"Accept-Language": language})

    assert page.status_code == 500
    assert f"<p>{said}" in page.text
    assert said in later.text
    assert "apt install bubblewrap" in page.text
    assert not find_commands(closed_hall, "datahall-keeper")
    assert count_forks(closed_hall)["server"] == 0


def test_without_bubblewrap_terminal_pages_and_status_say_what_to_install(closed_hall):
    words = [*COMMAND, "status", "--home", str(closed_hall.home)]
    environment = {**closed_environment(closed_hall.home), "DATAHALL_LANGUAGE": "en", "COLUMNS": "200"}
    status = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=True).stdout

    for said in (closed_hall.output, status):
        assert "neither people's servers nor apps start" in said
        assert "apt install bubblewrap" in said
    assert "up --unsafe-no-sandbox" in closed_hall.output
    with closed_hall.client() as visitor:
        assert "No server can be started here." in visitor.get("/hub/login?language=en").text
        assert "此处不能启动服务器。" in visitor.get("/hub/login?language=zh").text
        assert visitor.get("/services/apps/nations-compared").status_code == 503


@pytest.fixture(scope="module")
def closed_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    """A hall on a machine without bubblewrap."""
    home = tmp_path_factory.mktemp("closed") / "home"
    running = RunningHall(home).start(environment=closed_environment(home))
    wait_until_loaded(running)
    yield running
    running.stop()


def closed_environment(home: Path) -> dict[str, str]:
    return offline_environment({"PATH": str(home / "no-bubblewrap-here")})
