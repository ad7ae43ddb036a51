"""Describe harvested datasets for a list of many: with the first of their distributions, the others counted.

A portal may give each dataset a thousand. What a list does not show is cut off before anything is made of it, since
most of its time and memory would go into that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from .entry import Entry
from .offered_formats import list_named
from .record_entries import describe_record

if TYPE_CHECKING:
    from .._records.record_store import RawRecord

MOST = 50  # distributions of one dataset

Given = Mapping[str, Any]  # a distribution as it is kept


def describe_short(raw: RawRecord, *, most: int = MOST) -> Entry:
    """Return the entry of a record as the record store keeps it, with its first `most` distributions."""
    offered: list[Given] = raw.content.get("distributions") or []
    entry = _describe_with(raw, offered[:most])
    if len(offered) <= most:
        return entry
    named = dict.fromkeys((each.get("format"), each.get("format_text") or "") for each in offered)
    return replace(
        entry,
        left_out=len(offered) - most,
        formats=tuple(sorted({word for word, _ in named if word})),
        offered_formats=list_named(named),
    )


def describe_with_first(raw: RawRecord, *, fits: Callable[[Given], bool]) -> Entry:
    """Return the entry of a record with the first of its distributions that `fits`, and no other."""
    return _describe_with(raw, list(islice(filter(fits, raw.content.get("distributions") or ()), 1)))


def _describe_with(raw: RawRecord, shown: list[Given]) -> Entry:
    from pydantic_core import to_json

    from .._harvesting.record import Record

    return describe_record(
        Record.model_validate_json(to_json(raw.content | {"distributions": shown})),
        id=raw.id,
        source=raw.source,
        missing_since=date.fromisoformat(raw.missing_since) if raw.missing_since else None,
    )
