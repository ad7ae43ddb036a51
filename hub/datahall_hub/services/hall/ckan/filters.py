"""What CKAN's fields mean here: its filters and facets in the terms of our search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import datahall

from datahall_hub.services.hall.ckan.faults import Invalid
from datahall_hub.services.hall.ckan.solr import Condition
from datahall_hub.services.hall.wording import N_

# CKAN's fields, and ours under their own names.
FIELDS = {
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
SEVERAL = frozenset({"keyword", "format", "year", "place"})  # of which a dataset may have more than one value

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


def gather_filters(conditions: Iterable[Condition], *, parameter: str = "fq") -> Wanted:
    """Return the filters that mean `conditions`."""
    wanted = Wanted()
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
    if name not in FIELDS:
        raise Invalid(
            "facet.field",
            N_("There is no facet {field} here; there are {known}."),
            field=name[:60],
            known=", ".join(FIELDS),
        )
    return FIELDS[name]


def _add(wanted: Wanted, condition: Condition, *, parameter: str) -> None:
    name = FIELDS[condition.field]
    values = tuple(dict.fromkeys(_spell(name, value) for value in condition.values))
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


def _spell(name: str, value: str) -> str:
    """Return `value` as our vocabulary writes it."""
    value = value.strip()
    if name not in _FOLDED:
        return value
    return {word.lower(): word for word in _words(name)}.get(value.lower(), value)


def _words(name: str) -> Iterable[str]:
    vocabularies: Mapping[str, Iterable[str]] = {
        "theme": [theme.id for theme in datahall.themes()],
        "license": datahall.licenses(),
        "access": [*datahall.access_levels(), "unknown"],
        "format": datahall.formats(),
        "synthetic": ("true", "false"),
    }
    return vocabularies[name]
