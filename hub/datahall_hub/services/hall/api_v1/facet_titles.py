"""What the values of facets are called."""

from __future__ import annotations

from datahall._records.source_titles import title_source

from datahall_hub.services.hall.shelf import FACETS, facet_titles
from datahall_hub.translations import LANGUAGES


def title_value(facet: str, value: str) -> dict[str, str]:
    """Return the titles of a facet's value; itself where our vocabularies have none."""
    if facet == "source":
        return {language: title_source(value, language=language) for language in LANGUAGES}
    titles = facet_titles(facet) if facet in FACETS else {}
    return titles.get(value, {"en": value, "zh": value})
