"""The actions that read: each takes the call's parameters and returns CKAN's ``result``.

The docstring of an action is what ``help_show`` answers. Anybody may call any of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import datahall
from datahall._entries.entry import Entry
from datahall._exports import ckan_words
from datahall._exports.ckan import describe_package, list_resources, package_name, read_package_name
from datahall._exports.shares import share_room
from datahall._index import SearchAnswer, SearchRequest, open_index

from datahall_hub.services.hall.ckan.arguments import Arguments
from datahall_hub.services.hall.ckan.faults import Invalid, Unknown
from datahall_hub.services.hall.ckan.questions import DEEPEST, MOST_ROWS, read_limit, read_question
from datahall_hub.services.hall.ckan.search_facets import describe_facets
from datahall_hub.services.hall.holdings import count_datasets, count_values, count_with, list_ids
from datahall_hub.services.hall.wording import N_, Words

CKAN_VERSION = "2.11.0"  # whose answers these have the form of
MOST_NAMES = 100_000  # of one answer
MOST_PROPOSED = 50  # names, while somebody types
SITE_TITLE = N_("Datahall: open data")
SITE_DESCRIPTION = N_("Open datasets: search them, read their cards, download their rows.")


@dataclass(frozen=True)
class Call:
    """One call of an action."""

    arguments: Arguments
    base_url: str
    language: str

    def package(self, entry: Entry) -> dict[str, Any]:
        """Return `entry` as this caller reads it."""
        return describe_package(entry, base_url=self.base_url, language=self.language)

    def packages(self, found: SearchAnswer) -> list[dict[str, Any]]:
        """Return what was found, with as many resources of each as there is room for."""
        return [self.package(entry) for entry in share_room((hit.entry for hit in found.hits), count=len(found.hits))]


def package_list(call: Call) -> list[str]:
    """Return the names of the datasets, in their order; `limit` and `offset` page through them.

    A hall that has more than 100000 lists them only in pages of as many or fewer.
    """
    limit, offset = call.arguments.number("limit", MOST_NAMES), call.arguments.number("offset", 0)
    if "limit" not in call.arguments.names and count_datasets() - offset > MOST_NAMES:
        raise Invalid(
            "limit", N_("There are more than {most} datasets; page through them by limit and offset."), most=MOST_NAMES
        )
    return [package_name(id) for id in list_ids(start=offset, rows=min(limit, MOST_NAMES))]


def package_show(call: Call) -> dict[str, Any]:
    """Return the dataset with the `id` or name."""
    return call.package(_get_entry(call.arguments.needed_text("id", "name_or_id")))


def package_search(call: Call) -> dict[str, Any]:
    """Return the datasets that match.

    `q` are words in Chinese or English, all of which must occur; `fq` and `fq_list` filter by `organization`,
    `groups`, `tags`, `license_id`, `res_format` and our own `access`, `year`, `place`, `synthetic`, `source`
    (`groups:transport -license_id:(CC0-1.0 OR MIT)`), by `id` or `name`, and by `metadata_modified` in ranges of whole
    days (`metadata_modified:[2024-01-01T00:00:00Z TO NOW]`); `license_id:notspecified` is what has no known licence.
    `rows` (at most 1000) and `start` page, `sort` is `score desc`, `metadata_modified`, `name` or `title_string` with
    `asc` or `desc`. `facet.field` is a JSON list of fields to count by, `facet.limit` says of each how many values
    (default 50; -1: all that are kept).

    A list has room for the first 50 resources of a dataset, and for 10 of each on average where it is long;
    `num_resources` and the extra `resources_total` count all, and `package_show` has them.
    """
    question = read_question(call.arguments, language=call.language)
    limit, least = read_limit(call.arguments), call.arguments.number("facet.mincount", 1)
    names = call.arguments.texts("facet.field")
    found = open_index().search(question) if question else SearchAnswer(0, (), {})
    facets = describe_facets(
        names if call.arguments.truth("facet", True) else [],
        counts=found.facets,
        most=None if limit < 0 else limit,
        least=least,
        language=call.language,
    )
    return {
        "count": found.total,
        "sort": call.arguments.text("sort") or "score desc, metadata_modified desc",
        "facets": {name: {item["name"]: item["count"] for item in facet["items"]} for name, facet in facets.items()},
        "results": call.packages(found),
        "search_facets": facets,
    }


def current_package_list_with_resources(call: Call) -> list[dict[str, Any]]:
    """Return whole datasets, those that changed last first; `limit` (at most 1000) and `offset` or `page` page."""
    limit = min(call.arguments.number("limit", MOST_ROWS), MOST_ROWS)
    page = call.arguments.number("page", 1, least=1)
    offset = call.arguments.number("offset", (page - 1) * limit)
    if offset + limit > DEEPEST:
        return []
    found = open_index().search(SearchRequest(sort="newest", start=offset, rows=limit, facets=()))
    return call.packages(found)


def package_autocomplete(call: Call) -> list[dict[str, str]]:
    """Return datasets whose words begin with `q`, at most `limit` (10)."""
    q, limit = call.arguments.needed_text("q"), min(call.arguments.number("limit", 10), MOST_PROPOSED)
    found = open_index().search(SearchRequest(text=q[:200], rows=limit, facets=()))
    return [
        {
            "name": package_name(hit.id),
            "title": hit.entry.title_in(call.language),
            "match_field": "title",
            "match_displayed": hit.entry.title_in(call.language),
        }
        for hit in found.hits
    ]


def resource_show(call: Call) -> dict[str, Any]:
    """Return the resource with the `id`: one form of a dataset's data."""
    wanted = call.arguments.needed_text("id")
    entry = open_index().get(wanted.rpartition("/")[0])
    for resource in list_resources(entry, base_url=call.base_url) if entry else ():
        if resource["id"] == wanted:
            return resource
    raise Unknown(id=wanted[:200])


