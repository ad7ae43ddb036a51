"""What a card says that cannot be true together: pure checks on plain values, each with its place.

They look at a card as it was written, valid or not, so that one round names every mistake.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import available_timezones

from ._messages import N_
from ._practice.tables import FEEDS, PLACES

TEMPORAL = r"^\d{4}(-\d\d){0,2}/(\d{4}(-\d\d){0,2}|\.\.)$"
DATASET_ID = r"^[a-z0-9-]{1,100}/[a-z0-9-]{1,200}$"


ENTITIES = ("vehicle", "trip_update", "alert")  # of GTFS Realtime
_KINDS = ("url", "path", "package", "practice", "stream")


@dataclass(frozen=True)
class Fault:
    """A contradiction: its place in the card, the sentence, and what the sentence names."""

    place: tuple[str | int, ...]
    text: str
    values: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()  # words of which one may have been meant


def find_faults(card: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield every contradiction in `card`; what has not the form it should have is passed over."""
    for number, source in enumerate(_items(card.get("sources"))):
        if isinstance(source, Mapping):
            yield from _source_faults(source, place=("sources", number))
            yield from _practice_faults(
                source, place=("sources", number, "practice"), tables=PLACES, synthetic=card.get("synthetic")
            )
    yield from _stream_faults(card)
    if card.get("homepage") is None and not _is_practice(card):
        yield Fault(("homepage",), N_("homepage is missing; only practice data has none"))
    if card.get("replaced_by") is not None and card.get("deprecated") is None:
        yield Fault(("replaced_by",), N_("only a deprecated dataset is replaced; deprecated says since when"))
    fields = _items(card.get("fields"))
    for number, entry in enumerate(fields):
        if isinstance(entry, Mapping):
            yield from _pattern_faults(entry, place=("fields", number, "pattern"))
    names = [entry.get("name") if isinstance(entry, Mapping) else None for entry in fields]
    yield from _name_faults(names, primary_key=_items(card.get("primary_key")))
    yield from _temporal_faults(card.get("temporal"))


def last_day(moment: str) -> str | None:
    """Return the last day of a year, month or day in ISO 8601; None for an open end."""
    if not re.match(r"^\d{4}", moment):
        return None
    year, month, day = (*(int(part) for part in moment.split("-")), 0, 0)[:3]
    month = month or 12
    return f"{year:04}-{month:02}-{day or monthrange(year, month)[1]:02}"


def _is_practice(card: Mapping[str, Any]) -> bool:
    """Say whether all of a card's data is of the practice city, which has no page anywhere."""
    sources = [source for source in _items(card.get("sources")) if isinstance(source, Mapping)]
    places = [source["stream"] if isinstance(source.get("stream"), Mapping) else source for source in sources]
    return bool(places) and all(place.get("practice") is not None for place in places)


