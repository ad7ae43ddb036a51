"""What the hall holds as a whole: the ids of its datasets, and the values of a facet over all of them."""

from __future__ import annotations

from datahall._cards import load_shelf
from datahall._index import SearchRequest, open_index
from datahall._records.record_store import RecordStore

HARVESTED = "harvested/"  # with what the ids of other portals' datasets begin
MOST_VALUES = 10_000  # of a facet, the most frequent ones


def count_datasets() -> int:
    """Return how many datasets there are."""
    return len(load_shelf().cards) + RecordStore().count()


def list_ids(*, start: int, rows: int) -> list[str]:
    """Return ids in their order, from number `start` on, without reading what is known of each."""
    own, records = sorted(load_shelf().cards), RecordStore()
    before = [id for id in own if id < HARVESTED]
    behind = own[len(before) :]
    harvested = records.count()
    ids = before[start : start + rows]
    if len(ids) < rows and start < len(before) + harvested:
        ids += records.list_ids(start=max(0, start - len(before)), rows=rows - len(ids))
    if len(ids) < rows:
        first = max(0, start - len(before) - harvested)
        ids += behind[first : first + rows - len(ids)]
    return ids


def count_values(facet: str) -> dict[str, int]:
    """Return how many datasets have each value of a facet, where it is known."""
    answer = open_index().search(SearchRequest(rows=0, facets=(facet,), values=MOST_VALUES))
    return {each.value: each.count for each in answer.facets[facet] if each.value != "unknown"}


def count_with(facet: str, value: str) -> int:
    """Return how many datasets have `value` in a facet."""
    return open_index().search(SearchRequest(rows=0, facets=(), filters={facet: (value,)})).total
