"""Read GTFS Realtime (protocol buffers, https://gtfs.org/documentation/realtime/reference/) into frames of text.

``records`` of the card's source is the kind of entity: vehicle, trip_update (a row for each stop of a trip) or alert.
A field names a nested value by its dotted path in the standard (``trip.trip_id``, ``position.latitude``); of a text in
several languages by the language (``header_text.en``). ``id`` is the entity's, ``feed_timestamp`` the whole feed's.
What no field names is left out: nearly everything in the standard is optional, and comes and goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from ..card import CardField, Source
from ..errors import N_
from .source_file import SourceFile

FORMAT = "gtfs-realtime"
KINDS = ("vehicle", "trip_update", "alert")
_STOPS = "stop_time_update"


def read_entities(file: SourceFile, *, source: Source, fields: Sequence[CardField], place: str) -> pl.DataFrame:
    """Return the entities of `file` as text, and in the column `place` the number, from 1, of each row."""
    from google.protobuf.message import DecodeError
    from google.transit.gtfs_realtime_pb2 import FeedMessage

    feed = FeedMessage()
    try:
        feed.ParseFromString(file.path.read_bytes())
    except (DecodeError, RuntimeError) as error:
        raise file.refuse(form=FORMAT, reason=error) from error
    if not feed.IsInitialized():
        raise file.refuse(form=FORMAT, reason=N_("its header is missing"))
    names = [field.source_column for field in fields if field.source_column not in source.constants]
    rows = list(_rows(feed, kind=source.records or KINDS[0]))
    columns = {name: [_text(row, name) for row in rows] for name in names}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    return frame.with_columns(pl.Series(place, range(1, len(rows) + 1), dtype=pl.Int64))


def _rows(feed: Any, *, kind: str) -> Iterator[dict[str, Any]]:
    from google.protobuf.json_format import MessageToDict

    for entity in feed.entity:
        if entity.is_deleted or not entity.HasField(kind):
            continue
        content = MessageToDict(getattr(entity, kind), preserving_proto_field_name=True)
        row = {**content, "id": entity.id, "feed_timestamp": feed.header.timestamp}
        if kind != "trip_update":
            yield row
            continue
        for stop in content.get(_STOPS, []):
            yield {**row, _STOPS: stop}


def _text(row: dict[str, Any], name: str) -> str | None:
    value: Any = row
    for step in name.split("."):
        if isinstance(value, dict) and "translation" in value:
            value = {text.get("language", ""): text.get("text") for text in value["translation"]}
        value = value.get(step) if isinstance(value, dict) else None
    if value is None or isinstance(value, (dict, list)):
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
