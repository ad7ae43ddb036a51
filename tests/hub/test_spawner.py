"""A person's server: what it sees, what it does not, what surrounds it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import httpx
import pytest

from tests.running_hall import RunningHall, RunningKernel

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def rosa(hall: RunningHall, bubblewrap: str) -> Iterator[httpx.Client]:
    """Rosa reads Chinese; her server runs."""
    with closing(hall.person("rosa")) as client:
        client.cookies.set("datahall-language", "zh")
        hall.start_server(client, "rosa")
        yield client
        hall.stop_server(client, "rosa")


@pytest.fixture(scope="module")
def kernel(hall: RunningHall, rosa: httpx.Client) -> Iterator[RunningKernel]:
    running = hall.open_kernel(rosa, "rosa")
    yield running
    running.close()


def ask(kernel: RunningKernel, expression: str) -> object:
    """Evaluate an expression inside and return its value."""
    return json.loads(kernel.run(f"import json, os, pathlib; print(json.dumps({expression}))"))


def test_a_kernel_sees_its_own_home_and_no_other(hall, kernel):
    (hall.home / "homes/somebody").mkdir(mode=0o700, exist_ok=True)
    (hall.home / "homes/somebody/diary.txt").write_text("private")

    assert ask(kernel, "os.environ['HOME']") == "/home/jovyan"
    assert ask(kernel, "os.listdir('/home')") == ["jovyan"]
    assert kernel.run("!grep -rls private / --include=diary.txt 2>/dev/null") == ""


def test_a_kernel_sees_nothing_of_the_hubs_state(hall, kernel):
    for path in (hall.home, hall.home / "secrets", hall.home / "hub", hall.home / "logs", hall.home / "run"):
        assert ask(kernel, f"os.path.exists({str(path)!r})") is False, path


def test_a_kernel_sees_no_process_but_those_of_its_own_server(kernel):
    commands = kernel.run("!cat /proc/[0-9]*/cmdline | tr '\\0' ' '")

    forked = re.findall(r"datahall_forkserver serve --profile (\w+)", commands)  # what they were forked from
    assert sorted(forked) == ["kernel", "server"]
    assert "datahall_hub.services" not in commands
    assert "datahall-proxy" not in commands


def test_no_token_stands_in_a_command_line(hall, kernel):
    token = str(ask(kernel, "os.environ['JUPYTERHUB_API_TOKEN']"))

    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if token.encode() in read_bytes(path)]


def read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_nothing_but_the_home_can_be_written(kernel):
    for folder in ("/usr", "/etc", "/home", "/", "/home/jovyan/catalogs", "/home/jovyan/catalogs/store"):
        assert ask(kernel, f"os.access({folder!r}, os.W_OK)") is False, folder
    assert ask(kernel, "pathlib.Path('~/note.txt').expanduser().write_text('mine')") == 4


def test_what_a_person_writes_is_in_their_home_outside(hall, kernel):
    ask(kernel, "pathlib.Path('~/kept.txt').expanduser().write_text('kept')")

    assert (hall.home / "homes/rosa/kept.txt").read_text() == "kept"


def test_the_hubs_environment_does_not_leak(kernel):
    names = set(ask(kernel, "sorted(os.environ)"))  # type: ignore[call-overload]

    assert not {"CONFIGPROXY_AUTH_TOKEN", "DATAHALL_HOME", "DATAHALL_HUB_PORT", "DATAHALL_DATABASE_URL"} & names
    assert {"DATAHALL_CATALOGS", "DATAHALL_FETCH_URL", "DATAHALL_LANGUAGE", "JUPYTERHUB_API_TOKEN"} <= names


def test_a_kernel_reaches_no_log_of_the_hub_through_what_is_open(hall, kernel):
    opened = kernel.run(
        "for fd in pathlib.Path('/proc').glob('[0-9]*/fd/*'):\n"
        "    if fd.is_symlink():\n"  # what lists them has ended by now
        "        print(os.readlink(fd))\n"
    )  # fmt: skip

    assert "socket:" in opened
    assert str(hall.home) not in opened
    assert set(re.findall(r"\S*\.log\S*", opened)) == {"/home/jovyan/.datahall/server.log"}


def test_a_terminal_shows_in_which_folder_it_is(kernel):
    shown = ask(kernel, "__import__('subprocess').getoutput('cd guides; printf exit | bash -i 2>&1')")

    assert "~/guides $" in str(shown)


def test_the_language_of_the_browser_reaches_the_server(kernel):
    assert ask(kernel, "os.environ['DATAHALL_LANGUAGE']") == "zh"
    settings = "~/.jupyter/lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"
    assert "zh_CN" in str(ask(kernel, f"pathlib.Path({settings!r}).expanduser().read_text()"))


def test_the_lab_finds_and_keeps_settings_and_workspaces_in_the_persons_home(hall, kernel):
    lab = f"{hall.url}/user/rosa/lab/api"
    settings = hall.home / "homes/rosa/.jupyter/lab/user-settings/@jupyterlab/notebook-extension"

    language = kernel.client.get(f"{lab}/settings/@jupyterlab/translation-extension:plugin").json()["settings"]
    kept = {"raw": '{"recordTiming": true}'}
    answers = [
        kernel.client.put(f"{lab}/settings/@jupyterlab/notebook-extension:tracker", json=kept),
        kernel.client.put(f"{lab}/workspaces/mine", json={"data": {}, "metadata": {"id": "mine"}}),
    ]

    assert language["locale"] == "zh_CN"
    assert [answer.status_code for answer in answers] == [204, 204]
    assert "recordTiming" in (settings / "tracker.jupyterlab-settings").read_text()
    assert list((hall.home / "homes/rosa/.jupyter/lab/workspaces").glob("mine*"))


def test_what_a_person_uses_is_told_and_does_not_count_as_work(hall, kernel):
    deadline = time.monotonic() + 20
    while "disk" not in (use := {k: v for k, v in ask_use(hall, kernel).items() if v is not None}):
        assert time.monotonic() < deadline, use
        time.sleep(0.2)
    before = kernel.client.get(f"{hall.url}/user/rosa/api/status").json()["last_activity"]
    ask_use(hall, kernel)

    assert 0 < use["memory"] < use["memory_limit"]
    assert 0 <= use["cpu_share"] <= 1
    assert 0 < use["disk"] < use["disk_limit"]
    assert (use["is_memory_near"], use["is_disk_near"]) == (False, False)
    assert kernel.client.get(f"{hall.url}/user/rosa/api/status").json()["last_activity"] == before


def ask_use(hall: RunningHall, kernel: RunningKernel) -> dict[str, float]:
    """Return what the Lab's status bar is told."""
    answer = kernel.client.get(f"{hall.url}/user/rosa/datahall/use")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_nobody_else_is_told_what_a_person_uses(hall, rosa):
    with hall.client() as visitor:
        assert visitor.get("/user/rosa/datahall/use", follow_redirects=False).status_code in {302, 403}


