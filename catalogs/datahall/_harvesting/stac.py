"""STAC of any version: each Collection is a record; Catalogs only hold them, Items are their parts.

Catalogs name their children by links, which ``read`` returns; whoever harvests follows those that stay inside.
"""

from __future__ import annotations

from typing import Any

from .addresses import make_whole
from .columns import read_columns
from .documents import Document
from .drafts import Draft
from .gathering import Gathering
from .portal_titles import tidy_titles
from .record import Harvest, Record
from .values import Object, first_text, list_of, object_of, objects_of, text_of, texts_of


def is_stac(value: object) -> bool:
    """Say whether `value` is a Catalog, a Collection, a list of Collections, an Item or a page of Items."""
    if not isinstance(value, dict):
        return False
    if "stac_version" in value:
        return True
    collections = value.get("collections")
    return isinstance(collections, list) and "links" in value


def read(document: Document) -> Harvest:
    """Return the Collection that `document` is, or those that it lists, and the links to its children."""
    value = object_of(document.value)
    gathering = Gathering("stac", notes=document.notes)
    links = objects_of(value.get("links"))
    if isinstance(value.get("collections"), list):
        gathering.take_objects(value["collections"], lambda found: _record(found, base=document.address))
    elif _is_collection(value):
        gathering.take(value, lambda found: _record(found, base=document.address), name=first_text(value, "id"))
    elif value.get("type") in ("Feature", "FeatureCollection"):
        gathering.leave_out("items", len(list_of(value.get("features"))) or int(value.get("type") == "Feature"))
    else:
        gathering.leave_out("catalogs")
    gathering.leave_out("items", sum(link.get("rel") == "item" for link in links))
    following = next((text_of(link.get("href")) for link in links if link.get("rel") == "next"), "")
    listed = [text_of(link.get("href")) for link in links if link.get("rel") == "data"]  # an API lists its collections
    children = dict.fromkeys(listed or (text_of(link.get("href")) for link in links if link.get("rel") == "child"))
    whole = make_whole(following, base=document.address)
    next_page = whole if whole.startswith(("http://", "https://")) else ""
    titles = tidy_titles([("", text_of(value.get("title")))]) if not _is_collection(value) else {}
    return gathering.harvest(next_page=next_page, children=children, titles=titles)


def _is_collection(value: Object) -> bool:
    """Say whether `value` is a Collection; before 1.0 only its extent tells it from a Catalog."""
    kind = value.get("type")
    return kind == "Collection" or (kind not in ("Catalog", "Feature", "FeatureCollection") and "extent" in value)


def _record(collection: Object, *, base: str) -> Record:
    draft = Draft("stac")
    draft.identify(collection.get("id"))
    draft.set_name(collection.get("id"))
    links = objects_of(collection.get("links"))
    draft.set_address(_linked(links, "self"))
    language = collection.get("language")
    draft.add_languages(texts_of(object_of(language).get("code") if isinstance(language, dict) else language))
    spoken = draft.only_language()
    draft.add_title(collection.get("title"), spoken)
    draft.add_description(collection.get("description"), spoken)
    draft.add_keywords(list_of(collection.get("keywords")), spoken)
    license = text_of(collection.get("license"))
    draft.add_license(license, *(text_of(link.get("href")) for link in links if link.get("rel") == "license"))
    _add_providers(draft, objects_of(collection.get("providers")), spoken=spoken)
    _add_extent(draft, object_of(collection.get("extent")))
    draft.set_date("issued", collection.get("created") or collection.get("published"))
    draft.set_date("modified", collection.get("updated"))
    doi = text_of(collection.get("sci:doi"))
    homepage = _linked(links, "about", "describedby", "via", "cite-as") or (f"https://doi.org/{doi}" if doi else "")
    draft.set_homepage(make_whole(homepage, base=base))
    if collection.get("deprecated") is True:  # as the extension for versions has it, with what comes after
        draft.set_retired("deprecated")
        draft.set_replacement(make_whole(_linked(links, "successor-version", "latest-version"), base=base))
    for asset in object_of(collection.get("assets")).values():
        _add_asset(draft, object_of(asset), base=base)
        draft.add_fields(read_columns(object_of(asset).get("table:columns"), language=spoken))
    draft.add_fields(read_columns(collection.get("table:columns"), language=spoken))
    return draft.finish(collection)


def _linked(links: list[Object], *relations: str) -> str:
    hrefs = ((link.get("rel"), text_of(link.get("href"))) for link in links)
    return next((href for relation, href in hrefs if relation in relations and href), "")


def _add_providers(draft: Draft, providers: list[Object], *, spoken: str) -> None:
    """Take who licenses the data as its publisher, else who made it, else who hosts it."""
    for role in ("licensor", "producer", "host"):
        for provider in providers:
            if role in texts_of(provider.get("roles")):
                draft.add_publisher(provider.get("name"), spoken)
                draft.set_contact(name=provider.get("name"), address=provider.get("url"))
                return


def _add_extent(draft: Draft, extent: Object) -> None:
    spatial, temporal = extent.get("spatial"), extent.get("temporal")
    boxes: Any = object_of(spatial).get("bbox") if isinstance(spatial, dict) else spatial  # before 0.8 a plain list
    if boxes:
        draft.set_box(boxes[0] if isinstance(boxes, list) and isinstance(boxes[0], list) else boxes)
    periods: Any = object_of(temporal).get("interval") if isinstance(temporal, dict) else temporal
    if isinstance(periods, list) and periods:
        period = periods[0] if isinstance(periods[0], list) else periods
        start, end = [*period, None, None][:2]
        draft.set_temporal(start=text_of(start), end=text_of(end))


def _add_asset(draft: Draft, asset: Object, *, base: str) -> None:
    draft.add_distribution(
        make_whole(text_of(asset.get("href")), base=base),
        is_download="data" in texts_of(asset.get("roles")),
        media_type=asset.get("type"),
        size=asset.get("file:size"),
        checksum=f"multihash:{asset['file:checksum']}" if text_of(asset.get("file:checksum")) else "",
        title=asset.get("title"),
    )
