"""What an attacker tries from a notebook and a terminal of their own: each attempt fails, and nobody is hurt.

The attacker's programs lie in `attackers`, as she would type them.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
import websocket
from datahall_hub.person_sandbox import LARGEST_SCRATCH

from tests.journeys.arena import ATTACKERS, BOUNDS, DIARY, Arena
from tests.running_hall import PLAIN, RunningHall

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
WAYS = ("kernel", "terminal")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[Arena]:
    options = [word for name, bound in BOUNDS.items() for word in (f"--{name}", str(bound))]
    hall = RunningHall(tmp_path_factory.mktemp("arena") / "home", options=options).start()
    try:
        arena = Arena.open(hall)
        yield arena
        arena.close()
    finally:
        hall.stop()


@pytest.fixture(autouse=True)
def unharmed(arena: Arena) -> Iterator[None]:
    """Whatever is tried, alice and the hall are as before."""
    yield
    arena.assert_unharmed()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_others_can_be_read(arena, way):
    home = arena.hall.home
    secrets = [path for path in (home / "secrets").iterdir() if path.is_file()]
    names = ["diary.txt", "jupyterhub.sqlite", "identities.json", "hall.json", "ports.json", *(p.name for p in secrets)]
    paths = [home, home / "homes/alice/diary.txt", home / "hub/jupyterhub.sqlite", home / "logs/hub.log", *secrets]
    words = [DIARY, arena.alice.token, *(path.read_text().strip() for path in secrets)]

    own = "what mallory may find"
    (arena.mallory.home / ".datahall/own.txt").write_text(own)

    found = arena.attack(
        "reading", way=way, names=names, paths=[str(path) for path in paths], words=[w[::-1] for w in (*words, own)]
    )

    assert found == ["words stand in: /home/jovyan/.datahall/own.txt"]


@pytest.mark.parametrize("way", WAYS)
def test_nobody_elses_door_opens(arena, way):
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    hosts = sorted({"127.0.0.1", "::1", "localhost", "169.254.169.254", *own})

    answered = arena.attack(
        "connecting", way=way, ports={**arena.ports, "the hall": arena.hall.port}, sockets=arena.sockets, hosts=hosts,
        public_port=arena.hall.port,
    )  # fmt: skip

    assert sorted(set(answered)) == [f"the hall at {host}:{arena.hall.port}" for host in ("127.0.0.1", "localhost")]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_breaks_out(arena, way):
    assert arena.attack("breaking_out", way=way) == []


def test_every_process_of_a_person_is_within_their_bounds(arena):
    limited = arena.find_limited(arena.mallory)
    if not limited["groups"]:
        return  # resource limits and the limits service bound what an ordinary user runs
    bounded = {
        int(pid) for folder in Path(limited["groups"][0]).rglob("cgroup.procs") for pid in folder.read_text().split()
    }

    assert {limited["pid"], limited["server"]} <= bounded


def test_forged_requests_are_refused(arena):
    victim = arena.find_limited(arena.alice)

    done = arena.attack(
        "forging",
        sandbox_of_another={"pid": victim["pid"], "started": victim["started"]},
        server_of_another={"pid": victim["server"], "started": victim["started"]},
        user_of_another=arena.alice.home.stat().st_uid or 1,
        gate_of_another=victim["name"],
    )

    assert done == []


def test_what_is_planted_in_a_home_leads_nobody_elsewhere(arena):
    outside = {"secrets": arena.hall.home / "secrets", "diary": arena.alice.home / "diary.txt"}
    before = {path: path.read_bytes() for path in outside["secrets"].iterdir() if path.is_file()}
    arena.attack("planting", folders=[str(arena.hall.home / "secrets"), str(arena.alice.home)], files=[
        *map(str, before), str(outside["diary"]), str(arena.hall.home / "run/u/2/s")
    ])  # fmt: skip

    arena.hall.stop_server(arena.mallory.browser, "mallory")
    arena.hall.start_server(arena.mallory.browser, "mallory")
    arena.mallory.token = arena.hall.server_token(arena.mallory.browser, "mallory")

    assert {path: path.read_bytes() for path in before} == before
    if arena.hall.home.stat().st_uid == 0:  # then people have users of their own
        owners = {path.lstat().st_uid for path in arena.alice.home.rglob("*")} | {arena.alice.home.stat().st_uid}
        assert arena.mallory.home.stat().st_uid not in owners
        assert {path.stat().st_uid for path in before} == {0}
    for name in (
        "to-alice/diary.txt",
        "to-secrets/cookie-secret",
        "link-0",
        "..%2Falice%2Fdiary.txt",
        "../alice/diary.txt",
    ):
        for page in ("files", "api/contents"):
            assert DIARY not in (answer := arena.mallory.ask("GET", f"{page}/{name}")).text
            assert answer.status_code in {400, 403, 404, 500}, (page, name, answer.text[:200])
    arena.clear(arena.mallory, "deep")  # folders too deep to be counted count as a full home


def test_tokens_and_cookies_open_ones_own_doors_only(arena):
    hall, mallory = arena.hall, arena.mallory
    with mallory.kernel() as kernel:
        inside = kernel.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()
    doors = ("/user/alice/api/contents/diary.txt", "/user/alice/files/diary.txt", "/user/alice/api/kernels",
             "/hub/api/users", "/hub/api/users/alice", "/hub/api/proxy", "/hub/api/services", "/hub/api/shutdown",
             "/hub/api/users/alice/tokens", "/hub/api/groups")  # fmt: skip
    for door in doors:
        for token in (mallory.token, inside):
            answer = httpx.get(hall.url + door, headers={"Authorization": f"token {token}"}, **PLAIN)
            assert answer.status_code in {403, 404, 405, 302}, (door, answer.status_code)
            assert DIARY not in answer.text
        answer = mallory.browser.get(door)
        assert DIARY not in answer.text
        assert answer.status_code in {403, 404, 405}, (door, answer.status_code)
    for method, door in (("POST", "/hub/api/users/alice/tokens"), ("DELETE", "/hub/api/users/alice/server"),
                         ("DELETE", "/hub/api/users/alice"), ("POST", "/hub/api/shutdown"),
                         ("PATCH", "/hub/api/users/mallory"), ("POST", "/hub/api/users/eve")):  # fmt: skip
        for token in (mallory.token, inside):
            answer = httpx.request(
                method, hall.url + door, headers={"Authorization": f"token {token}"}, json={"admin": True}, **PLAIN
            )
            assert answer.status_code in {403, 404}, (method, door, answer.status_code)
        assert hall.api(mallory.browser, method, door, json={"admin": True}).status_code in {403, 404}


def test_cookies_that_mallory_signs_herself_are_nobodys(arena):
    """Her server knows its own secrets; with them it makes no cookie that alice's takes."""
    hall = arena.hall
    arena.mallory.browser.get("/user/mallory/lab")
    hers = {cookie.name: cookie.value or "" for cookie in arena.mallory.browser.cookies.jar}
    renamed = {name.replace("mallory", "alice"): value for name, value in hers.items()}
    for cookies in (hers, renamed):
        line = "; ".join(f"{name}={value}" for name, value in cookies.items())
        for door in ("/user/alice/api/contents/diary.txt", "/user/alice/files/diary.txt"):
            answer = httpx.get(hall.url + door, headers={"Cookie": line}, **PLAIN)
            assert answer.status_code in {302, 403}
            assert DIARY not in answer.text


SENT = [
    ("GET", "/user/alice/api/contents/diary.txt"), ("GET", "/user/alice/files/diary.txt"),
    ("GET", "/user/alice/api/kernels"), ("PUT", "/user/alice/api/contents/evil.txt"),
    ("POST", "/user/alice/api/kernels"), ("POST", "/user/alice/api/terminals"), ("POST", "/user/alice/api/shutdown"),
    ("DELETE", "/user/alice/api/contents/diary.txt"), ("POST", "/hub/api/users/alice/tokens"),
    ("DELETE", "/hub/api/users/alice/server"), ("GET", "/hub/api/users/alice"), ("GET", "/hub/api/user"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "address"), SENT, ids=[f"{method} {address}" for method, address in SENT])
def test_a_request_that_a_page_of_mallorys_server_sends_in_alices_browser_is_refused(arena, method, address):
    hall, browser = arena.hall, arena.alice.browser
    assert browser.get("/user/alice/lab").status_code == 200  # her cookies are there
    fetched = {
        "Origin": hall.url, "Referer": f"{hall.url}/user/mallory/files/lovely.html", "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty",
    }  # fmt: skip
    hers = next((c.value for c in arena.mallory.browser.cookies.jar if c.name == "_xsrf"), "")
    for more in ({}, {"X-XSRFToken": hers}):
        answer = browser.request(method, address, headers=fetched | more, follow_redirects=False, json=None)

        assert answer.status_code in {302, 403}, answer.text[:300]
        assert DIARY not in answer.text


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://127.0.0.1:1"])
def test_no_page_of_elsewhere_speaks_to_alices_kernel(arena, origin):
    arena.alice.browser.get("/user/alice/lab")
    cookies = "; ".join(
        f"{c.name}={c.value}" for c in arena.alice.browser.cookies.jar if c.path in ("/", "/user/alice/")
    )
    address = f"{arena.hall.url.replace('http', 'ws')}/user/alice/api/kernels/{arena.kernel.id}/channels"

    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(address, cookie=cookies, origin=origin, timeout=10)


