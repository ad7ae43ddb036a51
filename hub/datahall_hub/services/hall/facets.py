"""The facets of a search as a page shows them: each value with its title, its count, and whether it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from datahall._index import SearchAnswer
from datahall._index.facet_titles import facet_titles
from datahall._index.place_titles import is_place, title_place
from datahall._records.source_titles import title_source

from datahall_hub.services.hall.search_wish import CHOSEN_BY_WORD, SearchWish
from datahall_hub.services.hall.wording import N_, Words

SHOWN = 8  # of one facet without asking for more
TITLES = {
    "theme": N_("Domain"),
    "publisher": N_("Publisher"),
    "license": N_("Licence"),
    "access": N_("Access"),
    "format": N_("Format"),
    "place": N_("Place"),
    "synthetic": N_("Real or synthetic"),
    "source": N_("Where it comes from"),
}
_BY_VOCABULARY = ("theme", "publisher", "license", "access", "format")
_WORDS = {
    ("synthetic", "false"): N_("Real data"),
    ("synthetic", "true"): N_("Synthetic data"),
    ("source", "own"): N_("This hall"),
}
_UNKNOWN = N_("Not stated")


@dataclass(frozen=True)
class FacetValue:
    """One value that results can be narrowed to; `address` chooses it, or takes it away."""

    title: str
    count: int | None
    is_chosen: bool
    address: str


@dataclass(frozen=True)
class Facet:
    """All values of one facet, the chosen and most frequent first; `more` are shown on demand."""

    name: str
    title: str
    shown: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...]


def list_facets(wish: SearchWish, answer: SearchAnswer, *, words: Words) -> list[Facet]:
    """Return the facets that can narrow the results, in their order."""
    found = (_list_facet(name, wish, answer, words=words) for name in CHOSEN_BY_WORD)
    return [facet for facet in found if facet is not None]


def list_chosen(wish: SearchWish, *, words: Words) -> list[FacetValue]:
    """Return what the results are narrowed to now, each with the address that takes it away."""
    chosen = [
        FacetValue(title_of(name, word, words=words), None, True, wish.toggle(name, word))
        for name in CHOSEN_BY_WORD
        for word in wish.chosen.get(name, ())
    ]
    if wish.first_year is not None or wish.last_year is not None:
        years = f"{wish.first_year or ''}–{wish.last_year or ''}"
        if wish.first_year == wish.last_year:
            years = str(wish.first_year)
        chosen.append(FacetValue(years, None, True, wish.address(without=("from", "to"))))
    return chosen


def list_years(wish: SearchWish, answer: SearchAnswer, *, today: date) -> list[FacetValue]:
    """Return the latest years that datasets found are about, none to come; the form beside takes any others."""
    counted = {int(each.value): each.count for each in answer.facets.get("year", ())}
    latest = sorted((year for year in counted if year <= today.year), reverse=True)[:SHOWN]
    chosen = wish.first_year if wish.first_year == wish.last_year else None
    none = wish.address(without=("from", "to"))
    return [
        FacetValue(
            str(year),
            counted[year],
            year == chosen,
            none if year == chosen else replace(wish, first_year=year, last_year=year).address(),
        )
        for year in latest
    ]


def title_of(name: str, word: str, *, words: Words) -> str:
    """Return what a value of a facet is called."""
    if (name, word) in _WORDS:
        return words.text(_WORDS[name, word])
    if word == "unknown":
        return words.text(_UNKNOWN)
    if name == "place":
        return title_place(word, language=words.language)
    if name == "source":
        return title_source(word, language=words.language)
    titles: Mapping[str, Mapping[str, str]] = facet_titles(name) if name in _BY_VOCABULARY else {}
    return titles.get(word, {}).get(words.language, word)


def _list_facet(name: str, wish: SearchWish, answer: SearchAnswer, *, words: Words) -> Facet | None:
    chosen = wish.chosen.get(name, ())
    counts = {each.value: each.count for each in answer.facets.get(name, ())}
    counts |= {word: 0 for word in chosen if word not in counts}
    if name == "place":  # an address of a place tells people nothing
        counts = {word: count for word, count in counts.items() if "://" not in word or word in chosen}
    titles = facet_titles(name) if name in _BY_VOCABULARY else {}
    values = [
        FacetValue(
            titles[word][words.language] if word in titles else title_of(name, word, words=words),
            count,
            word in chosen,
            wish.toggle(name, word),
        )
        for word, count in counts.items()
    ]
    if not values or (len(values) == 1 and not chosen and name in ("synthetic", "source", "access")):
        return None
    values.sort(key=lambda value: (not value.is_chosen, -(value.count or 0), value.title))
    shown = len(values) if name == "theme" or len(values) <= SHOWN + 2 else SHOWN
    if name == "place":  # a source's word for a place may be any word: countries and their parts come first
        named = {title_of(name, word, words=words) for word in counts if is_place(word)}
        values.sort(key=lambda value: not (value.is_chosen or value.title in named))
        shown = min(SHOWN, sum(value.is_chosen or value.title in named for value in values)) or shown
    return Facet(name, words.text(TITLES[name]), tuple(values[:shown]), tuple(values[shown:]))
