"""What a page of a portal held the last time, and what a whole harvest brought."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .._messages import translate

LISTED = 10_000  # rejected records of a harvest that are listed; the rest is counted
BEYOND = "beyond"  # records that there was no room for, among what is left out


@dataclass(frozen=True)
class Page:
    """One page of a portal as it was read last."""

    number: int
    is_done: bool  # in this run
    etag: str
    last_modified: str
    digest: bytes | None
    outcome: Outcome


@dataclass(frozen=True)
class Outcome:
    """What a page held, and what of that was new."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[tuple[str, str], ...] = ()  # id and marked reason
    unlisted: int = 0  # more of them
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[tuple[str, str, str], ...] = ()  # field, value, marked reason
    total: int | None = None
    next_page: str = ""
    children: tuple[str, ...] = ()
    size: int = 0  # bytes
    address: str = ""  # of the web, where it came from in the end
    kind: str = ""
    reader: int = 0

    @property
    def kept(self) -> int:
        """How many of its records are in the store."""
        return self.added + self.updated + self.unchanged

    @property
    def rejected_count(self) -> int:
        """How many of its records cannot be kept."""
        return len(self.rejected) + self.unlisted


@dataclass(frozen=True)
class Before:
    """How the last harvest ended, if it was a whole one."""

    kind: str
    succeeded: datetime
    walked: datetime  # when all pages were read
    rejected: int


def write_outcome(outcome: Outcome) -> str:
    """Return an outcome as it is kept."""
    return json.dumps(vars(outcome), ensure_ascii=False)


def read_outcome(text: str) -> Outcome:
    """Return an outcome that was kept."""
    values = json.loads(text)
    for name in ("rejected", "notes"):
        values[name] = tuple(tuple(each) for each in values.get(name, ()))
    return Outcome(**{**values, "children": tuple(values.get("children", ()))})


def sum_up(outcomes: Sequence[Outcome], *, present: int, missing: int, is_whole: bool) -> dict[str, Any]:
    """Return the counts of all pages of a harvest; `present` and `missing` are the portal's records after it."""
    added, updated = (sum(getattr(outcome, word) for outcome in outcomes) for word in ("added", "updated"))
    rejected = [each for outcome in outcomes for each in outcome.rejected][:LISTED]
    left_out: dict[str, int] = {}
    for outcome in outcomes:
        for word, count in outcome.left_out.items():
            left_out[word] = left_out.get(word, 0) + count
    return {
        "harvested": present,
        "added": added,
        "updated": updated,
        "unchanged": present - added - updated if is_whole else sum(outcome.unchanged for outcome in outcomes),
        "missing": missing,
        "rejected": [{"id": id, "reason": reason} for id, reason in rejected],
        "rejected_count": sum(outcome.rejected_count for outcome in outcomes),
        "left_out": left_out,
        "notes": list(dict.fromkeys(note for outcome in outcomes for note in outcome.notes))[:LISTED],
        "pages": len(outcomes),
        "bytes": sum(outcome.size for outcome in outcomes),
        "is_whole": is_whole,
    }


def say_remark(remark: Sequence[Any], *, language: str) -> str:
    """Return a remark of a result, (place, marked reason, what is told in it), in `language`."""
    place, reason, told = remark
    spoken = told.get(language, "") if isinstance(told, dict) else told
    return f"{place}: {translate(reason, language=language, told=spoken)}"
