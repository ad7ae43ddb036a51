"""What may be remarked about a newer edition of a dataset's file: every kind declared once, with its words."""

from __future__ import annotations

from .._messages import N_
from .findings import Finding, Kind, Statement

_KEPT = N_("The file is not taken; the dataset stays as it is.")

REMARKS: dict[str, Kind] = {
    "edition-elsewhere": Kind(
        "problem",
        N_("The card's rows do not come from one file beside it, but from: {source}."),
        N_("Nothing is changed; put the new address, sha256 and bytes into the card (datahall digest prints them)."),
    ),
    "edition-digest": Kind(
        "problem",
        N_("The card states the sha256 or the bytes of its file, which another file does not have."),
        N_("Nothing is changed; take them out of the card, or put those of the new file in (datahall digest)."),
    ),
    "edition-column-gone": Kind("problem", N_("The new file has no column {name}."), _KEPT),
    "edition-column-new": Kind(
        "problem",
        N_("The new file has a column {name}, which the card does not know."),
        N_("The file is not taken; add the column to the card's fields, or to `ignore` in its source."),
    ),
    "edition-column-renamed": Kind(
        "problem",
        N_("The new file has no column {name}; {found} stands in its place."),
        N_("The file is not taken; if it is the same column, change `source_name` in the card."),
    ),
    "edition-type": Kind(
        "warning",
        N_("{field} is {before} in the card, and the new file's values look like {now}."),
        N_("They are read as the card says, or not at all."),
    ),
    "edition-unreadable": Kind("problem", N_("The new file does not fit the card: {reason}."), _KEPT),
    "edition-empty": Kind("problem", N_("The new file has no rows."), _KEPT),
    "edition-fewer": Kind(
        "warning", N_("The new file has {rows} rows, the version before has {before}."), N_("Look whether it is whole.")
    ),
    "edition-missing": Kind(
        "warning",
        N_("{field} is empty in {now} of the rows, in the version before in {before}."),
        N_("Look whether its values are written in another way now."),
    ),
}


def make_edition_remark(code: str, *, field: str | None = None, **values: object) -> Finding:
    """Return a finding of one of these kinds; both of its sentences may name the field and any of `values`."""
    kind, values = REMARKS[code], {"field": field, **values}
    return Finding(code, kind.severity, None, field, Statement(kind.message, values), Statement(kind.done, values))
