"""Claims about rosters: which columns are names and numbers, what is said twice, who somebody is."""

from __future__ import annotations

import pytest
from datahall_hub.class_life.faults import BadValue
from datahall_hub.class_life.records import RosterEntry
from datahall_hub.class_life.rosters import MOST_ROWS, Roster, RosterRow, find_entry, read_roster

ENTRIES = (
    RosterEntry(1, "Wang Wei", "07", ""),
    RosterEntry(2, "Wang Wei", "12", ""),
    RosterEntry(3, "Ana Núñez", "", ""),
    RosterEntry(4, "Bo", "9", "bo"),
)


@pytest.mark.parametrize(
    "lines",
    [
        [["学号", "姓名"], ["07", "王伟"], ["12", "李娜"]],
        [["Name", "Student ID", "Form"], ["王伟", "07", "3b"], ["李娜", "12", "3b"]],
        [["07", "王伟"], ["12", "李娜"]],
        [["王伟", "07"], [], ["", ""], ["李娜", "12"]],
    ],
)
def test_names_and_numbers_are_told_apart(lines: list[list[str]]) -> None:
    assert read_roster(lines).rows == (RosterRow("王伟", "07"), RosterRow("李娜", "12"))


def test_first_and_last_names_in_columns_of_their_own_are_one_name() -> None:
    assert read_roster([["Ada", "Lovelace"], ["Alan", "Turing"]]).rows[0] == RosterRow("Ada Lovelace")


def test_what_is_said_twice_stands_once_and_is_told() -> None:
    lines = [["Ada", "1"], ["Ada", "1"], ["ada"], ["ADA"], ["Ada", "2"], ["", "3"]]

    assert read_roster(lines) == Roster(
        rows=(RosterRow("Ada", "1"), RosterRow("ada"), RosterRow("Ada", "2")),
        repeated=(2, 4),
        same_names=("Ada",),
        nameless=(6,),
    )


def test_odd_names_are_kept_as_they_are_read() -> None:
    names = ["O’Brien-Łukasz", "  María  José ", "李‏娜", "<b>x</b>", "=1+1"]

    assert [row.name for row in read_roster([["name"], *[[name] for name in names]]).rows] == [
        "O’Brien-Łukasz", "María José", "李 娜", "<b>x</b>", "=1+1",
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [[], [["name"]], [[""]], [[f"p{n}"] for n in range(MOST_ROWS + 1)], [["x" * 121]]])
def test_no_roster(lines: list[list[str]]) -> None:
    with pytest.raises(BadValue):
        read_roster(lines)


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("somebody else", "12", 2),
        ("Wang Wei", "", None),  # two bear it
        ("ANA  NÚÑEZ", "", 3),
        ("Bo", "9", None),  # who has come already
        ("Ana Núñez", "99", None),
    ],
)
def test_whom_of_the_roster_somebody_is(name: str, number: str, expected: int | None) -> None:
    entry = find_entry(ENTRIES, name=name, number=number)
    assert (entry.id if entry else None) == expected
