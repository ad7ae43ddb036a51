"""What a source says of its columns, put beside what was found in the data: all but types. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._entries.entry import Texts, choose_text
from .._harvesting.record import RecordField
from .._harvesting.words import fold
from .._plain_text import take_markup_off
from ..card import Card, CardField, Text


def describe_columns(card: Card, *, said: Sequence[RecordField]) -> Card:
    """Return a drafted card whose columns are called and explained as the source does; found by name, then by title."""
    if not said:
        return card
    known = {fold(each.name): each for each in reversed(said)}
    titled = {fold(title): each for each in reversed(said) for title in each.title.values()}
    fields = tuple(
        _describe(field, said=each) if (each := _find(field, known) or _find(field, titled)) is not None else field
        for field in card.fields
    )
    return card.model_copy(update={"fields": fields})


def _find(field: CardField, known: dict[str, RecordField]) -> RecordField | None:
    return known.get(fold(field.source_column)) or known.get(fold(field.name))


def _describe(field: CardField, *, said: RecordField) -> CardField:
    told: dict[str, Any] = {"title": _in_both(said.title), "description": _in_both(said.description)}
    told["unit"] = field.unit or said.unit  # what the data itself says of its unit is nearer to the values
    return field.model_copy(update={key: text for key, text in told.items() if text is not None})


def _in_both(texts: Texts) -> Text | None:
    """Return the texts as a card has them, in both languages or the same text twice; None where there is none."""
    en, zh = (
        take_markup_off(choose_text(texts, language=language), in_one_line=True).strip() for language in ("en", "zh")
    )
    return Text(en=en, zh=zh) if en and zh else None
