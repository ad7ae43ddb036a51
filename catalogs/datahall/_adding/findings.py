"""Findings: every thing that `datahall add` may remark about a file, each declared once with its words.

A finding says what was seen (`message`) and what was done about it (`done`). Nothing is changed in silence:
whatever the draft card does with a value is one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from .._messages import N_, chosen_language, translate
from ..errors import DatahallError

Severity = Literal["note", "warning", "problem"]

EXAMPLES = 20  # of one finding in one field; more are counted, not listed


@runtime_checkable
class Spoken(Protocol):
    """What has words of its own in each language."""

    def spoken(self, language: str | None = None) -> str:
        """Return the words."""


def _speak(value: object, *, language: str) -> object:
    if isinstance(value, DatahallError):
        return value.message(language)
    return value.spoken(language) if isinstance(value, Spoken) else value


@dataclass(frozen=True)
class Statement:
    """A marked sentence with the things that it names, spoken in the reader's language."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def spoken(self, language: str | None = None) -> str:
        """Return the sentence in `language` (``en`` or ``zh``; default: the environment's)."""
        language = language or chosen_language()
        values = {name: _speak(value, language=language) for name, value in self.values.items()}
        return translate(self.text, language=language, **values)

    def __str__(self) -> str:
        return self.spoken()


@dataclass(frozen=True)
class Finding:
    """One remark about a file: where, how bad, what was seen, what was done."""

    code: str
    severity: Severity
    line: int | None
    field: str | None
    message: Statement
    done: Statement

    def as_json(self, language: str | None = None) -> dict[str, object]:
        """Return the form that programs rely on."""
        return {
            "code": self.code,
            "severity": self.severity,
            "line": self.line,
            "field": self.field,
            "message": self.message.spoken(language),
            "done": self.done.spoken(language),
        }


@dataclass(frozen=True)
class Kind:
    """What all findings of one code have in common."""

    severity: Severity
    message: str
    done: str


