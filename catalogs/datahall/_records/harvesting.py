"""Harvest a portal or a file into the store: what is there is found, read page by page, and the outcome kept."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._addresses import is_in_own_network
from .._entries.entry import choose_text
from .._harvesting.detection import NAMES
from .._harvesting.record import Kind
from .._messages import LANGUAGES, chosen_language
from ..errors import N_, DatahallError
from .catalog_search import Catalog, find_catalog, is_no_catalog, search_catalog
from .ckan_changes import read_changes
from .harvest_run import HarvestRun, note_failure
from .limits import Limits
from .records_file import ensure_folder, find_file, writing, writing_step
from .site_titles import ask_site_title
from .sites import FolderSite, Site, WebSite
from .source_names import choose_name
from .source_titles import load_titles
from .walking import ELSEWHERE, Progress, Remark, Walk, walk_portal

if TYPE_CHECKING:
    import sqlite3

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class Harvested:
    """What a harvest brought."""

    name: str
    address: str
    kind: str
    result: dict[str, Any]
    start: str = ""  # where its catalog was found, where that is not the address itself

    @property
    def title(self) -> str:
        """What the portal calls itself, in the terminal's language where it tells that; empty where it does not."""
        return choose_text(load_titles().get(self.name, {}), language=chosen_language())


def harvest(
    place: str,
    *,
    kind: str | None = None,
    name: str | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    is_expected: bool = False,
) -> Harvested:
    """Read the portal at `place`, an http(s) address or a file, into the store.

    Parameters
    ----------
    place : str
        The address of a catalog or of a portal, or a path.
    kind : str, optional
        One of `NAMES`; told from the content where it is not given.
    name : str, optional
        What the portal is called in the ids of its records; where it is not given, as before, or made of its host, or
        of the title or publisher of the catalog in a file, else of the file's name.
    limits : Limits, optional
        How much is read at most.
    is_expected : bool, optional
        The failure of a portal that was never read is kept, too: somebody has set it up, and looks for it.
    progress : callable, optional
        Called after each page with the pages and records so far, and how many the portal says that it has.

    Raises
    ------
    DatahallError
        With the code ``unknown-format`` where there is no catalog. What was read before a failure is kept, and the
        next harvest goes on there.
    """
    is_web = _is_web(place)
    if not is_web:
        _refuse_folder(place)
    address = place if is_web else str(Path(place).absolute())
    bounds = limits or Limits()
    # A portal of the office's own network may lead within it; one of the wide world must not lead us into it.
    site: Site = WebSite(bounds, trusts=is_in_own_network(place)) if is_web else FolderSite(Path(place))
    file = find_file()
    with writing(file) as connection:
        source = choose_name(connection, site, address, given=name, kind=kind)
        with harvesting_alone(file, source):
            try:
                wanted = check_kind(kind)
                return _harvest(connection, site, address, source=source, kind=wanted, limits=bounds, progress=progress)
            except DatahallError as error:
                _note_failure(connection, source, error, address=address, is_expected=is_expected)
                raise


def _is_web(place: str) -> bool:
    """Say whether `place` is an address and no file; an address that nothing can be fetched from is refused.

    Raises
    ------
    DatahallError
        With the code ``refused-address``.
    """
    if not _ADDRESS.match(place):
        return False
    try:
        parts = urlsplit(place)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise DatahallError(
            N_("{address} is no address that a portal can be harvested from."),
            code="refused-address",
            address=place[:500],
            hint=N_("Name a file with a catalog, or a portal's address that begins with http:// or https://."),
        )
    return True


def _refuse_folder(place: str) -> None:
    """Refuse a folder before it is taken for a file that is not there."""
    if Path(place).is_dir():
        raise DatahallError(
            N_("{path} is a folder, and no catalog."),
            code="no-file",
            path=place,
            hint=N_("Name the file of the catalog in it, such as data.json, or a portal's address, https://…"),
        )


def check_kind(kind: str | None) -> Kind | None:
    """Return the kind that a person means.

    Raises
    ------
    DatahallError
        With the code ``unknown-kind``.
    """
    if kind is None:
        return None
    if kind.lower() not in NAMES:
        raise DatahallError(
            N_("There is no kind of portal {kind}."),
            code="unknown-kind",
            kind=kind,
            hint=N_("Known are: {kinds}."),
            kinds=", ".join(NAMES),
        )
    return NAMES[kind.lower()]


def _harvest(
    connection: sqlite3.Connection,
    site: Site,
    address: str,
    *,
    source: str,
    kind: Kind | None,
    limits: Limits,
    progress: Progress | None,
) -> Harvested:
    catalog = find_catalog(connection, site, address, source=source, kind=kind)
    try:
        return _read(connection, site, catalog, address, source=source, limits=limits, progress=progress)
    except DatahallError as error:
        if not (catalog.is_remembered and isinstance(site, WebSite) and is_no_catalog(error)):
            raise
    catalog = search_catalog(site, address, kind=kind)  # it may have moved
    return _read(connection, site, catalog, address, source=source, limits=limits, progress=progress)


def _read(
    connection: sqlite3.Connection,
    site: Site,
    catalog: Catalog,
    address: str,
    *,
    source: str,
    limits: Limits,
    progress: Progress | None,
) -> Harvested:
    """Read what has changed where the portal tells that and it is enough, else all of it."""
    run = HarvestRun(connection, name=source, address=address, start=catalog.start, limits=limits)
    walk = None
    if not (isinstance(site, WebSite) and catalog.is_remembered and read_changes(run, site, start=catalog.start)):
        walk = walk_portal(
            run, site, start=catalog.start, kind=catalog.kind, limits=limits, first=catalog.first, progress=progress
        )
    kind = "ckan" if walk is None else walk.kind or ""
    if isinstance(site, WebSite) and kind == "ckan":
        run.keep_titles(ask_site_title(site, start=catalog.start))
    elsewhere = catalog.start if isinstance(site, WebSite) and catalog.start != address else ""
    return Harvested(source, address, kind, _end(run, walk, site, kind=kind, start=catalog.start), elsewhere)


def _end(run: HarvestRun, walk: Walk | None, site: Site, *, kind: str, start: str) -> dict[str, Any]:
    """Finish a run, or stop it where the walk through its pages came to no end; no walk: only changes were read."""
    if walk is None:
        return run.finish(kind=kind, is_walked=False)
    if isinstance(site, FolderSite) and walk.total is not None and walk.total > walk.records + walk.rejected:
        walk.remarks.append(Remark(start, ELSEWHERE, str(walk.total)))
    end = run.finish if walk.is_whole else run.stop
    return end(kind=kind, remarks=[list(remark) for remark in walk.remarks])


def _note_failure(
    connection: sqlite3.Connection, source: str, error: DatahallError, *, address: str, is_expected: bool
) -> None:
    """Keep why the harvest of a source failed; of one that nothing was ever read from only where it is expected."""
    texts = {language: error.as_json(language)["error"] for language in LANGUAGES}
    failure = {"code": error.code} | {language: each["message"] for language, each in texts.items()}
    if error.code == "records-held":
        return  # who keeps the file keeps this out, too
    with writing_step(connection):
        note_failure(connection, name=source, address=address, failure=failure, is_expected=is_expected)


@contextmanager
def harvesting_alone(file: Path, source: str) -> Iterator[None]:
    """Keep two harvests of one source apart; the lock goes with the process that holds it."""
    folder = file.parent / "harvesting"
    ensure_folder(folder)
    with (folder / f"{source}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatahallError(
                N_("{source} is being harvested already."),
                code="harvest-running",
                source=source,
                hint=N_("Wait until that is done."),
            ) from None
        yield
