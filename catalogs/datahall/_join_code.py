"""The line of Python that joins two datasets as `joinable` proposes it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ._vocabulary import semantics
from .card import CardField


def write_join(asked: str, other: str, *, pairs: Sequence[tuple[CardField, CardField]]) -> str:
    """Return a line that joins `asked` with `other`, a lazy frame in which all rows of `asked` stay."""
    sides = [_columns([_column(pair[side], casts=pair[0].type != pair[1].type) for pair in pairs]) for side in (0, 1)]
    on = f"on={sides[0]}" if sides[0] == sides[1] else f"left_on={sides[0]}, right_on={sides[1]}"
    frames = [f"datahall.dataset({_quote(name)}).polars()" for name in (asked, other)]
    return f'{frames[0]}.join({frames[1]}, {on}, how="left")'


def write_place_join(asked: str, other: str, *, on: tuple[str, str], kind: str) -> str:
    """Return a line that joins by places which the two fields name differently."""
    frames = ", ".join(f"datahall.dataset({_quote(name)})" for name in (asked, other))
    return f"datahall.join_places({frames}, on=({_quote(on[0])}, {_quote(on[1])}), places={_quote(kind)})"


def _column(field: CardField, *, casts: bool) -> str:
    """Return how a field is named; as text with its leading zeros, where the two differ in type."""
    if not casts:
        return _quote(field.name)
    column = f"pl.col({_quote(field.name)})"
    text = column if field.type == "string" else f"{column}.cast(pl.String)"
    word = semantics().get(field.semantic or "")
    return f"{text}.str.zfill({word.width})" if word is not None and word.width else text


def _columns(columns: Sequence[str]) -> str:
    return columns[0] if len(columns) == 1 else f"[{', '.join(columns)}]"


def _quote(text: str) -> str:
    """Return a text as Python writes it, whatever signs it holds."""
    return json.dumps(text, ensure_ascii=False)
