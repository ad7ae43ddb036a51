"""Databases come to their present form also where a process opens several at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from datahall_hub.app_life import app_book
from datahall_hub.migrated_database import open_database
from datahall_hub.services.hall.voices import voice_book

TABLES = {
    app_book.MIGRATIONS: {"datahall_apps", "datahall_app_versions", "datahall_app_events", "datahall_app_checks"},
    voice_book.MIGRATIONS: {"datahall_voices", "datahall_voice_edits"},
}


@pytest.mark.parametrize("is_shared", [False, True], ids=["files of their own", "one file for both"])
def test_several_opened_at_once_have_all_their_tables(tmp_path: Path, is_shared: bool) -> None:
    found: dict[Path, set[str]] = {}
    together = threading.Barrier(len(TABLES))

    def open_one(migrations: Path, file: Path) -> None:
        together.wait()
        engine = open_database(f"sqlite:///{file}", migrations=migrations)
        found[migrations] = set(sa.inspect(engine).get_table_names())
        engine.dispose()

    for turn in range(5):
        threads = [
            threading.Thread(target=open_one, args=(each, tmp_path / f"{turn}-{0 if is_shared else number}.sqlite"))
            for number, each in enumerate(TABLES)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(tables <= found.pop(migrations) for migrations, tables in TABLES.items())
