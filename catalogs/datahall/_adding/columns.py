"""Columns: check every value of a table against what its column seems to be, batch after batch.

A column begins with the reading of a sample and widens it where values ask for it. A value that no reading takes
leaves the column text, as it is written; nothing is turned into something else to make it fit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from .._personal_data import PersonalColumn
from ..card import CardField
from .date_forms import find_rival
from .examples import Examples, note, shorten
from .fitting import MOST_FIGURES, fits_all, have_more_figures, make_reading, read_values
from .keys import KeyCheck
from .readings import widen_reading
from .value_marks import CUT_CODE, MISSING, STRONG, TOTALS

_GIVEN_UP = 100_000  # misfits after which a column is not looked at further: it is text
_MARKS = pl.Series(MISSING).implode()
_STRONG = pl.Series(STRONG).implode()
_TOTALS = pl.Series(TOTALS).implode()
_FIRST_ROWS = 1_000  # of a batch, in which an example of each form is looked for before all others


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
    has_lists: bool = False  # its commas may stand between several numbers
    may_total: bool = False  # it is among the first columns, in which a line of totals says that it is one
    is_numbered: bool = False  # all its values are whole numbers in brackets, in no order
    example: str | None = None  # a value with a mark before decimals, between thousands or around numbers
    shortened: str | None = None  # a value that looks as if a spreadsheet had cut its figures
    forms: dict[str, tuple[int, str]] = field(default_factory=dict)  # of dates: line and value of the first of each
    marks: Counter[str] = field(default_factory=Counter)
    first_marks: dict[str, int] = field(default_factory=dict)
    misfits: Examples = field(default_factory=Examples)
    codes: Examples = field(default_factory=Examples)
    lossy: Examples = field(default_factory=Examples)  # as a number they would lose figures that count
    rounded: Examples = field(default_factory=Examples)  # they have more decimals than a number keeps
    cut: Examples = field(default_factory=Examples)  # as a spreadsheet shows long codes
    has_whole: bool = False  # some code of many figures stands among those
    formulas: Examples = field(default_factory=Examples)
    spaces: Examples = field(default_factory=lambda: Examples(keeps_blanks=True))
    replaced: Examples = field(default_factory=Examples)
    zeros: Examples = field(default_factory=Examples)
    lists: Examples = field(default_factory=Examples)
    totals: Examples = field(default_factory=Examples)
    personal: PersonalColumn = field(init=False)
    key: KeyCheck = field(default_factory=lambda: KeyCheck(is_possible=False))
    meaning: str | None = None  # what a sample of its values identifies

    def __post_init__(self) -> None:
        self.personal = PersonalColumn(self.name)
        self.rival = find_rival(self.reading) if self.reading is not None else None

    @property
    def is_text(self) -> bool:
        """Whether the column stays text: no reading takes all of it, or two take it differently."""
        return self.reading is None or self.misfits.count > 0 or self.rival is not None

    def check(self, text: pl.Series, lines: pl.Series, *, has_zeros: bool) -> None:
        """Take in the column's part of one batch, in which zero bytes may be."""
        self.present += len(text) - text.null_count()
        if self.has_lists:
            note(self.lists, text.str.contains(",", literal=True), text, lines)
        self.personal.check(text, lines)
        if has_zeros:
            note(self.zeros, text.str.contains("\0", literal=True), text, lines)
        if self.reading is None or self.misfits.count > _GIVEN_UP:
            self._check_text(text, lines)
        else:
            self._check_typed(text, lines)
            self._note_forms(text, lines)
        if self.reading is None or self.reading.type == "number" or self.misfits.count:
            self._check_figures(text, lines)
        self.key.check(text, reading=self.reading)

    def _check_figures(self, text: pl.Series, lines: pl.Series) -> None:
        """Look for numbers that have lost figures before, or would now."""
        longest = text.str.len_bytes().max()
        if longest is not None and longest > MOST_FIGURES:  # type: ignore[operator]
            is_long = have_more_figures(text)
            note(self.rounded, is_long, text, lines)
            if self.reading is None:
                note(self.lossy, is_long & text.str.contains(r"^\s*[+-]?[1-9]\d{8,}\."), text, lines)
        is_cut = text.str.contains(r"[eE]\+1").fill_null(False)
        if is_cut.any():
            note(self.cut, is_cut & text.str.contains(CUT_CODE), text, lines)
        if self.cut.count and not self.has_whole:
            self.has_whole = bool(text.str.contains(r"^\s*\d{12,20}\s*$").any())

    @property
    def is_key(self) -> bool:
        """Whether every row has a value, and each its own, as the card will read it."""
        is_mixed = self.reading is not None and self.is_text
        return not self.marks and not is_mixed and self.key.is_key

    def _check_text(self, text: pl.Series, lines: pl.Series) -> None:
        if self.may_total:
            note(self.totals, text.is_in(_TOTALS), text, lines)
        note(self.formulas, text.str.starts_with("="), text, lines)
        note(self.spaces, text.str.starts_with(" ") | text.str.ends_with(" "), text, lines)
        note(self.replaced, text.str.contains("\ufffd", literal=True), text, lines)
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
        wider = widen_reading(self.reading, values=values) if not self.is_guess else None
        if wider is not None:
            self.reading, self.example = wider, shorten(values[0])
        elif self.rival is not None and not self._misfits(text, lines, self.rival):
            self.reading, self.rival = self.rival, None
        else:
            self.rival = None
            self._keep_misfits(values, places)
        return None

    def _note_forms(self, text: pl.Series, lines: pl.Series) -> None:
        """Keep an example of each form of dates that has none yet."""
        assert self.reading is not None
        if self.reading.type not in ("date", "datetime"):
            return
        for form in filter(None, (self.reading.format, *self.reading.other_formats)):
            reading = make_reading(type=self.reading.type, format=form)
            for rows in (_FIRST_ROWS, len(text)) if form not in self.forms else ():
                found = read_values(text.head(rows), reading=reading).is_not_null().arg_true()
                if len(found):
                    self.forms[form] = (lines[found[0]], shorten(text[found[0]]))
                    break

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
        if self.may_total and (is_total := values.is_in(_TOTALS)).any():
            is_mark |= is_total
            if count:
                note(self.totals, is_total, values, places)
        if count and is_mark.any():
            self._count_marks(values.filter(is_mark), places.filter(is_mark))
        if is_mark.all():
            return None, None
        return values.filter(~is_mark), places.filter(~is_mark)

    def _keep_misfits(self, values: pl.Series, lines: pl.Series) -> None:
        is_formula = values.str.starts_with("=")
        is_code = values.str.contains(r"^\s*(0\d+|[+-]?\d{16,})\s*$")
        note(self.formulas, is_formula, values, lines)
        if self.reading is not None and self.reading.type in ("integer", "number"):
            note(self.codes, is_code, values, lines)
            note(self.lossy, values.str.contains(r"^\s*[+-]?\d[\d., ']*[.,]\d+\s*$"), values, lines)
        self.misfits.add(lines, values)

    def _count_marks(self, marks: pl.Series, lines: pl.Series) -> None:
        marks = marks.str.strip_chars()
        found = pl.DataFrame({"mark": marks, "line": lines}).group_by("mark").agg(pl.len(), pl.col("line").min())
        for mark, count, line in found.iter_rows():
            self.marks[mark] += count
            self.first_marks[mark] = min(line, self.first_marks.get(mark, line))
