"""The data of the app that is measured: 200,000 readings, the same on every machine, with a card of their own."""

from __future__ import annotations

import hashlib
import json
import math
import random
from datetime import date, timedelta
from pathlib import Path

ROWS = 200_000
STATIONS = [f"station-{number:02}" for number in range(8)]
FIRST_DAY = date(2000, 1, 1)
DAYS = 365 * 20
NAME = "benchmark-readings"
SLUG = "benchmark"
NOTEBOOK = Path(__file__).with_name("app.ipynb")


def write_dataset(home: Path) -> str:
    """Write the readings and their card below `home`/datasets; return the dataset's id."""
    folder = home / "datasets/statistics"
    folder.mkdir(parents=True, exist_ok=True)
    content = make_csv().encode()
    (folder / f"{NAME}.csv").write_bytes(content)
    card = make_card(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    (folder / f"{NAME}.yaml").write_text(json.dumps(card, ensure_ascii=False, indent=1))  # JSON is YAML
    return f"statistics/{NAME}"


def make_manifest() -> bytes:
    """Return the app's manifest as it is submitted."""
    manifest = {
        "title": {"en": "How long does a visitor wait?", "zh": "访客要等多久？"},
        "summary": {"en": "The app of the benchmarks.", "zh": "基准测试所用的应用。"},
        "themes": ["statistics"],
        "goals": ["innovation"],
        "authors": [{"name": "Datahall contributors"}],
        "license": "BSD-3-Clause",
        "datasets": [{"id": f"statistics/{NAME}"}],
    }
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def make_csv() -> str:
    """Return the readings as CSV: a yearly wave for each station, with noise from a fixed seed."""
    chance = random.Random(20150831)
    lines = ["day,station,value"]
    for row in range(ROWS):
        day = chance.randrange(DAYS)
        station = row % len(STATIONS)
        value = 10 + station + 8 * math.sin(2 * math.pi * day / 365.25) + chance.gauss(0, 2)
        lines.append(f"{FIRST_DAY + timedelta(days=day)},{STATIONS[station]},{value:.3f}")
    return "\n".join(lines) + "\n"


def make_card(*, sha256: str, size: int) -> dict[str, object]:
    """Return the card of a file of these bytes."""
    return {
        "title": {"en": "Readings for benchmarks", "zh": "基准测试读数"},
        "description": {
            "en": "One row per reading of an invented station; made by the benchmarks from a fixed seed.",
            "zh": "每行是一个虚构站点的一次读数，由基准测试按固定种子生成。",
        },
        "theme": "statistics",
        "publisher": "statsmodels",  # the vocabulary has no word for made-up data
        "license": "CC0-1.0",
        "goals": ["innovation"],
        "access": "open",
        "frequency": "never",
        "temporal": f"{FIRST_DAY}/{FIRST_DAY + timedelta(days=DAYS - 1)}",
        "keywords": {"en": ["benchmark"], "zh": ["基准测试"]},
        "homepage": "http://127.0.0.1/",
        "synthetic": True,
        "sources": [{"path": f"statistics/{NAME}.csv", "sha256": sha256, "bytes": size, "format": "csv"}],
        "fields": [
            {"name": "day", "type": "date", "required": True, "title": {"en": "Day", "zh": "日期"}},
            {"name": "station", "type": "string", "required": True, "title": {"en": "Station", "zh": "站点"}},
            {"name": "value", "type": "number", "required": True, "title": {"en": "Value", "zh": "数值"}},
        ],
    }
