"""What axe-core saw is told by its weight, once for both languages; where nobody looked, a reviewer has to."""

from __future__ import annotations

import pytest
from datahall_hub.app_life.checks.accessibility_advice import ADVICE
from datahall_hub.app_life.checks.findings import describe_finding

from tests.hub.app_checks.submitted import LANGUAGES, codes, judge, make_look, make_manifest, make_violation


@pytest.mark.parametrize(
    ("impact", "code", "severity"),
    [
        ("critical", "not-accessible", "problem"),
        ("serious", "not-accessible", "problem"),
        ("moderate", "hard-to-use", "remark"),
        ("minor", "hard-to-use", "remark"),
    ],
)
def test_what_keeps_people_out_is_a_problem_and_the_rest_a_remark(impact: str, code: str, severity: str) -> None:
    [found] = judge(look=make_look(violations=[make_violation("list", impact=impact)]))

    assert (found.code, found.severity, found.place.cell) == (code, severity, 1)


def test_what_is_in_both_languages_is_told_once_with_the_larger_count() -> None:
    violations = [
        make_violation("list", language=language, count=count)
        for language, count in zip(LANGUAGES, (2, 3), strict=True)
    ]

    [found] = judge(look=make_look(violations=violations))

    assert (found.place.language, found.values["count"]) == ("", 3)


def test_what_is_in_one_language_names_it() -> None:
    [found] = judge(look=make_look(violations=[make_violation("list", language="zh")]))

    assert found.place.language == "zh"


@pytest.mark.parametrize("rule", [*ADVICE, "of-a-later-axe"])
def test_each_rule_is_named_with_how_to_mend_it(rule: str) -> None:
    [found] = judge(look=make_look(violations=[make_violation(rule, count=4)]))

    for language in ("en", "zh"):
        said = describe_finding(found, language=language)
        assert all(word in said["message"] for word in (rule, "Elements must …", "4", "<p>"))
        assert said["mend"] not in ("", rule, "other")


def test_where_nobody_looked_both_are_said_not_to_have_run() -> None:
    found = judge(look=make_look(hindrance="failed", has_picture=False))

    assert codes(found) == ["accessibility-not-run", "thumbnail-not-run"]
    assert {each.severity for each in found} == {"not-run"}


def test_an_author_who_gave_a_picture_needs_none() -> None:
    found = judge(look=make_look(hindrance="failed", has_picture=False), manifest=make_manifest(thumbnail="a.png"))

    assert codes(found) == ["accessibility-not-run"]


def test_nothing_is_said_of_looks_where_the_trials_have_failed() -> None:
    assert judge(look=None) == []
