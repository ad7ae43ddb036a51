"""Whether title and summary speak to readers of both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datahall_hub.app_life.manifest import BilingualText

from .data_judge import MANIFEST
from .finding import Finding, Place
from .findings import make_finding
from .subject import Subject

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
LONGEST_NAME = 2  # words of a title that may be a name, the same in both languages


def judge_texts(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with the two texts that stand on the page and in lists."""
    for field, text in (("title", subject.manifest.title), ("summary", subject.manifest.summary)):
        if text.en.split() == text.zh.split():
            is_name = field == "title" and len(text.en.split()) <= LONGEST_NAME and _has_letters(text)
            yield make_finding("title-same" if is_name else "text-same", Place(file=MANIFEST, field=field))
            continue
        if not _CHINESE.search(text.zh):
            yield make_finding("text-not-chinese", Place(file=MANIFEST, field=f"{field}.zh"))
        if not _LATIN.search(text.en):
            yield make_finding("text-not-english", Place(file=MANIFEST, field=f"{field}.en"))


def _has_letters(text: BilingualText) -> bool:
    """Tell whether readers of English can read a text that is the same in both languages."""
    return _LATIN.search(text.en) is not None
