"""The databases of hub and hall: whether the settings that name one name one that this Python can speak to."""

from __future__ import annotations

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
