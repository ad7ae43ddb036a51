"""What CKAN's fields mean here: its filters and facets in the terms of our search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import datahall
from datahall._entries.offered_formats import name_format
from datahall._exports.ckan import read_package_name
from datahall._exports.ckan_words import NOT_SPECIFIED

from datahall_hub.services.hall.ckan.day_ranges import read_days
from datahall_hub.services.hall.ckan.faults import Invalid
from datahall_hub.services.hall.ckan.solr import Condition
from datahall_hub.services.hall.wording import N_

# CKAN's fields that one can count by, and ours under their own names.
FACETS = {
    "organization": "publisher",
    "owner_org": "publisher",
    "groups": "theme",
    "tags": "keyword",
    "license_id": "license",
    "res_format": "format",
    "publisher": "publisher",
    "theme": "theme",
    "license": "license",
    "access": "access",
    "format": "format",
    "year": "year",
    "place": "place",
    "synthetic": "synthetic",
    "source": "source",
}
# What one can filter by.
FIELDS = {**FACETS, "id": "id", "name": "id", "metadata_modified": "modified"}

# Of which a dataset may have more than one value, or a value is a span.
SEVERAL = frozenset({"keyword", "format", "year", "place", "modified"})

# What holds for every dataset that the hall shows.
_SAME_FOR_ALL = {
    "dataset_type": "dataset",
    "type": "dataset",
    "entity_type": "package",
    "state": "active",
    "private": "false",
    "capacity": "public",
}
_FOLDED = frozenset({"theme", "license", "access", "format", "synthetic"})  # words of ours, whose case says nothing


@dataclass
class Wanted:
    """Filters for our search; `is_impossible` where nothing can fulfil them."""

    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    without: dict[str, list[str]] = field(default_factory=dict)
    is_impossible: bool = False


def gather_filters(conditions: Iterable[Condition], *, parameter: str = "fq", beside: Wanted | None = None) -> Wanted:
    """Return the filters that mean `conditions`, which stand in `parameter`, added to those that stand `beside` it."""
    wanted = beside or Wanted()
    for condition in conditions:
        if condition.field in _SAME_FOR_ALL:
            holds = _SAME_FOR_ALL[condition.field] in {value.lower() for value in condition.values}
            wanted.is_impossible |= holds == condition.is_negated
        elif condition.field in FIELDS:
            _add(wanted, condition, parameter=parameter)
        else:
            raise Invalid(
                parameter,
                N_("{name}: there is no filter {field} here; there are {known}."),
                name=parameter,
                field=condition.field[:60],
                known=", ".join(FIELDS),
            )
    return wanted


def find_facet(name: str) -> str:
    """Return our facet for CKAN's field."""
    if name not in FACETS:
        raise Invalid(
            "facet.field",
            N_("There is no facet {field} here; there are {known}."),
            field=name[:60],
            known=", ".join(FACETS),
        )
    return FACETS[name]


def _add(wanted: Wanted, condition: Condition, *, parameter: str) -> None:
    name = FIELDS[condition.field]
    values = tuple(dict.fromkeys(_read_value(condition, value, parameter=parameter) for value in condition.values))
    if condition.is_negated:
        wanted.without.setdefault(name, []).extend(values)
        return
    before = wanted.filters.get(name)
    if before is not None and name in SEVERAL and set(before) != set(values):
        raise Invalid(
            parameter,
            N_("{name}: two values of {field} at once cannot be asked for; alternatives can, with OR."),
            name=parameter,
            field=condition.field,
        )
    kept = values if before is None else tuple(value for value in before if value in values)
    wanted.filters[name] = kept
    wanted.is_impossible |= not kept


def _read_value(condition: Condition, value: str, *, parameter: str) -> str:
    """Return `value` as our search understands it; a span of days is all that dates are, and dates are all that is."""
    name = FIELDS[condition.field]
    if (name == "modified") != condition.is_range:
        raise Invalid(
            parameter,
            N_("{name}: only {field} is filtered by a range, and only by one: {example}."),
            name=parameter,
            field="metadata_modified",
            example="metadata_modified:[2024-01-01T00:00:00Z TO NOW]",
        )
    if condition.is_range:
        return read_days(value, parameter=parameter)
    if condition.field == "license_id" and value.strip().lower() == NOT_SPECIFIED:
        return "unknown"
    return read_package_name(value.strip()) if name == "id" else _spell(name, value)


def _spell(name: str, value: str) -> str:
    """Return `value` as our vocabulary writes it."""
    value = value.strip()
    if name not in _FOLDED:
        return value
    other = name_format(value) if name == "format" else value
    return {word.lower(): word for word in _words(name)}.get(value.lower(), other)


def _words(name: str) -> Iterable[str]:
    vocabularies: Mapping[str, Iterable[str]] = {
        "theme": [theme.id for theme in datahall.themes()],
        "license": datahall.licenses(),
        "access": [*datahall.access_levels(), "unknown"],
        "format": datahall.formats(),
        "synthetic": ("true", "false"),
    }
    return vocabularies[name]
