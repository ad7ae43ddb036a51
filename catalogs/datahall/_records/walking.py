"""From page to page through a portal, writing each: until there is none left, or enough is enough."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .._harvesting.record import Kind
from .._messages import LANGUAGES
from ..errors import N_, DatahallError, SourceFailed
from .harvest_run import TWICE, HarvestRun
from .kept_room import Bound
from .limits import Limits
from .outcomes import Outcome
from .page_reading import read_page
from .sites import Answer, PageGone, Site

OUTSIDE = N_("this link leads away from the portal, and was not followed")
UNREADABLE = N_("this part of the portal could not be read: {told}")
TOO_MUCH = N_("the portal has more than is read at once; what is missing of it is not known")
CIRCLES = N_("the portal sends the same records again and again; what else it has is not known")
FULL: dict[Bound, str] = {
    "records": N_(
        "the portal has more than the {told} records that are kept of one; what was read stays, what else it has is"
        " not known. An operator can raise DATAHALL_HARVEST_RECORDS"
    ),
    "bytes": N_(
        "the portal has more than the {told} bytes that are kept of one; what was read stays, what else it has is"
        " not known. An operator can raise DATAHALL_HARVEST_BYTES"
    ),
}
ELSEWHERE = N_("the portal says that it has {told} records; this file holds fewer")
_STAYS_INSIDE = ("stac",)  # whose links are followed in the folder of the catalog only
_MOST_NOTES = 50

Progress = Callable[[int, int, int | None], None]  # pages, records, and how many the portal says that it has


class Remark(NamedTuple):
    """What is to be told about a harvest: where, and a marked reason with the one word in it."""

    place: str
    reason: str
    told: str | dict[str, str] = ""  # a sentence in each language


@dataclass
class Walk:
    """What has been seen of a portal so far."""

    kind: Kind | None
    home: str = ""  # where the first page came from in the end
    pages: int = 0
    records: int = 0
    bytes: int = 0
    barren: int = 0
    total: int | None = None
    has_shrunk: bool = False
    has_grown: bool = False
    repeated: int = 0
    rejected: int = 0
    is_whole: bool = True
    remarks: list[Remark] = field(default_factory=list)

    def note(self, place: str, reason: str, told: DatahallError | str = "") -> None:
        """Note what a person should know."""
        if len(self.remarks) < _MOST_NOTES:
            if isinstance(told, DatahallError):
                spoken = {language: told.message(language)[:500] for language in LANGUAGES}
                self.remarks.append(Remark(place[:300], reason, spoken))
            else:
                self.remarks.append(Remark(place[:300], reason, told))

    def take(self, outcome: Outcome) -> None:
        """Count a page."""
        self.pages += 1
        self.records += outcome.kept
        self.bytes += outcome.size
        self.repeated += outcome.left_out.get("repeated", 0)
        self.rejected += outcome.rejected_count
        has_twins = bool(outcome.left_out.get("repeated")) or any(reason == TWICE for _, reason in outcome.rejected)
        is_barren = has_twins and not outcome.kept
        self.barren = self.barren + 1 if is_barren else 0
        if outcome.total is not None:
            before = self.total if self.total is not None else outcome.total
            self.has_shrunk |= outcome.total < before
            self.has_grown |= outcome.total > before
            self.total = outcome.total

    @property
    def has_gaps(self) -> bool:
        """Whether records moved while they were read, so that some may have been passed over."""
        if self.total is None:
            return False
        has_moved = self.has_grown or self.repeated > 0
        return self.has_shrunk or (has_moved and self.records + self.rejected < self.total)

    def begin_pass(self) -> None:
        """Forget how the portal moved the last time."""
        self.has_shrunk = self.has_grown = False
        self.repeated = self.barren = 0
        self.total = None


def walk_portal(
    run: HarvestRun,
    site: Site,
    *,
    start: str,
    kind: Kind | None,
    limits: Limits,
    first: Answer | None = None,
    progress: Progress | None = None,
) -> Walk:
    """Read all pages from `start` on; `first` is that page where it has been opened already.

    Raises
    ------
    DatahallError
        The first page, or one to which an answer goes on, cannot be read. What was read before is kept.
    """
    walk = Walk(kind)
    deadline = time.monotonic() + limits.seconds
    for number in range(limits.passes):
        before = walk.records
        walk.begin_pass()
        _walk_once(
            run, site, walk, start=start, again=number, limits=limits, first=first, deadline=deadline, tell=progress
        )
        if not (walk.is_whole and walk.has_gaps and (number == 0 or walk.records > before)):
            break
    return walk


def _walk_once(
    run: HarvestRun,
    site: Site,
    walk: Walk,
    *,
    start: str,
    again: int,
    limits: Limits,
    first: Answer | None,
    deadline: float,
    tell: Progress | None,
) -> None:
    waiting, seen = deque([(start, True)]), {start}
    while waiting:
        address, is_needed = waiting.popleft()
        if _is_enough(walk, limits, address=address, deadline=deadline, again=again):
            return
        try:
            opened = first if address == start and not again else None
            outcome = read_page(run, site, address, kind=walk.kind, again=again, opened=opened)
        except DatahallError as error:
            if is_needed:
                raise
            walk.note(address, UNREADABLE, error)
            walk.is_whole = walk.is_whole and isinstance(error, PageGone)
            continue
        walk.kind = walk.kind or outcome.kind  # type: ignore[assignment]  # as the reader named it
        walk.home = walk.home or outcome.address  # a portal may have moved to another host
        walk.take(outcome)
        if tell is not None:
            tell(walk.pages, walk.records, walk.total)
        if run.bound is not None:
            limit = limits.kept_records if run.bound == "records" else limits.kept_bytes
            walk.note(address, FULL[run.bound], f"{limit:,}")
            walk.is_whole = False
            return
        links = [(link, True) for link in (outcome.next_page,) if link] + [(link, False) for link in outcome.children]
        for link, is_next in links:
            is_bound = walk.kind in _STAYS_INSIDE and not is_next
            found = site.find_link(link, at=outcome.address or address, root=walk.home or start, stays_inside=is_bound)
            if found is None:
                walk.note(link, OUTSIDE)
                walk.is_whole = walk.is_whole and not (is_next and site.goes_on)
            elif found not in seen:
                seen.add(found)
                (waiting.appendleft if is_next else waiting.append)((found, is_next))


def _is_enough(walk: Walk, limits: Limits, *, address: str, deadline: float, again: int) -> bool:
    """Say whether no more is read, and note why; raise where the next harvest may go on."""
    if time.monotonic() > deadline:
        raise SourceFailed(
            N_("{url} was not read to its end in {seconds} seconds."),
            code="harvest-too-long",
            url=address,
            seconds=int(limits.seconds),
            hint=N_("What was read is kept; the next harvest goes on there."),
        )
    if walk.barren >= limits.barren_pages and not again:
        walk.note(address, CIRCLES)
    elif walk.pages >= limits.pages or walk.bytes >= limits.bytes or walk.records >= limits.records:
        walk.note(address, TOO_MUCH)
    else:
        return False
    walk.is_whole = False
    return True
