"""Socrata's discovery API (``/api/catalog/v1``): each asset is a record.

An asset names no file; the export of a table has the same address on every portal of Socrata.
The ``data.json`` of such a portal is DCAT-US.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .columns import make_field
from .documents import Document
from .drafts import UNKNOWN, Draft
from .gathering import Gathering
from .pages import next_address
from .record import MAX_FIELDS, Harvest, Record, RecordField
from .values import Object, first_text, list_of, object_of, objects_of, text_of, texts_of
from .words import fold

_FARTHEST = 10_000  # assets that the API reaches by their place
_BEFORE_ALL = "0000-0000"
_TABLES = ("dataset", "filter")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+$")
_ASSET = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}$")


def is_answer(value: object) -> bool:
    """Say whether `value` is a page of the discovery API."""
    if not isinstance(value, dict) or not isinstance(value.get("results"), list):
        return False
    return "resultSetSize" in value or any("resource" in item for item in objects_of(value["results"]))


def read(document: Document) -> Harvest:
    """Return the assets of a page."""
    answer = object_of(document.value)
    gathering = Gathering("socrata", notes=document.notes)
    results = list_of(answer.get("results"))
    for position, result in enumerate(results, start=1):
        name = first_text(object_of(object_of(result).get("resource")), "id", "name") or f"#{position}"
        gathering.take(object_of(result), _record, name=name)
    size = answer.get("resultSetSize")
    total = size if isinstance(size, int) and not isinstance(size, bool) else None
    following = _next_page(document.address, results, total=total)
    return gathering.harvest(total=total, next_page=following)


def _next_page(address: str, results: list[object], *, total: int | None) -> str:
    """Return where a page goes on: by its place, and where there are more than that reaches, by the last asset's id."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme not in ("http", "https") or not results:
        return ""
    if "scroll_id" in query:
        last = first_text(object_of(object_of(results[-1]).get("resource")), "id")
        scroll = last if last != query["scroll_id"] else ""
    elif total is not None and total > _FARTHEST:
        query.pop("offset", None)
        scroll = _BEFORE_ALL
    else:
        return next_address(address, offset="offset", taken=len(results), total=total)
    return urlunsplit(parts._replace(query=urlencode({**query, "scroll_id": scroll}))) if scroll else ""


def _record(result: Object) -> Record:
    asset, found, portal = (object_of(result.get(key)) for key in ("resource", "classification", "metadata"))
    more = {
        fold(first_text(item, "key")): text_of(item.get("value")) for item in objects_of(found.get("domain_metadata"))
    }
    draft = Draft("socrata")
    draft.identify(asset.get("id"))
    draft.set_name(asset.get("id"))
    draft.set_address(result.get("permalink"))
    draft.add_title(asset.get("name"))
    draft.add_description(asset.get("description"))
    draft.add_keywords([*texts_of(found.get("domain_tags")), *texts_of(found.get("tags"))])
    draft.add_categories([*texts_of(found.get("domain_category")), *texts_of(found.get("categories"))])
    draft.add_publisher(
        asset.get("attribution") or _ending(more, "publisher", "agency", "owner") or portal.get("domain")
    )
    draft.add_license(portal.get("license"))
    draft.set_frequency(_ending(more, "update frequency", "posting frequency", "frequency"))
    draft.set_date("issued", asset.get("createdAt"))
    draft.set_date("modified", asset.get("data_updated_at") or asset.get("updatedAt"))
    draft.add_places(_ending(more, "geographic coverage"))
    draft.set_homepage(result.get("link") or result.get("permalink"))
    draft.set_contact(name=_ending(more, "contact name"), email=_ending(more, "contact email"))
    _add_export(draft, asset, domain=text_of(portal.get("domain")))
    draft.add_fields(_fields(asset))
    return draft.finish(result)


def _ending(more: dict[str, str], *names: str) -> str:
    """Return the value of the first key that ends with one of `names`; portals put their own words before it."""
    return next((value for name in names for key, value in more.items() if key.endswith(name) and value), "")


def _fields(asset: Object) -> Iterator[RecordField]:
    """Yield the columns, of which a list each has names, titles, types and descriptions."""
    lists = [list_of(asset.get(f"columns_{key}")) for key in ("field_name", "name", "datatype", "description")]
    for name, title, type, description in islice(zip_longest(*lists), MAX_FIELDS):
        field = make_field(
            text_of(name) or text_of(title),
            type=type,
            titles=[(UNKNOWN, text_of(title))],
            descriptions=[(UNKNOWN, text_of(description))],
        )
        if field is not None:
            yield field


def _add_export(draft: Draft, asset: Object, *, domain: str) -> None:
    name = text_of(asset.get("id"))
    if asset.get("type") in _TABLES and _HOST.match(domain) and _ASSET.match(name):
        address = f"https://{domain}/api/views/{name}/rows.csv?accessType=DOWNLOAD"
        draft.add_distribution(address, is_download=True, formats=["csv"], media_type="text/csv")
