"""Columns: check every value of a table against what its column seems to be, batch after batch.

A column begins with the reading of a sample and widens it where values ask for it. A value that no reading takes
leaves the column text, as it is written; nothing is turned into something else to make it fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from ..card import CardField
from .date_forms import find_rival
from .findings import EXAMPLES, Finding, make_finding
from .fitting import MOST_FIGURES, fits_all, have_more_figures, read_values
from .readings import widen_reading
from .spellings import BRACKETS
from .value_marks import CUT_CODE, MISSING, STRONG, TOTALS

_GIVEN_UP = 100_000  # misfits after which a column is not looked at further: it is text
_MARKS = pl.Series(MISSING).implode()
_STRONG = pl.Series(STRONG).implode()
_TOTALS = pl.Series(TOTALS).implode()
_LONGEST_EXAMPLE = 80  # characters of a value that a message shows


@dataclass
class Examples:
    """Some lines with their values, and how many there are in all."""

    count: int = 0
    shown: list[tuple[int, str]] = field(default_factory=list)

    def add(self, lines: pl.Series, values: pl.Series) -> None:
        """Count all of `values` and keep the first few."""
        self.count += len(values)
        room = EXAMPLES - len(self.shown)
        if room > 0:
            texts = (shorten(value) for value in values.head(room))
            self.shown += list(zip(lines.head(room).to_list(), texts, strict=True))


def shorten(text: str) -> str:
    """Return `text` on one line, cut where it is too long to show; nothing in it steers a terminal."""
    flat = "".join(_visible(character) for character in " ".join(text[: 10 * _LONGEST_EXAMPLE].split()))
    return flat if len(flat) <= _LONGEST_EXAMPLE else flat[: _LONGEST_EXAMPLE - 1] + "…"


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\x{ord(character):02x}"


@dataclass
class Column:
    """What is known so far about one column."""

    name: str
    reading: CardField | None  # None: text
    rival: CardField | None = None  # day and month the other way about, as long as nothing speaks against it
    present: int = 0
    is_surely_grouped: bool = False  # some number has two marks between thousands
    is_settled: bool = False  # other columns decide what its points and commas mean
    is_guess: bool = False  # too few values of a sample fit the reading; it only tells which ones do not
    is_doubtful: bool = False  # its points may stand between thousands as well
    shortened: str | None = None  # a value that looks as if a spreadsheet had cut its figures
    marks: Counter[str] = field(default_factory=Counter)
    first_marks: dict[str, int] = field(default_factory=dict)
    misfits: Examples = field(default_factory=Examples)
    codes: Examples = field(default_factory=Examples)
    lossy: Examples = field(default_factory=Examples)  # as a number they would lose figures that count
    rounded: Examples = field(default_factory=Examples)  # they have more decimals than a number keeps
    cut: Examples = field(default_factory=Examples)  # as a spreadsheet shows long codes
    has_whole: bool = False  # some code of many figures stands among those
    formulas: Examples = field(default_factory=Examples)
    spaces: Examples = field(default_factory=Examples)
    replaced: Examples = field(default_factory=Examples)
    zeros: Examples = field(default_factory=Examples)
    totals: Examples = field(default_factory=Examples)

    def __post_init__(self) -> None:
        self.rival = find_rival(self.reading) if self.reading is not None else None

    @property
    def is_text(self) -> bool:
        """Whether the column stays text: no reading takes all of it, or two take it differently."""
        return self.reading is None or self.misfits.count > 0 or self.rival is not None

    def check(self, text: pl.Series, lines: pl.Series, *, has_zeros: bool) -> None:
        """Take in the column's part of one batch, in which zero bytes may be."""
        self.present += len(text) - text.null_count()
        if has_zeros:
            _note(self.zeros, text.str.contains("\0", literal=True), text, lines)
        if self.reading is None or self.misfits.count > _GIVEN_UP:
            self._check_text(text, lines)
        else:
            self._check_typed(text, lines)
        if self.reading is None or self.reading.type == "number" or self.misfits.count:
            self._check_figures(text, lines)

    def _check_figures(self, text: pl.Series, lines: pl.Series) -> None:
        """Look for numbers that have lost figures before, or would now."""
        longest = text.str.len_bytes().max()
        if longest is not None and longest > MOST_FIGURES:  # type: ignore[operator]
            is_long = have_more_figures(text)
            _note(self.rounded, is_long, text, lines)
            if self.reading is None:
                _note(self.lossy, is_long & text.str.contains(r"^\s*[+-]?[1-9]\d{8,}\."), text, lines)
        is_cut = text.str.contains(r"[eE]\+1").fill_null(False)
        if is_cut.any():
            _note(self.cut, is_cut & text.str.contains(CUT_CODE), text, lines)
        if self.cut.count and not self.has_whole:
            self.has_whole = bool(text.str.contains(r"^\s*\d{12,20}\s*$").any())

    def check_totals(self, text: pl.Series, lines: pl.Series) -> None:
        """Look for lines of totals; called for a table's first columns only."""
        _note(self.totals, text.is_in(_TOTALS), text, lines)

    def _check_text(self, text: pl.Series, lines: pl.Series) -> None:
        _note(self.formulas, text.str.starts_with("="), text, lines)
        _note(self.spaces, text.str.starts_with(" ") | text.str.ends_with(" "), text, lines)
        _note(self.replaced, text.str.contains("\ufffd", literal=True), text, lines)
        is_mark = text.is_in(_STRONG)
        if is_mark.any():
            self._count_marks(text.filter(is_mark), lines.filter(is_mark))

    def _check_typed(self, text: pl.Series, lines: pl.Series) -> None:
        assert self.reading is not None
        values, places = self._misfits_of(text, lines, self.reading)
        if self.reading.group and self.reading.type == "integer" and not self.is_surely_grouped:
            self.is_surely_grouped = bool(text.str.contains(r"^\s*[+-]?\d{1,3}([., ']\d{3}){2}").any())
        if values is None or places is None:
            return self._check_rival(text)
        wider = widen_reading(self.reading, values=values)
        if wider is not None:
            self.reading = wider
        elif self.rival is not None and not self._misfits(text, lines, self.rival):
            self.reading, self.rival = self.rival, None
        else:
            self.rival = None
            self._keep_misfits(values, places)
        return None

    def _check_rival(self, text: pl.Series) -> None:
        if self.rival is not None and self._misfits(text, text, self.rival):
            self.rival = None

    def _misfits(self, text: pl.Series, lines: pl.Series, reading: CardField) -> bool:
        return self._misfits_of(text, lines, reading, count=False)[0] is not None

    def _misfits_of(
        self, text: pl.Series, lines: pl.Series, reading: CardField, *, count: bool = True
    ) -> tuple[pl.Series | None, pl.Series | None]:
        """Return the values that do not fit and are no marks for no value, with their lines; or nothing."""
        if fits_all(text, reading=reading):
            return None, None
        typed = read_values(text, reading=reading)
        is_misfit = typed.is_null() & text.is_not_null()
        values, places = text.filter(is_misfit), lines.filter(is_misfit)
        is_mark = values.str.strip_chars().is_in(_MARKS)
        if count and is_mark.any():
            self._count_marks(values.filter(is_mark), places.filter(is_mark))
        if is_mark.all():
            return None, None
        return values.filter(~is_mark), places.filter(~is_mark)

    def _keep_misfits(self, values: pl.Series, lines: pl.Series) -> None:
        is_formula = values.str.starts_with("=")
        is_code = values.str.contains(r"^\s*(0\d+|[+-]?\d{16,})\s*$")
        _note(self.formulas, is_formula, values, lines)
        if self.reading is not None and self.reading.type in ("integer", "number"):
            _note(self.codes, is_code, values, lines)
            _note(self.lossy, values.str.contains(r"^\s*[+-]?\d[\d., ']*[.,]\d+\s*$"), values, lines)
        self.misfits.add(lines, values)

    def _count_marks(self, marks: pl.Series, lines: pl.Series) -> None:
        marks = marks.str.strip_chars()
        found = pl.DataFrame({"mark": marks, "line": lines}).group_by("mark").agg(pl.len(), pl.col("line").min())
        for mark, count, line in found.iter_rows():
            self.marks[mark] += count
            self.first_marks[mark] = min(line, self.first_marks.get(mark, line))

    def findings(self) -> Iterator[Finding]:
        """Yield what a person should know about the column."""
        yield from self._mark_findings()
        for code, examples in (
            ("formula", self.formulas),
            ("outer-spaces", self.spaces),
            ("replacement-characters", self.replaced),
            ("zero-bytes", self.zeros),
            ("total-row", self.totals),
        ):
            yield from _listed(code, examples, field=self.name)
        if not self.present:
            yield make_finding("empty-column", field=self.name)
        if self.cut.count and (self.has_whole or (self.is_text and self.cut.count == self.present)):
            yield from _listed("cut-codes", self.cut, field=self.name)
        if self.reading is None:
            if self.lossy.count * 4 > self.present:  # it is they that make it text
                yield from _listed("lossy-numbers", self.lossy, field=self.name)
            return
        if self.misfits.count:
            if self.is_guess and self.misfits.count == self.formulas.count:
                return  # that is told already
            code = "code-like-numbers" if self.codes.count == self.misfits.count else "misfit"
            code = "lossy-numbers" if self.lossy.count == self.misfits.count else code
            code = "mixed-values" if self.is_guess and code == "misfit" else code
            yield from _listed(code, self.misfits, field=self.name, kind=self.reading.type)
        elif self.rival is not None:
            forms = (self.reading.format, self.rival.format)
            yield make_finding("ambiguous-dates", field=self.name, one=forms[0], other=forms[1])
        else:
            yield from self._reading_findings(self.reading)

    def _mark_findings(self) -> Iterator[Finding]:
        for mark, count in self.marks.most_common(EXAMPLES):
            kept = self.is_text and mark not in STRONG
            code = "marks-kept" if kept else "missing-marks"
            yield make_finding(code, line=self.first_marks[mark], field=self.name, mark=mark, count=count)

    def _reading_findings(self, reading: CardField) -> Iterator[Finding]:
        if self.is_doubtful and reading.group is None and reading.decimal == ".":
            yield make_finding("ambiguous-points", field=self.name)
        if self.rounded.count and reading.type == "number":
            yield make_finding("rounded-numbers", line=self.rounded.shown[0][0], field=self.name)
        if self.shortened is not None:
            yield make_finding("shortened-codes", field=self.name, value=self.shortened)
        if self.is_settled:
            yield make_finding("settled-numbers", field=self.name)
        if reading.group is not None:
            is_sure = self.is_surely_grouped or reading.type == "number" or reading.group in (" ", "'")
            code = "thousands-separators" if is_sure else "ambiguous-numbers"
            yield make_finding(code, field=self.name, mark=repr(reading.group))
        signs = [old for old in reading.replace if old not in BRACKETS]
        if signs:
            yield make_finding(
                "other-signs", field=self.name, signs=" ".join(map(repr, signs[:3])) + (" …" if signs[3:] else "")
            )
        if "(" in reading.replace:
            yield make_finding("bracketed-negatives", field=self.name)
        if reading.decimal == ",":
            yield make_finding("decimal-commas", field=self.name)
        if reading.prefix or reading.suffix:
            affix = " ".join(filter(None, (reading.prefix, reading.suffix)))
            yield make_finding("unit-in-values", field=self.name, unit=affix)
        if reading.other_formats:
            forms = ", ".join((reading.format or "", *reading.other_formats))
            yield make_finding("mixed-dates", field=self.name, forms=forms)
        elif "%EY" in (reading.format or ""):
            yield make_finding("roc-dates", field=self.name, form=reading.format)
        elif reading.format == "excel-serial":
            yield make_finding("excel-serials", field=self.name)


def _listed(code: str, examples: Examples, *, field: str, **values: object) -> Iterator[Finding]:
    for line, value in examples.shown:
        yield make_finding(code, line=line, field=field, value=value, count=examples.count, **values)


def _note(examples: Examples, mask: pl.Series, text: pl.Series, lines: pl.Series) -> None:
    if mask.any():
        examples.add(lines.filter(mask.fill_null(False)), text.filter(mask.fill_null(False)))
