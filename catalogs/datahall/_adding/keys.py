"""Keys: whether a column tells a table's rows apart, as far as the whole file says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import polars as pl

from ..card import CardField
from .fitting import read_values

_KEY_NAME = re.compile(
    r"(^|[_\s-])(id|code|key|uuid|guid)$|编号|編號|代码|代碼|编码|標識|标识|学号|工号|单号", re.IGNORECASE
)
_COUNTED = re.compile(r"序号|序號|^no\.?$|^nr\.?$|^#$", re.IGNORECASE)  # rows counted anew in every edition
_TYPES = ("integer", "date", "datetime")  # besides text, those of which equal values are surely equal
_MOST = 5_000_000  # rows: their hashes take 40 MB
_FEWEST = 2  # rows of which anything can be said


@dataclass
class KeyCheck:
    """Whether a column has a value in every row, and each of them once."""

    is_possible: bool
    rows: int = 0
    hashes: list[pl.Series] = field(default_factory=list)

    def check(self, text: pl.Series, *, reading: CardField | None) -> None:
        """Take in the column's part of one batch."""
        if not self.is_possible:
            return
        values = text if reading is None or reading.type not in _TYPES else read_values(text, reading=reading)
        self.rows += len(text)
        is_known = reading is None or reading.type in _TYPES
        if not is_known or values.null_count() or self.rows > _MOST or values.n_unique() < len(values):
            self.give_up()
            return
        self.hashes.append(values.hash())

    def give_up(self) -> None:
        """Note that the column is none, and forget its values."""
        self.is_possible, self.hashes = False, []

    @property
    def is_key(self) -> bool:
        """Whether all rows that were seen can be told apart by it."""
        if not self.is_possible or self.rows < _FEWEST:
            return False
        return bool(pl.concat(self.hashes).n_unique() == self.rows)


def may_be_key(name: str, *, number: int) -> bool:
    """Say whether a column is the first, or its name is that of a key, and it does not only count rows."""
    return (number == 0 or _KEY_NAME.search(name) is not None) and _COUNTED.search(name) is None
