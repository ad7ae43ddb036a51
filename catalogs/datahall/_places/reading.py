"""What the values of a column name: a place of a gazetteer, or several, among which nobody guesses. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .gazetteer import Gazetteer, Place, infer_year, years_of

_PURE = 0.95  # of the values, some of which may be slips

Manner = str  # "code", "town", "name" or "short name"


@dataclass(frozen=True)
class Key:
    """What of a row tells its place: the value, in what it lies, and the year that the row speaks of."""

    value: str | None
    within: str | None = None
    year: int | None = None


@dataclass(frozen=True)
class Reading:
    """What a key means: one place; several, then it is ambiguous; or none."""

    key: Key
    places: tuple[Place, ...] = ()
    manner: Manner = "name"

    @property
    def place(self) -> Place | None:
        """The place, where there is no doubt."""
        return self.places[0] if len(self.places) == 1 else None


@dataclass(frozen=True)
class Level:
    """The level of most of a column's places (1: provinces), and whether the column holds hardly any others."""

    level: int | None
    is_pure: bool


def read_keys(keys: Sequence[Key], *, gazetteer: Gazetteer) -> tuple[dict[Key, Reading], int | None]:
    """Return what each key means, and the year whose list the keys without one were read by.

    That is the latest in which most of them are the code or name of a place.
    """
    found = {key.value: gazetteer.find(key.value) for key in keys if key.value}
    year = None
    if any(key.year is None for key in keys):
        year = infer_year({text: places for text, (places, _) in found.items()}, years=years_of(gazetteer))
    outer = _read_outer({key.within for key in keys if key.within}, gazetteer=gazetteer)
    level = _usual_level([place for place in places if place.is_there(year)] for places, _ in found.values())
    readings = {}
    for key in keys:
        places, manner = found.get(key.value or "", ([], "name"))
        lies_in = outer.get(key.within or "", ())
        if lies_in:
            places = [each for each in places if any(gazetteer.contains(around, each) for around in lies_in)]
        chosen = _choose(places, year=key.year or year, level=level, gazetteer=gazetteer)
        readings[key] = Reading(key, tuple(chosen), manner)
    return readings, year


def _read_outer(texts: Iterable[str], *, gazetteer: Gazetteer) -> dict[str, tuple[Place, ...]]:
    """Return the places that others are said to lie in, of all times."""
    found = {text: gazetteer.find(text)[0] for text in texts}
    level = _usual_level(found.values()).level
    return {
        text: tuple(each for each in places if level is None or each.level == level) or tuple(places)
        for text, places in found.items()
    }


def _usual_level(found: Iterable[Sequence[Place]]) -> Level:
    """Return on which level most of the values lie that can be on one only, and whether nearly all can be on it."""
    levels = [{place.level for place in places} for places in found if places]
    counts = Counter(next(iter(each)) for each in levels if len(each) == 1)
    level, count = counts.most_common(1)[0] if counts else (None, 0)
    if count * 2 <= counts.total():
        return Level(None, is_pure=False)
    return Level(level, is_pure=sum(level in each for each in levels) >= _PURE * len(levels))


def _choose(places: Sequence[Place], *, year: int | None, level: Level, gazetteer: Gazetteer) -> list[Place]:
    """Return the places that remain: of the year, else what ended or began nearest; of the usual level, where it tells.

    It tells 阜新市 from the 阜新县 that lies in it, but 朝阳市 from a far 朝阳区 only where all values are such cities.
    """
    chosen = [place for place in places if place.is_there(year)] or _nearest(places, year=year)
    if len({gazetteer.follow(place.id)[0] for place in chosen}) == 1:
        return chosen[-1:]  # one place under several codes
    usual = [place for place in chosen if place.level == level.level]
    if len(usual) == 1 and (level.is_pure or all(_are_nested(usual[0], each, gazetteer) for each in chosen)):
        return usual
    return list(chosen)


def _are_nested(place: Place, other: Place, gazetteer: Gazetteer) -> bool:
    return place.id == other.id or gazetteer.contains(place, other) or gazetteer.contains(other, place)


def _nearest(places: Sequence[Place], *, year: int | None) -> list[Place]:
    if year is None or not places:
        return list(places)
    distance = {place.id: place.first - year if place.first > year else year - (place.end or year) for place in places}
    nearest = min(distance.values())
    return [place for place in places if distance[place.id] == nearest]


def share_read(keys: Iterable[Key], *, gazetteer: Gazetteer) -> float:
    """Return which share of the values are codes or names of a gazetteer."""
    texts = {key.value for key in keys if key.value}
    return sum(bool(gazetteer.find(text)[0]) for text in texts) / len(texts) if texts else 0.0
