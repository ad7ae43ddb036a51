"""Ask a service for many addresses over kept connections, at a steady rate or as fast as it answers.

At a steady rate a request counts from the moment at which it was due, whether or not a connection was free then: a
service that falls behind is not spared. The client runs on the machine that it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

CONNECTIONS = 32
LIMIT = 30.0  # seconds one answer may take


@dataclass
class Load:
    """What came of it: the seconds of each success, how many failed, and how long all took."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    elapsed: float = 0.0
    bytes: int = 0


async def ask_steadily(port: int, paths: Sequence[str], *, rate: float, count: int) -> Load:
    """Send `count` requests, `rate` of them a second, going round through `paths`."""
    load, began = Load(), time.perf_counter()
    due: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
    workers = [asyncio.create_task(_work(port, due, load)) for _ in range(CONNECTIONS)]
    for number in range(count):
        moment = began + number / rate
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        due.put_nowait((paths[number % len(paths)], moment))
    await due.join()
    return await _end(workers, load, began)


async def ask_at_once(port: int, paths: Sequence[str], *, connections: int, seconds: float) -> Load:
    """Go round through `paths` over `connections`, each asking again once it has its answer."""
    load, began = Load(), time.perf_counter()
    due: asyncio.Queue[tuple[str, float]] = asyncio.Queue(maxsize=1)
    workers = [asyncio.create_task(_work(port, due, load, is_timed_from_sending=True)) for _ in range(connections)]
    number = 0
    while time.perf_counter() - began < seconds:
        await due.put((paths[number % len(paths)], 0.0))
        number += 1
    await due.join()
    return await _end(workers, load, began)


async def _end(workers: Sequence[asyncio.Task[None]], load: Load, began: float) -> Load:
    load.elapsed = time.perf_counter() - began
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return load


async def _work(
    port: int, due: asyncio.Queue[tuple[str, float]], load: Load, *, is_timed_from_sending: bool = False
) -> None:
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    try:
        while True:
            path, moment = await due.get()
            begun = time.perf_counter() if is_timed_from_sending else moment
            try:
                connection = connection or await asyncio.open_connection("127.0.0.1", port)
                async with asyncio.timeout(LIMIT):
                    load.bytes += await _ask(*connection, port=port, path=path)
                load.seconds.append(time.perf_counter() - begun)
            except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
                load.failures += 1
                if connection is not None:
                    connection[1].close()
                connection = None
            finally:
                due.task_done()
    finally:
        if connection is not None:
            connection[1].close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, port: int, path: str) -> int:
    """Return the size of a whole successful answer."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    size = int(headers["content-length"]) if "content-length" in headers else -1
    if status.split(" ")[1] != "200" or size < 0:
        raise ValueError(f"{path}: {status}")
    await reader.readexactly(size)
    return size
