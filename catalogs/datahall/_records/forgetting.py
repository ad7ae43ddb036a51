"""Take a portal out of the records again, with all of its records and the data of those that were opened.

The records go first: without one, no data is handed out, so that a removal that breaks off leaves nothing public.
"""

from __future__ import annotations

import glob
import secrets
import sqlite3
from dataclasses import dataclass

from .. import store
from .._locations import find_locations
from ..errors import N_, DatahallError
from ..openings import forget_openings
from .harvesting import harvesting_alone
from .record_store import RecordStore
from .records_file import find_file, writing, writing_step
from .source_titles import forget_titles

_LISTED = 50  # sources that an error names

# Of the source with the number that is given to each.
_DELETIONS = (
    "DELETE FROM originals WHERE record IN (SELECT number FROM records WHERE source = ?)",
    "DELETE FROM cards WHERE record IN (SELECT number FROM records WHERE source = ?)",
    "DELETE FROM records WHERE source = ?",
    "DELETE FROM pages WHERE source = ?",
    "DELETE FROM sources WHERE number = ?",
)


def count_records(name: str) -> int:
    """Return how many records would go with a source, those that it no longer has among them.

    Raises
    ------
    DatahallError
        With the code ``unknown-source``.
    """
    sources = {source.name: source for source in RecordStore().sources()}
    if name not in sources:
        raise _unknown(name, known=sorted(sources))
    return sources[name].records + sources[name].missing


def list_opened(name: str) -> list[str]:
    """Return the ids of a source's datasets whose data lies in the store, also of those without a record by now."""
    folders = sorted((find_locations().store / "harvested").glob(f"{glob.escape(name)}--*"))  # no name has two hyphens
    return [f"harvested/{folder.name}" for folder in folders if _has_data(f"harvested/{folder.name}")]


def _has_data(dataset_id: str) -> bool:
    return any(each.name != ".lock" for each in store.dataset_folder(dataset_id).iterdir())  # of earlier versions


@dataclass(frozen=True)
class Forgotten:
    """What was removed with a source: its records, and the datasets of which data lay in the store."""

    records: int
    datasets: int


def forget_source(name: str) -> Forgotten:
    """Remove a source, its records, and their data in the store; return how many these were.

    Raises
    ------
    DatahallError
        With the code ``unknown-source``, or ``harvest-running`` while it is harvested.
    StoreFailed
        The system refuses. What could not be removed is handed out no longer.
    """
    count_records(name)  # an unknown name must not become that of a file
    file = find_file()
    with writing(file) as connection, harvesting_alone(file, name):
        records = _delete_records(connection, name)
        opened = list_opened(name)
        for dataset_id in opened:
            _remove_data(dataset_id)
    return Forgotten(records, len(opened))


def _delete_records(connection: sqlite3.Connection, name: str) -> int:
    with writing_step(connection):
        row = connection.execute("SELECT number FROM sources WHERE name = ?", [name]).fetchone()
        question = "SELECT count(*) FROM records WHERE source = ?"
        count = int(connection.execute(question, row or [0]).fetchone()[0])
        if row:
            forget_titles(connection, source=row[0])
        for statement in _DELETIONS if row else ():
            connection.execute(statement, row)
        # Changes are counted from the highest that is left: who has followed them, like the index, begins anew.
        connection.execute("UPDATE facts SET value = ? WHERE name = 'identity'", [secrets.token_hex(8)])
    return count


def _remove_data(dataset_id: str) -> None:
    """Remove all versions of a dataset, though apps may name them: nobody may hand them out any more."""
    for version in store.list_versions(dataset_id):
        forget_openings(dataset_id, version)
    store.remove_dataset(dataset_id, is_wanted=lambda: False)


def _unknown(name: str, *, known: list[str]) -> DatahallError:
    return DatahallError(
        N_("No portal that was harvested is called {name}."),
        code="unknown-source",
        name=repr(name[:100]),
        hint=N_("Harvested are: {sources}."),
        sources=", ".join(known[:_LISTED]) or "–",
    )
