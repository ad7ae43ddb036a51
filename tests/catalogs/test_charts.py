"""Which chart a table gets, that its values are those of the rows, and that it is bounded whatever the rows are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest
from datahall import store
from datahall._charts.aggregation import compute_chart, names_of
from datahall._charts.chart import MOST_BARS, MOST_PLACES, MOST_POINTS, Chart
from datahall._charts.choice import choose_plan
from datahall._quality.distributions import describe_fields
from datahall.card import Card
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import CSV, draft, field, save_card, save_data

ID = "culture/visitors"
DAYS = [date(2020, 1, 1) + timedelta(days=n) for n in range(40)]
YEARS = list(range(1990, 2020))


def chart_of(columns: dict[str, Any], fields: list[dict[str, Any]], *, key: tuple[str, ...] = ()) -> Chart | None:
    """Return the chart of a small table."""
    card = Card.model_validate(draft(fields=fields, primary_key=list(key)))
    rows = pl.DataFrame(columns).lazy()
    known = names_of(describe_fields(rows))
    plan = choose_plan(card, known)
    return compute_chart(rows, plan=plan, distributions=known) if plan else None


@pytest.mark.parametrize(
    ("columns", "fields", "key", "expected"),
    [
        pytest.param(
            {"day": DAYS, "rain": [float(n) for n in range(40)]},
            [field("day", "date"), field("rain", "number", unit="mm")],
            ("day",),
            ("line", "day", ("rain",), None, "value"),
            id="a number for each day",
        ),
        pytest.param(
            {"day": DAYS, "low": range(40), "rain": range(40), "high": range(1, 41)},
            [field("day", "date"), field("rain", "integer", unit="mm")]
            + [field(name, "integer", unit="°C") for name in ("low", "high")],
            ("day",),
            ("line", "day", ("low", "high"), None, "value"),
            id="numbers of one unit stand on one scale",
        ),
        pytest.param(
            {"year": YEARS * 2, "source": ["coal"] * 30 + ["wind"] * 30, "power": range(60)},
            [field("year", "integer"), field("source", "string"), field("power", "integer", unit="GWh")],
            ("year", "source"),
            ("line", "year", ("power",), "source", "value"),
            id="a line for each of few words",
        ),
        pytest.param(
            {"year": YEARS * 9, "place": sorted("abcdefghi" * 30), "deaths": range(270)},
            [field("year", "integer"), field("place", "string"), field("deaths", "integer", unit="deaths")],
            ("year", "place"),
            ("line", "year", ("deaths",), None, "sum"),
            id="what is counted adds up",
        ),
        pytest.param(
            {"year": YEARS * 9, "place": sorted("abcdefghi" * 30), "rate": range(270)},
            [field("year", "integer"), field("place", "string"), field("rate", "integer", unit="%")],
            ("year", "place"),
            ("line", "year", ("rate",), None, "mean"),
            id="rates have a mean",
        ),
        pytest.param(
            {"name": [f"town {n}" for n in range(50)], "people": range(50)},
            [field("name", "string"), field("people", "integer", unit="persons")],
            ("name",),
            ("bars", "name", ("people",), None, "value"),
            id="the largest of things with names",
        ),
        pytest.param(
            {"code": [f"{n:04}" for n in range(60)], "kind": ["a", "b", "b"] * 20},
            [field("code", "string"), field("kind", "string")],
            ("code",),
            ("bars", "kind", (), None, "count"),
            id="rows by a word",
        ),
        pytest.param(
            {"income": [n * n for n in range(60)]},
            [field("income", "integer", unit="EUR")],
            (),
            ("histogram", "income", (), None, "count"),
            id="a number alone",
        ),
        pytest.param(
            {"lat": [n / 2 for n in range(60)], "lon": [float(n) for n in range(60)], "deep": range(60)},
            [
                field("lat", "number", semantic="latitude"),
                field("lon", "number", semantic="longitude"),
                field("deep", "integer", unit="m"),
            ],
            (),
            ("places", "lon", ("lat",), None, "value"),
            id="places",
        ),
    ],
)
def test_a_table_gets_the_chart_that_suits_its_fields(
    columns: dict[str, Any], fields: list[dict[str, Any]], key: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    chart = chart_of({name: list(values) for name, values in columns.items()}, fields, key=key)
    assert chart is not None
    plan = chart.plan
    assert (plan.kind, plan.x, plan.measures, plan.by, plan.how) == expected


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        pytest.param({"id": range(60)}, [field("id", "integer")], id="numbers that name"),
        pytest.param({"text": [f"line {n}" for n in range(60)]}, [field("text", "string")], id="texts that differ"),
        pytest.param({"empty": [None] * 9}, [field("empty", "number", unit="m")], id="nothing in it"),
        pytest.param({"same": [1.0] * 9}, [field("same", "number", unit="m")], id="always the same"),
    ],
)
def test_a_table_without_anything_to_see_gets_none(columns: dict[str, Any], fields: list[dict[str, Any]]) -> None:
    assert chart_of({name: list(values) for name, values in columns.items()}, fields) is None


def test_totals_and_means_are_those_of_the_rows() -> None:
    columns = {"year": [2001, 2001, 2002, 2003, 2004, None], "rate": [1.0, 2.0, 5.0, None, 7.0, 100.0]}
    fields = [field("year", "integer"), field("rate", "number", unit="%")]
    chart = chart_of({name: values * 2 for name, values in columns.items()}, fields)
    assert chart is not None
    assert dict(zip(chart.labels, chart.series[0].values, strict=True)) == {"2001": 1.5, "2002": 5.0, "2004": 7.0}
    assert (chart.rows, chart.of) == (8, 12)


def test_bars_beyond_the_twelfth_are_told_together() -> None:
    words = [f"w{n:02}" for n in range(20) for _ in range(n + 1)]
    chart = chart_of({"word": words}, [field("word", "string")])
    assert chart is not None
    assert chart.labels[0] == "w19"
    assert len(chart.labels) == MOST_BARS
    assert (chart.rest, chart.rest_value) == (8, sum(range(1, 9)))
    assert sum(value or 0 for value in chart.series[0].values) + (chart.rest_value or 0) == len(words)


def test_a_long_line_is_drawn_by_the_week_the_month_or_the_decade() -> None:
    days = [date(2000, 1, 1) + timedelta(days=n) for n in range(2_000)]
    fields = [field("day", "date"), field("rain", "number", unit="mm")]
    weekly = chart_of({"day": days, "rain": [3.0] * 1_999 + [4.0]}, fields, key=("day",))
    assert weekly is not None
    assert weekly.step == "week"
    assert len(weekly.labels) <= MOST_POINTS
    assert set(weekly.series[0].values[:-1]) == {3.0}


def test_a_total_by_day_is_not_higher_in_a_longer_week() -> None:
    days = [date(2000, 1, 1) + timedelta(days=n) for n in range(1_000) for _ in range(2)]
    fields = [field("day", "date"), field("cases", "integer", unit="cases"), field("place", "string")]
    columns = {"day": days, "cases": [5] * 1_998 + [4, 6], "place": [f"p{n % 7}" for n in range(2_000)]}
    chart = chart_of(columns, fields)
    assert chart is not None
    assert (chart.plan.how, chart.step) == ("sum", "week")
    assert set(chart.series[0].values) == {10.0}


@pytest.mark.parametrize("has_days", [True, False])
def test_a_total_beyond_all_numbers_is_left_out(has_days: bool) -> None:
    columns: dict[str, Any] = {"amount": [1.7e308, 1.7e308, 1.0, 2.0, 3.0, 4.0] * 3, "word": list("aabcde") * 3}
    fields = [field("amount", "number", unit="m"), field("word", "string")]
    if has_days:
        columns["day"] = [date(2020, 1, day) for day in (1, 1, 2, 3, 4, 5)] * 3
        fields.append(field("day", "date"))
    chart = chart_of(columns, fields)
    assert chart is not None
    values = dict(zip(chart.labels, chart.series[0].values, strict=True))
    assert values.get("2020-01-01" if has_days else "a") is None
    assert values["2020-01-05" if has_days else "e"] == 4.0


def test_many_places_are_set_on_a_grid() -> None:
    columns = {
        "lat": [(n * 7919 % 18_000) / 100 - 90 for n in range(20_000)],
        "lon": [(n * 104_729 % 36_000) / 100 - 180 for n in range(20_000)],
    }
    fields = [field("lat", "number", semantic="latitude"), field("lon", "number", semantic="longitude")]
    chart = chart_of(columns, fields)
    assert chart is not None
    assert 100 < len(chart.places) <= MOST_PLACES
    assert chart.rows == 20_000


def test_the_outermost_places_of_a_grid_are_where_the_data_ends() -> None:
    between = range(30)
    columns = {"lat": [-89.9, *(2.34 * n for n in between), 83.1], "lon": [-179.77, *(3.2 * n for n in between), 180.0]}
    fields = [field("lat", "number", semantic="latitude"), field("lon", "number", semantic="longitude")]
    chart = chart_of(columns, fields)
    assert chart is not None
    longitudes, latitudes = zip(*chart.places, strict=True)
    assert (min(longitudes), max(longitudes)) == (-179.77, 180.0)
    assert (min(latitudes), max(latitudes)) == (-89.9, 83.1)


NUMBERS = st.lists(st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -1e308, 1e308, 5e-324])), min_size=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS, st.lists(st.text(max_size=5), min_size=1, max_size=4), st.booleans())
def test_no_rows_break_a_chart(numbers: list[float | None], words: list[str], has_days: bool) -> None:
    size = len(numbers)
    columns: dict[str, Any] = {"word": (words * size)[:size], "number": numbers, "lat": numbers, "lon": numbers}
    fields = [field("word", "string"), field("number", "number", unit="m")]
    if has_days:
        columns["day"] = [date(1, 1, 1) if n % 3 == 0 else date(9999, 12, 31) - timedelta(days=n) for n in range(size)]
        fields.append(field("day", "date"))
    chart = chart_of(columns, fields)
    assert chart is None or Chart.model_validate_json(chart.model_dump_json()) == chart


def test_a_version_has_its_chart_beside_its_rows_and_not_in_its_hash(home: Path) -> None:
    save_data(home, CSV.replace(b"5\n", b"5\n2024-01-03,1\n2024-01-04,2\n"))
    save_card(home, draft())
    item = datahall.dataset(ID)
    version = item.fetch()
    file = store.dataset_folder(ID) / version / "chart.json"
    chart = item.chart()
    assert file.is_file()
    assert chart is not None
    assert chart.labels == ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")
    assert chart.series[0].values == (5.0, 7.0, 1.0, 2.0)

    for broken in ("{", '{"rules": 0, "chart": null}', '{"rules": 1, "chart": {"plan": 3}}'):
        file.write_text(broken)
        assert item.chart() == chart
    file.unlink()
    assert item.chart() == chart
    assert item.version == version


def test_what_is_not_here_or_not_open_has_no_chart(home: Path) -> None:
    save_data(home, CSV)
    save_card(home, draft())
    assert datahall.dataset(ID).chart() is None
    save_card(home, draft(access="conditional"))
    assert datahall.dataset(ID).chart() is None
