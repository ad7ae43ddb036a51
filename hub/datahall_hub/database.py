"""The databases of hub and hall: whether settings name one that this Python can speak to, and how files are kept."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Any

from datahall_hub.failures import RunError
from datahall_hub.operator_words import say


def require_driver(url: str, *, setting: str = "database_url") -> None:
    """Return where `url`, the value of `setting`, is empty or understood, without connecting.

    Raises
    ------
    RunError
        If it is no SQLAlchemy URL, or the Python package that speaks to such a database is not installed. The
        message never repeats the URL, which may hold a password.
    """
    if not url:
        return
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        parsed = make_url(url)
        parsed.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        raise RunError(
            "database-driver-missing",
            say(
                "The setting '{setting}' needs the Python package {package}, which is not installed. "
                "Install it: .venv/bin/uv pip install {package}",
                setting=setting,
                package=error.name,
            ),
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise RunError(
            "database-url-invalid",
            say(
                "The setting '{setting}' is not an SQLAlchemy URL of a known database. "
                "It looks like: postgresql+psycopg://name:password@host/database",
                setting=setting,
            ),
        ) from error


def write_ahead() -> None:
    """Have SQLAlchemy open SQLite files with a log ahead of them (https://www.sqlite.org/wal.html).

    The hub commits ten times for each server that starts, and answers nobody while it waits for the disk: so it does
    not, except now and then. Whatever falls, the file stays whole; a power cut may cost what the system had not yet
    written, half a minute at most. Who cannot bear that names a PostgreSQL database.
    """
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "connect")
    def _open(connection: Any, _record: object) -> None:
        if isinstance(connection, Connection):
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
