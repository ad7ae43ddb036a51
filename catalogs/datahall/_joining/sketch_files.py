"""The sketches of a version, in ``sketches.npz`` beside its data; older versions have none.

A few arrays of numpy without pickled objects, so that reading runs nothing. A file that cannot be read counts as none.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .sketches import Counts, Hashes, Sketch

NAME = "sketches.npz"
_LARGEST = 16 << 20  # bytes unpacked; ours stay below 3 MB
_FACTS = ("kind", "rows", "filled", "distinct", "marks", "universe", "limit", "heavy")


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
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return ()


@lru_cache(maxsize=2_000)
def _read(path: Path, _changed: int) -> tuple[Sketch, ...]:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
            return ()
    with np.load(path, allow_pickle=False) as arrays:
        facts = json.loads(arrays["facts"].tobytes())
        hashes, counts = arrays["hashes"].astype(np.uint64), arrays["counts"].astype(np.uint32)
    ends = np.cumsum([fact["kept"] for fact in facts], dtype=np.int64)
    if len(ends) and not len(hashes) == len(counts) == ends[-1]:
        raise ValueError("the arrays do not fit the facts")
    return tuple(
        _build(fact, hashes=hashes[end - fact["kept"] : end], counts=counts[end - fact["kept"] : end])
        for fact, end in zip(facts, ends, strict=True)
    )


def _build(fact: dict[str, Any], *, hashes: Hashes, counts: Counts) -> Sketch:
    numbers = {name: fact[name] for name in _FACTS if name != "marks"}
    return Sketch(columns=tuple(fact["columns"]), marks=tuple(fact["marks"]), hashes=hashes, counts=counts, **numbers)
