"""Find the records in a JSON document, and write their values as the text that a CSV file would hold. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any


def find_records(content: Any, *, path: str | None, keys: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the objects that `path` leads to; raise ValueError where it leads to none."""
    if keys:
        return list(_keyed_records(content, steps=(path or "").split("."), keys=keys))
    for step in path.split(".") if path else ():
        if not isinstance(content, dict) or step not in content:
            raise ValueError(f"there is no {path}")
        content = content[step]
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise ValueError(f"{path or 'the file'} is not a list of objects")
    return content


def _keyed_records(
    content: Any, *, steps: Sequence[str], keys: Sequence[str], found: dict[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the objects that `steps` lead to; a ``*`` leads to every member, whose name goes into a column."""
    found = found or {}
    if not isinstance(content, dict):
        raise ValueError(f"{'.'.join(found.values()) or 'the file'} is not an object")
    if not steps:
        both = [name for name in found if name in content]
        if both:
            raise ValueError(f"{'.'.join(found.values())} has a member called {both[0]}")
        yield {**found, **content}
        return
    step, *rest = steps
    if step == "*":
        for name, value in content.items():
            yield from _keyed_records(value, steps=rest, keys=keys[1:], found={**found, keys[0]: name})
    elif step in content:
        yield from _keyed_records(content[step], steps=rest, keys=keys, found=found)
    else:
        raise ValueError(f"there is no {step}")


def follow_name(record: dict[str, Any], name: str) -> Any:
    """Return the value called `name`, or the nested one that a dotted name leads to."""
    if name in record or "." not in name:
        return record.get(name)
    value: Any = record
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def write_value(value: Any, *, joiner: str | None, nulls: Sequence[str]) -> str | None:
    """Return a JSON value as the text that a CSV file would hold."""
    if value is None or (isinstance(value, str) and value in nulls):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and joiner is not None:
        return joiner.join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False)
