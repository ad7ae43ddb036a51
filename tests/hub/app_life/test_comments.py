"""Authors and reviewers write about versions: who may, what is kept, and that nothing is moved on by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from datahall_hub.app_life import comments
from datahall_hub.app_life.app_book import AppBook
from datahall_hub.app_life.comments import LONGEST_COMMENT
from datahall_hub.app_life.faults import AppLifeError, CommentMissing, NoSuchVersion, NotAllowed, TooManyComments
from datahall_hub.app_life.states import HALL, Action, Actor

LIN = Actor("lin", frozenset({"submit-apps"}))
WANG = Actor("wang", frozenset({"review-apps"}))
STRANGERS = {
    "another author": Actor("ma", frozenset({"submit-apps"})),
    "a student": Actor("zhao"),
    "an author who may submit no more": Actor("lin"),
    "the hall": HALL,
}


@pytest.fixture
def book(database_url: str) -> Iterator[AppBook]:
    made = AppBook(database_url)
    made.submit("metro", digest="a" * 64, actor=LIN)
    yield made
    made.close()


def test_author_and_reviewer_write_to_each_other_and_the_version_stays_as_it_is(book: AppBook) -> None:
    before, happened = book.get("metro", 1), book.list_events("metro")
    book.comment("metro", 1, " 颜色太暗了。\nWhy so dark? ", actor=WANG)
    book.comment("metro", 1, "I will see to it.", actor=LIN)

    written = [(each.number, each.by, each.text) for each in book.list_comments("metro")]
    assert written == [(1, "wang", "颜色太暗了。\nWhy so dark?"), (1, "lin", "I will see to it.")]
    assert book.get("metro", 1) == before
    assert book.list_events("metro") == happened
    assert book.list_comments("air") == []


def test_a_version_is_written_about_in_any_state(book: AppBook) -> None:
    for action, actor in ((Action.PASS, HALL), (Action.APPROVE, WANG), (Action.PUBLISH, HALL), (Action.RETIRE, LIN)):
        book.comment("metro", 1, f"before {action}", actor=WANG)
        book.act("metro", 1, action, actor=actor)
    book.comment("metro", 1, "after all", actor=LIN)

    assert len(book.list_comments("metro")) == 5


@pytest.mark.parametrize("actor", STRANGERS.values(), ids=STRANGERS)
def test_nobody_else_writes(book: AppBook, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        book.comment("metro", 1, "hello", actor=actor)
    assert book.list_comments("metro") == []


REFUSED: dict[str, tuple[str, int, str, type[AppLifeError]]] = {
    "empty": ("metro", 1, " \n\t", CommentMissing),
    "nothing to be seen": ("metro", 1, "\u200b \u2060", CommentMissing),
    "a version there is none of": ("metro", 2, "hello", NoSuchVersion),
    "an app there is none of": ("air", 1, "hello", NoSuchVersion),
}


@pytest.mark.parametrize(("slug", "number", "text", "fault"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_comment_is_refused(
    book: AppBook, slug: str, number: int, text: str, fault: type[AppLifeError]
) -> None:
    with pytest.raises(fault):
        book.comment(slug, number, text, actor=WANG)


def test_no_more_of_one_person_is_kept_than_anybody_would_read(book: AppBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MOST_COMMENTS", 3)
    for _ in range(3):
        book.comment("metro", 1, "长" * (LONGEST_COMMENT + 1), actor=WANG)

    with pytest.raises(TooManyComments):
        book.comment("metro", 1, "one more", actor=WANG)
    book.comment("metro", 1, "one of mine", actor=LIN)
    assert [len(each.text) for each in book.list_comments("metro")] == [*[LONGEST_COMMENT] * 3, 11]

    book.act("metro", 1, Action.WITHDRAW, actor=LIN)
    book.submit("metro", digest="b" * 64, actor=LIN)
    book.comment("metro", 2, "about the next version", actor=WANG)
    assert [each.number for each in book.list_comments("metro")] == [1, 1, 1, 1, 2]
