"""A dataset's chart as its page shows it: a picture, what it shows in words, and the same values as a table.

A version never changes, so a chart is drawn once for each language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from datahall import Dataset
from markupsafe import Markup

from datahall_hub.services.hall.chart_pictures import draw_bar, draw_columns, draw_lines, draw_places
from datahall_hub.services.hall.chart_tables import draw_bar_table, draw_table
from datahall_hub.services.hall.chart_words import ROW_COUNT, Teller, tell_chart
from datahall_hub.services.hall.wording import Words, format_value


@dataclass(frozen=True)
class ChartView:
    """A chart in one language.

    Attributes
    ----------
    picture : Markup
        SVG; empty where the table has a bar in each row.
    legend : tuple of str
        The names of the lines, where there are several, in the order of their colours.
    table : Markup
        The same values, of bars with a bar in each row; empty for places.
    """

    caption: str
    sentences: tuple[str, ...]
    picture: Markup
    legend: tuple[str, ...] = ()
    table: Markup = field(default_factory=Markup)


def view_chart(dataset: Dataset, *, language: str) -> ChartView | None:
    """Return the chart of the version that `dataset` reads; None where there is none."""
    return _view_chart(dataset, language, id(dataset.card))  # the kept dataset holds its card, so the number stays its


@lru_cache(maxsize=1_000)
def _view_chart(dataset: Dataset, language: str, _card: int) -> ChartView | None:
    chart = dataset.chart()
    if chart is None:
        return None
    fields = {field.name: field for field in dataset.fields}
    plan = chart.plan
    if any(name not in fields for name in (plan.x, *plan.measures, *([plan.by] if plan.by else []))):
        return None  # the card has changed since; the next version has a chart of its own
    teller = Teller(Words(language), chart=chart, fields=fields)
    caption, sentences = tell_chart(teller)
    views = {"line": _view_lines, "bars": _view_bars, "histogram": _view_histogram, "places": _view_places}
    return views[plan.kind](teller, caption, sentences)


def _view_lines(teller: Teller, caption: str, sentences: tuple[str, ...]) -> ChartView:
    chart, names = teller.chart, teller.names()
    titles = (caption, " ".join(sentences))
    picture = draw_lines(chart.labels, [each.values for each in chart.series], titles=titles)
    return ChartView(
        caption,
        sentences,
        picture,
        legend=names if len(names) > 1 else (),
        table=draw_table(
            (teller.title(chart.plan.x), *names),
            [
                (teller.time(label), *(_format(each.values[place]) for each in chart.series))
                for place, label in enumerate(chart.labels)
            ],
        ),
    )


def _view_bars(teller: Teller, caption: str, sentences: tuple[str, ...]) -> ChartView:
    chart = teller.chart
    values = [value or 0.0 for value in chart.series[0].values]
    low, high = min(0.0, *values), max(0.0, *values)
    rows = [(teller.word(label), _format(value)) for label, value in zip(chart.labels, values, strict=True)]
    bars = [draw_bar(value, low=low, high=high) for value in values]
    if chart.rest and chart.rest_value is not None:
        rows.append((teller.rest(), _format(chart.rest_value)))
        bars.append(Markup())
    head = (teller.title(chart.plan.x), teller.amount())
    return ChartView(caption, sentences, Markup(), table=draw_bar_table(head, rows, bars))


def _view_histogram(teller: Teller, caption: str, sentences: tuple[str, ...]) -> ChartView:
    chart = teller.chart
    edges = [float(edge) for edge in chart.labels]
    values = [value or 0.0 for value in chart.series[0].values]
    shown = [format_value(edge) for edge in edges]
    return ChartView(
        caption,
        sentences,
        draw_columns(edges, values, titles=(caption, " ".join(sentences))),
        table=draw_table(
            (teller.title(chart.plan.x), teller.words.text(ROW_COUNT)),
            [
                (f"{low} – {high}", _format(value))
                for low, high, value in zip(shown[:-1], shown[1:], values, strict=True)
            ],
        ),
    )


def _view_places(teller: Teller, caption: str, sentences: tuple[str, ...]) -> ChartView:
    return ChartView(caption, sentences, draw_places(teller.chart.places, titles=(caption, " ".join(sentences))))


def _format(value: float | None) -> str:
    return "" if value is None else format_value(value)
