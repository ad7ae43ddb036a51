"""Findings: every thing that `datahall add` may remark about a file, each declared once with its words.

A finding says what was seen (`message`) and what was done about it (`done`). Nothing is changed in silence:
whatever the draft card does with a value is one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .._messages import N_, chosen_language, translate

Severity = Literal["note", "warning", "problem"]

EXAMPLES = 20  # of one finding in one field; more are counted, not listed


@dataclass(frozen=True)
class Statement:
    """A marked sentence with the things that it names, spoken in the reader's language."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def spoken(self, language: str | None = None) -> str:
        """Return the sentence in `language` (``en`` or ``zh``; default: the environment's)."""
        return translate(self.text, language=language or chosen_language(), **self.values)

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
}


def make_finding(code: str, *, line: int | None = None, field: str | None = None, **values: object) -> Finding:
    """Return a finding of a declared kind; both of its sentences may name any of `values`."""
    kind = KINDS[code]
    return Finding(code, kind.severity, line, field, Statement(kind.message, values), Statement(kind.done, values))
