"""CKAN's action API: answers of package_search, package_show, current_package_list_with_resources.

package_list is only a list of names, which are followed, not records. Extras have no agreed names; those that portals
use for the frequency, the period and the places are listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from ..errors import N_
from . import reasons
from .addresses import make_whole
from .columns import read_columns
from .dates import read_date
from .documents import Document, unknown_format
from .drafts import Draft, Unusable
from .gathering import Gathering
from .pages import next_address
from .record import Harvest, Record
from .values import Object, first_text, list_of, object_of, objects_of, text_of, texts_of
from .words import fold

_WEB = ("http://", "https://")
_FREQUENCY = ("frequency", "update frequency", "accrual periodicity", "accrualperiodicity", "periodicidade", "更新频率",
              "periodicidade atualizacao", "periodicidade de atualizacao", "periodocidade de atualizacao",
              "frequencia de atualizacao", "frequencia atualizacao", "frequencial de atualizacao",
              "frequencia de atualizacao dos dados", "frequency of update", "update interval")  # fmt: skip
_PERIOD = ("cobertura temporal", "temporal coverage", "temporal", "时间范围")
_PLACES = ("cobertura geografica", "spatial text", "geographic coverage", "spatial", "空间范围", "spatial uri")
_ACCESS = ("access", "access rights", "accessrights", "access level", "accesslevel")
_STATUS = ("status", "dataset status", "lifecycle status", "data status", "状态")
_SINCE = ("deprecated since", "deprecated", "withdrawn since", "withdrawn")  # a day, or only that it is so
_REPLACED = ("replaced by", "is replaced by", "isreplacedby", "superseded by", "supersededby")
_IS_SO = ("true", "yes", "1", "是")
_NO_FILES = ("api", "code", "documentation", "metadata", "visualization")  # types of resources
_SCHEMAS = ("schema", "fields")  # Table Schema as ckanext-validation has it, the dictionary of the datastore
_CATEGORIES = (
    "vcge",
    "categorias no vcge",
    "categoria no vcge",
    "categoria vcge",
    "theme",
    "categoria do e vog",
    "assunto",
)


def is_answer(value: object) -> bool:
    """Say whether `value` is an answer of the action API, also one that tells of a failure."""
    return (
        isinstance(value, dict) and isinstance(value.get("success"), bool) and ("result" in value or "error" in value)
    )


def read(document: Document) -> Harvest:
    """Return the packages of an answer; raises unknown-format for an answer that tells of a failure."""
    answer = object_of(document.value)
    result = answer.get("result")
    if answer.get("success") is not True:
        said = first_text(object_of(answer.get("error")), "message", "__type")
        raise unknown_format(document.address, N_("CKAN answers with an error ({told})"), told=said[:200])
    gathering = Gathering("ckan", notes=document.notes)
    total = None
    if isinstance(result, dict) and isinstance(result.get("results"), list):
        packages = result["results"]
        count = result.get("count")
        total = count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
    else:
        packages = list_of(result)
    names = [package for package in packages if isinstance(package, str)]
    gathering.leave_out("names", len(names))
    described = [package for package in packages if not isinstance(package, str)]
    gathering.take_objects(described, lambda package: _record(package, address=document.address))
    following = next_address(document.address, offset="start", taken=len(packages), total=total)
    return gathering.harvest(total=total, next_page=following)


def _record(package: Object, *, address: str) -> Record:
    if package.get("state") == "deleted":
        raise Unusable(reasons.DELETED)
    draft = Draft("ckan")
    draft.identify(package.get("id"), package.get("name"))
    draft.set_name(package.get("name"))
    extras = _extras(package)
    language = first_text(package, "language") or extras.get("language", "")
    draft.add_languages([language] if language else [])
    spoken = draft.only_language()
    _add_texts(draft, package, spoken=spoken)
    organization = object_of(package.get("organization"))
    draft.add_publisher(first_text(organization, "title", "name") or text_of(package.get("author")), spoken)
    draft.add_keywords(texts_of(package.get("tags")), spoken)
    draft.add_categories(texts_of(package.get("groups")))
    draft.add_categories(extras[name] for name in _CATEGORIES if name in extras)
    _add_license(draft, package)
    draft.set_access(*_list_access(package, extras))
    draft.set_frequency(package.get("frequency") or _first(extras, _FREQUENCY))
    draft.set_date("issued", package.get("metadata_created"))
    draft.set_date("modified", package.get("metadata_modified"))
    draft.set_temporal(
        _first(extras, _PERIOD), start=extras.get("temporal start", ""), end=extras.get("temporal end", "")
    )
    draft.add_places(*(extras[name] for name in _PLACES if name in extras))
    _set_homepage(draft, package, address=address)
    name, email = ("maintainer", "maintainer_email") if package.get("maintainer") else ("author", "author_email")
    draft.set_contact(name=package.get(name), email=package.get(email))
    if fold(extras.get("synthetic", "")) == "true":
        draft.mark_synthetic()
    _set_retirement(draft, {**_plain_fields(package), **extras})
    for resource in objects_of(package.get("resources")):
        _add_resource(draft, resource, base=address)
        draft.add_file_status(resource.get("status"))  # as CKAN's extension for DCAT keeps it
        for schema in filter(None, map(resource.get, _SCHEMAS)):
            draft.add_fields(read_columns(schema, language=spoken))
    return draft.finish(package)


def _add_texts(draft: Draft, package: Object, *, spoken: str) -> None:
    """Take title and description, and their translations where the portal has fluent fields."""
    for key, add in (("title", draft.add_title), ("notes", draft.add_description)):
        translated = object_of(package.get(f"{key}_translated"))
        for language, text in translated.items():
            add(text, language)
        if not translated:
            add(package.get(key), spoken)


def _set_homepage(draft: Draft, package: Object, *, address: str) -> None:
    """Take the page that the package names, else its own page on the portal."""
    portal, is_web, _ = address.partition("/api/")
    name = first_text(package, "name", "id")
    own = f"{portal}/dataset/{quote(name, safe='')}" if is_web and portal.startswith(_WEB) and name else ""
    draft.set_homepage(package.get("url") or own)
    if not draft.has_homepage() and own:
        draft.set_homepage(own)


def _add_license(draft: Draft, package: Object) -> None:
    draft.add_license(*(package.get(key) for key in ("license_id", "license_title", "license_url")))


def _list_access(package: Object, extras: dict[str, str]) -> Iterator[str]:
    """Yield all that a package says of who may read it; CKAN's own two fields speak of the package's page alone."""
    if package.get("private") is True:
        yield "private"
    elif package.get("private") is False and package.get("isopen") is True:
        yield "public"
    for key, value in package.items():
        if fold(key[:200]) in _ACCESS:
            yield from texts_of(value)
    yield from (extras[name] for name in _ACCESS if name in extras)


def _extras(package: Object) -> dict[str, str]:
    """Return the extras by folded name: a list of keys and values, in old answers an object."""
    extras = package.get("extras")
    if isinstance(extras, dict):
        pairs = [(key, text_of(value)) for key, value in extras.items()]
    else:
        pairs = [(text_of(extra.get("key")), text_of(extra.get("value"))) for extra in objects_of(extras)]
    return {fold(key[:200]): value for key, value in pairs if value}


def _plain_fields(package: Object) -> dict[str, str]:
    """Return the package's own texts by folded name: where a portal has a schema, what are extras elsewhere."""
    named = {fold(key[:200]): "true" if value is True else text_of(value) for key, value in package.items()}
    return {key: value for key, value in named.items() if key in (*_STATUS, *_SINCE, *_REPLACED)}


