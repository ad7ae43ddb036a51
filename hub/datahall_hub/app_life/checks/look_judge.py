"""Whether everybody can use a version's page, by what axe-core saw of it; and whether there is a picture of it."""

from __future__ import annotations

from collections.abc import Iterator

from datahall_hub.app_life.look_report import LookReport, Violation

from .declarations import WORDS
from .finding import Finding, Place
from .findings import make_finding
from .pieces import NOTEBOOK
from .subject import Subject

SEVERE = ("serious", "critical")  # they keep people out


def judge_look(subject: Subject) -> Iterator[Finding]:
    """Yield what axe-core found, or that nobody has looked; nothing of a version whose trials failed before."""
    look = subject.look
    if look is None:
        return
    if look.hindrance:
        yield make_finding("accessibility-not-run", Place(file=NOTEBOOK), why=look.hindrance)
    if not look.has_picture and subject.manifest.thumbnail is None:
        yield make_finding("thumbnail-not-run", Place(file="thumbnail"), why=look.hindrance or "too-large")
    for violation in look.violations:
        yield _tell(violation, look)


def _tell(violation: Violation, look: LookReport) -> Finding:
    """Return a finding; what is in both languages is told alike in both, so that it is told once."""
    alike = [each for each in look.violations if (each.rule, each.cell) == (violation.rule, violation.cell)]
    return make_finding(
        "not-accessible" if violation.impact in SEVERE else "hard-to-use",
        Place(file=NOTEBOOK, cell=violation.cell, language=violation.language),
        rule=violation.rule,
        help=violation.help,
        count=max(each.count for each in alike),
        example=alike[0].example,
        advice=violation.rule if violation.rule in WORDS["advice"] else "other",
    )
