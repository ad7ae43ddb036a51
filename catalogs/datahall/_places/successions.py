"""What took the place of a division of China that ended: what is declared, else what has its stem, else its code. Pure.

A name tells only so much. A 郊区 that ended and one that began in the same year and province are the same only where
the other counties of its city moved there as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from .folding import stem_of
from .gazetteer import Place

_LATE = 2  # years by which a list may show a change after, or before, it was made
_CHONGQING_LEFT, _SICHUAN, _CHONGQING = 1997, "51", "50"

Ends = Mapping[tuple[str, int], tuple[str, ...]]


class Successions:
    """The places of all years, to be asked for what became of one."""

    def __init__(self, places: Iterable[Place], *, declared: Ends) -> None:
        self._declared = declared
        self._places = list(places)
        self._by_code: dict[str, list[Place]] = defaultdict(list)
        self._by_stem: dict[str, list[Place]] = defaultdict(list)
        for place in self._places:
            self._by_code[place.code].append(place)
            self._by_stem[stem_of(place.name)].append(place)
        # Where the counties of a city went in a year: (year, first four digits) → first four digits.
        self._moves: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)

    def find_all(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """Return the year in which each place ended and the ids of its heirs, where they are known."""
        ended = [place for place in self._places if place.end is not None]
        counties = [place for place in ended if not _is_district(place)]
        found = {place.id: heirs for place in counties if (heirs := self._find(place))}
        for place in counties:
            for heir in found.get(place.id, ()) if place.level == 3 else ():
                self._moves[place.end or 0, place.code[:4]][heir[:4]] += 1
        found |= {place.id: heirs for place in ended if _is_district(place) and (heirs := self._find(place))}
        return {place.id: (place.end or 0, found[place.id]) for place in ended if place.id in found}

    def _find(self, place: Place) -> tuple[str, ...]:
        year = place.end or 0
        for each in (year, *(year + late for step in range(1, _LATE + 1) for late in (-step, step))):
            if (place.code, each) in self._declared:
                return self._find_declared(self._declared[place.code, each], year=year)
        alike = self._find_alike(place, year=year)
        if len(alike) == 1:
            return (alike[0].id,)
        return () if alike else tuple(each.id for each in self._by_code[place.code] if each.first == year)

    def _find_declared(self, codes: Iterable[str], *, year: int) -> tuple[str, ...]:
        """Return the ids of declared heirs; none where one of them cannot be found, since the others are not all."""
        heirs = [next((each.id for each in self._by_code[code] if _is_there_soon(each, year)), None) for code in codes]
        known = [heir for heir in heirs if heir is not None]
        return tuple(known) if len(known) == len(heirs) else ()

    def _find_alike(self, place: Place, *, year: int) -> list[Place]:
        """Return the places of the same stem that began when this one ended, else those that stood beside it."""
        alike = [
            each
            for each in self._by_stem[stem_of(place.name)]
            if each.id != place.id and (each.level == 3) == (place.level == 3) and each.is_there(year)
        ]
        province = place.code[:2]
        if year == _CHONGQING_LEFT and province == _SICHUAN:
            alike = [each for each in alike if each.code[:2] in (_SICHUAN, _CHONGQING)]
        elif any(each.code[:2] != province for each in alike):
            alike = [each for each in alike if each.code[:2] == province and each.first == year]
        alike = [each for each in alike if each.first == year] or alike
        return [each for each in alike if self._may_be(place, each)] if _is_district(place) else alike

    def _may_be(self, place: Place, other: Place) -> bool:
        """Say whether a district may have become another: of its own city, or of where its counties went."""
        went = self._moves.get((place.end or 0, place.code[:4]))
        return other.code[:4] == place.code[:4] or (went is not None and went.most_common(1)[0][0] == other.code[:4])


def _is_district(place: Place) -> bool:
    return place.level == 3 and place.name.endswith("区")


def _is_there_soon(place: Place, year: int) -> bool:
    return place.is_there(year) or 0 < place.first - year <= _LATE
