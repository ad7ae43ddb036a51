"""What the practice city's rows say of one person, company or dwelling is what could be, not only right on average."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from datahall._practice.city import TODAY, City
from datahall._practice.writing import make_table

from tests.catalogs.practice_tables import Table


def test_companies_are_led_by_people_who_were_of_age_and_are_not_too_old(table: Table) -> None:
    led = table("companies").join(table("people"), left_on="representative", right_on="citizen_number")
    assert led["age"].is_between(18, 75).all()
    assert (led["established"] >= led["birthday"].dt.offset_by("18y")).all()


def test_who_leads_a_company_has_no_job_elsewhere(table: Table) -> None:
    active = table("companies").filter(status="active").select("representative", own="credit_code")
    jobs = table("jobs").join(active, left_on="citizen_number", right_on="representative")
    at_own = jobs.group_by("citizen_number").agg((pl.col("credit_code") == pl.col("own")).any().alias("at_own"))
    assert at_own.height > 100
    assert at_own["at_own"].all()


def test_companies_of_every_size_pass_into_one_another() -> None:
    city = City(400_000, 2)
    counts = make_table(city, "jobs").group_by("credit_code").len()["len"].unique().sort().to_list()
    small = [count for count in counts if count <= 300]
    assert all(after <= before * 1.15 + 1 for before, after in pairwise(small))
    assert counts[-1] > 2_000


@pytest.mark.parametrize(("population", "seed"), [(20_000, 1), (100_000, 3), (700, 4), (60, 5)])
def test_incidents_hurt_no_more_people_than_work_there(population: int, seed: int) -> None:
    city = City(population, seed)
    employed = make_table(city, "jobs").group_by("credit_code").len("employed")
    active = make_table(city, "companies").filter(status="active")  # who worked at others is not on record
    found = make_table(city, "incidents").join(active, on="credit_code").join(employed, on="credit_code", how="left")
    most = found["employed"].fill_null(0).clip(lower_bound=1)  # who leads a company works there, if nobody else
    assert (found["deaths"] + found["injured"] <= most).all()
    assert (found["injured"] >= 0).all()


def test_loans_fit_the_capital_and_fail_after_ninety_days_at_the_earliest(table: Table) -> None:
    loans = table("company-loans").join(table("companies"), on="credit_code")
    assert (loans["amount"] <= 5 * loans["capital"]).all()
    assert loans["amount"].min() >= 1  # type: ignore[operator]
    failed = loans.filter(state="non-performing")
    assert failed.height > 0
    assert failed.select((pl.lit(TODAY) - pl.col("granted")).dt.total_days().min()).item() > 90


@pytest.mark.parametrize(("diagnosis", "youngest"), [("F32", 10), ("M54", 12), ("I10", 18), ("E11", 10), ("S93", 3)])
def test_diagnoses_fit_ages(table: Table, diagnosis: str, youngest: int) -> None:
    visits = table("visits").filter(diagnosis=diagnosis).join(table("people"), on="citizen_number")
    assert visits.height > 0
    assert visits["age"].min() >= youngest  # type: ignore[operator]


def test_costs_fit_diagnoses(table: Table) -> None:
    mean = dict(table("visits").group_by("diagnosis").agg(pl.col("cost").mean()).iter_rows())
    assert mean["J18"] > 3 * mean["J06"]
    assert mean["H10"] < mean["M54"]


@pytest.mark.parametrize(("kind", "trade"), [("construction", "E"), ("road-transport", "G"), ("publishing", "R")])
def test_permits_go_to_their_trade_first(table: Table, kind: str, trade: str) -> None:
    held = table("permits").join(table("companies"), on="credit_code")
    share = dict(held.group_by("industry").agg((pl.col("kind") == kind).mean()).iter_rows())
    assert share[trade] == max(share.values()) > 0.5


def test_space_and_electricity_grow_with_the_household(table: Table) -> None:
    homes = table("households").join(table("dwellings"), on="dwelling")
    used = table("electricity").group_by("dwelling").agg(pl.col("energy").mean())
    for frame, column in ((homes, "area"), (homes.join(used, on="dwelling"), "energy")):
        mean = frame.group_by("size").agg(pl.col(column).mean()).sort("size")[column].to_list()
        assert mean == sorted(mean)
        assert mean[-1] > 1.5 * mean[0]
