"""A version that did not run, or tried what apps may not, is found out, and where."""

from __future__ import annotations

import pytest
from datahall_hub.app_life.checks.finding import Place
from datahall_hub.app_life.trial_report import Attempt, CellError

from tests.hub.app_checks.submitted import codes, judge, make_trial, make_trials


def test_in_a_version_that_ran_nothing_is_found() -> None:
    assert judge() == []


def test_an_error_is_told_once_for_both_languages_with_its_cell_and_line() -> None:
    error = CellError(cell=3, line=7, name="ZeroDivisionError", text="division by zero")

    [found] = judge(trials=make_trials(ending="failed", error=error))

    assert (found.code, found.severity) == ("run-failed", "problem")
    assert found.place == Place(file="app.ipynb", cell=3, line=7)
    assert found.values == {"name": "ZeroDivisionError", "text": "division by zero"}


def test_an_error_in_one_language_alone_names_the_language() -> None:
    error = CellError(cell=3, name="KeyError", text="'zh'")

    [found] = judge(trials=[make_trial(), make_trial(language="zh", ending="failed", error=error)])

    assert found.place.language == "zh"


@pytest.mark.parametrize(
    ("text", "package"),
    [("No module named 'folium'", "folium"), ("No module named 'sklearn.cluster'", "sklearn")],
    ids=["a package", "a part of one"],
)
def test_a_package_that_is_missing_is_named(text: str, package: str) -> None:
    error = CellError(cell=1, line=1, name="ModuleNotFoundError", text=text)

    [found] = judge(trials=make_trials(ending="failed", error=error))

    assert (found.code, found.values) == ("module-missing", {"package": package})


@pytest.mark.parametrize(
    ("ending", "code"),
    [("too-slow", "run-too-slow"), ("too-large", "run-too-large"), ("died", "run-died"), ("failed", "run-failed")],
)
def test_other_endings_are_problems_too(ending: str, code: str) -> None:
    assert codes(judge(trials=make_trials(ending=ending))) == [code]


def test_a_language_in_which_it_was_not_tried_is_for_the_reviewer() -> None:
    [found] = judge(trials=[make_trial()])

    assert (found.code, found.severity, found.place.language) == ("not-tried", "not-run", "zh")


@pytest.mark.parametrize(
    ("kind", "target", "code", "severity", "told"),
    [
        ("connect", "example.org:443", "host-reached", "problem", "example.org"),
        ("resolve", "example.org", "host-reached", "problem", "example.org"),
        ("read", "/etc/passwd", "file-read", "problem", "/etc/passwd"),
        ("start", "curl", "program-started", "remark", "curl"),
    ],
)
def test_attempts_are_told(kind: str, target: str, code: str, severity: str, told: str) -> None:
    [found] = judge(trials=make_trials(attempts=[Attempt(kind=kind, target=target)]))

    assert (found.code, found.severity, found.values) == (code, severity, {"target": told})


def test_a_host_that_was_looked_up_and_connected_to_is_told_once() -> None:
    attempts = [Attempt(kind="resolve", target="a.example"), Attempt(kind="connect", target="a.example:80")]

    assert codes(judge(trials=make_trials(attempts=attempts))) == ["host-reached"]
