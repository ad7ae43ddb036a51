"""What somebody meant who made typing errors: the words that were searched for instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .expansion import Sought
from .queries import LONGEST_QUERY


def propose_text(text: str, sought: Iterable[Sought]) -> str | None:
    """Return `text` with its misspelt words as they are thought to be meant; None where none is."""
    meant = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    for each in sought:
        for word, part in zip(each.words, each.parts, strict=False):
            if part.corrected is not None:
                meant = re.sub(re.escape(word), part.corrected.replace("\\", ""), meant, count=1, flags=re.IGNORECASE)
    return meant if meant != unicodedata.normalize("NFKC", text[:LONGEST_QUERY]) else None
