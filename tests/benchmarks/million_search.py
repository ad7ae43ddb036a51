"""`search-1m`: 200 fixed queries in the library, among a million records, in one process, with no results kept.

Each is what a page of results asks for: the first 20 hits with passages, the counts of eight facets, and what is
suggested to somebody who has typed the beginning of the last word. All are asked in their order, three times over.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.million_index import run_program
from tests.benchmarks.million_store import open_home, wanted_records
from tests.benchmarks.query_file import load_queries

ROUNDS = 3
BROAD = 0.4  # share of all datasets from which on a query matches many

PROGRAM = """
import json, sys, time
from datahall._index import SearchRequest, open_index
queries = json.loads(sys.argv[1])
facets = ("theme", "publisher", "license", "access", "format", "year", "place", "source")
index = open_index()
everything = index.search(SearchRequest(rows=0)).total
rounds = []
for number in range(int(sys.argv[2])):
    seconds, processor = [], time.process_time()
    for query in queries:
        last = (query["query"].replace('"', "").split() or [""])[-1]
        began = time.perf_counter()
        answer = index.search(SearchRequest(query["query"], facets=facets))
        shown = [(hit.title, hit.snippet) for hit in answer.hits]  # which are made where they are asked for
        suggestions = index.suggest(last[:3] if last.isascii() else last[:1])
        seconds.append(time.perf_counter() - began)
        query["total"] = answer.total
    rounds.append({"seconds": seconds, "processor": time.process_time() - processor})
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({"everything": everything, "rounds": rounds, "totals": [query["total"] for query in queries],
                  "memory": int(status["VmRSS"].split()[0]) / 1024}))
"""


def measure() -> list[Measurement]:
    """Ask in a process of its own, once the index is there."""
    import json

    queries = load_queries()
    with open_home() as home:
        run_program("from datahall._index import open_index; open_index(); print('{}')", home=home)
        found = run_program(PROGRAM, json.dumps(queries), str(ROUNDS), home=home)
    return [search_measurement(queries, found)]


def search_measurement(queries: list[dict[str, str]], found: dict[str, Any]) -> Measurement:
    """Return the 95th percentile over all rounds."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for each in found["rounds"]:
        for query, seconds in zip(queries, each["seconds"], strict=True):
            by_kind[query["kind"]].append(seconds * 1e3)
    times = [each for several in by_kind.values() for each in several]
    broad = sum(total >= BROAD * found["everything"] for total in found["totals"])
    processor = min(each["processor"] for each in found["rounds"]) * 1e3 / len(queries)
    kinds = ", ".join(f"{kind} {p95(several):.1f}" for kind, several in sorted(by_kind.items()))
    note = (
        f"p95 of {len(times)} searches with facets, passages and suggestions among {found['everything']:,} datasets "
        f"({wanted_records():,} of them records); p50 {Tries(tuple(times), 0, 0).median:.1f}, at most "
        f"{max(times):.1f}; p95 by kind: {kinds}; {broad / len(queries):.1%} match at least {BROAD:.0%} of all; "
        f"{processor:.1f} ms of processor time a search; {found['memory']:,.0f} MB; at most "
        "20 ms; nothing comparable in stock"
    )
    return Measurement("search-1m", "ms", p95(times), None, note=note)


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return Tries(tuple(times), 0, 0).p95
