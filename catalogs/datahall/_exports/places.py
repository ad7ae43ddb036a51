"""The places of a dataset as DCAT tells them: countries by the EU's codes, others by their names, and a box."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .._entries.entry import Entry
from .eu_vocabulary import find_country
from .glossary import Glossary
from .statements import Node, refer, say, typed
from .texts import clean_line, make_address


def describe_places(entry: Entry, *, glossary: Glossary) -> list[Node]:
    """Return the places that a dataset is about."""
    places = [_describe_place(clean_line(text), glossary=glossary) for text in dict.fromkeys(entry.spatial)]
    box = _draw_box(entry)
    return [place for place in places if place] + ([box] if box else [])


def _describe_place(text: str, *, glossary: Glossary) -> Node | None:
    if not text:
        return None
    if country := find_country(text):
        return refer(glossary.add(country, "dct:Location"))
    if address := make_address(text):
        return {"@id": address, "@type": ["dct:Location"]}
    name = find_subdivision(text)
    told: Node = {"@type": ["dct:Location"], "rdfs:label": [say(name or text)]}
    return {**told, "dct:identifier": [say(text)]} if name else told


@lru_cache(1_000)
def find_subdivision(code: str) -> str:
    """Return the name of a part of a country by its code of ISO 3166-2; empty where there is none."""
    import pycountry

    subdivisions: Any = pycountry.subdivisions  # whose `get` has no types
    found = subdivisions.get(code=code) if "-" in code[:4] else None
    return str(found.name) if found else ""


def find_place_name(text: str) -> str:
    """Return what a place is called: the name that belongs to a code, or the text as it stands."""
    country = find_country(text)
    return country.title["en"] if country else find_subdivision(text) or text


def draw_polygon(bbox: tuple[float, float, float, float]) -> str:
    """Return a box as well-known text, from its south-west corner against the clock."""
    west, south, east, north = bbox
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return f"POLYGON(({', '.join(f'{x:g} {y:g}' for x, y in corners)}))"


def _draw_box(entry: Entry) -> Node | None:
    if entry.bbox is None:
        return None
    return {"@type": ["dct:Location"], "dcat:bbox": [typed(draw_polygon(entry.bbox), "geo:wktLiteral")]}


def describe_box(bbox: tuple[float, float, float, float]) -> str:
    """Return a box as west, south, east, north in degrees."""
    return ",".join(f"{degrees:g}" for degrees in bbox)
