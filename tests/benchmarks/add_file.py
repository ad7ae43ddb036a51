"""`add`: how fast `datahall.add` goes through a CSV of 1 GB, in an interpreter of its own, within 1 GB of memory.

The mirror's tables are too small for this, so rows with seven kinds of fields are made from a fixed seed and repeated.
Stock has nothing that checks every value and drafts a card.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measurement import Measurement, Tries

MEGABYTES = 1_000
ROUNDS = 3
LIMIT = 120.0  # seconds for one pass
MOST_MEMORY = 1_000  # MB; more is a failure, however fast
PROGRAM = """
import json, resource, sys, time
import datahall
began = time.perf_counter()
rows = datahall.add(sys.argv[1]).rows
took = time.perf_counter() - began
print(json.dumps([took, rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measure() -> list[Measurement]:
    """Measure new interpreters, one after the other, on one file."""
    with TemporaryDirectory(prefix="datahall-bench-") as folder:
        file = Path(folder) / "observations.csv"
        rows = write_rows(file, megabytes=MEGABYTES)
        tries = [_add_once(file, rows=rows) for _ in range(ROUNDS)]
    good = [(seconds, memory) for seconds, memory in tries if memory <= MOST_MEMORY]
    failures = ROUNDS - len(good)
    speed = MEGABYTES / Tries(tuple(seconds for seconds, _ in good), failures, LIMIT).median
    memory = max(memory for _, memory in tries)
    note = f"a CSV of 1 GB with {rows:,} rows; at most {memory:.0f} MB of memory (allowed: {MOST_MEMORY}); no stock"
    return [Measurement("add", "MB/s", speed, None, failures=failures, better="higher", note=note)]


def write_rows(file: Path, *, megabytes: int) -> int:
    """Write a CSV of that size, and return how many data rows it has."""
    chance = random.Random(2024)
    lines = [_line(number, chance) for number in range(100_000)]
    block = "".join(lines).encode()
    written = rows = 0
    with file.open("wb") as target:
        target.write(b"id,day,station,value,count,line,share\n")
        while written < megabytes * 1_000_000:
            written += target.write(block)
            rows += len(lines)
    return rows


def _line(number: int, chance: random.Random) -> str:
    day = f"20{chance.randint(10, 24)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    value, share = chance.uniform(-20, 40), chance.random()
    station, count, line = chance.randint(1, 500), chance.randint(0, 99_999), chance.choice("甲乙丙")
    return f"{number},{day},station {station},{value:.2f},{count},{line}线,{share:.6f}\n"


def _add_once(file: Path, *, rows: int) -> tuple[float, float]:
    """Return seconds and MB of one pass; a wrong count of rows is no measurement."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    seconds, found, memory = json.loads(result.stdout)
    if found != rows:
        raise RuntimeError(f"datahall.add counted {found} rows of {rows}")
    return float(seconds), float(memory)
