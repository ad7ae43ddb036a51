"""Give columns of text the types that the card's fields declare.

Pure: a frame of text in, a typed frame out. A value that does not fit is never dropped: it raises Misfit
with the field, the value and the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import polars as pl

from ._dates import first_present, read_dates
from .card import CardField
from .errors import N_


class Misfit(ValueError):
    """A value that the card does not allow; `row` counts from 0."""

    def __init__(self, *, field: str, row: int, value: object, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.row = row
        self.value = value
        self.reason = reason


def cast_fields(frame: pl.DataFrame, *, fields: Sequence[CardField]) -> pl.DataFrame:
    """Return the card's fields of `frame`, in the card's order, typed and checked."""
    marked = [(drop_marks(frame[field.source_column], field=field), field) for field in fields]
    return pl.DataFrame([_cast(put_right(text, field=field), field=field) for text, field in marked])


def part_misfits(frame: pl.DataFrame, *, fields: Sequence[CardField]) -> tuple[pl.DataFrame, list[tuple[int, Misfit]]]:
    """Return the rows that fit, typed, and for each of the others its number and the first thing that is wrong."""
    columns: list[pl.Series] = []
    found: dict[int, Misfit] = {}
    for field in fields:
        marked = put_right(drop_marks(frame[field.source_column], field=field), field=field)
        text, typed = _convert(marked, field=field)
        for bad, reason in _find_misfits(text, typed, field=field):
            for row in bad.fill_null(False).arg_true():
                found.setdefault(row, Misfit(field=field.name, row=row, value=text[row], reason=reason))
        columns.append(typed)
    whole = pl.DataFrame(columns)
    return whole.filter(~pl.int_range(pl.len()).is_in(list(found))), sorted(found.items())


def drop_marks(text: pl.Series, *, field: CardField) -> pl.Series:
    """Return `text` with null in place of the field's marks for no value."""
    return _keep(text, ~text.str.strip_chars().is_in(list(field.missing))) if field.missing else text


def put_right(text: pl.Series, *, field: CardField) -> pl.Series:
    """Return `text` with what the field's card replaces in it."""
    for old, new in field.replace.items():
        text = text.str.replace_all(old, new, literal=True)
    return text


def _restore_codes(text: pl.Series, *, field: CardField) -> pl.Series:
    """Return codes as they were before a spreadsheet took them for numbers: 1.0 is 01 again."""
    if field.suffix:
        text = text.str.strip_suffix(field.suffix)
    return text.str.zfill(field.zero_fill) if field.zero_fill else text


def _cast(text: pl.Series, *, field: CardField) -> pl.Series:
    text, typed = _convert(text, field=field)
    for bad, reason in _find_misfits(text, typed, field=field):
        if bad.any():
            row = bad.arg_true()[0]
            raise Misfit(field=field.name, row=row, value=text[row], reason=reason)
    return typed


def _convert(text: pl.Series, *, field: CardField) -> tuple[pl.Series, pl.Series]:
    """Return the text as it is judged, and its values."""
    if field.type == "string":
        text = _restore_codes(text, field=field)
    return text, convert_text(text, field=field).alias(field.name)


def _find_misfits(text: pl.Series, typed: pl.Series, *, field: CardField) -> Iterator[tuple[pl.Series, str]]:
    """Yield for each rule which values break it, and what to say of them."""
    yield typed.is_null() & text.is_not_null(), _REASONS[field.type]
    if field.required:
        yield typed.is_null(), N_("a value is required here")
    if field.minimum is not None:
        yield typed < field.minimum, N_("below the minimum")
    if field.maximum is not None:
        yield typed > field.maximum, N_("above the maximum")
    if field.enum is not None:
        yield ~text.is_in(list(field.enum)), N_("not one of the allowed values")
    if field.pattern is not None:
        yield ~_fits(text, field=field), N_("does not fit the pattern")


def _fits(text: pl.Series, *, field: CardField) -> pl.Series:
    """Say where the pattern is found; polars' expressions are linear in time and know no look-around."""
    assert field.pattern is not None
    try:
        return text.str.contains(field.pattern)
    except pl.exceptions.ComputeError as error:
        reason = N_("the pattern uses what these expressions do not know, such as look-around")
        raise Misfit(field=field.name, row=0, value=field.pattern, reason=reason) from error


_REASONS = {
    "string": N_("not text"),
    "integer": N_("not a whole number"),
    "number": N_("not a number"),
    "boolean": N_("neither true nor false"),
    "date": N_("not a date in the declared form"),
    "datetime": N_("not a date and time in the declared form"),
    "time": N_("not a time in the declared form"),
    "duration": N_("not an ISO 8601 duration of days or less"),
    "geopoint": N_("not latitude,longitude"),
    "geojson": N_("not GeoJSON"),
    "list": N_("not a list"),
}


