"""What the index holds of one dataset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from .._entries.entry import Entry
from .._entries.offered_formats import list_offered
from .._vocabulary import publishers, themes
from .analysis import fold, segment
from .frequent_values import FrequentValues
from .places import name_place, place_value
from .schema import (
    ALL_KEYWORDS,
    BETWEEN,
    COUNTED_PUBLISHER,
    COUNTED_YEARS,
    FIRST_YEAR,
    FORMATS,
    HAS_MORE_KEYWORDS,
    HAS_SEVERAL_PLACES,
    KEYWORDS,
    KIND,
    LAST_YEAR,
    MORE_KEYWORDS,
    NO_YEAR,
    NONE,
    ONE_PLACE,
    ORIGIN,
    OWN,
    SEVERAL_PLACES,
    TOGETHER,
    UNKNOWN,
)

if TYPE_CHECKING:
    import tantivy

LONGEST_TEXT = 20_000  # characters of a description that are indexed
LONGEST_VALUE = 200  # of a publisher's name or a place, which are shown as they stand
MOST_PLACES = 20
LONGEST_TITLE = 100  # of a title by which datasets are put in order
LONGEST_PHRASE = 40  # of a keyword that is proposed while somebody types

# How much a dataset's words count beside those of another: real data comes before invented data that says about the
# same, what opens here in one line a little before what is only known from another portal. The engine multiplies a
# score by the binary logarithm of two more than this.
_INVENTED, HARVESTED = 0.2, 0.9

# What decides between two that say the same, so that their order does not depend on which was indexed first: no more
# than a thousandth for the letters of the id, and a sum over it.
_LETTER, _TIE = 1e-5, 1e-7

_NEVER = date.min
_APART = "\x1e"  # between two texts that are cut into words at once
_SIGNS = re.compile(r"[-_/.]+")


@dataclass(frozen=True)
class OwnWords:
    """What documents need of our vocabulary: titles of themes in both languages, and the ids of our publishers.

    `frequent` values are counted with others of theirs.
    """

    themes: Mapping[str, str]
    publishers: Set[str]
    frequent: FrequentValues


def take_own_words(frequent: FrequentValues) -> OwnWords:
    """Return the words as they are now; asked once for many documents."""
    titles = {theme.id: f"{theme.title.en} {theme.title.zh}" for theme in themes()}
    return OwnWords(titles, publishers().keys(), frequent)


def build_document(entry: Entry, *, words: OwnWords, quality: float | None = None) -> tantivy.Document:
    """Return the index's document for `entry`; `quality` where none was measured."""
    from tantivy import Document

    document = Document()
    document.add_text("id", entry.id)
    document.add_text("titled", entry.title_in("en")[:LONGEST_TITLE].casefold())
    _add_words(document, entry, titles=words.themes)
    _add_values(document, entry, words=words)
    document.add_unsigned("quality", round(1000 * (quality or entry.quality or 0.0)))
    return document


def _add_words(document: tantivy.Document, entry: Entry, *, titles: Mapping[str, str]) -> None:
    texts = _join((*_field_names(entry), *(text[:LONGEST_TEXT] for text in entry.description.values())))
    title, _, rest = segment(f"{_join(entry.title.values())}{_APART}{texts}").partition(_APART)
    keywords = [word for words in entry.keywords.values() for word in words]
    spoken = " | ".join(map(_segment_name, keywords))
    id = _SIGNS.sub(" ", entry.id.partition("--")[2] or entry.id)
    names = _join((fold(id), *map(_segment_name, _names(entry, theme=titles.get(entry.theme or "")))))
    document.add_text("title", title)
    document.add_text("keywords", spoken)
    document.add_text("text", f"{title} \n {spoken} \n {names} \n {rest}")
    document.add_text("spelled", f"{title} {spoken} {names}")
    _add_phrases(document, list(dict.fromkeys(_fold_name(word) for word in keywords if len(word) <= LONGEST_PHRASE)))


def _add_phrases(document: tantivy.Document, phrases: Sequence[str]) -> None:
    for word in phrases:
        document.add_text(ALL_KEYWORDS, word)
    for place, name in enumerate(KEYWORDS):
        document.add_text(name, phrases[place] if place < len(phrases) else NONE)
    more = phrases[len(KEYWORDS) :]
    for word in more:
        document.add_text(MORE_KEYWORDS, word)
    if more:
        document.add_text(HAS_MORE_KEYWORDS, "true")


