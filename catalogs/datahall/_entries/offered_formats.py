"""In which formats the data of a dataset can be had: what search filters and counts by, wherever it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .entry import Entry

# The forms in which the hall serves each open dataset of its own, as its addresses end.
OWN_FORMATS = ("csv", "parquet", "json")

LONGEST = 40  # characters of a format in a portal's own words
MOST = 20  # formats of one dataset

_NAMED_BY_END = re.compile(r"(?:https?://\S+/|(?:application|text|image|audio|video|model)/)([^/\s]+)", re.IGNORECASE)


def list_offered(entry: Entry) -> tuple[str, ...]:
    """Return the formats: our words, and what the portal calls those that we have no word for."""
    if not entry.is_harvested:
        return OWN_FORMATS if entry.access == "open" else ()
    return entry.offered_formats or list_named((each.format, each.format_text) for each in entry.distributions)


def list_named(given: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """Return the formats of distributions, each given as our word and the portal's text."""
    named = (word or name_format(text) for word, text in given)
    return tuple(dict.fromkeys(filter(None, named)))[:MOST]


def name_format(text: str) -> str:
    """Return how a format that we have no word for is counted: ``PDF`` for ``pdf`` and for ``application/pdf``."""
    text = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    named = _NAMED_BY_END.fullmatch(text)
    return (named[1] if named else text).upper()[:LONGEST].rstrip()
