"""`app-burst-30`, `app-burst-500`, `app-memory` and `apps-idle-50`: many visitors at once, and none at all.

The crowd comes evenly spread, nobody waits for the one before; each speaks as the page does. Stock is asked what it can
be asked: Voila with its defaults starts a kernel for each visitor and keeps none for apps that nobody visits.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp
import psutil

from tests.benchmarks import app_data
from tests.benchmarks.app_open import Service, our_service, prepare_home, stock_service
from tests.benchmarks.app_publish import publish
from tests.benchmarks.app_visitor import VisitError, read_app, visit_app
from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.processes import BenchmarkError

LIMIT = 120.0  # seconds until a visit has failed
FEW, MANY = 30, 500  # visitors
FEW_WITHIN, MANY_WITHIN = 1.0, 10.0  # seconds in which they come
STAYING = 8  # visitors whose memory is measured
STOCK_STAYING = 2  # as many as stock has been seen to serve at once
IDLE_APPS = 50
SETTLE = 3.0  # seconds
REST = 0.5  # seconds for which visitors do nothing before their kernels are weighed
WORKING, HELPER = 30.0, 5.0  # MB that a kernel has at least when it has run an app, and a sandbox's processes at most
FAULTS = (TimeoutError, VisitError, OSError, aiohttp.ClientError)

Act = Callable[[str], Awaitable[float]]


def measure() -> list[Measurement]:
    """Measure the crowd at both, then the memory of visitors who stay."""
    with tempfile.TemporaryDirectory(prefix="datahall-bench-crowd-") as name:
        folder = Path(name)
        home = prepare_home(folder)
        stock, ours = stock_service(folder, home=home), our_service(folder, home=home)
        with ours():
            publish(home, app_data.SLUG)
        return [
            _measure_few(ours, stock),
            _measure_many(ours),
            _measure_memory(ours, stock),
        ]


def measure_idle() -> list[Measurement]:
    """Measure what fifty published apps hold that nobody visits, once each has been visited."""
    with tempfile.TemporaryDirectory(prefix="datahall-bench-idle-") as name:
        folder = Path(name)
        home = prepare_home(folder)
        ours = our_service(folder, home=home)
        with ours() as url:
            for number in range(IDLE_APPS):
                publish(home, f"{app_data.SLUG}-{number}")
            before = _count_kernels()
            asyncio.run(_come([url + f"-{number}" for number in range(IDLE_APPS)], within=10, act=_read))
            time.sleep(SETTLE)
        with ours() as url:
            asyncio.run(_read(f"{url}-0"))
            time.sleep(SETTLE)
            total = _measure_private()
            kernels = _count_kernels() - before
    note = (
        f"private memory of the apps service and of the fork server with all that it started, {IDLE_APPS} apps "
        f"published, {kernels} kernels; stock keeps none either and makes every visitor wait for one"
    )
    return [Measurement("apps-idle-50", "MB", total, None, note=note)]


def _measure_few(ours: Service, stock: Service) -> Measurement:
    mine = _crowd(ours, count=FEW, within=FEW_WITHIN, act=_visit)
    theirs = _crowd(stock, count=FEW, within=FEW_WITHIN, act=_visit)
    note = (
        f"p95 of {FEW} visitors in {FEW_WITHIN:.0f} s until a widget had answered, pools at zero; medians: "
        f"ours {mine.median:.2f} s, stock {theirs.median:.2f} s"
    )
    return Measurement("app-burst-30", "s", mine.p95, theirs.p95, mine.failures, theirs.failures, note=note)


def _measure_many(ours: Service) -> Measurement:
    mine = _crowd(ours, count=MANY, within=MANY_WITHIN, act=_read)
    note = (
        f"p95 of {MANY} visitors in {MANY_WITHIN:.0f} s until the page with its pictures was there, each asking for a "
        f"kernel, which start meanwhile; median {mine.median:.3f} s; stock is not asked: it does not serve 30"
    )
    return Measurement("app-burst-500", "s", mine.p95, None, mine.failures, note=note)


def _measure_memory(ours: Service, stock: Service) -> Measurement:
    mine, theirs = _weigh(ours, STAYING), _weigh(stock, STOCK_STAYING)
    note = (
        f"private memory of the kernel of each of {STAYING} visitors whose dropdown had answered {REST} s ago, with "
        f"its sandbox and its part of the services' growth; stock: {STOCK_STAYING} visitors"
    )
    return Measurement("app-memory", "MB", mine, theirs, note=note)


def _crowd(service: Service, *, count: int, within: float, act: Act) -> Tries:
    with service() as url:
        seconds = asyncio.run(_come([url] * count, within=within, act=act))
    done = tuple(each for each in seconds if each is not None)
    return Tries(done, count - len(done), LIMIT)


async def _come(urls: list[str], *, within: float, act: Act) -> list[float | None]:
    """Have visitors come evenly spread; return the seconds of each, None of those who failed."""

    async def come(number: int, url: str) -> float | None:
        await asyncio.sleep(number * within / len(urls))
        try:
            return await act(url)
        except FAULTS:
            return None

    return list(await asyncio.gather(*(come(number, url) for number, url in enumerate(urls))))


async def _visit(url: str) -> float:
    return (await visit_app(url, limit=LIMIT)).answer


async def _read(url: str) -> float:
    return await read_app(url, limit=LIMIT)


def _weigh(service: Service, count: int) -> float:
    """Return the private memory that each of some visitors adds who stay and rest, in MB.

    By kernels: one may have waited for the first who comes, and others are being made for who comes next.
    """

    async def stay_all(url: str) -> float:
        there, enough = asyncio.Semaphore(0), asyncio.Event()
        before = _list_private()

        async def stay() -> None:
            there.release()
            await enough.wait()

        visits = [asyncio.ensure_future(visit_app(url, limit=LIMIT, stay=stay)) for _ in range(count)]
        for _ in range(count):
            await asyncio.wait_for(there.acquire(), LIMIT)
        await asyncio.sleep(REST)
        after = await asyncio.to_thread(_list_private)
        enough.set()
        await asyncio.gather(*visits)
        return _share(before, after, count=count)

    with service() as url:
        asyncio.run(visit_app(url, limit=LIMIT))  # what the first visitor has loaded is nobody's
        time.sleep(SETTLE)
        return asyncio.run(stay_all(url))


def _share(before: Mapping[int, float], after: Mapping[int, float], *, count: int) -> float:
    """Return what came with each new kernel: its own memory, its sandbox, and its part of what services grew by."""
    new = {pid: private for pid, private in after.items() if pid not in before}
    kernels = [private for private in new.values() if private > WORKING]
    if len(kernels) < max(count - 1, 1):
        raise BenchmarkError(f"of {count} visitors' kernels {len(kernels)} were found: {sorted(new.values())}")
    sandboxes = sum(private for private in new.values() if private < HELPER)
    grown = sum(after[pid] - private for pid, private in before.items() if pid in after and private > HELPER)
    return (sum(kernels) + sandboxes + max(grown, 0.0)) / len(kernels)


def _measure_private() -> float:
    """Return the private memory of everything that this process has started, in MB."""
    return sum(_list_private().values())


def _list_private() -> dict[int, float]:
    """Return the private memory of each process that this one has started, in MB."""
    private = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended
            private[process.pid] = process.memory_full_info().uss / 1e6
    return private


def _count_kernels() -> int:
    return len(psutil.Process().children(recursive=True))
