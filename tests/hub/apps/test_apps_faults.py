"""Others are answered while strangers misuse the service or its disk is full, and at once after it was killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import websockets
from datahall_forkserver import ForkServer
from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.home import resolve_home
from datahall_hub.services.apps.kernels import CONNECT_WITHIN, SOCKETS
from datahall_hub.services.apps.socket_tickets import MOST_HELD

from tests.running_hall import PLAIN

from .fault_service import MIB, SEATS, claim_that_it_works, others_are_answered, run_fault_service, sandboxes_of
from .kept_apps import SLIDER, get, kernel_of, publish
from .running_apps import RunningApps, Visit, ask_for_socket, find_widget, make_home, open_visit, run_fork_server
from .version_wishes import ask_for, write_version

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300)]

COMES_BACK_WITHIN = 5.0
VISITORS = 20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bubblewrap: str) -> Iterator[RunningApps]:
    """A service with four seats and one kept app."""
    with run_fault_service(tmp_path_factory) as running:
        yield running


FORGED: list[tuple[str, str, dict[str, Any]]] = [
    *(
        (channel, kind, {"code": "import os; os._exit(9)", "restart": False, "value": "x"})
        for channel in ("shell", "control", "stdin", "iopub", "hb", "unheard of", "")
        for kind in ("execute_request", "input_reply", "shutdown_request", "interrupt_request", "debug_request")
    ),
    ("shell", "comm_msg", {"comm_id": "nobody", "data": {"method": "update", "state": {"value": 1}}}),
    ("shell", "comm_msg", {"comm_id": None, "data": None}),
    ("shell", "comm_msg", {}),
    ("shell", "comm_open", {"comm_id": "a", "target_name": "os.system", "target_module": "os", "data": {}}),
    ("shell", "comm_open", {"comm_id": "b", "target_name": "jupyter.widget", "data": {"state": {"_model_name": "X"}}}),
    ("shell", "comm_open", {"comm_id": "c", "target_name": ["x"] * 1000, "data": {}}),
    ("shell", "comm_close", {"comm_id": "nobody", "data": {}}),
]


async def forge(visit: Visit) -> None:
    """Send what no page sends, and nonsense to a widget that is there."""
    slider = find_widget(await visit.read_widgets(), "Level")
    for channel, kind, content in FORGED:
        await visit.send(kind, content, channel=channel)
    for state in ({"value": "x" * 100_000}, {"value": {"a": []}}, {"_model_module": "os", "comm": 1}, {"keys": None}):
        await visit.send("comm_msg", {"comm_id": slider, "data": {"method": "update", "state": state}})
    wrong_buffers = {"method": "update", "state": {}, "buffer_paths": [["value", "a", 99], "x", 7]}
    await visit.send("comm_msg", {"comm_id": slider, "data": wrong_buffers})
    for noise in ("", "null", "[" * 100_000, '{"header": {}}', b"\x00", b"\xff" * 1000, json.dumps({"channel": {}})):
        await visit.socket.send(noise)


def test_forged_messages_harm_nobody(served: RunningApps) -> None:
    async def visit() -> None:
        async with open_visit(served, "good") as other, open_visit(served, "good") as forger:
            await forge(forger)
            await claim_that_it_works(other)
            await claim_that_it_works(forger)  # not even whoever sent them

    with others_are_answered(served):
        asyncio.run(visit())
    served.wait_for_visits(0)


def test_frames_of_10_mb_close_their_socket_alone(served: RunningApps) -> None:
    async def send_whole(visit: Visit) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            await visit.socket.send("x" * 10 * MIB)
        await asyncio.wait_for(visit.socket.wait_closed(), 10)

    async def send_in_pieces(visit: Visit) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            await visit.socket.send("x" * (MIB // 4) for _ in range(40))
        await asyncio.wait_for(visit.socket.wait_closed(), 10)

    async def visit() -> None:
        async with open_visit(served, "good") as other:
            for send in (send_whole, send_in_pieces):
                async with open_visit(served, "good") as sender:
                    await send(sender)
                await claim_that_it_works(other)

    with others_are_answered(served):
        asyncio.run(visit())
    served.wait_for_visits(0)


@contextlib.asynccontextmanager
async def held_sockets(served: RunningApps, visit_ids: list[str]) -> AsyncIterator[list[Any]]:
    """Open a socket to each visit, as many at once as there are tickets; those that are refused are None."""
    opening = asyncio.Semaphore(MOST_HELD)

    async def open_one(visit_id: str) -> Any:
        try:
            async with opening:
                address = await ask_for_socket(served.url, visit_id)
                return await websockets.connect(address, proxy=None, open_timeout=20)
        except (websockets.InvalidStatus, TimeoutError, OSError, websockets.InvalidMessage):
            return None

    sockets = await asyncio.gather(*(open_one(each) for each in visit_ids))
    try:
        yield sockets
    finally:
        await asyncio.gather(*(each.close() for each in sockets if each))


def test_a_thousand_sockets_to_one_visit_are_four(served: RunningApps) -> None:
    async def visit() -> int:
        async with (
            open_visit(served, "good") as other,
            open_visit(served, "good") as crowded,
            held_sockets(served, [crowded.kernel_id] * 1000) as sockets,
        ):
            await asyncio.sleep(1)  # until those that came too late are closed
            await claim_that_it_works(other)
            await claim_that_it_works(crowded)
            return sum(each is not None and each.state.name == "OPEN" for each in sockets)

    with others_are_answered(served):
        assert asyncio.run(visit()) == SOCKETS - 1
    served.wait_for_visits(0)


def test_a_thousand_sockets_to_as_many_invented_visits_are_none(served: RunningApps) -> None:
    async def visit() -> int:
        async with held_sockets(served, [str(uuid.uuid4()) for _ in range(1000)]) as sockets:
            return sum(each is not None for each in sockets)

    with others_are_answered(served):
        assert asyncio.run(visit()) == 0
    assert served.visits() == 0


def test_many_half_open_visits_have_seats_and_no_more(served: RunningApps) -> None:
    """Two hundred pages whose sockets wait for a kernel: four get one, and when they are gone the line is, too."""

    async def visit() -> None:
        pages = [get(served, "good").text for _ in range(200)]
        addresses = [await ask_for_socket(served.url, kernel_of(page)) for page in pages]
        waiting = [
            asyncio.create_task(websockets.connect(each, proxy=None, open_timeout=60).__aenter__())
            for each in addresses
        ]
        await asyncio.sleep(3)
        assert served.visits() <= SEATS
        for task in waiting:
            task.cancel()
        opened = await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in opened if not isinstance(each, BaseException)))

    with others_are_answered(served):
        asyncio.run(visit())
    served.wait_for_visits(0, within=3 * CONNECT_WITHIN + 20)

    async def come_after() -> None:
        async with open_visit(served, "good") as after:
            await claim_that_it_works(after)

    asyncio.run(come_after())
    served.wait_for_visits(0)


HEADS = {
    "half a handshake": b"GET /services/apps/api/kernels/%s/channels HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
    "half a request": b"GET /services/apps/good HTTP/1.1\r\nHost: x\r\nX-A: ",
    "half a body": b"POST /services/apps/voila/api/shutdown/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\na",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_those_who_never_finish_keep_nobody_waiting(served: RunningApps, head: bytes) -> None:
    async def trickle() -> None:
        head_of_one = head.replace(b"%s", str(uuid.uuid4()).encode())
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(500):
                _, writer = await asyncio.open_connection("127.0.0.1", served.port)
                stack.callback(writer.close)
                writer.write(head_of_one[:-3])
                stack.push_async_callback(writer.drain)
                writers.append(writer)
            for byte in head_of_one[-3:]:
                for writer in writers:
                    writer.write(bytes([byte]))
                await asyncio.sleep(1)

    writers = list[asyncio.StreamWriter]()
    with others_are_answered(served):
        asyncio.run(trickle())
    assert served.visits() == 0


def test_pages_without_a_sign_and_signs_without_a_page_cost_no_kernel(served: RunningApps) -> None:
    def ask(paths: Iterator[str], status: int) -> None:
        with httpx.Client(timeout=30, **PLAIN) as client:
            for path in paths:
                assert client.get(f"{served.url}/{path}").status_code == status

    with others_are_answered(served):
        ask((f"good?{number}" for number in range(2000)), 200)
        ask((f"api/kernels/{uuid.uuid4()}" for _ in range(3000)), 404)
    assert served.visits() == 0


def test_a_killed_service_leaves_nothing_of_20_visits_and_is_back_at_once(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, bubblewrap: str
) -> None:
    home = make_home(tmp_path_factory.mktemp("killed") / "home")
    (tmp_path / "apps").mkdir()
    settings = {"DATAHALL_APPS_KERNELS": str(VISITORS), "DATAHALL_APPS_KERNELS_PER_APP": str(VISITORS)}
    with run_fork_server(home):
        apps = RunningApps(home, apps_folder=tmp_path / "apps", settings=settings).start()
        try:
            publish(apps, "good", SLIDER.format(seconds=0))
            left = asyncio.run(kill_among_visitors(apps))
            began = time.monotonic()
            apps.start()
            assert "<picture>level 3</picture>" in get(apps, "good").text
            assert time.monotonic() - began < COMES_BACK_WITHIN
            _, alive = psutil.wait_procs(left, timeout=10)
            assert alive == []
            deadline = time.monotonic() + 10
            while ForkServer(resolve_home(home).fork_socket("kernel")).describe()["children"]:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert apps.visits() == 0
        finally:
            apps.stop()


async def kill_among_visitors(apps: RunningApps) -> list[psutil.Process]:
    """Kill the service while visitors hold sockets; return the processes that it had."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(VISITORS):
            page = await asyncio.to_thread(get, apps, "good")
            found = re.search(r'"kernelId": "([^"]*)"', page.text)
            assert found
            address = await ask_for_socket(apps.url, found[1])
            await stack.enter_async_context(websockets.connect(address, proxy=None, open_timeout=60))
        assert apps.visits() == VISITORS
        left = sandboxes_of(apps)
        assert left
        apps.process.kill()
        apps.process.wait()
        return left


@contextlib.contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[None]:
    """Lay a disk of `size` over a new folder."""
    folder.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("only root can lay a small disk where a running service sees it")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))


def test_a_full_disk_refuses_the_next_version_and_the_earlier_one_is_served(served: RunningApps) -> None:
    with small_disk(served.home / "apps/filled", size="4m"):
        publish(served, "filled", SLIDER.format(seconds=0))
        slug, digest = write_version(served.home, "filled", cells=["print('the next version')"])
        filler = served.home / "apps/filled/filler"
        fill(filler)
        before = sorted(path.name for path in filler.parent.iterdir())

        refused = ask_for(served, "/proofs", {"slug": slug, "digest": digest})
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "no-room")
        with pytest.raises(OSError, match="No space left"):
            AppFiles(served.home / "apps").point_to(slug, {"number": 2, "digest": digest, "note": "x" * 10_000})
        assert sorted(path.name for path in filler.parent.iterdir()) == before
        assert "<picture>level 3</picture>" in get(served, slug).text

        filler.unlink()
        assert ask_for(served, "/proofs", {"slug": slug, "digest": digest}).json()["renders"]
