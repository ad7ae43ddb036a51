"""`import-datahall`: what `import datahall` costs a new interpreter beyond starting it."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.measurement import Measurement, Tries

ROUNDS = 10
LIMIT = 30.0  # seconds
PROGRAM = "import time; began = time.perf_counter(); import datahall; print(time.perf_counter() - began)"


def measure() -> list[Measurement]:
    """Measure in interpreters of their own, one after the other."""
    ours = Tries(tuple(_import_once() for _ in range(ROUNDS + 1))[1:], 0, LIMIT)
    note = f"median of {ROUNDS} new interpreters after a first; nothing comparable in stock"
    return [Measurement("import-datahall", "s", ours.median, None, note=note)]


def _import_once() -> float:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=LIMIT, cwd="/"
    )
    return float(result.stdout)
