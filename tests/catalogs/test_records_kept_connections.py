"""Connections that stay open between two questions: to the file as it is now, and in nobody's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from datahall._records import kept_connections
from datahall._records.kept_connections import reading_often
from datahall._records.record_lists import get_raw
from datahall._records.records_file import find_file
from datahall.errors import DatahallWarning, StoreFailed

from tests.catalogs.harvested_records import keep_records, record

RAIN = "harvested/portal--rain"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """No connection waits that another test has left, and none is left."""
    let_go()
    yield
    let_go()


def let_go() -> None:
    waiting = kept_connections._waiting[os.getpid()]
    while waiting:
        waiting.pop()[1].close()


def titles(*ids: str) -> list[str]:
    return [raw.content["title"]["en"] for raw in get_raw(ids or (RAIN,), file=find_file())]


def ask(*questions: str) -> None:
    with reading_often(find_file()) as connection:
        assert connection is not None
        for question in questions:
            connection.execute(question).fetchall()


def kept() -> list[object]:
    return [connection for _, connection in kept_connections._waiting[os.getpid()]]


def test_the_next_question_has_the_same_connection_and_sees_what_was_written_meanwhile(home: Path) -> None:
    keep_records(home, record())
    assert titles() == ["Rain by station and day"]
    (first,) = kept()
    keep_records(home, record(title={"en": "Rain by day"}))

    assert titles() == ["Rain by day"]
    assert kept() == [first]


def test_a_file_that_takes_the_place_of_another_is_read_and_the_other_let_go(home: Path) -> None:
    keep_records(home, record())
    titles()
    (first,) = kept()
    find_file().rename(find_file().with_suffix(".old"))
    assert titles() == []
    assert kept() == []
    keep_records(home, record(title={"en": "Rain of another hall"}))

    assert titles() == ["Rain of another hall"]
    assert first not in kept()


def test_those_who_ask_at_once_have_one_each_and_few_of_them_wait(home: Path) -> None:
    keep_records(home, record())
    file = find_file()
    with ExitStack() as asking:
        assert len({id(asking.enter_context(reading_often(file))) for _ in range(5)}) == 5
    assert len(kept()) == kept_connections._MOST


def test_a_connection_that_failed_is_not_used_again(home: Path) -> None:
    keep_records(home, record())
    with pytest.raises(StoreFailed):
        ask("SELECT nothing")
    assert kept() == []
    ask("BEGIN", "SELECT * FROM records")
    assert kept() == []  # it had a lock
    assert titles() == ["Rain by station and day"]


def test_what_is_no_longer_a_file_of_records_is_set_aside_and_read_as_nothing(home: Path) -> None:
    keep_records(home, record())
    titles()
    find_file().write_bytes(b"no database at all " * 1_000)  # the same file, so that the same connection is taken
    with pytest.warns(DatahallWarning, match="set aside as"):
        assert titles() == []
    assert kept() == []


def test_what_is_forked_has_its_own(home: Path) -> None:
    keep_records(home, record())
    titles()
    (first,) = kept()
    child = os.fork()
    if child == 0:
        is_right = False
        try:
            is_right = titles() == ["Rain by station and day"] and first not in kept() and len(kept()) == 1
        finally:
            os._exit(0 if is_right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert titles() == ["Rain by station and day"]
    assert kept() == [first]
