"""No stranger takes everything: bodies, messages, sockets and seats are bounded, a killed service leaves nothing."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import websockets
from datahall_hub.services.apps.bodies import LARGEST_BODY
from datahall_hub.services.apps.kernels import SOCKETS
from datahall_hub.services.apps.messages import LARGEST_MESSAGE
from datahall_hub.services.apps.visitor import find_address
from tornado.httputil import HTTPHeaders

from .running_apps import RunningApps, ask_for_socket, open_visit

MIB = 1024 * 1024


def send(size: int) -> Iterator[bytes]:
    for _ in range(size // MIB):
        yield bytes(MIB)


@pytest.mark.sandbox
@pytest.mark.parametrize("path", ["/plain", "/health", "/voila/api/shutdown/0", "/not-there"])
@pytest.mark.parametrize("named", [True, False], ids=["with its length", "in chunks"])
def test_a_large_body_is_refused_and_not_kept(small_apps: RunningApps, path: str, named: bool) -> None:
    process = psutil.Process(small_apps.process.pid)
    before = process.memory_info().rss
    headers = {"Content-Length": str(60 * MIB)} if named else {}

    with contextlib.suppress(httpx.TransportError):  # the service need not listen to the end
        answer = httpx.post(f"{small_apps.url}{path}", content=send(60 * MIB), headers=headers, timeout=30)
        assert answer.status_code == 413
        assert "Set-Cookie" not in answer.headers

    assert process.memory_info().rss - before < 30 * MIB
    assert httpx.get(f"{small_apps.url}/health").status_code == 200


@pytest.mark.sandbox
def test_a_body_as_large_as_allowed_is_read(small_apps: RunningApps) -> None:
    assert httpx.post(f"{small_apps.url}/not/there", content=bytes(LARGEST_BODY)).status_code == 404
    assert httpx.post(f"{small_apps.url}/not/there", content=bytes(LARGEST_BODY + 1)).status_code == 413


@pytest.mark.sandbox
def test_a_visit_has_few_sockets_and_messages_are_bounded(small_apps: RunningApps) -> None:
    async def visit() -> int:
        async with open_visit(small_apps, "plain") as page, contextlib.AsyncExitStack() as stack:
            for _ in range(SOCKETS - 1):
                address = await ask_for_socket(page.url, page.kernel_id)
                await stack.enter_async_context(websockets.connect(address, proxy=None))
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(await ask_for_socket(page.url, page.kernel_id), proxy=None)
            await page.socket.send("x" * (LARGEST_MESSAGE + 1))
            await asyncio.wait_for(page.socket.wait_closed(), 10)
            return refused.value.response.status_code

    assert asyncio.run(visit()) == 429


@pytest.mark.sandbox
def test_a_page_of_another_site_opens_no_socket(small_apps: RunningApps) -> None:
    async def visit() -> None:
        async with open_visit(small_apps, "plain") as page:
            address = await ask_for_socket(page.url, page.kernel_id)
            async with websockets.connect(address, proxy=None, additional_headers={"Origin": "null"}):
                pass
            address = await ask_for_socket(page.url, page.kernel_id)
            with pytest.raises(websockets.InvalidStatus, match="403"):
                await websockets.connect(address, proxy=None, additional_headers={"Origin": "http://other.example"})

    asyncio.run(visit())


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        pytest.param([], None, id="asked without a proxy"),
        pytest.param(["127.0.0.1"], None, id="on this machine"),
        pytest.param(["203.0.113.7"], "203.0.113.7", id="from the network"),
        pytest.param(["198.51.100.1, 203.0.113.7"], "203.0.113.7", id="who invents an address"),
        pytest.param(["127.0.0.1, 203.0.113.7, 127.0.0.1"], "203.0.113.7", id="through a server on this machine"),
        pytest.param(["198.51.100.1", "203.0.113.7"], "203.0.113.7", id="in two headers"),
        pytest.param(["::ffff:203.0.113.7"], "203.0.113.7", id="written as IPv6"),
        pytest.param(["2001:db8:1:2:aaaa::1"], "2001:db8:1:2::/64", id="one of an IPv6 network"),
        pytest.param(["nonsense"], None, id="nonsense"),
    ],
)
def test_where_a_visitor_comes_from(forwarded: list[str], address: str | None) -> None:
    headers = HTTPHeaders()
    for line in forwarded:
        headers.add("X-Forwarded-For", line)

    assert find_address(headers) == address


@pytest.mark.sandbox
def test_a_killed_service_leaves_no_folder_and_others_keep_theirs(small_apps: RunningApps, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    nobodys = temporary / "datahall-apps-unknown"
    nobodys.mkdir()
    held = temporary / "datahall-apps-held"
    held.mkdir()
    settings = {"TMPDIR": str(temporary)}
    folder = Path(small_apps.environment["DATAHALL_APPS_FOLDER"])
    with (held / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        killed = RunningApps(small_apps.home, apps_folder=folder, settings=settings).start()
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait()
        assert len(list(temporary.glob("datahall-apps-*"))) == 3

        assert RunningApps(small_apps.home, apps_folder=folder, settings=settings).start().stop() == 0

        assert sorted(temporary.glob("datahall-apps-*")) == [held, nobodys]
