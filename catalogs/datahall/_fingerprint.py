"""The content hash in a version: equal for equal tables, on every machine, whenever they were made.

Definition (``datahall table 1``), independent of chunking, library version and platform:

- a column's digest is sha256 over three sha256 digests: validity (one byte 0 or 1 for each row), lengths,
  and values; in the order of the rows;
- values of empty cells are zero (or no bytes); integers, dates (days), moments, times and durations
  (microseconds) are little-endian two's complement of 4 (dates) or 8 bytes; numbers are IEEE 754 binary64,
  little-endian, with -0.0 as 0.0 and one NaN; booleans one byte; strings their UTF-8 bytes;
- lengths are 8-byte little-endian counts: bytes of a string, items of a list; none for other types; the
  values of a list are the column digest of its items;
- the table's digest is sha256 over the line ``datahall table 1``, the line of JSON
  ``{"rows": n, "fields": [[name, type], …]}`` without spaces, ASCII only, and the columns' digests.

Names of types are the card's: string, integer, number, boolean, date, datetime, datetime-utc, time,
duration, list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROWS_AT_ONCE = 1 << 20  # bounds memory; has no influence on the result


class Fingerprint:
    """The fingerprint of rows that come piece by piece; where one piece ends has no influence on it."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0
        self._fields = [[field.name, type_name(field.type)] for field in schema]
        self._columns = [_ColumnDigest() for _ in schema]

    def update(self, table: pa.Table) -> None:
        """Take the next rows, which have the columns of the schema."""
        self.rows += table.num_rows
        for digest, column in zip(self._columns, table.columns, strict=True):
            for piece in _pieces(column):
                digest.update(piece)

    def hexdigest(self) -> str:
        """Return the 64 hex digits that identify the schema and the rows so far."""
        schema = json.dumps({"rows": self.rows, "fields": self._fields}, separators=(",", ":"))
        digest = hashlib.sha256(b"datahall table 1\n" + schema.encode() + b"\n")
        for column in self._columns:
            digest.update(column.digest())
        return digest.hexdigest()


def fingerprint_table(table: pa.Table) -> str:
    """Return the 64 hex digits that identify the schema and rows of `table`."""
    fingerprint = Fingerprint(table.schema)
    fingerprint.update(table)
    return fingerprint.hexdigest()


def type_name(kind: pa.DataType) -> str:
    """Return the card's name of an Arrow type; raises TypeError for one that a store never holds."""
    if kind == pa.timestamp("us", "UTC"):
        return "datetime-utc"
    for arrow, name in _TYPES:
        if kind == arrow:
            return name
    raise TypeError(f"the store does not hold columns of type {kind}")


_TYPES = (
    (pa.string(), "string"),
    (pa.int64(), "integer"),
    (pa.float64(), "number"),
    (pa.bool_(), "boolean"),
    (pa.date32(), "date"),
    (pa.timestamp("us"), "datetime"),
    (pa.time64("us"), "time"),
    (pa.duration("us"), "duration"),
    (pa.list_(pa.string()), "list"),
)


def _pieces(column: pa.ChunkedArray) -> Iterable[pa.Array]:
    for chunk in column.chunks:
        for start in range(0, len(chunk), ROWS_AT_ONCE):
            yield chunk.slice(start, ROWS_AT_ONCE)


class _ColumnDigest:
    """The three digests of a column, of which a list's values are a column of their own."""

    def __init__(self) -> None:
        self._validity, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._items: _ColumnDigest | None = None

    def update(self, piece: pa.Array) -> None:
        self._validity.update(_bytes(piece.is_valid(), "u1"))
        if pa.types.is_list(piece.type):
            self._lengths.update(_bytes(pc.fill_null(pc.list_value_length(piece), 0), "<i8"))
            self._items = self._items or _ColumnDigest()
            self._items.update(piece.flatten())
        elif pa.types.is_string(piece.type):
            filled = pc.fill_null(piece, "")
            self._lengths.update(_bytes(pc.binary_length(filled), "<i8"))
            self._values.update(_text_bytes(filled))
        else:
            self._values.update(_fixed_bytes(piece))

    def digest(self) -> bytes:
        values = self._values if self._items is None else hashlib.sha256(self._items.digest())
        return hashlib.sha256(self._validity.digest() + self._lengths.digest() + values.digest()).digest()


def _bytes(array: pa.Array, kind: str) -> bytes:
    return bytes(array.to_numpy(zero_copy_only=False).astype(kind).tobytes())


def _text_bytes(array: pa.Array) -> bytes:
    """Return the strings' bytes, one after the other."""
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    data = array.buffers()[2]
    return b"" if data is None or not len(array) else data[int(offsets[0]) : int(offsets[-1])].to_pybytes()


def _fixed_bytes(array: pa.Array) -> bytes:
    if pa.types.is_boolean(array.type):
        return _bytes(pc.fill_null(array, False), "u1")
    if pa.types.is_floating(array.type):
        numbers = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype("<f8") + 0.0
        numbers[np.isnan(numbers)] = np.nan
        return bytes(numbers.tobytes())
    width = pa.int32() if pa.types.is_date32(array.type) else pa.int64()
    return _bytes(pc.fill_null(array.cast(width), 0), "<i4" if width == pa.int32() else "<i8")
