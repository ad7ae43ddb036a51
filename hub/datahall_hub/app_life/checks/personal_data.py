"""Which personal data seem to be in texts that people read. Values are counted, and never told.

The catalog's recognisers say which kinds a value has the form of. Citizen numbers and e-mail addresses are sure by
that. Bare figures often have the form of a telephone number (one in five with eleven digits) or of a bank card (one in
ten with sixteen): they count where they are written as nothing else is, or where most figures of their place have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from datahall._personal_data import find_kinds

USUAL = 0.5  # share of the long figures of a place from which bare ones are taken for what they look like
FEWEST_DIGITS = 10  # of a figure that could be either
_WORDS = re.compile(r"[^\s,;:!?\"'<>()\[\]{}|，；：！？。、“”‘’（）【】《》]{6,320}")
_GROUPS = re.compile(r"[+(]{0,2}\d(?:[ ().-]{0,2}\d){6,19}[Xx]?", re.ASCII)
_LIKELY = re.compile(r"@|\d{11}|\d{3,4}-\d{3,4}-?\d{4}|^(?:\+|00)\d", re.ASCII)
_SPACED_PHONE = re.compile(r"1\d\d \d{4} \d{4}", re.ASCII)
_SPACED_CARD = re.compile(r"\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?", re.ASCII)
_OF_PHONES = re.compile(r"phone|mobile|\btel\b|\bcell\b|\bfax\b|电话|電話|手机|手機|传真", re.IGNORECASE)


@dataclass(frozen=True)
class PersonalCounts:
    """How many different values of each kind seem to be in the texts of one place."""

    kinds: dict[str, int]
    looked: int  # values that were looked at one by one
    is_cut: bool  # there were more


@dataclass
class _Found:
    sure: dict[str, set[str]] = field(default_factory=dict)  # by kind
    bare: dict[str, set[str]] = field(default_factory=dict)
    figures: set[str] = field(default_factory=set)  # all with many digits


def count_personal_data(texts: Iterable[str], *, most: int) -> PersonalCounts:
    """Return what seems to be in the texts of one place; at most `most` different values are looked at."""
    found, looked, is_of_phones = _Found(), set[str](), False
    for text in texts:
        is_of_phones = is_of_phones or _OF_PHONES.search(text) is not None
        for value in _find_candidates(text, found=found):
            if value in looked:
                continue
            if len(looked) >= most:
                return PersonalCounts(_count(found, is_of_phones=is_of_phones), len(looked), is_cut=True)
            looked.add(value)
            _look(value, found)
    return PersonalCounts(_count(found, is_of_phones=is_of_phones), len(looked), is_cut=False)


def _find_candidates(text: str, *, found: _Found) -> Iterator[str]:
    for match in _WORDS.finditer(text):
        word = match[0].strip(".-")
        if word.isascii() and word.isdigit() and len(word) >= FEWEST_DIGITS:
            found.figures.add(word)
        if _LIKELY.search(word):
            yield word
    for match in _GROUPS.finditer(text):
        group = match[0].strip(" .-")
        if not group.isdigit() and is_written_so(group):
            yield group


def is_written_so(value: str) -> bool:
    """Tell whether a value is written in a way that figures of a table are not."""
    return value.startswith(("+", "(")) or bool(_SPACED_PHONE.fullmatch(value) or _SPACED_CARD.fullmatch(value))


def _look(value: str, found: _Found) -> None:
    for kind in find_kinds(value):
        is_bare = kind in ("phone", "bank-card") and value.isdigit()
        (found.bare if is_bare else found.sure).setdefault(kind, set()).add(value)


def _count(found: _Found, *, is_of_phones: bool) -> dict[str, int]:
    bare = set[str]().union(*found.bare.values())
    others = found.figures - bare - set[str]().union(*found.sure.values())
    is_usual = len(bare) >= USUAL * (len(bare) + len(others))
    counts = {}
    for kind in sorted(found.sure.keys() | found.bare.keys()):
        sure = found.sure.get(kind, set())
        if sure or is_usual or (kind == "phone" and is_of_phones):
            counts[kind] = len(sure | found.bare.get(kind, set()))
    return counts
