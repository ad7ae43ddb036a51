"""Which keys of two tables mean the same place, how that was found, and what is left over. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .china import is_town_code
from .countries import load_us_states
from .folding import fold_name, short_names
from .gazetteer import Gazetteer
from .reading import Key, Reading

EXACT, CODE, NAME, SHORT_NAME, TOWN, CHANGED = "exact", "code", "name", "short name", "town", "changed"
_TOWN_DIGITS = (9, 12)  # towns of China have nine, in statistics with three zeros behind them


@dataclass(frozen=True)
class Pair:
    """A key of the left table and one of the right that mean the same place."""

    left: Key
    right: Key
    how: str
    place: str
    year: int | None = None


def pair_readings(
    left: Mapping[Key, Reading],
    right: Mapping[Key, Reading],
    *,
    gazetteer: Gazetteer,
    years: tuple[int | None, int | None] = (None, None),
) -> list[Pair]:
    """Return the pairs: those of one place first; of the rest, those that became one between the tables' years."""
    by_place = _group(right, gazetteer=None)
    pairs = [
        Pair(key, other, _how(reading, right[other], gazetteer), reading.place.name)
        for key, reading in left.items()
        if reading.place is not None
        for other in by_place.get(reading.place.id, ())
    ]
    lonely_left = left.keys() - {pair.left for pair in pairs}
    lonely_right = right.keys() - {pair.right for pair in pairs}
    by_heir = _group(right, gazetteer=gazetteer)
    for key, reading in left.items():
        if reading.place is None:
            continue
        for other in by_heir.get(gazetteer.follow(reading.place.id)[0], ()):
            if key in lonely_left or other in lonely_right:
                until = _later(key.year or years[0], other.year or years[1])
                pairs += _pair_changed(reading, right[other], until=until, gazetteer=gazetteer)
    return pairs


def _later(first: int | None, second: int | None) -> int | None:
    """Return the later of two years, of which None is today."""
    return None if first is None or second is None else max(first, second)


def _pair_changed(left: Reading, right: Reading, *, until: int | None, gazetteer: Gazetteer) -> list[Pair]:
    """Return the pair if one place had become the other, or both a third, in the later year of both tables."""
    if left.place is None or right.place is None or left.place.id == right.place.id:
        return []
    (heir, year), (other_heir, other_year) = (
        gazetteer.follow(each.id, until=until) for each in (left.place, right.place)
    )
    if heir != other_heir:
        return []
    changed = max(year or 0, other_year or 0) or None
    return [Pair(left.key, right.key, CHANGED, gazetteer.places[heir].name, changed)]


def _group(readings: Mapping[Key, Reading], *, gazetteer: Gazetteer | None) -> dict[str, list[Key]]:
    """Return the keys by their place, or by what became of it."""
    groups: dict[str, list[Key]] = defaultdict(list)
    for key, reading in readings.items():
        if reading.place is not None:
            groups[gazetteer.follow(reading.place.id)[0] if gazetteer else reading.place.id].append(key)
    return groups


def _how(left: Reading, right: Reading, gazetteer: Gazetteer) -> str:
    if left.key.value == right.key.value:
        return EXACT
    if gazetteer.kind == "china" and any(is_town_code(str(each.key.value)) for each in (left, right)):
        return TOWN
    manners = {left.manner, right.manner}
    return CODE if manners == {"code"} else SHORT_NAME if "short name" in manners else NAME


def pair_plainly(left: Sequence[Key], right: Sequence[Key]) -> tuple[list[Pair], dict[Key, list[Key]]]:
    """Return the pairs of keys whose values are spelt alike, for places of which there is no list.

    Codes of digits get their leading zeros back; names lose case, accents and words such as County. Also returns the
    left keys that fit several right ones by their short names only, which are not paired.
    """
    width = max((len(key.value) for key in (*left, *right) if key.value and key.value.isdecimal()), default=0)
    forms = [[{_full(key, width)} for key in right], [{_full(key, width), *_short(key)} for key in right]]
    pairs: list[Pair] = []
    doubtful: dict[Key, list[Key]] = {}
    indexes = [_index(right, form) for form in forms]
    for key in left:
        if not key.value:
            continue
        full = indexes[0].get(_full(key, width), [])
        alike = [] if full else [indexes[1].get(form, []) for form in (_full(key, width), *_short(key))]
        short = list(dict.fromkeys(other for others in alike for other in others))
        if len({_full(other, width) for other in short}) > 1:
            doubtful[key] = short
            continue
        for other in full or short:
            folded = CODE if key.value.isdecimal() else NAME
            how = EXACT if key.value == other.value else folded if full else SHORT_NAME
            pairs.append(Pair(key, other, how, str(other.value)))
    return pairs, doubtful


def _index(keys: Sequence[Key], forms: Sequence[set[tuple[str, str]]]) -> dict[tuple[str, str], list[Key]]:
    index: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key, each in zip(keys, forms, strict=True):
        for form in each if key.value else ():
            index[form].append(key)
    return index


def _full(key: Key, width: int) -> tuple[str, str]:
    value = (key.value or "").strip()
    if not value.isdecimal():
        return _within(key), fold_name(value)
    return _within(key), value.ljust(12, "0") if len(value) in _TOWN_DIGITS else value.zfill(width)


def _short(key: Key) -> list[tuple[str, str]]:
    return [(_within(key), name) for name in short_names(key.value or "")]


def _within(key: Key) -> str:
    """Return in what a place lies, folded: a state of the US by its letters, whatever it is written as."""
    if not key.within:
        return ""
    states, _ = load_us_states().find(key.within)
    return states[0].code if states else [fold_name(key.within), *short_names(key.within)][-1]
