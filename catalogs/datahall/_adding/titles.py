"""Titles: what a draft calls its table, in the language that it is written in, and what its file may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._messages import N_, translate
from .units import find_title_unit

_LONGEST = 150  # characters; what is longer describes the table rather than naming it
_NO_TITLE = re.compile(  # an entry of a form, a comment, a sentence
    r"^\s*[#*]|^\s*[^\s:：]{1,20}[:：]|[.。]\s*$|^[\W\d]*$|^\s*[(（].*[)）]\s*$"
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_OTHER = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana and hangul: Japanese and Korean
_LONGEST_STEM = 60


def find_title(texts: Iterable[str]) -> dict[str, str] | None:
    """Return the first of the lines above a table that names it, in both languages; the other says it is to come."""
    flat = (" ".join(text.split()) for text in texts)
    found = next((text for text in flat if _is_title(text)), None)
    if found is None:
        return None
    own = None if _OTHER.search(found) else "zh" if _HAN.search(found) else "en"
    later = N_("{title} (to be translated)")
    return {
        language: found if language == own else translate(later, language=language, title=found)
        for language in ("en", "zh")
    }


def _is_title(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and not _NO_TITLE.search(text) and find_title_unit(text) != text


def make_stem(name: str) -> str:
    """Return what a catalog calls a file of this name: in Latin letters and digits, Chinese by its sound."""
    if _HAN.search(name):
        from pypinyin import lazy_pinyin  # a fifth of a second

        name = " ".join(lazy_pinyin(name))
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_STEM].strip("-") or "table"
