"""One page of a portal: opened, read and written, unless it is as it was."""

from __future__ import annotations

import hashlib
from typing import cast

from .._harvesting.detection import read
from .._harvesting.documents import open_document
from .._harvesting.record import Kind
from .harvest_run import HarvestRun
from .outcomes import Outcome, Page
from .sites import Answer, Site


def read_page(
    run: HarvestRun, site: Site, address: str, *, kind: Kind | None, again: int = 0, opened: Answer | None = None
) -> Outcome:
    """Return what the page at `address` holds; `opened` is its answer where that is there already.

    `again` counts how often it was read in this run, since its records move: then only what is new is of interest.
    A page that this run has read before it was interrupted is not opened again; of one that is as it was no record is
    read.
    """
    key = f"{address}#again-{again}" if again else address
    page = run.find_page(key)
    if page is not None and page.is_done and opened is None:
        return page.outcome
    is_usable = page is not None and (kind is None or page.outcome.kind == kind)
    answer = opened or site.open_page(
        address,
        etag=page.etag if page is not None and is_usable else "",
        last_modified=page.last_modified if page is not None and is_usable else "",
    )
    if answer.content is None:
        return run.confirm_page(cast(Page, page))
    digest = hashlib.blake2b(answer.content, digest_size=16).digest()
    if page is not None and is_usable and page.digest == digest:
        return run.confirm_page(page, etag=answer.etag, last_modified=answer.last_modified)
    harvest = read(open_document(answer.content, address=answer.address or address), kind=kind)
    return run.keep_page(
        key,
        harvest,
        etag=answer.etag,
        last_modified=answer.last_modified,
        digest=digest,
        size=len(answer.content),
        came_from=answer.address,
        is_again=again > 0,
    )
