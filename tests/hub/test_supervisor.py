"""The running hall as the operator and a newcomer meet it."""

from __future__ import annotations

import json
import subprocess
from contextlib import closing

import psutil
import pytest

from tests.running_hall import COMMAND, RunningHall, offline_environment


def status(hall: RunningHall) -> dict[str, object]:
    words = [*COMMAND, "status", "--json", "--home", str(hall.home)]
    result = subprocess.run(words, env=offline_environment(), capture_output=True, text=True, timeout=30, check=True)
    return json.loads(result.stdout)


def test_the_root_leads_to_the_hall(hall):
    with hall.client() as visitor:
        page = visitor.get("/")

    assert page.status_code == 200
    assert page.url.path.startswith("/services/hall/")


def test_a_login_leads_to_the_lab_on_the_first_guide(hall, bubblewrap):
    with closing(hall.person("lena")) as lena:
        hall.start_server(lena, "lena")
        page = lena.get("/hub/spawn")
        hall.stop_server(lena, "lena")

    assert page.url.path.startswith("/user/lena/lab/tree/guides/01-")


def test_the_first_password_is_printed_once_and_in_no_log(hall):
    printed = [word for word in hall.output.split() if word.count("-") == 3 and len(word) == 19]

    assert len(printed) == 1
    for log in (hall.home / "logs").rglob("*.log"):
        assert printed[0] not in log.read_text(), log


def test_no_secret_stands_in_a_log_or_a_command_line(hall):
    secrets = [path.read_text().strip() for path in (hall.home / "secrets").iterdir()]
    commands = [" ".join(p.cmdline()) for p in psutil.Process(hall.pid).children(recursive=True)]
    logs = [log.read_text() for log in (hall.home / "logs").rglob("*.log")]

    assert len(secrets) >= 3
    assert len(logs) >= 4
    for secret in secrets:
        assert not any(secret in text for text in (*commands, *logs))


def test_the_status_counts_what_is_really_there(hall, bubblewrap):
    before = status(hall)
    with closing(hall.person("ida")) as ida:
        hall.start_server(ida, "ida")
        kernel = hall.open_kernel(ida, "ida")
        during = status(hall)
        kernel.close()
        hall.stop_server(ida, "ida")
    after = status(hall)

    assert [during[what] - before[what] for what in ("users", "servers")] == [1, 1]
    assert during["kernels"] >= 1
    assert after["servers"] == before["servers"]


def test_the_status_names_the_address_the_processes_and_the_walls(hall, bubblewrap):
    hall.wait_until_whole()
    found = status(hall)

    assert found["address"] == hall.url
    assert found["services"] == dict.fromkeys(
        ("proxy", "fetch", "egress", "hall", "apps", "fork-server", "fork-kernel", "limits", "hub"), "ready"
    )
    assert found["sandbox"]["mount"] == found["sandbox"]["pid"] == "on"


@pytest.mark.parametrize("path", ["/hub/login", "/hub/signup"])
def test_cookies_are_not_sent_along_from_other_sites(hall, path):
    with hall.client() as visitor:
        cookies = visitor.get(path).headers.get_list("set-cookie")

    assert cookies
    assert all("samesite=lax" in cookie.lower() for cookie in cookies)


def test_an_address_that_nobody_serves_is_answered_by_the_hubs_own_page(hall):
    with hall.client() as visitor:
        page = visitor.get("/user/nobody-is-called-this/lab", headers={"Accept-Language": "zh"})

    assert page.status_code == 200  # the page to sign in on
    assert 'lang="zh-Hans"' in page.text
