"""Databases come to their present form also where several are opened at once; none is waited for for ever."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from datahall_hub import migrated_database
from datahall_hub.app_life import app_book
from datahall_hub.migrated_database import open_database
from datahall_hub.services.hall.voices import voice_book

TABLES = {
    app_book.MIGRATIONS: {"datahall_apps", "datahall_app_versions", "datahall_app_events", "datahall_app_comments"},
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


@pytest.mark.parametrize(("added", "longest"), [("", 8), ("?connect_timeout=3", 12)])
def test_postgresql_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, added: str, longest: float
) -> None:
    monkeypatch.setattr(migrated_database, "PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError):
            open_database(
                f"postgresql+psycopg://lin@127.0.0.1:{silent.getsockname()[1]}/hall{added}",
                migrations=app_book.MIGRATIONS,
            )
    assert time.monotonic() - began < longest