# Of keywords, publishers and places there are far fewer than of datasets.
_segment_name = lru_cache(maxsize=50_000)(segment)
_fold_name = lru_cache(maxsize=50_000)(fold)


def _names(entry: Entry, *, theme: str | None) -> Iterable[str]:
    if entry.publisher is not None:
        yield from entry.publisher.title.values()
    if theme is not None:
        yield theme
    for place in entry.spatial[:MOST_PLACES]:
        if "://" not in place:
            yield place
            yield from name_place(place)
    yield from entry.formats


def _field_names(entry: Entry) -> Iterable[str]:
    for each in entry.fields:
        yield _SIGNS.sub(" ", each.name)
        yield from each.title.values()
        if each.semantic:
            yield each.semantic


def _add_values(document: tantivy.Document, entry: Entry, *, words: OwnWords) -> None:
    kind = (entry.theme or UNKNOWN, entry.access, "true" if entry.synthetic else "false")
    origin = (entry.source or OWN, entry.license or UNKNOWN)
    for field, values in ((KIND, kind), (ORIGIN, origin)):
        document.add_text(field, BETWEEN.join(values))
        for name, value in zip(TOGETHER[field], values, strict=True):
            document.add_text(name, value)
    publisher = _name_publisher(entry, publishers=words.publishers)
    document.add_text("publisher", publisher)
    document.add_text(COUNTED_PUBLISHER, words.frequent.sign_publisher(publisher))
    if entry.publisher is not None:
        document.add_text("publisher_words", _join(map(_segment_name, entry.publisher.title.values())))
    offered = [each.replace(BETWEEN, "/") for each in list_offered(entry)]
    for each in offered:
        document.add_text("format", each)
    document.add_text(FORMATS, BETWEEN.join(offered))
    places = place_values(entry)
    document.add_text(ONE_PLACE, words.frequent.sign_place(places[0]) if len(places) == 1 else NONE)
    if len(places) > 1:
        document.add_text(HAS_SEVERAL_PLACES, "true")
    for place in places:
        document.add_text("place", place)
        if len(places) > 1:
            document.add_text(SEVERAL_PLACES, words.frequent.sign_place(place))
    _add_dates(document, entry)
    document.add_float("standing", _judge_standing(entry))


def _judge_standing(entry: Entry) -> float:
    """Return by what the score of `entry` is weighed; of equals the one with the shorter name is the general one."""
    standing = _INVENTED if entry.synthetic else HARVESTED if entry.is_harvested else 1.0
    return standing - _LETTER * len(entry.id) - _TIE * (crc32(entry.id.encode()) % 100)


def _add_dates(document: tantivy.Document, entry: Entry) -> None:
    first, last = entry.temporal_start or entry.temporal_end, entry.temporal_end or entry.temporal_start
    begun = ended = NO_YEAR
    if first is not None and last is not None:
        start, end = sorted((first.year, last.year))
        document.add_unsigned("first_year", start)
        document.add_unsigned("last_year", end)
        years = COUNTED_YEARS
        if start < years.stop and end >= years.start:
            begun, ended = max(start, years.start), min(end, years.stop - 1)
    document.add_unsigned(FIRST_YEAR, begun)
    document.add_unsigned(LAST_YEAR, ended)
    document.add_unsigned("modified", (entry.modified or entry.issued or entry.temporal_end or _NEVER).toordinal())


def place_values(entry: Entry) -> list[str]:
    """Return what the places of a dataset are filtered by."""
    said = (place[:LONGEST_VALUE] for place in entry.spatial[:MOST_PLACES] if place.strip())
    return list(dict.fromkeys(map(place_value, said)))


def publisher_value(entry: Entry) -> str:
    """Return what a publisher is filtered by: the id of one of ours, the name of another portal's.

    A portal may name anybody; a name that is written like one of our words gets the portal's behind it.
    """
    return _name_publisher(entry, publishers=publishers().keys())


def _name_publisher(entry: Entry, *, publishers: Set[str]) -> str:
    if entry.publisher is None:
        return UNKNOWN
    title = entry.publisher.title
    if entry.publisher.id:
        return entry.publisher.id
    named = (title.get("en") or next(iter(title.values()), ""))[:LONGEST_VALUE]
    plain = unicodedata.normalize("NFKC", named).strip().casefold()
    if plain == UNKNOWN or plain in publishers:
        return f"{named[: LONGEST_VALUE // 2]} ({entry.source or OWN})"
    return named or UNKNOWN


def _join(texts: Iterable[str]) -> str:
    return " \n ".join(texts)