def organization_list(call: Call) -> list[Any]:
    """Return the publishers' names, or with `all_fields` each whole; `limit` and `offset` page through them."""
    counts = count_values("publisher")
    chosen = _choose(sorted(counts), call, among="organizations")
    if not call.arguments.truth("all_fields", False):
        return chosen
    return [_organization(name, call, count=counts[name]) for name in chosen]


def organization_show(call: Call) -> dict[str, Any]:
    """Return the publisher with the `id` or name; with `include_datasets` ten of its datasets, too."""
    name = call.arguments.needed_text("id")
    count = count_with("publisher", name)
    if not count or name == "unknown":
        raise Unknown(id=name[:200])
    shown = _organization(name, call, count=count)
    return _with_datasets(shown, call, facet="publisher")


def group_list(call: Call) -> list[Any]:
    """Return the names of the 20 themes, or with `all_fields` each whole."""
    counts = count_values("theme")
    themes = {theme.id: theme for theme in datahall.themes()}
    chosen = _choose(list(themes), call, among="groups")
    if not call.arguments.truth("all_fields", False):
        return chosen
    return [
        ckan_words.describe_theme(themes[name], language=call.language) | {"package_count": counts.get(name, 0)}
        for name in chosen
    ]


def group_show(call: Call) -> dict[str, Any]:
    """Return the theme with the `id`; with `include_datasets` ten of its datasets, too."""
    name = call.arguments.needed_text("id")
    theme = ckan_words.find_theme(name)
    if theme is None:
        raise Unknown(id=name[:200])
    shown = ckan_words.describe_theme(theme, language=call.language)
    return _with_datasets(shown | {"package_count": count_with("theme", name)}, call, facet="theme")


def tag_list(call: Call) -> list[Any]:
    """Return the 10000 most frequent keywords, or with `all_fields` each whole; `query` keeps those that hold it."""
    words, query = sorted(count_values("keyword")), call.arguments.text("query").lower()
    found = [word for word in words if query in word.lower()]
    return [ckan_words.describe_tag(word) for word in found] if call.arguments.truth("all_fields", False) else found


def tag_show(call: Call) -> dict[str, Any]:
    """Return the keyword with the `id`; with `include_datasets` ten of its datasets, too."""
    word = call.arguments.needed_text("id")
    if not count_with("keyword", word):
        raise Unknown(id=word[:200])
    return _with_datasets(ckan_words.describe_tag(word), call, facet="keyword")


def license_list(call: Call) -> list[dict[str, Any]]:
    """Return the licences."""
    return list(ckan_words.list_licenses(language=call.language))


def status_show(call: Call) -> dict[str, Any]:
    """Return what this portal is."""
    words = Words(call.language)
    return {
        "ckan_version": CKAN_VERSION,
        "site_url": call.base_url,
        "site_title": words.text(SITE_TITLE),
        "site_description": words.text(SITE_DESCRIPTION),
        "error_emails_to": None,
        "locale_default": call.language,
        "extensions": [],
    }


def site_read(_call: Call) -> bool:
    """Return true: anybody may read."""
    return True


def help_show(call: Call) -> str:
    """Return what the action `name` does."""
    name = call.arguments.needed_text("name")
    if name not in ACTIONS:
        raise Unknown(id=name[:200])
    return inspect.getdoc(ACTIONS[name]) or ""


ACTIONS: dict[str, Callable[[Call], Any]] = {
    action.__name__: action
    for action in (
        package_list,
        package_show,
        package_search,
        current_package_list_with_resources,
        package_autocomplete,
        resource_show,
        organization_list,
        organization_show,
        group_list,
        group_show,
        tag_list,
        tag_show,
        license_list,
        status_show,
        site_read,
        help_show,
    )
}

# What makes an answer large: the parameter that says how many, and how many there are without it. Names alone do not:
# as many of them as there may be take no longer than a few whole datasets.
_MANY = {
    "package_search": ("rows", 10),
    "current_package_list_with_resources": ("limit", MOST_ROWS),
}
FEW = 100  # datasets, of which an answer is made in a moment


def is_large(name: str, call: Call) -> bool:
    """Tell whether the answer may have so many datasets that it takes a good part of a second to make."""
    return name in _MANY and call.arguments.number(*_MANY[name]) > FEW


def _get_entry(text: str) -> Entry:
    entry = open_index().get(read_package_name(text))
    if entry is None:
        raise Unknown(id=text[:200])
    return entry


def _choose(names: Iterable[str], call: Call, *, among: str) -> list[str]:
    """Return those of `names` that are asked for, and of these the part that is."""
    wanted = call.arguments.texts(among)
    chosen = [name for name in names if not wanted or name in wanted]
    limit, offset = call.arguments.number("limit", len(chosen)), call.arguments.number("offset", 0)
    return chosen[offset : offset + limit]


def _organization(name: str, call: Call, *, count: int) -> dict[str, Any]:
    return ckan_words.describe_known_organization(name, language=call.language) | {"package_count": count}


def _with_datasets(shown: dict[str, Any], call: Call, *, facet: str) -> dict[str, Any]:
    if not call.arguments.truth("include_datasets", False):
        return shown
    question = SearchRequest(filters={facet: (shown["id"],)}, sort="newest", rows=10, facets=())
    return shown | {"packages": call.packages(open_index().search(question))}
