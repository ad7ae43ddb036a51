"""`ckan-search`: CKAN's package_search beside our own API over the same words, by one client that stays connected.

Both are asked in turns, so that whatever else the machine does meets both: 20 results and the usual facets each.
package_search answers whole packages, our API what a list shows.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx
import yaml

from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.our_hall import open_hall

QUERIES = Path(__file__).with_name("search_queries.yaml")
ASKED = 100  # of the fixed queries, the first
ROUNDS = 3
ROWS = 20
FACETS = ["organization", "groups", "tags", "res_format", "license_id"]
LIMIT = 10.0  # seconds


def measure() -> list[Measurement]:
    """Open a hall and ask it."""
    queries = [each["query"] for each in yaml.safe_load(QUERIES.read_text())][:ASKED]
    with open_hall() as hall, httpx.Client(timeout=LIMIT, trust_env=False) as client:
        base = f"{hall.url}/services/hall/api"
        total = client.get(f"{base}/v1/datasets", params={"rows": 1}).raise_for_status().json()["total"]
        ckan, own = _ask(client, base, queries)
    note = (
        f"p95 {1000 * ckan.p95:.1f} ms against {1000 * own.p95:.1f} ms of our own API, "
        f"medians {1000 * ckan.median:.1f} and {1000 * own.median:.1f} ms; "
        f"{ASKED} queries, {ROUNDS} rounds, {total} datasets"
    )
    return [Measurement("ckan-search", "ratio", ckan.p95 / own.p95, 1.0, ckan.failures, own.failures, note=note)]


def _ask(client: httpx.Client, base: str, queries: list[str]) -> tuple[Tries, Tries]:
    """Return how long each of both took for every query, the first round left out, in which the hall warms up."""
    faceted = {"rows": ROWS, "facet.field": json.dumps(FACETS)}
    addresses = (f"{base}/3/action/package_search", faceted), (f"{base}/v1/datasets", {"rows": ROWS})
    seconds: tuple[list[float], list[float]] = ([], [])
    failures = [0, 0]
    for number in range(ROUNDS + 1):
        for query in queries:
            for which in (0, 1) if number % 2 else (1, 0):
                address, parameters = addresses[which]
                began = time.perf_counter()
                answer = client.get(address, params={"q": query, **parameters})
                taken = time.perf_counter() - began
                if number and answer.is_success:
                    seconds[which].append(taken)
                elif number:
                    failures[which] += 1
    return tuple(Tries(tuple(taken), failed, LIMIT) for taken, failed in zip(seconds, failures, strict=True))  # type: ignore[return-value]  # of two, two
