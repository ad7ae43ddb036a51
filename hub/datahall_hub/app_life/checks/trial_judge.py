"""Whether a version ran, and what it tried that apps may not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datahall_hub.app_life.trial_report import Attempt, TrialReport
from datahall_hub.translations import LANGUAGES

from .finding import Finding, Place
from .findings import make_finding
from .pieces import NOTEBOOK
from .subject import Subject

_MISSING = re.compile(r"No module named '([\w.]{1,200})'")
_PORT = re.compile(r":\d{1,5}$")
_ENDINGS = {"too-slow": "run-too-slow", "too-large": "run-too-large", "died": "run-died"}
_ATTEMPTS = {
    "connect": "host-reached",
    "resolve": "host-reached",
    "read": "file-read",
    "start": "program-started",
}


def judge_trials(subject: Subject) -> Iterator[Finding]:
    """Yield what kept a version from running, in each language."""
    for trial in subject.trials:
        yield from _judge_ending(trial)
    for language in LANGUAGES:
        if all(trial.language != language for trial in subject.trials):
            yield make_finding("not-tried", Place.model_validate({"file": NOTEBOOK, "language": language}))


def _judge_ending(trial: TrialReport) -> Iterator[Finding]:
    error = trial.error
    place = Place(
        file=NOTEBOOK,
        cell=error.cell if error else None,
        line=error.line if error else None,
        language=trial.language,
    )
    if trial.ending in _ENDINGS:
        yield make_finding(_ENDINGS[trial.ending], place, seconds=round(trial.seconds))
    elif trial.ending == "failed" or error is not None:
        name, text = (error.name, error.text) if error else ("", "")
        missing = _MISSING.search(text) if name == "ModuleNotFoundError" else None
        if missing is not None:
            yield make_finding("module-missing", place, package=missing[1].partition(".")[0])
        else:
            yield make_finding("run-failed", place, name=name, text=text)


def judge_attempts(subject: Subject) -> Iterator[Finding]:
    """Yield what a version tried and could not do; the same attempt once for each language."""
    for trial in subject.trials:
        place = Place(file=NOTEBOOK, language=trial.language)
        for code, target in dict.fromkeys(map(_name_attempt, trial.attempts)):
            yield make_finding(code, place, target=target)


def _name_attempt(attempt: Attempt) -> tuple[str, str]:
    target = _PORT.sub("", attempt.target) if attempt.kind == "connect" else attempt.target
    return _ATTEMPTS[attempt.kind], target
