"""What somebody meant who made typing errors: the words that were searched for instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .analysis import make_plain
from .expansion import Sought
from .queries import LONGEST_QUERY


def propose_text(text: str, sought: Iterable[Sought]) -> str | None:
    """Return `text` with its misspelt words as they are thought to be meant; None where none is."""
    typed = unicodedata.normalize("NFKC", make_plain(text[:LONGEST_QUERY]))
    meant = typed
    for each in sought:
        for word, part in zip(each.words, each.parts, strict=False):
            if part.corrected is not None:
                meant = _replace_word(word, part.corrected, text=meant)
    return meant if meant != typed else None


def _replace_word(word: str, better: str, *, text: str) -> str:
    whole = rf"(?<!\w){re.escape(word)}(?!\w)" if word.isascii() else re.escape(word)
    return re.sub(whole, lambda _: better, text, count=1, flags=re.IGNORECASE)
