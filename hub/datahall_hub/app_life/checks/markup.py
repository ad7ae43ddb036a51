"""Parts HTML into tags and texts as browsers do (WHATWG HTML, 13.2.5), in time that grows with its length alone.

The parsers at hand take time that grows with the square of it for some texts: html5lib for many attributes, many
nested elements or many ampersands, Python's own for comments without an end. What is read here comes from anybody.
A test holds that whatever html5lib sees in a text is seen here, too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TAG = re.compile(r"<(/?)([A-Za-z][^\t\n\f\r />]*)")
_GAP = re.compile(r"[\t\n\f\r /]*")
_NAME = re.compile(r"=?[^\t\n\f\r />=]*")
_EQUALS = re.compile(r"[\t\n\f\r ]*=[\t\n\f\r ]*")
_BARE = re.compile(r"[^\t\n\f\r >]*")
_DEEPEST = 500  # changes between HTML and others within each other; browsers stop about there, too
_COMMENT_END = re.compile(r"--!?>")
# Elements whose content is text up to their end tag, and those outside of which SVG and MathML have markup in it.
_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"})
_FOREIGN = frozenset({"svg", "math"})
_BACK_TO_HTML = frozenset({"foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"})
# Start tags that end SVG and MathML wherever they stand.
_BREAKOUT_NAMES = """b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li
listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"""
_BREAKOUT = frozenset(_BREAKOUT_NAMES.split())


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, its name and the names of its attributes in small letters."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    is_end: bool = False
    is_foreign: bool = False  # part of SVG or MathML


@dataclass(frozen=True, slots=True)
class Text:
    """Text between tags; `within` names the element whose content is no markup, such as ``style``."""

    text: str
    within: str = ""


def split_markup(source: str) -> Iterator[Tag | Text]:
    """Yield the tags and texts of HTML in their order; comments are left out."""
    at, surroundings = 0, _Surroundings()
    while at < len(source):
        opening = source.find("<", at)
        if opening < 0:
            opening = len(source)
        if opening > at:
            yield Text(html.unescape(source[at:opening]), surroundings.text_of)
        if opening == len(source):
            return
        found = _TAG.match(source, opening)
        if found is None:
            if source[opening + 1 : opening + 2] in ("!", "?", "/"):
                at = _skip_comment(source, opening)
            else:
                yield Text("<", surroundings.text_of)
                at = opening + 1
            continue
        attributes, is_closed, at = _read_attributes(source, found.end())
        if at < 0:
            return  # a tag without an end is none
        tag = surroundings.enter(found[2].lower(), attributes, is_end=bool(found[1]), is_closed=is_closed)
        yield tag
        if not tag.is_end and tag.name == "plaintext" and not tag.is_foreign:
            yield Text(source[at:])
            return
        if not tag.is_end and tag.name in _RAW and not tag.is_foreign:
            end = re.compile(rf"</{tag.name}(?=[\t\n\f\r />])", re.IGNORECASE).search(source, at)
            stop = end.start() if end else len(source)
            raw = source[at:stop]
            yield Text(html.unescape(raw) if tag.name in ("textarea", "title") else raw, tag.name)
            at = stop


def _skip_comment(source: str, at: int) -> int:
    if source.startswith("<!--", at):
        if source.startswith((">", "->"), at + 4):
            return source.index(">", at) + 1
        found = _COMMENT_END.search(source, at + 4)
        return found.end() if found else len(source)
    end = source.find(">", at)
    return end + 1 if end >= 0 else len(source)


def _read_attributes(source: str, at: int) -> tuple[dict[str, str], bool, int]:
    """Return attributes, whether the tag closes itself, and where it ends; -1 where it does not end."""
    attributes: dict[str, str] = {}
    while True:
        gap = _GAP.match(source, at)
        at = gap.end() if gap else at
        if at >= len(source):
            return {}, False, -1
        if source[at] == ">":
            return attributes, source[at - 1] == "/" and gap is not None and gap.end() > gap.start(), at + 1
        named = _NAME.match(source, at)
        assert named is not None  # it matches nothing, too
        name, value, at = named[0].lower(), "", named.end()
        if equals := _EQUALS.match(source, at):
            value, at = _read_value(source, equals.end())
            if at < 0:
                return {}, False, -1
        attributes.setdefault(name, html.unescape(value))


def _read_value(source: str, at: int) -> tuple[str, int]:
    quote = source[at : at + 1]
    if quote not in ('"', "'"):
        bare = _BARE.match(source, at)
        return (bare[0], bare.end()) if bare else ("", at)
    end = source.find(quote, at + 1)
    return (source[at + 1 : end], end + 1) if end >= 0 else ("", -1)


class _Surroundings:
    """Which of SVG, MathML and HTML the reader is in."""

    def __init__(self) -> None:
        self._open: list[str] = []  # roots of SVG and MathML, and what is HTML again within them
        self.text_of = ""  # a style or script of SVG whose content is being read

    @property
    def is_foreign(self) -> bool:
        """Whether the rules of SVG and MathML hold."""
        return bool(self._open) and self._open[-1] in _FOREIGN

    def enter(self, name: str, attributes: dict[str, str], *, is_end: bool, is_closed: bool) -> Tag:
        """Return the tag that was read, having taken it in."""
        if is_end:
            self.text_of = ""
            if name in self._open:
                while self._open.pop() != name:
                    pass
            return Tag(name, is_end=True)
        if self.is_foreign and (name in _BREAKOUT or (name == "font" and {"color", "face", "size"} & {*attributes})):
            while self.is_foreign:
                self._open.pop()
        tag = Tag(name, attributes, is_foreign=self.is_foreign or name in _FOREIGN)
        if not is_closed and len(self._open) < _DEEPEST:
            if name in _FOREIGN or (self.is_foreign and name in _BACK_TO_HTML):
                self._open.append(name)
            if tag.is_foreign and name in ("style", "script"):
                self.text_of = name
        return tag
