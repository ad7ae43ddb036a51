"""Whether a file of data lies at an address, as far as the address and what is said of it tell. Pure: nothing is asked.

Portals name pages, services and files alike, and often call a page CSV because a CSV can be had somewhere on it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from ..card import FileFormat
from .words import Packing, find_format

_PAGE_ENDS = (
    ".html", ".htm", ".xhtml", ".php", ".aspx", ".jsp", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx",
    ".jpg", ".jpeg", ".png", ".gif", ".svg", ".tif", ".tiff", ".mp3", ".mp4", ".wms", ".wfs", ".rss", ".atom",
)  # fmt: skip
_SERVICE_PATH = re.compile(
    r"/(?:MapServer|FeatureServer|ImageServer)(?:/\d+)?/?$|/sparql/?$|/(?:wms|wfs|wcs|wmts|ows)/?$", re.IGNORECASE
)
_SERVICE_QUERY = re.compile(r"service=(?:wms|wcs|wmts|csw|sos)|request=(?:getcapabilities|getmap)", re.IGNORECASE)
# What answers at these is a page of rows in an envelope: OData, CKAN's API; Solr and ArcGIS in forms of their own.
_ASKED_IN_PARTS = re.compile(r"/odata/|/api/(?:\d/)?action/", re.IGNORECASE)
_ENVELOPES = {"wt": ("json", "xml"), "f": ("json", "pjson")}
_ROWS_OF_SERVICE = re.compile(r"/(?:MapServer|FeatureServer)/\d+/query/?$", re.IGNORECASE)
_FORMAT_ARGUMENTS = ("$format", "ext", "f", "filetype", "format", "output", "outputformat", "tipo", "type", "wt")
_FETCHED = ("http", "https", "ftp")
_MOST_QUERIED = 100  # arguments of an address that are looked at


def leads_to_page(url: str) -> bool:
    """Say whether an address ends as those of pages, documents and pictures do."""
    return unquote(urlsplit(url).path).lower().endswith(_PAGE_ENDS)


def leads_to_service(url: str) -> bool:
    """Say whether an address is one that programs ask, and not a file."""
    parts = urlsplit(url)
    return bool(_SERVICE_PATH.search(unquote(parts.path).lower()) or _SERVICE_QUERY.search(parts.query))


def is_file_of_data(url: str, *, format: str | None, packed: str | None, media_type: str) -> bool:
    """Say whether a file of data lies at `url`, given what it is said to be in our words, and its media type.

    It must be said to be data, and its address must not lead elsewhere: it ends as a file of data, or names a format of
    data in its query (``?wt=csv``), or the media type, which portals learn from the file, is one of data.
    """
    try:
        parts = urlsplit(url)
        if (format is None and packed is None) or parts.scheme not in _FETCHED:
            return False
        if leads_to_page(url) or leads_to_service(url) or _ASKED_IN_PARTS.search(parts.path):
            return False
        name = unquote(parts.path).rpartition("/")[2]
        asked = [(key.lower(), value) for key, value in parse_qsl(parts.query, max_num_fields=_MOST_QUERIED)]
    except ValueError:
        return False
    if any(_is_enveloped(key, value, path=parts.path) for key, value in asked):
        return False
    ending = name.rpartition(".")[2] if "." in name else ""
    named = {_find(value)[0] for key, value in asked if key in _FORMAT_ARGUMENTS}
    return any(_find(ending)) or any(_find(media_type)) or (format is not None and format in named)


def _is_enveloped(key: str, value: str, *, path: str) -> bool:
    """Say whether an argument asks Solr, or ArcGIS at a layer, for an answer in a form of its own."""
    return value.lower() in _ENVELOPES.get(key, ()) and (key == "wt" or bool(_ROWS_OF_SERVICE.search(path)))


def _find(text: str) -> tuple[FileFormat | None, Packing | None]:
    return find_format(texts=[text], media_type="", url="") if text else (None, None)
