"""A visitor of an app: speaks as the page does, from its address to the first answer of a widget.

Gets the page, reads the kernel's id from it, opens the kernel's channel, asks for the widgets' states, moves the
dropdown, and waits for the new picture. No mercy for slow servers: everything within one time limit.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from yarl import URL

PAGE_CONFIG = re.compile(rb'<script id="jupyter-config-data" type="application/json">(.*?)</script>', re.DOTALL)
PICTURE = b'"image/png"'
CONTROL = "jupyter.widget.control"


class VisitError(Exception):
    """The page or the kernel did not answer as an app does; the message says what was missing."""


@dataclass(frozen=True)
class Visit:
    """Seconds from asking for the page until its first picture was there, and until a widget had answered."""

    content: float
    answer: float


async def read_app(url: str, *, limit: float) -> float:
    """Get the page as somebody who is gone after a look; return the seconds until its first picture was there.

    The page gives its first sign, as a browser would have it do.

    Raises
    ------
    TimeoutError
        If it takes longer than `limit` seconds.
    VisitError
        If the page holds no app.
    """
    async with asyncio.timeout(limit), aiohttp.ClientSession(timeout=aiohttp.ClientTimeout()) as session:
        page, content = await _get_page(session, url, began=time.monotonic())
        config = _read_page_config(page)
        sign = URL(url).join(URL(f"{config['baseUrl']}api/kernels/{config['kernelId']}"))
        async with session.get(sign) as response:
            await response.read()
    return content


async def visit_app(url: str, *, limit: float, stay: Callable[[], Awaitable[None]] | None = None) -> Visit:
    """Visit the app at `url` as somebody who has never been there, and stay for as long as `stay` lasts.

    Raises
    ------
    TimeoutError
        If the widget's answer is not there after `limit` seconds.
    VisitError
        If the page holds no app.
    """
    progress = ["the page"]
    try:
        async with asyncio.timeout(limit), aiohttp.ClientSession(timeout=aiohttp.ClientTimeout()) as session:
            return await _visit(session, url, progress=progress, stay=stay)
    except TimeoutError:
        raise TimeoutError(f"after {limit:.0f} s still waiting for {progress[-1]}") from None


async def _visit(
    session: aiohttp.ClientSession, url: str, *, progress: list[str], stay: Callable[[], Awaitable[None]] | None
) -> Visit:
    """Carry out the visit, noting in `progress` what is being waited for."""
    began = time.monotonic()
    page, content = await _get_page(session, url, began=began)
    config = _read_page_config(page)
    channels = await _find_channels(session, url, config=config)
    progress.append("the kernel's channel")
    async with session.ws_connect(channels, origin=str(URL(url).origin()), max_msg_size=0, heartbeat=30) as socket:
        await _Kernel(socket, progress=progress).move_dropdown()
        answer = time.monotonic() - began
        if stay is not None:
            await stay()
    await _leave(session, url, config=config)
    return Visit(content, answer)


async def _get_page(session: aiohttp.ClientSession, url: str, *, began: float) -> tuple[bytes, float]:
    page, content = b"", None
    async with session.get(url) as response:
        if response.status != 200:
            raise VisitError(f"{url} answered {response.status}")
        async for chunk in response.content.iter_any():
            page += chunk
            if content is None and PICTURE in page:
                content = time.monotonic() - began
    if content is None:
        raise VisitError(f"the page has no picture: …{page[-2000:].decode(errors='replace')}")
    return page, content


def _read_page_config(page: bytes) -> dict[str, Any]:
    found = PAGE_CONFIG.search(page)
    if found is None:
        raise VisitError("the page does not say which kernel is its own")
    config: dict[str, Any] = json.loads(found[1])
    return config


async def _find_channels(session: aiohttp.ClientSession, url: str, *, config: dict[str, Any]) -> URL:
    """Ask how the visit stands, as the page does; ours answers with the ticket for the kernel's channel."""
    visit = URL(url).join(URL(f"{config['baseUrl']}api/kernels/{config['kernelId']}"))
    async with session.get(visit) as response:
        answer = await response.json() if response.ok else {}
    return (visit / "channels").with_query({"ticket": answer["ticket"]} if "ticket" in answer else {})


