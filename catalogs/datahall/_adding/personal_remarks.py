"""Personal remarks: what is said of columns that seem to hold personal data; the values themselves are never named."""

from __future__ import annotations

from collections.abc import Iterator

from .._messages import Phrase
from .._personal_data import KINDS, PersonalColumn
from .findings import Finding, make_finding


def find_personal_remarks(column: PersonalColumn) -> Iterator[Finding]:
    """Yield a finding for each kind of personal data in a column."""
    for found in column.found():
        yield make_finding(
            "personal-data",
            line=found.lines[0],
            field=found.column,
            kind=Phrase(KINDS[found.kind]),
            found=found.words,
            share=f"{found.share:.1%}",
            lines=", ".join(map(str, found.lines)),
        )
