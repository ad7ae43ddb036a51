"""Spellings: what stands in numbers in place of the plain signs, and what the card puts there instead.

Hard and narrow blanks between thousands, the true minus sign, full-width digits, and accountants' brackets around
what is below zero. The card says it under `replace`, so that nothing is read otherwise in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

BRACKETS = {"(": "-", ")": ""}

_BRACKETED = re.compile(r"\(\s?[^\w\s]?\s?\d[\d.,' ]*([%€$£¥]|[^\W\d_]{1,6})?\s?\)")
_ITEM = re.compile(r"\(\s?\d{1,4}\s?\)")
_FULL_WIDTH = {character: unicodedata.normalize("NFKC", character) for character in "０１２３４５６７８９．，－％"}
_SIGNS = {
    re.compile(r"^\D?−\s?\d"): {"−": "-"},
    re.compile(r"\d\u00a0\d{3}"): {"\u00a0": " "},
    re.compile(r"\d\u202f\d{3}"): {"\u202f": " "},
    re.compile(r"\d\u2009\d{3}"): {"\u2009": " "},
    re.compile(r"[０-９]"): _FULL_WIDTH,
}


def find_respelling(values: Sequence[str]) -> dict[str, str]:
    """Return what is to be replaced in `values` before they read as numbers; nothing where they are plain."""
    found: dict[str, str] = {}
    for sign, replacements in _SIGNS.items():
        if any(sign.search(value) for value in values):
            found |= replacements
    if any(map(is_bracketed, values)):
        found |= BRACKETS
    return found


def is_bracketed(value: str) -> bool:
    """Say whether `value` is a number in brackets."""
    return bool(_BRACKETED.fullmatch(value.strip()))


def are_items(values: Sequence[str]) -> bool:
    """Say whether all of `values` are as the numbers of items are, (1), (2), (3), and not as sums are, (3.00)."""
    return bool(values) and all(_ITEM.fullmatch(value.strip()) for value in values)


def count_items(values: Sequence[str]) -> bool:
    """Say whether `values` number items one after the other, so that nobody takes them for sums."""
    numbers = [int(value.strip(" ()")) for value in values] if are_items(values) else []
    return bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def respell(value: str, *, replacements: Mapping[str, str]) -> str:
    """Return `value` with plain signs."""
    for old, new in replacements.items():
        value = value.replace(old, new)
    return value
