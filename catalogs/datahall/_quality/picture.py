"""Small pictures as inline SVG: scores as bars, and how a field's values are distributed.

They take the colours around them, say in title and description what they show, and need no script.
"""

from __future__ import annotations

import hashlib
from html import escape

from .._messages import N_, translate
from .measure import FAIR, GOOD, describe_level, percent
from .record import Distribution
from .report import Quality

_ROW = 22  # a line of text at 12 px, and room to breathe
_LABEL, _BAR, _VALUE = 150, 170, 110
_WIDTH = _LABEL + _BAR + _VALUE
_SPARK = (132, 26)
_PALE = ' fill-opacity=".35"'  # all values that are not among the most frequent


def draw_quality(quality: Quality, *, language: str) -> str:
    """Return the scores as bars: first those of the data, then those of the metadata."""
    rows: list[tuple[str, float | None, str]] = [
        (each.title(language), each.score, each.spoken_score(language)) for each in quality.measures
    ]
    rows += [
        (each.title(language), each.score, f"{each.points}/{each.of}") for each in quality.metadata.dimensions
    ]  # fmt: skip
    title = translate(N_("Quality of {id}"), language=language, id=quality.dataset_id)
    told = "; ".join(f"{label}: {value}" for label, _, value in rows)
    gap = len(quality.measures) * _ROW + 8
    bars = [
        _bar(
            label,
            score,
            _with_level(value, score, language=language),
            top=index * _ROW + (8 if index >= len(quality.measures) else 0),
        )
        for index, (label, score, value) in enumerate(rows)
    ]
    line = f'<path d="M0 {gap - 4}H{_WIDTH}" stroke="currentColor" stroke-opacity=".3"/>'
    return _svg(title, told, content="".join(bars) + line, width=_WIDTH, height=len(rows) * _ROW + 12)


_COUNTED_EXACTLY = 20  # estimates of so few values do not err


def draw_distribution(each: Distribution, *, language: str) -> str:
    """Return a field's values as small bars; nothing where none were counted."""
    if not each.counts or not sum(each.counts):
        return ""
    width, height = _SPARK
    counts = [*each.counts, each.rest] if each.kind == "words" and each.rest else list(each.counts)
    top, step = max(counts), width / len(counts)
    title = translate(N_("Values of {field}"), language=language, field=each.name)
    bars = "".join(
        f'<rect x="{index * step:.1f}" y="{height - size:.1f}" width="{max(step - 1, 0.8):.1f}" height="{size:.1f}"'
        f"{_PALE if index >= len(each.counts) else ''}/>"
        for index, count in enumerate(counts)
        if (size := max(1.0, height * count / top) if count else 0.0)
    )
    content = f'<g fill="currentColor" fill-opacity=".75">{bars}</g>'
    return _svg(title, describe_distribution(each, language=language), content=content, width=width, height=height)


def describe_distribution(each: Distribution, *, language: str) -> str:
    """Return a distribution in words: from where to where, the middle; or the most frequent values."""
    if each.kind == "words" and each.values:
        shares = [
            f"{value} {percent(count / each.filled)}" for value, count in zip(each.values, each.counts, strict=True)
        ]
        shown = shares[:3]
        if (each.distinct or 0) > len(shown):
            shown.append(
                _count_values(each, few=N_("of {count} values"), many=N_("of about {count} values"), to=language)
            )
        return ("、" if language == "zh" else ", ").join(shown)
    if each.minimum is not None:
        span = f"{_short(each.minimum)} – {_short(each.maximum or '')}"
        if each.median is None:
            return span
        middle = translate(N_("median {median}"), language=language, median=_short(str(each.median)))
        return f"{span}, {middle}" if language == "en" else f"{span}，{middle}"
    if each.distinct:
        return _count_values(each, few=N_("{count} values"), many=N_("about {count} values"), to=language)
    return ""


def _count_values(each: Distribution, *, few: str, many: str, to: str) -> str:
    """Return how many values differ: many were estimated, at times as more than there are cells."""
    distinct = min(each.distinct or 0, each.filled or each.distinct or 0)
    return translate(many if distinct > _COUNTED_EXACTLY else few, language=to, count=f"{distinct:,}")


def _short(value: str) -> str:
    """Return a number as people write it (years, too, have no mark for thousands); a date without empty hours."""
    try:
        number = float(value)
    except ValueError:
        return value.removesuffix(" 00:00:00")[:40]
    if 10_000 <= abs(number) < 1e15:
        return f"{number:,.0f}"
    return f"{number:.6g}"


def _bar(label: str, score: float | None, value: str, *, top: int) -> str:
    middle = top + 15
    track = f'<rect x="{_LABEL}" y="{top + 6}" width="{_BAR}" height="10" rx="2" fill="none" stroke="currentColor"'
    track += ' stroke-opacity=".45"' + (' stroke-dasharray="3 3"/>' if score is None else "/>")
    colour = "" if score is None else f'fill="{_colour(score)}"'
    size = f'x="{_LABEL}" y="{top + 6}" width="{_BAR * (score or 0):.1f}" height="10"'
    filled = f'<rect {size} rx="2" {colour}/>' if score else ""
    texts = (
        f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end">{escape(label)}</text>'
        f'<text x="{_LABEL + _BAR + 8}" y="{middle}">{escape(value)}</text>'
    )
    return track + filled + texts


def _with_level(value: str, score: float | None, *, language: str) -> str:
    level = describe_level(score, language=language)
    return f"{value} · {level}" if level else value


def _colour(score: float) -> str:
    """Return a colour that is seen on light and on dark ground (contrast 3 to both); number and word say the same."""
    return "#2f9e6e" if score >= GOOD else "#b8860b" if score >= FAIR else "#d0553f"


def _svg(title: str, told: str, *, content: str, width: int, height: int) -> str:
    name = "dh" + hashlib.sha256(f"{title}{told}{content}".encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-labelledby="{name}t {name}d" font-size="12" font-family="inherit" fill="currentColor">'
        f'<title id="{name}t">{escape(title)}</title><desc id="{name}d">{escape(told)}</desc>{content}</svg>'
    )
