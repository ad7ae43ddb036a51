"""How the version that somebody has used stands to the newest: which is newer, and what code may stumble over.

Only what the store notes of both is compared, no rows: it is asked for each dataset of a notebook that is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import store

Kind = Literal["added", "removed", "type", "unit"]
_BREAKING = ("removed", "type", "unit")


@dataclass(frozen=True)
class FieldChange:
    """A column that is new or gone, or whose type or unit is another one."""

    field: str
    kind: Kind
    old: str | None
    new: str | None


@dataclass(frozen=True)
class VersionChanges:
    """What is otherwise in the newest version; `is_here` tells whether the version used is still in the store."""

    id: str
    version: str
    newest: str | None
    is_here: bool
    rows: tuple[int | None, int | None]
    changes: tuple[FieldChange, ...]

    @property
    def is_compatible(self) -> bool:
        """Whether code for the version used finds all columns in the newest, with their types and units."""
        return not any(change.kind in _BREAKING for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return {
            "id": self.id,
            "version": self.version,
            "newest": self.newest,
            "is_here": self.is_here,
            "is_compatible": self.is_compatible,
            "rows_before": self.rows[0],
            "rows_now": self.rows[1],
            "changes": [
                {"field": each.field, "kind": each.kind, "old": each.old, "new": each.new} for each in self.changes
            ],
        }


def find_changes(dataset_id: str, version: str) -> VersionChanges:
    """Return how `version` stands to the newest in the store; of a version that is not here no columns are known."""
    newest = store.find_latest(dataset_id)
    is_here = bool(store.VERSION.match(version)) and store.has_version(dataset_id, version)
    before = store.load_record(dataset_id, version) if is_here else {}
    now = store.load_record(dataset_id, newest) if newest is not None else {}
    changes = _compare(_list_fields(before), _list_fields(now)) if is_here and newest != version else ()
    return VersionChanges(dataset_id, version, newest, is_here, (before.get("rows"), now.get("rows")), tuple(changes))


def _list_fields(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in record.get("fields", ())}


def _compare(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[FieldChange]:
    for name, before in old.items():
        after = new.get(name)
        if after is None:
            yield FieldChange(name, "removed", before.get("type"), None)
            continue
        for kind in ("type", "unit"):
            if before.get(kind) != after.get(kind) and (kind == "type" or before.get("unit")):
                yield FieldChange(name, "type" if kind == "type" else "unit", before.get(kind), after.get(kind))
    for name, after in new.items():
        if name not in old:
            yield FieldChange(name, "added", None, after.get("type"))
