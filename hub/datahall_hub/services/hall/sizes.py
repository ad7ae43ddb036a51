"""How large a dataset is as CSV and as JSON, which are written only when somebody asks for them.

Of a long table the first rows tell: the size is then said to be about so much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from datahall import store

from datahall_hub.services.hall.row_streams import CHUNK_ROWS, stream_csv, stream_json

WRITERS: dict[str, Callable[[Sequence[Path]], Iterator[bytes]]] = {"csv": stream_csv, "json": stream_json}


@dataclass(frozen=True)
class Size:
    """Bytes of a file that is not there yet; not `is_exact` where they were estimated."""

    bytes: int
    is_exact: bool


def measure_sizes(dataset_id: str, version: str) -> dict[str, Size]:
    """Return the sizes by suffix; a version never changes, so they are measured once."""
    return _measure_sizes(store.parquet_paths(dataset_id, version))


@lru_cache(maxsize=5_000)
def _measure_sizes(paths: tuple[Path, ...]) -> dict[str, Size]:
    import pyarrow.parquet as pq

    rows = sum(int(pq.read_metadata(path).num_rows) for path in paths)
    return {suffix: _measure(write, paths, rows=rows) for suffix, write in WRITERS.items()}


def _measure(write: Callable[[Sequence[Path]], Iterator[bytes]], paths: Sequence[Path], *, rows: int) -> Size:
    if rows <= CHUNK_ROWS:
        return Size(sum(len(piece) for piece in write(paths)), is_exact=True)
    pieces = write(paths)
    piece = next(piece for piece in pieces if len(piece) > 1)
    return Size(round(len(piece) * rows / CHUNK_ROWS), is_exact=False)
