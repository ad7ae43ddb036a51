"""`dataset-read` and `dataset-open`: a filter over ten million rows beside polars itself, and what opening costs.

The rows go through the same door as any others: a CSV with a card, fetched into a store. Both queries read the same
Parquet file in one process, in turns. Opening is measured for datasets that the process has not opened before.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.app_data import make_card
from tests.benchmarks.measurement import Measurement

ROWS = 10_000_000
ROUNDS = 51
OPENED = 12  # shipped datasets that come inside installed packages
ID = "statistics/benchmark-ten-million"
LIMIT = 600.0  # seconds

PREPARATION = f"""
import datahall, json
ready = [each.id for each in datahall.datasets() if all(s.package for s in each.card.sources)][:{OPENED} + 1]
for dataset_id in [*ready, {ID!r}]:
    datahall.dataset(dataset_id).fetch()
print(json.dumps(ready))
"""
PROGRAM = f"""
import json, sys, time
import datahall, polars as pl

def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

def query(frame):
    return frame.filter((pl.col("station") == "station-3") & (pl.col("value") > 500)).collect()

ready = json.loads(sys.argv[1])
datahall.dataset(ready.pop()).polars()
opened = [timed(lambda: datahall.dataset(dataset_id).polars()) for dataset_id in ready]

file = datahall.store.parquet_path({ID!r}, datahall.store.find_latest({ID!r}))
works = (lambda: query(datahall.dataset({ID!r}).polars())), (lambda: query(pl.scan_parquet(file)))
assert works[0]().equals(works[1]())
ours, stock = [], []
for number in range({ROUNDS}):
    for seconds, work in ((ours, works[0]), (stock, works[1]))[:: 1 if number % 2 else -1]:
        seconds.append(timed(work))
rows = datahall.dataset({ID!r}).rows
print(json.dumps({{"ours": ours, "stock": stock, "opened": opened, "rows": rows}}))
"""


def measure() -> list[Measurement]:
    """Fetch in one interpreter and measure in another, which has read no card yet, on a home of their own."""
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(Path(folder))
        ready = _run(PREPARATION, home=folder)
        found = json.loads(_run(PROGRAM, ready, home=folder))
    return [read_measurement(found), open_measurement(found["opened"])]


def _run(program: str, *arguments: str, home: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATAHALL_")}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**environment, "DATAHALL_HOME": home},
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
        cwd="/",
    ).stdout


def read_measurement(found: dict[str, list[float]]) -> Measurement:
    """Return the median of the rounds' ratios: the two of a round stood next to each other, in turns who is first."""
    ratio = statistics.median(ours / stock for ours, stock in zip(found["ours"], found["stock"], strict=True))
    ours, stock = (statistics.median(found[name]) * 1e3 for name in ("ours", "stock"))
    note = (
        f"a filter over {found['rows']:,} rows, the median of the ratios of {ROUNDS} rounds in turns; medians: "
        f"{ours:.0f} ms through datahall, {stock:.0f} ms by polars.scan_parquet; at most 1.05"
    )
    return Measurement("dataset-read", "ratio", ratio, 1.0, note=note)


def open_measurement(seconds: list[float]) -> Measurement:
    """Return the median of first openings."""
    note = (
        f"median of {len(seconds)} datasets opened for the first time, the slowest {max(seconds) * 1e3:.2f} ms; "
        "at most 5; nothing comparable in stock"
    )
    return Measurement("dataset-open", "ms", statistics.median(seconds) * 1e3, None, note=note)


def write_dataset(home: Path) -> None:
    """Write ten million readings and their card below `home`/datasets."""
    import polars as pl

    folder = home / "datasets/statistics"
    folder.mkdir(parents=True)
    file = folder / f"{ID.partition('/')[2]}.csv"
    row = pl.int_range(ROWS, eager=True).alias("row")
    frame = pl.DataFrame(row).select(
        pl.date(2000, 1, 1).dt.offset_by(pl.format("{}d", pl.col("row") % 7_300)).alias("day"),
        pl.format("station-{}", pl.col("row") * 31 % 8).alias("station"),
        (pl.col("row").hash(20150831) % 1_000_000 / 1_000).alias("value"),  # scattered, but the same each time
    )
    frame.write_csv(file)
    card = make_card(sha256="0" * 64, size=0)
    card["sources"] = [{"path": f"statistics/{file.name}", "format": "csv"}]
    file.with_suffix(".yaml").write_text(json.dumps(card, ensure_ascii=False))
