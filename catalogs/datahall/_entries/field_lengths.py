"""How long the values of a field are at most, as far as the card says it, or the version's own values tell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._vocabulary import semantics

if TYPE_CHECKING:
    from .._quality.record import Distribution
    from ..card import CardField

_WHOLE = 2.0**53  # beyond it a bound of a card is no exact whole number


def find_length(field: CardField, seen: Distribution | None) -> int | None:
    """Return the characters of a text, or the digits and the sign of a whole number; None where nobody knows.

    What the card allows comes before what a version happens to have (`seen`).
    """
    if field.type == "string":
        return _declared_length(field) or _seen_length(seen)
    if field.type == "integer":
        return _count_digits(field.minimum, field.maximum) or (
            _count_digits(seen.minimum, seen.maximum) if seen else None
        )
    return None


def _declared_length(field: CardField) -> int | None:
    if field.enum:
        return max(map(len, field.enum))
    meaning = semantics().get(field.semantic or "")
    return (meaning.width if meaning else None) or field.zero_fill


def _seen_length(seen: Distribution | None) -> int | None:
    """Return the longest of a version's values where all of them are noted, and whole."""
    from .._quality.record import LONGEST_VALUE

    if seen is None or seen.kind != "words" or not seen.values or seen.rest:
        return None
    longest = max(map(len, seen.values))
    return longest if 0 < longest < LONGEST_VALUE else None


def _count_digits(low: float | str | None, high: float | str | None) -> int | None:
    """Return how many signs the longer of two whole numbers has."""
    try:
        ends = [int(end) if isinstance(end, str) else _whole(end) for end in (low, high)]
    except ValueError:  # a text that is no whole number, from a version of another type
        return None
    signs = [len(str(end)) for end in ends if end is not None]
    return max(signs) if len(signs) == 2 else None


def _whole(end: float | None) -> int | None:
    return int(end) if end is not None and abs(end) < _WHOLE else None
