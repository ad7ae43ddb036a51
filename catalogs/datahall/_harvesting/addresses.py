"""Addresses that a catalog names: made whole where it came from the web, and followed inside its own folder only."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urljoin, urlsplit

_WEB = ("http", "https")
_FETCHED = (*_WEB, "ftp", "s3", "gs")


def make_whole(href: str, *, base: str) -> str:
    """Return what `href` means in a document at `base`; nothing stays nothing, a file's own stay relative."""
    try:
        return urljoin(base, href) if href.strip() and urlsplit(base).scheme in _WEB else href
    except ValueError:
        return href


def find_fetchable(text: str) -> str:
    """Return the address in `text`, of the web or relative to its catalog; empty where it is none.

    What people and browsers forgive is put right: quotes around it, blanks in it, a missing http before www.
    """
    text = text.strip("'\" ")
    text = (f"http://{text}" if text.lower().startswith("www.") else text).replace(" ", "%20")
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in _FETCHED and bool(parts.hostname) and "%" not in parts.netloc
    except ValueError:
        return ""
    is_relative = not parts.scheme and not parts.netloc and "/" in text.strip("/")
    is_one_word = not any(character.isspace() for character in text)
    return text if is_one_word and (is_whole or is_relative) else ""


def find_inside(href: str, *, at: str, root: str) -> str | None:
    """Return where `href` leads, relative to the folder of the document `root`; None where that is outside of it.

    `at` is the document that names it, relative to the same folder. An address of the web is inside where it begins
    with the address of the root's folder.
    """
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        folder = root.rpartition("/")[0] + "/"
        if urlsplit(root).scheme not in _WEB or not href.startswith(folder):
            return None
        path = urlsplit(href[len(folder) :]).path
    else:
        path = posixpath.join(posixpath.dirname(at), parts.path) if not parts.path.startswith("/") else parts.path
    plain = posixpath.normpath(unquote(path))
    is_inside = bool(path) and not plain.startswith(("/", "../")) and plain not in ("..", ".")
    return plain if is_inside and "\\" not in plain and plain.isprintable() and ":" not in plain else None
