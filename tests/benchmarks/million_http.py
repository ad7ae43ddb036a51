"""`search-1m-http` and `dataset-page`: the hall's own service on a home with a million harvested records.

The service is started as `datahall-hub up` starts it and asked on loopback, without the proxy before it. Searches come
at 50 a second whether or not the ones before are answered: by API v1 (the figure), as pages, and by CKAN's
`package_search`. Pages of own and harvested datasets are asked for by four visitors at once, as fast as they come;
none is kept.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil

from tests.benchmarks.load_client import Load, ask_at_once, ask_steadily
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.million_index import run_program
from tests.benchmarks.million_search import p95
from tests.benchmarks.million_store import open_home, wanted_records
from tests.benchmarks.query_file import load_queries
from tests.hub.hall.small_hall import BASE, SmallHall
from tests.running_hall import PLAIN, offline_environment

RATE = 50.0  # requests a second
COUNT = 1_000  # five times through all queries, 20 s
VISITORS, SECONDS = 4, 15.0
FACETS = ("groups", "organization", "license_id", "res_format", "tags")  # of a portal's own page
PAGES = 100  # of own and of harvested datasets each


def measure() -> list[Measurement]:
    """Start the service, warm it up by every query and page once, and measure."""
    with open_home() as home:
        run_program("from datahall._index import open_index; open_index(); print('{}')", home=home)
        _fill_store(home)
        hall = SmallHall(home)
        hall.start_service("hall")
        try:
            _wait(hall)
            return [*measure_searches(hall), measure_pages(hall)]
        finally:
            hall.stop()


def _fill_store(home: Path) -> None:
    """Fetch the datasets that come inside installed packages, so that their pages have all that pages have."""
    environment = offline_environment({"DATAHALL_HOME": str(home)})
    program = "import sys; from datahall.cli import run; sys.exit(run(['fetch', '--all', '--json']))"
    subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=False, timeout=900
    )  # some are not here


def _wait(hall: SmallHall) -> None:
    deadline = time.monotonic() + 120.0
    while True:
        try:
            if httpx.get(f"{hall.url}/api/v1/themes", timeout=60, **PLAIN).is_success:
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def measure_searches(hall: SmallHall) -> list[Measurement]:
    """Ask all queries at a steady rate in three ways."""
    queries = [each["query"] for each in load_queries()]
    ways = {
        "API v1": [f"{BASE}/api/v1/datasets?{urlencode({'q': query})}" for query in queries],
        "pages": [f"{BASE}/en/datasets/?{urlencode({'q': query})}" for query in queries],
        "package_search": [f"{BASE}/api/3/action/package_search?{_as_ckan(query)}" for query in queries],
        "package_search without tags, which API v1 does not count": [
            f"{BASE}/api/3/action/package_search?{_as_ckan(query, facets=FACETS[:-1])}" for query in queries
        ],
    }
    loads: dict[str, Load] = {}
    for way, paths in ways.items():
        asyncio.run(ask_steadily(hall.port, paths, rate=RATE, count=len(paths) // 2))
        loads[way] = asyncio.run(ask_steadily(hall.port, paths, rate=RATE, count=COUNT))
    ours = loads["API v1"]
    others = ", ".join(
        f"{way} {p95(_ms(load)):.1f} ms ({load.failures} failed)" for way, load in loads.items() if load is not ours
    )
    note = (
        f"p95 of {COUNT} searches by API v1 at {RATE:.0f} a second among {wanted_records():,} records, from the moment "
        f"each was due; loopback, no proxy, the client on the same machine; p50 {_median(ours):.1f}, at most "
        f"{max(_ms(ours)):.1f}; in the same way: {others}; the service holds {_memory(hall):,.0f} MB; at most 40 ms, "
        "and package_search within twice as much; data.gov published 829 to 1,160 ms for CKAN"
    )
    return [Measurement("search-1m-http", "ms", p95(_ms(ours)), None, failures=ours.failures, note=note)]


def measure_pages(hall: SmallHall) -> Measurement:
    """Ask for pages of datasets as fast as they come."""
    own, harvested = _own_pages(hall), _harvested_pages(hall.home)
    paths = [path for pair in zip(own, harvested, strict=False) for path in pair]
    asyncio.run(ask_at_once(hall.port, paths, connections=VISITORS, seconds=SECONDS / 2))
    load = asyncio.run(ask_at_once(hall.port, paths, connections=VISITORS, seconds=SECONDS))
    rate = len(load.seconds) / load.elapsed
    note = (
        f"p95 of {len(load.seconds):,} pages of {len(paths)} own and harvested datasets for {VISITORS} visitors at "
        f"once, {rate:.0f} pages a second (at least 200), p50 {_median(load):.1f}; at the service, no proxy, no page "
        "kept; at most 30 ms; nothing comparable in stock"
    )
    return Measurement("dataset-page", "ms", p95(_ms(load)), None, failures=load.failures, note=note)


def _own_pages(hall: SmallHall) -> list[str]:
    found = httpx.get(f"{hall.url}/api/v1/datasets?source=own&rows={PAGES}", timeout=60, **PLAIN).json()
    return [f"{BASE}/en/datasets/{each['id']}" for each in found["results"]]


def _harvested_pages(home: Path) -> list[str]:
    with sqlite3.connect(home / "index/records.sqlite") as connection:
        step = max(1, wanted_records() // PAGES)
        rows = connection.execute("SELECT id FROM records WHERE number % ? = 1 LIMIT ?", [step, PAGES]).fetchall()
    connection.close()
    return [f"{BASE}/en/datasets/{id}" for (id,) in rows]


def _as_ckan(query: str, *, facets: Sequence[str] = FACETS) -> str:
    """Return the parameters with which a portal's own page of results asks."""
    words = " ".join(word.rpartition(":")[2] for word in query.split())  # our filters are no Solr
    return urlencode({"q": words, "rows": 20, "facet.field": json.dumps(facets)})


def _ms(load: Load) -> list[float]:
    return [seconds * 1e3 for seconds in load.seconds] or [float("inf")]


def _median(load: Load) -> float:
    return sorted(_ms(load))[len(load.seconds) // 2]


def _memory(hall: SmallHall) -> float:
    return float(psutil.Process(hall._processes["hall"].pid).memory_info().rss) / 1e6
