"""A program that keeps the lock of a reader stops harvests, with its name, and nobody who reads."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from datahall._records import reading_locks
from datahall._records.harvesting import harvest
from datahall._records.record_store import RecordStore
from datahall._records.records_file import find_file
from datahall.errors import StoreFailed

from tests.catalogs.harvested_records import keep_records, record
from tests.catalogs.portal_answers import data_json

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="which process has a lock is asked as Linux has it")
BY_SQLITE = """
import sqlite3, sys, time
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT * FROM records").fetchone()
"""
BY_HAND = """
import fcntl, os, sys, time
descriptor = os.open(sys.argv[1], os.O_RDONLY)
fcntl.lockf(descriptor, fcntl.LOCK_SH, 510, 0x40000000 + 2)
"""
BY_DESCRIPTOR = """
import fcntl, os, struct, sys, time
descriptor = os.open(sys.argv[1], os.O_RDONLY)
fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0x40000000 + 2, 510, 0))
"""
READER = """
import os, sys, time
os.environ["DATAHALL_HOME"] = sys.argv[1]
from datahall._records.record_store import RecordStore
while True:
    begun = time.monotonic()
    RecordStore().count()
    print(time.monotonic() - begun, flush=True)
    time.sleep(0.02)
"""


@contextmanager
def holding(program: str, *, seconds: float = 60.0) -> Iterator[subprocess.Popen[str]]:
    """A program that reads and does not stop."""
    wait = f"print(flush=True)\ntime.sleep({seconds})\n"
    command = [sys.executable, "-c", program + wait, str(find_file())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.parametrize("program", [BY_SQLITE, BY_HAND, BY_DESCRIPTOR], ids=["SQLite", "by hand", "by descriptor"])
def test_who_keeps_a_reading_lock_stops_harvests_but_no_readers(
    home: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    keep_records(home, record())
    monkeypatch.setattr(reading_locks, "PATIENCE", 1.0)
    monkeypatch.setattr(reading_locks, "MOMENT", 0.3)
    with holding(program) as holder:
        reader = subprocess.Popen([sys.executable, "-c", READER, str(home)], stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        with pytest.raises(StoreFailed) as caught:
            keep_records(home, record(), record(id="snow", name="snow"))
        reader.terminate()
        told, _ = reader.communicate(timeout=10)
    assert caught.value.code == "records-held"
    named = "process ?" if program == BY_DESCRIPTOR else f"process {holder.pid} "
    assert named in caught.value.message("en")
    times = [float(each) for each in told.split()]
    assert len(times) > 20
    assert max(times) < 0.8  # not while the writer was patient
    keep_records(home, record(), record(id="snow", name="snow"))
    assert RecordStore().count() == 2


TAKING_TURNS = """
while True:
    if connection.in_transaction:
        connection.execute("COMMIT")
    time.sleep(0.01)
    connection.execute("BEGIN")
    connection.execute("SELECT * FROM records").fetchone()
    time.sleep(0.3)
"""
HARVEST = "import sys; from datahall import cli; sys.exit(cli.run(sys.argv[1:]))"


def test_readers_who_take_turns_make_no_harvest_wait_long_nor_fail(home: Path, tmp_path: Path) -> None:
    """It took a minute, and of two at once one failed since the file was locked."""
    keep_records(home, record())
    (tmp_path / "data.json").write_bytes(data_json("snow"))
    program = BY_SQLITE.replace("isolation_level=None", "isolation_level=None, timeout=60") + TAKING_TURNS
    with ExitStack() as readers:
        for _ in range(3):
            reader = readers.enter_context(subprocess.Popen([sys.executable, "-c", program, str(find_file())]))
            readers.callback(reader.kill)
            time.sleep(0.1)
        time.sleep(0.3)
        begun = time.monotonic()
        command = [sys.executable, "-c", HARVEST, "harvest", str(tmp_path / "data.json"), "--name"]
        harvests = [subprocess.Popen([*command, name], stdout=subprocess.DEVNULL) for name in ("one", "two")]
        assert [each.wait(60) for each in harvests] == [0, 0]
        assert time.monotonic() - begun < 15
        assert reader.poll() is None
    assert RecordStore().count() == 3


def test_a_harvest_that_is_kept_out_fails_with_the_name_of_who_keeps_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_records(home, record())
    (tmp_path / "data.json").write_bytes(data_json("snow"))
    monkeypatch.setattr(reading_locks, "PATIENCE", 0.5)
    monkeypatch.setattr(reading_locks, "MOMENT", 0.2)
    with holding(BY_SQLITE) as holder, pytest.raises(StoreFailed) as caught:
        harvest(str(tmp_path / "data.json"))
    assert caught.value.code == "records-held"
    assert f"process {holder.pid} " in caught.value.message("en")


def test_a_writer_waits_for_readers_who_leave(home: Path) -> None:
    keep_records(home, record())
    with holding(BY_SQLITE, seconds=0.7):
        keep_records(home, record(id="snow", name="snow"))
    assert RecordStore().get("harvested/portal--snow") is not None
