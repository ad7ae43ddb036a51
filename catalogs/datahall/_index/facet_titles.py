"""What the values of facets are called, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .._messages import LANGUAGES, N_, translate
from .._records.source_titles import OWN, title_source
from .._vocabulary import access_levels, formats, licenses, publishers, themes
from .place_titles import title_place
from .schema import OWN as OWN_VALUE
from .schema import UNKNOWN

NOT_STATED = N_("Not stated")
# The facets whose values are words of our vocabularies.
_TERMS: dict[str, Callable[[], Iterable[Any]]] = {
    "theme": themes,
    "license": lambda: licenses().values(),
    "access": lambda: access_levels().values(),
    "publisher": lambda: publishers().values(),
    "format": lambda: formats().values(),
}


def facet_titles(name: str) -> dict[str, dict[str, str]]:
    """Return the titles of a facet's words; none for a facet without a vocabulary."""
    list_terms = _TERMS.get(name)
    return {term.id: {"en": term.title.en, "zh": term.title.zh} for term in list_terms()} if list_terms else {}


def find_titles(facet: str) -> Callable[[str], dict[str, str]]:
    """Return what titles the values of a facet; a value of which nothing is known is its own title."""
    if facet == "place":
        return lambda value: {language: title_place(value, language=language) for language in LANGUAGES}
    if facet == "source":
        return lambda value: {language: _title_source(value, language=language) for language in LANGUAGES}
    titles = facet_titles(facet)
    return lambda value: _say(NOT_STATED) if value == UNKNOWN else titles.get(value, {"en": value, "zh": value})


def _title_source(value: str, *, language: str) -> str:
    return translate(OWN, language=language) if value == OWN_VALUE else title_source(value, language=language)


def _say(text: str) -> dict[str, str]:
    return {language: translate(text, language=language) for language in LANGUAGES}
