"""Which columns of all datasets in the store share values with one column: their sketches, turned around.

Built once for the versions at hand; asking it costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from .sketch_files import load_sketches
from .sketches import Hashes, Sketch


class SharedValues:
    """All sketches of some datasets, by value."""

    def __init__(self, sketches: Sequence[tuple[str, Sketch]]) -> None:
        self._sketches = list(sketches)
        lengths = [len(sketch.hashes) for _, sketch in self._sketches]
        hashes: Hashes = np.concatenate([np.zeros(0, np.uint64), *(sketch.hashes for _, sketch in self._sketches)])
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._owners = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)[order]

    def find(self, asked: Sketch) -> list[tuple[str, Sketch]]:
        """Return every column with at least one of these values, with the id of its dataset."""
        first = np.searchsorted(self._hashes, asked.hashes, side="left")
        after = np.searchsorted(self._hashes, asked.hashes, side="right")
        runs = [self._owners[start:end] for start, end in zip(first, after, strict=True) if end > start]
        return [self._sketches[owner] for owner in np.unique(np.concatenate(runs))] if runs else []

    def of(self, dataset_id: str) -> list[Sketch]:
        """Return the sketches of one dataset."""
        return [sketch for owner, sketch in self._sketches if owner == dataset_id]


@lru_cache(maxsize=4)
def load_shared_values(versions: tuple[tuple[str, Path], ...]) -> SharedValues:
    """Return what the versions in these folders share; `versions` are ids with the folders of what is open."""
    return SharedValues([(name, sketch) for name, folder in versions for sketch in load_sketches(folder)])
