"""What a source says of a column, as plain text: without the marks of HTML and Markdown that it may have. Pure.

The text stays a stranger's: whoever shows it escapes it.
"""

from __future__ import annotations

from .._entries.entry import EntryField, choose_text
from .._plain_text import take_markup_off


def read_column(field: EntryField, *, language: str) -> tuple[str, str]:
    """Return a column's title, and what is said of it beyond that; either may be empty."""
    title, told = (
        take_markup_off(choose_text(texts, language=language), in_one_line=True)
        for texts in (field.title, field.description)
    )
    return title, told if told != title else ""


def explain_column(field: EntryField, *, language: str) -> str:
    """Return both as one text."""
    return ": ".join(filter(None, read_column(field, language=language)))
