"""What somebody typed, taken apart: words, phrases, filters such as ``theme:transport``, and what is not wanted.

Nothing typed is an error. What is no filter is searched for as words, and told where it looks like one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .._entries.offered_formats import name_format
from .._vocabulary import Term, access_levels, formats, licenses, publishers, themes
from .analysis import cut_words, fold, make_plain
from .filter_names import FILTER_NAMES, LONG_NAMES, NOT_STATED, OTHER_VALUES, TRUTHS
from .schema import UNKNOWN
from .source_values import find_source

LONGEST_QUERY = 200  # characters; what follows is not read
MOST_WORDS = 32

# A filter may have a value in the quotation marks of a Chinese keyboard.
_PART = re.compile(
    rf"""(-?)(?:({"|".join(LONG_NAMES)}|[^\s":-][^\s":]*):)?(?:"([^"]*)"?|(?<=:)[“「]([^“”「」"]*)[”」]?|([^\s"]+))""",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(\d{1,4})?(\.\.|[-–—/])?(\d{1,4})?")


@dataclass(frozen=True)
class Word:
    """Something that must occur: one word, or several in their order."""

    parts: tuple[str, ...]
    is_phrase: bool = False


@dataclass(frozen=True)
class Filter:
    """A value that datasets must have; `years` for a span of years."""

    name: str
    value: str
    years: tuple[int, int] | None = None
    is_loose: bool = False  # a publisher with the words of the value is enough, any place that is called so


@dataclass(frozen=True)
class TypedQuery:
    """The parts of what was typed."""

    words: tuple[Word, ...] = ()
    unwanted: tuple[Word, ...] = ()
    filters: tuple[Filter, ...] = ()
    without: tuple[Filter, ...] = ()
    misread: tuple[tuple[str, str], ...] = ()  # names of filters with values that they cannot have, read as words

    @property
    def is_empty(self) -> bool:
        """Whether no word is searched for."""
        return not self.words


def means_everything(text: str) -> bool:
    """Return whether `text` is what people type for everything who know other searches: ``*``, ``*:*``."""
    signs = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    return "*" in signs and set(signs) <= set('*: "')


def read_query(text: str) -> TypedQuery:
    """Return the parts of `text`."""
    words: list[Word] = []
    unwanted: list[Word] = []
    filters: list[Filter] = []
    without: list[Filter] = []
    misread: list[tuple[str, str]] = []
    text = unicodedata.normalize("NFKC", make_plain(text[:LONGEST_QUERY]))
    for minus, name, straight, curled, plain in _PART.findall(text):
        quoted = straight or curled
        value = quoted or plain
        found = find_filter(name, value) if name else None
        if found is not None:
            (without if minus else filters).append(found)
            continue
        if known := FILTER_NAMES.get(fold(name)):
            misread.append((known, value))
        if quoted:
            (unwanted if minus else words).extend(_read_phrase(f"{name} {value}"))
        else:
            (unwanted if minus else words).extend(_read_words(f"{name} {value}"))
    return TypedQuery(
        tuple(words[:MOST_WORDS]), tuple(unwanted[:MOST_WORDS]), tuple(filters), tuple(without), tuple(misread)
    )


def _read_phrase(text: str) -> Iterator[Word]:
    parts = tuple(part for word in _read_words(text) for part in word.parts)
    if parts:
        yield Word(parts, is_phrase=True)


def _read_words(text: str) -> Iterator[Word]:
    return (Word((word,)) for word in cut_words(text))


def find_filter(name: str, value: str) -> Filter | None:
    """Return the filter that `name` and `value` mean; None where they mean none."""
    known = FILTER_NAMES.get(fold(name))
    if known is None or not value:
        return None
    if known == "year":
        return _read_years(value)
    if known == "synthetic":
        return Filter(known, TRUTHS[fold(value)]) if fold(value) in TRUTHS else None
    if known == "place":
        return Filter(known, value, is_loose=True)
    if known == "source":
        return Filter(known, find_source(value) or value)
    meant = _find_term(known, value)
    if meant is not None:
        return Filter(known, meant)
    if known == "format":  # there are more than we have words for
        return Filter(known, name_format(value))
    return Filter(known, value, is_loose=True) if known == "publisher" else None


_TERMS: dict[str, Callable[[], Mapping[str, Term]]] = {
    "theme": lambda: {theme.id: theme for theme in themes()},
    "publisher": publishers,
    "license": licenses,
    "access": access_levels,
    "format": formats,
}


def list_terms(name: str) -> Mapping[str, Term]:
    """Return the words of our vocabulary that a filter may name, by id; none where it has no vocabulary."""
    return _TERMS[name]() if name in _TERMS else {}


def _find_term(name: str, value: str) -> str | None:
    """Return the id of the one word of our vocabulary that is called `value` in either language."""
    terms = list_terms(name)
    wanted = OTHER_VALUES.get((name, fold(value)), fold(value))
    if wanted in NOT_STATED:
        return UNKNOWN
    ids = [id for id in terms if fold(id) == wanted]
    titled = [id for id, term in terms.items() if wanted in (fold(term.title.en), fold(term.title.zh))]
    return ids[0] if ids else titled[0] if len(titled) == 1 else None


def _read_years(value: str) -> Filter | None:
    match = _YEARS.fullmatch(value)
    if match is None or not (match[1] or match[3]):
        return None
    first, last = int(match[1] or 0), int(match[3] or 9999)
    if match[2] is None:
        last = first
    return Filter("year", value, years=(min(first, last), max(first, last)))