def _items(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _source_faults(source: Mapping[str, Any], *, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if sum(source.get(key) is not None for key in _KINDS) != 1:
        yield Fault(place, N_("a source has exactly one of url, path, package, practice and stream"))
    if source.get("url") is not None and (source.get("sha256") is None or source.get("bytes") is None):
        yield Fault(place, N_("a source with a url needs sha256 and bytes; datahall digest <url> prints both"))
    if source.get("mirrors") and source.get("sha256") is None:
        yield Fault(place, N_("mirrors need a sha256, which tells the same bytes from others"))
    if source.get("format") == "xml" and not source.get("records"):
        yield Fault(place, N_("an XML source needs records, the path of the elements that are rows, as in list/item"))
    if source.get("format") == "gtfs-realtime" and source.get("records") not in ENTITIES:
        yield Fault(
            place, N_("a GTFS Realtime source needs records, the kind of entity that is a row"), choices=ENTITIES
        )
    path = source.get("records")
    stars = path.split(".").count("*") if isinstance(path, str) else 0
    if stars != len({str(key) for key in _items(source.get("keys"))}):
        yield Fault((*place, "keys"), N_("keys names one column for each * in records"))
    if source.get("member") is not None and source.get("compression") != "zip" and source.get("format") != "shapefile":
        yield Fault(place, N_("member names a file in a zip archive, and this source is none"))


def _path_faults(path: object, *, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if isinstance(path, str) and (PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts):
        yield Fault(place, N_("a path begins below the folder datasets, with the theme: weather/my-rain.csv"))


def _practice_faults(
    source: Mapping[str, Any], *, place: tuple[str | int, ...], tables: Collection[str], synthetic: object
) -> Iterator[Fault]:
    practice = source.get("practice")
    if not isinstance(practice, Mapping):
        return
    name = practice.get("table")
    if isinstance(name, str) and name not in tables:
        yield Fault((*place, "table"), N_("the practice city has no table {name}"), {"name": name}, tuple(tables))
    if source.get("format") not in (None, "csv"):
        yield Fault((*place[:-1], "format"), N_("practice data comes as CSV: format: csv"))
    if synthetic is not True:
        yield Fault(("synthetic",), N_("practice data is made up, and its card says so: synthetic: true"))


def _stream_faults(card: Mapping[str, Any]) -> Iterator[Fault]:
    sources = _items(card.get("sources"))
    streams = [
        (number, source, source["stream"])
        for number, source in enumerate(sources)
        if isinstance(source, Mapping) and isinstance(source.get("stream"), Mapping)
    ]
    for number, source, stream in streams:
        place = ("sources", number)
        if len(sources) > 1:
            yield Fault(place, N_("data that arrives has one source, the stream"))
        if sum(stream.get(key) is not None for key in ("url", "path", "practice")) != 1:
            yield Fault((*place, "stream"), N_("a stream has exactly one of url, path and practice"))
        yield from _path_faults(stream.get("path"), place=(*place, "stream", "path"))
        yield from _practice_faults(
            {**stream, "format": source.get("format")},
            place=(*place, "stream", "practice"),
            tables=FEEDS,
            synthetic=card.get("synthetic"),
        )
        if not _items(card.get("primary_key")):
            yield Fault(("primary_key",), N_("data that arrives needs a primary_key, which tells doubled records"))
        yield from _stream_time_faults(card, stream, place=(*place, "stream"))
        if stream.get("grows", True) is not False:
            yield from _growing_faults(source, place=place)


def _stream_time_faults(
    card: Mapping[str, Any], stream: Mapping[str, Any], *, place: tuple[str | int, ...]
) -> Iterator[Fault]:
    fields = [entry for entry in _items(card.get("fields")) if isinstance(entry, Mapping)]
    moments = [str(entry.get("name")) for entry in fields if entry.get("type") in ("date", "datetime")]
    name = stream.get("time")
    if isinstance(name, str) and name not in moments:
        yield Fault(
            (*place, "time"), N_("there is no field {name} of type datetime or date"), {"name": name}, (*moments,)
        )
    zone = stream.get("timezone", "UTC")
    if isinstance(zone, str) and zone not in available_timezones():
        yield Fault(
            (*place, "timezone"), N_("there is no time zone {name}; one is called Asia/Shanghai"), {"name": zone}
        )


def _growing_faults(source: Mapping[str, Any], *, place: tuple[str | int, ...]) -> Iterator[Fault]:
    """Yield why a file cannot be read from its middle on."""
    encoding = str(source.get("encoding", "utf-8")).lower()
    if source.get("format") not in ("csv", "tsv", "jsonl") or encoding.startswith(
        ("utf-16", "utf16", "utf-32", "utf32")
    ):
        yield Fault(
            (*place, "format"), N_("a growing stream is csv, tsv or jsonl, in an encoding whose line ends are bytes")
        )
    for key in ("compression", "skip_footer", "unpivot"):
        if source.get(key):
            yield Fault(
                (*place, key),
                N_("{name} does not go with a growing stream; one that is whole says grows: false"),
                {"name": key},
            )


def _pattern_faults(entry: Mapping[str, Any], *, place: tuple[str | int, ...]) -> Iterator[Fault]:
    pattern = entry.get("pattern")
    if not isinstance(pattern, str):
        return
    try:
        re.compile(pattern)
    except re.error as error:
        yield Fault(place, N_("the pattern is not a regular expression: {reason}"), {"reason": str(error)})


def _name_faults(names: list[Any], *, primary_key: list[Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if isinstance(name, str) and name in seen:
            yield Fault(("fields", number, "name"), N_("the field {name} occurs twice"), {"name": name})
        elif isinstance(name, str):
            seen.add(name)
    if not all(isinstance(name, str) for name in names):
        return  # the key may name the very field whose name is broken
    for number, name in enumerate(primary_key if names else []):
        if isinstance(name, str) and name not in seen:
            yield Fault(("primary_key", number), N_("there is no field {name}"), {"name": name}, tuple(sorted(seen)))


def _temporal_faults(temporal: object) -> Iterator[Fault]:
    if not isinstance(temporal, str) or not re.match(TEMPORAL, temporal):
        return
    begin, _, end = temporal.partition("/")
    unreal = [moment for moment in (begin, end) if not _is_real(moment)]
    for moment in unreal:
        yield Fault(("temporal",), N_("temporal holds no such date: {moment}"), {"moment": moment})
    if not unreal and last_day(end) is not None and begin[: len(end)] > end:
        yield Fault(("temporal",), N_("temporal ends before it begins"))


def _is_real(moment: str) -> bool:
    """Say whether a year, month or day in ISO 8601 exists; an open end does."""
    if moment == "..":
        return True
    try:
        date.fromisoformat((moment + "-01-01")[:10])
    except ValueError:
        return False
    return True
