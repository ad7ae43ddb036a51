"""Frictionless data packages: a ``datapackage.json`` or ``.yaml`` is one record; names of older drafts are known."""

from __future__ import annotations

from .addresses import make_whole
from .columns import read_columns
from .documents import Document
from .drafts import Draft
from .gathering import Gathering
from .record import Harvest, Record
from .values import Object, first_text, list_of, object_of, objects_of, text_of, texts_of


def is_package(value: object) -> bool:
    """Say whether `value` describes a data package: resources that have a place or hold their data."""
    if not isinstance(value, dict) or not isinstance(value.get("resources"), list):
        return False
    resources = objects_of(value["resources"])
    has_places = any(key in resource for resource in resources for key in ("path", "data", "url"))
    return has_places or any(key in value for key in ("datapackage_version", "profile", "$schema", "name"))


def read(document: Document) -> Harvest:
    """Return the package."""
    gathering = Gathering("frictionless", notes=document.notes)
    package = object_of(document.value)
    gathering.take(package, lambda found: _record(found, base=document.address), name=first_text(package, "name", "id"))
    return gathering.harvest()


def _record(package: Object, *, base: str) -> Record:
    draft = Draft("frictionless")
    draft.identify(package.get("name"), package.get("id"))
    draft.set_name(package.get("name"))
    draft.add_languages(list_of(package.get("languages") or package.get("language")))
    spoken = draft.only_language()
    draft.add_title(package.get("title"), spoken)
    draft.add_description(package.get("description") or package.get("readme"), spoken)
    draft.add_keywords(list_of(package.get("keywords")), spoken)
    extras = {key: object_of(extra).get("value") for key, extra in object_of(package.get("ckan_extras")).items()}
    draft.add_categories([*texts_of(package.get("collection")), extras.get("domain"), extras.get("subdomain")])
    for license in list_of(package.get("licenses") or package.get("license")):
        draft.add_license(*_license(license))
    draft.set_frequency(package.get("accrualPeriodicity") or extras.get("frequency"))
    draft.set_date("issued", package.get("created"))
    draft.set_date("modified", package.get("last_modified") or package.get("last_updated") or package.get("modified"))
    draft.set_homepage(package.get("homepage"))
    _add_people(draft, package, spoken=spoken)
    for resource in objects_of(package.get("resources")):
        _add_resource(draft, resource, base=base)
        draft.add_fields(read_columns(resource.get("schema"), language=spoken))
    return draft.finish(package)


def _license(value: object) -> list[object]:
    found = object_of(value)
    return [found.get(key) for key in ("name", "id", "path", "url", "title")] if found else [value]


def _add_people(draft: Draft, package: Object, *, spoken: str) -> None:
    """Take the publisher where one is named so, and whom to ask."""
    people = [*objects_of(package.get("contributors")), *objects_of(package.get("author"))]
    for person in people:
        roles = [role.casefold() for role in texts_of(person.get("roles") or person.get("role"))]
        if "publisher" in roles:
            draft.add_publisher(first_text(person, "title", "name", "organization"), spoken)
    draft.add_publisher(text_of(package.get("publisher")), spoken)
    if people:
        first = people[0]
        address = first_text(first, "path", "web")
        draft.set_contact(name=first_text(first, "title", "name"), email=first_text(first, "email"), address=address)


def _add_resource(draft: Draft, resource: Object, *, base: str) -> None:
    for path in list_of(resource.get("path") or resource.get("url")) or [""]:
        draft.add_distribution(
            make_whole(text_of(path).removeprefix("./"), base=base),
            is_download=True,
            formats=[resource.get("format")],
            media_type=resource.get("mediatype"),
            size=resource.get("bytes"),
            checksum=_checksum(text_of(resource.get("hash"))),
            title=resource.get("title") or resource.get("name"),
            licenses=[_license(license) for license in list_of(resource.get("licenses"))],
        )


def _checksum(text: str) -> str:
    """Return a checksum with its algorithm, which is MD5 where none is named."""
    return text if ":" in text or not text else f"md5:{text}"
