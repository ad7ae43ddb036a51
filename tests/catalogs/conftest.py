"""Every test of the catalog has its own DATAHALL_HOME, speaks English and knows no mirror unless it asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.catalogs.added_files import Write
from tests.catalogs.small_server import SmallServer, small_server

if TYPE_CHECKING:
    from tests.catalogs.practice_tables import Table

_MIRROR = os.environ.get("DATAHALL_MIRROR")  # before the fixture below takes it away


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DATAHALL_HOME of its own for each test."""
    for name in [name for name in os.environ if name.startswith("DATAHALL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATAHALL_LANGUAGE", "en")
    folder = tmp_path / "home"
    monkeypatch.setenv("DATAHALL_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _new_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test was warned of, another is warned of again, as each kernel is."""
    monkeypatch.setattr("datahall.openings._told", set())
    monkeypatch.setattr("datahall._version_warnings._given", set())
    monkeypatch.setattr("datahall._dataset._used", {})


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text or bytes to a file, and return its path."""

    def write_file(content: str | bytes, *, name: str = "table.csv", encoding: str = "utf-8") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return write_file


@pytest.fixture(scope="session")
def table() -> Table:
    """A table of the practice city, by its name."""
    from tests.catalogs.practice_tables import get_table

    return get_table


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    """A server that the library may fetch from, as from a host of an office's own network."""
    with small_server() as running:
        monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", running.netloc)
        yield running


@pytest.fixture(scope="session")
def mirror_folder() -> Path:
    """The shared mirror; without it the test is skipped, and fails where CI is set."""
    if _MIRROR and Path(_MIRROR, "index.json").is_file():
        return Path(_MIRROR)
    reason = "DATAHALL_MIRROR names no folder with an index.json"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def mirror(mirror_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared mirror, in use."""
    monkeypatch.setenv("DATAHALL_MIRROR", str(mirror_folder))
    return mirror_folder
