"""Cards for tests: a whole and valid one, from which a test changes what it is about."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

CSV = b"day,visitors\n2024-01-01,5\n2024-01-02,7\n"
OTHER_CSV = b"day,visitors\n2024-01-01,5\n2024-01-02,8\n"


def draft(**changes: Any) -> dict[str, Any]:
    """Return a valid card of a small table, with `changes` to its top-level keys."""
    card: dict[str, Any] = {
        "title": {"en": "Visitors by day", "zh": "每日访客"},
        "description": {"en": "One row per day.", "zh": "每行是一天。"},
        "theme": "culture",
        "publisher": "noaa",
        "license": "CC0-1.0",
        "goals": ["services"],
        "frequency": "P1D",
        "temporal": "2024-01/2024-01",
        "keywords": {"en": ["visitors"], "zh": ["访客"]},
        "homepage": "https://example.org/",
        "sources": [{"path": "culture/visitors.csv", "format": "csv"}],
        "fields": [
            {"name": "day", "type": "date", "title": {"en": "Day", "zh": "日期"}},
            {"name": "visitors", "type": "integer", "title": {"en": "Visitors", "zh": "访客"}},
        ],
    }
    return {**card, **changes}


def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return a field called `name` in both languages."""
    return {"name": name, "type": kind, "title": {"en": name, "zh": name}, **more}


def url_source(url: str, content: bytes, **more: Any) -> dict[str, Any]:
    """Return a source that promises `content` at `url`."""
    digest = hashlib.sha256(content).hexdigest()
    return {"url": url, "sha256": digest, "bytes": len(content), "format": "csv", **more}


def save_card(home: Path, card: dict[str, Any], *, name: str = "visitors") -> Path:
    """Write `card` where cards made in a hall lie; return the file."""
    file = home / "datasets" / str(card.get("theme", "culture")) / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(card, sort_keys=False, allow_unicode=True))
    return file


def save_data(home: Path, content: bytes, *, name: str = "culture/visitors.csv") -> Path:
    """Write a data file beside the cards; return it."""
    file = home / "datasets" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
