"""Write a version's files into a folder that nobody sees yet: its rows as they come, then what is known of them.

The rows are never all in memory: they are read, hashed and written some thousand at a time. All files are forced to
disk; the store renames the folder afterwards. Rows in parts lie in ``part-*.parquet``, and ``data.parquet`` is then a
folder of links to them, which most programs read like a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cards import LoadedCard
from ._disk import sync
from ._messages import Phrase
from .errors import N_, UnreadableSource

if TYPE_CHECKING:
    import pyarrow as pa

RECORD = "version.json"
DATA = "data.parquet"
PART_BYTES = 4_000_000_000  # from here on rows go to another file: each stays below 4 GiB, which some disks demand
GROUP_ROWS = 1 << 17  # rows that a reader has to unpack at once …
GROUP_BYTES = 1 << 26  # … and about how much room they may take in memory


@dataclass(frozen=True)
class WrittenRows:
    """The rows of a version on disk: their files in order, number, schema, and the hash over all of them."""

    files: tuple[Path, ...]
    count: int
    schema: pa.Schema
    fingerprint: str


def write_rows(tables: Generator[pa.Table], *, folder: Path) -> WrittenRows:
    """Write `tables`, of which there is one at least, to ``data.parquet``, or to several files where they are large."""
    from ._fingerprint import Fingerprint

    fingerprint = None
    with closing(tables), closing(_Parts(folder)) as parts:
        for group in _regroup(tables):
            fingerprint = fingerprint or Fingerprint(group.schema)
            fingerprint.update(group)
            parts.write(group)
    assert fingerprint is not None
    return WrittenRows(parts.name_files(), fingerprint.rows, fingerprint.schema, fingerprint.hexdigest())


def _regroup(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows in groups that are as large as they may be, whatever pieces they come in."""
    import pyarrow as pa

    held: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        held.append(table)
        rows, size = rows + table.num_rows, size + table.nbytes
        most = min(GROUP_ROWS, max(1, rows * GROUP_BYTES // max(1, size)))
        if rows <= most:
            continue
        rest = pa.concat_tables(held)
        while rest.num_rows > most:
            yield rest.slice(0, most)
            rest = rest.slice(most)
        held, rows, size = [rest], rest.num_rows, rest.nbytes
    if held:
        yield pa.concat_tables(held)


class _Parts:
    """Parquet files that follow each other; a new one is begun when the last has reached `PART_BYTES`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[Path] = []
        self._writer: Any = None  # pyarrow has no types

    def write(self, group: pa.Table) -> None:
        import pyarrow.parquet as pq

        if self._writer is None:
            self._files.append(self._folder / f"part-{len(self._files):05}.parquet")
            self._writer = pq.ParquetWriter(self._files[-1], group.schema, compression="zstd")
        self._writer.write_table(group, row_group_size=GROUP_ROWS)
        if self._files[-1].stat().st_size >= PART_BYTES:
            self.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def name_files(self) -> tuple[Path, ...]:
        """Lead to the files, or give a single one, the name that stays; return them."""
        if len(self._files) == 1:
            return (self._files[0].rename(self._folder / DATA),)
        links = self._folder / DATA
        links.mkdir()
        for file in self._files:
            (links / file.name).symlink_to(Path("..", file.name))
        sync(links)
        return tuple(self._files)


def check_key(rows: WrittenRows, *, loaded: LoadedCard) -> None:
    """Raise UnreadableSource at the first row whose primary key is empty or has occurred before."""
    import polars as pl

    from ._distinct_rows import find_repeated

    key = list(loaded.card.primary_key)
    if not key:
        return
    frame = pl.scan_parquet(list(rows.files)).select(key)
    row = find_repeated(frame, height=rows.count, spill=rows.files[0].parent)
    if row is not None:
        raise UnreadableSource(
            N_("Row {row}: {field} = {value}: {reason}."),
            row=row + 1,
            field=", ".join(key),
            value=repr(frame.slice(row, 1).collect().row(0)),
            reason=Phrase(N_("the primary key is empty or occurs twice")),
        )


def write_record(
    folder: Path,
    *,
    rows: WrittenRows,
    loaded: LoadedCard,
    version: str,
    sources: list[dict[str, Any]],
    earlier: str | None,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write ``version.json``, sketches and chart beside the rows, and force everything in `folder` to disk.

    `about` is what else is to be told of the version.
    """
    from . import __version__
    from ._charts.chart_files import write_chart
    from ._fingerprint import type_name
    from ._joining.sketch_files import write_sketches
    from ._joining.sketching import sketch_files
    from ._quality.versions import measure_version

    quality = measure_version(rows.files, loaded=loaded, earlier=earlier)
    record = {
        "id": loaded.id,
        "version": version,
        "rows": rows.count,
        "fields": [
            {"name": field.name, "type": type_name(rows.schema.field(field.name).type)}
            | ({"unit": field.unit} if field.unit else {})
            for field in loaded.card.fields
        ],
        "sources": sources,
        "quality": quality.model_dump(mode="json", exclude_defaults=True),
        "files": [{"name": file.name, "bytes": file.stat().st_size, "sha256": hash_file(file)} for file in rows.files],
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        "by": f"datahall {__version__}",
    }
    record |= about or {}
    if len(rows.files) > 1:
        record["parts"] = [file.name for file in rows.files]
    (folder / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    sketches = write_sketches(sketch_files(rows.files, rows=rows.count, card=loaded.card), folder=folder)
    chart = write_chart(rows.files, card=loaded.card, distributions=quality.fields, folder=folder)
    for path in (*rows.files, sketches, chart, folder / RECORD, folder):
        sync(path)


def hash_file(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
