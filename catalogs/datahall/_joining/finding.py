"""Finds with which datasets one can be joined, and on what: by what their cards say, and by the values they share.

Values are known of datasets in the store, from sketches made when they were fetched; of others only what their cards
say. Where nothing is in the store, no engine is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import store
from .._join_code import write_join
from .._joins import Basis, Join, Joins
from ..card import Card, CardField

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .shared_values import SharedValues
    from .sketches import Overlap, Sketch

_PLACES = ("latitude", "longitude")  # measured, so equal ones mean nothing
_INVENTED = ("citizen-number", "unified-social-credit-code")  # in synthetic data they name nobody outside of it
_UNKNOWN_RATE = 0.5  # where a join whose values nobody has compared stands among others
_WEIGHT = {"both": 1.0, "meaning": 0.9, "values": 0.7, "places": 0.65}
_FEW = 0.2  # of the rows; a key that fewer find is not put before all others
_MOST = 200  # joins of two datasets; more come of cards that give one meaning to everything
_NOTHING = 0.0005  # below it a join finds nobody: 0.1 % and more is shown


@dataclass(frozen=True)
class _Pair:
    """Two fields that may be joined, and how far their values were found to meet."""

    field: CardField
    other_field: CardField
    is_meant: bool
    asked: Sketch | None = None
    found: Sketch | None = None
    overlap: Overlap | None = None


def find_joins(asked: Dataset, *, among: Iterable[Dataset]) -> Joins:
    """Return every way to join `asked` with another dataset, the best first.

    That is: those by which rows find one row at most before others, then those by which more rows find a partner.
    """
    others = {other.id: other for other in among if other.id != asked.id}
    shared = _load_shared([asked, *others.values()])
    candidates = _candidates(asked, shared=shared)
    joins = [
        join
        for other in others.values()
        for join in _joins(asked, other=other, shared=shared, candidates=candidates.get(other.id, ()))
    ]
    return Joins(sorted(joins, key=_rank), asked=asked.id)


def _rank(join: Join) -> tuple[object, ...]:
    rate = _UNKNOWN_RATE if join.match_rate is None else join.match_rate
    return (
        not (join.is_key and rate >= _FEW),
        -rate * _WEIGHT[join.basis],
        -len(join.also),
        join.other,
        join.field,
        join.other_field,
    )


def _load_shared(datasets: Iterable[Dataset]) -> SharedValues | None:
    """Return the sketches of what lies in the store; None where nothing does, and numpy need not be loaded."""
    versions = tuple(
        (each.id, store.dataset_folder(each.id) / version)
        for each in datasets
        if each.card.access == "open" and (version := each.version) and store.has_version(each.id, version)
    )
    if not versions:
        return None
    from .shared_values import load_shared_values

    return load_shared_values(tuple(sorted(versions)))


def _candidates(asked: Dataset, *, shared: SharedValues | None) -> dict[str, list[tuple[Sketch, Sketch]]]:
    """Return, for each other dataset, the pairs of columns that share a value."""
    found: dict[str, list[tuple[Sketch, Sketch]]] = {}
    for sketch in shared.of(asked.id) if shared else ():
        for other, candidate in shared.find(sketch) if shared else ():
            if other != asked.id and len(candidate.columns) == len(sketch.columns):
                found.setdefault(other, []).append((sketch, candidate))
    return found


def _joins(
    asked: Dataset, *, other: Dataset, shared: SharedValues | None, candidates: Sequence[tuple[Sketch, Sketch]]
) -> Iterator[Join]:
    pairs = list(islice(_pairs(asked, other=other, shared=shared, candidates=candidates), _MOST))
    plain = [_join(pair, asked=asked, other=other) for pair in pairs]
    yield from plain
    if shared is not None:
        from .place_joins import find_place_joins

        yield from find_place_joins(asked, other=other, shared=shared, plain=plain)
    for sketch, found in candidates:
        if len(sketch.columns) == 2 and sketch.kind == found.kind:
            for pair in pairs:
                if (pair.field.name, pair.other_field.name) == (sketch.columns[0], found.columns[0]):
                    yield from _timed_join(pair, sketch, found, asked=asked, other=other)


def _pairs(
    asked: Dataset, *, other: Dataset, shared: SharedValues | None, candidates: Sequence[tuple[Sketch, Sketch]]
) -> Iterator[_Pair]:
    """Give the pairs of fields that fit by what the cards say, or by their values."""
    is_one_city = _is_one_city(asked.card, other.card)
    is_real = not (asked.card.synthetic or other.card.synthetic)
    sketches = {each.columns: each for each in shared.of(asked.id)} if shared else {}
    found = {each.columns: each for each in shared.of(other.id)} if shared else {}
    for field, other_field, is_sharing in _fields_to_compare(asked.card, other.card, candidates=candidates):
        is_meant = _is_same(field, other_field)
        if is_meant and not (is_one_city or not _is_of_a_city(field, asked.card, other.card)):
            continue
        if not is_meant and (not is_sharing or not (is_one_city or is_real) or _differ(field, other_field)):
            continue
        pair = _compare(field, other_field, is_meant, sketches.get((field.name,)), found.get((other_field.name,)))
        if pair is not None:
            yield pair


def _fields_to_compare(
    card: Card, other: Card, *, candidates: Sequence[tuple[Sketch, Sketch]]
) -> Iterator[tuple[CardField, CardField, bool]]:
    """Give the fields of one meaning and those that share a value, with whether they do; a card may have thousands."""
    sharing: dict[str, set[str]] = {}
    for sketch, candidate in candidates:
        if len(sketch.columns) == 1:
            sharing.setdefault(sketch.columns[0], set()).add(candidate.columns[0])
    by_name = {field.name: field for field in other.fields}
    by_meaning: dict[str, set[str]] = {}
    for field in other.fields:
        if field.semantic is not None:
            by_meaning.setdefault(field.semantic, set()).add(field.name)
    for field in card.fields:
        shared = sharing.get(field.name, set())
        for name in sorted((shared | by_meaning.get(field.semantic or "", set())) & by_name.keys()):
            yield field, by_name[name], name in shared


def _differ(field: CardField, other: CardField) -> bool:
    """Say whether the cards tell that two fields name different things."""
    return None not in (field.semantic, other.semantic) and field.semantic != other.semantic


def _compare(
    field: CardField, other_field: CardField, is_meant: bool, asked: Sketch | None, found: Sketch | None
) -> _Pair | None:
    """Return the pair with its overlap; None where the values are known and do not meet."""
    if asked is None or found is None:
        return _Pair(field, other_field, is_meant) if is_meant else None
    from .evidence import LEAST_SHARE, is_convincing
    from .sketches import estimate_overlap

    overlap = estimate_overlap(asked, found)
    if overlap.high < _NOTHING:
        return None
    # Of one list but written by other patterns: then the values say whether these are the same codes.
    is_meant = is_meant or (_are_of_one_list(field, other_field) and overlap.share >= LEAST_SHARE)
    if not is_meant and not is_convincing(overlap, asked=asked, other=found, fields=(field, other_field)):
        return None
    return _Pair(field, other_field, is_meant, asked, found, overlap)


def _join(pair: _Pair, *, asked: Dataset, other: Dataset) -> Join:
    is_key = other.card.primary_key == (pair.other_field.name,) or bool(pair.found and pair.found.is_unique)
    return Join(
        pair.field.name,
        other.id,
        pair.other_field.name,
        _semantic(pair),
        is_key,
        basis=_basis(pair),
        code=write_join(asked.id, other.id, pairs=[(pair.field, pair.other_field)]),
        **_measured(pair.overlap, pair.asked),
    )


def _timed_join(pair: _Pair, asked_by: Sketch, found_by: Sketch, *, asked: Dataset, other: Dataset) -> Iterator[Join]:
    """Give the join by a thing and its time, where rows are told apart by both."""
    from .evidence import LEAST_SHARE
    from .sketches import estimate_overlap

    fields, others = ({field.name: field for field in each.card.fields} for each in (asked, other))
    time, other_time = fields.get(asked_by.columns[1]), others.get(found_by.columns[1])
    if time is None or other_time is None:  # the card was changed since the version was made
        return
    are_parts_of_keys = time.name in asked.card.primary_key and other_time.name in other.card.primary_key
    overlap = estimate_overlap(asked_by, found_by)
    if overlap.share < LEAST_SHARE or not (time.name == other_time.name or are_parts_of_keys):
        return
    yield Join(
        pair.field.name,
        other.id,
        pair.other_field.name,
        _semantic(pair),
        found_by.is_unique,
        also=((time.name, other_time.name),),
        basis=_basis(pair),
        code=write_join(asked.id, other.id, pairs=[(pair.field, pair.other_field), (time, other_time)]),
        **_measured(overlap, asked_by),
    )


def _semantic(pair: _Pair) -> str | None:
    return str(pair.field.semantic) if pair.is_meant else None


def _basis(pair: _Pair) -> Basis:
    if pair.overlap is None or not pair.overlap.seen:
        return "meaning"
    return "both" if pair.is_meant else "values"


def _measured(overlap: Overlap | None, asked: Sketch | None) -> dict[str, Any]:
    """Return what the values say, as shares of all rows: those without a value find nobody."""
    if overlap is None or asked is None or not asked.rows:
        return {}
    filled = asked.filled / asked.rows
    return {
        "match_rate": overlap.share * filled,
        "match_low": overlap.low * filled,
        "match_high": overlap.high * filled,
        "shared_values": overlap.values,
    }


def _is_same(field: CardField, other: CardField) -> bool:
    """Say whether two fields identify the same; where patterns differ, one names provinces, say, the other counties."""
    if field.semantic is None or field.semantic in _PLACES:
        return False
    is_alike = None in (field.pattern, other.pattern) or field.pattern == other.pattern
    return is_alike and _are_of_one_list(field, other)


def _are_of_one_list(field: CardField, other: CardField) -> bool:
    is_same = field.semantic is not None and field.semantic == other.semantic
    return is_same and {field.type, other.type} <= {"integer", "string"}


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
