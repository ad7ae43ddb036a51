"""DCAT-US, the ``data.json`` of US agencies: 1.0 (a plain array, as Socrata served it in 2013), 1.1, and 3.0 with
catalogs within catalogs, series with members, and services, which are no datasets.
"""

from __future__ import annotations

from . import reasons
from .documents import Document
from .drafts import Draft
from .gathering import Gathering
from .portal_titles import tidy_titles
from .record import Harvest, Record
from .values import (
    Object,
    first_text,
    list_of,
    named_text,
    object_of,
    objects_of,
    spoken,
    tagged_texts,
    text_of,
    texts_of,
)

_MAX_NESTING = 20


def is_catalog(value: object) -> bool:
    """Say whether `value` is a data.json of any version."""
    if isinstance(value, list):
        objects = [item for item in value[:20] if isinstance(item, dict)]
        return any("accessLevel" in item and ("identifier" in item or "title" in item) for item in objects)
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("dataset"), list):
        return True
    standard = value.get("conformsTo")
    said = (named_text(standard) if isinstance(standard, dict) else text_of(standard)).casefold()
    return "dcat-us" in said or "project-open-data" in said


def read(document: Document) -> Harvest:
    """Return the datasets of a data.json, of the catalogs in it, and the members of its series."""
    gathering = Gathering("dcat-us", notes=document.notes)
    if isinstance(document.value, list):
        gathering.take_objects(document.value, _record)
        return gathering.harvest()
    catalogs, deeper = _catalogs(object_of(document.value))
    successors = _successors(catalogs)

    def make(dataset: Object) -> Record:
        return _record(dataset, successor=successors.get(_identifier(dataset), ""))

    gathering.leave_out("catalogs", deeper)
    for catalog in catalogs:
        gathering.take_objects(list_of(catalog.get("dataset")), make)
        gathering.leave_out("services", len(list_of(catalog.get("service"))))
        for series in objects_of(catalog.get("datasetSeries")):
            gathering.leave_out("series")
            gathering.take_objects(_members(series), make)
    outer = object_of(document.value)
    titles = tidy_titles(tagged_texts(outer.get("title") or outer.get("dct:title")))
    return gathering.harvest(titles=titles)


def _catalogs(catalog: Object) -> tuple[list[Object], int]:
    """Return a catalog and those in it, from the outermost in, and how many lie deeper than is looked."""
    found, level = [], [catalog]
    for _ in range(_MAX_NESTING):
        found += level
        level = [inner for outer in level for inner in objects_of(outer.get("catalog"))]
    return found, len(level)


def _successors(catalogs: list[Object]) -> dict[str, str]:
    """Return what replaces what, by identifiers; 3.0 tells it at the newer one."""
    datasets = [each for catalog in catalogs for each in objects_of(catalog.get("dataset"))]
    pairs = ((old, new) for new in datasets for old in list_of(new.get("replaces")))
    return {_identifier(old) if isinstance(old, dict) else text_of(old): _identifier(new) for old, new in pairs}


def _members(series: Object) -> list[object]:
    """Return the members of a series once each; its first and last are named again beside them."""
    members = list_of(series.get("seriesMember"))
    known = {_identifier(member) for member in objects_of(members)}
    ends = [end for key in ("first", "last") for end in objects_of(series.get(key))]
    for end in ends:
        if _identifier(end) not in known and (end.get("title") or end.get("identifier")):
            members = [*members, end]
            known.add(_identifier(end))
    return members


def _record(dataset: Object, *, successor: str = "") -> Record:
    draft = Draft("dcat-us")
    draft.identify(_identifier(dataset))
    draft.set_name(_short_name(_identifier(dataset)))
    draft.set_address(dataset.get("@id"))
    draft.add_languages(list_of(dataset.get("language")))
    told = draft.only_language()
    for key, add in (("title", draft.add_title), ("description", draft.add_description)):
        texts = tagged_texts(dataset.get(key))
        for language, text in texts:
            add(text, language or told)
        if not texts:
            add(dataset.get(key))  # what is no text is noted
    draft.add_keywords(_keywords(dataset), told)
    draft.add_categories(texts_of(dataset.get("theme")))
    publisher = dataset.get("publisher")
    draft.add_publisher(named_text(publisher) if isinstance(publisher, dict) else publisher, told)
    for license in list_of(dataset.get("license")):
        draft.add_license(text_or_name(license))
    draft.add_rights(
        text for text in texts_of(dataset.get("rights")) if text.casefold() not in ("true", "false", "null")
    )
    draft.set_access(dataset.get("accessLevel"), text_or_name(dataset.get("accessRights")))
    draft.set_frequency(dataset.get("accrualPeriodicity") or dataset.get("frequency"))
    draft.set_date("issued", dataset.get("issued") or dataset.get("releaseDate") or dataset.get("created"))
    draft.set_date("modified", dataset.get("modified"))
    _set_temporal(draft, dataset.get("temporal"))
    draft.add_places(*(_place(place) for place in list_of(dataset.get("spatial"))))
    draft.set_homepage(text_or_name(dataset.get("landingPage")))
    _set_contact(draft, dataset)
    for distribution in list_of(dataset.get("distribution")):
        _add_distribution(draft, distribution)
    if not dataset.get("distribution"):
        _add_own_file(draft, dataset)
    draft.set_retired(*_words(dataset.get("status")))
    draft.set_replacement(successor)
    return draft.finish(dataset)


