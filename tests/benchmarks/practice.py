"""`practice`: rows a second of the practice city, made and written; and the memory that a city of ten million takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile

from tests.benchmarks.measurement import Measurement

POPULATION = 1_000_000
LARGE = 10_000_000
LARGE_TABLES = ("people", "jobs", "population")  # blocks do not depend on each other: the other tables need no more
ROUNDS = 3
LIMIT = 300.0  # seconds

# In an interpreter of its own, whose peak of memory is that of the city.
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from datahall._practice.city import City
from datahall._practice.tables import PLACES
from datahall._practice.writing import write_parquet
population, tables, folder = int(sys.argv[1]), sys.argv[2].split(",") if sys.argv[2] else PLACES, Path(sys.argv[3])
city, rows, began = City(population, 1), 0, time.perf_counter()
for table in tables:
    written = write_parquet(city, table, folder=folder)
    rows += written.rows
    written.path.unlink()
took = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": rows, "seconds": took, "peak": peak}))
"""


def measure() -> list[Measurement]:
    """Measure all tables of a million people, then the largest tables of ten million."""
    speeds = []
    for _ in range(ROUNDS):
        found = json.loads(_run(POPULATION, ()))
        speeds.append(found["rows"] / found["seconds"])
    large = json.loads(_run(LARGE, LARGE_TABLES))
    note = f"all tables of {POPULATION:,} people into Parquet, median of {ROUNDS}; nothing comparable in stock"
    large_note = (
        f"peak of memory while {', '.join(LARGE_TABLES)} of {LARGE:,} people are written, {large['rows']:,} rows"
    )
    return [
        Measurement("practice", "rows/s", statistics.median(speeds), None, better="higher", note=note),
        Measurement("practice-memory", "MB", large["peak"], None, note=large_note),
    ]


def _run(population: int, tables: tuple[str, ...]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PROGRAM, str(population), ",".join(tables), folder]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT, cwd="/").stdout
