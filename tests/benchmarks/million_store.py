"""The record store of the benchmarks of scale: invented portals, harvested through the door that real ones come by.

A million records take some minutes to write, which is no part of any figure. ``DATAHALL_BENCH_RECORDS`` makes it fewer
while developing, ``DATAHALL_BENCH_FOLDER`` keeps the home that was made (and the index in it) from run to run.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from datahall._harvesting.record import Harvest, Record
from datahall._records.harvest_run import HarvestRun
from datahall._records.record_store import RecordStore
from datahall._records.records_file import writing

from tests.benchmarks.million_records import SOURCES, find_source, make_records

PAGE = 1_000  # records, as portals give them


def wanted_records() -> int:
    """Return how many records the benchmarks are about."""
    return int(os.environ.get("DATAHALL_BENCH_RECORDS", "1000000"))


@contextlib.contextmanager
def open_home() -> Iterator[Path]:
    """Give a home that has the records in its store: a kept one, or one for this block."""
    kept = os.environ.get("DATAHALL_BENCH_FOLDER")
    if kept:
        home = Path(kept) / f"home-{wanted_records()}"
        ensure_store(home, wanted_records())
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="datahall-million-") as folder:
        ensure_store(Path(folder), wanted_records())
        yield Path(folder)


def ensure_store(home: Path, count: int) -> RecordStore:
    """Return the store of `home` once it has the first `count` invented records."""
    store = RecordStore(home / "index/records.sqlite")
    if store.count() != count:
        store.file.unlink(missing_ok=True)
        write_store(store.file, count)
    return store


def write_store(file: Path, count: int) -> None:
    """Harvest `count` invented records into `file`, page by page."""
    with writing(file) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # nobody mourns a benchmark's store after a power cut
        runs = {name: HarvestRun(connection, name=name, address=f"https://{name}.example/") for name in SOURCES}
        pages: dict[str, list[Record]] = {name: [] for name in SOURCES}
        for number, record in enumerate(make_records(count)):
            source = find_source(record)
            pages[source].append(Record.model_validate_json(json.dumps(record)))
            if len(pages[source]) == PAGE:
                _write_page(runs[source], source, pages.pop(source), number=number)
                pages[source] = []
        for source, left in pages.items():
            _write_page(runs[source], source, left, number=count)
            runs[source].finish(kind="ckan")


def _write_page(run: HarvestRun, source: str, records: list[Record], *, number: int) -> None:
    run.keep_page(f"https://{source}.example/?page={number}", Harvest(kind="ckan", records=tuple(records)))
