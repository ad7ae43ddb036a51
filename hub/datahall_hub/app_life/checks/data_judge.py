"""Whether a version may show its data: who may read them, and what their licences ask of the app's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from .data_terms import DatasetFacts
from .finding import Finding, Place
from .findings import make_finding
from .subject import Subject

MANIFEST = "app.yaml"
OPEN, UNKNOWN = "open", "unknown"
_ONE_ID = re.compile(r"[A-Za-z0-9.+-]{1,100}")
# Family and version of a licence: CC-BY-SA-4.0 is a later CC-BY-SA than 3.0; LicenseRef-CC-BY-SA is some version of it.
_PARTS = re.compile(r"(?:LicenseRef-)?(.+?)(?:-(\d+(?:\.\d+)*))?(?:-only|-or-later|\+)?", re.IGNORECASE)
_NON_COMMERCIAL = re.compile(r"(?:^|-)NC(?:-|$)", re.IGNORECASE)


def judge_datasets(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with the datasets that a version opens or declares."""
    place = Place(file=MANIFEST, field="datasets")
    for dataset in dict.fromkeys(subject.declared + subject.used):
        facts = subject.facts.get(dataset)
        if facts is None:
            yield make_finding("dataset-unknown", place, dataset=dataset)
        elif facts.access == UNKNOWN:
            yield make_finding("access-unknown", place, dataset=dataset)
        elif facts.access != OPEN:
            yield make_finding("dataset-not-open", place, dataset=dataset, access=facts.access)
    for dataset in subject.used:
        if dataset not in subject.declared:
            yield make_finding("dataset-undeclared", place, dataset=dataset)
    if any(trial.ending == "finished" for trial in subject.trials):
        for dataset in subject.declared:
            if dataset not in subject.used:
                yield make_finding("dataset-unopened", place, dataset=dataset)


def judge_licenses(subject: Subject) -> Iterator[Finding]:
    """Yield what stands between the app's licence and those of its data."""
    place, app_license = Place(file=MANIFEST, field="license"), subject.manifest.license
    if not is_license(app_license):
        yield make_finding("app-license-unknown", place, license=app_license)
    for dataset in dict.fromkeys(subject.declared + subject.used):
        if (facts := subject.facts.get(dataset)) is not None:
            for code in _find_conflicts(facts, app_license=app_license):
                yield make_finding(code, place, dataset=dataset, license=facts.license, app_license=app_license)


def _find_conflicts(facts: DatasetFacts, *, app_license: str) -> Iterator[str]:
    terms = facts.terms
    if terms is None:
        yield "terms-unknown"
        return
    if terms.share_alike and not is_same_or_later(app_license, than=facts.license):
        yield "share-alike"
    if not terms.commercial and not _NON_COMMERCIAL.search(app_license):
        yield "non-commercial"
    if not terms.derivatives:
        yield "no-derivatives"
    if terms.attribution and not facts.publisher.strip():
        yield "publisher-missing"


def is_license(text: str) -> bool:
    """Tell whether a text is one identifier of SPDX, or one beginning with ``LicenseRef-``."""
    if not _ONE_ID.fullmatch(text):
        return False
    try:
        canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return False
    return True


def is_same_or_later(license: str, *, than: str) -> bool:
    """Tell whether a licence is another one, or a later version of it."""
    family, version = _part(license)
    other_family, other_version = _part(than)
    return family == other_family and (not version or version >= other_version)


def _part(license: str) -> tuple[str, tuple[int, ...]]:
    found = _PARTS.fullmatch(license[:100])
    if found is None:
        return license, ()
    return found[1].lower(), tuple(int(number[:9]) for number in (found[2] or "").split(".") if number)
