"""Descriptions of other portals are shown as text; the marks of Markdown in them are taken off, not obeyed. Pure.

Only some portals write Markdown, and none says so. A reader of it would take the stars and lines of any other text for
marks, so only those are taken off that stand as marks do, in pairs or at the beginning of a line.
"""

from __future__ import annotations

import re

# What stands between two signs is bounded, so that a text of nothing but signs takes no longer than another.
_LINES = re.compile(
    r"^[ \t]{0,3}(?:```|~~~)[^\n`]{0,80}\n?"  # a fence around code
    r"|^[ \t]{0,3}(?:[-*_=][ \t]?){3,200}(?:\n|\Z)"  # a rule, or the line below a heading
    r"|^\|?(?:[ \t]?:?-{2,80}:?[ \t]?\|){1,80}(?:[ \t]?:?-{2,80}:?)?[ \t]?(?:\n|\Z)",  # below the head of a table
    re.MULTILINE,
)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(?=\S)", re.MULTILINE)
_HEADING_END = re.compile(r"(?<=\S)[ \t]+#{1,6}[ \t]*$", re.MULTILINE)
_QUOTED = re.compile(r"^[ \t]{0,3}>[ \t]?(?=[^\W\d]|[\"“*_\[])", re.MULTILINE)  # but not: > 65 years
_ITEM = re.compile(r"^([ \t]{0,12})[*+][ \t]+(?=\S)", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\(\s?<?([^()<>\s]{1,500})>?(?:\s{1,4}\"[^\"\n]{0,200}\")?\s{0,4}\)")
_BARE_LINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,500})>")
_PAIRS = (
    ("**", re.compile(r"(?<![\d*])(?<!\d )\*\*(?=[^*\n])([^*\n]{1,300}?)\*\*(?!\s?\d|\*)")),  # many put blanks inside
    ("__", re.compile(r"(?<!\w)__(?=[^_\n])([^\n]{1,300}?)(?:(?<=\s)__(?!_)|(?<=[^\s_])__(?!\w))")),
    ("*", re.compile(r"(?<![\w*\\])\*(?=[\w\"“‘'(])([^*\n]{1,300}?)(?<=[^\s*\\])\*(?![\w*])")),
    ("_", re.compile(r"(?<![\w\\])_(?=[^\s_])([^_\n]{1,300}?)(?<=[^\s_])_(?!\w)")),
    ("`", re.compile(r"(?<!`)`([^`\n]{1,300})`(?!`)")),
)
_ANY_SIGN = re.compile(r"[*_#`~>\\<]|\]\(|--|==|^ {0,12}\+", re.MULTILINE)
_ESCAPED = re.compile(r"\\([*_#`>\[\]~|+-])")


def take_marks_off(text: str, *, with_addresses: bool = True) -> str:
    """Return `text` without the signs of headings, rules, lists, strong words, code and links.

    The address of a link stays behind its words, unless there is no room for addresses.
    """
    if not _ANY_SIGN.search(text):
        return text
    text = _QUOTED.sub("", _LINES.sub("", text))
    text = _ITEM.sub(r"\1- ", _HEADING_END.sub("", _HEADING.sub("", text)))
    if "](" in text:
        text = _LINK.sub(lambda found: _tell_link(found, with_address=with_addresses), text)
    text = _BARE_LINK.sub(r"\1", text) if "<" in text else text
    for sign, pair in _PAIRS:
        text = pair.sub(r"\1", text) if sign in text else text
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _tell_link(found: re.Match[str], *, with_address: bool) -> str:
    words, address = found[1], found[2]
    if words and (not with_address or words == address):
        return words
    return f"{words} ({address})" if words else address
