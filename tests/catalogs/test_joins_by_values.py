"""Joins that the values of real datasets show: the promised rate of matches is held against the join itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import datahall
import numpy as np
import polars as pl
import pytest
from datahall import store
from datahall._joining.sketch_files import NAME
from datahall._joins import Join
from datahall.cli import run

from tests.catalogs.card_drafts import draft, field, save_card, save_data

PAIRS = [
    ("culture/tang-poems", ["author"], "culture/tang-poets", ["name"]),
    ("education/us-college-majors", ["major"], "employment/us-women-in-science", ["major"]),
    ("education/us-fields-of-degree", ["major_code"], "education/us-college-majors", ["major_code"]),
    ("enterprise/sp500-companies", ["sector"], "enterprise/sp500-sectors", ["sector"]),
    ("agriculture/us-corn", ["state"], "agriculture/us-wheat", ["state"]),
    ("agriculture/us-corn", ["state", "year"], "agriculture/us-wheat", ["state", "year"]),
    ("health/china-covid-19-early-2020", ["province"], "geography/china-provinces", ["name"]),
    ("health/china-covid-19-early-2020", ["city_en"], "transport/airports", ["city"]),
    ("geography/china-counties", ["city_code"], "geography/china-cities", ["code"]),
    ("geography/china-townships", ["county_code"], "geography/china-counties", ["code"]),
    ("geography/china-counties", ["code"], "geography/china-townships", ["county_code"]),
    ("transport/airports", ["country"], "transport/countries-in-aviation", ["name"]),
    ("statistics/country-codes", ["m49"], "statistics/un-m49-regions", ["m49"]),
    ("health/italy-west-nile-horses", ["province_code"], "health/italy-west-nile-people-provinces", ["province_code"]),
]
CITY = [
    ("statistics/practice-people", ["household"], "statistics/practice-households", ["household"]),
    ("medical/practice-visits", ["citizen_number"], "statistics/practice-people", ["citizen_number"]),
    ("credit/practice-penalties", ["credit_code"], "enterprise/practice-companies", ["credit_code"]),
    ("employment/practice-jobs", ["citizen_number"], "social-security/practice-insured", ["citizen_number"]),
    ("environment/practice-air", ["district", "day"], "weather/practice-weather", ["district", "day"]),
]


def find(joins: Sequence[Join], on: list[str], other: str, other_on: list[str]) -> Join:
    (found,) = [
        join
        for join in joins
        if join.other == other and [(join.field, join.other_field), *join.also] == list(zip(on, other_on, strict=True))
    ]
    return found


def measure(asked: str, on: list[str], other: str, other_on: list[str]) -> float:
    """Return which share of the rows finds a partner, by the join itself."""
    left, right = (datahall.dataset(name).polars().collect() for name in (asked, other))
    keys = [f"key{number}" for number in range(len(on))]
    width = 3 if on == ["m49"] else 0
    left = left.select(
        pl.col(name).cast(pl.String).str.zfill(width).alias(key) for name, key in zip(on, keys, strict=True)
    )
    right = right.select(pl.col(name).cast(pl.String).alias(key) for name, key in zip(other_on, keys, strict=True))
    return left.join(right, on=keys, how="semi").height / left.height


@pytest.mark.parametrize(("asked", "on", "other", "other_on"), [*PAIRS, *CITY])
@pytest.mark.usefixtures("mirror")
def test_the_promised_rate_of_matches_is_the_true_one_within_its_bounds(
    asked: str, on: list[str], other: str, other_on: list[str]
) -> None:
    for name in (asked, other):
        datahall.store.fetch(name)
    join = find(datahall.dataset(asked).joinable(), on, other, other_on)
    assert join.match_low is not None
    assert join.match_rate is not None
    assert join.match_high is not None
    truth = measure(asked, on, other, other_on)
    assert join.match_low - 1e-9 <= truth <= join.match_high + 1e-9
    assert join.match_rate == pytest.approx(truth, abs=0.05)
    assert join.match_high - join.match_low < 0.2


@pytest.mark.parametrize(("asked", "on", "other", "other_on"), [PAIRS[2], PAIRS[5], PAIRS[12], PAIRS[0]])
@pytest.mark.usefixtures("mirror")
def test_the_line_to_copy_does_the_join(asked: str, on: list[str], other: str, other_on: list[str]) -> None:
    for name in (asked, other):
        datahall.store.fetch(name)
    join = find(datahall.dataset(asked).joinable(), on, other, other_on)
    joined = eval(join.code, {"datahall": datahall, "pl": pl}).collect()  # ours, and what a person would run
    rows = datahall.dataset(asked).rows
    assert joined.height == rows if join.is_key else joined.height >= rows
    extra = next(
        name for name in joined.columns if name not in {field.name for field in datahall.dataset(asked).fields}
    )
    assert joined.height - joined[extra].null_count() > 0


def save_pair(
    home: Path, left: Sequence[object], right: Sequence[object], *, name: str = "code", **more: object
) -> None:
    """Write two datasets of one column each, `left` and `right`, and fetch them."""
    for dataset, values in (("left", left), ("right", right)):
        text = name + "\n" + "".join(f"{value}\n" for value in values)
        save_data(home, text.encode(), name=f"culture/{dataset}.csv")
        source = {"path": f"culture/{dataset}.csv", "format": "csv"}
        save_card(home, draft(sources=[source], fields=[field(name, "string")], **more), name=dataset)
        datahall.store.fetch(f"culture/{dataset}")


def joins_of(left: str = "culture/left", right: str = "culture/right") -> list[Join]:
    return [join for join in datahall.dataset(left).joinable() if join.other == right]


STATIONS = [f"station {number}" for number in range(40)]


def test_columns_without_a_declared_meaning_are_found_by_their_values(home: Path) -> None:
    save_pair(home, STATIONS * 2, [*STATIONS[:30], "elsewhere"])
    (join,) = joins_of()
    assert (join.basis, join.semantic, join.is_key, join.shared_values) == ("values", None, True, 30)
    assert join.match_rate == join.match_low == join.match_high == 0.75


def test_empty_cells_count_as_rows_without_a_partner(home: Path) -> None:
    save_pair(home, ["", *STATIONS[:19]], STATIONS)
    assert joins_of()[0].match_rate in (0.95, 1.0)  # a line with nothing is no row of a table of one column


def test_fields_of_one_meaning_whose_values_never_meet_are_no_join(home: Path) -> None:
    for name, values in (("left", "AA BB"), ("right", "CC DD")):
        save_data(home, ("code\n" + values.replace(" ", "\n")).encode(), name=f"culture/{name}.csv")
        source = {"path": f"culture/{name}.csv", "format": "csv"}
        fields = [field("code", "string", semantic="stock-ticker")]
        save_card(home, draft(sources=[source], fields=fields), name=name)
    assert [join.basis for join in joins_of()] == ["meaning"]
    datahall.store.fetch("culture/left")
    datahall.store.fetch("culture/right")
    assert joins_of() == []


def test_a_version_from_before_there_were_sketches_is_joined_by_meaning_alone(home: Path) -> None:
    save_pair(home, STATIONS, STATIONS)
    ds = datahall.dataset("culture/right")
    (store.dataset_folder(ds.id) / str(ds.version) / NAME).unlink()
    assert joins_of() == []


def test_the_version_does_not_depend_on_the_sketches(home: Path) -> None:
    save_pair(home, STATIONS, STATIONS)
    left, right = (datahall.dataset(f"culture/{name}") for name in ("left", "right"))
    assert left.version == right.version
    files = [store.dataset_folder(each.id) / str(each.version) / NAME for each in (left, right)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_data_that_is_not_open_any_more_is_not_compared(home: Path) -> None:
    save_pair(home, STATIONS, STATIONS)
    card = draft(sources=[{"path": "culture/right.csv", "format": "csv"}], fields=[field("code", "string")])
    save_card(home, card | {"access": "conditional"}, name="right")
    assert joins_of() == []
    assert joins_of("culture/right", "culture/left") == []


def test_invented_values_are_not_compared_with_real_ones(home: Path) -> None:
    save_pair(home, STATIONS, STATIONS)
    card = draft(sources=[{"path": "culture/right.csv", "format": "csv"}], fields=[field("code", "string")])
    save_card(home, card | {"synthetic": True}, name="right")
    assert joins_of() == []


def test_a_notebook_shows_the_joins_in_both_languages_and_escapes_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pair(home, STATIONS, STATIONS, title={"en": "<script>", "zh": "车站"})
    joins = datahall.dataset("culture/left").joinable()
    page = joins._repr_html_()
    assert "<script>" not in page
    assert "rows that find a partner · 能匹配的行" in page
    assert joins[0].code.split("(")[0] in page
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    assert "车站" in joins._repr_html_()
    assert "取值" in repr(joins)
    assert repr(joins[:0]).startswith("尚未发现")


def test_the_command_line_tells_the_joins(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_pair(home, STATIONS, STATIONS)
    assert run(["joinable", "culture/left"]) == 0
    assert "culture/right  code = code  100 %" in capsys.readouterr().out
    assert run(["joinable", "culture/left", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["other"], found["match_rate"], found["is_key"], found["also"]) == ("culture/right", 1.0, True, [])
    assert run(["joinable", "culture/nothing"]) == 1


def test_hostile_names_stay_data_in_the_line_to_copy(home: Path) -> None:
    save_pair(home, STATIONS, STATIONS, name="e\u0301_码_id")  # what a field's pattern allows, and no more
    assert compile(joins_of()[0].code, "line", "eval")


def test_arrays_are_bounded_whatever_the_table(home: Path) -> None:
    save_pair(home, range(10**6, 10**6 + 30_000), range(10**6, 10**6 + 30_000))
    folder = store.dataset_folder("culture/left") / str(datahall.dataset("culture/left").version)
    with np.load(folder / NAME, allow_pickle=False) as arrays:
        assert len(arrays["hashes"]) <= 4096 + 64
    assert (folder / NAME).stat().st_size < 45_000


PLACES = [
    ("environment/co2-fossil-by-nation", "country", "statistics/country-codes", "alpha2"),
    ("statistics/world-fertility", "code", "transport/countries-in-aviation", "iso_code"),
    ("finance/us-exchange-rates", "country", "statistics/un-m49-regions", "alpha2"),
    ("safety/us-state-crime", "state", "credit/us-loan-growth-by-state", "state_fips"),
    ("employment/us-librarians-by-area", "state", "transport/us-fatal-crashes-by-state", "state"),
    ("health/china-covid-19-early-2020", "province_code", "geography/china-provinces", "code"),
    ("health/china-covid-19-early-2020", "city_code", "geography/china-cities", "code"),
]


@pytest.mark.parametrize(("asked", "on", "other", "other_on"), PLACES)
@pytest.mark.usefixtures("mirror")
def test_places_that_two_datasets_name_differently_are_found_with_the_rate_that_their_join_has(
    asked: str, on: str, other: str, other_on: str
) -> None:
    for name in (asked, other):
        datahall.store.fetch(name)
    join = find(datahall.dataset(asked).joinable(), [on], other, [other_on])
    assert join.basis == "places"
    assert join.match_low is not None
    assert join.match_high is not None
    truth = eval(join.code, {"datahall": datahall}).match_rate  # ours, and what a person would run
    assert join.match_low - 0.01 <= truth <= join.match_high + 0.01


@pytest.mark.usefixtures("mirror")
def test_letters_that_are_no_countries_are_not_taken_for_their_codes() -> None:
    for name in ("health/italy-west-nile-horses", "statistics/country-codes"):
        datahall.store.fetch(name)
    joins = datahall.dataset("health/italy-west-nile-horses").joinable()
    assert not [join for join in joins if join.other == "statistics/country-codes"]


@pytest.mark.parametrize(
    ("asked", "on", "other", "other_on"),
    [
        ("statistics/us-common-full-names", "surname", "transport/us-airports", "city"),
        ("statistics/us-common-full-names", "surname", "transport/us-airports", "name"),
        ("enterprise/connecticut-business-formations-by-town", "town", "transport/us-airports", "name"),
    ],
)
@pytest.mark.usefixtures("mirror")
def test_names_that_are_only_spelt_alike_are_no_join(asked: str, on: str, other: str, other_on: str) -> None:
    for name in (asked, other):
        datahall.store.fetch(name)
    assert (on, other_on) not in {(join.field, join.other_field) for join in joins_of(asked, other)}
