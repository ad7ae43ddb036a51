"""The counts of a search as CKAN's ``search_facets``: the most frequent values first, with their titles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datahall._exports.ckan_words import NOT_SPECIFIED
from datahall._index import FacetCount
from datahall._index.facet_titles import facet_titles

from datahall_hub.services.hall.ckan.filters import find_facet
from datahall_hub.services.hall.shelf import FACETS


def describe_facets(
    names: Iterable[str], *, counts: Mapping[str, Sequence[FacetCount]], most: int | None, least: int, language: str
) -> dict[str, dict[str, Any]]:
    """Return the facets called `names` by CKAN, `most` values of each, that at `least` so many datasets have."""
    return {
        name: {
            "title": name,
            "items": _list_items(name, counts.get(find_facet(name), ()), most=most, least=least, language=language),
        }
        for name in names
    }


def _list_items(
    name: str, counts: Sequence[FacetCount], *, most: int | None, least: int, language: str
) -> list[dict[str, Any]]:
    facet = find_facet(name)
    titles = facet_titles(facet) if facet in FACETS and facet != "format" else {}
    unknown = (
        NOT_SPECIFIED if name == "license_id" else ""
    )  # what stands in a package, which is counted with the others
    named = [(unknown if each.value == "unknown" else each.value, each.count) for each in counts]
    known = [(value, count) for value, count in named if value and count >= least]
    best = sorted(known, key=lambda each: (-each[1], each[0]))[:most]
    return [
        {
            "name": value.upper() if facet == "format" else value,
            "display_name": value.upper() if facet == "format" else titles.get(value, {}).get(language, value),
            "count": count,
        }
        for value, count in best
    ]
