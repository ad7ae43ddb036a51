"""What people are told of a dataset that should no longer be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._messages import N_, translate

if TYPE_CHECKING:
    from ._entries.entry import Entry
    from .card import Card

# What a portal says, not we; the day only where it says one.
RETIRED = {
    "deprecated": N_("Deprecated, as its portal says."),
    "withdrawn": N_("Withdrawn, as its portal says."),
}


def tell_deprecation(card: Card, *, language: str) -> str:
    """Return since when it should no longer be used, and what to use instead; empty where it may be used."""
    if card.deprecated is None:
        return ""
    day, other = card.deprecated.isoformat(), card.replaced_by
    if other is None:
        return translate(N_("Deprecated since {day}."), language=language, day=day)
    return translate(N_("Deprecated since {day}; use {other} instead."), language=language, day=day, other=other)


def tell_retirement(entry: Entry, *, language: str) -> str:
    """Return the same of a dataset of another portal; empty where its portal says nothing of that."""
    if entry.retired is None:
        return ""
    said, other = translate(RETIRED[entry.retired], language=language), entry.replaced_by or entry.replacement
    if not other:
        return said
    blank = "" if language == "zh" else " "
    return said + blank + translate(N_("Use {other} instead."), language=language, other=other)
