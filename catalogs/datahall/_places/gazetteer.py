"""A list of places with their codes, names and what became of them; asked for a text and a year. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .folding import fold_name, is_chinese, short_names

Manner = Literal["code", "name", "short name"]


@dataclass(frozen=True)
class Place:
    """A place under one name, from its first year until it ended (None: it still exists)."""

    id: str
    code: str
    name: str
    level: int
    first: int = 0
    end: int | None = None

    def is_there(self, year: int | None) -> bool:
        """Say whether the place exists in `year`; None asks for today."""
        return self.end is None if year is None else self.first <= year and (self.end is None or year < self.end)


@dataclass
class Gazetteer:
    """All places of one kind.

    Attributes
    ----------
    kind : str
        Its name, as `join_places` takes it.
    places : dict
        By id.
    successors : dict
        The year in which a place ended, and what took its place: one or several.
    texts : list
        Everything that places are called in tables, with the place's id: codes as they may be cut, names, short names.
    fold_code : callable
        Returns a code in the list's own form, or None where the text is none.
    latin_names : callable, optional
        Gives ids with names in Latin letters, which cost time and are asked for only when needed.
    """

    kind: str
    fold_code: Callable[[str], str | None]
    latin_names: Callable[[Gazetteer], Iterable[tuple[str, str]]] | None = None
    places: dict[str, Place] = field(default_factory=dict)
    successors: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    _codes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _short_names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: Place, *, codes: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        """Take a place in, with every code and name it goes by."""
        self.places[place.id] = place
        for code in {place.code, *codes}:
            self._codes[code].append(place.id)
            self.texts += [(form, place.id) for form in dict.fromkeys((code, code.lstrip("0"), _cut(code)))]
        for name in {place.name, *names}:
            self.add_name(place.id, name)
            self.texts.append((name, place.id))
            if is_chinese(name):
                self.texts += [(short, place.id) for short in short_names(name)]

    def add_name(self, place: str, name: str) -> None:
        """Let a place be found by another name, too."""
        _append(self._names[fold_name(name)], place)
        for short in short_names(name):
            _append(self._short_names[short], place)

    def find(self, text: str) -> tuple[list[Place], Manner]:
        """Return the places of all times that a text may mean: by code, else by whole name, else by short name."""
        code = self.fold_code(text)
        if code is not None and code in self._codes:
            return self._get(self._codes[code]), "code"
        if self.latin_names is not None and code is None and not is_chinese(text):
            names, self.latin_names = self.latin_names(self), None
            for place, latin in names:
                self.add_name(place, latin)
        name = fold_name(text)
        if self._names.get(name):
            return self._get(self._names[name]), "name"
        for short in (name, *short_names(text)):
            if self._short_names.get(short):
                return self._get(self._short_names[short]), "short name"
            if self._names.get(short):
                return self._get(self._names[short]), "short name"
        return [], "name"

    def follow(self, place: str, *, until: int | None = None) -> tuple[str, int | None]:
        """Return what a place became until a year (None: today), and when it last changed.

        That is as far as no part of it went elsewhere.
        """
        year, seen = None, {place}
        while (change := self.successors.get(place)) and (until is None or change[0] <= until):
            if len(change[1]) != 1 or change[1][0] in seen:
                break
            year, (place,) = change
            seen.add(place)
        return place, year

    def parts_of(self, place: str) -> list[Place]:
        """Return among which places one was divided, which is then no single one of them; empty where it was not."""
        _, heirs = self.successors.get(self.follow(place)[0], (0, ()))
        return self._get(heirs)

    def contains(self, outer: Place, inner: Place) -> bool:
        """Say whether a place lies in another one, by its code."""
        prefix = outer.code.rstrip("0") if outer.level > 1 or outer.code.endswith("0000") else outer.code
        prefix = prefix + "0" * (-len(prefix) % 2)
        return inner.code.startswith(prefix) and inner.id != outer.id

    def _get(self, ids: Iterable[str]) -> list[Place]:
        return [self.places[each] for each in ids]


def _cut(code: str) -> str:
    """Return a code without the pairs of zeros that say it is of a higher level: 33 for 330000."""
    return re.sub(r"(?:00){1,2}$", "", code) if len(code) == 6 else code


def _append(ids: list[str], place: str) -> None:
    if place not in ids:
        ids.append(place)


def years_of(gazetteer: Gazetteer) -> list[int]:
    """Return the years in which something began, the latest first: those between are like the one before."""
    return sorted({place.first for place in gazetteer.places.values() if place.first}, reverse=True)


def infer_year(found: Mapping[str, list[Place]], *, years: Iterable[int]) -> int | None:
    """Return the latest year in which most of the texts name a place."""
    best, most = None, 0
    for year in years:
        count = sum(any(place.is_there(year) for place in places) for places in found.values())
        if count > most:
            best, most = year, count
    return best
