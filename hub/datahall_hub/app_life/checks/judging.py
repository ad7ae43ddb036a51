"""Judges a version: pure values in, findings out. Never raises, whatever a notebook or its trials hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import Manifest
from datahall_hub.app_life.trial_report import TrialReport
from datahall_hub.translations import LANGUAGES

from .data_judge import judge_datasets, judge_licenses
from .data_terms import DatasetFacts
from .finding import Finding
from .findings import make_finding
from .look_judge import judge_look
from .notebook_judge import judge_notebook
from .page_judge import judge_alternatives, judge_hosts
from .privacy_judge import judge_privacy, judge_secrets
from .subject import Subject
from .text_judge import judge_texts
from .trial_judge import judge_attempts, judge_trials

MOST_OF_A_CODE = 20  # findings; the rest is counted
MOST_OF_A_JUDGE = 5_000  # that are counted
JUDGES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    judge_notebook,
    judge_trials,
    judge_attempts,
    judge_datasets,
    judge_licenses,
    judge_privacy,
    judge_secrets,
    judge_hosts,
    judge_texts,
    judge_alternatives,
    judge_look,
)


def judge_version(
    *,
    notebook: Mapping[str, Any],
    manifest: Manifest,
    trials: Sequence[TrialReport],
    facts: Mapping[str, DatasetFacts],
    look: LookReport | None = None,
) -> list[Finding]:
    """Return what an author and a reviewer have to know of a version, the problems first.

    Parameters
    ----------
    notebook
        As it was submitted, in the form of nbformat 4 or claiming to be.
    manifest
        What the version says of itself.
    trials
        One report for each language.
    facts
        By dataset id; of an id that is not in it the hall has no dataset.
    look
        What was seen of its page; None where the trials had failed before.
    """
    subject = Subject(notebook, manifest, trials, facts, look)
    found = [finding for judge in JUDGES for finding in islice(judge(subject), MOST_OF_A_JUDGE)]
    return sorted(bound_codes(merge_languages(found)), key=lambda finding: finding.severity != "problem")


def merge_languages(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings without repetitions; what showed in the trials of all languages is said once, of none."""
    languages: dict[str, set[str]] = {}
    listed = [(finding, _name(finding)) for finding in findings]
    for finding, name in listed:
        languages.setdefault(name, set()).add(finding.place.language)
    merged: dict[str, Finding] = {}
    for finding, name in listed:
        if languages[name] >= set(LANGUAGES):
            place = finding.place.model_copy(update={"language": ""})
            merged.setdefault(name, finding.model_copy(update={"place": place}))
        else:
            merged.setdefault(name + finding.place.language, finding)
    return list(merged.values())


def _name(finding: Finding) -> str:
    place = finding.place
    return repr((finding.code, place.file, place.cell, place.line, place.field, sorted(finding.values.items())))


def bound_codes(findings: Iterable[Finding]) -> list[Finding]:
    """Return at most so many findings of one code, and one more that counts the others."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    bounded = []
    for code, alike in by_code.items():
        bounded += alike[:MOST_OF_A_CODE]
        if rest := alike[MOST_OF_A_CODE:]:
            more = make_finding("and-more", rest[0].place, code=code, count=len(rest))
            bounded.append(more.model_copy(update={"severity": rest[0].severity}))
    return bounded
