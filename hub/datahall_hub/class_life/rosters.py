"""Who is expected in a class: rows that a teacher pastes or uploads, and who of them has come.

Pure functions over rows; the database keeps what comes out of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datahall_hub.class_life.faults import BadValue
from datahall_hub.class_life.records import RosterEntry, read_name

MOST_ROWS = 500
LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[\w./-]*\d[\w./-]*")  # a school's number for a student holds a digit, a name does not
# How the columns of rosters are called, folded to lower case.
_NAME_HEADS = frozenset({"name", "student", "full name", "student name", "姓名", "名字", "学生", "学生姓名"})
_NUMBER_HEADS = frozenset({"number", "no", "no.", "id", "student id", "student number", "学号", "编号", "序号"})


@dataclass(frozen=True)
class RosterRow:
    """A student as the roster names them; `number` is empty where it gives none."""

    name: str
    number: str = ""


@dataclass(frozen=True)
class Roster:
    """What was understood of a roster, and what was not.

    Parameters
    ----------
    rows
        The students, in their order.
    repeated
        Lines (from 1) that say what an earlier one says; they are left out.
    same_names
        Names that several students bear, who are told apart by their numbers.
    nameless
        Lines without a name; they are left out.
    """

    rows: tuple[RosterRow, ...]
    repeated: tuple[int, ...] = ()
    same_names: tuple[str, ...] = ()
    nameless: tuple[int, ...] = ()


def read_roster(lines: Iterable[Sequence[str]]) -> Roster:
    """Read a table of students: a name and, where there is one, a number, in any order, with or without a head.

    Raises
    ------
    BadValue
        If there are more students than a class may have, or none.
    """
    table = [[cell.strip() for cell in line] for line in lines]
    name_at, number_at, first = _find_columns(table)
    rows: dict[tuple[str, str], RosterRow] = {}
    repeated, nameless = [], []
    for line, cells in enumerate(table[first:], start=first + 1):
        if not any(cells):
            continue
        row = _read_row(cells, name_at=name_at, number_at=number_at)
        if not row.name:
            nameless.append(line)
            continue
        key = ("", row.number) if row.number else (row.name.casefold(), "")
        if key in rows:
            repeated.append(line)
        else:
            rows[key] = row
    if not rows or len(rows) > MOST_ROWS:
        raise BadValue("roster")
    counted = Counter(row.name for row in rows.values())
    same = tuple(name for name, count in counted.items() if count > 1)
    return Roster(tuple(rows.values()), tuple(repeated), same, tuple(nameless))


def find_entry(entries: Iterable[RosterEntry], *, name: str, number: str) -> RosterEntry | None:
    """Return whom of those who have not come yet somebody is who gives this name and number.

    The number decides where it is given; a name does only where one alone bears it.
    """
    free = [entry for entry in entries if not entry.person]
    if number:
        return next((entry for entry in free if entry.number.casefold() == number.casefold()), None)
    same = [entry for entry in free if _fold(entry.name) == _fold(name)]
    return same[0] if len(same) == 1 else None


def _fold(name: str) -> str:
    return "".join(name.casefold().split())


def _find_columns(table: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    """Return where names and numbers stand (-1: nowhere), and the line with which the students begin."""
    head = [cell.casefold() for cell in table[0]] if table else []
    name_at = next((at for at, cell in enumerate(head) if cell in _NAME_HEADS), -1)
    number_at = next((at for at, cell in enumerate(head) if cell in _NUMBER_HEADS), -1)
    if name_at >= 0:
        return name_at, number_at, 1
    return -1, -1, 1 if number_at >= 0 else 0


def _read_row(cells: Sequence[str], *, name_at: int, number_at: int) -> RosterRow:
    if name_at >= 0:
        name = cells[name_at] if name_at < len(cells) else ""
        number = cells[number_at] if 0 <= number_at < len(cells) else ""
    else:
        said = [cell for cell in cells if cell]
        number = next((cell for cell in said if _NUMBER.fullmatch(cell)), "")
        name = " ".join(cell for cell in said if cell != number)
    return RosterRow(read_name(name, field="roster"), read_name(number, field="roster", longest=LONGEST_NUMBER))
