"""What can be joined with what, by what the cards say that fields identify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datahall
import pytest

from tests.catalogs.card_drafts import draft, field, save_card


def others(dataset_id: str, semantic: str) -> set[tuple[str, str]]:
    return {
        (join.other, join.other_field) for join in datahall.dataset(dataset_id).joinable() if join.semantic == semantic
    }


def test_companies_are_found_by_their_code_in_every_department_of_the_city() -> None:
    found = others("employment/practice-jobs", "unified-social-credit-code")
    assert ("enterprise/practice-companies", "credit_code") in found
    assert {"safety/practice-inspections", "social-security/practice-insured"} <= {name for name, _ in found}
    assert not any(name.endswith("/practice-jobs") for name, _ in found)


def test_a_join_that_finds_one_row_at_most_comes_first() -> None:
    joins = datahall.dataset("employment/practice-jobs").joinable()
    semantic = "unified-social-credit-code"
    assert ("credit_code", "enterprise/practice-companies", "credit_code", semantic, True) in [
        (join.field, join.other, join.other_field, join.semantic, join.is_key) for join in joins
    ]
    keys = [join.is_key for join in joins]
    assert keys == sorted(keys, reverse=True)
    assert {True, False} == set(keys)


def test_every_join_of_practice_data_finds_rows() -> None:
    for name in ("culture/practice-museum-visits", "credit/practice-penalties"):
        left = datahall.dataset(name).polars().collect()
        for join in datahall.dataset(name).joinable():
            right = datahall.dataset(join.other).polars().collect()
            assert left.join(right, left_on=join.field, right_on=join.other_field, how="semi").height, join


def test_codes_of_provinces_are_not_joined_with_codes_of_counties() -> None:
    joins = datahall.dataset("geography/china-cities").joinable()
    assert {(join.field, join.other, join.other_field) for join in joins} == {
        ("code", "geography/china-counties", "city_code"),
        ("province_code", "geography/china-provinces", "code"),
        ("province_code", "geography/china-counties", "province_code"),
        ("code", "geography/china-townships", "city_code"),
        ("province_code", "geography/china-townships", "province_code"),
    }


def test_places_that_were_measured_are_no_keys() -> None:
    assert not others("transport/airports", "latitude")


@pytest.mark.parametrize(
    ("practice", "semantic", "joins"),
    [
        ({"table": "museums"}, "practice-museum", True),
        ({"table": "museums", "seed": 2}, "practice-museum", False),
        ({"table": "companies", "population": 1000}, "unified-social-credit-code", False),
        ({"table": "companies"}, "unified-social-credit-code", True),
        (None, "unified-social-credit-code", False),
        ({"table": "visits", "seed": 2}, "icd-10", True),
        (None, "icd-10", True),
    ],
    ids=["one city", "another seed", "another population", "its companies", "real codes", "a classification", "both"],
)
def test_invented_things_are_joined_within_their_city_only(
    home: Path, practice: dict[str, Any] | None, semantic: str, joins: bool
) -> None:
    source = {"practice": practice, "format": "csv"} if practice else {"path": "culture/x.csv", "format": "csv"}
    kind = "integer" if semantic == "practice-museum" else "string"
    card = draft(sources=[source], synthetic=practice is not None, fields=[field("code", kind, semantic=semantic)])
    save_card(home, card)
    found = {join.other for join in datahall.dataset("culture/visitors").joinable()}
    assert bool(found) == joins


def test_cards_of_hundreds_of_fields_with_one_meaning_keep_nobody_waiting(home: Path) -> None:
    fields = [field(f"paper{number}", "string", semantic="doi") for number in range(600)]
    for name in ("left", "right"):
        source = {"path": f"culture/{name}.csv", "format": "csv"}
        save_card(home, draft(sources=[source], fields=fields), name=name)
    joins = [join for join in datahall.dataset("culture/left").joinable() if join.other == "culture/right"]
    assert 0 < len(joins) <= 200
