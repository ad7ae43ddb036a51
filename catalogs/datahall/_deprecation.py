"""What people are told of a dataset that should no longer be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._messages import N_, translate

if TYPE_CHECKING:
    from .card import Card


def tell_deprecation(card: Card, *, language: str) -> str:
    """Return since when it should no longer be used, and what to use instead; empty where it may be used."""
    if card.deprecated is None:
        return ""
    day, other = card.deprecated.isoformat(), card.replaced_by
    if other is None:
        return translate(N_("Deprecated since {day}."), language=language, day=day)
    return translate(N_("Deprecated since {day}; use {other} instead."), language=language, day=day, other=other)
