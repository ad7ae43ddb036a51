"""Descriptions of other portals are shown as text; the marks of Markdown in them are taken off, not obeyed. Pure."""

from __future__ import annotations

import re

_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(?=\S)", re.MULTILINE)
# Words between two pairs of signs; bounded, so that a text of nothing but signs takes no longer than another.
_STRONG = re.compile(
    r"(?<![\w*])\*\*(?=\S)([^*\n]{1,300}?)(?<=\S)\*\*(?![\w*])|(?<!\w)__(?=\S)([^_\n]{1,300}?)(?<=\S)__(?!\w)"
)
_LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\(([^()\s]{1,500})\)")


def take_marks_off(text: str) -> str:
    """Return `text` without the signs of headings, strong words and links; an address stays behind its words."""
    text = _HEADING.sub("", text)
    text = _STRONG.sub(lambda found: found[1] or found[2], text)
    return _LINK.sub(lambda found: found[1] if found[1] == found[2] else f"{found[1]} ({found[2]})", text)
