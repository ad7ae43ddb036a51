"""`up`: from the command until the hall is reachable, beside a stock JupyterHub until its hub answers."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.benchmarks.measurement import Measurement, Tries
from tests.benchmarks.stock_hub import stock_hub
from tests.running_hall import RunningHall

ROUNDS = 3
LIMIT = 90.0  # seconds


def measure() -> list[Measurement]:
    """Start each a few times on a home that has been used before; never both at once."""
    stock = Tries(tuple(_start_stock() for _ in range(ROUNDS)), 0, LIMIT)
    with tempfile.TemporaryDirectory(prefix="datahall-bench-") as name:
        home = Path(name) / "home"
        first = _start_hall(home)
        ours = Tries(tuple(_start_hall(home) for _ in range(ROUNDS)), 0, LIMIT)
    note = (
        f"median of {ROUNDS} starts on a home used before; the very first, which also fills the store and makes the "
        f"first account, took {first:.1f} s. Ours until the hall answers through the proxy, with apps, fetch and hub "
        "ready; stock until its hub answers, with nothing beside it"
    )
    return [Measurement("up", "s", ours.median, stock.median, note=note)]


def _start_stock() -> float:
    began = time.monotonic()
    with stock_hub():
        return time.monotonic() - began


def _start_hall(home: Path) -> float:
    began = time.monotonic()
    hall = RunningHall(home).start()
    seconds = time.monotonic() - began
    hall.stop()
    return seconds
