"""Files to add, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import datahall
import polars as pl

Write = Callable[..., Path]

STATISTICS = """2023年全省粮食产量,,
单位：万吨,,
,,
地区,产量,面积（万亩）
甲市,"1,234.5",12
乙市,987.0,—
合计,"2,221.5",12

注：数据来源于统计局,,
资料截至2023年12月,,
"""


def add_and_fetch(file: Path) -> tuple[Any, pl.DataFrame]:
    """Add a file, keep its card, fetch it; return the table and the frame that a person gets."""
    addition = datahall.add(file, save="statistics/draft")
    (table,) = addition.tables
    frame = datahall.dataset("statistics/draft").polars().collect()
    assert frame.height == table.rows
    return table, frame


def codes(table: Any) -> dict[str, int | None]:
    """Return the first line of each code that was found."""
    found: dict[str, int | None] = {}
    for finding in table.findings:
        found.setdefault(finding.code, finding.line)
    return found
