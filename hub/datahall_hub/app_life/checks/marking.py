"""Marks texts for translation, where they are declared; ``locale/zh/checks.po`` holds the Chinese."""

from __future__ import annotations


def N_(text: str) -> str:
    """Mark `text` for translation and return it unchanged."""
    return text
