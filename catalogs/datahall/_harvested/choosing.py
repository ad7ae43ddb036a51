"""Which of a record's distributions is read: the plainest table that the source itself offers as a file. Pure.

Pages, documents, pictures and services are never data here, whatever their format is said to be; what tells of the
data (dictionaries, metadata, read-me files) comes after the data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .._harvesting.file_addresses import leads_to_page, leads_to_service
from .._harvesting.record import Distribution
from .._messages import N_

# What we read, the plainest first: typed and exact, then tables as text, then what has to be flattened.
_ORDER = (
    "parquet", "csv", "tsv", "jsonl", "json", "geojson", "xlsx", "xls", "sqlite", "shapefile", "rdb", "kml", "xml",
    "ics", "gtfs-realtime",
)  # fmt: skip
_UNREADABLE_PACKS = ("7z", "tar")
_SERVICE_WORD = re.compile(
    r"\b(?:wms|wfs|wcs|wmts|tms|csw|sos|sparql|odata|esri rest|arcgis|ogc|rest|soap|web ?service|map ?service|"
    r"feature ?service|api|graphql|opendap|thredds)\b",
    re.IGNORECASE,
)
_NO_DATA = re.compile(
    r"\b(?:html?|xhtml|web ?page|website|pdf|docx?|odt|rtf|pptx?|txt readme|jpe?g|png|gif|svg|tiff?|mp[34]|"
    r"image/[\w.+-]+|video/[\w.+-]+|audio/[\w.+-]+|text/html|application/pdf)\b",
    re.IGNORECASE,
)
_ABOUT_DATA = re.compile(
    r"read.?me|data.?dictionar|dictionary|code.?book|metadata|\bmeta[_-]|\bschema\b|\bxsd\b|documentation|glossary|"
    r"changelog|methodology|legend|licen[cs]e|字典|元数据|元數據|说明|說明|样例|sample|example",
    re.IGNORECASE,
)

PAGE = N_("it is a page or a document, not data")
SERVICE = N_("it is a service that programs ask, not a file")
UNKNOWN = N_("its format is not said, and neither that a file lies there")
BROKEN = N_("its address makes no sense")
RELATIVE = N_("its address is relative to a catalog in a file; harvest that from its address on the web")
PACKED = N_("it is packed in a way that is not read here")
TOO_LARGE = N_("it is larger than what is fetched")


@dataclass(frozen=True)
class LeftOut:
    """A distribution that is not tried, and why; `reason` is a marked text."""

    url: str
    reason: str


def rank_distributions(
    distributions: Sequence[Distribution], *, largest: int
) -> tuple[list[Distribution], list[LeftOut]]:
    """Return those that may be data, the best first, and those that are not tried; `largest` is in bytes."""
    tried: dict[str, Distribution] = {}
    left_out: list[LeftOut] = []
    for each in distributions:
        reason = find_reason_against(each, largest=largest)
        if reason is not None:
            left_out.append(LeftOut(each.url, reason))
        elif each.url not in tried or (tried[each.url].format is None and each.format is not None):
            tried[each.url] = each
    return sorted(tried.values(), key=_rank), left_out


def find_reason_against(given: Distribution, *, largest: int) -> str | None:
    """Return why a distribution cannot be the data, as a marked text; None where it may be."""
    try:
        url = urlsplit(given.url)
    except ValueError:
        return BROKEN
    if not url.scheme and not url.netloc:
        return RELATIVE
    said = f"{given.format_text} {given.media_type}"
    if leads_to_service(given.url):
        return SERVICE
    if given.format is None and _SERVICE_WORD.search(said):
        return SERVICE
    if leads_to_page(given.url) or (given.format is None and _NO_DATA.search(said)):
        return PAGE
    if given.packed in _UNREADABLE_PACKS:
        return PACKED
    if given.format is None and given.packed is None and not given.is_download:
        return UNKNOWN
    if given.bytes is not None and given.bytes > largest:
        return TOO_LARGE
    return None


def _rank(given: Distribution) -> tuple[bool, bool, int, bool, bool, int]:
    """Return what sorts: data before what is about it, files before the rest, then by format and size."""
    path = unquote(urlsplit(given.url).path).lower()
    name = path.rpartition("/")[2]
    is_file = given.is_download or (given.format is not None and f".{given.format}" in name) or given.packed is not None
    format = _ORDER.index(given.format) if given.format in _ORDER else len(_ORDER)
    is_about = _ABOUT_DATA.search(f"{given.title} {name}") is not None
    return is_about, not is_file, format, given.packed is not None, given.bytes is None, given.bytes or 0
