"""Files to add, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import yaml
from datahall._locations import find_home

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


def accept_draft(dataset_id: str) -> None:
    """Take the mark of a draft out of a card, as publishing does, so that the data can be read without its words."""
    card = find_home() / "datasets" / f"{dataset_id}.yaml"
    card.write_text(card.read_text().replace("draft: true\n", "", 1))


def complete_draft(dataset_id: str) -> Path:
    """Fill in what only a person knows; return the card."""
    card = find_home() / "datasets" / f"{dataset_id}.yaml"
    values = yaml.safe_load(card.read_text())
    values |= {"title": {"en": "Rows", "zh": "各行"}, "description": {"en": "One row per row.", "zh": "每行是一行。"}}
    values |= {"publisher": "noaa", "license": "CC-BY-4.0", "homepage": "https://example.org/"}
    values |= {"keywords": {"en": ["rows"], "zh": ["行"]}}
    card.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False))
    return card


def add_and_fetch(file: Path) -> tuple[Any, pl.DataFrame]:
    """Add a file, keep its card, fetch it; return the table and the frame that a person gets."""
    addition = datahall.add(file, save="statistics/draft")
    accept_draft("statistics/draft")
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