def test_the_mounted_catalogs_are_found_without_set_up(kernel):
    rows = kernel.run(
        "import datahall, intake\n"
        "print(datahall.dataset('weather/seattle-weather').polars().collect().height,"
        " intake.cat['datahall']['weather']['seattle-weather'].read().collect().height)"
    )

    assert rows.split() == ["1461", "1461"]


def test_what_a_kernel_opens_keeps_its_version_for_a_year_and_names_nobody(hall, kernel):
    version = kernel.run(
        "import datahall; ds = datahall.dataset('resources/nile-flow'); ds.polars(); print(ds.version)"
    )
    note = hall.home / "index/openings/resources/nile-flow" / version.strip()
    deadline = time.monotonic() + 10
    while not note.exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert date.fromisoformat(note.read_text().strip())  # a day and nothing else


def test_plain_intake_opens_the_mounted_catalog(kernel):
    shown = kernel.run(
        "import intake; from pathlib import Path\n"
        "cat = intake.from_yaml_file(str(Path('~/catalogs/catalog.yaml').expanduser()))\n"
        "print(len(cat['weather/seattle-weather.pandas'].read()))"
    )

    assert shown.strip() == "1461"


def test_the_lab_asks_no_outside_host(hall, rosa):
    page = rosa.get("/user/rosa/lab").text
    config = json.loads(page.split('id="jupyter-config-data"')[1].split(">", 1)[1].split("</script>")[0])

    assert config["news"]["disabled"] is True
    assert config["extensionManager"]["can_install"] is False
    assert "@jupyterlab/extensionmanager-extension" in config["disabledExtensions"]
    assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]


def test_a_stopped_server_leaves_nothing_behind(hall):
    with closing(hall.person("tom")) as tom:
        hall.start_server(tom, "tom")
        kernel = hall.open_kernel(tom, "tom")
        kernel.run("import subprocess; subprocess.Popen(['sleep', '4242'], start_new_session=True)")
        kernel.socket.close()
        kernel.client.close()
        assert find_commands("sleep 4242")

        hall.stop_server(tom, "tom")

    assert not find_commands("sleep 4242")
    assert not find_commands(str(hall.home / "homes/tom"))


def find_commands(text: str) -> list[Path]:
    wanted = text.replace(" ", "\0").encode()
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if wanted in read_bytes(path)]


def test_a_server_that_ends_while_it_starts_is_reported_at_once_in_the_persons_language(hall, bubblewrap):
    with closing(hall.person("eva")) as eva:
        config = hall.home / "homes/eva/.jupyter/jupyter_server_config.py"
        config.parent.mkdir(parents=True)
        config.write_text("import os; os._exit(3)")
        eva.cookies.set("datahall-language", "zh")
        answer = hall.api(eva, "POST", "/hub/api/users/eva/server")
        while hall.api(eva, "GET", "/hub/api/users/eva").json()["servers"].get("", {}).get("pending"):
            time.sleep(0.1)

    assert answer.status_code in {202, 500}
    assert "ended while it was starting" in (hall.home / "logs/hub.log").read_text()


def test_one_persons_settings_do_not_keep_the_next_start_from_working(hall, bubblewrap):
    with closing(hall.login("eva")) as eva:
        (hall.home / "homes/eva/.jupyter/jupyter_server_config.py").unlink()
        hall.start_server(eva, "eva")
        hall.stop_server(eva, "eva")
