"""What ``version.json`` tells of a harvested version, besides its rows: where they came from and how they were read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .. import store
from .._cards import LoadedCard
from .._harvesting.record import RecordField
from .._version_writing import RECORD
from ..card import Card
from .arrival import Arrival
from .described_columns import describe_columns

KEY = "harvested"
EDITION = 1  # of how files are read; another one reads unchanged bytes anew


@dataclass(frozen=True)
class VersionNotes:
    """Where the rows of a version came from: the record of that time, the distribution, the table, the draft card."""

    known: dict[str, Any]
    url: str
    arrival: Arrival
    table: str
    other_tables: tuple[str, ...]
    other_urls: tuple[str, ...]
    tried: tuple[dict[str, str], ...]  # what could not be read before it
    card: dict[str, Any]
    findings: tuple[dict[str, Any], ...]
    personal: tuple[str, ...]
    license: str | None
    license_texts: tuple[str, ...]
    edition: int = EDITION

    def as_json(self) -> dict[str, Any]:
        """Return the part of ``version.json`` that `find` reads."""
        return {KEY: asdict(self)}

    @classmethod
    def find(cls, dataset_id: str, version: str) -> VersionNotes | None:
        """Return the notes of a version in the store; None where it has none that can be read."""
        file = store.dataset_folder(dataset_id) / version / RECORD
        try:
            status = file.stat()
            return _read(file, status.st_mtime_ns, status.st_size)
        except OSError:
            return None

    def load_card(self, dataset_id: str, version: str, *, said: Sequence[RecordField] = ()) -> LoadedCard:
        """Return the draft card as other parts want cards, with what its source says of columns; it has no file."""
        folder = store.dataset_folder(dataset_id) / version
        return LoadedCard(dataset_id, describe_columns(self._draft, said=said), folder / RECORD, folder)

    @cached_property
    def _draft(self) -> Card:
        said = self.known.get("record", {}).get("theme") or ""  # versions from before have a theme that nobody has said
        return Card.model_validate_json(json.dumps({**self.card, "theme": said}))


@lru_cache(maxsize=1_000)
def _read(file: Path, _changed: int, _size: int) -> VersionNotes | None:
    try:
        content = dict(json.loads(file.read_bytes())[KEY])
        content["arrival"] = Arrival(**content["arrival"])
        for name in ("other_tables", "other_urls", "tried", "findings", "personal", "license_texts"):
            content[name] = tuple(content[name])
        return VersionNotes(**content)
    except (ValueError, KeyError, TypeError):
        return None
