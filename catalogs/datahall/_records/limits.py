"""How much of a portal is read at once, and how long one waits for it: a stranger may never come to an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from .._bounds import read_bound

KEPT_RECORDS = "DATAHALL_HARVEST_RECORDS"
KEPT_BYTES = "DATAHALL_HARVEST_BYTES"
_MOST_RECORDS = 2_000_000  # the largest portals of today have some 300,000 datasets
_MOST_BYTES = 10_000_000_000  # as they are kept, packed; a million datasets of CKAN take about three


@dataclass(frozen=True)
class Limits:
    """What a harvest may take. The largest portals of today have some 300,000 datasets, 20 GB of CKAN's answers."""

    pages: int = 50_000
    bytes: int = 50 << 30
    records: int = 3_000_000
    seconds: float = 6 * 3_600.0  # then it stops, and the next one goes on
    answer_seconds: float = 600.0  # of one page
    pauses: tuple[float, ...] = (1.0, 5.0, 20.0)  # before a page is asked for again that could not be had
    longest_pause: float = 120.0  # seconds that a portal may ask for
    barren_pages: int = 3  # in a row that repeat others; then the portal turns in circles
    passes: int = 3  # over pages whose records move while they are read
    kept_records: int = field(
        default_factory=partial(read_bound, KEPT_RECORDS, default=_MOST_RECORDS)
    )  # also those that are missing
    kept_bytes: int = field(
        default_factory=partial(read_bound, KEPT_BYTES, default=_MOST_BYTES)
    )  # of them and of what is noted of pages
