"""What a notebook is told about what it reads: a newer version is there, the columns are others, or it is deprecated.

Each is said once per dataset and kernel, as a `DatahallWarning`, which Python's own filters silence.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from . import store
from ._cards import LoadedCard
from ._messages import N_, chosen_language, join_sentences, speak
from .errors import DatahallWarning

RECENT = timedelta(days=90)  # how long readers of the newest version are told that its columns are new
_PACKAGE = str(Path(__file__).parent)
# What the store may hold for a type of a card; another type, newer than this list, is not judged.
_STORED = {
    **{name: {name} for name in ("string", "integer", "number", "boolean", "date", "time", "duration", "list")},
    "datetime": {"datetime", "datetime-utc"},
    "geopoint": {"string"},
    "geojson": {"string"},
}
_given: set[tuple[str, str]] = set()  # datasets, and what was said of them


def warn_about(loaded: LoadedCard, *, version: str, is_pinned: bool) -> None:
    """Warn where what is about to be read is deprecated, outdated or has other columns; called at each opening."""
    _warn_of_deprecation(loaded)
    latest = store.find_latest(loaded.id)
    if is_pinned and latest is not None and latest != version:
        text = N_("{id} is read in its version {version}; the newest in the store is {latest}.")
        hint = N_("What changed: datahall diff {id} {version} {latest}")
        warn_once("outdated", text, hint, id=loaded.id, version=version, latest=latest)
    if (loaded.id, "changed") in _given:
        return
    fields = _recorded_fields(loaded.id, version)
    if changes := _compare_with_card(fields, loaded):
        text = N_("The card of {id} has changed in a way that does not fit version {version}: {changes}.")
        hint = N_("Code for this version may not work with the next, which datahall fetch {id} brings.")
        warn_once("changed", text, hint, id=loaded.id, version=version, changes=_list(changes))
        return
    earlier = store.find_earlier(loaded.id) if not is_pinned and _is_recent(loaded.id, version) else None
    if earlier is None or earlier == version:
        return
    if changes := _compare(_recorded_fields(loaded.id, earlier), fields):
        text = N_("{id} has other columns since version {version} than in {earlier} before: {changes}.")
        hint = N_("To go on with the earlier one: datahall.dataset({pinned})")
        pinned = repr(f"{loaded.id}@{earlier}")
        warn_once(
            "changed", text, hint, id=loaded.id, version=version, earlier=earlier, changes=_list(changes), pinned=pinned
        )


def _warn_of_deprecation(loaded: LoadedCard) -> None:
    day, other = loaded.card.deprecated, loaded.card.replaced_by
    if day is not None:
        text = N_("{id} is deprecated since {day}.")
        hint = N_("Use this one instead: datahall.dataset({other})") if other else N_("Its card names no other one.")
        warn_once("deprecated", text, hint, id=loaded.id, day=day.isoformat(), other=repr(other))


def warn_once(code: str, text: str, hint: str, *, id: str, **values: object) -> None:
    """Say something about a dataset, both marked texts, unless it was said in this kernel."""
    if (id, code) in _given:
        return
    _given.add((id, code))
    message = join_sentences(speak(text, id=id, **values), speak(hint, id=id, **values))
    warnings.warn(DatahallWarning(message, code=code), stacklevel=_level_of_caller())


def _level_of_caller() -> int:
    """Return how far up the first frame outside of this package is, so that the person's own line is named."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def _recorded_fields(dataset_id: str, version: str) -> dict[str, dict[str, Any]]:
    """Return the version's columns by name; none where its record, an early one, does not list them."""
    return {field["name"]: field for field in store.load_record(dataset_id, version).get("fields", [])}


def _compare_with_card(fields: dict[str, dict[str, Any]], loaded: LoadedCard) -> list[str]:
    now = {}
    for field in loaded.card.fields:
        found = fields.get(field.name, {}).get("type")
        fits = found is None or found in _STORED.get(field.type, {found})
        now[field.name] = {"type": found if fits else field.type, "unit": field.unit}
    return _compare(fields, now)


def _compare(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> list[str]:
    """Return as phrases what breaks code written for the `old` columns; a further column breaks nothing."""
    return list(_find_changes(old, new))


def _find_changes(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> Iterable[str]:
    for name, before in old.items():
        after = new.get(name)
        if after is None:
            yield speak(N_("{name} is gone"), name=name)
            continue
        if after["type"] != before["type"]:
            yield speak(N_("{name} is {new} instead of {old}"), name=name, new=after["type"], old=before["type"])
        if before.get("unit") and after.get("unit") and after["unit"] != before["unit"]:
            yield speak(N_("{name} is in {new} instead of {old}"), name=name, new=after["unit"], old=before["unit"])


def _list(changes: list[str]) -> str:
    return ("；" if chosen_language() == "zh" else "; ").join(changes)


def _is_recent(dataset_id: str, version: str) -> bool:
    try:
        created = datetime.fromisoformat(store.load_record(dataset_id, version)["created"])
        return datetime.now(UTC) - created < RECENT
    except (TypeError, ValueError):
        return False  # a damaged record does not say