def convert_text(text: pl.Series, *, field: CardField) -> pl.Series:
    """Return `text` in the field's type, null where a value does not fit."""
    if field.type == "string":
        return text
    bare = text.str.strip_chars()
    match field.type:
        case "integer":
            return _digits(bare, field=field).cast(pl.Int64, strict=False)
        case "number":
            number = _digits(bare, field=field).cast(pl.Float64, strict=False)
            return number.to_frame().select(pl.when(pl.first().is_finite()).then(pl.first())).to_series()
        case "boolean":
            return _booleans(bare, field=field)
        case "date":
            return read_dates(bare, forms=(field.format or "%Y-%m-%d", *field.other_formats))
        case "time":
            return bare.str.to_time(field.format or "%H:%M:%S", strict=False)
        case "datetime":
            first, *others = (field.format or "%Y-%m-%dT%H:%M:%S", *field.other_formats)
            alike = [form for form in others if has_offset(form) == has_offset(first)]
            return first_present([_instants(bare, form=form) for form in (first, *alike)])
        case "duration":
            return _durations(bare)
        case "geopoint":
            return _geopoints(bare)
        case "geojson":
            return _keep(bare, pl.Series([_is_geojson(value) for value in bare], dtype=pl.Boolean))
        case "list":
            return _lists(text, separator=field.separator)
    raise AssertionError(field.type)


def _keep(values: pl.Series, mask: pl.Series) -> pl.Series:
    return values.zip_with(mask.fill_null(False), pl.Series([None], dtype=values.dtype))


def _digits(text: pl.Series, *, field: CardField) -> pl.Series:
    """Return numbers as a machine writes them: without prefix, suffix and group marks, with a decimal point."""
    if field.prefix:
        text = text.str.strip_prefix(field.prefix).str.strip_chars()
    if field.suffix:
        text = text.str.strip_suffix(field.suffix).str.strip_chars()
    if field.group:  # no thousands begin with a zero: 0,125 is no 125
        grouped = rf"^[+-]?[1-9]\d{{0,2}}(\{field.group}\d{{3}})+(\D|$)"
        text = text.zip_with(
            text.str.contains(grouped).fill_null(False).not_(), text.str.replace_all(field.group, "", literal=True)
        )
    if field.decimal == ",":
        has_point = text.str.contains(".", literal=True).fill_null(False)
        text = text.zip_with(has_point, text.str.replace(",", ".", literal=True))
        text = _keep(text, ~has_point)
    return text


def _booleans(text: pl.Series, *, field: CardField) -> pl.Series:
    yes, no = text.is_in(list(field.true_values)), text.is_in(list(field.false_values))
    return _keep(yes, yes | no)


_IN_UTC = ("%z", "%#z", "%s")  # +08:00; that or Z; seconds since 1970


def has_offset(form: str) -> bool:
    """Say whether a moment in this form is one everywhere: it has its offset, or Z for UTC, or counts from 1970."""
    return any(mark in form for mark in _IN_UTC) or form.endswith(("SZ", "fZ"))


def _instants(text: pl.Series, *, form: str) -> pl.Series:
    """Return moments: in UTC where the form says where on earth they are, else local as written."""
    if any(mark in form for mark in _IN_UTC):
        text = text.str.replace("Z$", "+00:00") if "%z" in form else text
        return text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    moments = text.str.to_datetime(form, time_unit="us", strict=False)
    return moments.dt.replace_time_zone("UTC") if has_offset(form) else moments


_DURATION = r"^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?$"


def _durations(text: pl.Series) -> pl.Series:
    parts = (
        text.str.extract_groups(_DURATION)
        .struct.unnest()
        .rename({str(n): name for n, name in enumerate(("sign", "d", "h", "m", "s", "f"), start=1)})
    )
    numbers = [pl.col(name).cast(pl.Int64).fill_null(0) for name in ("d", "h", "m", "s")]
    fraction = pl.col("f").str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    seconds = ((numbers[0] * 24 + numbers[1]) * 60 + numbers[2]) * 60 + numbers[3]
    total = (seconds * 1_000_000 + fraction) * pl.when(pl.col("sign").is_null()).then(1).otherwise(-1)
    values = parts.select(total.cast(pl.Duration("us"))).to_series()
    return _keep(values, text.str.contains(_DURATION) & text.str.contains(r"\d"))


def _geopoints(text: pl.Series) -> pl.Series:
    pattern = r"^(-?\d{1,2}(?:\.\d+)?),\s*(-?\d{1,3}(?:\.\d+)?)$"
    parts = text.str.extract_groups(pattern).struct.unnest().cast(pl.Float64)
    is_place = parts.select((pl.nth(0).abs() <= 90) & (pl.nth(1).abs() <= 180)).to_series()
    return _keep(text.str.replace(r",\s*", ","), is_place)


def _is_geojson(value: str | None) -> bool:
    """Say whether `value` is a JSON object of a type that RFC 7946 knows."""
    try:
        content = json.loads(value or "")
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("type") in _GEOJSON


_GEOJSON = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
    | {"Feature", "FeatureCollection"}
)


def _lists(text: pl.Series, *, separator: str | None) -> pl.Series:
    if separator is not None:
        return text.str.split(separator)
    return pl.Series(text.name, [_items(value) for value in text], dtype=pl.List(pl.String))


def _items(value: str | None) -> list[str | None] | None:
    """Return the texts in a JSON list; None where `value` is no list of texts and numbers."""
    try:
        content = json.loads(value or "", parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    is_flat = isinstance(content, list) and all(item is None or isinstance(item, str) for item in content)
    return content if is_flat else None
