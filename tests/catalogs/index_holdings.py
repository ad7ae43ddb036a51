"""Fill the record store, ask what the index holds and what it should, and be a new process as far as it goes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import datahall
from datahall._harvesting.record import Harvest, Record
from datahall._index import SearchRequest, open_index
from datahall._index.folder import name_folder
from datahall._records.harvest_run import HarvestRun
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file, writing


def make_record(name: str, **said: Any) -> Record:
    known: dict[str, Any] = {"kind": "ckan", "id": name, "name": name, "title": {"en": f"Glaciers of {name}"}}
    return Record(**{**known, **said})


def harvest(*records: Record, portal: str = "alps") -> None:
    """Make the store of records hold just these of a portal."""
    with writing(find_file()) as connection:
        run = HarvestRun(connection, name=portal, address=f"https://{portal}.example")
        run.keep_page("page", Harvest(kind="ckan", records=records))
        run.finish(kind="ckan")


def list_ids() -> set[str]:
    """All that the index holds."""
    index = open_index()
    pages = range(0, index.search(SearchRequest(rows=1)).total, 500)
    return {hit.id for start in pages for hit in index.search(SearchRequest(start=start, rows=500)).hits}


def list_holdings() -> set[str]:
    """All that there is."""
    records = {each.id for each in RecordStore().changes() if each.missing_since is None}
    return {item.id for item in datahall.datasets()} | records


def wait_for(ids: Iterable[str]) -> None:
    """Wait until the index holds just `ids`: it looks for changes some times a second at most."""
    wanted, end = set(ids), time.monotonic() + 20
    while list_ids() != wanted:
        assert time.monotonic() < end, list_ids() ^ wanted
        time.sleep(0.05)


def find_folder() -> Path:
    return name_folder(Path(os.environ["DATAHALL_HOME"]) / "index")


def forget(folder: Path | None = None) -> None:
    """Be a new process, as far as the index in `folder` goes or all of them."""
    from datahall._index import upkeep

    for key in [key for key in upkeep._kept if folder in (None, key[2])]:
        del upkeep._kept[key]
