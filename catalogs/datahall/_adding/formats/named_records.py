"""Find where in a JSON file records stand under names, as in ``{"states": {"AL": {…}, "AK": {…}}}``. Pure.

An object is taken for a list whose elements have names when its members are objects, or lists of objects, that look
alike; for lists of values, its own keys must be no common vocabulary: objects beside it have other ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..._formats.headers import distinct_names
from ..._formats.json_survey import Steps, Survey
from ..._formats.records import KEY, VALUE

_EVERY = "*"
_MAX_LEVELS = 8  # of objects in objects; deeper ones are no tables


@dataclass(frozen=True)
class NamedRecords:
    """Records that a path with stars leads to, and what the names and members become."""

    path: Steps
    keys: tuple[str, ...]  # columns of the names that the stars meet
    columns: tuple[str, ...]
    ignored: tuple[str, ...] = ()  # members that are tables of their own

    def holds(self, steps: Steps) -> bool:
        """Say whether a place of the file lies in these records."""
        is_below = len(steps) >= len(self.path)
        return is_below and all(wanted in (_EVERY, step) for wanted, step in zip(self.path, steps, strict=False))


def find_named_records(survey: Survey) -> list[NamedRecords]:
    """Return the records under names, often none; an object of plain objects needs no path and is not among them."""
    if () not in survey.objects:
        return []
    found = list(_visit(survey, path=(), places=[()]))
    is_plain = survey.is_keyed() and all(len(records.path) == 1 for records in found)
    return [] if is_plain else found


def _visit(survey: Survey, *, path: Steps, places: Sequence[Steps]) -> Iterator[NamedRecords]:
    """Yield the records at and below a path; `places` are the objects that it leads to."""
    members = [(*place, key) for place in places for key in dict.fromkeys(survey.objects[place])]
    if _has_names_for_keys(survey, places=places):
        below = (*path, _EVERY)
        if all(member in survey.objects for member in members):
            yield from _visit(survey, path=below, places=members)
        else:
            lists = [survey.arrays[member] for member in members]
            names = tuple(dict.fromkeys(key for one in lists for key in one.keys))
            yield _describe(below, columns=names or (VALUE,))
        return
    by_key: dict[str, list[Steps]] = {}
    for member in members:
        by_key.setdefault(member[-1], []).append(member)
    objects = {
        key: inner
        for key, inner in by_key.items()
        if all(member in survey.objects for member in inner) and "." not in key and key != _EVERY  # no path leads there
    }
    stars = path.count(_EVERY)
    tables = {
        key: [table for table in _visit(survey, path=(*path, key), places=inner) if len(table.keys) > stars]
        for key, inner in objects.items()
    }
    ignored = tuple(key for key in tables if tables[key])
    columns = tuple(key for key in by_key if key not in ignored)
    if _EVERY in path and columns:
        yield _describe(path, columns=columns, ignored=ignored)
    for inner_tables in tables.values():
        yield from inner_tables


def _has_names_for_keys(survey: Survey, *, places: Sequence[Steps]) -> bool:
    """Say whether the keys of these objects are names of things, and their members all of one kind."""
    keys = [set(survey.objects[place]) for place in places]
    common, every = set.intersection(*keys), set.union(*keys)
    members = [(*place, key) for place in places for key in survey.objects[place]]
    if len(every) < 2 or len(members[0]) > _MAX_LEVELS:
        return False
    are_names = len(places) > 1 and 2 * len(common) < len(every)  # they would be columns if all had them
    lists = [survey.arrays[member] for member in members if member in survey.arrays]
    if len(lists) == len(members) and all(one.scalars == one.count for one in lists):
        return are_names
    if len(lists) == len(members) and all(one.objects == one.count for one in lists):
        return bool(set.intersection(*(set(one.keys) for one in lists if one.count)))
    if not all(member in survey.objects for member in members):
        return False
    inner = [set(survey.objects[member]) for member in members]
    if set.intersection(*inner):
        return True
    return (are_names or len(places) == 1) and _has_names_for_keys(survey, places=members)


def _describe(path: Steps, *, columns: tuple[str, ...], ignored: tuple[str, ...] = ()) -> NamedRecords:
    """Call the column of each star as the step before it, where that is one."""
    before = ("", *path)
    keys = [
        KEY if before[number] in ("", _EVERY) else before[number] for number, step in enumerate(path) if step == _EVERY
    ]
    taken = list(distinct_names([*columns, *ignored, *keys]))
    return NamedRecords(path, tuple(taken[-len(keys) :]), columns, ignored)