def _set_retirement(draft: Draft, told: dict[str, str]) -> None:
    """Take whether it should no longer be used, which CKAN itself has no field for."""
    marks = ((name, told.get(name, "")) for name in _SINCE)
    name, said = next(((name, said) for name, said in marks if fold(said) in _IS_SO or read_date(said)), ("", ""))
    draft.set_retired(_first(told, _STATUS), name.removesuffix(" since"), since=said)
    draft.set_replacement(_first(told, _REPLACED))


def _first(extras: dict[str, str], names: tuple[str, ...]) -> str:
    return next((extras[name] for name in names if name in extras), "")


def _tell_download(resource: Object) -> bool | None:
    """Return whether the file itself lies at a resource's address; None where the portal says nothing of that."""
    kind = fold(text_of(resource.get("resource_type"))[:200])
    if text_of(resource.get("url_type")) == "upload" or kind in ("file", "file upload"):
        return True
    return False if kind in _NO_FILES else None


def _add_resource(draft: Draft, resource: Object, *, base: str) -> None:
    algorithm = text_of(resource.get("hash_algorithm")).rpartition("/")[2].rpartition("#")[2]
    checksum = text_of(resource.get("hash"))
    draft.add_distribution(
        make_whole(text_of(resource.get("url")), base=base),
        is_download=_tell_download(resource),
        formats=[resource.get("format")],
        media_type=resource.get("mimetype"),
        size=resource.get("size"),
        checksum=f"{algorithm or 'unknown'}:{checksum}" if checksum else "",
        title=resource.get("name") or resource.get("description"),
        licenses=[texts_of(resource.get("license"))],
    )
