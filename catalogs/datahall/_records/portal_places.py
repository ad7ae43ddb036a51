"""Where portals keep their catalogs, and what a portal is called here where nobody says."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath
from urllib.parse import urlsplit

from .._harvesting.record import Kind
from .._harvesting.words import fold

# Behind the address of a portal, the surest first: what no other kind of portal has.
CATALOGS: tuple[tuple[Kind, str], ...] = (
    ("datahall", "services/hall/api/v1/cards"),
    ("datahall", "api/v1/cards"),
    ("ckan", "api/3/action/package_search?rows=1000&sort=id+asc"),
    ("ckan", "api/3/action/package_search"),
    ("ckan", "services/hall/api/3/action/package_search?rows=1000&sort=id+asc"),  # a Datahall's, for who asks for CKAN
    ("dcat-us", "data.json"),
    ("dcat", "catalog.jsonld"),
    ("dcat", "catalog.ttl"),
    ("dcat", "catalog.rdf"),
    ("dcat", "catalog.xml"),
    ("gov-cn", "catalog.gov-cn.json"),
    ("frictionless", "datapackage.json"),
    ("stac", "catalog.json"),
    ("stac", "collections"),
    ("socrata", "api/catalog/v1?domains={host}&search_context={host}&limit=1000"),
    ("socrata", "api/catalog/v1"),
    ("sdmx", "dataflow"),
    ("sdmx", "rest/dataflow"),
)
_MAX_NAME = 60
RESERVED = ("own", "unknown")  # words of the filter by source: this hall, and what nobody has told
_PAGES = ("", "html", "htm", "xhtml", "php", "asp", "aspx", "jsp")  # endings of what people read


def list_places(address: str, *, kind: Kind | None) -> list[tuple[Kind, str]]:
    """Return where the catalog of the portal at `address` may lie; where it names a page, beside that, too."""
    parts = urlsplit(address)
    base = parts._replace(query="", fragment="")
    paths = dict.fromkeys((base.path.rstrip("/") + "/", base.path.rpartition("/")[0] + "/"))
    places = [
        (each, base._replace(path="").geturl() + path + place.replace("{host}", base.hostname or ""))
        for path in paths
        for each, place in CATALOGS
        if kind in (None, each)
    ]
    return [(each, place) for each, place in dict.fromkeys(places) if place != address]


def names_document(address: str, *, is_gone: bool) -> bool:
    """Say whether `address` names one document, which nothing else stands for, and not a portal or a page of it.

    A page that is there belongs to a portal; of one that `is_gone` only a bare address of a server is known to.
    """
    parts = urlsplit(address)
    if parts.query or "/api/" in parts.path:
        return True
    if is_gone:
        return bool(parts.path.strip("/"))
    return parts.path.rpartition("/")[2].lower().partition(".")[2].rpartition(".")[2] not in _PAGES


def name_source(place: str) -> str:
    """Return what to call the portal at an address, by its host, or the catalog in a file, by its name."""
    parts = urlsplit(place)
    if parts.scheme in ("http", "https"):
        host = (parts.hostname or "").removeprefix("www.")
        words = f"{host} {parts.port}" if parts.port else host
    else:
        words = PurePath(place).stem or "catalog"
    plain = re.sub("[^a-z0-9]+", "-", fold(words)).strip("-")[:_MAX_NAME].strip("-")
    return f"{plain or 'portal'}-{digits_of(place)}" if plain in ("", *RESERVED) else plain


def digits_of(place: str) -> str:
    """Return six digits that tell a place from others."""
    return hashlib.sha256(place.encode(errors="replace")).hexdigest()[:6]
