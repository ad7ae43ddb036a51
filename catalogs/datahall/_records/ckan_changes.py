"""A large portal of CKAN is asked for what has changed, and read whole only where that does not add up.

It does where the datasets that are here, with those that are new, are as many as the portal says that it has: then none
is gone. What changes without a new date of its own (a publisher's name) is seen when the whole is read again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .._harvesting.detection import read
from .._harvesting.documents import open_document
from .._harvesting.record import Harvest
from ..errors import DatahallError
from .harvest_run import HarvestRun
from .sites import WebSite

SMALLEST = 2_000  # records of a portal that is worth it; a smaller one is read in two pages
WHOLE_EVERY = timedelta(days=7)
_OVERLAP = timedelta(days=1)  # since clocks differ, and an index lags behind
_MOST_PAGES = 20
_ROWS = 1_000


def read_changes(run: HarvestRun, site: WebSite, *, start: str) -> bool:
    """Write what has changed since the last harvest; False where the whole is to be read."""
    before = run.before
    if run.goes_on or before is None or before.kind != "ckan" or run.count_present() < SMALLEST:
        return False
    if datetime.now(UTC) - before.walked > WHOLE_EVERY:
        return False
    since = (before.succeeded - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        total = _read(site, _ask(start, rows=0)).total
        changes = _collect(site, _ask(start, rows=_ROWS, changed_since=since), most=(total or 0) // 2)
    except DatahallError:
        return False  # the portal may not know how to filter
    if total is None or changes is None:
        return False
    records = [record for _, harvest in changes for record in harvest.records]
    if run.count_present() + run.count_new(records) + before.rejected != total:
        return False
    for address, harvest in changes:
        run.keep_page(address, harvest)
        if run.bound is not None:
            return False  # which reading the whole tells of
    run.confirm_others()
    return True


def _collect(site: WebSite, address: str, *, most: int) -> list[tuple[str, Harvest]] | None:
    """Return the pages of what has changed; None where that is no small part of the whole."""
    pages: list[tuple[str, Harvest]] = []
    while address:
        harvest = _read(site, address)
        pages.append((address, harvest))
        if harvest.total is None or harvest.total > most or harvest.rejected or len(pages) > _MOST_PAGES:
            return None
        address = harvest.next_page
    return pages


def _read(site: WebSite, address: str) -> Harvest:
    return read(open_document(site.open_page(address).content or b"", address=address), kind="ckan")


def _ask(start: str, *, rows: int, changed_since: str = "") -> str:
    """Return the address of the same search from its beginning, of what has changed since a moment."""
    parts = urlsplit(start)
    query = {key: value for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "start"}
    query["rows"] = str(rows)
    if changed_since:
        filters = [query.get("fq", ""), f"metadata_modified:[{changed_since} TO *]"]
        query["fq"] = " AND ".join(f"({each})" if len(filters[0]) else each for each in filters if each)
    return urlunsplit(parts._replace(query=urlencode(query)))
