"""What visitors tell the hall is kept with all that stewards did to it: on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from datahall_hub.migrated_database import open_database
from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.voices.tables import VERSION_TABLE, metadata
from datahall_hub.services.hall.voices.voice import Answer, Voice
from datahall_hub.services.hall.voices.voice_book import MIGRATIONS, OutdatedAnswer, VoiceBook

from tests.hub.hall.voice_forms import REPORT, REQUEST


@pytest.fixture
def book(database_url: str) -> Iterator[VoiceBook]:
    made = VoiceBook(database_url)
    yield made
    made.close()


def read(book: VoiceBook, number: int) -> Voice:
    voice = book.find(number)
    assert voice is not None
    return voice


def test_an_answer_is_noted_with_who_gave_it_but_not_with_the_visitors_words(book: VoiceBook) -> None:
    number, _ = book.add(REQUEST)
    book.answer(number, Answer("planned", answer_en="Next year.", shown_text="Bus stops."), by="wang", revision=0)
    voice, (edit,) = read(book, number), book.list_edits(number)
    assert (voice.state, voice.public_text, voice.answer_in("zh")) == ("planned", "Bus stops.", ("Next year.", "en"))
    assert edit.by == "wang"
    assert edit.changes == {
        "state": ("waiting", "planned"), "answer_en": ("", "Next year."), "shown_text": (None, None),
    }  # fmt: skip


def test_a_steward_takes_personal_data_out_of_title_and_name(book: VoiceBook) -> None:
    number, _ = book.add(REQUEST)
    book.answer(number, Answer("open", title="Stops", has_name=False), by="wang", revision=0)
    assert (read(book, number).title, read(book, number).name) == ("Stops", "")
    assert book.list_edits(number)[0].changes == {
        "state": ("waiting", "open"), "title": (None, None), "name": (None, None),
    }  # fmt: skip


def test_an_answer_to_what_somebody_else_has_changed_is_not_kept(book: VoiceBook) -> None:
    number, _ = book.add(REQUEST)
    book.answer(number, Answer("open"), by="wang", revision=0)
    with pytest.raises(OutdatedAnswer):
        book.answer(number, Answer("spam"), by="zhao", revision=0)
    assert read(book, number).state == "open"
    assert [edit.by for edit in book.list_edits(number)] == ["wang"]


def test_of_two_answers_at_the_same_moment_one_is_kept(book: VoiceBook) -> None:
    number, _ = book.add(REQUEST)

    def give_answer(by: str) -> bool:
        try:
            book.answer(number, Answer("open", answer_en=by), by=by, revision=0)
        except OutdatedAnswer:
            return False
        return True

    with ThreadPoolExecutor(8) as stewards:
        kept = [by for by, is_kept in zip("abcdefgh", stewards.map(give_answer, "abcdefgh"), strict=True) if is_kept]
    assert kept == [edit.by for edit in book.list_edits(number)] == [read(book, number).answer_en]


def test_everybody_who_needs_the_same_is_counted(book: VoiceBook) -> None:
    number, _ = book.add(REQUEST)
    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(book.support, [number] * 40))
    assert read(book, number).supports == 40


def test_counts_and_the_list_of_a_dataset_follow_each_change(book: VoiceBook) -> None:
    assert (book.count_waiting(), book.list_of("science/practice")) == (0, [])
    number, token = book.add(REPORT)
    assert (book.count_waiting(), book.list_of("science/practice")) == (1, [])
    book.answer(number, Answer("open"), by="wang", revision=0)
    assert (book.count_waiting(), [each.number for each in book.list_of("science/practice")]) == (0, [number])
    book.answer(number, Answer("spam"), by="wang", revision=1)
    assert book.list_of("science/practice") == []
    book.withdraw(token)
    assert (book.find(number), book.list_edits(number)) == (None, [])


def test_a_number_is_never_given_out_again(book: VoiceBook) -> None:
    number, token = book.add(REQUEST)
    book.withdraw(token)
    assert book.add(REQUEST)[0] == number + 1


def test_old_messages_lose_their_writer_and_what_nobody_showed_is_deleted(book: VoiceBook) -> None:
    shown, _ = book.add(REQUEST)
    hidden, _ = book.add(REQUEST)
    book.answer(shown, Answer("open", shown_text="Bus stops."), by="wang", revision=0)
    book.forget_before(datetime.now(UTC) - timedelta(days=1))
    assert read(book, shown).email == "li@example.org"
    book.forget_before(datetime.now(UTC) + timedelta(days=1))
    voice = read(book, shown)
    assert (voice.name, voice.email, voice.text, voice.public_text) == ("", "", "Bus stops.", "Bus stops.")
    assert book.find(hidden) is None


def test_a_database_that_is_away_says_so_and_is_used_when_it_is_back(tmp_path: Path) -> None:
    book = VoiceBook(f"sqlite:///{tmp_path}/later/voices.sqlite")
    with pytest.raises(Unavailable):
        book.count_waiting()
    (tmp_path / "later").mkdir()
    assert book.count_waiting() == 0
    book.close()


def test_the_migrations_make_the_tables_that_the_code_speaks_of(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    for _ in range(2):  # the second time there is nothing to do
        engine = open_database(database_url, migrations=MIGRATIONS)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert compare_metadata(context, metadata) == []
            assert VERSION_TABLE in sa.inspect(connection).get_table_names()
        engine.dispose()
