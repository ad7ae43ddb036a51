"""Choose the chart that tells most of a table, from what its card says and how its values are distributed. Pure.

In this order: places on the earth; values along time; the largest of things that have names; amounts by a word; rows
by a word; how one number is distributed. Nothing where none of them makes sense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._quality.record import Distribution
from ..card import Card, CardField
from .chart import MOST_SERIES, How, Plan

FEWEST_PLACES = 30  # fewer are stations whose values matter more than where they lie
FEWEST_TIMES = 4
MOST_GROUPS = 200  # words of a field that sorts rows into kinds; more are names
YEARS = (1000, 2200)

# Units of things that are counted: the amounts of several rows add up to something. Of rates and levels they do not.
COUNTED = {
    "animals", "beds", "births", "businesses", "cases", "deaths", "events", "finds", "lambs", "loans", "objects",
    "persons", "pups", "samples", "units", "visits",
}  # fmt: skip
# Whole numbers with these names say when or which, not how much.
_NO_AMOUNTS = {
    "code", "day", "decade", "fips", "hour", "id", "index", "key", "minute", "month", "no", "nr", "number", "quarter",
    "rank", "replicate", "second", "sequence", "week", "weekday", "year", "zip",
}  # fmt: skip
# Fields of long tables: rows that differ in them measure different things, which nobody adds up.
_KINDS_OF_MEASURE = {"indicator", "measure", "metric", "parameter", "quantity", "series", "statistic", "variable"}
_CURRENCY = "iso-4217"  # amounts in different ones have no mean
_BESIDE = {"cumulative", "error"}  # amounts so called need a scale of their own


def choose_plan(card: Card, distributions: Mapping[str, Distribution]) -> Plan | None:
    """Return the plan of the chart for a table whose fields are distributed so; None where there is none."""
    fields = [field for field in card.fields if field.name in distributions]
    facts = _Facts(card, fields, distributions)
    for choose in (_places, _along_time, _largest, _by_word, _counts, _histogram):
        plan = choose(facts)
        if plan is not None:
            return plan
    return None


class _Facts:
    """A card and its distributions, and the fields that may play a part."""

    def __init__(self, card: Card, fields: list[CardField], distributions: Mapping[str, Distribution]) -> None:
        self.card = card
        self.fields = fields
        self.known = distributions
        self.rows = max((each.filled + each.empty for each in distributions.values()), default=0)
        self.key = card.primary_key
        self.amounts = [field for field in fields if self._is_amount(field)]
        self.words = [field for field in fields if self._has_words(field)]

    def distinct(self, name: str) -> int:
        """Return about how many values a field has."""
        return self.known[name].distinct or 0

    def times(self) -> Iterator[CardField]:
        """Yield the fields that say when a row holds, the likeliest first."""
        found = [field for field in self.fields if self._is_time(field)]
        stream = self.card.stream.time if self.card.stream else None
        yield from sorted(found, key=lambda field: (field.name != stream, field.name not in self.key))

    def _is_time(self, field: CardField) -> bool:
        if self.distinct(field.name) < FEWEST_TIMES:
            return False
        return field.type in ("date", "datetime") or (field.name == "year" and self._are_years(field))

    def _are_years(self, field: CardField) -> bool:
        known = self.known[field.name]
        if field.type != "integer" or known.minimum is None or known.maximum is None:
            return False
        return YEARS[0] <= float(known.minimum) and float(known.maximum) <= YEARS[1]

    def _is_amount(self, field: CardField) -> bool:
        """Tell whether a field says how much: a number that is no code, no key and no part of a date."""
        if field.type not in ("integer", "number") or field.semantic or field.name in self.key:
            return False
        parts = set(field.name.casefold().split("_"))
        unit = field.unit or ""
        is_no_amount = unit == "°" or unit.startswith("° ") or "of the currency" in unit  # places; another in each row
        return self.distinct(field.name) > 1 and not is_no_amount and (bool(field.unit) or not parts & _NO_AMOUNTS)

    def _has_words(self, field: CardField) -> bool:
        return field.type in ("string", "boolean") and self.known[field.name].kind == "words"


def _places(facts: _Facts) -> Plan | None:
    by_meaning = {field.semantic: field.name for field in facts.fields if field.type in ("integer", "number")}
    latitude, longitude = by_meaning.get("latitude"), by_meaning.get("longitude")
    if latitude and longitude and facts.distinct(latitude) >= FEWEST_PLACES:
        return Plan(kind="places", x=longitude, measures=(latitude,))
    points = [field.name for field in facts.fields if field.type == "geopoint"]
    return Plan(kind="places", x=points[0]) if points else None


def _along_time(facts: _Facts) -> Plan | None:
    """Choose values along time, where the rows are told apart by it."""
    if set(facts.key) & _KINDS_OF_MEASURE or any(field.semantic == _CURRENCY for field in facts.fields):
        return None
    for time in facts.times():
        is_key = time.name in facts.key or not facts.key or facts.card.stream is not None
        if is_key and facts.amounts:
            return _line(facts, time.name)
    return None


def _line(facts: _Facts, time: str) -> Plan:
    others = [name for name in facts.key if name != time]
    if facts.key and not others:
        return Plan(kind="line", x=time, measures=_alike(facts.amounts))
    amount = _best(facts.amounts)
    if len(others) == 1 and 2 <= facts.distinct(others[0]) <= MOST_SERIES and _is_text(facts, others[0]):
        return Plan(kind="line", x=time, measures=(amount.name,), by=others[0])
    return Plan(kind="line", x=time, measures=(amount.name,), how=_join(amount))


def _largest(facts: _Facts) -> Plan | None:
    """Choose the largest of things that have names: the rows themselves are the bars."""
    amount = next((field for field in facts.amounts if field.unit), None)
    if amount is None:
        return None
    for field in facts.fields:
        if field.type == "string" and facts.rows >= 3 and facts.distinct(field.name) >= 0.97 * facts.rows:
            is_name = field.semantic is None or field.semantic.endswith("name") or "name" in field.semantic
            if is_name and facts.known[field.name].filled == facts.rows and field.name.casefold() not in _NO_AMOUNTS:
                return Plan(kind="bars", x=field.name, measures=(amount.name,))
    return None


def _by_word(facts: _Facts) -> Plan | None:
    amount = next((field for field in facts.amounts if field.unit), None)
    word = _best_word(facts)
    if amount is None or word is None or set(facts.key) & _KINDS_OF_MEASURE:
        return None
    return Plan(kind="bars", x=word.name, measures=(amount.name,), how=_join(amount))


def _counts(facts: _Facts) -> Plan | None:
    word = _best_word(facts)
    return Plan(kind="bars", x=word.name, how="count") if word else None


def _histogram(facts: _Facts) -> Plan | None:
    for field in facts.amounts:
        if facts.known[field.name].kind == "numbers" and facts.distinct(field.name) >= 8:
            return Plan(kind="histogram", x=field.name, how="count")
    return None


def _best_word(facts: _Facts) -> CardField | None:
    """Return the field that sorts the rows into kinds: one with few words before one with many."""
    groups = [
        field for field in facts.words if 2 <= facts.distinct(field.name) <= min(MOST_GROUPS, max(2, facts.rows // 2))
    ]
    return min(groups, key=lambda field: (facts.distinct(field.name) > 30, field.type == "boolean"), default=None)


def _best(amounts: list[CardField]) -> CardField:
    return next((field for field in amounts if field.unit), amounts[0])


def _alike(amounts: list[CardField]) -> tuple[str, ...]:
    """Return the amounts that can stand on one scale: the largest group of one unit, if it is not too large."""
    groups: dict[str, list[str]] = {}
    for field in amounts:
        if field.unit and not set(field.name.casefold().split("_")) & _BESIDE:
            groups.setdefault(field.unit, []).append(field.name)
    fitting = [names for names in groups.values() if 2 <= len(names) <= MOST_SERIES]
    largest: list[str] = max(fitting, key=len, default=[])
    return tuple(largest) or (_best(amounts).name,)


def _is_text(facts: _Facts, name: str) -> bool:
    return any(field.name == name for field in facts.words)


def _join(amount: CardField) -> How:
    return "sum" if amount.type == "integer" and amount.unit in COUNTED else "mean"
