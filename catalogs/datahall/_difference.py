"""What two versions of a dataset differ in: columns, types, and rows by key. Pure, on frames.

Where both versions have the card's primary key and it tells their rows apart, rows are matched by it; otherwise
whole rows are counted. Numbers are exact whatever the size; of the rows themselves only the first few are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._messages import N_, speak

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 10  # rows of each kind that are shown
WIDEST = 80  # letters of a value that are shown to people
_NEW, _COUNT = "\0new", "\0count"  # no field's name can hold a zero byte


@dataclass(frozen=True)
class Difference:
    """What changed from version `old` to version `new` of a dataset.

    Attributes
    ----------
    columns_added, columns_removed : tuple of (name, type)
    types_changed : tuple of (name, old type, new type)
        Their values are not compared.
    key : tuple of str
        The columns that rows are matched by; empty where whole rows are counted.
    rows : dict
        How many rows were ``added``, ``removed``, ``changed`` (only with a key) and are ``unchanged``.
    values_changed : dict
        By column, in how many of the changed rows its value changed.
    examples : dict
        The first rows of each kind: ``added`` and ``removed`` as rows, ``changed`` as
        ``{"key": {…}, "values": {column: [old, new]}}``.
    """

    id: str
    old: str
    new: str
    columns_added: tuple[tuple[str, str], ...]
    columns_removed: tuple[tuple[str, str], ...]
    types_changed: tuple[tuple[str, str, str], ...]
    key: tuple[str, ...]
    rows: dict[str, int]
    values_changed: dict[str, int]
    examples: dict[str, list[dict[str, Any]]]

    @property
    def is_empty(self) -> bool:
        """Whether both versions hold the same columns and rows."""
        columns = self.columns_added or self.columns_removed or self.types_changed
        return not columns and not any(self.rows[kind] for kind in ("added", "removed", "changed"))

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on; dates and times are texts."""
        return {
            "id": self.id,
            "old": self.old,
            "new": self.new,
            "columns": {
                "added": [{"name": name, "type": kind} for name, kind in self.columns_added],
                "removed": [{"name": name, "type": kind} for name, kind in self.columns_removed],
                "changed": [{"name": name, "old": old, "new": new} for name, old, new in self.types_changed],
            },
            "key": list(self.key),
            "rows": self.rows,
            "values_changed": self.values_changed,
            "examples": _plain(self.examples),
        }

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from ._difference_page import difference_html

        return difference_html(self)


def compare(
    old: pl.LazyFrame,
    new: pl.LazyFrame,
    *,
    id: str,
    versions: tuple[str, str],
    key: Sequence[str] = (),
    examples: int = EXAMPLES,
) -> Difference:
    """Return how `new` differs from `old`; rows are matched by `key` where it is one in both."""
    before, after = dict(old.collect_schema()), dict(new.collect_schema())
    shared = [name for name in before if after.get(name) == before[name]]
    by_key = bool(key) and set(key) <= set(shared) and _is_key(old, key) and _is_key(new, key)
    match = _match_rows if by_key else _count_rows if shared else _count_all
    rows, values, shown = match(old, new, shared, tuple(key), examples)
    return Difference(
        id=id,
        old=versions[0],
        new=versions[1],
        columns_added=tuple((name, _word(kind)) for name, kind in after.items() if name not in before),
        columns_removed=tuple((name, _word(kind)) for name, kind in before.items() if name not in after),
        types_changed=tuple(
            (name, _word(kind), _word(after[name])) for name, kind in before.items() if after.get(name, kind) != kind
        ),
        key=tuple(key) if by_key else (),
        rows=rows,
        values_changed=values,
        examples=shown,
    )


_Outcome = tuple[dict[str, int], dict[str, int], dict[str, list[dict[str, Any]]]]


def _match_rows(
    old: pl.LazyFrame, new: pl.LazyFrame, names: list[str], key: tuple[str, ...], examples: int
) -> _Outcome:
    import polars as pl

    values = [name for name in names if name not in key]
    old, new = (frame.select(*names, pl.lit(True).alias(_COUNT)) for frame in (old, new))
    both = old.join(new, on=list(key), how="full", suffix=_NEW, nulls_equal=True, coalesce=True)
    was, is_ = pl.col(_COUNT).is_not_null(), pl.col(_COUNT + _NEW).is_not_null()
    differs = {name: was & is_ & pl.col(name).ne_missing(pl.col(name + _NEW)) for name in values}
    changed = pl.any_horizontal(list(differs.values())) if values else pl.lit(False)
    kinds = {"added": ~was & is_, "removed": was & ~is_, "changed": changed, "unchanged": was & is_ & ~changed}
    counts = both.select(
        *(kind.sum().alias(name) for name, kind in kinds.items()),
        *(differs[name].sum().alias(f"{_NEW}{name}") for name in values),
    )
    renamed = {name + _NEW: name for name in values}
    frames = [
        counts,
        both.filter(kinds["added"]).select(*key, *renamed).rename(renamed),
        both.filter(kinds["removed"]).select(*key, *values),
        both.filter(kinds["changed"]).select(*key, *values, *renamed),
    ]
    counted, added, removed, altered = pl.collect_all(
        [frames[0], *(frame.sort(list(key)).head(examples) for frame in frames[1:])], engine="streaming"
    )
    numbers = counted.row(0, named=True)
    shown = {"added": added.to_dicts(), "removed": removed.to_dicts(), "changed": _pairs(altered, key, values)}
    by_column = {name: int(numbers[f"{_NEW}{name}"] or 0) for name in values}
    return (
        {name: int(numbers[name] or 0) for name in kinds},
        {name: count for name, count in by_column.items() if count},
        shown,
    )