def text_or_name(value: object) -> object:
    """Return what stands for `value`: itself, or where it is an object its name or address."""
    return named_text(value) if isinstance(value, dict) else value


def _words(concept: object) -> list[str]:
    """Return what a concept of 3.0 is called: its address, label and notation."""
    found = object_of(concept)
    return (
        [text_of(found.get("@id")), named_text(found), text_of(found.get("notation"))] if found else texts_of(concept)
    )


def _identifier(dataset: Object) -> str:
    """Return the identifier, which 3.0 may write as an object."""
    value = dataset.get("identifier")
    if not isinstance(value, dict):
        return text_of(value) or text_of(dataset.get("@id"))
    agency = first_text(value, "schemaAgency")
    notation = first_text(value, "@id", "notation", "value")
    return notation if "://" in notation or not agency else f"{agency}: {notation}".rstrip(": ")


def _short_name(identifier: str) -> str:
    return identifier.rstrip("/").rpartition("/")[2]


def _keywords(dataset: Object) -> list[object]:
    """Return the keywords; 1.0 writes them as one text with commas."""
    keywords = dataset.get("keyword")
    if isinstance(keywords, str):
        return [word.strip() for word in keywords.split(",")] if "," in keywords else [keywords]
    return [text_or_name(word) for word in list_of(keywords)]


def _set_temporal(draft: Draft, value: object) -> None:
    periods = list_of(value)
    if len(periods) > 1:
        draft.notes.add("temporal", spoken(periods[1:]), reasons.FIRST_KEPT)
    for period in periods[:1]:
        found = object_of(period)
        if found:
            draft.set_temporal(start=first_text(found, "startDate"), end=first_text(found, "endDate"))
        else:
            draft.set_temporal(period)


def _place(value: object) -> object:
    """Return a name or a shape; 3.0 has objects with a label, a box or a geometry."""
    found = object_of(value)
    if not found or "coordinates" in found:
        return value
    return found.get("bbox") or found.get("geometry") or named_text(found)


def _set_contact(draft: Draft, dataset: Object) -> None:
    contact = dataset.get("contactPoint")
    contacts = objects_of(contact)
    first = contacts[0] if contacts else {}
    if len(contacts) > 1:
        draft.notes.add("contact", spoken(contacts[1:]), reasons.FIRST_KEPT)
    name = first_text(first, "fn", "name") if first else text_of(contact)
    draft.set_contact(name=name, email=first_text(first, "hasEmail", "email") or text_of(dataset.get("mbox")))


def _add_distribution(draft: Draft, value: object) -> None:
    distribution = object_of(value)
    draft.add_file_status(*_words(distribution.get("status")))
    if not distribution:
        draft.add_distribution(value)
        return
    download = text_or_name(distribution.get("downloadURL"))
    checksum = object_of(distribution.get("checksum"))
    sum_value = first_text(checksum, "checksumValue")
    draft.add_distribution(
        download or text_or_name(distribution.get("accessURL")),
        is_download=bool(download),
        formats=[*texts_of(distribution.get("format")), *_old_formats(distribution)],
        media_type=text_or_name(distribution.get("mediaType")),
        size=distribution.get("byteSize"),
        checksum=f"{first_text(checksum, 'algorithm')}:{sum_value}" if sum_value else "",
        title=distribution.get("title") or distribution.get("description"),
        licenses=[[text_or_name(license)] for license in list_of(distribution.get("license"))],
    )


def _old_formats(distribution: Object) -> list[str]:
    """Return the media types that 1.0 lists as ``formats: [{label, value}]``."""
    return [first_text(item, "value", "label") for item in objects_of(distribution.get("formats"))]


def _add_own_file(draft: Draft, dataset: Object) -> None:
    """Take the file that stands at the dataset itself, as 1.0 has it."""
    for key in ("accessURL", "downloadURL", "webService"):
        if text_of(dataset.get(key)):
            draft.add_distribution(
                dataset.get(key), is_download=key == "downloadURL", formats=texts_of(dataset.get("format"))
            )
