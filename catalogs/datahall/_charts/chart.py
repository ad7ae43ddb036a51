"""A chart as values: what stands on it, and from how many rows; how it looks is for whoever shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..card import Strict

RULES = 1  # raised when charts are chosen or computed in another way; older ones are then computed anew
MOST_POINTS = 320  # along a line; more cannot be told apart at the width of a page
MOST_BARS = 12
MOST_SERIES = 5
MOST_PLACES = 1_200

Kind = Literal["line", "bars", "histogram", "places"]
How = Literal["value", "sum", "mean", "count"]
Step = Literal["", "hour", "day", "week", "month", "quarter", "year", "decade"]
Value = Annotated[float, Field(allow_inf_nan=False)]


class Plan(Strict):
    """Which fields make the chart, and what becomes of their values."""

    kind: Kind
    x: str = Field(description="the field along the line, of the bars; of places the longitude")
    measures: tuple[str, ...] = Field(default=(), max_length=MOST_SERIES, description="of places the latitude")
    by: str | None = Field(default=None, description="the field that tells several lines apart")
    how: How = "value"


class Series(Strict):
    """One line, or all bars; `name` is a value of the field `by`, or a measure's field."""

    name: str = Field(default="", max_length=200)
    values: tuple[Value | None, ...]


class Chart(Strict):
    """A chart of one version.

    Attributes
    ----------
    labels : tuple of str
        Where the values stand: days and moments in ISO 8601, years, words. Of a histogram the edges of the bars.
    step : str
        What each point of a line sums up; empty where it is a time of the data itself.
    rest : int
        How many words are not among the bars; `rest_value` is what they have together, where that can be said.
    places : tuple of (float, float)
        Longitude and latitude in degrees, rounded to what the picture can show.
    rows : int
        How many rows the chart is made from; the others lack a value that it needs.
    """

    plan: Plan
    labels: tuple[str, ...] = Field(default=(), max_length=MOST_POINTS)
    series: tuple[Series, ...] = Field(default=(), max_length=MOST_SERIES)
    step: Step = ""
    rest: int = Field(default=0, ge=0)
    rest_value: Value | None = None
    places: tuple[tuple[Value, Value], ...] = Field(default=(), max_length=MOST_PLACES)
    rows: int = Field(ge=0)
    of: int = Field(ge=0)


class StoredChart(Strict):
    """What ``chart.json`` holds; no chart where nothing sensible can be drawn."""

    rules: int
    chart: Chart | None
