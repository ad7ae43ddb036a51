"""Apps are kept with all that happened to them: on SQLite and PostgreSQL, whoever is quicker."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from datahall_hub.app_life.app_book import LONGEST_REASON, MIGRATIONS, AppBook
from datahall_hub.app_life.faults import (
    AppLifeError,
    NoSuchVersion,
    NotAllowed,
    NothingNew,
    OutdatedChange,
    ReasonMissing,
    TooManyWaiting,
    WrongState,
)
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import HALL, Action, Actor, State
from datahall_hub.app_life.tables import VERSION_TABLE, metadata
from datahall_hub.migrated_database import open_database

LIN = Actor("lin", frozenset({"submit-apps"}))
WANG = Actor("wang", frozenset({"submit-apps", "review-apps"}))
STUDENT = Actor("ma")
# What leads to each state, one step after the other.
WAYS: dict[State, list[tuple[Action, Actor]]] = {
    State.SUBMITTED: [],
    State.DRAFT: [(Action.WITHDRAW, LIN)],
    State.CHECKED: [(Action.PASS, HALL)],
    State.APPROVED: [(Action.PASS, HALL), (Action.APPROVE, WANG)],
    State.PUBLISHED: [(Action.PASS, HALL), (Action.APPROVE, WANG), (Action.PUBLISH, HALL)],
}


@pytest.fixture
def book(database_url: str) -> Iterator[AppBook]:
    made = AppBook(database_url)
    yield made
    made.close()


def bring(book: AppBook, state: State, *, digest: str = "a" * 64, slug: str = "metro") -> AppVersion:
    """A new version that stands at `state`."""
    version = book.submit(slug, digest=digest, actor=LIN)
    for action, actor in WAYS[state]:
        version = book.act(slug, version.number, action, actor=actor)
    return version


def states(book: AppBook, slug: str = "metro") -> list[str]:
    return [version.state.value for version in reversed(book.list_versions(slug))]


def told(book: AppBook, slug: str = "metro") -> list[str]:
    return [f"{each.number} {each.action} {each.by or 'the hall'}" for each in book.list_events(slug)]


def test_a_version_goes_its_whole_way_and_every_step_is_on_record(book: AppBook) -> None:
    first = bring(book, State.PUBLISHED)

    assert (first.slug, first.number, first.owner, first.state) == ("metro", 1, "lin", State.PUBLISHED)
    assert first.proven is not None
    assert book.find_published("metro") == first
    assert told(book) == ["1 submit lin", "1 pass the hall", "1 approve wang", "1 publish the hall"]
    *_, last = book.list_events("metro")
    assert (last.origin, last.target, last.at) == (State.APPROVED, State.PUBLISHED, first.proven)


def test_the_next_version_takes_the_place_of_the_one_before_which_comes_back_in_one_step(book: AppBook) -> None:
    bring(book, State.PUBLISHED)
    second = bring(book, State.APPROVED, digest="b" * 64)
    assert states(book) == ["published", "approved"]  # until it has proven that it renders
    book.act("metro", second.number, Action.PUBLISH, actor=HALL)
    assert states(book) == ["approved", "published"]

    book.act("metro", 1, Action.ROLL_BACK, actor=LIN)

    assert states(book) == ["published", "approved"]
    assert told(book)[-3:] == ["2 publish the hall", "2 replace the hall", "1 roll-back lin"]


def test_what_never_rendered_is_not_rolled_back_to(book: AppBook) -> None:
    bring(book, State.PUBLISHED)
    bring(book, State.APPROVED, digest="b" * 64)
    with pytest.raises(WrongState):
        book.act("metro", 2, Action.ROLL_BACK, actor=LIN)
    assert states(book) == ["published", "approved"]


def test_a_retired_app_comes_back_by_a_reviewer_only(book: AppBook) -> None:
    """Its author would bring back by another version what a steward took away."""
    bring(book, State.PUBLISHED)
    bring(book, State.PUBLISHED, digest="b" * 64)
    book.act("metro", 2, Action.RETIRE, actor=WANG, reason="The data was withdrawn.")

    assert states(book) == ["retired", "retired"]
    assert book.find_published("metro") is None
    with pytest.raises(NotAllowed):
        book.act("metro", 1, Action.RESTORE, actor=LIN)
    with pytest.raises(WrongState):
        book.act("metro", 1, Action.ROLL_BACK, actor=LIN)
    assert book.act("metro", 1, Action.RESTORE, actor=WANG).state is State.PUBLISHED
    assert {each.reason for each in book.list_events("metro") if each.action is Action.RETIRE} == {
        "The data was withdrawn."
    }


def test_what_is_sent_back_says_why_and_its_author_submits_it_again(book: AppBook) -> None:
    bring(book, State.CHECKED)
    with pytest.raises(ReasonMissing):
        book.act("metro", 1, Action.SEND_BACK, actor=WANG, reason="  ")
    book.act("metro", 1, Action.SEND_BACK, actor=WANG, reason=" Name the source. " + "x" * LONGEST_REASON)
    assert len(book.list_events("metro")[-1].reason) == LONGEST_REASON
    assert book.list_events("metro")[-1].reason.startswith("Name the source. x")

    assert book.act("metro", 1, Action.SUBMIT, actor=LIN).state is State.SUBMITTED


@pytest.mark.parametrize("state", WAYS, ids=str)
def test_the_same_files_are_submitted_once_unless_they_were_sent_back(book: AppBook, state: State) -> None:
    bring(book, state)
    if state is State.DRAFT:
        assert book.submit("metro", digest="a" * 64, actor=LIN).number == 2
        return
    with pytest.raises(NothingNew) as caught:
        book.submit("metro", digest="a" * 64, actor=LIN)
    assert caught.value.number == 1
    assert states(book) == [state.value]


def test_one_person_fills_the_line_of_checks_with_few_versions(book: AppBook) -> None:
    for digest in "abcde":
        bring(book, State.SUBMITTED, digest=digest * 64, slug=f"metro-{digest}")
    with pytest.raises(TooManyWaiting):
        bring(book, State.SUBMITTED, slug="air")
    assert book.submit("bus", digest="f" * 64, actor=WANG).state is State.SUBMITTED
    book.act("metro-a", 1, Action.WITHDRAW, actor=LIN)
    assert bring(book, State.SUBMITTED, slug="air").number == 1


def test_an_app_is_of_who_made_it(book: AppBook) -> None:
    bring(book, State.SUBMITTED)
    for actor in (WANG, STUDENT, HALL):
        with pytest.raises(NotAllowed):
            book.submit("metro", digest="b" * 64, actor=actor)
    with pytest.raises(NotAllowed):
        book.submit("another", digest="b" * 64, actor=STUDENT)
    assert book.list_versions("another") == []
    with pytest.raises(NoSuchVersion):
        book.get("another", 1)


def test_what_comes_with_the_hall_goes_the_same_way_without_a_person(book: AppBook) -> None:
    book.submit("shipped", digest="a" * 64, actor=HALL)
    for action in (Action.PASS, Action.ADMIT, Action.PUBLISH):
        version = book.act("shipped", 1, action, actor=HALL)
    assert (version.state, version.owner, version.is_shipped) == (State.PUBLISHED, "", True)
    bring(book, State.CHECKED)
    with pytest.raises(NotAllowed):
        book.act("metro", 1, Action.ADMIT, actor=HALL)


@pytest.mark.parametrize("state", WAYS, ids=str)
def test_whatever_is_not_offered_is_refused_and_leaves_everything_as_it_was(book: AppBook, state: State) -> None:
    version = bring(book, state)
    before = told(book)
    for actor in (LIN, WANG, STUDENT, HALL):
        for action in set(Action) - set(version.actions_of(actor)):
            with pytest.raises(AppLifeError) as caught:
                book.act("metro", 1, action, actor=actor, reason="Because.")
            assert isinstance(caught.value, NotAllowed | WrongState)
    assert book.get("metro", 1) == version
    assert told(book) == before


def test_of_two_who_decide_at_once_one_is_told_that_the_other_has(book: AppBook) -> None:
    seen = bring(book, State.CHECKED)
    book.act("metro", 1, Action.SEND_BACK, actor=WANG, reason="No.", revision=seen.revision)
    book.act("metro", 1, Action.SUBMIT, actor=LIN)
    book.act("metro", 1, Action.PASS, actor=HALL)
    with pytest.raises(OutdatedChange):  # it is another round, which this reviewer has not seen
        book.act("metro", 1, Action.APPROVE, actor=WANG, revision=seen.revision)


def test_many_at_once_leave_one_published_version_and_a_whole_record(book: AppBook, database_url: str) -> None:
    for digest in "abcd":
        bring(book, State.PUBLISHED, digest=digest * 64)
    other = AppBook(database_url)  # of another process

    def roll_back(number: int) -> bool:
        try:
            (book, other)[number % 2].act("metro", 1 + number % 4, Action.ROLL_BACK, actor=LIN)
        except (AppLifeError, sa.exc.OperationalError):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(roll_back, range(40)))
    other.close()

    assert states(book).count("published") == 1
    assert sum(each.action is Action.ROLL_BACK for each in book.list_events("metro")) == done >= 1


def test_lists_for_those_who_wait_and_those_who_wrote(book: AppBook) -> None:
    bring(book, State.CHECKED, slug="metro")
    bring(book, State.CHECKED, slug="air")
    bring(book, State.PUBLISHED, slug="rain")
    assert [version.slug for version in book.list_in([State.CHECKED])] == ["metro", "air"]
    assert [version.slug for version in book.list_of("lin")] == ["rain", "air", "metro"]
    assert book.list_of("wang") == []


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
