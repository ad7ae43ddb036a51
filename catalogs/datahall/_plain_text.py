"""What a portal's text says, without the marks of HTML and Markdown in which it may be written. Pure.

The text stays a stranger's: whoever shows it escapes it.
"""

from __future__ import annotations

import html
import re

from ._markdown_marks import take_marks_off

# By name: "p < 0.05" has no tag, and "<year>" in a text is a word to be filled in.
_LINE_TAGS = "p|br|div|h[1-6]|ul|ol|li|dl|dt|dd|tr|table|tbody|thead|blockquote|pre|hr|section|article"
_TAGS_WITHIN = "a|b|i|u|em|strong|span|font|small|sub|sup|code|img|center|abbr|cite|q|s|big|mark|del|ins|o:p"
_COMMENT = re.compile(r"<!--[^<>]{0,1000}-->")
_LINE_TAG = re.compile(rf"</?(?:{_LINE_TAGS})(?:\s[^<>]{{0,1000}})?/?>", re.IGNORECASE)
_TAG_WITHIN = re.compile(rf"</?(?:{_TAGS_WITHIN})(?:\s[^<>]{{0,1000}})?/?>", re.IGNORECASE)
_CELL_TAG = re.compile(r"</?(?:td|th)(?:\s[^<>]{0,1000})?/?>", re.IGNORECASE)
_GAPS = re.compile(r"\n{3,}")


def take_markup_off(text: str, *, in_one_line: bool = False) -> str:
    """Return what `text` says: in lines as it has them, or in one line, for which addresses of links are left out."""
    if "<" in text:
        text = _COMMENT.sub("", text)
        text = _TAG_WITHIN.sub("", _CELL_TAG.sub(" ", _LINE_TAG.sub("\n", text)))
    if "&" in text:
        text = html.unescape(text)
    text = take_marks_off(text, with_addresses=not in_one_line)
    if in_one_line:
        return " ".join(text.split())
    return _GAPS.sub("\n\n", "\n".join(map(str.rstrip, text.splitlines()))).strip("\n")
