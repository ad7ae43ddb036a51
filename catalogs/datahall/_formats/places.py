"""Read the places of KML files: one row for each Placemark, its geometry as GeoJSON.

Extended data have a column for each name, folders are in ``folder``. How a geometry is drawn (tessellate,
extrude, altitudeMode) is left out; geometries that GeoJSON does not know (tracks, models) are columns as in XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from .._adding.raw_tables import RawRow, RawTable
from ..errors import N_
from .elements import Shape, Steps, flatten_element, iterate_elements, local_name, own_text, put_value
from .records import name_members
from .source_file import MAX_COLUMNS, SourceFile

_GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
_MULTI = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POSITION = re.compile(rf"\s*({_NUMBER})\s*,\s*({_NUMBER})(?:\s*,\s*({_NUMBER}))?(?=\s|$)")

Values = dict[str, Any]


def read_places(file: SourceFile) -> RawTable:
    """Return the table of all Placemarks, in whatever folders they lie."""
    shape, extended, others = Shape(), dict[str, None](), dict[str, None]()
    for number, place, folder in _placemarks(file):
        values, geometry = _take_apart(place, file=file, number=number)
        extended.update(dict.fromkeys(values))
        others.update(dict.fromkeys([*(["folder"] if folder else []), *(["geometry"] if geometry else [])]))
        shape.add(place)
        if len(shape.columns) + len(extended) > MAX_COLUMNS:
            raise file.refuse(form="kml", reason=N_("it has more columns than a table may have"))
    if not shape.count:
        raise file.refuse(form="kml", reason=N_("it has no places"))
    plain = dict.fromkeys([*shape.header(), *others])
    names = name_members(properties=plain, members=extended)
    header = (*plain, *names.values())
    return RawTable(
        name="",
        read_rows=lambda: _rows(file, header=header, names=names, repeated=shape.repeated),
        header=header,
        source={"format": "kml"},
    )


def _rows(
    file: SourceFile, *, header: tuple[str, ...], names: Mapping[str, str], repeated: set[Steps]
) -> Iterator[RawRow]:
    for number, place, folder in _placemarks(file):
        values, geometry = _take_apart(place, file=file, number=number)
        cells = flatten_element(place, repeated=repeated)
        cells.update({names[name]: value for name, value in values.items()})
        cells.update({"folder": folder or None, "geometry": geometry})
        yield RawRow(number, tuple(cells.get(name) for name in header))


def _placemarks(file: SourceFile) -> Iterator[tuple[int, Element, str]]:
    """Yield every Placemark with its number and the names of the folders around it."""
    number = 0
    for steps, element, around in iterate_elements(file, wanted=_is_placemark_or_folder_name, form="kml"):
        if steps[-1] == "name":
            around[-1].set("name", own_text(element).strip())
            continue
        number += 1
        names = [folder.get("name") or "" for folder in around if local_name(folder.tag) == "Folder"]
        yield number, element, " / ".join(filter(None, names))


def _is_placemark_or_folder_name(steps: Steps) -> bool:
    return steps[-1] == "Placemark" or steps[-2:] == ("Folder", "name")


def _take_apart(place: Element, *, file: SourceFile, number: int) -> tuple[Values, str | None]:
    """Take the extended data and the geometry out of a Placemark; return both."""
    values: Values = {}
    geometry: dict[str, Any] | None = None
    for child in list(place):
        kind = local_name(child.tag)
        if kind == "ExtendedData":
            values.update(_read_extended(child))
            place.remove(child)
        elif kind in _GEOMETRIES and geometry is None:
            try:
                geometry = _read_geometry(child)
            except ValueError as error:
                raise file.refuse_record(number, reason=N_("its coordinates are not longitude,latitude")) from error
            if geometry is not None:
                place.remove(child)
    return values, json.dumps(geometry) if geometry is not None else None


def _read_extended(data: Element) -> Values:
    values: Values = {}
    for element in data.iter():
        kind, name = local_name(element.tag), element.get("name")
        if kind == "SimpleData" and name is not None:
            put_value(values, name, element.text or "")
        elif kind == "Data" and name is not None:
            inner = next((child for child in element if local_name(child.tag) == "value"), None)
            put_value(values, name, "" if inner is None else inner.text or "")
    return values


def _read_geometry(element: Element) -> dict[str, Any] | None:
    """Return a geometry as GeoJSON; None where it has a part that GeoJSON does not know."""
    kind = local_name(element.tag)
    if kind == "Point":
        return {"type": "Point", "coordinates": _positions(element)[0]}
    if kind in ("LineString", "LinearRing"):
        return {"type": "LineString", "coordinates": _positions(element)}
    if kind == "Polygon":
        outer = [ring for part in element if local_name(part.tag) == "outerBoundaryIs" for ring in part]
        inner = [ring for part in element if local_name(part.tag) == "innerBoundaryIs" for ring in part]
        return {"type": "Polygon", "coordinates": [_positions(ring) for ring in (*outer, *inner)]}
    if kind != "MultiGeometry":
        return None
    parts = [_read_geometry(child) for child in element]
    if not all(parts):
        return None
    kinds = {part["type"] for part in parts if part}
    if len(kinds) == 1 and (multi := _MULTI.get(next(iter(kinds)))):
        return {"type": multi, "coordinates": [part["coordinates"] for part in parts if part]}
    return {"type": "GeometryCollection", "geometries": parts}


def _positions(element: Element) -> list[list[float]]:
    texts = [own_text(child) for child in element if local_name(child.tag) == "coordinates"]
    text, place = " ".join(texts), 0
    positions: list[list[float]] = []
    while text[place:].strip():
        found = _POSITION.match(text, place)
        if found is None:
            raise ValueError(text[place : place + 40])
        positions.append([float(part) for part in found.groups() if part is not None])
        place = found.end()
    if not positions:
        raise ValueError("no coordinates")
    return positions
