"""Charts as SVG that fits any width: lines, columns, bars, places. Pure.

Positions across are percentages, so that texts and strokes keep their size on a phone. Colours come from the style
sheet's classes, light and dark. Each picture says in title and description what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from markupsafe import Markup

from datahall_hub.services.hall.wording import format_value

HEIGHT, TOP, PLOT = 300, 20, 244  # pixels: the whole picture; above and of the plot; the rest is the time line
WIDE = 1_000  # units across a plot, whatever its width
MAP = 720  # units across a map
TICKS = 4
Titles = tuple[str, str]
_LARGEST, _SMALLEST = 1e18, 1e-18  # what a scale reaches, up and down; beyond it lines run along its end


def draw_lines(labels: Sequence[str], lines: Sequence[Sequence[float | None]], *, titles: Titles) -> Markup:
    """Return lines over time; where a value is missing a line is broken."""
    places = [_place(label) for label in labels]
    lines = [[None if value is None else _within(value) for value in line] for line in lines]
    first, last = min(places), max(places)
    known = [value for line in lines for value in line if value is not None]
    low, high = _bounds(known)
    across = [WIDE * (place - first) / ((last - first) or 1) for place in places]
    paths = Markup().join(
        Markup('<path class="line s{}" d="{}"/>').format(number, _path(across, line, low=low, high=high))
        for number, line in enumerate(lines, 1)
    )
    plot = Markup('<svg y="{}" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>')
    times = [(100 * (place - first) / ((last - first) or 1), text) for place, text in _time_ticks(labels, places)]
    content = _grid(low, high) + plot.format(TOP, PLOT, WIDE, PLOT, paths) + _axis(times)
    return _picture(content, titles=titles)


def draw_columns(edges: Sequence[float], values: Sequence[float], *, titles: Titles) -> Markup:
    """Return the columns of a histogram."""
    values = [_within(value) for value in values]
    low, high = _bounds([0.0, *values])
    width = 100 / len(values)
    columns = Markup().join(
        Markup('<rect class="bar" x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}"/>').format(
            width * place + 0.15, TOP + PLOT - size, width - 0.3, size
        )
        for place, value in enumerate(values)
        if (size := PLOT * value / ((high - low) or 1))
    )
    shown = range(0, len(edges), max(1, (len(edges) - 1) // TICKS))
    ticks = [(100 * place / (len(edges) - 1), format_value(edges[place])) for place in shown]
    return _picture(_grid(low, high) + columns + _axis(ticks), titles=titles)


def draw_bar(value: float, *, low: float, high: float) -> Markup:
    """Return one bar of a table, whose number stands beside it."""
    span = (high - low) or 1
    start, size = 100 * (min(value, 0.0) - low) / span, 100 * abs(value) / span
    bar = Markup('<rect class="bar" x="{:.2f}%" width="{:.2f}%" height="14" rx="2"/>').format(start, size)
    return Markup('<svg class="bar-row" width="100%" height="14" aria-hidden="true">{}</svg>').format(bar)


def draw_places(places: Sequence[tuple[float, float]], *, titles: Titles) -> Markup:
    """Return points by longitude and latitude, degrees of both drawn as long as they are in the middle of the map."""
    longitudes, latitudes = zip(*places, strict=True)
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    margin = 0.03 * max(east - west, north - south, 0.01)
    west, east, south, north = west - margin, east + margin, south - margin, north + margin
    squeeze: float = max(0.2, math.cos(math.radians((south + north) / 2)))
    scale = MAP / ((east - west) * squeeze)
    height: float = min(scale * (north - south), 0.8 * MAP)
    scale = height / (north - south)
    left = (MAP - scale * squeeze * (east - west)) / 2

    def across(longitude: float) -> float:
        return float(left + scale * squeeze * (longitude - west))

    def down(latitude: float) -> float:
        return float(scale * (north - latitude))

    step = _nice(max(east - west, north - south) / TICKS)
    grid = [f"M{across(degree):.0f} 0V{height:.0f}" for degree in _multiples(west, east, step)]
    grid += [f"M0 {down(degree):.0f}H{MAP}" for degree in _multiples(south, north, step)]
    points = "".join(f"M{across(x):.0f} {down(y):.0f}h0" for x, y in places)
    content = Markup('<path class="grid" d="{}"/><path class="places" d="{}"/>').format("".join(grid), points)
    size = Markup('class="chart map" viewBox="0 0 {} {:.0f}"').format(MAP, height)
    return _wrap(content, titles=titles, size=size)


def _picture(content: Markup, *, titles: Titles) -> Markup:
    size = Markup('class="chart" width="100%" height="{}"').format(HEIGHT)
    return _wrap(content, titles=titles, size=size)


def _wrap(content: Markup, *, titles: Titles, size: Markup) -> Markup:
    named = Markup('<title id="chart-title">{}</title><desc id="chart-desc">{}</desc>').format(*titles)
    return Markup('<svg {} role="img" aria-labelledby="chart-title" aria-describedby="chart-desc">{}{}</svg>').format(
        size, named, content
    )


def _path(across: Sequence[float], line: Sequence[float | None], *, low: float, high: float) -> str:
    path, is_down = [], False
    for x, value in zip(across, line, strict=True):
        if value is None:
            is_down = False
            continue
        y = PLOT * (high - value) / ((high - low) or 1)
        path.append(f"{'L' if is_down else 'M'}{x:.0f} {y:.1f}{'' if is_down else 'h0'}")
        is_down = True
    return "".join(path)


def _grid(low: float, high: float) -> Markup:
    marks = []
    for value in _multiples(low, high, _nice((high - low) / TICKS)):
        y = TOP + PLOT * (high - value) / ((high - low) or 1)
        line = Markup('<line class="grid" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/>').format(y)
        marks.append(line + Markup('<text y="{:.1f}">{}</text>').format(y - 4, format_value(value)))
    return Markup().join(marks)


def _axis(ticks: Sequence[tuple[float, str]]) -> Markup:
    def anchor(place: float) -> str:
        return "start" if place < 6 else "end" if place > 94 else "middle"

    return Markup().join(
        Markup('<text x="{:.2f}%" y="{}" text-anchor="{}">{}</text>').format(place, HEIGHT - 8, anchor(place), text)
        for place, text in ticks
    )


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """Return from where to where the plot reaches: round numbers, and zero where that does not flatten the line."""
    low, high = min(values), max(values)
    if low > 0 and low < 0.5 * high:
        low = 0.0
    if high < 0 and high > 0.5 * low:
        high = 0.0
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # too near each other to be told apart
        low, high = (low - 1, high + 1) if abs(low) < 1e6 else (min(low, 0.0), max(high, 0.0))
    step = _nice((high - low) / TICKS)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _within(value: float) -> float:
    return 0.0 if abs(value) < _SMALLEST else max(-_LARGEST, min(value, _LARGEST))


def _nice(step: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step)) if step > 0 else 1.0
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)


def _multiples(low: float, high: float, step: float) -> Iterator[float]:
    first = math.ceil(low / step - 1e-9)
    for number in range(first, min(first + 40, math.floor(high / step + 1e-9) + 1)):
        yield float(f"{number * step:.10g}")


def _place(label: str) -> float:
    """Return where a time stands: years for years, else days."""
    if "-" not in label[1:]:
        return float(label)
    moment = datetime.fromisoformat(label)
    return moment.toordinal() + (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86_400


def _time_ticks(labels: Sequence[str], places: Sequence[float]) -> Iterator[tuple[float, str]]:
    """Yield places on the time line with their texts: years where it is long, else some of the times themselves."""
    first, last = min(places), max(places)
    is_dated = "-" in labels[0][1:]
    span = (last - first) / 365.25 if is_dated else last - first
    if span >= 3:
        years = (date.fromordinal(int(first)).year, date.fromordinal(int(last)).year) if is_dated else (first, last)
        step = max(1, _nice((years[1] - years[0]) / (TICKS + 1)))
        for year in _multiples(years[0], years[1], step):
            place = float(date(max(1, int(year)), 1, 1).toordinal()) if is_dated else year
            if first <= place <= last:
                yield place, f"{year:.0f}"
        return
    wanted = [first + (last - first) * part / (TICKS - 1) for part in range(TICKS)]
    near = dict.fromkeys(min(range(len(places)), key=lambda at: abs(places[at] - each)) for each in wanted)
    for at in near:
        label = labels[at].replace("T", " ").removesuffix("+00:00")
        yield places[at], label[:16].removesuffix(" 00:00")
