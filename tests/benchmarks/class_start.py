"""`class-start-30`, `class-start-100` and `server-memory`: a class asks for its servers at one moment.

A service with a token of its own asks for everybody, at ours and at a stock hub alike: the same few requests each, and
no browser beside them that would compete for the processors. Each person is then waited for as the page does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.benchmarks.measurement import Measurement
from tests.benchmarks.stock_hub import stock_hub
from tests.running_hall import RunningHall

STOCK_LIMIT = LIMIT = 120.0  # seconds
PROBE_EVERY = 0.1  # seconds between two questions of somebody who has nothing to do with the class
SETTLE = 3.0  # seconds after which a server that has started does no more by itself
BELL = """
c.JupyterHub.services.append({{"name": "bell", "api_token": "{token}"}})
c.JupyterHub.load_roles.append(
    {{"name": "bell", "services": ["bell"], "scopes": ["admin:users", "admin:servers", "groups"]}}
)
"""


@dataclass(frozen=True)
class ClassStart:
    """How a class fared: seconds until the last was ready, who was not, the hub's answers meanwhile, memory after."""

    seconds: float
    failures: int
    answers: tuple[float, ...]
    memory: float | None

    @property
    def p95(self) -> float:
        """The hub's 95th percentile in milliseconds, by nearest rank."""
        ordered = sorted(self.answers)
        return 1000 * ordered[math.ceil(0.95 * len(ordered)) - 1]


def measure_30() -> list[Measurement]:
    """Measure a class of 30, stock and ours, and the memory of its idle servers."""
    token = secrets.token_hex(32)
    with stock_hub(more=BELL.format(token=token)) as hub:
        # A class that does not start has no idle servers: two that do are measured first.
        alone = asyncio.run(_start_class(hub, token=token, count=2, limit=STOCK_LIMIT, prefix="first"))
        stock_memory = _measure_ordinary("jupyterhub-singleuser")
        stock = asyncio.run(_start_class(hub, token=token, count=30, limit=STOCK_LIMIT))
    with _open_hall(token) as hall:
        ours = asyncio.run(_start_class(f"{hall.url}/hub", token=token, count=30, limit=LIMIT))
        time.sleep(SETTLE)
        memory, shared = _measure_forked(hall, count=30)
    assert alone.failures == 0
    return [
        _describe(30, ours, stock),
        Measurement(
            "server-memory", "MB", memory, stock_memory,
            note=f"PSS of an idle server with its keeper and sandbox, 30 running ({shared:.0f} MB of the fork server "
            "itself, once for all, left out); stock: two idle servers, since 30 at once do not start",
        ),
    ]  # fmt: skip


def measure_100() -> list[Measurement]:
    """Measure a class of 100; stock, which does not start 30, is not asked."""
    token = secrets.token_hex(32)
    with _open_hall(token) as hall:
        ours = asyncio.run(_start_class(f"{hall.url}/hub", token=token, count=100, limit=LIMIT))
    return [_describe(100, ours, None)]


def _describe(count: int, ours: ClassStart, stock: ClassStart | None) -> Measurement:
    note = (
        f"all {count} asked for at once, until the last is ready; each in a sandbox; meanwhile the hub's API answered "
        f"others in {ours.p95:.0f} ms (p95 of {len(ours.answers)})"
    )
    if stock is not None:
        note += f", stock's in {stock.p95:.0f} ms"
    return Measurement(
        f"class-start-{count}", "s", ours.seconds, stock.seconds if stock else None, ours.failures,
        stock.failures if stock else 0, note=note,
    )  # fmt: skip


@contextlib.contextmanager
def _open_hall(token: str) -> Iterator[RunningHall]:
    with tempfile.TemporaryDirectory(prefix="datahall-bench-") as name:
        home = Path(name) / "home"
        folder = home / "jupyterhub_config.d"
        folder.mkdir(parents=True)
        (folder / "bell.py").write_text(BELL.format(token=token))
        hall = RunningHall(home).start()
        try:
            hall.wait_until_whole()
            hall.wait_until_calm()
            yield hall
        finally:
            hall.stop()


async def _start_class(hub: str, *, token: str, count: int, limit: float, prefix: str = "student") -> ClassStart:
    names = [f"{prefix}{number:03d}" for number in range(count)]
    headers = {"Authorization": f"token {token}"}
    pool = httpx.Limits(max_connections=4 * count + 8)
    async with httpx.AsyncClient(
        base_url=f"{hub}/api/", headers=headers, timeout=limit, trust_env=False, limits=pool
    ) as client:
        await _enrol(client, names)
        probing = asyncio.create_task(_probe(client, name=names[0]))
        began = time.monotonic()
        ready = await asyncio.gather(*(_start_one(client, name, deadline=began + limit) for name in names))
        seconds = time.monotonic() - began
        probing.cancel()
        answers = await asyncio.gather(probing, return_exceptions=True)
    assert isinstance(answers[0], list)
    failures = ready.count(False)
    return ClassStart(limit if failures else seconds, failures, tuple(answers[0]), None)


async def _enrol(client: httpx.AsyncClient, names: list[str]) -> None:
    (await client.post("users", json={"usernames": names})).raise_for_status()
    group = await client.post("groups/student/users", json={"users": names})
    if group.status_code != httpx.codes.NOT_FOUND:  # a stock hub has no such group
        group.raise_for_status()


async def _start_one(client: httpx.AsyncClient, name: str, *, deadline: float) -> bool:
    """Return whether a person's server was ready in time."""
    try:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
            answer = await client.post(f"users/{name}/server")
            if answer.is_error:
                return False
            async with client.stream("GET", f"users/{name}/server/progress") as progress:
                async for line in progress.aiter_lines():
                    event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                    if event.get("ready") or event.get("failed"):
                        return bool(event.get("ready"))
    except (TimeoutError, httpx.HTTPError):
        return False
    return False


async def _probe(client: httpx.AsyncClient, *, name: str) -> list[float]:
    """Ask the hub's API now and then, until cancelled; return the seconds of each answer."""
    seconds: list[float] = []
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            began = time.monotonic()
            (await client.get(f"users/{name}")).raise_for_status()
            seconds.append(time.monotonic() - began)
            await asyncio.sleep(PROBE_EVERY)
    return seconds


def _measure_ordinary(program: str) -> float:
    """Return the mean PSS of the processes that run a program, in MB."""
    found = [
        process.memory_full_info().pss
        for process in psutil.process_iter()
        if any(Path(word).name == program for word in _read_command(process)[:3])
    ]
    return sum(found) / len(found) / 1e6


def _measure_forked(hall: RunningHall, *, count: int) -> tuple[float, float]:
    """Return the PSS of everything that runs for one person, and that of the fork server itself, in MB."""
    everything = psutil.Process(hall.pid).children(recursive=True)
    status = json.loads((hall.home / "run/hall.json").read_text())
    own = {child["pid"] for child in status["children"].values()}
    theirs = shared = 0.0
    for process in everything:
        with contextlib.suppress(psutil.NoSuchProcess):  # what ends meanwhile (an app's trial) is nobody's server
            command = _read_command(process)
            if process.pid in own or (process.ppid() in own and "serve" in command and process.children()):
                shared += process.memory_full_info().pss if "server" in command else 0
            elif "server" in command or Path(command[0] if command else "").name in {"sh", "bwrap", "sleep"}:
                theirs += process.memory_full_info().pss
    return theirs / count / 1e6, shared / 1e6


def _read_command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []
