"""Which addresses lead to another host, and where they stand in the attributes and styles of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tinycss2  # type: ignore[import-untyped] # it ships no types

from .markup import Tag

# Browsers take these schemes for absolute without slashes, too; ones without a host, such as data:, load nothing.
_OUTSIDE = re.compile(r"(?:(?:https?|wss?|ftp):[\\/]*|[\\/]{2,})([^\\/?#]*)", re.IGNORECASE)
_DROPPED = re.compile(r"[\t\n\r]")
_AROUND = "".join(map(chr, range(0x21)))  # blanks and control characters, which browsers take off both ends
# Attributes that load something on every element that has them; the browser ignores them on others.
_LOADING = frozenset({"src", "poster", "background", "lowsrc", "dynsrc", "ping", "formaction", "manifest", "codebase"})
_LISTS = frozenset({"srcset", "imagesrcset"})
_OF_ONE = {"data": "object", "action": "form"}
_LINKS = frozenset({"a", "area"})  # which people click
_CANDIDATE = re.compile(r"[\t\n\f\r ,]*([^\t\n\f\r ]+)")  # the first part of one in a srcset
_REFRESH = re.compile(r"\burl\s{0,9}=\s{0,9}['\"]?([^'\"]{0,2000})", re.IGNORECASE)
# Scripts load what they name as a module or from where modules are handed out; other addresses in them may be links.
_SCRIPTED = re.compile(r"""['"`]((?:https?:)?//[^'"`\s<>\\]{1,500})['"`]""", re.IGNORECASE)
_MODULE = re.compile(
    r"\.(?:m?js|css|wasm)(?:$|[?#])|//(?:[\w-]{1,63}\.){0,5}(?:cdn|unpkg|jsdelivr|esm)\b", re.IGNORECASE
)
_STYLED = re.compile(r"url|src|image|import|\\", re.IGNORECASE)
_STYLE_FUNCTIONS = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"})
LONGEST_STYLE = 200_000  # characters of one style sheet


class TooMuch(Exception):
    """A text is too long to be looked through."""


def find_host(address: str) -> str | None:
    """Return the host that an address names; None where it stays on the page's own."""
    found = _OUTSIDE.match(_DROPPED.sub("", address[:2_000].strip(_AROUND)))
    return (found[1].rpartition("@")[2] or "?") if found else None


def find_hosts(tag: Tag) -> Iterator[str]:
    """Yield the other hosts from which a browser loads something for a tag."""
    for address in _find_addresses(tag):
        if (host := find_host(address)) is not None:
            yield host


def _find_addresses(tag: Tag) -> Iterator[str]:
    for name, value in tag.attributes.items():
        if name in _LOADING or _OF_ONE.get(name) == tag.name:
            yield value
        elif name in _LISTS:
            yield from split_candidates(value)
        elif name in ("href", "xlink:href"):
            if tag.name not in _LINKS:
                yield value
        elif name == "style" or (tag.is_foreign and "url" in value.lower()):
            yield from find_styled(value)
        elif name == "content" and "http-equiv" in tag.attributes:
            yield from _REFRESH.findall(value)
        elif name in ("to", "from", "by", "values") and tag.name in ("set", "animate"):
            yield from value.split(";")


def split_candidates(value: str) -> Iterator[str]:
    """Yield the addresses of a ``srcset``; one may hold commas."""
    at = 0
    while found := _CANDIDATE.match(value, at):
        yield found[1].rstrip(",")
        at = found.end()
        if not found[1].endswith(","):  # what follows is a size
            at = value.find(",", at)
            if at < 0:
                return


def find_styled(style: str) -> Iterator[str]:
    """Yield what a style sheet, or the style of one element, loads.

    Raises
    ------
    TooMuch
        If it is longer than what is looked through.
    """
    if not _STYLED.search(style):
        return
    if len(style) > LONGEST_STYLE:
        raise TooMuch
    # Parts still to be looked at, each with whether a text in it is an address.
    parts = [(iter(tinycss2.parse_component_value_list(style)), False)]
    is_imported = False
    while parts:
        nodes, holds_addresses = parts[-1]
        node = next(nodes, None)
        if node is None:
            parts.pop()
        elif node.type == "url" or (node.type == "string" and (holds_addresses or is_imported)):
            yield node.value
        elif node.type == "function":
            parts.append((iter(node.arguments), node.lower_name in _STYLE_FUNCTIONS))
        elif node.type in ("() block", "[] block", "{} block"):
            parts.append((iter(node.content), False))
        if node is not None and node.type not in ("whitespace", "comment"):
            is_imported = node.type == "at-keyword" and node.lower_value == "import"


def find_scripted(script: str) -> Iterator[str]:
    """Yield the other hosts from which a script seems to load modules."""
    for address in _SCRIPTED.findall(script):
        if _MODULE.search(address) and (host := find_host(address)) is not None:
            yield host
