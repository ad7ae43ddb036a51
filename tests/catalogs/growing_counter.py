"""A counter of visitors whose file grows, and the dataset that follows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import datahall
import polars as pl
from datahall import store
from datahall._streams import following
from datahall.streams import Followed

from tests.catalogs.card_drafts import draft
from tests.catalogs.card_drafts import field as column

ID = "culture/counter"
MONDAY = datetime(2024, 3, 4, 12, tzinfo=UTC)
HEAD = "gate,time,visitors\n"


@dataclass
class Counter:
    """A file of a counter at two gates, that grows; and the dataset that follows it."""

    home: Path

    @property
    def file(self) -> Path:
        return self.home / "datasets/culture/counter.csv"

    def add(self, *lines: str, end: str = "\n") -> None:
        """Write lines as ``gate time visitors``, with the time of day on the Monday, or the day before it."""
        with self.file.open("a") as file:
            file.write("".join(f"{line.replace(' ', ',')}{end}" for line in lines))

    def follow(self, now: datetime = MONDAY) -> Followed:
        return following.follow(store.find_card(ID), now=now)

    def live(self) -> list[tuple[Any, ...]]:
        frame = datahall.dataset(ID).newest(1000).sort("time", "gate")
        return frame.select("gate", pl.col("time").dt.strftime("%d %H:%M"), "visitors").rows()

    def version(self) -> list[tuple[Any, ...]]:
        frame = datahall.dataset(ID).polars().collect()
        return frame.select("gate", pl.col("time").dt.strftime("%d %H:%M"), "visitors").rows()

    def counts(self) -> dict[str, int]:
        state = datahall.dataset(ID).stream
        assert state is not None
        return {name: count for name, count in (state.counts or {}).items() if count}

    def refused(self) -> list[dict[str, str]]:
        lines = (self.home / f"refused/{ID}.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def card(source: dict[str, Any] | None = None, **stream: Any) -> dict[str, Any]:
    arriving = {"path": "culture/counter.csv", "time": "time", **stream}
    if "url" in stream:
        del arriving["path"]
    return draft(
        frequency="PT1H",
        temporal=None,
        sources=[{"stream": arriving, "format": "csv", **(source or {})}],
        fields=[
            column("gate", "string"),
            column("time", "datetime", format="%Y-%m-%dT%H:%M%#z"),
            column("visitors", "integer", minimum=0),
        ],
        primary_key=["gate", "time"],
    )
