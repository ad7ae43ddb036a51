"""What a search has found, as JSON: what the hall's API answers, and the workbench where the hall does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .._entries.entry_answers import describe_hit
from .facet_titles import find_titles
from .requests import FacetCount, SearchAnswer


def tell_search(answer: SearchAnswer, *, base: str) -> dict[str, Any]:
    """Return a page of hits and what is remarked on the search; `base` is the address of the hall."""
    return {
        "total": answer.total,
        "is_partial": answer.is_partial,
        "did_you_mean": answer.did_you_mean,
        "ignored_filters": [
            {"name": each.name, "value": each.value, "near": list(each.near)} for each in answer.remarks
        ],
        "results": [describe_hit(hit, base=base) for hit in answer.hits],
        "facets": {name: {each.value: each.count for each in counts} for name, counts in answer.facets.items()},
    }


def tell_facets(answer: SearchAnswer, *, chosen: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """Return what the datasets found can be narrowed to, with titles and counts."""
    facets = {name: _tell_facet(name, counts, chosen=chosen.get(name, ())) for name, counts in answer.facets.items()}
    return {"total": answer.total, "facets": facets}


def _tell_facet(name: str, counts: Iterable[FacetCount], *, chosen: Collection[str]) -> list[dict[str, Any]]:
    title = find_titles(name)
    return [
        {"value": each.value, "title": title(each.value), "count": each.count, "is_chosen": each.value in chosen}
        for each in counts
    ]
