"""Read zipped shapefiles: one row for each feature, its attributes as they are written, its geometry as GeoJSON.

The geometry's numbers are those of the file, in the file's own coordinate system (see `read_projection`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import IO, Any

from .._adding.raw_tables import RawRow, RawTable
from .._disk import find_scratch
from ..errors import N_, DatahallError
from .headers import distinct_names
from .packed import check_archive, copy_member, list_members
from .source_file import SourceFile

_DELETED = b"*"  # the mark of a row that its program has deleted, but not yet taken out
_NEEDED = (".shp", ".dbf")
GEOMETRY = "geometry"


def list_layers(file: SourceFile) -> list[str]:
    """Return the members of the archive that are the geometry of a whole shapefile."""
    members = {name.lower(): name for name in list_members(file)}
    return [name for low, name in members.items() if low.endswith(".shp") and low[:-4] + ".dbf" in members]


def read_layer(file: SourceFile, *, layer: str | None = None, encoding: str = "utf-8") -> RawTable:
    """Return the table of one shapefile in the archive; of the only one where none is named."""
    present = list_layers(file)
    if (layer is None and len(present) != 1) or (layer is not None and layer not in present):
        raise file.missing_part(layer or "", present=present)
    name = layer or present[0]
    with _open(file, layer=name) as shapefile:
        header = (*distinct_names([*(column.name for column in shapefile.columns), GEOMETRY]),)
    return RawTable(
        name=PurePosixPath(name).stem,
        read_rows=lambda: _rows(file, layer=name, encoding=encoding),
        header=header,
        source={"format": "shapefile", "member": name, "encoding": encoding},
    )


def read_part(file: SourceFile, *, layer: str, suffix: str, limit: int) -> bytes | None:
    """Return the first bytes of another part of a layer: .cpg names the encoding, .prj the coordinates' system."""
    wanted = str(PurePosixPath(layer).with_suffix(suffix)).lower()
    try:
        with zipfile.ZipFile(file.path) as archive:
            name = next((name for name in archive.namelist() if name.lower() == wanted), None)
            if name is None:
                return None
            with archive.open(name) as part:
                return part.read(limit)
    except Exception as error:  # of whatever kind a damaged archive meets
        raise file.refuse(form="shapefile", reason=error) from error


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    size: int


@dataclass(frozen=True)
class _Shapefile:
    reader: Any
    table: IO[bytes]
    columns: list[_Column]


def _rows(file: SourceFile, *, layer: str, encoding: str) -> Iterator[RawRow]:
    with _open(file, layer=layer) as shapefile:
        records = _records(shapefile, file=file, encoding=encoding)
        shapes = _geometries(shapefile, file=file)
        for number, (record, geometry) in enumerate(zip_longest(records, shapes, fillvalue=...), start=1):
            if record is ... or geometry is ...:
                raise file.refuse_record(number, reason=N_("it has attributes or a geometry, but not both"))
            if record is not None:
                yield RawRow(number, (*record, geometry))


def _records(shapefile: _Shapefile, *, file: SourceFile, encoding: str) -> Iterator[Any]:
    """Yield the attributes of each feature; None for a deleted one, whose geometry is still there."""
    size = 1 + sum(column.size for column in shapefile.columns)
    shapefile.table.seek(shapefile.reader.dbf_reader._dbfHdrLength)
    for number in range(1, shapefile.reader.numRecords + 1):
        row, place = shapefile.table.read(size), 1
        if len(row) < size:
            raise file.refuse_record(number, reason=N_("the file ends within it"))
        cells = []
        for column in shapefile.columns:
            try:
                cells.append(_value(row[place : place + column.size].decode(encoding), kind=column.kind))
            except (UnicodeError, LookupError) as error:
                raise file.refuse_record(number, reason=error) from error
            place += column.size
        yield None if row.startswith(_DELETED) else cells


def _value(text: str, *, kind: str) -> Any:
    """Return a cell of a dBase table as it is written; dates and yes or no as such, where they are."""
    text = text.partition("\0")[0].strip()
    if kind in "NF" and not text.strip("*"):
        return None  # asterisks: no number, or one that had no room
    if kind == "L":
        return {"": None, "?": None, **dict.fromkeys("YyTt", True), **dict.fromkeys("NnFf", False)}.get(text, text)
    if kind == "D" and len(text) == 8 and text.isdecimal():
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            return None if text == "00000000" else text
    return text or None


def _geometries(shapefile: _Shapefile, *, file: SourceFile) -> Iterator[str | None]:
    shapes = shapefile.reader.iterShapes()
    number = 0
    while True:
        number += 1
        try:
            shape = next(shapes, None)
            if shape is None:
                return
            geometry = _geometry(shape)
        except Exception as error:  # of whatever kind the parser meets in a damaged file
            raise file.refuse_record(number, reason=error) from error
        yield geometry


def _geometry(shape: Any) -> str | None:
    """Return a shape as GeoJSON, with its heights; None where there is none."""
    if not shape.points:
        return None
    heights = getattr(shape, "z", None) or ()
    if len(heights) == len(shape.points) and any(heights):
        shape.points = [(x, y, height) for (x, y, *_), height in zip(shape.points, heights, strict=True)]
    return json.dumps(shape.__geo_interface__)


@contextmanager
def _open(file: SourceFile, *, layer: str) -> Iterator[_Shapefile]:
    import shapefile

    folder = Path(tempfile.mkdtemp(prefix="datahall-shapes-", dir=find_scratch()))
    try:
        shapes, table = _unpack(file, layer=layer, folder=folder)
        with shapes.open("rb") as geometry, table.open("rb") as attributes:
            try:
                reader = shapefile.Reader(shp=geometry, dbf=attributes, encoding="latin-1")
                fields = [field for field in reader.fields if field[0] != "DeletionFlag"]
            except Exception as error:  # of whatever kind the parser meets in a damaged file
                raise file.refuse(form="shapefile", reason=error) from error
            columns = [_Column(str(name), str(kind), int(size)) for name, kind, size, *_ in fields]
            with table.open("rb") as rows:
                yield _Shapefile(reader, rows, columns)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(file: SourceFile, *, layer: str, folder: Path) -> tuple[Path, Path]:
    """Write the two parts that hold geometry and attributes into `folder`, under names of ours."""
    wanted = {str(PurePosixPath(layer).with_suffix(suffix)).lower(): folder / f"layer{suffix}" for suffix in _NEEDED}
    try:
        with zipfile.ZipFile(file.path) as archive:
            check_archive(archive, file=file)
            for name in archive.namelist():
                if target := wanted.get(name.lower()):
                    copy_member(archive, name, target, file=file)
    except DatahallError:
        raise
    except Exception as error:  # of whatever kind a damaged archive meets
        raise file.refuse(form="shapefile", reason=error) from error
    return folder / "layer.shp", folder / "layer.dbf"
