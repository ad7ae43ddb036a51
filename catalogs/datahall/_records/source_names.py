"""What a source is called in ids: as somebody says, as before, by its host, or as a file's catalog calls itself."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from .._harvesting.detection import NAMES, read
from .._harvesting.documents import open_document
from .._harvesting.portal_titles import tidy_titles
from .._harvesting.record import Harvest
from .._harvesting.words import fold
from ..errors import N_, DatahallError
from .portal_places import RESERVED, digits_of, name_source
from .sites import FolderSite, Site
from .source_titles import OWN

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_GIVEN = 80
_LONGEST_MADE = 60
_PREFERRED = ("en", "und")  # languages of titles, before all others


def choose_name(
    connection: sqlite3.Connection, site: Site, address: str, *, given: str | None, kind: str | None
) -> str:
    """Return what the source is called, which is no name of another source unless that is `given`.

    Raises
    ------
    DatahallError
        With the code ``invalid-name``.
    """
    if given is not None:
        _check_name(given)
        return given
    known = connection.execute("SELECT name FROM sources WHERE address = ?", [address]).fetchone()
    if known is not None and known[0] not in RESERVED:
        return str(known[0])
    name = (_name_by_content(site, kind=kind) if isinstance(site, FolderSite) else "") or name_source(address)
    is_taken = connection.execute("SELECT 1 FROM sources WHERE name = ?", [name]).fetchone() is not None
    return f"{name}-{digits_of(address)}" if is_taken else name


def name_catalog(harvest: Harvest) -> str:
    """Return a name made of the title that a catalog has, else of the one publisher of all that it describes.

    Empty where neither has letters that ids are made of.
    """
    names = filter(None, map(_make_name, (*_list_titles(harvest.titles), *_list_publishers(harvest))))
    return next((name for name in names if name not in (*RESERVED, _make_name(OWN))), "")


def _name_by_content(site: FolderSite, *, kind: str | None) -> str:
    try:
        answer = site.open_page(site.start)
        document = open_document(answer.content or b"", address=answer.address)
        return name_catalog(read(document, kind=NAMES.get((kind or "").lower())))
    except DatahallError:
        return ""  # the harvest itself tells why it cannot be read


def _list_titles(titles: dict[str, str]) -> Iterator[str]:
    """Yield the titles: of English and of no language first, since ids are of Latin letters."""
    yield from (titles[tag] for tag in _PREFERRED if tag in titles)
    yield from (text for tag, text in titles.items() if tag not in _PREFERRED)


def _list_publishers(harvest: Harvest) -> Iterator[str]:
    """Yield the names of the one publisher; nothing where there are several, or somebody has none."""
    published = [tidy_titles(record.publisher.items()) for record in harvest.records]
    if published and all(each == published[0] for each in published):
        yield from _list_titles(published[0])


def _make_name(text: str) -> str:
    """Return a text as a name, cut between words; empty where that leaves out letters that are none of ids."""
    plain = fold(text)
    if any(sign.isalnum() and not sign.isascii() for sign in plain):
        return ""
    name = "-".join(plain.split())
    return name if len(name) <= _LONGEST_MADE else name[:_LONGEST_MADE].rpartition("-")[0]


def _check_name(given: str) -> None:
    if not _NAME.fullmatch(given) or len(given) > _LONGEST_GIVEN:
        raise DatahallError(
            N_("A source cannot be called {name}."),
            code="invalid-name",
            name=given[:100],
            hint=N_("Small letters, digits and single hyphens between them, at most {limit}."),
            limit=_LONGEST_GIVEN,
        )
    if given in RESERVED:
        raise DatahallError(
            N_("A source cannot be called {name}."),
            code="invalid-name",
            name=given,
            hint=N_("That word has a meaning of its own among the filters. Choose another name."),
        )
