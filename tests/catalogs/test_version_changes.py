"""What is otherwise in the newest version: columns that are gone, new, or of another type or unit."""

from __future__ import annotations

import pytest
from datahall._version_changes import _compare

OLD = {"day": {"name": "day", "type": "date"}, "rain": {"name": "rain", "type": "number", "unit": "mm"}}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, []),
        ({"day": OLD["day"]}, [("rain", "removed")]),
        ({**OLD, "wind": {"type": "number"}}, [("wind", "added")]),
        ({**OLD, "day": {"type": "string"}}, [("day", "type")]),
        ({**OLD, "rain": {"type": "number", "unit": "in"}}, [("rain", "unit")]),
        ({**OLD, "day": {"type": "date", "unit": "d"}}, []),
    ],
    ids=["nothing", "gone", "new", "another type", "another unit", "a unit where none was said"],
)
def test_changes_of_columns(new, expected) -> None:
    assert [(change.field, change.kind) for change in _compare(OLD, new)] == expected
