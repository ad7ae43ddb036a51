"""``python -m tests.benchmarks``: measure, print the table, write ``build/bench.json``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks.measurement import format_table, write_measurements
from tests.benchmarks.registry import BENCHMARKS, run_benchmarks

OUTPUT = Path(__file__).resolve().parents[2] / "build/bench.json"


def main() -> int:
    """Measure what was asked for; 1 where one of ours failed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().only or list(BENCHMARKS)
    measured = []
    for measurement in run_benchmarks(names):
        measured.append(measurement)
        write_measurements(measured, path=OUTPUT)  # after each, so that an interrupted run keeps what it has
    print(format_table(measured))
    print(f"\nWritten to {OUTPUT.relative_to(Path.cwd()) if OUTPUT.is_relative_to(Path.cwd()) else OUTPUT}")
    return 1 if any(measurement.failures for measurement in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
