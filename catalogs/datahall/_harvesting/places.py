"""Rectangles of the earth, from GeoJSON, WKT and lists of numbers; None where the order of the numbers is not known."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

Box = tuple[float, float, float, float]  # west, south, east, north

_MAX_TEXT = 2_000_000  # the largest real one has 300 kB
_NUMBER = r"-?\d{1,4}(?:\.\d{1,30})?(?:[eE]-?\d{1,2})?"
_FOUR = re.compile(rf"\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*$")
_PAIR = re.compile(rf"({_NUMBER})\s+({_NUMBER})")
_WKT = re.compile(r"\s*(?:SRID=\d+;)?(?:<[^<>]*>)?\s*(?:MULTI)?(?:POLYGON|POINT|LINESTRING)\s*Z?M?\s*\(", re.IGNORECASE)
_ENVELOPE = re.compile(
    rf"\s*(?:ENVELOPE|BBOX)\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})"
)


def find_box(value: object) -> Box | None:
    """Return the rectangle that a text or a GeoJSON object describes."""
    if isinstance(value, str):
        return _box_of_text(value)
    if isinstance(value, dict):
        return _around(_points(value.get("coordinates")))
    return box_of_numbers(value) if isinstance(value, list) else None


def box_of_numbers(values: Any) -> Box | None:
    """Return the rectangle of ``[west, south, east, north]``, as GeoJSON and STAC order it; heights are left out."""
    if not isinstance(values, list) or not all(_is_number(value) for value in values):
        return None
    if len(values) == 6:
        values = [*values[:2], *values[3:5]]
    return _checked(*values) if len(values) == 4 else None


def _box_of_text(text: str) -> Box | None:
    if len(text) > _MAX_TEXT:
        return None
    if found := _FOUR.match(text):
        return _checked(*map(float, found.groups()))
    if found := _ENVELOPE.match(text):  # its order is west, east, north, south
        west, east, north, south = map(float, found.groups())
        return _checked(west, south, east, north)
    if _WKT.match(text):
        return _around((float(pair[1]), float(pair[2])) for pair in _PAIR.finditer(text))
    if text.lstrip().startswith("{"):
        try:
            found_object = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return find_box(found_object) if isinstance(found_object, dict) else None
    return None


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    """Yield the points in nested lists of coordinates, however deep."""
    waiting = [coordinates]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list) and len(item) >= 2 and _is_number(item[0]) and _is_number(item[1]):
            yield float(item[0]), float(item[1])
        elif isinstance(item, list):
            waiting.extend(item)


def _around(points: Iterator[tuple[float, float]]) -> Box | None:
    found = list(points)
    if not found:
        return None
    across, up = [point[0] for point in found], [point[1] for point in found]
    return _checked(min(across), min(up), max(across), max(up))


def _checked(west: float, south: float, east: float, north: float) -> Box | None:
    is_real = all(math.isfinite(value) for value in (west, south, east, north))
    is_on_earth = is_real and max(abs(west), abs(east)) <= 360 and -90 <= south <= north <= 90
    return (float(west), float(south), float(east), float(north)) if is_on_earth else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6