def _pairs(frame: pl.DataFrame, key: tuple[str, ...], values: list[str]) -> list[dict[str, Any]]:
    """Return each changed row as its key and, of the columns that changed, the value before and after."""
    import polars as pl

    same = {name: frame.select(pl.col(name).eq_missing(pl.col(name + _NEW))).to_series() for name in values}
    return [
        {
            "key": {name: row[name] for name in key},
            "values": {name: [row[name], row[name + _NEW]] for name in values if not same[name][number]},
        }
        for number, row in enumerate(frame.iter_rows(named=True))
    ]


def _count_rows(
    old: pl.LazyFrame, new: pl.LazyFrame, names: list[str], _key: tuple[str, ...], examples: int
) -> _Outcome:
    """Compare rows as a whole: one that stands three times before and twice after was removed once."""
    import polars as pl

    before = old.select(*names, pl.lit(-1, pl.Int64).alias(_COUNT))
    after = new.select(*names, pl.lit(1, pl.Int64).alias(_COUNT))
    surplus = pl.concat([before, after]).group_by(names).agg(pl.col(_COUNT).sum())
    count = pl.col(_COUNT)
    total, sums, added, removed = pl.collect_all(
        [
            new.select(pl.len()),
            surplus.select(count.filter(count > 0).sum().alias("added"), -count.filter(count < 0).sum().alias("less")),
            surplus.filter(count > 0).sort(names).head(examples).select(names),
            surplus.filter(count < 0).sort(names).head(examples).select(names),
        ],
        engine="streaming",
    )
    more, less = (int(value or 0) for value in sums.row(0))
    rows = {"added": more, "removed": less, "changed": 0, "unchanged": int(total.item()) - more}
    return rows, {}, {"added": added.to_dicts(), "removed": removed.to_dicts(), "changed": []}


def _count_all(
    old: pl.LazyFrame, new: pl.LazyFrame, _names: list[str], _key: tuple[str, ...], _examples: int
) -> _Outcome:
    """Call every row another one, since no column is in both versions."""
    import polars as pl

    less, more = (int(frame.select(pl.len()).collect().item()) for frame in (old, new))
    rows = {"added": more, "removed": less, "changed": 0, "unchanged": 0}
    return rows, {}, {"added": [], "removed": [], "changed": []}


def _is_key(frame: pl.LazyFrame, key: Sequence[str]) -> bool:
    """Say whether no two rows have the same `key`."""
    import polars as pl

    from ._distinct_rows import count_distinct

    rows = int(frame.select(pl.len()).collect().item())
    return rows == count_distinct(frame.select(key), height=rows)


def _word(kind: pl.DataType) -> str:
    """Return the word for a type that ``version.json`` has, too."""
    name = kind.base_type().__name__.lower()
    if getattr(kind, "time_zone", None):
        return "datetime-utc"
    return {"int64": "integer", "float64": "number"}.get(name, name)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value - value != 0:
        return None  # JSON has neither infinity nor NaN
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _lines(difference: Difference) -> list[str]:
    """Return the difference as people read it, in the environment's language."""
    lines = [f"{difference.id}: {difference.old} → {difference.new}"]
    if difference.is_empty:
        return [*lines, speak(N_("The two versions hold the same columns and rows."))]
    lines += [f"+ {name} ({kind})" for name, kind in difference.columns_added]
    lines += [f"- {name} ({kind})" for name, kind in difference.columns_removed]
    lines += [f"~ {name} ({old} → {new})" for name, old, new in difference.types_changed]
    counts = {name: f"{count:,}" for name, count in difference.rows.items()}
    if difference.key:
        lines.append(
            speak(
                N_("Rows by {key}: {added} added, {removed} removed, {changed} changed, {unchanged} unchanged."),
                key=", ".join(difference.key),
                **counts,
            )
        )
    else:
        lines.append(speak(N_("Whole rows: {added} added, {removed} removed, {unchanged} unchanged."), **counts))
    lines += [
        speak(N_("{column}: changed in rows: {count}"), column=name, count=f"{count:,}")
        for name, count in difference.values_changed.items()
    ]
    for mark, kind in (("+", "added"), ("-", "removed")):
        lines += [f"{mark} {_cells(row)}" for row in difference.examples[kind]]
    for row in difference.examples["changed"]:
        pairs = {name: f"{shorten_value(old)} → {shorten_value(new)}" for name, (old, new) in row["values"].items()}
        lines.append(f"~ {_cells(row['key'])}: {_cells(pairs)}")
    if any(difference.rows[kind] > len(rows) for kind, rows in difference.examples.items()):
        lines.append(speak(N_("Only the first rows of each kind are shown.")))
    return lines


def _cells(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={shorten_value(value)}" for name, value in row.items())


def shorten_value(value: Any) -> str:
    """Return a value as people see it: in one line, without control characters, at most `WIDEST` letters."""
    letters = "–" if value is None else str(value)[: 10 * WIDEST]
    text = " ".join("".join(each if each.isprintable() else " " for each in letters).split())  # no escape sequences
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
