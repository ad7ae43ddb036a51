"""The parameters of ``package_search`` as one question to our search."""

from __future__ import annotations

import re

from datahall._index import SearchRequest
from datahall._index.requests import Sort

from datahall_hub.services.hall.ckan.arguments import Arguments
from datahall_hub.services.hall.ckan.faults import Invalid
from datahall_hub.services.hall.ckan.filters import FIELDS, Wanted, find_facet, gather_filters
from datahall_hub.services.hall.ckan.solr import Condition, read_filter
from datahall_hub.services.hall.wording import N_

MOST_ROWS = 1_000  # of one answer, as in CKAN: who asks for more gets as many
DEEPEST = 100_000  # datasets that can be paged through
MOST_VALUES = 1_000  # of a facet
LONGEST_QUERY = 200  # characters, as on the pages

KNOWN = frozenset(
    [
        "q",
        "fq",
        "fq_list",
        "rows",
        "start",
        "sort",
        "facet",
        "facet.field",
        "facet.limit",
        "facet.mincount",
        "lang",
        "language",
        "callback",
        "_",
        "include_drafts",
        "include_deleted",
        "include_private",
        "use_default_schema",
    ]
)

# What `sort` may begin with, as our order and whether it is reversed; what follows would only order equals.
_SORTS: dict[str, tuple[Sort, bool]] = {
    "score desc": ("relevance", False),
    "metadata_modified desc": ("newest", False),
    "metadata_modified asc": ("newest", True),
    "name asc": ("name", False),
    "name desc": ("name", True),
    "title_string asc": ("title", False),
    "title_string desc": ("title", True),
}
_SAME = {"title": "title_string", "relevance": "score", "rank": "score", "id": "name"}
_IN_QUERY = re.compile(
    rf"""(?<![\w:])(?P<all>\*:\*)|(?<![\w:])[+-]?(?:{"|".join(FIELDS)}):(?:"[^"]*"|\([^()]*\)|[\[{{][^\[\]{{}}]*[\]}}]|[^\s()]+)"""
)
_BOOST = re.compile(r"[\^~][\d.]*(?=\s|$)")
_OTHER_FIELD = re.compile(r"(?<![\w:])(title|notes|text|author|maintainer|url|extras_\w+|metadata_\w+):")


def read_question(arguments: Arguments, *, language: str) -> SearchRequest | None:
    """Return the question; None where nothing can fulfil its filters."""
    arguments.refuse_others(KNOWN)
    text, conditions = read_words(arguments.text("q"))
    wanted: Wanted = gather_filters(conditions, parameter="q")
    for parameter in ("fq", "fq_list"):
        for part in arguments.texts(parameter):
            gather_filters(read_filter(part, parameter=parameter), parameter=parameter, beside=wanted)
    start, rows = arguments.number("start", 0), min(arguments.number("rows", 10), MOST_ROWS)
    if start + rows > DEEPEST:
        raise Invalid(
            "start", N_("Only the first {most} results can be paged through; filter for fewer."), most=DEEPEST
        )
    sort, is_reversed = _read_sort(arguments.text("sort"))
    facets = [find_facet(name) for name in arguments.texts("facet.field")] if arguments.truth("facet", True) else []
    if wanted.is_impossible:
        return None
    limit = read_limit(arguments)
    return SearchRequest(
        text=text,
        filters=wanted.filters,
        without={name: tuple(values) for name, values in wanted.without.items()},
        sort=sort,
        is_reversed=is_reversed,
        start=start,
        rows=rows,
        facets=tuple(dict.fromkeys(facets)),
        language=language,
        are_facets_narrowed=True,
        values=MOST_VALUES if limit < 0 else min(limit + 1, MOST_VALUES),  # one is for what nobody has stated
        needs_all_words=True,
    )


def read_limit(arguments: Arguments) -> int:
    """Return how many values of each facet are wanted; -1 for all."""
    return arguments.number("facet.limit", 50, least=-1)


def read_words(query: str) -> tuple[str, list[Condition]]:
    """Return the words of `q`, and the filters in it."""
    conditions: list[Condition] = []
    rest, end = "", 0
    for found in _IN_QUERY.finditer(query):
        rest += query[end : found.start()] + " "
        end = found.end()
        conditions += [] if found["all"] else read_filter(found[0], parameter="q")
    words = _read_operators(_BOOST.sub("", rest + query[end:]))
    if len(words) > LONGEST_QUERY:
        raise Invalid("q", N_("{name} is too long: {most} characters are the most."), name="q", most=LONGEST_QUERY)
    return words, conditions


def _read_operators(text: str) -> str:
    """Return the words of `text` as our search reads them: all must occur; those behind a minus must not."""
    if other := _OTHER_FIELD.search(text):
        raise Invalid(
            "q",
            N_("{name}: there is no filter {field} here; there are {known}."),
            name="q",
            field=other[1],
            known=", ".join(FIELDS),
        )
    parts = re.findall(r'[+-]?"[^"]*"?|[^\s"()]+', text)
    if {"OR", "||"} & set(parts):
        raise Invalid("q", N_("{name}: OR is not understood between words; put them apart."), name="q")
    words: list[str] = []
    is_unwanted = False
    for part in parts:
        if part in {"NOT", "!"}:
            is_unwanted = True
        elif part not in {"AND", "&&", "*", "+", "-"}:
            words.append(("-" if is_unwanted and not part.startswith("-") else "") + part.lstrip("+").rstrip("*"))
            is_unwanted = False
    return " ".join(words)


def _read_sort(text: str) -> tuple[Sort, bool]:
    first = " ".join(text.partition(",")[0].split()).lower()
    if not first or first == "none":
        return "relevance", False
    name, _, direction = first.partition(" ")
    name = _SAME.get(name, name)
    direction = direction or ("desc" if name == "score" else "asc")
    found = _SORTS.get(f"{name} {direction}")
    if found is None:
        raise Invalid(
            "sort", N_("One cannot sort by {order}; one can by {known}."), order=first[:60], known=", ".join(_SORTS)
        )
    return found