# ── What eats up a machine ────────────────────────────────────────────────────────────────────────────────────────


def test_a_kernel_that_fills_the_memory_ends_alone(arena):
    server = arena.mallory.ask("GET", "api/status").json()["started"]

    outcome = arena.bomb("memory_bomb", within=60)

    assert outcome.has_ended
    assert arena.mallory.ask("GET", "api/status").json()["started"] == server
    assert "memory" in outcome.said


def test_what_a_kernel_had_started_that_filled_the_memory_ends_with_it(arena):
    assert arena.bomb("family_bomb", within=60).has_ended

    hall = psutil.Process(arena.hall.pid)
    deadline = time.monotonic() + 20
    while left := [each for each in hall.children(recursive=True) if is_of_the_family(each)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def is_of_the_family(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "4242" in process.cmdline()
    return False


def test_files_and_pipes_that_live_in_memory_are_bounded(arena):
    server = arena.mallory.ask("GET", "api/status").json()["started"]

    first = arena.find_limited(arena.mallory)["pid"]
    mounts = [
        mount.split() for mount in Path(f"/proc/{first}/mountinfo").read_text().splitlines() if " - tmpfs " in mount
    ]
    folders = {mount[4] for mount in mounts if "rw" in mount[5].split(",")}
    sizes = {folder: os.statvfs(f"/proc/{first}/root{folder}") for folder in folders}

    outcome = arena.bomb("scratch_bomb", within=10)

    # Control groups count them as the kernel's memory; without any the folders' own sizes bound them.
    assert outcome.has_ended or not arena.find_limited(arena.mallory)["groups"]
    assert {"/tmp", "/run", "/dev/shm"} <= sizes.keys()
    assert sum(each.f_blocks * each.f_frsize for each in sizes.values()) <= 1.3 * LARGEST_SCRATCH
    assert arena.mallory.ask("GET", "api/status").json()["started"] == server
    arena.start_afresh(arena.mallory)  # nothing but that frees what she has filled


def test_a_fork_bomb_stays_within_a_persons_processes(arena):
    outcome = arena.bomb("fork_bomb", within=8, count=lambda: len(arena.find_processes(arena.mallory)))

    assert 50 < max(outcome.counts) <= BOUNDS["processes"] + 20  # the server has a bound of its own
    arena.start_afresh(arena.mallory)


@pytest.mark.parametrize("bomb", ["file_bomb", "many_files"])
def test_who_fills_the_disk_is_stopped(arena, bomb):
    outcome = arena.bomb(bomb, within=60)

    assert outcome.has_ended, outcome
    size, files = arena.measure_home(arena.mallory)
    assert size < BOUNDS["disk-quota"] + 3_000_000_000  # measured and acted on: what a fast disk takes meanwhile
    assert files < 100_000
    assert arena.mallory.ask("GET", "api/status").status_code == 200
    arena.clear(arena.mallory, "bomb")


def test_a_server_that_its_owner_has_made_fill_the_disk_is_stopped(arena):
    """What stands in a person's own configuration runs in the server itself, which is no kernel."""
    settings = arena.mallory.home / ".jupyter/jupyter_server_config.py"
    bomb = (ATTACKERS / "file_bomb.py").read_text()
    code = f"import threading\nthreading.Thread(target=exec, args=({bomb!r}, {{}}), daemon=True).start()\n"
    with arena.mallory.kernel() as kernel:
        kernel.run(
            f"import pathlib; path = pathlib.Path.home() / '.jupyter'; path.mkdir(exist_ok=True)\n"
            f"_ = (path / {settings.name!r}).write_text({code!r})"
        )
    arena.start_afresh(arena.mallory)

    first = arena.find_limited(arena.mallory)["pid"]
    deadline = time.monotonic() + 60
    while psutil.pid_exists(first):
        arena.assert_unharmed()
        assert time.monotonic() < deadline, arena.measure_home(arena.mallory)
        time.sleep(0.3)

    assert arena.measure_home(arena.mallory)[0] < BOUNDS["disk-quota"] + 3_000_000_000
    settings.unlink()
    shutil.rmtree(arena.mallory.home / "bomb")
    arena.start_afresh(arena.mallory)
    arena.wait_for_room(arena.mallory)


def test_endless_output_keeps_nobody_else_waiting(arena):
    hub = psutil.Process(arena.children["hub"]["pid"])
    before = hub.memory_info().rss

    arena.bomb("endless_output", within=6)  # on a quick machine it is what outgrows the kernel's memory

    assert hub.memory_info().rss < before + 50_000_000
    assert arena.mallory.ask("GET", "api/status").status_code == 200
    arena.start_afresh(arena.mallory)
