"""Which columns name places of a list, as far as their sketches tell: for joins that fold names, codes and years.

Every code and name of every place is hashed as values are, so that the hashes of a sketch say which places stand in a
column and in how many rows, whatever they are called there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .._places.gazetteer import Gazetteer
from .._places.lists import LISTS, MEANINGS
from ..card import Card, CardField
from .sketches import Hashes, Sketch, hash_texts

FEWEST_PLACES = 5
_RECOGNISED = 0.5  # of the rows of a column whose card does not say what it names
_CODES = 36**3  # texts of two or three letters are codes of many lists
_WORDS = (
    "country", "nation", "state", "province", "city", "county", "district", "region", "area", "place", "territory",
    "economy", "国", "省", "市", "县", "区", "州", "地名",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class PlaceColumn:
    """A column of places: of which list, in how many rows each stands, and which share of the rows was recognised."""

    kind: str
    rows: Mapping[str, int]
    recognised: float


def read_places(sketch: Sketch, *, field: CardField, card: Card, kinds: Iterable[str]) -> PlaceColumn | None:
    """Return the places of a column, by one of `kinds`; None where it names none, or more than its sketch holds."""
    said = MEANINGS.get(field.semantic or "")
    if not sketch.is_whole:
        return None
    candidates = [said] if said else _list_kinds(sketch, field=field, card=card)
    columns = [column for kind in kinds if kind in candidates and (column := _read(sketch, kind=kind))]
    best = max(columns, key=lambda column: column.recognised, default=None)
    if best is None or len(best.rows) < FEWEST_PLACES or (not said and best.recognised < _RECOGNISED):
        return None
    return best


def _list_kinds(sketch: Sketch, *, field: CardField, card: Card) -> list[str]:
    """Return the lists that a column without a declared meaning may be of; numbers name anything, and so do codes."""
    words = f"{field.name} {field.title.en} {field.title.zh}".lower()
    if field.semantic or sketch.kind != "text" or sketch.universe <= _CODES or not any(w in words for w in _WORDS):
        return []
    is_about_china = any(place.startswith("CN") for place in card.spatial)
    return ["country", "us-state", *(["china"] if is_about_china else [])]


def _read(sketch: Sketch, *, kind: str) -> PlaceColumn | None:
    hashes, owners, names = _hashed_list(kind)
    at = np.searchsorted(hashes, sketch.hashes)
    at[at == len(hashes)] = 0
    found = hashes[at] == sketch.hashes
    rows: dict[str, int] = {}
    for owner, count in zip(owners[at[found]], sketch.counts[found], strict=True):
        rows[names[owner]] = rows.get(names[owner], 0) + int(count)
    return PlaceColumn(kind, rows, sum(rows.values()) / sketch.filled) if rows else None


@lru_cache(maxsize=4)
def _hashed_list(kind: str) -> tuple[Hashes, np.ndarray[tuple[int], np.dtype[np.int64]], list[str]]:
    """Return the sorted hashes of all that a list's places are called, whose each is, and what those became since."""
    gazetteer = LISTS[kind]()
    forms = _forms(gazetteer)
    names = sorted(set(forms.values()))
    numbers = {name: number for number, name in enumerate(names)}
    hashes = hash_texts(text.encode() for text in forms)
    owners = np.array([numbers[name] for name in forms.values()], dtype=np.int64)
    order = np.argsort(hashes)
    return hashes[order], owners[order], names


def _forms(gazetteer: Gazetteer) -> dict[str, str]:
    """Return each text that names one place only, with what it became."""
    owners: dict[str, set[str]] = {}
    for text, place in gazetteer.texts:
        for form in (text, text.upper()):
            owners.setdefault(form, set()).add(gazetteer.follow(place)[0])
    return {form: next(iter(places)) for form, places in owners.items() if len(places) == 1}


def share_of_places(asked: PlaceColumn, other: PlaceColumn) -> tuple[float, float, int]:
    """Return which share of the rows of `asked` has its place in `other`, the most it can be, and how many places."""
    common = asked.rows.keys() & other.rows.keys()
    share = asked.recognised * sum(asked.rows[place] for place in common) / max(1, sum(asked.rows.values()))
    return share, min(1.0, share + 1 - asked.recognised), len(common)
