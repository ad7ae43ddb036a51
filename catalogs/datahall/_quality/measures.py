"""The measures over a version's rows: pure, counts in, a score with its reason and advice out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._messages import N_
from .measure import Measure, Sentences, ratio, say_in_both

_FETCH_STRICTLY = N_("Mend the source, or the field's type, range, values or pattern in the card; then fetch again.")


def measure_completeness(*, rows: int, empty: Mapping[str, int]) -> Measure:
    """Judge how many cells hold a value; blanks alone are none."""
    cells, missing = rows * len(empty), sum(empty.values())
    if not cells:
        return Measure(id="completeness", score=None, count=0, of=0, reason=say_in_both(N_("There are no rows.")))
    if not missing:
        reason, advice = say_in_both(N_("Every cell holds a value; cells: {of}."), of=cells), None
    else:
        reason = say_in_both(
            N_("Empty cells: {missing} of {of}, most of them in {fields}."),
            missing=missing, of=cells, fields=_worst(empty),
        )  # fmt: skip
        advice = say_in_both(
            N_("Ask the publisher for what is missing, or say in the field's description what an empty cell means.")
        )
    return _judge("completeness", count=cells - missing, of=cells, reason=reason, advice=advice)


def measure_validity(*, rows: int, fields: int, invalid: Mapping[str, int]) -> Measure:
    """Judge how many cells are as the card's fields say: type, required, range, allowed values, pattern."""
    cells, wrong = rows * fields, sum(invalid.values())
    if not wrong:
        reason = say_in_both(N_("Every cell is as its field says; cells: {of}."), of=cells)
        return _judge("validity", count=cells, of=cells, reason=reason, advice=None)
    reason = say_in_both(
        N_("Cells that their field does not allow: {wrong} of {of}, most of them in {fields}."),
        wrong=wrong, of=cells, fields=_worst(invalid),
    )  # fmt: skip
    count = max(0, cells - wrong)
    return _judge("validity", count=count, of=cells, reason=reason, advice=say_in_both(_FETCH_STRICTLY))


def measure_uniqueness(*, rows: int, key: Sequence[str], different: int | None) -> Measure:
    """Judge whether the primary key tells every row from every other; `different` keys are whole and not repeated."""
    if not key or different is None:
        return Measure(
            id="uniqueness",
            score=None,
            count=0,
            of=rows,
            reason=say_in_both(N_("The card names no primary key.")),
            advice=say_in_both(N_("Name the fields that tell the rows apart under primary_key.")),
        )
    names = list(key)
    if different == rows:
        reason, advice = say_in_both(N_("No two rows have the same {key}."), key=names), None
    else:
        reason = say_in_both(
            N_("Rows whose {key} is empty or occurred before: {repeated} of {of}."),
            key=names, repeated=rows - different, of=rows,
        )  # fmt: skip
        advice = say_in_both(N_("Add the field that is missing in primary_key, or remove the repeated rows."))
    return _judge("uniqueness", count=different, of=rows, reason=reason, advice=advice)


def measure_duplicates(*, rows: int, different: int) -> Measure:
    """Judge how many rows are not the same as another in every field."""
    if different >= rows:
        reason, advice = say_in_both(N_("No row occurs twice; rows: {of}."), of=rows), None
    else:
        reason = say_in_both(
            N_("Rows that repeat another one in every field: {repeated} of {of}."), repeated=rows - different, of=rows
        )
        advice = say_in_both(
            N_("Ask the publisher whether they were counted twice, or add a field that tells them apart.")
        )
    return _judge("duplicates", count=min(different, rows), of=rows, reason=reason, advice=advice)


def measure_ranges(*, numbers: int, outside: Mapping[str, int]) -> Measure:
    """Judge how many numbers lie in the declared range, or, where none is declared, inside Tukey's outer fences."""
    if not numbers:
        reason = say_in_both(N_("There are no numbers."))
        return Measure(id="ranges", score=None, count=0, of=0, reason=reason)
    far = sum(outside.values())
    if not far:
        reason, advice = say_in_both(N_("No number is out of its range or far out; numbers: {of}."), of=numbers), None
    else:
        reason = say_in_both(
            N_("Numbers out of their range, or more than three quartile distances away: {far} of {of}, in {fields}."),
            far=far, of=numbers, fields=_worst(outside),
        )  # fmt: skip
        advice = say_in_both(
            N_("Look at these values. Where they are right, say so by minimum and maximum in the card.")
        )
    return _judge("ranges", count=numbers - far, of=numbers, reason=reason, advice=advice)


def _judge(id: str, *, count: int, of: int, reason: Sentences, advice: Sentences | None) -> Measure:
    return Measure(id=id, score=ratio(count, of) if of else None, count=count, of=of, reason=reason, advice=advice)


def _worst(counts: Mapping[str, int]) -> list[str]:
    """Return the three fields with the highest counts, each with its own."""
    worst = sorted(((count, name) for name, count in counts.items() if count), key=lambda pair: (-pair[0], pair[1]))
    return [f"{name[:40]} ({count:,})" for count, name in worst[:3]]
