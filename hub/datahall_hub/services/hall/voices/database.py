"""Opens the database of voices and brings its tables to their present form; SQLite or whatever an URL names."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 5  # seconds that SQLite waits for another writer


def open_database(url: str) -> sa.Engine:
    """Return an engine for `url`, tables in their present form.

    Raises
    ------
    sqlalchemy.exc.SQLAlchemyError
        If the database cannot be reached or written.
    """
    engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    with engine.begin() as connection:
        _upgrade(connection)
    return engine


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)  # that it looked is no news

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = wal", f"busy_timeout = {PATIENCE * 1000}"):
        cursor.execute(f"pragma {pragma}")
    cursor.close()
