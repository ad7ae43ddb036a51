"""What a chart shows, in the reader’s language: caption, what is highest and lowest, from how many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datahall._charts.chart import Chart
from datahall.card import CardField

from datahall_hub.services.hall.wording import N_, Words, format_number, format_value

ROW_COUNT = N_("Rows")
# What each point of a line stands for.
STEPS = {
    "hour": N_("Each point is the mean of an hour."),
    "day": N_("Each point is the mean of a day."),
    "week": N_("Each point is the mean of a week."),
    "month": N_("Each point is the mean of a month."),
    "quarter": N_("Each point is the mean of a quarter."),
    "year": N_("Each point is the mean of a year."),
    "decade": N_("Each point is the mean of ten years."),
}
CAPTIONS = {
    ("line", "value"): N_("{amount} over time"),
    ("line", "mean"): N_("{amount} over time: mean over the rows of each time"),
    ("line", "sum"): N_("{amount} over time: total over the rows of each time"),
    ("bars", "value"): N_("The largest by {amount}"),
    ("bars", "mean"): N_("{amount} by {x}: mean over the rows"),
    ("bars", "sum"): N_("{amount} by {x}: total over the rows"),
    ("bars", "count"): N_("Number of rows by {x}"),
    ("histogram", "count"): N_("How the values are distributed: {x}"),
    ("places", "value"): N_("Where the rows lie on the earth"),
}
YES_NO = {"true": N_("Yes"), "false": N_("No")}


@dataclass(frozen=True)
class Teller:
    """A chart, the fields of its dataset, and the words of the reader."""

    words: Words
    chart: Chart
    fields: Mapping[str, CardField]

    def title(self, name: str) -> str:
        """Return what a field is called, with its unit."""
        field = self.fields[name]
        title = field.title[self.words.language]
        if not field.unit:
            return title
        return f"{title}（{field.unit}）" if self.words.language == "zh" else f"{title} ({field.unit})"

    def amount(self) -> str:
        """Return what is measured."""
        names = [self.title(name) for name in self.chart.plan.measures]
        return self.words.text(N_(", ")).join(names) if names else self.words.text(ROW_COUNT)

    def names(self) -> tuple[str, ...]:
        """Return the names of the lines."""
        if self.chart.plan.by is not None:
            return tuple(self.word(each.name) for each in self.chart.series)
        return tuple(self.title(each.name) for each in self.chart.series)

    def word(self, label: str) -> str:
        """Return a word of the data; of yes and no in the reader's language."""
        field = self.fields[self.chart.plan.by or self.chart.plan.x]
        return self.words.text(YES_NO[label]) if field.type == "boolean" and label in YES_NO else label

    def time(self, label: str) -> str:
        """Return a time as people write it."""
        return label.replace("T00:00:00", "").replace("T", " ").removesuffix("+00:00").removesuffix(".000000")

    def rest(self) -> str:
        """Return what stands beside the amount of the words that are not shown."""
        return self.words.count(N_("One other"), N_("{n} others"), self.chart.rest)


def tell_chart(teller: Teller) -> tuple[str, tuple[str, ...]]:
    """Return the caption of a chart, and the sentences below it."""
    chart, text = teller.chart, teller.words.text
    plan = chart.plan
    names = {"amount": teller.amount(), "x": teller.title(plan.x)}
    caption = text(CAPTIONS[plan.kind, plan.how]).format(**names)
    told = {"line": _tell_lines, "bars": _tell_bars, "histogram": _tell_histogram, "places": _tell_places}
    return caption, tuple(sentence for sentence in (*told[plan.kind](teller), _tell_rows(teller)) if sentence)


def _tell_lines(teller: Teller) -> list[str]:
    chart, text = teller.chart, teller.words.text
    told = [text(STEPS[chart.step]) if chart.step else ""]
    if chart.plan.by is not None:
        told.append(text(N_("There is a line for each value of {by}."), by=teller.title(chart.plan.by)))
    for name, series in zip(teller.names(), chart.series, strict=True):
        known = [(value, label) for value, label in zip(series.values, chart.labels, strict=True) if value is not None]
        if not known:
            continue
        (low, low_at), (high, high_at) = min(known), max(known, key=lambda each: each[0])
        values = {
            "low": format_value(low),
            "low_at": teller.time(low_at),
            "high": format_value(high),
            "high_at": teller.time(high_at),
        }
        if len(chart.series) == 1:
            told.append(text(N_("Lowest: {low} ({low_at}); highest: {high} ({high_at})."), **values))
        else:
            told.append(text(N_("{name}: from {low} ({low_at}) to {high} ({high_at})."), name=name, **values))
    return told


def _tell_bars(teller: Teller) -> list[str]:
    chart = teller.chart
    if not chart.rest:
        return []
    return [
        teller.words.text(
            N_("The {n} largest are shown, of {all}."),
            n=format_number(len(chart.labels)),
            all=format_number(len(chart.labels) + chart.rest),
        )
    ]


def _tell_histogram(teller: Teller) -> list[str]:
    chart = teller.chart
    counts = [value or 0 for value in chart.series[0].values]
    most = counts.index(max(counts))
    return [
        teller.words.text(
            N_("The values lie between {low} and {high}; most of them, {count} rows, between {from_} and {to}."),
            low=format_value(float(chart.labels[0])),
            high=format_value(float(chart.labels[-1])),
            count=format_value(counts[most]),
            from_=format_value(float(chart.labels[most])),
            to=format_value(float(chart.labels[most + 1])),
        )
    ]


def _tell_places(teller: Teller) -> list[str]:
    longitudes, latitudes = zip(*teller.chart.places, strict=True)
    return [
        teller.words.text(
            N_("Longitude from {west}° to {east}°, latitude from {south}° to {north}°; north is up."),
            west=format_value(min(longitudes)),
            east=format_value(max(longitudes)),
            south=format_value(min(latitudes)),
            north=format_value(max(latitudes)),
        )
    ]


def _tell_rows(teller: Teller) -> str:
    chart, text = teller.chart, teller.words.text
    if chart.rows == chart.of:
        return text(N_("Made from all {of} rows."), of=format_number(chart.of))
    return text(
        N_("Made from {rows} of {of} rows; the others lack a value."),
        rows=format_number(chart.rows),
        of=format_number(chart.of),
    )
