"""Find where a portal's catalog begins: where it was the last time, at the address itself, or where others have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._harvesting.detection import read
from .._harvesting.documents import open_document
from .._harvesting.record import Kind
from ..errors import DatahallError
from .portal_places import list_places, names_document
from .sites import Answer, FolderSite, PageGone, Site, WebSite

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True)
class Catalog:
    """Where a portal's catalog begins, and its first page where that has been opened already."""

    start: str
    kind: Kind | None
    first: Answer | None = None
    is_remembered: bool = False


def find_catalog(
    connection: sqlite3.Connection, site: Site, address: str, *, source: str, kind: Kind | None
) -> Catalog:
    """Return the catalog that `address` means: where it was the last time, else where it is found now.

    Raises
    ------
    DatahallError
    """
    if isinstance(site, FolderSite):
        return Catalog(site.start, kind)
    row = connection.execute("SELECT address, start, kind FROM sources WHERE name = ?", [source]).fetchone()
    if row is not None and row[0] == address and row[1] and kind in (None, row[2]):
        return Catalog(row[1], kind, is_remembered=True)
    return search_catalog(site, address, kind=kind)


def search_catalog(site: WebSite, address: str, *, kind: Kind | None) -> Catalog:
    """Return the catalog at `address`, else, where that is a portal's own address, where portals have theirs.

    Raises
    ------
    DatahallError
        Why there is none at `address` itself.
    """
    try:
        return _open_catalog(site, address, kind=kind)
    except DatahallError as error:
        if not (is_no_catalog(error) or _is_denied(error)) or names_document(address, is_gone=_is_gone(error)):
            raise  # a mistyped address must not become another catalog
        failure = error
    for each, place in list_places(address, kind=kind):
        try:
            return _open_catalog(site, place, kind=each, is_guess=True)
        except DatahallError:
            continue  # it was only a guess
    raise failure


def is_no_catalog(error: DatahallError) -> bool:
    """Say whether an error tells that there is no catalog, and not that it cannot be read."""
    return _is_gone(error) or error.code == "unknown-format"


def _is_gone(error: DatahallError) -> bool:
    return isinstance(error, PageGone)


def _is_denied(error: DatahallError) -> bool:
    """Say whether a server answers, but not with this page: to programs some portals open nothing but their API."""
    return error.code == "unreachable" and error.__cause__ is None


def _open_catalog(site: WebSite, address: str, *, kind: Kind | None, is_guess: bool = False) -> Catalog:
    answer = site.open_page(address, is_guess=is_guess)
    harvest = read(open_document(answer.content or b"", address=answer.address), kind=kind)
    return Catalog(address, harvest.kind, answer)
