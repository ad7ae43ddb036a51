"""What a benchmark answers, how it is shown, and how it is written."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Measurement:
    """One line of ``build/bench.json``."""

    name: str
    unit: str
    ours: float | None
    stock: float | None
    failures: int = 0
    stock_failures: int = 0
    better: Literal["lower", "higher"] = "lower"
    note: str = ""


@dataclass(frozen=True)
class Tries:
    """Seconds that each successful try took, and how many did not come to an end within `limit` seconds."""

    seconds: tuple[float, ...]
    failures: int
    limit: float

    @property
    def median(self) -> float:
        """The middle try; the time limit where more than half failed."""
        return statistics.median(self._all())

    @property
    def p95(self) -> float:
        """The 95th percentile by nearest rank, failures counting as the time limit."""
        ordered = sorted(self._all())
        return ordered[math.ceil(0.95 * len(ordered)) - 1]

    def _all(self) -> list[float]:
        return [*self.seconds, *[self.limit] * self.failures]


def write_measurements(measurements: Sequence[Measurement], *, path: Path) -> None:
    """Write the list as JSON, rounded to what can be told apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(measurement) for measurement in measurements]
    for row in rows:
        row["ours"], row["stock"] = _rounded(row["ours"]), _rounded(row["stock"])
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def format_table(measurements: Sequence[Measurement]) -> str:
    """Return the table for the terminal: one line each, the notes below it."""
    head = ("benchmark", "unit", "ours", "stock", "times", "failed", "stock failed")
    rows = [head, *(_cells(measurement) for measurement in measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    notes = [f"{m.name}: {m.note}" for m in measurements if m.note]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", *notes])


def _cells(m: Measurement) -> tuple[str, ...]:
    shown = [f"{value:.3g}" if value is not None else "–" for value in (m.ours, m.stock)]
    return (m.name, m.unit, *shown, _times(m), str(m.failures), str(m.stock_failures))


def _times(m: Measurement) -> str:
    """Return how many times better ours is."""
    if not m.ours or not m.stock:
        return "–"
    return f"{m.stock / m.ours if m.better == 'lower' else m.ours / m.stock:.1f}×"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
