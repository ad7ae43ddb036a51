"""In which formats the data of a dataset can be had: what search filters and counts by, wherever it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .entry import Entry

# The forms in which the hall serves each open dataset of its own, as its addresses end.
OWN_FORMATS = ("csv", "parquet", "json")

LONGEST = 30  # characters of a format in a portal's own words
MOST = 20  # formats of one dataset

_NAMED_BY_END = re.compile(r"(?:https?://\S+/|(?:application|text|image|audio|video|model)/)([^/\s]+)", re.IGNORECASE)
_PARAMETERS = re.compile(r"\s*;\s*\w[\w-]*\s*=.*")  # of a media type: `; charset=utf-8`
_BEFORE = re.compile(r"^(?:x-|vnd\.)+", re.IGNORECASE)  # of a media type: what is not registered, or somebody's own
_SEVERAL = re.compile(r"\s*[,;]\s*")
_SPELLINGS, _NONE = ("formats", "other-formats"), "none"
_LONGEST_OF_SEVERAL = 12  # characters; where a part is longer, the comma may stand in a sentence


def list_offered(entry: Entry) -> tuple[str, ...]:
    """Return the formats: our words, and what the portal calls those that we have no word for."""
    if not entry.is_harvested:
        return OWN_FORMATS if entry.access == "open" else ()
    return entry.offered_formats or list_named((each.format, each.format_text) for each in entry.distributions)


def list_named(given: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """Return the formats of distributions, each given as our word and the portal's text."""
    named = (name for word, text in given for name in ((word,) if word else _name_all(text)))
    return tuple(dict.fromkeys(named))[:MOST]


@lru_cache(maxsize=20_000)
def _name_all(text: str) -> tuple[str, ...]:
    """Return the formats that a text names: of ``CSV, PDF`` both, of ``application/octet-stream`` none."""
    parts = _SEVERAL.split(text)
    if len(parts) == 1 or not all(0 < len(part) <= _LONGEST_OF_SEVERAL for part in parts):
        parts = [text]
    return tuple(name_format(part) for part in parts if any(map(str.isalnum, part)) and _find_word(part) != _NONE)


@lru_cache(maxsize=20_000)
def name_format(text: str) -> str:
    """Return how a format is counted: ``PDF`` for ``.pdf``, ``application/x-pdf`` and an address that ends so.

    It is our word where we have one.
    """
    word = _find_word(text)
    return _cut(_tidy(text)[1].upper()) if word in (None, _NONE) else word


def _find_word(text: str) -> str | None:
    """Return what a format is called by us, or by everybody; None where it is not known."""
    from .._harvesting.words import load_spellings  # reads two files, when the first format is named

    whole, end = _tidy(text)
    found = (spellings.find(said) for spellings in map(load_spellings, _SPELLINGS) for said in (whole, end))
    return next(filter(None, found), None)


def _tidy(text: str) -> tuple[str, str]:
    """Return a text without what stands around its words, and the last word of a media type or an address."""
    text = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    text = _PARAMETERS.sub("", text).lstrip("*. ")
    named = _NAMED_BY_END.fullmatch(text)
    return text, _BEFORE.sub("", named[1]) if named else text


def _cut(text: str) -> str:
    """Return `text` in the length that a list of values has room for, whole words where it can."""
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST - 1]
    words = kept.rpartition(" ")[0]
    return f"{(words if len(words) > LONGEST // 2 else kept).rstrip()}…"