async def _leave(session: aiohttp.ClientSession, url: str, *, config: dict[str, Any]) -> None:
    """End the visit as a page that is closed does, so that one visit does not slow down the next."""
    address = URL(url).join(URL(f"{config['baseUrl']}voila/api/shutdown/{config['kernelId']}"))
    token = next((cookie.value for cookie in session.cookie_jar if cookie.key == "_xsrf"), "")
    async with session.post(address, headers={"X-XSRFToken": token}) as response:
        await response.read()


class _Kernel:
    """The kernel's channel, in Jupyter's JSON framing."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, progress: list[str]) -> None:
        self._socket = socket
        self._progress = progress
        self._session = uuid.uuid4().hex

    async def move_dropdown(self) -> None:
        """Choose the dropdown's second entry and return when the picture that follows is there."""
        request = await self._send("kernel_info_request", {})
        self._progress.append("the kernel's first answer")
        await self._wait_for(lambda message: _is_reply(message, request, "kernel_info_reply"))
        dropdown = await self._find_dropdown()
        request = await self._send(
            "comm_msg",
            {"comm_id": dropdown, "data": {"method": "update", "state": {"index": 1}, "buffer_paths": []}},
        )
        self._progress.append("the picture that follows the dropdown")
        await self._wait_for(lambda m: m["parent_header"].get("msg_id") == request and _has_picture(m["content"]))

    async def _find_dropdown(self) -> str:
        comm = uuid.uuid4().hex
        opening = {"comm_id": comm, "target_name": CONTROL, "data": {}}
        await self._send("comm_open", opening, metadata={"version": "1.0.0"})
        await self._send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        self._progress.append("the widgets' states")
        answer = await self._wait_for(
            lambda m: m["content"].get("comm_id") == comm and m["content"]["data"].get("method") == "update_states"
        )
        for model, state in answer["content"]["data"]["states"].items():
            if state["model_name"] == "DropdownModel":
                return str(model)
        raise VisitError("the app has no dropdown")

    async def _send(self, kind: str, content: dict[str, Any], *, metadata: dict[str, Any] | None = None) -> str:
        identity = uuid.uuid4().hex
        header = {
            "msg_id": identity,
            "msg_type": kind,
            "username": "visitor",
            "session": self._session,
            "date": datetime.now(UTC).isoformat(),
            "version": "5.3",
        }
        message = {"header": header, "parent_header": {}, "metadata": metadata or {}, "content": content}
        await self._socket.send_json({**message, "channel": "shell", "buffers": []})
        return identity

    async def _wait_for(self, is_wanted: Any) -> dict[str, Any]:
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                message = json.loads(frame.data)
            elif frame.type is aiohttp.WSMsgType.BINARY:
                message = _read_binary(frame.data)
            else:
                break
            if message["content"].get("ename"):
                raise VisitError(f"the app failed: {message['content']['ename']}: {message['content']['evalue']}")
            if is_wanted(message):
                return dict(message)
        raise VisitError("the kernel's channel was closed")


def _read_binary(data: bytes) -> Any:
    """Return the JSON part of a message with buffers: their count, their offsets, then the parts."""
    offsets = [int.from_bytes(data[start : start + 4], "big") for start in (4, 8)]
    end = offsets[1] if int.from_bytes(data[:4], "big") > 1 else len(data)
    return json.loads(data[offsets[0] : end])


def _is_reply(message: dict[str, Any], request: str, kind: str) -> bool:
    return message["header"]["msg_type"] == kind and message["parent_header"].get("msg_id") == request


def _has_picture(content: dict[str, Any]) -> bool:
    return "image/png" in json.dumps(content)
