"""Later editions: hold a newer file against the card of a dataset, before it takes the old one's place.

The file is read whole, with the card's own fields and by the code that fetches; what differs is told. Nothing is
written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .. import store
from .._cards import LoadedCard
from .._disk import find_scratch
from .._editions import source_file
from .._readers import list_columns
from .._sources import read_tables
from .._version_writing import WrittenRows, check_key, write_rows
from ..card import Source
from ..errors import UnreadableSource
from .edition_remarks import make_edition_remark
from .findings import Finding

_MORE_EMPTY = 0.05  # of the rows, from which it is told that a column has grown emptier
_FEWER = 0.5  # of the rows before, below which a file may not be whole


@dataclass(frozen=True)
class Edition:
    """What a newer file of a dataset is like, beside the version before.

    Attributes
    ----------
    id : str
        ``<theme>/<name>``.
    fits : bool
        Whether it can be read as the card says; only then it is kept.
    rows, rows_before : int or None
        How many rows it has, and the version before; None where they are not known.
    differences : tuple of Finding
    """

    id: str
    fits: bool
    rows: int | None
    rows_before: int | None
    differences: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on."""
        state = {"id": self.id, "fits": self.fits, "rows": self.rows, "rows_before": self.rows_before}
        return {**state, "differences": [finding.as_json() for finding in self.differences]}


def compare_edition(loaded: LoadedCard, *, file: Path, types: dict[str, str]) -> Edition:
    """Return how the plain `file` fits the card; `types` are those that its values seem to have, by column."""
    refusals = tuple(_find_refusals(loaded))
    if refusals:
        return Edition(loaded.id, False, None, None, refusals)
    before = store.find_latest(loaded.id)
    rows_before = int(store.load_record(loaded.id, before)["rows"]) if before is not None else None
    differences: list[Finding] = []
    rows: WrittenRows | None = None
    with TemporaryDirectory(prefix="datahall-edition-", dir=find_scratch()) as folder:
        try:
            differences += _compare_columns(loaded, file=file)
            if not differences:
                tables = read_tables([file], card=loaded.card, scratch=Path(folder))
                rows = write_rows(tables, folder=Path(folder))
                check_key(rows, loaded=loaded)
                differences += _compare_rows(loaded, rows=rows, before=before, rows_before=rows_before)
        except UnreadableSource as error:
            differences += [make_edition_remark("edition-unreadable", reason=error), *_compare_types(loaded, types)]
    fits = not any(finding.severity == "problem" for finding in differences)
    return Edition(loaded.id, fits, rows.count if rows is not None else None, rows_before, tuple(differences))


def _find_refusals(loaded: LoadedCard) -> Iterator[Finding]:
    """Yield why no file can take the place of the card's source."""
    source = loaded.card.sources[0]
    if source_file(loaded) is None:
        yield make_edition_remark("edition-elsewhere", source=source.name)
    elif source.sha256 is not None or source.bytes is not None:
        yield make_edition_remark("edition-digest")


def _compare_columns(loaded: LoadedCard, *, file: Path) -> Iterator[Finding]:
    """Yield the columns that are gone, new, or seem to have another name."""
    source = loaded.card.sources[0]
    present = list_columns(file, source=source, fields=loaded.card.fields)
    wanted = _wanted_columns(loaded, source=source)
    gone = [name for name in wanted if name not in present]
    new = [name for name in present if name not in wanted and name not in source.ignore]
    places = _places_left(wanted, present)
    for name in gone:
        found = places.get(name)
        if found in new:
            new.remove(str(found))
            yield make_edition_remark("edition-column-renamed", name=repr(name), found=repr(found))
        else:
            yield make_edition_remark("edition-column-gone", name=repr(name))
    for name in new:
        yield make_edition_remark("edition-column-new", name=repr(name))


def _wanted_columns(loaded: LoadedCard, *, source: Source) -> list[str]:
    """Return the columns that the file must have; those that the card itself makes are none."""
    names = [field.source_column for field in loaded.card.fields if field.source_column not in source.constants]
    if source.unpivot is None:
        return names
    return list(source.unpivot.keep)


def _places_left(wanted: Sequence[str], present: Sequence[str]) -> dict[str, str]:
    """Return, for each column, the one that stands between its neighbours in the other file."""
    if len(wanted) != len(present):
        return {}
    return {name: other for name, other in zip(wanted, present, strict=True) if name != other}


def _compare_types(loaded: LoadedCard, types: dict[str, str]) -> Iterator[Finding]:
    for field in loaded.card.fields:
        now = types.get(field.source_column)
        if now == "string" != field.type or (now, field.type) == ("number", "integer"):
            yield make_edition_remark("edition-type", field=field.name, before=field.type, now=now)


def _compare_rows(
    loaded: LoadedCard, *, rows: WrittenRows, before: str | None, rows_before: int | None
) -> Iterator[Finding]:
    """Yield what is odd about the number of rows, and which columns have grown emptier."""
    if not rows.count:
        yield make_edition_remark("edition-empty")
    elif rows_before is not None and rows.count < _FEWER * rows_before:
        yield make_edition_remark("edition-fewer", rows=f"{rows.count:,}", before=f"{rows_before:,}")
    if before is None or not rows.count:
        return
    old = _empty_shares(store.parquet_paths(loaded.id, before))
    for name, share in _empty_shares(rows.files).items():
        if name in old and share > old[name] + _MORE_EMPTY:
            yield make_edition_remark("edition-missing", field=name, now=f"{share:.1%}", before=f"{old[name]:.1%}")


def _empty_shares(files: Sequence[Path]) -> dict[str, float]:
    import polars as pl

    shares = pl.scan_parquet(list(files)).select(pl.all().null_count() / pl.len().clip(1)).collect()
    return dict(zip(shares.columns, shares.row(0), strict=True))
