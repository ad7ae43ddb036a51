"""Who may do what with an app, and when: by hand from what a hall promises, held against the declaration."""

from __future__ import annotations

import pytest
from datahall_hub.app_life.states import HALL, TRANSITIONS, Action, Actor, Part, State, list_actions
from datahall_hub.roles import RIGHT_IDS, RIGHTS

OWNER = "lin"
AUTHOR = Actor(OWNER, frozenset({"submit-apps"}))
STEWARD = Actor("wang", frozenset({"submit-apps", "review-apps"}))
PEOPLE = {
    "the author": AUTHOR,
    "an author who is a steward, too": Actor(OWNER, frozenset({"submit-apps", "review-apps"})),
    "the author, whose role was taken away": Actor(OWNER),
    "another steward": STEWARD,
    "somebody else": Actor("chen", frozenset({"submit-apps"})),
    "the hall": HALL,
}
# For a version that has been published before, of an app that a person made.
ALLOWED = {
    ("draft", "the author"): "submit",
    ("submitted", "the author"): "withdraw",
    ("checked", "the author"): "withdraw",
    ("approved", "the author"): "roll-back retire",
    ("published", "the author"): "retire",
    ("retired", "the author"): "",
    ("draft", "another steward"): "",
    ("submitted", "another steward"): "",
    ("checked", "another steward"): "send-back approve",
    ("approved", "another steward"): "send-back roll-back retire",
    ("published", "another steward"): "retire",
    ("retired", "another steward"): "restore",
    ("draft", "the hall"): "",
    ("submitted", "the hall"): "pass fail",
    ("checked", "the hall"): "",
    ("approved", "the hall"): "fail publish",
    ("published", "the hall"): "replace",
    ("retired", "the hall"): "",
}
ALLOWED |= {(state, "an author who is a steward, too"): ALLOWED[state, "the author"] for state in State}
ALLOWED |= {(state, name): "" for state in State for name in ("somebody else", "the author, whose role was taken away")}


@pytest.mark.parametrize(("state", "name"), [(state, name) for state in State for name in PEOPLE])
def test_everybody_may_do_what_is_promised_and_nothing_else(state: State, name: str) -> None:
    parts = PEOPLE[name].find_parts(owner=OWNER)
    assert list_actions(state, parts=parts, is_proven=True, is_shipped=False) == ALLOWED[state, name].split()


def test_nobody_is_a_reviewer_of_their_own_app() -> None:
    assert Part.REVIEWER not in PEOPLE["an author who is a steward, too"].find_parts(owner=OWNER)
    assert STEWARD.find_parts(owner=OWNER) == {Part.REVIEWER}


def test_what_has_never_been_published_cannot_be_rolled_back_to() -> None:
    parts = STEWARD.find_parts(owner=OWNER)
    assert list_actions(State.APPROVED, parts=parts, is_proven=False, is_shipped=False) == ["send-back", "retire"]
    assert list_actions(State.RETIRED, parts=parts, is_proven=False, is_shipped=False) == []


def test_the_hall_admits_only_what_comes_with_it() -> None:
    parts = HALL.find_parts(owner="")
    assert list_actions(State.CHECKED, parts=parts, is_proven=False, is_shipped=True) == ["withdraw", "admit"]


def test_stewards_review_what_comes_with_the_hall() -> None:
    assert STEWARD.find_parts(owner="") == {Part.REVIEWER}
    assert AUTHOR.find_parts(owner="") == frozenset()


def test_each_action_is_declared_once_and_each_state_can_be_left() -> None:
    assert set(TRANSITIONS) == set(Action)
    assert {state for each in TRANSITIONS.values() for state in each.origins} == set(State)
    assert {each.target for each in TRANSITIONS.values()} == set(State)


def test_the_rights_are_those_that_roles_give() -> None:
    named = {right for person in PEOPLE.values() for right in person.rights}
    assert named <= set(RIGHT_IDS)
    holders = {right.id: right.holders for right in RIGHTS}
    assert holders["review-apps"] == {"admin", "steward"}
    assert "student" not in holders["submit-apps"]