# Codes are stable. The values in braces come with each finding.
KINDS: dict[str, Kind] = {
    "encoding": Kind(
        "note", N_("The file is not in UTF-8 but in {encoding}."), N_("It is read as {encoding}; the card says so.")
    ),
    "encoding-guess": Kind(
        "warning",
        N_("The encoding is a guess: as {encoding} a word reads “{word}”, as {other} “{other_word}”."),
        N_("It is read as {encoding}; if the second word is the right one, put that encoding into the card."),
    ),
    "broken-bytes": Kind(
        "problem",
        N_("This line holds bytes that are not {encoding} (lines in all: {count})."),
        N_("Each such byte is kept, written as \\x and two digits."),
    ),
    "compressed": Kind(
        "note", N_("The file is compressed ({kind})."), N_("It is unpacked; the unpacked file is what is read.")
    ),
    "unreadable-member": Kind(
        "problem", N_("The archive's file {name} is no table: {reason}."), N_("It is left out; the others are read.")
    ),
    "climbing-member": Kind(
        "problem",
        N_("The archive's file {name} has a path that leads out of the archive (in all: {count})."),
        N_("It is read under a name of ours, and nothing is written where it leads; do not unpack it otherwise."),
    ),
    "link-member": Kind(
        "problem",
        N_("The archive's member {name} is a link to something else (in all: {count})."),
        N_("It is passed over; nothing that it leads to is read."),
    ),
    "delimiter": Kind("note", N_("Values are kept apart by “{delimiter}”."), N_("It is read so; the card says so.")),
    "swallowed-lines": Kind(
        "problem",
        N_("A quote opens here and is closed only in line {last}; the lines between them look like rows."),
        N_("They are read as one value; close the quote where it ends, or double it within a value."),
    ),
    "stray-quote": Kind(
        "problem",
        N_("A quote opens here and would swallow all up to line {last}."),
        N_("Quotes are read as plain characters, so that every line is a row; the card says so (`quote: null`)."),
    ),
    "unclosed-quote": Kind(
        "problem",
        N_("A quote opens here and is not closed in its value (values in all: {count})."),
        N_("Quotes are read as plain characters, so that every line is a row; the card says so (`quote: null`)."),
    ),
    "separator-line": Kind(
        "note",
        N_("The first line names the delimiter: “{words}”."),
        N_("It does not count as a row; the card passes over it."),
    ),
    "stacked-table": Kind(
        "note",
        N_("Table {number} begins here, below the other."),
        N_("Each is a table of its own; its card passes over the lines of the others."),
    ),
    "title": Kind(
        "note", N_("Title above the table: “{words}”."), N_("It does not count as a row; the card passes over it.")
    ),
    "no-header": Kind(
        "warning",
        N_("No line names the columns."),
        N_("They are called column_1, column_2 and so on; give them names in the card."),
    ),
    "header-rows": Kind(
        "note", N_("{count} lines together name the columns."), N_("Their texts are joined; the card holds the names.")
    ),
    "short-header": Kind(
        "warning",
        N_("The header names {named} columns, but rows have {width}."),
        N_("The others are called column_<n>; give them names in the card."),
    ),
    "long-header": Kind(
        "warning",
        N_("The header names {named} columns, but rows have {width}."),
        N_("The names at its end have no column and are left out."),
    ),
    "doubled-name": Kind("warning", N_("Several columns are called “{name}”."), N_("A number is put behind the name.")),
    "unnamed-column": Kind("warning", N_("Column {number} has no name."), N_("It is called {field}.")),
    "blank-lines": Kind("note", N_("Lines without any value: {count}."), N_("They are no rows.")),
    "footnote": Kind(
        "note", N_("Line below the table: “{words}”."), N_("It does not count as a row; the card passes over it.")
    ),
    "repeated-header": Kind(
        "note",
        N_("The line names the columns again (lines in all: {count})."),
        N_("It does not count as a row; the card says so."),
    ),
    "total-row": Kind(
        "warning",
        N_("This looks like a line of totals: “{value}” (in all: {count})."),
        N_("It stays a row; take care not to count it twice."),
    ),
    "short-row": Kind(
        "problem",
        N_("The row has {found} values, but the table has {width} columns (rows in all: {count})."),
        N_("The row is kept; what is missing at its end is empty."),
    ),
    "long-row": Kind(
        "problem",
        N_("The row has {found} values, but the table has {width} columns (rows in all: {count})."),
        N_("The row is kept; its further values are in columns of their own."),
    ),
    "missing-marks": Kind(
        "note",
        N_("“{mark}” stands for no value here (times: {count}; the first in this line)."),
        N_("It is read as no value; the card says so."),
    ),
    "marks-kept": Kind(
        "note",
        N_("“{mark}” may stand for no value (times: {count}; the first in this line)."),
        N_("It stays as it is, since the column is text; if it means no value, list it in the card (`missing`)."),
    ),
    "misfit": Kind(
        "problem",
        N_("“{value}” is not of the type that the other values have: {kind} (in all: {count})."),
        N_("The value is kept; the whole column stays text."),
    ),
    "mixed-values": Kind(
        "note",
        N_("Most values of the column are {kind}, but “{value}” is not (in all: {count})."),
        N_("The whole column stays text, as it is written."),
    ),
    "code-like-numbers": Kind(
        "note",
        N_("“{value}” is a code in figures: as a number it would lose some (in all: {count})."),
        N_("The whole column stays text."),
    ),
    "thousands-separators": Kind(
        "note",
        N_("Numbers have “{mark}” between thousands, as in “{value}”."),
        N_("They are read as numbers; the card says so."),
    ),
    "ambiguous-numbers": Kind(
        "warning",
        N_("Nothing tells whether “{mark}” in “{value}” stands between thousands or before decimals."),
        N_(
            "It is read as between thousands (`group` in the card); if it is the decimal mark, call it `decimal` there."
        ),
    ),
    "ambiguous-points": Kind(
        "warning",
        N_("Nothing tells whether the point in “{value}” stands before decimals or between thousands."),
        N_(
            "It is read as before decimals; if the numbers are whole, give the type integer and `group: .` in the card."
        ),
    ),
    "ambiguous-commas": Kind(
        "warning",
        N_("Nothing tells whether “{value}” is one number with decimals or several numbers (in all: {count})."),
        N_("It is read as one with decimals; give the field the type list and `separator: ','` if that is wrong."),
    ),
    "lists-kept": Kind(
        "warning",
        N_("Nothing tells whether “{value}” is one number with decimals or several numbers (in all: {count})."),
        N_("The column stays text; give it the type list with `separator: ','`, or number with `decimal: ','`."),
    ),
    "rounded-numbers": Kind(
        "note",
        N_("Some numbers have more figures than a number of 8 bytes keeps, which is about 16."),
        N_("They are read rounded to that; make the field a string in the card to keep every figure."),
    ),
    "settled-numbers": Kind(
        "warning",
        N_("Other columns show what points and commas mean in these numbers."),
        N_(
            "They are read in the same way; if this column is another matter, mend the decimal mark "
            "(`decimal`) and the mark between thousands (`group`) in the card."
        ),
    ),
    "decimal-commas": Kind(
        "note",
        N_("Numbers have a comma before their decimals, as in “{value}”."),
        N_("They are read as numbers; the card says so."),
    ),
    "other-signs": Kind(
        "note",
        N_("Numbers are written with signs other than the plain ones: {signs}."),
        N_("Plain signs are put in their place; the card says so under `replace`."),
    ),
    "bracketed-negatives": Kind(
        "warning",
        N_("Numbers below zero stand in brackets, as in “{value}”."),
        N_(
            "They are read as negative; if brackets mean something else, take what is replaced (`replace`) "
            "out of the card."
        ),
    ),
    "bracketed-items": Kind(
        "warning",
        N_("All values are whole numbers in brackets, such as (1)."),
        N_("The column stays text: nothing tells whether they number items or are below zero."),
    ),
    "unit-in-values": Kind(
        "note", N_("Every number comes with “{unit}”."), N_("It is taken off the numbers and kept as the unit.")
    ),
    "unit-in-header": Kind(
        "note",
        N_("The column's name holds the unit “{unit}”."),
        N_("It is the field's unit now; the source's name stays in the card."),
    ),
    "unit-in-title": Kind(
        "note",
        N_("The title gives the unit “{unit}” for the whole table."),
        N_("Fields of numbers without a unit of their own have it now."),
    ),
    "mixed-dates": Kind(
        "warning",
        N_("Dates are written in several forms: {forms}."),
        N_("All are read as dates; the card lists the forms."),
    ),
    "ambiguous-dates": Kind(
        "problem",
        N_("Nothing tells whether “{value}” is {one} or {other}."),
        N_(
            "The column stays text; put the type date into the card, with `format` {one_form} for the first "
            "or {other_form} for the second."
        ),
    ),
    "roc-dates": Kind(
        "note",
        N_("Years are of the Republic of China calendar, as in “{value}”."),
        N_("They are read as dates of the common era: year 1 is 1912."),
    ),
    "months": Kind(
        "note",
        N_("“{value}” names a month and no day."),
        N_("Each such month is read as its first day: a date needs one."),
    ),
    "excel-serials": Kind(
        "note", N_("Dates are written as Excel's serial numbers."), N_("They are read as dates: days since 1899-12-30.")
    ),
    "formula": Kind(
        "warning",
        N_("“{value}” begins with = and would be run as a formula by a spreadsheet (in all: {count})."),
        N_("It stays text, and is never computed."),
    ),
    "outer-spaces": Kind("note", N_("“{value}” has spaces around it (in all: {count})."), N_("They are kept.")),
    "replacement-characters": Kind(
        "warning",
        N_("“{value}” holds a character that was lost before the file came here (in all: {count})."),
        N_("It is kept; only the file's maker can restore it."),
    ),
    "zero-bytes": Kind(
        "warning",
        N_("“{value}” holds zero bytes, with which programs fill up values (in all: {count})."),
        N_("They are kept; have the file written anew without them, or `replace` them in the card."),
    ),
    "shortened-codes": Kind(
        "warning",
        N_("“{value}” looks like a code or a telephone number of which a spreadsheet has kept the first digits only."),
        N_("It is read as the number that it is; only the file's maker can restore the digits."),
    ),
    "proposed": Kind(
        "note",
        N_("The values look like what the vocabulary calls {meaning}."),
        N_("The card says so under `semantic`, so that datasets can be linked; take it out if that is wrong."),
    ),
    "personal-data": Kind(
        "problem",
        N_("{found} values of the column ({share}) are {kind}; the first are in lines {lines}."),
        N_("They are kept; take the column out or coarsen it before the dataset is published."),
    ),
    "cut-codes": Kind(
        "warning",
        N_("“{value}” is a code of which a spreadsheet has kept the first figures only (in all: {count})."),
        N_("It is kept as it is; only the file's maker can restore the figures."),
    ),
    "lossy-numbers": Kind(
        "note",
        N_("“{value}” has more figures than a number keeps, and those that it would lose count (in all: {count})."),
        N_("The whole column stays text, as it is written."),
    ),
    "empty-column": Kind("note", N_("The column holds no value at all."), N_("It is kept as text.")),
}


def make_finding(code: str, *, line: int | None = None, field: str | None = None, **values: object) -> Finding:
    """Return a finding of a declared kind; both of its sentences may name the field and any of `values`."""
    kind = KINDS[code]
    values = {"field": field, **values}
    return Finding(code, kind.severity, line, field, Statement(kind.message, values), Statement(kind.done, values))
