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
_LONGEST_OF_SEVERAL = 12  # characters; where a part is longer, the comma may stand in a sentence


def list_offered(entry: Entry) -> tuple[str, ...]:
    """Return the formats: our words, and what the portal calls those that we have no word for."""
    if not entry.is_harvested:
        return OWN_FORMATS if entry.access == "open" else ()
    return entry.offered_formats or list_named((each.format, each.format_text) for each in entry.distributions)


def list_named(given: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """Return the formats of distributions, each given as our word and the portal's text."""
    named = (name for word, text in given for name in ((word,) if word else _name_all(text)))
    return tuple(dict.fromkeys(filter(None, named)))[:MOST]


@lru_cache(maxsize=20_000)
def _name_all(text: str) -> tuple[str, ...]:
    """Return the formats that a text names: of ``CSV, PDF`` both."""
    parts = _SEVERAL.split(text)
    if len(parts) > 1 and all(0 < len(part) <= _LONGEST_OF_SEVERAL for part in parts):
        return tuple(map(name_format, parts))
    return (name_format(text),)


@lru_cache(maxsize=20_000)
def name_format(text: str) -> str:
    """Return how a format is counted: ``PDF`` for ``.pdf``, ``application/x-pdf`` and an address that ends so.

    It is our word where we have one, and nothing where `text` says nothing of a format (``application/octet-stream``).
    """
    from .._harvesting.words import load_spellings  # reads two files, when the first format is named

    text = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    text = _PARAMETERS.sub("", text).lstrip("*. ")
    if not any(map(str.isalnum, text)):
        return ""
    named = _NAMED_BY_END.fullmatch(text)
    end = _BEFORE.sub("", named[1]) if named else text
    for spellings in map(load_spellings, ("formats", "other-formats")):
        found = spellings.find(text) or spellings.find(end)
        if found:
            return "" if found == "none" else found
    return _cut(end.upper())


def _cut(text: str) -> str:
    """Return `text` in the length that a list of values has room for, whole words where it can."""
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST - 1]
    words = kept.rpartition(" ")[0]
    return f"{(words if len(words) > LONGEST // 2 else kept).rstrip()}…"
