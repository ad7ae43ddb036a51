"""Opens a database of ours and brings its tables to their present form; SQLite or whatever an URL names."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PATIENCE = 5  # seconds that SQLite waits for another writer, and that we wait for PostgreSQL to take a connection
_PATIENT = ("postgresql", "postgresql+psycopg", "postgresql+psycopg2")  # which wait for ever unless they are told
_UPGRADING = threading.Lock()  # alembic knows one migration at a time in a process


def open_database(url: str, *, migrations: Path) -> sa.Engine:
    """Return an engine for `url`, tables in the form to which the folder `migrations` leads.

    Raises
    ------
    sqlalchemy.exc.SQLAlchemyError
        If the database cannot be reached or written.
    """
    address = sa.make_url(url)
    if address.drivername in _PATIENT and "connect_timeout" not in address.query:
        address = address.update_query_dict({"connect_timeout": str(PATIENCE)})
    engine = sa.create_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite", hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    upgrade_tables(engine, migrations=migrations)
    return engine


def upgrade_tables(engine: sa.Engine, *, migrations: Path) -> None:
    """Bring the tables in an open database to the form to which the folder `migrations` leads."""
    with _UPGRADING, engine.begin() as connection:
        _upgrade(connection, migrations)


def run_migrations(metadata: sa.MetaData, *, version_table: str) -> None:
    """Run what is still to run on the connection that `open_database` hands over; called by each `env.py`."""
    from alembic import context

    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        version_table=version_table,
        render_as_batch=True,  # SQLite changes a column by copying the table
    )
    with context.begin_transaction():
        context.run_migrations()


def _upgrade(connection: sa.Connection, migrations: Path) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # that it looked is no news
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(migrations).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = wal", f"busy_timeout = {PATIENCE * 1000}"):
        cursor.execute(f"pragma {pragma}")
    cursor.close()
