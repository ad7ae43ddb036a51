"""What two spellings of one name or address have in common: folded text, its core, its street and numbers.

Pure functions over strings. Traditional characters become simplified, full width becomes half width, case, blanks and
marks go; so 「臺灣鼎信（東區）」 and "台湾鼎信东区" are the same text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

PLACE_SHARE = 0.05  # a beginning that so many names share says where they are, not who
PLACE_LENGTHS = (2, 3, 4)
LONGEST = 1_000  # characters of a text that are compared; beyond that it is no name

# What says which kind of legal person a company is, longest first.
_LEGAL_FORMS = (
    "股份有限公司", "有限责任公司", "有限公司", "股份公司", "集团公司", "集团", "公司",
    "incorporated", "corporation", "company", "limited", "holdings", "holding", "gmbh", "corp", "inc", "ltd", "llc",
    "plc", "sarl", "spa", "oy", "ab", "ag", "nv", "bv", "sa", "co",
)  # fmt: skip
_CHINESE_FORMS = re.compile(f"(?:{'|'.join(f for f in _LEGAL_FORMS if not f.isascii())})+$")
_LATIN_FORMS = frozenset(f for f in _LEGAL_FORMS if f.isascii())
_PLACE_ENDINGS = "[省市区县]?"
_STREET = re.compile(r"[^\W\d_]{1,6}?(?:路|街|大道|道|巷|弄|胡同)")
_AFTER_PLACE = re.compile(r".*[省市区县镇乡]")
_NUMBER = re.compile(r"\d+")
_MARKS = re.compile(r"[\s\W_]+")


@cache
def _simplifier() -> Any:  # opencc ships no types
    from opencc import OpenCC

    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Return `text` in half width, lower case and simplified characters."""
    return str(_simplifier().convert(unicodedata.normalize("NFKC", text[:LONGEST]).lower()))


def fold(text: str) -> str:
    """Return what is left of `text` once spelling that means nothing is gone."""
    return _MARKS.sub("", simplify(text))


def find_places(names: Iterable[str], *, share: float = PLACE_SHARE) -> tuple[str, ...]:
    """Return the Chinese beginnings that many folded names share: where companies are, longest first."""
    known = [name for name in names if name and not name.isascii()]
    if len(known) < 1 / share:
        return ()
    found = []
    for length in PLACE_LENGTHS:
        counts = Counter(name[:length] for name in known if len(name) > length + 1)
        found += [start for start, count in counts.items() if count > share * len(known)]
    return tuple(sorted(found, key=lambda place: (-len(place), place)))


def find_core(text: str, *, places: Sequence[str] = ()) -> str:
    """Return an organisation's name without its legal form and its place; the whole where nothing else is left."""
    if text.isascii():
        words = re.findall(r"[a-z0-9]+", simplify(text))
        while len(words) > 1 and words[-1] in _LATIN_FORMS:
            words.pop()
        return "".join(words)
    whole = fold(text)
    core = _CHINESE_FORMS.sub("", whole)
    for place in places:
        if place in core:
            core = re.sub(re.escape(place) + _PLACE_ENDINGS, "", core, count=1)
            break
    return core or whole


def list_grams(text: str, *, size: int = 2) -> list[str]:
    """Return the different runs of `size` characters in `text`; the text itself where it is shorter."""
    return sorted({text[i : i + size] for i in range(len(text) - size + 1)}) or [text]


def find_street(address: str) -> str | None:
    """Return the street of an address, without the places that stand before it."""
    for part in re.split(r"[,;\s]+", simplify(address)):
        found = _STREET.search(_AFTER_PLACE.sub("", part) or part)
        if found:
            return found[0]
    words = [word for word in re.findall(r"[^\W\d_]+", simplify(address)) if len(word) > 2]
    return words[0] if words and address.isascii() else None


def find_numbers(address: str) -> str | None:
    """Return the numbers of an address in their order, house before room."""
    return "-".join(_NUMBER.findall(simplify(address))) or None
