"""`download`: Parquet by byte range and whole from the hall, over what nginx serves of the same file through its proxy.

Both stand behind the same running proxy, and are read in turns by the same client.
"""

from __future__ import annotations

import base64
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.benchmarks.byte_reader import Target, read_for
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.our_hall import open_hall
from tests.benchmarks.stock_nginx import find_nginx, serve_folder
from tests.running_hall import PLAIN, RunningHall

ID = "statistics/benchmark-download"
ROWS, WIDTH = 140_000, 700  # bytes of chance in each row: 100 MB, which no compression makes smaller
PATIENCE = 300.0  # seconds that fetching them may take
CONNECTIONS = 8
RANGE = 1_000_000  # bytes
SECONDS = 2.5
ROUNDS = 4  # of each: ten seconds
QUIET, QUIET_SECONDS = 10.0, 2.0  # per cent of a core, and for how long
PREFIX = "/benchmark-nginx"


def measure() -> list[Measurement]:
    """Compare the two; without nginx there is nothing to compare with, and only our speed is noted."""
    with open_hall() as hall:
        file = bring_rows(hall)
        wait_until_quiet(hall)
        ours = Target(hall.port, f"/services/hall/datasets/{ID}/data.parquet", file.stat().st_size)
        program = find_nginx()
        if program is None:
            speeds = {
                name: read_for(SECONDS, ours, connections=CONNECTIONS, range_bytes=size, seed=1) for name, size in KINDS
            }
            note = f"{_tell(speeds)}; nginx is not installed here (Debian: nginx-light), so there is no ratio"
            return [Measurement("download", "ratio", None, None, better="higher", note=note)]
        with (
            tempfile.TemporaryDirectory() as run,
            serve_folder(program, file.parent, run=Path(run), prefix=PREFIX) as port,
            route_to(hall, port),
        ):
            stock = Target(hall.port, f"{PREFIX}/{file.name}", ours.size)
            return [compare(ours, stock)]


KINDS = (("ranges", RANGE), ("whole", None))


def compare(ours: Target, stock: Target) -> Measurement:
    """Read both in turns; the ratio is the smaller one of ranges and whole files."""
    ratios, notes = [], []
    for name, size in KINDS:
        speeds: dict[str, list[float]] = {"ours": [], "stock": []}
        for number in range(ROUNDS):
            for whose, target in (("ours", ours), ("stock", stock))[:: 1 if number % 2 else -1]:
                speed = read_for(SECONDS, target, connections=CONNECTIONS, range_bytes=size, seed=number)
                speeds[whose].append(speed)
        medians = {whose: statistics.median(each) for whose, each in speeds.items()}
        ratios.append(statistics.median(a / b for a, b in zip(speeds["ours"], speeds["stock"], strict=True)))
        notes.append(f"{name} {ratios[-1]:.2f} ({_tell(medians)})")
    note = (
        f"the smaller of {' and '.join(notes)}; {CONNECTIONS} connections, {ours.size / 1e6:.0f} MB, ranges of "
        f"{RANGE / 1e6:.0f} MB, {ROUNDS} rounds of {SECONDS} s in turns; at least 0.8"
    )
    return Measurement("download", "ratio", min(ratios), 1.0, better="higher", note=note)


def bring_rows(hall: RunningHall) -> Path:
    """Have the hall fetch 100 MB of rows like any others, and return the file they lie in."""
    import polars as pl

    folder = hall.home / "datasets/statistics"
    folder.mkdir(parents=True, exist_ok=True)
    name = ID.partition("/")[2]
    dice = random.Random(20150831)
    texts = [base64.b64encode(dice.randbytes(WIDTH)).decode() for _ in range(ROWS)]
    pl.DataFrame({"number": range(ROWS), "text": texts}).write_parquet(folder / f"{name}.parquet")
    (folder / f"{name}.yaml").write_text(json.dumps(_card(f"statistics/{name}.parquet"), ensure_ascii=False))
    transport = httpx.HTTPTransport(uds=str(hall.home / "run/fetch.sock"), **PLAIN)
    with httpx.Client(base_url="http://fetch", transport=transport, timeout=70, **PLAIN) as client:
        until, state = time.monotonic() + PATIENCE, {"version": None}
        while not state["version"] and time.monotonic() < until:
            (state,) = client.post("/fetch", json={"ids": [ID], "wait": 60}).raise_for_status().json()
    assert state["version"], state
    return Path(hall.home / "store" / ID / state["version"] / "data.parquet").resolve()


def wait_until_quiet(hall: RunningHall) -> None:
    """Wait until the hall has done what it does after its start, such as building its index."""
    processes = [psutil.Process(hall.pid), *psutil.Process(hall.pid).children(recursive=True)]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for process in processes:
            process.cpu_percent()
        time.sleep(QUIET_SECONDS)
        if sum(process.cpu_percent() for process in processes) < QUIET:
            return


@contextmanager
def route_to(hall: RunningHall, port: int) -> Iterator[None]:
    """Have the hall's own proxy lead `PREFIX` to `port` until the block ends."""
    api = json.loads((hall.home / "run/ports.json").read_text())["proxy_api_port"]
    token = (hall.home / "secrets/proxy-token").read_text().strip()
    headers = {"Authorization": f"token {token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{api}/api/routes", headers=headers, **PLAIN) as client:
        client.post(PREFIX, json={"target": f"http://127.0.0.1:{port}"}).raise_for_status()
        try:
            yield
        finally:
            client.delete(PREFIX)


def _tell(speeds: dict[str, float]) -> str:
    return ", ".join(f"{name} {speed / 1e6:.0f} MB/s" for name, speed in speeds.items())


def _card(path: str) -> dict[str, object]:
    def both(text: str) -> dict[str, str]:
        return {"en": text, "zh": text}

    return {
        "title": both("Random texts"),
        "description": both("One row per text of random letters."),
        "theme": "statistics",
        "publisher": "world-bank",
        "license": "CC0-1.0",
        "goals": ["innovation"],
        "access": "open",
        "frequency": "never",
        "modified": "2024-05-01",
        "keywords": {"en": ["trial"], "zh": ["试验"]},
        "homepage": "https://example.org/data",
        "synthetic": True,
        "sources": [{"path": path, "format": "parquet"}],
        "fields": [
            {"name": "number", "type": "integer", "title": both("Number")},
            {"name": "text", "type": "string", "title": both("Text")},
        ],
    }
