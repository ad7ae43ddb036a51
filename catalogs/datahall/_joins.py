"""Which datasets can be joined, and by which fields: what their cards say that values identify (`semantic`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .card import Card, CardField

if TYPE_CHECKING:
    from ._dataset import Dataset

_PLACES = ("latitude", "longitude")  # measured, so equal ones mean nothing
_INVENTED = ("citizen-number", "unified-social-credit-code")  # in synthetic data they name nobody outside of it


@dataclass(frozen=True)
class Join:
    """Two fields of two datasets that name the same things.

    Attributes
    ----------
    field : str
        The field of the dataset that was asked.
    other : str
        The other dataset's id.
    other_field : str
        Its field with the same meaning.
    semantic : str
        What the values of both identify.
    is_key : bool
        Whether the other field is the other dataset's whole primary key: each row finds one row at most.
    """

    field: str
    other: str
    other_field: str
    semantic: str
    is_key: bool


def find_joins(asked: Dataset, *, among: Iterable[Dataset]) -> list[Join]:
    """Return every way to join `asked` with another dataset, those that find one row at most first."""
    joins = [join for other in among if other.id != asked.id for join in _joins(asked.card, other=other)]
    return sorted(joins, key=lambda join: (not join.is_key, join.other, join.field, join.other_field))


def _joins(card: Card, *, other: Dataset) -> Iterator[Join]:
    is_one_city = _is_one_city(card, other.card)
    for field in card.fields:
        for found in other.card.fields:
            if _is_same(field, found) and (is_one_city or not _is_of_a_city(field, card, other.card)):
                is_key = other.card.primary_key == (found.name,)
                yield Join(field.name, other.id, found.name, str(field.semantic), is_key)


def _is_same(field: CardField, other: CardField) -> bool:
    """Say whether two fields identify the same; where patterns differ, one names provinces, say, the other counties."""
    if field.semantic is None or field.semantic in _PLACES:
        return False
    is_alike = None in (field.pattern, other.pattern) or field.pattern == other.pattern
    return is_alike and (field.semantic, field.type) == (other.semantic, other.type)


def _is_of_a_city(field: CardField, *cards: Card) -> bool:
    """Say whether a field's values are known in one practice city only."""
    is_invented = field.semantic in _INVENTED and any(card.synthetic for card in cards)
    return is_invented or str(field.semantic).startswith("practice-")


def _is_one_city(*cards: Card) -> bool:
    cities = [
        {(source.practice.population, source.practice.seed) for source in card.sources if source.practice is not None}
        for card in cards
    ]
    return bool(cities[0]) and all(city == cities[0] for city in cities)
