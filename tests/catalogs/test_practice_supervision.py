"""What hangs together at the practice city's companies is what its README says, at those that left since, too."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from datahall._practice.city import LAST_DAY, City
from datahall._practice.companies import register
from datahall._practice.supervision import _is_careless
from datahall._practice.writing import make_table

LARGE = City(400_000, 2)
TEN_YEARS = 3650


@cache
def companies() -> pl.DataFrame:
    """The companies with how many days of the last ten years they stood in the register, and what no table says."""
    firms, rank = register(LARGE), np.arange(LARGE.companies)
    begun = np.maximum(firms.established, LAST_DAY - TEN_YEARS + 1)
    own = pl.DataFrame(
        {
            "credit_code": pl.Series([bytes(code).decode() for code in firms.code]),
            "days": np.maximum(0, firms.last_day - begun + 1),
            "careless": _is_careless(LARGE, rank),
        }
    )
    return make_table(LARGE, "companies").join(own, on="credit_code", validate="1:1")


@cache
def found(table: str) -> pl.DataFrame:
    """Return a table with what is known of its companies."""
    return make_table(LARGE, table).join(companies(), on="credit_code", validate="m:1")


def rate(table: str, where: pl.Expr) -> float:
    """Return how many rows a table has in ten years for one company of a kind."""
    days = companies().filter(where)["days"].to_numpy().sum()
    return float(found(table).filter(where).height * TEN_YEARS / days)


@pytest.mark.parametrize("table", ["inspections", "incidents"])
def test_companies_that_left_are_met_as_often_as_others_while_they_stood_in_the_register(table: str) -> None:
    left = pl.col("left_on").is_not_null()
    assert found(table).filter(left).height > 100
    assert rate(table, left) == pytest.approx(rate(table, ~left), rel=0.25)


def test_who_is_inspected_depends_on_nothing() -> None:
    assert rate("inspections", pl.col("careless")) == pytest.approx(rate("inspections", ~pl.col("careless")), rel=0.05)
    assert rate("inspections", pl.col("size") == "micro") == pytest.approx(rate("inspections", pl.lit(True)), rel=0.05)


@pytest.mark.parametrize(("careless", "corrected", "failed"), [(True, 0.34, 0.16), (False, 0.081, 0.019)])
def test_inspections_find_more_at_careless_companies(careless: bool, corrected: float, failed: float) -> None:
    result = found("inspections").filter(careless=careless)["result"]
    assert (result == "to-correct").mean() == pytest.approx(corrected, abs=0.02)
    assert (result == "failed").mean() == pytest.approx(failed, abs=0.01)


def test_careless_companies_have_eight_times_as_many_incidents_for_the_same_work() -> None:
    alike = pl.col("size").is_in(["small", "micro"]) & (pl.col("industry") == "C")
    many = rate("incidents", alike & pl.col("careless")) / rate("incidents", alike & ~pl.col("careless"))
    assert many == pytest.approx(8, rel=0.35)


def test_dangerous_trades_and_more_staff_bring_more_incidents() -> None:
    by_trade = {code: rate("incidents", pl.col("industry") == code) for code in ("E", "C", "F")}
    assert by_trade["E"] > by_trade["C"] > by_trade["F"]
    by_size = [rate("incidents", pl.col("size") == size) for size in ("micro", "small", "medium", "large")]
    assert by_size == sorted(by_size)


@pytest.mark.parametrize("population", [1, 60, 3_000])
def test_a_village_may_have_had_no_incident(population: int) -> None:
    table = make_table(City(population, 5), "incidents")
    assert table.schema == found("incidents").select(table.columns).schema
    assert (table["deaths"] >= 0).all()
