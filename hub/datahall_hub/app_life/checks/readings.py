"""What a text shows and loads: HTML, SVG, Markdown and plain text, each read once for all judges. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from urllib.parse import unquote_to_bytes

from markdown_it import MarkdownIt

from .addresses import TooMuch, find_host, find_hosts, find_scripted, find_styled
from .markup import Tag, Text, split_markup

Form = Literal["html", "svg", "markdown", "text", "script"]

LONGEST_MARKDOWN = 50_000  # characters: a chapter; beyond them a parser may take minutes for what was made to be slow
DEEPEST = 3  # pages within frames within pages
MOST = 1_000  # hosts, and alternative texts, that are kept of one text
# Elements that do not part the words around them.
_WITHIN_LINES_NAMES = "a abbr b bdi bdo big cite code em font i kbd mark q s samp small span strong sub sup u"
_WITHIN_LINES = frozenset(_WITHIN_LINES_NAMES.split())
_READ_OUT = ("alt", "title", "aria-label", "placeholder", "value", "content", "label", "summary")  # by people
_WRITTEN_TO = re.compile(r"\s*(?:mailto|tel|sms):", re.IGNORECASE)
_PAGE = re.compile(r"\s*data:text/html([^,]{0,100}),", re.IGNORECASE)


@dataclass
class Reading:
    """What was found in one text."""

    words: list[str] = field(default_factory=list)  # pieces of what people read, with the gaps between them
    hosts: set[str] = field(default_factory=set)  # others, from which something would be loaded
    alternatives: list[str] = field(default_factory=list)  # texts of pictures
    unnamed: int = 0  # pictures without one
    is_cut: bool = False  # there was more than what is looked through

    @property
    def text(self) -> str:
        """What people read."""
        return "".join(self.words)


def read_text(source: str, *, form: Form) -> Reading:
    """Return what is in a text."""
    reading = Reading()
    if form in ("html", "svg"):
        _read_page(source, reading, depth=0)
    elif form == "markdown":
        _read_markdown(source, reading)
    else:
        reading.words.append(source)
        if form == "script":
            _keep_hosts(reading, find_scripted(source))
    return reading


def _read_markdown(source: str, reading: Reading) -> None:
    if len(source) > LONGEST_MARKDOWN:
        reading.words.append(source)
        reading.is_cut = True
    else:
        _read_page(_parser().render(source), reading, depth=0)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _read_page(source: str, reading: Reading, *, depth: int) -> None:
    graphics: list[bool] = []  # the SVG pictures that are open, and whether each still wants a name
    is_title = False
    for part in split_markup(source):
        if isinstance(part, Text):
            _take_text(part, reading)
            if is_title and part.text.strip() and graphics and graphics[-1]:
                graphics[-1] = False
                _keep_alternative(reading, part.text)
            continue
        is_title = part.name == "title" and not part.is_end
        if part.name not in _WITHIN_LINES:
            reading.words.append("\n")
        if part.name == "svg":
            reading.unnamed += _follow_graphic(part, graphics, reading)
        if not part.is_end:
            _take_tag(part, reading, depth=depth)
    reading.unnamed += sum(graphics)


def _take_text(part: Text, reading: Reading) -> None:
    if part.within == "style":
        _take_style(part.text, reading)
        return
    reading.words.append(part.text)
    if part.within == "script":
        _keep_hosts(reading, find_scripted(part.text))


def _take_style(style: str, reading: Reading) -> None:
    try:
        _keep_hosts(reading, (host for address in find_styled(style) if (host := find_host(address)) is not None))
    except TooMuch:
        reading.is_cut = True


def _take_tag(tag: Tag, reading: Reading, *, depth: int) -> None:
    attributes = tag.attributes
    try:
        _keep_hosts(reading, find_hosts(tag))
    except TooMuch:
        reading.is_cut = True
    read = [attributes[name] for name in _READ_OUT if name in attributes]
    read += [value for name in ("href", "xlink:href") if _WRITTEN_TO.match(value := attributes.get(name, ""))]
    reading.words += [f"\n{value}\n" for value in read]
    if is_picture(tag) and not is_hidden(tag):
        if (name := find_name(tag)) is None:
            reading.unnamed += 1
        else:
            _keep_alternative(reading, name)
    for page in _find_pages(tag):
        if depth < DEEPEST:
            _read_page(page, reading, depth=depth + 1)
        else:
            reading.is_cut = True


def _follow_graphic(tag: Tag, graphics: list[bool], reading: Reading) -> int:
    """Take in the begin or the end of an SVG picture; return how many pictures have turned out to have no name."""
    if tag.is_end:
        return graphics.pop() if graphics else 0
    is_image = tag.attributes.get("role", "").strip().lower() == "img" and not is_hidden(tag)
    name = find_name(tag)
    if is_image and name is not None:
        _keep_alternative(reading, name)
    graphics.append(is_image and name is None)
    return 0


def is_picture(tag: Tag) -> bool:
    """Tell whether a tag is a picture of HTML; browsers take ``image`` for one, too."""
    if tag.name == "input":
        return tag.attributes.get("type", "").strip().lower() == "image"
    return tag.name == "img" or (tag.name == "image" and not tag.is_foreign)


def is_hidden(tag: Tag) -> bool:
    """Tell whether screen readers pass over a picture because its author says so."""
    is_decoration = tag.attributes.get("role", "").strip().lower() in ("presentation", "none")
    return is_decoration or tag.attributes.get("aria-hidden", "").strip().lower() == "true"


def find_name(tag: Tag) -> str | None:
    """Return what is read out in place of a picture, empty for a decoration; None where nothing is said of it."""
    for name in ("aria-label", "aria-labelledby", "alt", "title"):
        if name in tag.attributes and (name == "alt" or tag.attributes[name].strip()):
            return "" if name == "aria-labelledby" else tag.attributes[name]
    return None


def _find_pages(tag: Tag) -> list[str]:
    """Return the pages that stand in a tag itself."""
    pages = [tag.attributes["srcdoc"]] if "srcdoc" in tag.attributes else []
    for name in ("src", "data"):
        if found := _PAGE.match(tag.attributes.get(name, "")):
            content = unquote_to_bytes(tag.attributes[name][found.end() :])
            try:
                pages.append((base64.b64decode(content) if "base64" in found[1].lower() else content).decode())
            except (binascii.Error, UnicodeDecodeError):
                continue  # browsers show nothing of it, or no words
    return pages


def _keep_hosts(reading: Reading, hosts: Iterable[str]) -> None:
    for host in hosts:
        if len(reading.hosts) < MOST:
            reading.hosts.add(host)


def _keep_alternative(reading: Reading, text: str) -> None:
    if len(reading.alternatives) < MOST and (text := text.strip()):
        reading.alternatives.append(text)
