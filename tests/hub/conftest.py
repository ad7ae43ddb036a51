"""What tests of several parts of the hub share: an empty database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.hall.small_postgresql import SmallPostgresql, run_postgresql


@pytest.fixture(scope="module")
def postgresql() -> Iterator[SmallPostgresql]:
    """A PostgreSQL server for the tests of one file."""
    with run_postgresql() as server:
        yield server


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "SQLite":
        return f"sqlite:///{tmp_path}/tables.sqlite"
    server: SmallPostgresql = request.getfixturevalue("postgresql")
    return server.make_database()
