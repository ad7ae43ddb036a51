"""Every test of the catalog has its own DATAHALL_HOME, speaks English and knows no mirror unless it asks."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.catalogs.added_files import Write
from tests.catalogs.card_drafts import save_card
from tests.catalogs.growing_counter import HEAD, Counter, card
from tests.catalogs.small_server import SmallServer, small_server

if TYPE_CHECKING:
    from tests.catalogs.practice_tables import Table

# Before the fixture below takes them away.
_MIRROR, _SEED = os.environ.get("DATAHALL_MIRROR"), os.environ.get("DATAHALL_SEED")
_PORTALS = os.environ.get("DATAHALL_PORTALS")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DATAHALL_HOME of its own for each test."""
    for name in [name for name in os.environ if name.startswith("DATAHALL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATAHALL_LANGUAGE", "en")
    folder = tmp_path / "home"
    monkeypatch.setenv("DATAHALL_HOME", str(folder))
    return folder


@pytest.fixture
def searched_home(home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One index for all tests that only search, none of which changes anything."""
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path_factory.getbasetemp() / "searched"))


@pytest.fixture(autouse=True)
def _new_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test was warned of, another is warned of again, as each kernel is."""
    monkeypatch.setattr("datahall.openings._told", set())
    monkeypatch.setattr("datahall._version_warnings._given", set())
    monkeypatch.setattr("datahall._used_versions._used", {})


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


@pytest.fixture(scope="session")
def portals() -> Path:
    """Files of other portals; without them the test is skipped, and fails where CI is set."""
    if _PORTALS and Path(_PORTALS, "index.json").is_file():
        return Path(_PORTALS)
    reason = "DATAHALL_PORTALS names no folder with an index.json"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def seed(capsys: pytest.CaptureFixture[str]) -> int:
    """The seed of the moments, printed; DATAHALL_SEED repeats one."""
    chosen = int(_SEED or random.randrange(1 << 32))
    with capsys.disabled():
        print(f"\nmoments of killing drawn from DATAHALL_SEED={chosen}")
    return chosen


@pytest.fixture
def counter(home: Path) -> Counter:
    """A counter that has written one line on the Monday, and one the day before."""
    save_card(home, card(), name="counter")
    made = Counter(home)
    made.file.write_text(HEAD)
    made.add("east 2024-03-03T10:00Z 5", "east 2024-03-04T10:00Z 7")
    return made
