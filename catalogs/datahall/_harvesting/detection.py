"""Tell of which kind a portal's document is, and read it. An empty catalog is a catalog; no catalog is an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import N_
from . import ckan, datahall, dcat, dcat_us, frictionless, gov_cn, sdmx, socrata, stac
from .documents import Document, open_document, unknown_format
from .record import Harvest, Kind


class Reader(NamedTuple):
    """How a kind is told, and read."""

    is_kind: Callable[[Document], bool]
    read: Callable[[Document], Harvest]


# In this order: a data.json has a JSON-LD context, too, and each kind is surer than those below it.
READERS: dict[Kind, Reader] = {
    "datahall": Reader(lambda document: datahall.is_answer(document.value), datahall.read),
    "gov-cn": Reader(lambda document: gov_cn.is_catalog(document.value), gov_cn.read),
    "ckan": Reader(lambda document: ckan.is_answer(document.value), ckan.read),
    "socrata": Reader(lambda document: socrata.is_answer(document.value), socrata.read),
    "stac": Reader(lambda document: stac.is_stac(document.value), stac.read),
    "sdmx": Reader(sdmx.is_structure, sdmx.read),
    "dcat-us": Reader(lambda document: dcat_us.is_catalog(document.value), dcat_us.read),
    "frictionless": Reader(lambda document: frictionless.is_package(document.value), frictionless.read),
    "dcat": Reader(dcat.is_rdf, dcat.read),
}


# What people call the kinds, too.
NAMES: dict[str, Kind] = {
    **{kind: kind for kind in READERS},
    "dcat-ap": "dcat",
    "rdf": "dcat",
    "data.json": "dcat-us",
    "datapackage": "frictionless",
    "data-package": "frictionless",
}


def detect(document: Document) -> Kind:
    """Return the kind of `document`.

    Raises
    ------
    DatahallError
        With the code ``unknown-format``.
    """
    for kind, reader in READERS.items():
        if reader.is_kind(document):
            return kind
    raise unknown_format(document.address, N_("nothing in it tells of datasets"))


def read(document: Document, *, kind: Kind | None = None) -> Harvest:
    """Return the records of one document; `kind` is told from it where it is not given.

    Raises
    ------
    DatahallError
        With the code ``unknown-format`` where it is no catalog, also none of the given kind.
    """
    found = kind or detect(document)
    if found == "socrata" and READERS["dcat-us"].is_kind(document):
        found = "dcat-us"  # a portal of Socrata has a data.json, too
    if not READERS[found].is_kind(document):
        raise unknown_format(document.address, N_("it is not of the kind {told}"), told=found)
    return READERS[found].read(document)


def read_content(content: bytes, *, address: str = "", kind: Kind | None = None) -> Harvest:
    """Return the records in the bytes that lie at `address`."""
    return read(open_document(content, address=address), kind=kind)
