"""Column remarks: what is said about a column once all of its values were checked."""

from __future__ import annotations

from collections.abc import Iterator

from .._dates import ERA, EXCEL, is_month
from .._messages import N_, Phrase
from ..card import CardField
from .columns import Column
from .date_words import FormExamples, FormWords
from .examples import Examples
from .findings import EXAMPLES, Finding, make_finding
from .personal_remarks import find_personal_remarks
from .spellings import BRACKETS
from .value_marks import STRONG, TOTALS

_KINDS = {  # of values, as a person calls them
    "integer": Phrase(N_("whole numbers")),
    "number": Phrase(N_("numbers")),
    "boolean": Phrase(N_("yes or no")),
    "date": Phrase(N_("dates")),
    "datetime": Phrase(N_("dates with a time")),
    "geojson": Phrase(N_("places")),
}


def find_column_remarks(column: Column) -> Iterator[Finding]:
    """Yield what a person should know about a column once all of its values were checked."""
    yield from find_personal_remarks(column.personal)
    if column.meaning is not None:
        yield make_finding("proposed", field=column.name, meaning=column.meaning)
    yield from _mark_findings(column)
    for code, examples in (
        ("formula", column.formulas),
        ("outer-spaces", column.spaces),
        ("replacement-characters", column.replaced),
        ("zero-bytes", column.zeros),
        ("total-row", column.totals),
    ):
        yield from _listed(code, examples, field=column.name)
    code = "lists-kept" if column.is_text else "ambiguous-commas"
    yield from _listed(code, column.lists, field=column.name)
    if not column.present:
        yield make_finding("empty-column", field=column.name)
    if column.is_numbered:
        yield make_finding("bracketed-items", field=column.name)
    if column.cut.count and (column.has_whole or (column.is_text and column.cut.count == column.present)):
        yield from _listed("cut-codes", column.cut, field=column.name)
    if column.reading is None:
        if column.lossy.count * 4 > column.present:  # it is they that make it text
            yield from _listed("lossy-numbers", column.lossy, field=column.name)
        return
    if column.misfits.count:
        if column.is_guess and column.misfits.count == column.formulas.count:
            return  # that is told already
        code = "code-like-numbers" if column.codes.count == column.misfits.count else "misfit"
        code = "lossy-numbers" if column.lossy.count == column.misfits.count else code
        code = "mixed-values" if column.is_guess and code == "misfit" else code
        yield from _listed(code, column.misfits, field=column.name, kind=_KINDS[column.reading.type])
    elif column.rival is not None:
        one, other = column.reading.format or "", column.rival.format or ""
        line, value = column.forms.get(one, (None, one))
        yield make_finding(
            "ambiguous-dates",
            line=line,
            field=column.name,
            value=value,
            one=FormWords(one),
            other=FormWords(other),
            one_form=one,
            other_form=other,
        )
    else:
        yield from _reading_findings(column, column.reading)


def _mark_findings(column: Column) -> Iterator[Finding]:
    for mark, count in column.marks.most_common(EXAMPLES):
        kept = column.is_text and mark not in STRONG
        if kept and mark in TOTALS:
            continue
        code = "marks-kept" if kept else "missing-marks"
        yield make_finding(code, line=column.first_marks[mark], field=column.name, mark=mark, count=count)


def _reading_findings(column: Column, reading: CardField) -> Iterator[Finding]:
    if column.is_doubtful and reading.group is None and reading.decimal == ".":
        yield make_finding("ambiguous-points", field=column.name, value=column.example or "…")
    if column.rounded.count and reading.type == "number":
        yield make_finding("rounded-numbers", line=column.rounded.shown[0][0], field=column.name)
    if column.shortened is not None:
        yield make_finding("shortened-codes", field=column.name, value=column.shortened)
    if column.is_settled:
        yield make_finding("settled-numbers", field=column.name)
    if reading.group is not None:
        is_sure = column.is_surely_grouped or reading.type == "number" or reading.group in (" ", "'")
        code = "thousands-separators" if is_sure else "ambiguous-numbers"
        yield make_finding(code, field=column.name, mark=reading.group, value=column.example or "…")
    signs = [old for old in reading.replace if old not in BRACKETS]
    if signs:
        yield make_finding(
            "other-signs",
            field=column.name,
            signs=" ".join(f"“{sign}”" for sign in signs[:3]) + (" …" if signs[3:] else ""),
        )
    if "(" in reading.replace:
        yield make_finding("bracketed-negatives", field=column.name, value=column.example or "…")
    if reading.decimal == ",":
        yield make_finding("decimal-commas", field=column.name, value=column.example or "…")
    if reading.prefix or reading.suffix:
        affix = " ".join(filter(None, (reading.prefix, reading.suffix)))
        yield make_finding("unit-in-values", field=column.name, unit=affix)
    yield from _date_findings(column, reading)


def _date_findings(column: Column, reading: CardField) -> Iterator[Finding]:
    if reading.type not in ("date", "datetime"):
        return
    forms = [form for form in (reading.format, *reading.other_formats) if form in column.forms]
    if len(forms) > 1:
        examples = FormExamples(tuple(sorted(((form, *column.forms[form]) for form in forms), key=lambda one: one[1])))
        yield make_finding("mixed-dates", line=examples.examples[1][1], field=column.name, forms=examples)
    elif reading.format == EXCEL:
        yield make_finding("excel-serials", field=column.name)
    eras = [form for form in forms if ERA in form]
    if eras:
        line, value = column.forms[eras[0]]
        yield make_finding("roc-dates", line=line, field=column.name, value=value)
    months = [form for form in forms if reading.type == "date" and is_month(form)]
    if months:
        line, value = column.forms[months[0]]
        yield make_finding("months", line=line, field=column.name, value=value)


def _listed(code: str, examples: Examples, *, field: str, **values: object) -> Iterator[Finding]:
    for line, value in examples.shown:
        yield make_finding(code, line=line, field=field, value=value, count=examples.count, **values)
