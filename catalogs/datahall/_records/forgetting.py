"""Take a portal out of the records again, with all of its records; data that was opened stays in the store."""

from __future__ import annotations

import secrets

from ..errors import N_, DatahallError
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


def forget_source(name: str) -> int:
    """Remove a source and its records; return how many these were.

    Raises
    ------
    DatahallError
        With the code ``unknown-source``, or ``harvest-running`` while it is harvested.
    """
    count_records(name)  # an unknown name must not become that of a file
    file = find_file()
    with writing(file) as connection, harvesting_alone(file, name), writing_step(connection):
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


def _unknown(name: str, *, known: list[str]) -> DatahallError:
    return DatahallError(
        N_("No portal that was harvested is called {name}."),
        code="unknown-source",
        name=repr(name[:100]),
        hint=N_("Harvested are: {sources}."),
        sources=", ".join(known[:_LISTED]) or "–",
    )
