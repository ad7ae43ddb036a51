"""Survey a JSON file of any size: where in it records lie, and what keys they have. Nothing is kept but that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import N_
from .source_file import MAX_COLUMNS, SourceFile

Steps = tuple[str, ...]

_MAX_DEPTH = 200
_MAX_PLACES = 200_000  # lists and single values that are remembered


_ENDS = frozenset(("end_map", "end_array"))
_SCALARS = frozenset(("null", "boolean", "number", "string"))


@dataclass
class Array:
    """A list that lies in no other list: how many elements of which kind it has, and their keys."""

    objects: int = 0
    arrays: int = 0
    scalars: int = 0
    keys: dict[str, None] = field(default_factory=dict)
    properties: dict[str, None] = field(default_factory=dict)  # of features
    nested: set[str] = field(default_factory=set)
    doubled: dict[str, tuple[int, int]] = field(default_factory=dict)  # first element and count

    @property
    def count(self) -> int:
        """All elements."""
        return self.objects + self.arrays + self.scalars


@dataclass
class Survey:
    """What lies where in the file; a path is the keys that lead there."""

    arrays: dict[Steps, Array] = field(default_factory=dict)
    objects: dict[Steps, list[str]] = field(default_factory=dict)  # with their keys
    values: dict[Steps, Any] = field(default_factory=dict)

    def has_features(self) -> bool:
        """Say whether the file is a GeoJSON collection of features."""
        return self.values.get(("type",)) == "FeatureCollection" and ("features",) in self.arrays

    def is_keyed(self) -> bool:
        """Say whether the file is an object of objects, each of which is a record."""
        keys = self.objects.get((), [])
        return bool(keys) and all((key,) in self.objects for key in keys)


def survey_json(file: SourceFile, *, stream: Any) -> Survey:
    """Return the survey of the JSON text in UTF-8 that `stream` gives.

    Raises
    ------
    UnreadableSource
        The text is no JSON, or nested beyond measure.
    """
    import ijson

    survey, place = Survey(), list[str]()
    walker, depth = _Records(Array()), 0
    try:
        for event, value in ijson.basic_parse(stream):
            if depth:
                if depth > 1 and event in _SCALARS:
                    continue  # most events by far
                depth = walker.step(event, value, depth=depth)
                if event in _ENDS:
                    place = place if depth else place[:-1]
                    continue  # what ends makes nothing deeper or wider
            elif event == "start_array":
                walker, depth = _Records(survey.arrays.setdefault(tuple(place), Array())), 1
            elif event == "start_map":
                survey.objects.setdefault(tuple(place), [])
            elif event == "map_key":
                survey.objects[tuple(place)].append(value)
                place.append(value)
            else:
                if event != "end_map":
                    survey.values.setdefault(tuple(place), value)
                place = place[:-1]
            if _is_beyond_measure(survey, array=walker.array, depth=len(place) + depth):
                raise file.refuse(form="json", reason=N_("its values are nested, or their keys many, beyond measure"))
    except ijson.JSONError as error:
        raise file.refuse(form="json", reason=_first_line(error)) from error
    return survey


def _is_beyond_measure(survey: Survey, *, array: Array, depth: int) -> bool:
    keys = len(array.keys) + len(array.properties)
    return (
        depth > _MAX_DEPTH
        or keys > MAX_COLUMNS
        or len(survey.arrays) + len(survey.values) + len(survey.objects) > _MAX_PLACES
    )


class _Records:
    """Takes note of the elements of one list, event by event."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self._seen: set[str] = set()
        self._key = ""

    def step(self, event: str, value: Any, *, depth: int) -> int:
        """Return how many lists and objects are open after `event`; 0 when the list itself has ended."""
        if event in ("start_map", "start_array"):
            if depth == 1:
                self._begin(is_object=event == "start_map")
            elif depth == 2:
                self.array.nested.add(self._key)
            return depth + 1
        if event in ("end_map", "end_array"):
            return depth - 1
        if event == "map_key":
            self._note_key(value, depth=depth)
        elif depth == 1:
            self.array.scalars += 1
        return depth

    def _begin(self, *, is_object: bool) -> None:
        self.array.objects += is_object
        self.array.arrays += not is_object
        self._seen.clear()

    def _note_key(self, key: str, *, depth: int) -> None:
        if depth == 2:
            self._key = key
            if key not in self.array.keys:
                self.array.keys[key] = None
            if key in self._seen:
                first, count = self.array.doubled.get(key, (self.array.count, 0))
                self.array.doubled[key] = (first, count + 1)
            self._seen.add(key)
        elif depth == 3 and self._key == "properties":
            self.array.properties.setdefault(key)


def _first_line(error: Exception) -> Exception:
    """Return a parser's error without its picture of the place."""
    words = error.args[0] if error.args else ""
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return ValueError(text.strip().partition("\n")[0])


def iterate_records(stream: Any, *, steps: Steps) -> Iterator[Any]:
    """Yield the elements of the list at `steps`, one at a time."""
    import ijson

    yield from ijson.items(stream, ".".join((*steps, "item")))
