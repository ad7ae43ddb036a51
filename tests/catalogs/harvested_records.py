"""Records of a portal whose files a small server has, for tests of opening them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from datahall._harvested.known_records import KnownRecord
from datahall._harvesting.record import Contact, Distribution, Harvest, Record
from datahall._records.harvest_run import HarvestRun
from datahall._records.records_file import writing

RAIN = b"station,day,rain_mm\nA,2024-01-01,0.5\nA,2024-01-02,3.25\nB,2024-01-01,\n"


def file(url: str, **said: Any) -> Distribution:
    return Distribution(url=url, **said)


def record(*distributions: Distribution, **said: Any) -> Record:
    known: dict[str, Any] = {
        "kind": "ckan",
        "id": "rain",
        "name": "rain",
        "title": {"en": "Rain by station and day"},
        "license": "CC-BY-4.0",
        "modified": date(2024, 2, 1),
        "homepage": "https://portal.example/rain",
        "contact": Contact(name="Rain office", email="rain@portal.example"),
    }
    return Record(**{**known, **said}, distributions=distributions)


def known(*distributions: Distribution, **said: Any) -> KnownRecord:
    """A record of a portal on the same host as its first file, as far as that matters."""
    address = distributions[0].url if distributions else ""
    return KnownRecord("harvested/portal--rain", record(*distributions, **said), "portal", source_address=address)


def keep_records(home: Path, *records: Record, source: str = "portal", address: str = "https://portal.example") -> None:
    """Keep records as a whole harvest of a portal would."""
    with writing(home / "index" / "records.sqlite") as connection:
        run = HarvestRun(connection, name=source, address=address)
        run.keep_page("1", Harvest(kind="ckan", records=records))
        run.finish(kind="ckan")
