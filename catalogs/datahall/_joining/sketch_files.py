"""The sketches of a version, in ``sketches.npz`` beside its data; older versions have none.

A few flat arrays of numpy without pickled objects, so that reading runs nothing. A file that cannot be read, or whose
arrays are not of the types, shapes and sizes that are written, counts as none.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from .sketches import MARKS, Hashes, Kind, Sketch

NAME = "sketches.npz"
_LARGEST = 16 << 20  # bytes unpacked; ours stay below 3 MB
_LONGEST_HEADER = 200  # characters of an array's description, which numpy reads as Python's literals; ours have 118
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
Count = Annotated[int, Field(ge=0, lt=1 << 63)]
Mark = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
_ARRAYS: dict[str, np.dtype[Any]] = {"facts": np.dtype("u1"), "hashes": np.dtype("<u8"), "counts": np.dtype("<u4")}
_FACTS = ("kind", "rows", "filled", "distinct", "marks", "universe", "limit", "heavy")


class _Facts(BaseModel):
    """What the file must say of one sketch: nothing is taken for granted, as a damaged file may say anything."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=True)

    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    kept: Count
    kind: Kind
    rows: Count
    filled: Count
    distinct: Count
    marks: tuple[Mark, ...]
    universe: Annotated[float, Field(gt=0)]
    limit: Annotated[int, Field(ge=0, le=1 << 64)]
    heavy: Count

    @model_validator(mode="after")
    def _fits_itself(self) -> _Facts:
        if not self.kept <= self.distinct <= self.filled <= self.rows:
            raise ValueError("the counts contradict each other")
        has_marks = self.kind in ("digits", "integer", "year") and len(self.columns) == 1
        if len(self.marks) != (MARKS + 1 if has_marks else 0) or list(self.marks) != sorted(self.marks):
            raise ValueError("the numbers are not described")
        return self


_FACTS_CHECK = TypeAdapter(list[_Facts])


def write_sketches(sketches: Sequence[Sketch], *, folder: Path) -> Path:
    """Write the sketches into the folder of a version that is being made; return the file."""
    facts = [
        {"columns": sketch.columns, "kept": len(sketch.hashes)} | {name: getattr(sketch, name) for name in _FACTS}
        for sketch in sketches
    ]
    path = folder / NAME
    np.savez_compressed(
        path,
        facts=np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8),
        hashes=np.concatenate([np.zeros(0, np.uint64), *(sketch.hashes for sketch in sketches)]),
        counts=np.concatenate([np.zeros(0, np.uint32), *(sketch.counts for sketch in sketches)]),
    )
    return path


def load_sketches(folder: Path) -> tuple[Sketch, ...]:
    """Return the sketches of the version in `folder`; none where it has none."""
    path = folder / NAME
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile):
        return ()


@lru_cache(maxsize=2_000)
def _read(path: Path, _changed: int) -> tuple[Sketch, ...]:
    if path.stat().st_size > _LARGEST:
        return ()
    with zipfile.ZipFile(path) as archive:
        raw, hashes, counts = (_read_array(archive, name=name, kind=kind) for name, kind in _ARRAYS.items())
    facts = _FACTS_CHECK.validate_json(raw.tobytes())
    if not len(hashes) == len(counts) == sum(fact.kept for fact in facts):
        raise ValueError("the arrays do not fit the facts")
    ends = np.cumsum([0, *(fact.kept for fact in facts)])
    sketches = tuple(
        Sketch(**{**fact.model_dump(exclude={"kept"}), "hashes": hashes[start:end], "counts": counts[start:end]})
        for fact, start, end in zip(facts, ends[:-1], ends[1:], strict=True)
    )
    if not all(_is_sorted(each.hashes) and each.counts.sum(dtype=np.float64) <= each.filled for each in sketches):
        raise ValueError("the hashes are not sorted, or stand in more rows than there are")
    return sketches


def _is_sorted(hashes: Hashes) -> bool:
    return bool((hashes[1:] > hashes[:-1]).all())


def _read_array(archive: zipfile.ZipFile, *, name: str, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return a flat array of the archive, for which no more room is taken than its bytes need."""
    entry = archive.getinfo(f"{name}.npy")
    if entry.file_size > _LARGEST or entry.compress_type not in _PLAIN or entry.flag_bits & 1:  # 1: encrypted
        raise ValueError("the array is too large, or packed in another way")
    with archive.open(entry) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("the array has another format")
        shape, _, found = np.lib.format.read_array_header_1_0(file, max_header_size=_LONGEST_HEADER)
        if found != kind or len(shape) != 1:
            raise ValueError("the array has another type or shape")
        array: NDArray[Any] = np.frombuffer(file.read(_LARGEST), dtype=kind)
    if len(array) != shape[0]:
        raise ValueError("the array is cut off")
    return array
