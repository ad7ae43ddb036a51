"""Which columns of all datasets in the store share values with one column: their sketches, turned around.

Built once for the versions at hand; asking it costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..card import Card
from .sketch_files import load_sketches
from .sketches import Hashes, Sketch

if TYPE_CHECKING:
    from .place_values import PlaceColumn


class SharedValues:
    """All sketches of some datasets, by value."""

    def __init__(self, sketches: Sequence[tuple[str, Sketch]]) -> None:
        self._sketches = list(sketches)
        self._places: dict[tuple[str, tuple[str, ...]], dict[str, PlaceColumn]] = {}
        self._of: dict[str, list[Sketch]] = {}
        for dataset_id, sketch in self._sketches:
            self._of.setdefault(dataset_id, []).append(sketch)
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

    def places_of(self, dataset_id: str, *, card: Card, kinds: tuple[str, ...]) -> dict[str, PlaceColumn]:
        """Return the columns of one dataset that name places of the lists `kinds`."""
        if (dataset_id, kinds) not in self._places:
            from .place_values import read_places

            fields = {field.name: field for field in card.fields}
            read = {
                sketch.columns[0]: read_places(sketch, field=fields[sketch.columns[0]], card=card, kinds=kinds)
                for sketch in self.of(dataset_id)
                if len(sketch.columns) == 1 and sketch.columns[0] in fields
            }
            found = {name: column for name, column in read.items() if column is not None}
            self._places[dataset_id, kinds] = found
        return self._places[dataset_id, kinds]

    def of(self, dataset_id: str) -> list[Sketch]:
        """Return the sketches of one dataset."""
        return self._of.get(dataset_id, [])


@lru_cache(maxsize=4)
def load_shared_values(versions: tuple[tuple[str, Path], ...]) -> SharedValues:
    """Return what the versions in these folders share; `versions` are ids with the folders of what is open."""
    return SharedValues([(name, sketch) for name, folder in versions for sketch in load_sketches(folder)])
