"""The hall's words in the reader's language: texts, plurals, numbers.

Texts stand in English in the code and the templates; ``locale/zh/hall.po`` holds the Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass

from datahall_hub.translations import load_translations

DOMAIN = "hall"


def N_(text: str) -> str:
    """Mark `text` for translation and return it unchanged."""
    return text


@dataclass(frozen=True)
class Words:
    """The words of one language; a template calls `text` as ``_`` and `count` as ``_n``."""

    language: str

    def text(self, message: str, **values: object) -> str:
        """Return `message` in the language, with `values` put in."""
        translated = load_translations(DOMAIN, language=self.language).gettext(message)
        return translated.format(**values) if values else translated

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """Return `one` or `many` in the language for `n` things; `n` is put in with separators."""
        return self.text(one if n == 1 else many, n=format_number(n), **values)


def format_number(value: float) -> str:
    """Return 1234567 as ``1,234,567``, as both languages write it."""
    return f"{value:,}"


def format_value(value: float) -> str:
    """Return a measured number as people write it: six digits at most, marks between thousands (years have none)."""
    if value == 0:
        return "0"
    if 10_000 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.6g}"


def format_size(n: int) -> str:
    """Return 23456 bytes as ``23 kB``, as both languages write it."""
    if n < 1_000:
        return f"{n} B"
    unit, factor = ("kB", 1e3) if n < 1_000_000 else ("MB", 1e6)
    return f"{n / factor:.0f} {unit}" if n >= 10 * factor else f"{n / factor:.1f} {unit}"
