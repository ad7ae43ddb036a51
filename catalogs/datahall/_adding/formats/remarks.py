"""What the readers of formats may remark: every kind declared once, with its words."""

from __future__ import annotations

from ..._messages import N_
from ..findings import Finding, Kind, Statement

REMARKS: dict[str, Kind] = {
    "hidden-sheet": Kind("note", N_("The sheet {name} is hidden."), N_("It is read like the others.")),
    "empty-sheet": Kind("note", N_("The sheet {name} is empty."), N_("It is no table.")),
    "merged-cells": Kind(
        "note", N_("Some cells are merged (in all: {count})."), N_("Each of them has the value that they share.")
    ),
    "formulas": Kind(
        "note",
        N_("The sheet has formulas."),
        N_("Their last results are the values; a formula without a result is kept as its text."),
    ),
    "left-out": Kind(
        "note", N_("Beside its tables the file holds “{words}”."), N_("It is no table, and is only named here.")
    ),
    "view": Kind("note", N_("{name} is a view or made by a program."), N_("It is no table, and was not run.")),
    "bytes": Kind("note", N_("The column holds bytes."), N_("They are written in base64.")),
    "nested": Kind("note", N_("The column holds lists or objects."), N_("They are kept as JSON text.")),
    "comment": Kind(
        "note", N_("A comment of the file: “{words}”."), N_("It does not count as a row; the reader passes over it.")
    ),
    "projection": Kind(
        "warning",
        N_("The coordinates are in the system {name}."),
        N_("They are kept as they are; state the system in the card's description."),
    ),
    "doubled-key": Kind(
        "problem",
        N_("Record {number} has the key {name} twice (in all: {count})."),
        N_("Only the last of its values is read."),
    ),
    "mixed-records": Kind(
        "warning",
        N_("Some elements are no objects (in all: {count})."),
        N_("They are kept as JSON text in the column {name}."),
    ),
    "unreadable-line": Kind(
        "problem",
        N_("The line is no JSON object (in all: {count}): “{words}”."),
        N_("It is no row; the card cannot be fetched until the line is mended."),
    ),
}


def make_remark(code: str, *, line: int | None = None, field: str | None = None, **values: object) -> Finding:
    """Return a finding of one of these kinds; both of its sentences may name any of `values`."""
    kind = REMARKS[code]
    return Finding(code, kind.severity, line, field, Statement(kind.message, values), Statement(kind.done, values))


def shorten_words(words: object) -> str:
    """Return what a finding quotes, cut where it is long."""
    text = " ".join(str(words).split())
    return text if len(text) <= 300 else f"{text[:299]}…"
