"""An app shows open data alone, and its licence goes together with theirs."""

from __future__ import annotations

from dataclasses import replace

import datahall
import pytest
from datahall_hub.app_life.checks.data_judge import is_license
from datahall_hub.app_life.checks.data_terms import NOT_STATED, DatasetFacts, find_facts

from tests.hub.app_checks.submitted import DATASET, FACTS, FREE, codes, judge, make_manifest, make_trials

OTHER = "transport/metro-ridership"


def judge_license(app: str, facts: DatasetFacts) -> list[str]:
    return codes(judge(manifest=make_manifest(license=app), facts={DATASET: facts}))


def terms(license: str) -> DatasetFacts:
    """Return facts of data under a licence of the hall's vocabulary."""
    known = datahall.licenses()[license]
    return replace(
        FACTS,
        license=license,
        terms=replace(
            FREE, commercial=known.commercial, attribution=known.attribution, share_alike=known.share_alike,
            derivatives="-ND" not in license,
        ),
    )  # fmt: skip


def test_a_dataset_that_is_not_here_is_a_problem() -> None:
    assert codes(judge(facts={})) == ["dataset-unknown"]


@pytest.mark.parametrize(
    ("access", "found"),
    [
        ("open", []),
        ("conditional", ["dataset-not-open"]),
        ("restricted", ["dataset-not-open"]),
        ("unknown", ["access-unknown"]),
    ],
)
def test_data_have_to_be_open(access: str, found: list[str]) -> None:
    assert codes(judge(facts={DATASET: replace(FACTS, access=access)})) == found


def test_a_dataset_that_is_opened_and_not_declared_is_remarked_on() -> None:
    used = [{"id": DATASET, "version": "1"}, {"id": OTHER, "version": "1"}]

    [found] = judge(trials=make_trials(used=used), facts={DATASET: FACTS, OTHER: FACTS})

    assert (found.code, found.severity, found.values["dataset"]) == ("dataset-undeclared", "remark", OTHER)


def test_a_dataset_that_is_opened_has_to_be_open_though_it_is_not_declared() -> None:
    used = [{"id": DATASET, "version": "1"}, {"id": OTHER, "version": "1"}]
    facts = {DATASET: FACTS, OTHER: replace(FACTS, access="restricted")}

    assert codes(judge(trials=make_trials(used=used), facts=facts)) == ["dataset-not-open", "dataset-undeclared"]


def test_a_dataset_that_is_never_opened_is_remarked_on_where_a_trial_came_to_its_end() -> None:
    assert codes(judge(trials=make_trials(used=[]))) == ["dataset-unopened"]
    assert codes(judge(trials=make_trials(used=[], ending="died"))) == ["run-died"]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("MIT", True), ("cc-by-4.0", True), ("LicenseRef-Our-Terms", True), ("CC-PDM-1.0", True), ("etalab-2.0", True),
        ("Free", False), ("CC BY 4.0", False), ("MIT OR Apache-2.0", False), ("LicenseRef-", False), ("(", False),
        ("x" * 10_000, False), ("许可", False),
    ],
)  # fmt: skip
def test_a_licence_is_one_identifier(text: str, is_one: bool) -> None:
    assert is_license(text) == is_one


def test_an_unknown_licence_of_the_app_is_a_problem() -> None:
    assert judge_license("Do what you like", FACTS) == ["app-license-unknown"]


@pytest.mark.parametrize(
    ("data", "app", "is_fine"),
    [
        ("CC-BY-SA-3.0", "CC-BY-SA-3.0", True),
        ("CC-BY-SA-3.0", "CC-BY-SA-4.0", True),
        ("CC-BY-SA-4.0", "CC-BY-SA-3.0", False),
        ("CC-BY-SA-4.0", "CC-BY-4.0", False),
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", False),
        ("CC-BY-SA-4.0", "BSD-3-Clause", False),
        ("LicenseRef-CC-BY-SA", "CC-BY-SA-4.0", True),
        ("ODbL-1.0", "ODbL-1.0", True),
        ("ODbL-1.0", "MIT", False),
        ("CC-BY-4.0", "MIT", True),
        ("CC0-1.0", "MIT", True),
    ],
)
def test_share_alike_data_ask_for_the_same_licence_or_a_later_version(data: str, app: str, is_fine: bool) -> None:
    assert judge_license(app, terms(data)) == ([] if is_fine else ["share-alike"])


@pytest.mark.parametrize(
    ("data", "app", "is_fine"),
    [
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", True),
        ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", True),
        ("CC-BY-NC-4.0", "LicenseRef-Ours-NC", True),
        ("CC-BY-NC-4.0", "CC-BY-4.0", False),
        ("CC-BY-NC-4.0", "BSD-3-Clause", False),
    ],
)
def test_non_commercial_data_ask_for_a_non_commercial_licence(data: str, app: str, is_fine: bool) -> None:
    assert judge_license(app, terms(data)) == ([] if is_fine else ["non-commercial"])


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (terms("CC-BY-ND-4.0"), "no-derivatives"),
        (replace(FACTS, license=NOT_STATED, terms=None), "terms-unknown"),
        (replace(terms("CC-BY-4.0"), publisher=" "), "publisher-missing"),
    ],
    ids=["changed versions are forbidden", "nobody has said the terms", "nobody to attribute them to"],
)
def test_what_a_reviewer_has_to_decide_is_remarked_on(facts: DatasetFacts, code: str) -> None:
    [found] = judge(facts={DATASET: facts})

    assert (found.code, found.severity) == (code, "remark")


def test_data_that_ask_for_no_attribution_need_no_publisher() -> None:
    assert judge(facts={DATASET: replace(FACTS, publisher="")}) == []


def test_facts_come_from_the_catalog() -> None:
    facts = find_facts([DATASET, "statistics/world-fertility"])

    assert facts[DATASET].access == "open"
    assert facts[DATASET].terms == FREE
    fertility = facts["statistics/world-fertility"]
    assert fertility.publisher == "World Bank"
    assert fertility.terms is not None
    assert fertility.terms.attribution


@pytest.mark.parametrize(
    "dataset_id",
    ["weather/none", "none/none", "", "/", "../../etc/passwd", "a@b", "harvested/", "harvested/x--y", "\ud800",
     "x" * 9999],
    ids=repr,
)  # fmt: skip
def test_of_what_the_catalog_does_not_have_there_are_no_facts(dataset_id: str) -> None:
    assert find_facts([dataset_id]) == {}
