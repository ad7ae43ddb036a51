"""Cards and reports for the tests of quality."""

from __future__ import annotations

from datetime import date
from typing import Any

import datahall
import polars as pl
from datahall._quality.measuring import measure_rows
from datahall.card import Card

from tests.catalogs.card_drafts import draft, field

ID = "culture/visitors"


TODAY = date(2024, 2, 1)


def card_of(*fields: dict[str, Any], **changes: Any) -> Card:
    return Card.model_validate(draft(fields=list(fields), **changes))


def measured(frame: pl.DataFrame, card: Card, **more: Any) -> dict[str, Any]:
    return {measure.id: measure for measure in measure_rows(frame.lazy(), card=card, **more).measures}


NAME, AGE = field("name", "string"), field("age", "integer", minimum=0, maximum=120)


def item_record(item: datahall.Dataset) -> dict[str, Any]:
    return dict(item.record()["quality"])
